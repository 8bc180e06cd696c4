//===- Tabulate.cpp - element-wise functions of codes become tables -------===//

#include "ScalarFunction.h"

#include "edgebert/Analysis/Kernels.h"
#include "edgebert/Conversion/LinalgToEdgeBERT.h"
#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "edgebert/Execution/Passes.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "llvm/ADT/SetVector.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_TABULATE
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;
using namespace edgebert;
using namespace edgebert::execution;
using namespace edgebert::numfmt;

/// The longest code that is looked up; longer ones would make tables that no
/// cache keeps.
static constexpr unsigned kMaxBits = 8;

/// The one value of a constant scalar or splat, or null.
static TypedAttr getConstantScalar(Value value) {
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return {};
  if (auto elements = dyn_cast<DenseElementsAttr>(attr))
    attr = elements.isSplat() ? elements.getSplatValue<Attribute>() : nullptr;
  return dyn_cast_or_null<TypedAttr>(attr);
}

/// The one metadata value of a codec op; none for one per slice, or an unknown
/// one.
template <typename CodecOp>
static std::optional<numerics::Metadata> getTensorMetadata(CodecOp op) {
  auto metadata = getConstantMetadata(op.getFormat(), op.getMetadata());
  if (op.getMetadataAxis() || failed(metadata))
    return std::nullopt;
  return metadata->front();
}

/// Whether both give the same values: equal ops that CSE has not merged yet.
static bool isSameTensor(DequantizeOp a, DequantizeOp b) {
  std::optional<numerics::Metadata> x = getTensorMetadata(a),
                                    y = getTensorMetadata(b);
  return a == b ||
         (a.getInput() == b.getInput() && x && y && x->word == y->word);
}

namespace {

/// The element-wise ops between one dequantized tensor and `end`.
class ElementwiseRegion {
public:
  explicit ElementwiseRegion(QuantizeOp end) : end(end) {}

  /// Finds the ops; or says why they are not such a region.
  llvm::StringRef collect();

  DequantizeOp getStart() const { return start; }
  /// Every op after those it uses.
  ArrayRef<Operation *> getOps() const { return ops.getArrayRef(); }

  /// Adds the region to `function`; returns its result, or null where an op is
  /// none that has a value.
  Value clone(ScalarFunction &function);

private:
  llvm::StringRef collect(Value value);
  llvm::StringRef collectOperands(linalg::LinalgOp op);
  static bool cloneBody(OpBuilder &builder, linalg::LinalgOp op,
                        IRMapping &mapping);

  QuantizeOp end;
  DequantizeOp start;
  llvm::SetVector<Operation *> ops;
};

} // namespace

llvm::StringRef ElementwiseRegion::collect() {
  llvm::StringRef why = collect(end.getInput());
  if (!why.empty())
    return why;
  if (!start)
    return "no dequantized operand";
  for (Operation *op : ops)
    for (Operation *user : op->getUsers())
      if (user != end && !ops.contains(user))
        return "a value on the way has another use";
  return "";
}

llvm::StringRef ElementwiseRegion::collect(Value value) {
  if (getConstantScalar(value))
    return "";
  Operation *op = value.getDefiningOp();
  if (!op)
    return "an operand is not known to be codes";
  if (auto dequantize = dyn_cast<DequantizeOp>(op)) {
    if (start && !isSameTensor(start, dequantize))
      return "a function of more than one tensor";
    if (!start)
      start = dequantize;
    return "";
  }
  if (ops.contains(op))
    return "";
  llvm::StringRef why;
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    why = collectOperands(linalgOp);
  } else if (OpTrait::hasElementwiseMappableTraits(op)) {
    for (Value operand : op->getOperands())
      if (why = collect(operand); !why.empty())
        break;
  } else {
    return "an op that is not element-wise";
  }
  if (why.empty())
    ops.insert(op);
  return why;
}

