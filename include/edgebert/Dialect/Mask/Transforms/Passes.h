//===- Passes.h - passes of the mask dialect --------------------*- C++ -*-===//

#ifndef EDGEBERT_DIALECT_MASK_TRANSFORMS_PASSES_H
#define EDGEBERT_DIALECT_MASK_TRANSFORMS_PASSES_H

#include "edgebert/Dialect/Mask/IR/Mask.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace edgebert::mask {

#define GEN_PASS_DECL
#include "edgebert/Dialect/Mask/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "edgebert/Dialect/Mask/Transforms/Passes.h.inc"

} // namespace edgebert::mask

#endif // EDGEBERT_DIALECT_MASK_TRANSFORMS_PASSES_H
