//===- EarlyExit.cpp - stop at the first layer that is sure ---------------===//

#include "ExitHostCode.h"

#include "edgebert/Dialect/EdgeBERT/Transforms/StackedExits.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Machine/Registers.h"
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

/// The register field's limit, in lanes.
static constexpr int64_t kMaxClasses =
    machine::field::numVector.max() * machine::Description::vectorSize;

namespace {

struct EarlyExitPass : accel::impl::EarlyExitPassBase<EarlyExitPass> {
  using EarlyExitPassBase::EarlyExitPassBase;
  void runOnOperation() override;
};

} // namespace

/// Whether the logits are numbers of codes that the chip made. Only views may
/// lie between.
static bool areFromChip(Value logits) {
  auto skipViews = [](Value value) {
    while (Operation *op = value.getDefiningOp()) {
      if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp,
               tensor::ExtractSliceOp, tensor::CastOp>(op))
        break;
      value = op->getOperand(0);
    }
    return value;
  };
  auto numbers = skipViews(logits).getDefiningOp<numfmt::DequantizeOp>();
  if (!numbers)
    return false;
  Operation *op = skipViews(numbers.getInput()).getDefiningOp();
  return isa_and_nonnull<MatmulOp, SoftmaxOp, LayerNormOp, AddOp>(op);
}

namespace {

/// The exits' branches, from the first to the last.
class BranchBuilder {
public:
  BranchBuilder(OpBuilder &builder, ArrayRef<Value> rows,
                ArrayRef<SmallVector<Operation *>> layers)
      : b(builder), rows(rows), layers(layers) {}

  /// Algorithm 3 with the target latency, the predicted exits by entropy, and
  /// the cycles to the first and from there to each exit.
  void predict(const machine::EnergyTable &energy, Value target, Value table,
               Value cycles) {
    this->energy = &energy;
    this->target = target;
    this->table = table;
    this->cycles = cycles;
  }

  /// The logits of the exit taken and its number.
  SmallVector<Value> build(Value nats);

private:
  Value createLayer(size_t exit) {
    auto type = RankedTensorType::get({1}, b.getI64Type());
    return arith::ConstantOp::create(
        b, rows[exit].getLoc(),
        DenseIntElementsAttr::get(type, int64_t(exit + 1)));
  }
  /// Behind the first exit: where to leave at the latest, at the point for it.
  void createPrediction(Value codes);

  OpBuilder &b;
  ArrayRef<Value> rows;
  ArrayRef<SmallVector<Operation *>> layers;
  const machine::EnergyTable *energy = nullptr;
  Value target, table, cycles;
  /// The predicted exit, from 1.
  Value last;
};

} // namespace

void BranchBuilder::createPrediction(Value codes) {
  Location loc = codes.getLoc();
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, loc, value, 64);
  };
  auto extract = [&](Value tensor, Value i) -> Value {
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    return tensor::ExtractOp::create(b, loc, tensor, ValueRange{zero, i});
  };
  Value bin = exits::createBin(b, loc, codes);
  // Whatever is in the table, there is such an exit.
  last = arith::MinSIOp::create(
      b, loc, arith::MaxSIOp::create(b, loc, extract(table, bin), number(2)),
      number(int64_t(rows.size())));
  Value index = arith::IndexCastOp::create(
      b, loc, b.getIndexType(), arith::SubIOp::create(b, loc, last, number(1)));
  Value elapsed = extract(cycles, arith::ConstantIndexOp::create(b, loc, 0));
  DvfsOp::create(b, loc,
                 exits::createPoint(b, loc, *energy, elapsed,
                                    extract(cycles, index), target));
}

SmallVector<Value> BranchBuilder::build(Value nats) {
  Value threshold = exits::createThreshold(b, nats.getLoc(), nats);
  SmallVector<Value> results;
  Operation *first = nullptr;
  for (auto [exit, row] : llvm::enumerate(rows)) {
    Value layer = createLayer(exit);
    Location loc = row.getLoc();
    if (exit + 1 == rows.size()) {
      scf::YieldOp::create(b, loc, ValueRange{row, layer});
      break;
    }
    Value codes = exits::createCodes(b, loc, row);
    Value leaves = exits::createDecision(b, loc, codes, threshold);
    if (last) {
      Value number = arith::ConstantIntOp::create(b, loc, exit + 1, 64);
      Value isLast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle,
                                           last, number);
      leaves = arith::OrIOp::create(b, loc, leaves, isLast);
    }
    auto branch =
        scf::IfOp::create(b, loc, TypeRange{row.getType(), layer.getType()},
                          leaves, /*withElseRegion=*/true);
    if (!first) {
      first = branch;
      results = branch.getResults();
    } else {
      // What the branch around it yields.
      scf::YieldOp::create(b, loc, branch.getResults());
    }
    b.setInsertionPointToEnd(branch.thenBlock());
    scf::YieldOp::create(b, loc, ValueRange{row, layer});
    b.setInsertionPointToEnd(branch.elseBlock());
    if (energy && exit == 0)
      createPrediction(codes);
    for (Operation *op : layers[exit + 1])
      op->moveBefore(branch.elseBlock(), branch.elseBlock()->end());
  }
  if (energy) {
    // The next sentence begins at the operating point.
    Block *rest = &first->getRegion(1).front();
    b.setInsertionPoint(rest->getTerminator());
    Location loc = first->getLoc();
    DvfsOp::create(
        b, loc,
        arith::ConstantIntOp::create(b, loc, energy->operatingPoint, 32));
  }
  return results;
}

