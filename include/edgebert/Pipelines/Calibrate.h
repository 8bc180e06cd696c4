//===- Calibrate.h - run the model form on calibration data -----*- C++ -*-===//

#ifndef EDGEBERT_PIPELINES_CALIBRATE_H
#define EDGEBERT_PIPELINES_CALIBRATE_H

#include "edgebert/Analysis/Calibration.h"
#include "edgebert/Conversion/QuantizeKernels.h"

namespace edgebert {

struct CalibrationRequest {
  /// .npz with the model's inputs, any number of rows.
  std::string data;
  /// Rows used; 0: all. Ranges hardly move after some tens of rows.
  int64_t limit = 64;
  /// Rows on which the error of the chosen metadata is measured.
  int64_t sqnrRows = 16;
  unsigned threads = 1;
};

struct CalibrationResult {
  analysis::Calibration calibration;
  /// Rows of the data, and how many of them were used.
  int64_t numRows = 0, numUsed = 0;
};

/// Statistics of every quantized value of `module`'s function `entry` (model
/// form) on the request's data, and the SQNR of `format` under `strategy`.
llvm::Expected<CalibrationResult> calibrate(mlir::ModuleOp module,
                                            llvm::StringRef entry,
                                            const CalibrationRequest &request,
                                            numfmt::FormatTypeInterface format,
                                            const RangeStrategy &strategy);

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_CALIBRATE_H
