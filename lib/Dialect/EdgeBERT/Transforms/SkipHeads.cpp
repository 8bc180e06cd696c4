//===- SkipHeads.cpp - leave out attention heads without a span -----------===//

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace edgebert::accel {
#define GEN_PASS_DEF_SKIPHEADSPASS
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h.inc"
} // namespace edgebert::accel

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

namespace {

struct SkipHeadsPass : accel::impl::SkipHeadsPassBase<SkipHeadsPass> {
  using SkipHeadsPassBase::SkipHeadsPassBase;
  void runOnOperation() override;
};

} // namespace

/// Constant codes, also behind reshapes, or null.
static ElementsAttr getConstantCodes(Value codes) {
  while (isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
      codes.getDefiningOp()))
    codes = codes.getDefiningOp()->getOperand(0);
  if (auto fromBits = codes.getDefiningOp<numfmt::FromBitsOp>())
    codes = fromBits.getInput();
  ElementsAttr constant = numfmt::getConstantElements(codes);
  return constant && constant.getElementType().isSignlessInteger(8)
             ? constant
             : ElementsAttr();
}

/// Per row of the softmax, whether its span has any weight.
static std::optional<std::vector<bool>> getLiveRows(SoftmaxOp softmax) {
  if (!softmax.getSpan())
    return std::nullopt;
  ElementsAttr constant = getConstantCodes(softmax.getSpan());
  if (!constant)
    return std::nullopt;
  SmallVector<char> storage;
  FailureOr<ArrayRef<char>> codes = numfmt::getElements(constant, storage);
  if (failed(codes))
    return std::nullopt;
  auto type = cast<ShapedType>(softmax.getInit().getType());
  int64_t columns = type.getShape().back(),
          rows = type.getNumElements() / columns,
          each = rows / softmax.getNumSpans();
  std::vector<bool> live(rows);
  for (int64_t row = 0; row < rows; ++row)
    live[row] = llvm::any_of(codes->slice(row / each * columns, columns),
                             [](char code) { return (code & 0x7f) != 0; });
  return live;
}

/// The matrices of a batch of `shape` that have a live row; none if all have,
/// or if its rows are not the softmax's.
static std::optional<SmallVector<int64_t>>
getLiveBatches(const std::vector<bool> &rows, int64_t columns,
               ArrayRef<int64_t> shape) {
  if (shape.size() != 3 || shape[2] != columns ||
      shape[0] * shape[1] != int64_t(rows.size()))
    return std::nullopt;
  SmallVector<int64_t> live;
  for (int64_t batch = 0; batch < shape[0]; ++batch)
    if (std::any_of(rows.begin() + batch * shape[1],
                    rows.begin() + (batch + 1) * shape[1],
                    [](bool row) { return row; }))
      live.push_back(batch);
  if (int64_t(live.size()) == shape[0])
    return std::nullopt;
  return live;
}

static bool hasOneReader(Value value) {
  return llvm::count_if(value.getUsers(), [](Operation *user) {
           return !isa<ProbeOp>(user);
         }) == 1;
}

/// The value whose elements, in row-major order, become those of `op`'s result
/// one by one; null if there is none.
static Value getElementwiseSource(Operation *op) {
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, numfmt::QuantizeOp,
          numfmt::DequantizeOp, numfmt::LookupOp>(op))
    return op->getOperand(0);
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic || generic.getNumDpsInits() != 1 ||
      generic.getNumParallelLoops() != generic.getNumLoops())
    return {};
  // All loops in their order; those of extent 1 may be missing.
  int64_t elements =
      cast<ShapedType>(op->getResult(0).getType()).getNumElements();
  auto isWhole = [&](OpOperand &operand) {
    AffineMap map = generic.getMatchingIndexingMap(&operand);
    if (!map.isProjectedPermutation() ||
        cast<ShapedType>(operand.get().getType()).getNumElements() != elements)
      return false;
    for (unsigned i = 1; i < map.getNumResults(); ++i)
      if (map.getDimPosition(i) < map.getDimPosition(i - 1))
        return false;
    return true;
  };
  if (!isWhole(*generic.getDpsInitOperand(0)))
    return {};
  // Masks come from outside; the scores are what is computed here.
  for (OpOperand *operand : generic.getDpsInputOperands())
    if (isWhole(*operand) && operand->get().getDefiningOp() &&
        !operand->get().getDefiningOp<arith::ConstantOp>())
      return operand->get();
  return {};
}

/// The product whose result becomes `value`, element by element, and is read
/// for nothing else.
static MatmulOp getSource(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!hasOneReader(value))
      return {};
    if (auto matmul = dyn_cast<MatmulOp>(op))
      return matmul;
    value = getElementwiseSource(op);
    if (!value)
      return {};
  }
  return {};
}

/// The products that read `value`, also reshaped, as their left operand.
static void collectProducts(Value value, SmallVectorImpl<MatmulOp> &products) {
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(user))
      collectProducts(user->getResult(0), products);
    else if (auto matmul = dyn_cast<MatmulOp>(user);
             matmul && use.getOperandNumber() == 0)
      products.push_back(matmul);
  }
}

void SkipHeadsPass::runOnOperation() {
  OpBuilder builder(&getContext());
  getOperation().walk([&](SoftmaxOp softmax) {
    if (softmax.getNumResults() == 0)
      return;
    std::optional<std::vector<bool>> rows = getLiveRows(softmax);
    if (!rows)
      return;
    int64_t columns =
        cast<ShapedType>(softmax.getInit().getType()).getShape().back();
    SmallVector<MatmulOp> products;
    collectProducts(softmax.getResult(0), products);
    for (MatmulOp product : products)
      if (auto live = getLiveBatches(
              *rows, columns,
              cast<ShapedType>(product.getLhs().getType()).getShape());
          live && !product.getLive() && !product.getAddend())
        product.setLive(*live);
    if (MatmulOp scores = getSource(softmax.getInput()))
      if (auto live = getLiveBatches(
              *rows, columns,
              cast<ShapedType>(scores.getInit().getType()).getShape());
          live && !scores.getLive())
        scores.setLive(*live);
  });
}
