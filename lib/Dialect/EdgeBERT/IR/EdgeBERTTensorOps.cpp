//===- EdgeBERTTensorOps.cpp - verifiers and effects of the tensor ops ----===//

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"

#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace edgebert::accel;

/// The rule every tensor op shares: a tensor `outs` gives one result of its
/// type, a memref `outs` gives none, and operands are of the same kind.
static LogicalResult verifyDestination(DestinationStyleOpInterface op) {
  Type init = op.getDpsInits()[0].getType();
  bool tensor = isa<RankedTensorType>(init);
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()) != tensor)
      return op->emitOpError("expected all operands to be ")
             << (tensor ? "tensors" : "memrefs") << " like outs, got "
             << operand.getType();
  unsigned expected = tensor ? 1 : 0;
  if (op->getNumResults() != expected)
    return op->emitOpError("expected ")
           << expected << " results for outs of type " << init << ", got "
           << op->getNumResults();
  if (tensor && op->getResult(0).getType() != init)
    return op->emitOpError("expected the result to have the type of outs, ")
           << init << ", got " << op->getResult(0).getType();
  return success();
}

static LogicalResult verifySameShape(Operation *op, Type a, StringRef aName,
                                     Type b, StringRef bName) {
  if (cast<ShapedType>(a).getShape() == cast<ShapedType>(b).getShape())
    return success();
  return op->emitOpError("expected ")
         << aName << " and " << bName << " to have the same shape, got " << a
         << " and " << b;
}

/// The special-function units hold exponent biases in 3-bit fields.
static LogicalResult verifyBias(Operation *op, StringRef name, int64_t bias) {
  if (bias >= 0 && bias <= 7)
    return success();
  return op->emitOpError("expected ")
         << name << " in 0..7, got " << bias << "; the nearest legal value is "
         << (bias < 0 ? 0 : 7);
}

static LogicalResult verifyPerColumn(Operation *op, StringRef name,
                                     Type vectorType, Type matrixType) {
  int64_t columns = cast<ShapedType>(matrixType).getShape().back();
  int64_t length = cast<ShapedType>(vectorType).getShape().back();
  if (length == columns)
    return success();
  return op->emitOpError("expected ")
         << name << " to have one code per column, " << columns << ", got "
         << length;
}

LogicalResult MatmulOp::verify() {
  if (failed(verifyDestination(*this)))
    return failure();
  auto lhs = cast<ShapedType>(getLhs().getType());
  auto rhs = cast<ShapedType>(getRhs().getType());
  auto out = cast<ShapedType>(getInit().getType());
  // (C1)
  if (lhs.getRank() != out.getRank() || rhs.getRank() > lhs.getRank())
    return emitOpError("expected lhs and outs of equal rank and rhs of at most "
                       "that rank, got ")
           << lhs << ", " << rhs << " and " << out;
  ArrayRef<int64_t> l = lhs.getShape(), r = rhs.getShape(), o = out.getShape();
  bool batchOk = lhs.getRank() == 2 ||
                 (l[0] == o[0] && (rhs.getRank() == 2 || l[0] == r[0]));
  l = l.take_back(2), r = r.take_back(2), o = o.take_back(2);
  if (!batchOk || l[1] != r[1] || o[0] != l[0] || o[1] != r[0])
    return emitOpError("expected lhs [B,] M x K, rhs [B,] N x K and outs [B,] "
                       "M x N, got ")
           << lhs << ", " << rhs << " and " << out;
  // (C2)
  if (bool(getAddend()) != bool(getAddendLanes()))
    return emitOpError("expected addend and addend_lanes together, got only ")
           << (getAddend() ? "addend" : "addend_lanes");
  if (Value addend = getAddend()) {
    auto type = cast<ShapedType>(addend.getType());
    if (type.getDimSize(0) != o[1] || type.getDimSize(1) != 16)
      return emitOpError("expected an addend of ")
             << o[1] << " x 16 codes, got " << type;
    if (getAddendLanes()->size() != 16)
      return emitOpError("expected 16 addend_lanes, got ")
             << getAddendLanes()->size();
  }
  // (C3)
  int64_t shift = getAccumRightShift();
  if (shift < 0 || shift > 31)
    return emitOpError(
               "expected an accumulator shift (16 - lhs_bias - rhs_bias "
               "+ out_bias - 5 - scale_log2) in 0..31, got ")
           << shift << "; change out_bias by "
           << (shift < 0 ? -shift : 31 - shift);
  // (C4)
  if (getLive() && out.getRank() != 3)
    return emitOpError("expected live with a batch only, got outs of type ")
           << out;
  int64_t last = -1;
  for (int64_t batch : getLive().value_or(ArrayRef<int64_t>())) {
    if (batch <= last || batch >= out.getDimSize(0))
      return emitOpError("expected live to be ascending and in 0..")
             << out.getDimSize(0) - 1 << ", got " << batch << " after " << last;
    last = batch;
  }
  return success();
}

