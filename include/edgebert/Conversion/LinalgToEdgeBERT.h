//===- LinalgToEdgeBERT.h - put kernels onto the chip -----------*- C++ -*-===//

#ifndef EDGEBERT_CONVERSION_LINALGTOEDGEBERT_H
#define EDGEBERT_CONVERSION_LINALGTOEDGEBERT_H

#include "edgebert/Analysis/Calibration.h"
#include "edgebert/Machine/Description.h"

namespace edgebert {

/// Where a kernel or an op of a function runs, and why.
struct Placement {
  /// The kernel's id, or the op's location name (may be empty).
  std::string name;
  /// "matmul", "softmax", ... for kernels, the op's name otherwise.
  std::string kind;
  bool onChip = false;
  /// Whether it is a kernel, which the chip has a unit for.
  bool isKernel = false;
  /// Why it is not on the chip; empty if it is.
  std::string reason;
  /// Of a matmul on the chip: the products of the model itself, which padding
  /// to whole tiles and the tiles of addends come on top of.
  int64_t macs = 0;
};

struct KernelConversion {
  /// Kernels in program order, then the other ops that compute or move data.
  std::vector<Placement> placements;
  /// Of kernels that stay on the host: index into placements and location.
  std::vector<std::pair<size_t, mlir::Location>> kept;

  size_t getNumConverted() const;
};

/// Reads and writes placements as JSON: {"placements": [{"name", "kind",
/// "on_chip", "kernel", "reason"}]}.
llvm::Error writePlacementReport(llvm::StringRef path,
                                 llvm::ArrayRef<Placement> placements);
llvm::Expected<std::vector<Placement>>
readPlacementReport(llvm::StringRef path);

/// Replaces every kernel of `func` that the machine can run; see the pass
/// convert-linalg-to-edgebert. `calibration` may be null.
KernelConversion convertKernels(mlir::func::FuncOp func,
                                const machine::Description &machine,
                                const analysis::Calibration *calibration);

/// A bias per output column as the 17th tile of a contraction: 16 constant
/// codes for the left operand, and for each of the values 16 codes such that
/// the products sum to it.
struct EncodedAddend {
  std::vector<int8_t> lanes;
  /// values.size() x 16 codes.
  std::vector<char> codes;
  /// The largest |sum of products - value|, in accumulator units.
  double maxError = 0;
};

/// Encodes `values`, in units of the accumulator; none if one is too large.
std::optional<EncodedAddend> encodeAddend(llvm::ArrayRef<double> values);

} // namespace edgebert

#endif // EDGEBERT_CONVERSION_LINALGTOEDGEBERT_H
