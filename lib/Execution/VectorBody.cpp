//===- VectorBody.cpp - the body of a linalg operation on vectors ---------===//

#include "VectorBody.h"
#include "edgebert/Execution/Passes.h"

using namespace mlir;

namespace edgebert::execution {

/// Whether `value`, a value of the body, may differ between lanes.
static bool variesAlong(Value value, int64_t vectorDim, linalg::LinalgOp op) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (argument.getOwner() != op.getBlock())
      return false;
    // Collapsed loops have no dimension of their own; any element may differ.
    if (vectorDim < 0)
      return true;
    OpOperand &use = op->getOpOperand(argument.getArgNumber());
    return op.getMatchingIndexingMap(&use).isFunctionOfDim(vectorDim);
  }
  Operation *def = value.getDefiningOp();
  if (def->getBlock() != op.getBlock())
    return false;
  if (auto index = dyn_cast<linalg::IndexOp>(def))
    return static_cast<int64_t>(index.getDim()) == vectorDim;
  return llvm::any_of(def->getOperands(), [&](Value operand) {
    return variesAlong(operand, vectorDim, op);
  });
}

/// A load whose last index is the vectorised loop and whose other indices are
/// the same in every lane: a row of a table, as embeddings read it.
bool VectorBody::isRowLoad(Operation &inner, int64_t vectorDim) const {
  auto load = dyn_cast<memref::LoadOp>(inner);
  if (!load || load.getIndices().empty() ||
      !load.getMemRefType().getLayout().isIdentity() ||
      load.getMemRefType().getElementType().isInteger(1))
    return false;
  auto last = load.getIndices().back().getDefiningOp<linalg::IndexOp>();
  return last && static_cast<int64_t>(last.getDim()) == vectorDim &&
         llvm::none_of(load.getIndices().drop_back(), [&](Value index) {
           return variesAlong(index, vectorDim, op);
         });
}

bool VectorBody::isVectorizable(int64_t vectorDim) const {
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (inner.getNumRegions())
      return false;
    if (isa<linalg::IndexOp, arith::ConstantOp>(inner) ||
        isRowLoad(inner, vectorDim))
      continue;
    bool varies = llvm::any_of(inner.getOperands(), [&](Value operand) {
      return variesAlong(operand, vectorDim, op);
    });
    if (varies && !OpTrait::hasElementwiseMappableTraits(&inner))
      return false;
  }
  return true;
}

bool VectorBody::isExpensive() const {
  return llvm::any_of(op.getBlock()->without_terminator(),
                      [](Operation &inner) {
                        return isa<math::MathDialect>(inner.getDialect()) ||
                               isa<arith::DivFOp>(inner);
                      });
}

Operation *VectorBody::getCombiner(unsigned output) const {
  BlockArgument previous =
      op.getBlock()->getArgument(op.getNumDpsInputs() + output);
  Value yielded = op.getBlock()->getTerminator()->getOperand(output);
  Operation *combiner = yielded.getDefiningOp();
  if (!combiner || !previous.hasOneUse() ||
      *previous.user_begin() != combiner || !yielded.hasOneUse())
    return nullptr;
  if (isa<arith::AddFOp, arith::MulFOp, arith::MaximumFOp, arith::MinimumFOp,
          arith::MaxNumFOp, arith::MinNumFOp, arith::AddIOp, arith::MulIOp,
          arith::MaxSIOp, arith::MinSIOp, arith::MaxUIOp, arith::MinUIOp,
          arith::AndIOp, arith::OrIOp, arith::XOrIOp>(combiner))
    return combiner;
  return nullptr;
}

Value VectorBody::getCombined(unsigned output, Operation *combiner) const {
  Value previous = op.getBlock()->getArgument(op.getNumDpsInputs() + output);
  return combiner->getOperand(combiner->getOperand(0) == previous ? 1 : 0);
}

Value VectorBody::widen(OpBuilder &builder, Location loc, Value value,
                        int64_t lanes) {
  if (lanes == 1 || isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(
      builder, loc, VectorType::get({lanes}, value.getType()), value);
}

void VectorBody::copy(OpBuilder &builder, const BodyPosition &position,
                      IRMapping &mapping, ArrayRef<Operation *> stop) const {
  for (Operation &inner : op.getBlock()->without_terminator())
    if (!llvm::is_contained(stop, &inner) &&
        !(inner.getNumResults() && mapping.contains(inner.getResult(0))))
      copyOp(builder, position, mapping, inner);
}

void VectorBody::copyShared(OpBuilder &builder, const BodyPosition &position,
                            IRMapping &mapping) const {
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner))
      if (static_cast<int64_t>(index.getDim()) == position.vectorDim)
        continue;
    bool known = llvm::all_of(inner.getOperands(), [&](Value operand) {
      return operand.getParentBlock() != op.getBlock() ||
             mapping.contains(operand);
    });
    if (known && isMemoryEffectFree(&inner))
      copyOp(builder, position, mapping, inner);
  }
}

void VectorBody::copyOp(OpBuilder &builder, const BodyPosition &position,
                        IRMapping &mapping, Operation &inner) const {
  Location loc = inner.getLoc();
  if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
    Value value = position.dims[index.getDim()];
    if (static_cast<int64_t>(index.getDim()) == position.vectorDim &&
        position.lanes > 1) {
      auto type = VectorType::get({position.lanes}, value.getType());
      value = arith::AddIOp::create(builder, loc,
                                    widen(builder, loc, value, position.lanes),
                                    vector::StepOp::create(builder, loc, type));
    }
    mapping.map(index.getResult(), value);
    return;
  }
  if (position.lanes > 1 && isRowLoad(inner, position.vectorDim)) {
    auto load = cast<memref::LoadOp>(inner);
    SmallVector<Value> indices;
    for (Value index : load.getIndices().drop_back())
      indices.push_back(mapping.lookupOrDefault(index));
    indices.push_back(position.dims[position.vectorDim]);
    auto type = VectorType::get({position.lanes}, load.getType());
    Value row;
    if (position.mask) {
      Value zero =
          arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
      row = vector::MaskedLoadOp::create(builder, loc, type, load.getMemRef(),
                                         indices, position.mask, zero);
    } else {
      row =
          vector::LoadOp::create(builder, loc, type, load.getMemRef(), indices);
    }
    mapping.map(load.getResult(), row);
    return;
  }
  bool isVector = llvm::any_of(inner.getOperands(), [&](Value operand) {
    return isa<VectorType>(mapping.lookupOrDefault(operand).getType());
  });
  if (!isVector) {
    builder.clone(inner, mapping);
    return;
  }
  SmallVector<Value> operands;
  for (auto [number, operand] : llvm::enumerate(inner.getOperands())) {
    Value value = mapping.lookupOrDefault(operand);
    // A scalar condition selects whole vectors.
    bool scalarCondition = isa<arith::SelectOp>(inner) && number == 0;
    operands.push_back(
        scalarCondition ? value : widen(builder, loc, value, position.lanes));
  }
  SmallVector<Type> types;
  for (Type type : inner.getResultTypes())
    types.push_back(VectorType::get({position.lanes}, type));
  OperationState state(loc, inner.getName().getStringRef(), operands, types,
                       inner.getAttrs());
  Operation *copied = builder.create(state);
  mapping.map(inner.getResults(), copied->getResults());
}

} // namespace edgebert::execution
