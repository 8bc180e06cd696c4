//===- DramImage.h - what is in the shared DRAM at the start ----*- C++ -*-===//

#ifndef EDGEBERT_LIB_TARGET_C_DRAMIMAGE_H
#define EDGEBERT_LIB_TARGET_C_DRAMIMAGE_H

#include "edgebert/Target/C.h"

namespace edgebert::target {

/// The bytes from address 0 to the last one that is not just zero at the start.
mlir::FailureOr<std::vector<char>> buildDramImage(mlir::ModuleOp module,
                                                  const DramLayout &layout);

} // namespace edgebert::target

#endif // EDGEBERT_LIB_TARGET_C_DRAMIMAGE_H
