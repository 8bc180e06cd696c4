//===- ApplyAttentionSpans.cpp - weigh attention by distance --------------===//

#include "../RowReduction.h"

#include "edgebert/Analysis/Calibration.h"
#include "edgebert/Analysis/Kernels.h"
#include "edgebert/Conversion/Passes.h"
#include "edgebert/Support/JsonFile.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cmath>
#include <limits>
#include <map>

namespace edgebert {
#define GEN_PASS_DEF_APPLYATTENTIONSPANSPASS
#include "edgebert/Conversion/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

namespace {

/// Per layer and head, the distance up to which a token is attended to fully;
/// over the next `ramp` tokens the weight falls to 0 (thesis 9.1.2).
struct Spans {
  double ramp = 0;
  std::vector<std::vector<double>> layers;

  static llvm::Expected<Spans> read(StringRef path);
};

struct ApplyAttentionSpansPass
    : edgebert::impl::ApplyAttentionSpansPassBase<ApplyAttentionSpansPass> {
  using ApplyAttentionSpansPassBase::ApplyAttentionSpansPassBase;
  void runOnOperation() override;

private:
  Value getMask(const Spans &spans, ArrayRef<double> heads,
                RankedTensorType type);
  std::map<std::pair<std::vector<double>, std::vector<int64_t>>, Value> masks;
};

} // namespace

llvm::Expected<Spans> Spans::read(StringRef path) {
  auto fail = [&](const llvm::Twine &message) {
    return llvm::createStringError(path + ": " + message);
  };
  llvm::Expected<llvm::json::Value> json = readJson(path);
  if (!json)
    return json.takeError();
  const llvm::json::Object *object = json->getAsObject();
  std::optional<double> ramp =
      object ? object->getNumber("ramp") : std::nullopt;
  const llvm::json::Array *layers =
      object ? object->getArray("spans") : nullptr;
  if (!ramp || !(*ramp > 0) || !layers || layers->empty())
    return fail("expected {\"ramp\": R > 0, \"spans\": [[a number per head] "
                "per layer]}");
  Spans spans;
  spans.ramp = *ramp;
  for (const llvm::json::Value &layer : *layers) {
    const llvm::json::Array *heads = layer.getAsArray();
    std::string where = "spans[" + std::to_string(spans.layers.size()) + "]";
    if (!heads || heads->empty())
      return fail(where + ": expected a list with a number per head");
    std::vector<double> numbers;
    for (const llvm::json::Value &head : *heads) {
      std::optional<double> number = head.getAsNumber();
      if (!number || !(*number >= 0))
        return fail(where + "[" + llvm::Twine(numbers.size()) +
                    "]: expected a number >= 0 (0 turns the head off)");
      numbers.push_back(*number);
    }
    spans.layers.push_back(std::move(numbers));
  }
  return spans;
}

/// The weights of a softmax of `type` [..., heads, queries, keys], the queries
/// being the last of the keys' tokens.
Value ApplyAttentionSpansPass::getMask(const Spans &spans,
                                       ArrayRef<double> heads,
                                       RankedTensorType type) {
  Value &mask = masks[{heads.vec(), type.getShape().vec()}];
  if (mask)
    return mask;
  int64_t queries = type.getShape().take_back(2)[0],
          keys = type.getShape().back();
  std::vector<float> weights;
  weights.reserve(type.getNumElements());
  for (double span : heads)
    for (int64_t i = 0; i < queries; ++i)
      for (int64_t j = 0; j < keys; ++j) {
        double distance = std::abs(double(j - (i + keys - queries)));
        double weight = (spans.ramp + span - distance) / spans.ramp;
        weights.push_back(span > 0 ? float(std::clamp(weight, 0.0, 1.0)) : 0);
      }
  OpBuilder builder = OpBuilder::atBlockBegin(&getOperation().front());
  auto attr = DenseResourceElementsAttr::get(
      type, "attention_span",
      HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef(weights)));
  mask = arith::ConstantOp::create(builder, getOperation().getLoc(), attr);
  return mask;
}

