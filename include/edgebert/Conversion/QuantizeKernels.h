//===- QuantizeKernels.h - put formats on kernels' boundaries ---*- C++ -*-===//

#ifndef EDGEBERT_CONVERSION_QUANTIZEKERNELS_H
#define EDGEBERT_CONVERSION_QUANTIZEKERNELS_H

#include "edgebert/Analysis/Calibration.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"

#include <memory>

namespace edgebert {

/// Chooses a format's metadata for a tensor from what is known of its values.
class RangeStrategy {
public:
  virtual ~RangeStrategy() = default;
  /// The metadata for `format`; null if it has none.
  virtual mlir::TypedAttr choose(numfmt::FormatTypeInterface format,
                                 const analysis::ValueStats &stats,
                                 analysis::RangeLimits limits) const = 0;

  /// "min-max": the smallest range that holds everything seen. Null for
  /// another name.
  static std::unique_ptr<RangeStrategy> create(llvm::StringRef name);
};

/// One row of the table of what was quantized how.
struct QuantizedTensor {
  std::string name;
  bool isWeight = false;
  std::vector<int64_t> shape;
  float maxAbs = 0;
  /// The metadata as text ("4"); empty if the format has none.
  std::string metadata;
  /// 10 log10(signal / noise) in dB; NaN where it has not been measured.
  double sqnr = 0;
};

/// Reads and writes tables as JSON: {"tensors": [{"name", "weight", "shape",
/// "max_abs", "metadata", "sqnr_db" (null if unmeasured)}]}.
llvm::Error writeQuantizationReport(llvm::StringRef path,
                                    llvm::ArrayRef<QuantizedTensor> table);
llvm::Expected<std::vector<QuantizedTensor>>
readQuantizationReport(llvm::StringRef path);

/// Quantizes, in `func`, the kernels' run-time boundary values by calibration
/// and their constant operands by their contents. Fails with a diagnostic that
/// lists all values the calibration does not know.
mlir::FailureOr<std::vector<QuantizedTensor>>
quantizeKernels(mlir::func::FuncOp func, numfmt::FormatTypeInterface format,
                const analysis::Calibration &calibration,
                const RangeStrategy &strategy);

} // namespace edgebert

#endif // EDGEBERT_CONVERSION_QUANTIZEKERNELS_H