llvm::StringRef ElementwiseRegion::collectOperands(linalg::LinalgOp op) {
  if (op.getNumParallelLoops() != op.getNumLoops() ||
      !op.hasPureTensorSemantics())
    return "an op that is not element-wise";
  for (OpOperand &init : op.getDpsInitsMutable())
    if (!op.getMatchingIndexingMap(&init).isIdentity())
      return "an op that is not element-wise";
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (getConstantScalar(input->get()))
      continue;
    if (!op.getMatchingIndexingMap(input).isIdentity())
      return "an operand is moved or broadcast";
    if (llvm::StringRef why = collect(input->get()); !why.empty())
      return why;
  }
  return "";
}

static Value cloneConstant(OpBuilder &builder, Location loc, Value value) {
  TypedAttr attr = getConstantScalar(value);
  if (!attr)
    return {};
  return arith::ConstantOp::create(builder, loc, attr);
}

/// Clones the scalar ops of `op`; its block arguments are mapped already. Its
/// results are mapped to what it yields. False where that cannot be done.
bool ElementwiseRegion::cloneBody(OpBuilder &builder, linalg::LinalgOp op,
                                  IRMapping &mapping) {
  Block *body = op.getBlock();
  // Constants of the function around.
  auto mapOutside = [&](Value operand) {
    if (mapping.contains(operand))
      return true;
    Value constant = cloneConstant(builder, op.getLoc(), operand);
    if (constant)
      mapping.map(operand, constant);
    return bool(constant);
  };
  for (Operation &inner : body->without_terminator()) {
    if (!isa<arith::ArithDialect, math::MathDialect>(inner.getDialect()) ||
        inner.getNumRegions())
      return false;
    if (!llvm::all_of(inner.getOperands(), mapOutside))
      return false;
    builder.clone(inner, mapping);
  }
  for (auto [result, yielded] :
       llvm::zip(op->getResults(), body->getTerminator()->getOperands())) {
    if (!mapOutside(yielded))
      return false;
    mapping.map(result, mapping.lookup(yielded));
  }
  return true;
}

Value ElementwiseRegion::clone(ScalarFunction &function) {
  OpBuilder &builder = function.getBuilder();
  IRMapping mapping;
  auto getScalar = [&](Value value) -> Value {
    if (Value constant = cloneConstant(builder, value.getLoc(), value))
      return constant;
    if (value.getDefiningOp<DequantizeOp>())
      return function.getArgument();
    return mapping.lookup(value);
  };
  for (Operation *op : ops) {
    SmallVector<Value> scalars;
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
      for (OpOperand *input : linalgOp.getDpsInputOperands())
        mapping.map(linalgOp.getMatchingBlockArgument(input),
                    getScalar(input->get()));
      if (!cloneBody(builder, linalgOp, mapping))
        return {};
      continue;
    }
    if (!isa<arith::ArithDialect, math::MathDialect>(op->getDialect()))
      return {};
    for (Value operand : op->getOperands())
      scalars.push_back(getScalar(operand));
    OperationState state(op->getLoc(), op->getName().getStringRef(), scalars,
                         getElementTypeOrSelf(op->getResult(0).getType()),
                         op->getAttrs());
    mapping.map(op->getResult(0), builder.create(state)->getResult(0));
  }
  return getScalar(end.getInput());
}

/// The code that `end` gives for each code of the region's start; null where
/// one is not defined on every computer.
static DenseElementsAttr evaluateTable(ElementwiseRegion &region,
                                       QuantizeOp end) {
  DequantizeOp start = region.getStart();
  std::optional<numerics::Metadata> from = getTensorMetadata(start),
                                    to = getTensorMetadata(end);
  if (!from || !to)
    return {};
  ScalarFunction function(end.getContext());
  Value result = region.clone(function);
  if (!result || failed(function.finish(result)))
    return {};
  numerics::Format decoder = start.getFormat().getFormat(),
                   encoder = end.getFormat().getFormat();
  IntegerType storage = end.getFormat().getStorageType();
  SmallVector<APInt> entries;
  for (uint32_t code = 0; code < 1u << decoder.bits(); ++code) {
    std::optional<float> value = function.evaluate(decoder.decode(code, *from));
    if (!value)
      return {};
    entries.emplace_back(storage.getWidth(), encoder.encode(*value, *to));
  }
  return DenseElementsAttr::get(
      RankedTensorType::get(int64_t(entries.size()), storage), entries);
}

