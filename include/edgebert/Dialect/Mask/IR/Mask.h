//===- Mask.h - sparsity masks ----------------------------------*- C++ -*-===//

#ifndef EDGEBERT_DIALECT_MASK_IR_MASK_H
#define EDGEBERT_DIALECT_MASK_IR_MASK_H

#include "edgebert/Compression/Mask.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "edgebert/Dialect/Mask/IR/MaskInterfaces.h.inc"

#include "edgebert/Dialect/Mask/IR/MaskDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "edgebert/Dialect/Mask/IR/MaskAttributes.h.inc"

#define GET_OP_CLASSES
#include "edgebert/Dialect/Mask/IR/MaskOps.h.inc"

namespace edgebert::mask {

/// The attribute of a pattern; null for attention heads, which are a property
/// of several weights together.
PatternAttrInterface getPatternAttr(mlir::MLIRContext *context,
                                    const compression::Pattern &pattern);

/// The elements of a constant mask as bytes, 0 or 1, row-major; fails for
/// anything but dense and dense_resource i1 constants.
mlir::FailureOr<std::vector<uint8_t>> getMaskElements(mlir::Attribute mask);

/// A mask constant of `type` (i1) from bytes, 0 or 1; large ones as a resource
/// called `name`.
mlir::ElementsAttr makeMaskConstant(mlir::RankedTensorType type,
                                    llvm::ArrayRef<uint8_t> elements,
                                    llvm::StringRef name);

} // namespace edgebert::mask

#endif // EDGEBERT_DIALECT_MASK_IR_MASK_H
