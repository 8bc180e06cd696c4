//===- Calibration.h - what calibration data said about values --*- C++ -*-===//
//
// Which values of a function are quantized when its kernels go onto the chip,
// under which stable names, and the statistics that choose their format's
// metadata.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_ANALYSIS_CALIBRATION_H
#define EDGEBERT_ANALYSIS_CALIBRATION_H

#include "edgebert/Analysis/Kernels.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <algorithm>
#include <string>
#include <vector>

namespace edgebert::analysis {

/// What was seen of a value over all calibration inputs.
struct ValueStats {
  float min = 0, max = 0;
  /// The largest sum of squares of a row (last dimension).
  double maxRowSquares = 0;
  /// Signal and error of the chosen format, for the SQNR; zero if unmeasured.
  double signal = 0, noise = 0;

  float maxAbs() const { return std::max(-min, max); }
};

/// Statistics by value name, as stored in a calibration file (JSON):
///   {"format": 1, "values": [{"name": ..., "min": ..., "max": ...,
///    "max_row_squares": ..., "signal": ..., "noise": ...}]}
struct Calibration {
  llvm::StringMap<ValueStats> values;

  /// Errors name file, position or key, and what was expected.
  static llvm::Expected<Calibration> read(llvm::StringRef path);
  llvm::Error write(llvm::StringRef path) const;
};

/// Which ranges of a value are worth distinguishing.
struct RangeLimits {
  /// The unit that makes or reads the value has 10 fraction bits, so a range
  /// below this one has codes for numbers that do not occur. 0: none.
  float smallest = 0;
  /// Larger magnitudes carry no information. 0: all do.
  float largest = 0;

  float apply(float maxAbs) const {
    maxAbs = std::max(maxAbs, smallest);
    return largest > 0 ? std::min(maxAbs, largest) : maxAbs;
  }
};

/// A run-time value that kernels read or produce.
struct QuantizedValue {
  mlir::Value value;
  /// Unique in the function; the name of the op (or argument) that makes it.
  std::string name;
  RangeLimits limits;
  /// A kernel computes it, so that on the chip only its codes exist.
  bool isKernelResult = false;
};

/// The source of `value` behind ops that only move data (reshapes, transposes,
/// slices), so that one quantization serves all views of it. In the compressed
/// form the source lies behind dequantize(quantize(source)) too.
mlir::Value getMovedSource(mlir::Value value);

/// True for an op that only moves data: its result's elements are elements of
/// its single source.
bool isDataMovement(mlir::Operation *op);

/// All run-time values at the kernels' boundaries, in program order. The same
/// for a module and its clone, so that names connect calibration and passes.
std::vector<QuantizedValue> findQuantizedValues(mlir::func::FuncOp func,
                                                const KernelSet &kernels);

} // namespace edgebert::analysis

#endif // EDGEBERT_ANALYSIS_CALIBRATION_H
