//===- EarlyExit.cpp - stop at the first layer that is sure ---------------===//

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Dialect/EdgeBERT/Transforms/StackedExits.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace edgebert::accel {
#define GEN_PASS_DEF_EARLYEXITPASS
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h.inc"
} // namespace edgebert::accel

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

namespace {

struct EarlyExitPass : accel::impl::EarlyExitPassBase<EarlyExitPass> {
  using EarlyExitPassBase::EarlyExitPassBase;
  void runOnOperation() override;
};

} // namespace

/// ln(sum e^(x - max)) - sum (x - max) e^(x - max) / sum e^(x - max), in nats,
/// of the f32 elements of a static tensor.
static Value createEntropy(OpBuilder &b, Location loc, Value logits) {
  auto type = cast<RankedTensorType>(logits.getType());
  SmallVector<Value> elements;
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    SmallVector<Value> indices;
    int64_t rest = i;
    for (int64_t size : llvm::reverse(type.getShape())) {
      indices.push_back(arith::ConstantIndexOp::create(b, loc, rest % size));
      rest /= size;
    }
    std::reverse(indices.begin(), indices.end());
    elements.push_back(tensor::ExtractOp::create(b, loc, logits, indices));
  }
  Value largest = elements[0];
  for (Value element : ArrayRef(elements).drop_front())
    largest = arith::MaximumFOp::create(b, loc, largest, element);
  Value sum, weighted;
  for (Value element : elements) {
    Value difference = arith::SubFOp::create(b, loc, element, largest);
    Value power = math::ExpOp::create(b, loc, difference);
    Value product = arith::MulFOp::create(b, loc, difference, power);
    sum = sum ? arith::AddFOp::create(b, loc, sum, power).getResult() : power;
    weighted =
        weighted ? arith::AddFOp::create(b, loc, weighted, product).getResult()
                 : product;
  }
  Value log = math::LogOp::create(b, loc, sum);
  Value mean = arith::DivFOp::create(b, loc, weighted, sum);
  return arith::SubFOp::create(b, loc, log, mean);
}

void EarlyExitPass::runOnOperation() {
  func::FuncOp function = getOperation();
  if (function.isExternal())
    return;
  auto fail = [&](const Twine &message) {
    function.emitError(message);
    signalPassFailure();
  };
  if (!function.getBody().hasOneBlock())
    return fail("early exit: expected a function of one block");
  Block &body = function.getBody().front();
  FailureOr<StackedExits> exits = findStackedExits(function);
  if (failed(exits))
    return fail("early exit: expected a result that stacks the logits of two "
                "or more exits (tensor.insert_slice), found none");
  if (function.getNumResults() != 1)
    return fail("early exit: expected the exits' logits to be the only "
                "result, found " +
                Twine(function.getNumResults()) + " results");
  auto type = dyn_cast<RankedTensorType>(exits->rows[0].getType());
  if (!type || !type.hasStaticShape() || !type.getElementType().isF32() ||
      type.getNumElements() < 1 || type.getNumElements() > maxClasses)
    return fail("early exit: expected 1 to " + Twine(maxClasses) +
                " logits of f32 and static shape per exit");
  for (Value row : exits->rows)
    if (row.getType() != type)
      return fail("early exit: expected the logits of all exits to have one "
                  "type");
  for (Operation *op : exits->stack)
    if (!op->hasOneUse())
      return fail("early exit: expected the stacked logits to have no other "
                  "use");

  // The first exit that needs each op. What no exit needs (probes) follows its
  // operands.
  DenseMap<Operation *, size_t> firstExits;
  for (auto [exit, row] : llvm::enumerate(exits->rows))
    for (Operation *op : getDependences(row))
      if (Operation *ancestor = body.findAncestorOpInBlock(*op))
        firstExits.try_emplace(ancestor, exit);
  SmallVector<SmallVector<Operation *>> layers(exits->rows.size());
  llvm::SmallPtrSet<Operation *, 8> stack(exits->stack.begin(),
                                          exits->stack.end());
  for (Operation &op : body.without_terminator()) {
    if (stack.contains(&op))
      continue;
    size_t exit = 0;
    if (auto found = firstExits.find(&op); found != firstExits.end()) {
      exit = found->second;
    } else {
      op.walk([&](Operation *nested) {
        for (Value operand : nested->getOperands())
          if (Operation *from = operand.getDefiningOp())
            if (Operation *ancestor = body.findAncestorOpInBlock(*from))
              exit = std::max(exit, firstExits.lookup(ancestor));
      });
      firstExits[&op] = exit;
    }
    layers[exit].push_back(&op);
  }

  // The interface: a threshold in, logits and the layer they are from out.
  MLIRContext *context = &getContext();
  OpBuilder builder(context);
  Location loc = function.getLoc();
  StringRef name = EdgeBERTDialect::kNameAttr;
  auto nameAttrs = [&](StringRef value) {
    return builder.getDictionaryAttr(
        builder.getNamedAttr(name, builder.getStringAttr(value)));
  };
  auto layerType = RankedTensorType::get({1}, builder.getI64Type());
  unsigned numArguments = function.getNumArguments();
  if (failed(function.insertArgument(
          numArguments, RankedTensorType::get({1}, builder.getF32Type()),
          nameAttrs("exit_threshold"), loc)))
    return signalPassFailure();
  DictionaryAttr logitsAttrs = function.getResultAttrDict(0);
  function.setFunctionType(builder.getFunctionType(
      function.getFunctionType().getInputs(), {type, layerType}));
  DictionaryAttr resultAttrs[] = {logitsAttrs ? logitsAttrs
                                              : builder.getDictionaryAttr({}),
                                  nameAttrs("exit_layer")};
  function.setAllResultAttrs(ArrayRef<DictionaryAttr>(resultAttrs));

  Operation *terminator = body.getTerminator();
  builder.setInsertionPoint(terminator);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value threshold = tensor::ExtractOp::create(
      builder, loc, body.getArgument(numArguments), ValueRange{zero});
  auto createLayer = [&](size_t exit) -> Value {
    return arith::ConstantOp::create(
        builder, loc, DenseIntElementsAttr::get(layerType, int64_t(exit + 1)));
  };
  SmallVector<Value> results;
  for (auto [exit, row] : llvm::enumerate(exits->rows)) {
    Value layer = createLayer(exit);
    if (exit + 1 == exits->rows.size()) {
      scf::YieldOp::create(builder, loc, ValueRange{row, layer});
      break;
    }
    Location rowLoc = row.getLoc();
    Value entropy = createEntropy(builder, rowLoc, row);
    Value sure = arith::CmpFOp::create(
        builder, rowLoc, arith::CmpFPredicate::OLE, entropy, threshold);
    auto branch =
        scf::IfOp::create(builder, rowLoc, TypeRange{type, layerType}, sure,
                          /*withElseRegion=*/true);
    if (exit == 0)
      results = branch.getResults();
    else
      scf::YieldOp::create(builder, rowLoc, branch.getResults());
    builder.setInsertionPointToEnd(branch.thenBlock());
    scf::YieldOp::create(builder, rowLoc, ValueRange{row, layer});
    builder.setInsertionPointToEnd(branch.elseBlock());
    for (Operation *op : layers[exit + 1])
      op->moveBefore(branch.elseBlock(), branch.elseBlock()->end());
  }
  terminator->setOperands(results);
  for (Operation *op : exits->stack)
    op->erase();
}