/// The ops of `body` by the first exit that needs each. What no exit needs
/// (probes) follows its operands.
static SmallVector<SmallVector<Operation *>>
findLayers(Block &body, const StackedExits &exits) {
  DenseMap<Operation *, size_t> firstExits;
  for (auto [exit, row] : llvm::enumerate(exits.rows))
    for (Operation *op : getDependences(row))
      if (Operation *ancestor = body.findAncestorOpInBlock(*op))
        firstExits.try_emplace(ancestor, exit);
  SmallVector<SmallVector<Operation *>> layers(exits.rows.size());
  llvm::SmallPtrSet<Operation *, 8> stack(exits.stack.begin(),
                                          exits.stack.end());
  for (Operation &op : body.without_terminator()) {
    if (stack.contains(&op))
      continue;
    auto [place, isNew] = firstExits.try_emplace(&op, 0);
    size_t exit = place->second;
    if (isNew) {
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
  return layers;
}

void EarlyExitPass::runOnOperation() {
  func::FuncOp function = getOperation();
  if (function.isExternal())
    return;
  auto fail = [&](const Twine &message) {
    function.emitError(message);
    signalPassFailure();
  };
  llvm::Expected<machine::Description> description =
      machine::Description::load(machine);
  if (!description)
    return fail(llvm::toString(description.takeError()));
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
      type.getNumElements() < 1 || type.getNumElements() > kMaxClasses)
    return fail("early exit: expected 1 to " + Twine(kMaxClasses) +
                " logits of f32 and static shape per exit");
  for (Value row : exits->rows)
    if (row.getType() != type)
      return fail("early exit: expected the logits of all exits to have one "
                  "type");
  for (Operation *op : exits->stack)
    if (!op->hasOneUse())
      return fail("early exit: expected the stacked logits to have no other "
                  "use");

  SmallVector<SmallVector<Operation *>> layers = findLayers(body, *exits);
  for (auto [exit, row] : llvm::enumerate(ArrayRef(exits->rows).drop_back()))
    if (!areFromChip(row))
      emitRemark(row.getLoc())
          << "the logits of exit " << exit + 1
          << " are computed on the host, which encodes them for the entropy "
             "unit";

  // The interface: a threshold in, logits and the layer they are from out.
  OpBuilder builder(&getContext());
  Location loc = function.getLoc();
  auto nameAttrs = [&](StringRef value) {
    return builder.getDictionaryAttr(builder.getNamedAttr(
        EdgeBERTDialect::kNameAttr, builder.getStringAttr(value)));
  };
  auto addInput = [&](StringRef name, ArrayRef<int64_t> shape,
                      Type element) -> Value {
    unsigned number = function.getNumArguments();
    if (failed(function.insertArgument(number,
                                       RankedTensorType::get(shape, element),
                                       nameAttrs(name), loc)))
      return {};
    return body.getArgument(number);
  };
  Type f32 = builder.getF32Type(), i64 = builder.getI64Type();
  auto numExits = int64_t(exits->rows.size());
  SmallVector<Value> inputs = {addInput("exit_threshold", {1}, f32)};
  if (dvfs)
    inputs.append({addInput("target_latency", {1}, f32),
                   addInput("exit_table", {1, exits::kBins}, i64),
                   addInput("exit_cycles", {1, numExits}, i64)});
  if (llvm::is_contained(inputs, Value()))
    return signalPassFailure();
  DictionaryAttr logitsAttrs = function.getResultAttrDict(0);
  function.setFunctionType(
      builder.getFunctionType(function.getFunctionType().getInputs(),
                              {type, RankedTensorType::get({1}, i64)}));
  DictionaryAttr resultAttrs[] = {logitsAttrs ? logitsAttrs
                                              : builder.getDictionaryAttr({}),
                                  nameAttrs("exit_layer")};
  function.setAllResultAttrs(ArrayRef<DictionaryAttr>(resultAttrs));

  Operation *terminator = body.getTerminator();
  builder.setInsertionPoint(terminator);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  auto extract = [&](Value tensor) -> Value {
    return tensor::ExtractOp::create(builder, loc, tensor, ValueRange{zero});
  };
  BranchBuilder branches(builder, exits->rows, layers);
  if (dvfs)
    branches.predict(description->energy, extract(inputs[1]), inputs[2],
                     inputs[3]);
  SmallVector<Value> results = branches.build(extract(inputs[0]));
  terminator->setOperands(results);
  for (Operation *op : exits->stack)
    op->erase();
}
