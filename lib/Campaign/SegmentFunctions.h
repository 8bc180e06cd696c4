//===- SegmentFunctions.h - the functions of segments -----------*- C++ -*-===//

#ifndef EDGEBERT_LIB_CAMPAIGN_SEGMENTFUNCTIONS_H
#define EDGEBERT_LIB_CAMPAIGN_SEGMENTFUNCTIONS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"

namespace edgebert::campaign {

/// The operands of `op`, and what its regions use from outside.
inline llvm::SetVector<mlir::Value> getUsedValues(mlir::Operation *op) {
  llvm::SetVector<mlir::Value> used(op->operand_begin(), op->operand_end());
  mlir::getUsedValuesDefinedAbove(op->getRegions(), used);
  return used;
}

/// Whether a value is cloned wherever it is used, instead of stored.
inline bool isCheap(mlir::Value value) {
  mlir::Operation *op = value.getDefiningOp();
  return mlir::isa_and_nonnull<mlir::arith::ConstantOp, mlir::tensor::EmptyOp>(
             op) ||
         (mlir::isa_and_nonnull<mlir::linalg::FillOp>(op) &&
          llvm::all_of(op->getOperands(), isCheap));
}

/// A function with an empty body that does not write its arguments; the
/// builder is moved into it.
inline mlir::func::FuncOp createSegmentFunction(mlir::OpBuilder &builder,
                                                mlir::Location loc,
                                                llvm::StringRef name,
                                                mlir::TypeRange inputs,
                                                mlir::TypeRange outputs) {
  auto function = mlir::func::FuncOp::create(
      builder, loc, name, builder.getFunctionType(inputs, outputs));
  for (unsigned i = 0; i < inputs.size(); ++i)
    function.setArgAttr(i, "bufferization.writable",
                        builder.getBoolAttr(false));
  builder.setInsertionPointToStart(function.addEntryBlock());
  return function;
}

} // namespace edgebert::campaign

#endif // EDGEBERT_LIB_CAMPAIGN_SEGMENTFUNCTIONS_H