SmallVector<int64_t> MatmulOp::getLiveBatches() {
  if (getLive())
    return SmallVector<int64_t>(*getLive());
  auto out = cast<ShapedType>(getInit().getType());
  return llvm::to_vector(
      llvm::seq<int64_t>(0, out.getRank() == 3 ? out.getDimSize(0) : 1));
}

int64_t SoftmaxOp::getNumSpans() {
  if (!getSpan())
    return 0;
  auto type = cast<ShapedType>(getSpan().getType());
  return type.getRank() == 2 ? type.getDimSize(0) : 1;
}

LogicalResult SoftmaxOp::verify() {
  if (failed(verifyDestination(*this)) ||
      failed(verifySameShape(*this, getInput().getType(), "input",
                             getInit().getType(), "outs")))
    return failure();
  if (Value span = getSpan()) {
    if (failed(verifyPerColumn(*this, "span", span.getType(),
                               getInput().getType())))
      return failure();
    auto type = cast<ShapedType>(getInput().getType());
    int64_t rows = type.getNumElements() / type.getShape().back();
    if (getNumSpans() == 0 || rows % getNumSpans() != 0) // (C3)
      return emitOpError("expected a number of spans that divides the ")
             << rows << " rows, got "
             << cast<ShapedType>(span.getType()).getDimSize(0);
  }
  if (failed(verifyBias(*this, "in_bias", int32_t(getInBias()))) ||
      failed(verifyBias(*this, "out_bias", int32_t(getOutBias()))))
    return failure();
  return verifyBias(*this, "span_bias", int32_t(getSpanBias()));
}

LogicalResult LayerNormOp::verify() {
  if (failed(verifyDestination(*this)) ||
      failed(verifySameShape(*this, getInput().getType(), "input",
                             getInit().getType(), "outs")) ||
      failed(verifyPerColumn(*this, "gamma", getGamma().getType(),
                             getInput().getType())) ||
      failed(verifyPerColumn(*this, "beta", getBeta().getType(),
                             getInput().getType())))
    return failure();
  if (failed(verifyBias(*this, "in_bias", int32_t(getInBias()))) ||
      failed(verifyBias(*this, "gamma_bias", int32_t(getGammaBias()))) ||
      failed(verifyBias(*this, "beta_bias", int32_t(getBetaBias()))) ||
      failed(verifyBias(*this, "out_bias", int32_t(getOutBias()))))
    return failure();
  int64_t columns = cast<ShapedType>(getInput().getType()).getShape().back();
  if (columns % 16 != 0) // (C3)
    return emitOpError("expected a multiple of 16 columns, got ")
           << columns << "; padding would change the mean";
  return success();
}

LogicalResult AddOp::verify() {
  if (failed(verifyDestination(*this)) ||
      failed(verifySameShape(*this, getLhs().getType(), "lhs",
                             getRhs().getType(), "rhs")) ||
      failed(verifySameShape(*this, getLhs().getType(), "lhs",
                             getInit().getType(), "outs")))
    return failure();
  if (failed(verifyBias(*this, "lhs_bias", int32_t(getLhsBias()))) ||
      failed(verifyBias(*this, "rhs_bias", int32_t(getRhsBias()))))
    return failure();
  return verifyBias(*this, "out_bias", int32_t(getOutBias()));
}

//===----------------------------------------------------------------------===//
// Effects: on tensors the ops are pure; on memrefs they read their inputs and
// write outs.
//===----------------------------------------------------------------------===//

using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

static void addDestinationEffects(DestinationStyleOpInterface op,
                                  Effects &effects) {
  for (OpOperand *input : op.getDpsInputOperands())
    if (isa<BaseMemRefType>(input->get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), input);
  for (OpOperand &init : op.getDpsInitsMutable())
    if (isa<BaseMemRefType>(init.get().getType()))
      effects.emplace_back(MemoryEffects::Write::get(), &init);
}

void MatmulOp::getEffects(Effects &effects) {
  addDestinationEffects(*this, effects);
}
void SoftmaxOp::getEffects(Effects &effects) {
  addDestinationEffects(*this, effects);
}
void LayerNormOp::getEffects(Effects &effects) {
  addDestinationEffects(*this, effects);
}
void AddOp::getEffects(Effects &effects) {
  addDestinationEffects(*this, effects);
}

void ProbeOp::getEffects(Effects &effects) {
  // Observable by whoever compares forms: never dead.
  effects.emplace_back(MemoryEffects::Write::get());
  if (isa<BaseMemRefType>(getValue().getType()))
    effects.emplace_back(MemoryEffects::Read::get(), &getValueMutable());
}
