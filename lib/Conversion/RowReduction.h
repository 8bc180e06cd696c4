//===- RowReduction.h - f32 tensors along their last dimension --*- C++ -*-===//

#ifndef EDGEBERT_LIB_CONVERSION_ROWREDUCTION_H
#define EDGEBERT_LIB_CONVERSION_ROWREDUCTION_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace edgebert {

/// A body of one op on the first two of its arguments.
template <typename Op>
void emitBinary(mlir::OpBuilder &builder, mlir::Location loc,
                mlir::ValueRange args) {
  mlir::Value result = Op::create(builder, loc, args[0], args[1]);
  mlir::linalg::YieldOp::create(builder, loc, result);
}

/// x [..., columns] reduced by `Op` from `start` on to [...].
template <typename Op>
mlir::Value reduceRows(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value x, float start) {
  auto type = mlir::cast<mlir::RankedTensorType>(x.getType());
  mlir::AffineMap all = builder.getMultiDimIdentityMap(type.getRank());
  llvm::SmallVector<mlir::utils::IteratorType> iterators(
      type.getRank(), mlir::utils::IteratorType::parallel);
  iterators.back() = mlir::utils::IteratorType::reduction;
  mlir::Value first = mlir::arith::ConstantOp::create(
      builder, loc, builder.getF32FloatAttr(start));
  mlir::Value results = mlir::tensor::EmptyOp::create(
      builder, loc, type.getShape().drop_back(), type.getElementType());
  results = mlir::linalg::FillOp::create(builder, loc, mlir::ValueRange{first},
                                         mlir::ValueRange{results})
                .getResult(0);
  return mlir::linalg::GenericOp::create(
             builder, loc, mlir::TypeRange{results.getType()},
             mlir::ValueRange{x}, mlir::ValueRange{results},
             {all, all.getMajorSubMap(type.getRank() - 1)}, iterators,
             emitBinary<Op>)
      .getResult(0);
}

} // namespace edgebert

#endif // EDGEBERT_LIB_CONVERSION_ROWREDUCTION_H