/// weights * mask / max(sum of that, smallest), along the last dimension. A row
/// without weights is 0, as on the chip.
static Value normalise(OpBuilder &builder, Location loc, Value weights,
                       Value mask) {
  auto type = cast<RankedTensorType>(weights.getType());
  int64_t rank = type.getRank();
  AffineMap all = builder.getMultiDimIdentityMap(rank);
  AffineMap row = all.getMajorSubMap(rank - 1);
  SmallVector<utils::IteratorType> parallel(rank,
                                            utils::IteratorType::parallel);
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                       type.getElementType());
  Value product = linalg::GenericOp::create(builder, loc, TypeRange{type},
                                            ValueRange{weights, mask},
                                            ValueRange{init}, {all, all, all},
                                            parallel, emitBinary<arith::MulFOp>)
                      .getResult(0);
  Value sums = reduceRows<arith::AddFOp>(builder, loc, product, 0.0f);
  return linalg::GenericOp::create(
             builder, loc, TypeRange{type}, ValueRange{product, sums},
             ValueRange{init}, {all, row, all}, parallel,
             [](OpBuilder &nested, Location inner, ValueRange args) {
               Value smallest = arith::ConstantOp::create(
                   nested, inner,
                   nested.getF32FloatAttr(std::numeric_limits<float>::min()));
               Value sum =
                   arith::MaximumFOp::create(nested, inner, args[1], smallest);
               Value result =
                   arith::DivFOp::create(nested, inner, args[0], sum);
               linalg::YieldOp::create(nested, inner, result);
             })
      .getResult(0);
}

/// The softmaxes whose results weigh computed values, in program order.
static std::vector<const SoftmaxKernel *>
findAttentions(const KernelSet &kernels) {
  llvm::DenseSet<Value> weights;
  for (const auto &kernel : kernels.kernels)
    if (auto *matmul = dyn_cast<MatmulKernel>(kernel.get()))
      if (!isConstantDerived(matmul->rhs))
        for (Value operand : {matmul->lhs, matmul->rhs})
          weights.insert(getMovedSource(operand));
  std::vector<const SoftmaxKernel *> found;
  for (const auto &kernel : kernels.kernels)
    if (auto *softmax = dyn_cast<SoftmaxKernel>(kernel.get()))
      if (weights.contains(softmax->result))
        found.push_back(softmax);
  return found;
}

void ApplyAttentionSpansPass::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration())
    return;
  masks.clear();
  if (spans.empty()) {
    func.emitError("expected option 'spans' to name a file of spans");
    return signalPassFailure();
  }
  llvm::Expected<Spans> read = Spans::read(spans);
  if (!read) {
    func.emitError(llvm::toString(read.takeError()));
    return signalPassFailure();
  }
  KernelSet kernels = findKernels(func);
  std::vector<const SoftmaxKernel *> attentions = findAttentions(kernels);
  size_t given = read->layers.size();
  if (attentions.empty()) {
    func.emitError("expected an attention to apply the spans to, found none");
    return signalPassFailure();
  }
  if (given != 1 && given != attentions.size()) {
    func.emitError("expected the spans of 1 layer (for all) or of ")
        << attentions.size() << " layers, got " << given;
    return signalPassFailure();
  }
  for (auto [layer, softmax] : llvm::enumerate(attentions)) {
    auto type = cast<RankedTensorType>(softmax->result.getType());
    ArrayRef<double> heads = read->layers[given == 1 ? 0 : layer];
    int64_t count = type.getNumElements() /
                    (type.getShape().take_back(2)[0] * type.getShape().back());
    if (int64_t(heads.size()) != count || softmax->span) {
      InFlightDiagnostic error = softmax->root->emitError("attention '")
                                 << softmax->id << "' ";
      if (softmax->span)
        error << "has a span of its own already";
      else
        error << "has " << count << " heads; expected as many spans, got "
              << heads.size();
      return signalPassFailure();
    }
    Value mask = getMask(*read, heads, type);
    OpBuilder builder(softmax->root);
    builder.setInsertionPointAfter(softmax->root);
    Value result = softmax->result;
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : result.getUses())
      uses.push_back(&use);
    Value weighed = normalise(builder, softmax->root->getLoc(), result, mask);
    for (OpOperand *use : uses)
      use->set(weighed);
  }
}
