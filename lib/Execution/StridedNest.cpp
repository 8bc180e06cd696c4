//===- StridedNest.cpp - a linalg operation as strided loops --------------===//

#include "StridedNest.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace edgebert::execution {

/// Adds `scale` times the linear expression `expr` to per-dimension
/// coefficients and a constant. False if the expression is not linear.
static bool addLinear(AffineExpr expr, int64_t scale,
                      MutableArrayRef<int64_t> coefficients,
                      int64_t &constant) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    coefficients[dim.getPosition()] += scale;
    return true;
  }
  if (auto value = dyn_cast<AffineConstantExpr>(expr)) {
    constant += scale * value.getValue();
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return addLinear(binary.getLHS(), scale, coefficients, constant) &&
           addLinear(binary.getRHS(), scale, coefficients, constant);
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (binary.getKind() == AffineExprKind::Mul && factor)
    return addLinear(binary.getLHS(), scale * factor.getValue(), coefficients,
                     constant);
  return false;
}

FailureOr<StridedNest> StridedNest::get(linalg::LinalgOp op) {
  StridedNest nest;
  nest.numInputs = op.getNumDpsInputs();
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  auto kinds = op.getIteratorTypesArray();
  for (auto [dim, extent] : llvm::enumerate(extents)) {
    if (ShapedType::isDynamic(extent))
      return failure();
    nest.loops.push_back({extent, kinds[dim], {}, static_cast<int64_t>(dim)});
  }
  for (OpOperand &use : op->getOpOperands()) {
    StridedOperand operand{use.get(), isa<MemRefType>(use.get().getType())};
    SmallVector<int64_t> perDim(extents.size(), 0);
    if (operand.isMemRef) {
      auto type = cast<MemRefType>(use.get().getType());
      SmallVector<int64_t> strides;
      int64_t offset;
      if (!type.hasStaticShape() ||
          failed(type.getStridesAndOffset(strides, offset)) ||
          llvm::any_of(strides, ShapedType::isDynamic))
        return failure();
      operand.dynamicOffset = ShapedType::isDynamic(offset);
      operand.offset = operand.dynamicOffset ? 0 : offset;
      AffineMap map = op.getMatchingIndexingMap(&use);
      for (auto [expr, stride] : llvm::zip_equal(map.getResults(), strides))
        if (!addLinear(expr, stride, perDim, operand.offset))
          return failure();
      for (auto [stride, extent] : llvm::zip_equal(perDim, extents)) {
        if (stride < 0)
          return failure();
        operand.span += stride * std::max<int64_t>(extent - 1, 0);
      }
    } else if (isa<ShapedType>(use.get().getType())) {
      return failure();
    }
    for (auto [loop, stride] : llvm::zip_equal(nest.loops, perDim))
      loop.strides.push_back(stride);
    nest.operands.push_back(operand);
  }
  return nest;
}

void StridedNest::collapse() {
  SmallVector<StridedLoop> merged;
  for (StridedLoop &loop : loops) {
    if (loop.extent == 1)
      continue;
    if (!merged.empty() && merged.back().kind == loop.kind &&
        llvm::all_of(llvm::zip_equal(merged.back().strides, loop.strides),
                     [&](auto pair) {
                       return std::get<0>(pair) ==
                              std::get<1>(pair) * loop.extent;
                     })) {
      loop.extent *= merged.back().extent;
      loop.dim = -1;
      merged.back() = loop;
      continue;
    }
    merged.push_back(loop);
  }
  loops = std::move(merged);
}

Value getFlatMemRef(OpBuilder &builder, Location loc,
                    const StridedOperand &operand) {
  auto type = cast<MemRefType>(operand.value.getType());
  Value base = operand.value;
  OpFoldResult offset = builder.getIndexAttr(operand.offset);
  int64_t staticOffset = operand.offset;
  if (operand.dynamicOffset) {
    auto metadata =
        memref::ExtractStridedMetadataOp::create(builder, loc, base);
    base = metadata.getBaseBuffer();
    Value total = metadata.getOffset();
    if (operand.offset)
      total = arith::AddIOp::create(
          builder, loc, total,
          arith::ConstantIndexOp::create(builder, loc, operand.offset));
    offset = total;
    staticOffset = ShapedType::kDynamic;
  }
  auto flat = MemRefType::get(
      {operand.span}, type.getElementType(),
      StridedLayoutAttr::get(builder.getContext(), staticOffset, {1}),
      type.getMemorySpace());
  return memref::ReinterpretCastOp::create(
      builder, loc, flat, base, offset,
      ArrayRef<OpFoldResult>{builder.getIndexAttr(operand.span)},
      ArrayRef<OpFoldResult>{builder.getIndexAttr(1)});
}

} // namespace edgebert::execution
