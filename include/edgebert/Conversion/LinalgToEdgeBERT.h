//===- LinalgToEdgeBERT.h - put kernels onto the chip -----------*- C++ -*-===//

#ifndef EDGEBERT_CONVERSION_LINALGTOEDGEBERT_H
#define EDGEBERT_CONVERSION_LINALGTOEDGEBERT_H

#include "edgebert/Analysis/Calibration.h"
#include "edgebert/Machine/Description.h"

namespace edgebert {

/// A kernel that stays on the host, by id, and why.
struct KeptKernel {
  std::string id;
  mlir::Location loc;
  std::string reason;
};

struct KernelConversion {
  unsigned numConverted = 0;
  std::vector<KeptKernel> kept;
};

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