namespace {

/// quantize(f(dequantize(c))) -> lookup(c, table of f)
struct TabulateQuantize : OpRewritePattern<QuantizeOp> {
  TabulateQuantize(MLIRContext *context,
                   llvm::function_ref<void(Operation *, int64_t)> note = {})
      : OpRewritePattern(context), note(note) {}

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    ElementwiseRegion region(op);
    if (llvm::StringRef why = region.collect(); !why.empty())
      return rewriter.notifyMatchFailure(op, why);
    DequantizeOp start = region.getStart();
    if (start.getFormat().getBitWidth() > kMaxBits)
      return rewriter.notifyMatchFailure(op, "its codes are too many");
    if (start.getInput().getType().getShape() != op.getType().getShape())
      return rewriter.notifyMatchFailure(op,
                                         "the shape's dynamic sizes differ");
    DenseElementsAttr table = evaluateTable(region, op);
    if (!table)
      return rewriter.notifyMatchFailure(
          op, "metadata is not constant and per tensor, or a value depends on "
              "the computer");
    ArrayRef<Operation *> ops = region.getOps();
    Location loc = ops.empty() ? op.getLoc() : ops.back()->getLoc();
    if (note)
      for (Operation *inner : ops)
        note(inner, table.getNumElements());
    Value entries = arith::ConstantOp::create(rewriter, loc, table);
    rewriter
        .replaceOpWithNewOp<LookupOp>(op, op.getType(), start.getInput(),
                                      entries)
        ->setLoc(loc);
    for (Operation *inner : llvm::reverse(ops))
      rewriter.eraseOp(inner);
    if (start->use_empty())
      rewriter.eraseOp(start);
    return success();
  }

  /// Told of every op that is replaced, and of the table's size.
  llvm::function_ref<void(Operation *, int64_t)> note;
};

struct TabulatePass : execution::impl::TabulateBase<TabulatePass> {
  using TabulateBase::TabulateBase;
  void runOnOperation() override;

private:
  /// An op that is looked up, as placement reports name it.
  struct Entry {
    std::string name, kind;
    int64_t size;
  };
  llvm::Error updateReport(ArrayRef<Entry> entries);
};

} // namespace

llvm::Error TabulatePass::updateReport(ArrayRef<Entry> entries) {
  auto placements = readPlacementReport(report);
  if (!placements)
    return placements.takeError();
  // Of equal names, the first not yet taken.
  std::vector<bool> taken(placements->size());
  for (const Entry &entry : entries)
    for (auto [number, placement] : llvm::enumerate(*placements)) {
      if (taken[number] || placement.isKernel || placement.name != entry.name ||
          placement.kind != entry.kind)
        continue;
      taken[number] = true;
      placement.reason += "; element-wise on codes: a table of " +
                          std::to_string(entry.size) + " look-ups";
      break;
    }
  return writePlacementReport(report, *placements);
}

void TabulatePass::runOnOperation() {
  std::vector<Entry> entries;
  auto note = [&](Operation *op, int64_t size) {
    entries.push_back({analysis::getLocationName(op->getLoc()).str(),
                       op->getName().getStringRef().str(), size});
  };
  RewritePatternSet patterns(&getContext());
  patterns.add<TabulateQuantize>(&getContext(), note);
  walkAndApplyPatterns(getOperation(), std::move(patterns));
  if (report.empty() || entries.empty())
    return;
  if (llvm::Error error = updateReport(entries)) {
    getOperation().emitError("cannot update the report: ")
        << llvm::toString(std::move(error));
    signalPassFailure();
  }
}

void edgebert::execution::populateTabulatePatterns(
    RewritePatternSet &patterns) {
  patterns.add<TabulateQuantize>(patterns.getContext());
}
