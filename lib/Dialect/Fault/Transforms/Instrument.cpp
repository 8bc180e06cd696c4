//===- Instrument.cpp - mark the places where faults can strike -----------===//

#include "edgebert/Analysis/Calibration.h"
#include "edgebert/Dialect/Fault/Transforms/Passes.h"
#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/xxhash.h"

namespace edgebert::fault {
#define GEN_PASS_DEF_FAULTINSTRUMENT
#include "edgebert/Dialect/Fault/Transforms/Passes.h.inc"
} // namespace edgebert::fault

using namespace mlir;
using namespace edgebert;
using namespace edgebert::fault;

namespace {

/// A value that is to get a site.
struct Candidate {
  Kind kind;
  /// The uses of `value` (all, or those of `users`) that will read the site.
  Value value;
  SmallVector<Operation *> users;
  std::string name;
  numfmt::FormatTypeInterface format;
  ElementsAttr metadata;
  std::optional<int64_t> axis;
};

/// Finds the candidates of a function, all kinds of them, so that names and ids
/// do not depend on the kinds that are wanted.
class CandidateFinder {
public:
  explicit CandidateFinder(func::FuncOp func) : func(func) {}

  std::vector<Candidate> find();

private:
  void add(Kind kind, Value value, numfmt::FormatTypeInterface format,
           Value metadata = {}, std::optional<int64_t> axis = std::nullopt);
  void addCodes(Kind kind, Value codes);
  /// Of a function without formats: a constant that is read, and a result.
  void addWeight(Value operand);
  void addActivation(Value result);
  void findFormatted();
  void findKernels();
  void findConvolutions();
  void findMasks();

  func::FuncOp func;
  llvm::StringSet<> names;
  DenseSet<Value> seen;
  std::vector<Candidate> candidates;
};

struct FaultInstrumentPass
    : edgebert::fault::impl::FaultInstrumentBase<FaultInstrumentPass> {
  using FaultInstrumentBase::FaultInstrumentBase;
  void runOnOperation() override;
};

} // namespace

static StringRef getValueName(Value value) {
  return analysis::getLocationName(value.getLoc());
}

void CandidateFinder::add(Kind kind, Value value,
                          numfmt::FormatTypeInterface format, Value metadata,
                          std::optional<int64_t> axis) {
  Candidate candidate;
  candidate.kind = kind;
  candidate.value = value;
  candidate.format = format;
  candidate.metadata = numfmt::getConstantElements(metadata);
  if (candidate.metadata)
    candidate.axis = axis;
  std::string stem = getValueName(value).str();
  if (stem.empty())
    stem = func.getName().str();
  candidate.name = stem;
  // Names are unique among the sites of a kind: a weight and its exponent bias
  // have the same name.
  std::string prefix = stringifyKind(kind).str() + ' ';
  for (unsigned repeat = 2; !names.insert(prefix + candidate.name).second;
       ++repeat)
    candidate.name = stem + "#" + std::to_string(repeat);
  candidates.push_back(std::move(candidate));
}

/// A site of codes, and one of the metadata they are decoded with.
void CandidateFinder::addCodes(Kind kind, Value codes) {
  if (!seen.insert(codes).second || codes.use_empty())
    return;
  auto format = dyn_cast<numfmt::FormatTypeInterface>(
      cast<RankedTensorType>(codes.getType()).getElementType());
  if (!format)
    return;
  Value metadata;
  std::optional<int64_t> axis;
  if (auto quantize = codes.getDefiningOp<numfmt::QuantizeOp>()) {
    metadata = quantize.getMetadata();
    axis = quantize.getMetadataAxis();
  }
  SmallVector<Operation *> readers;
  for (Operation *user : codes.getUsers())
    if (auto dequantize = dyn_cast<numfmt::DequantizeOp>(user)) {
      if (!metadata) {
        metadata = dequantize.getMetadata();
        axis = dequantize.getMetadataAxis();
      }
      if (dequantize.getMetadata() == metadata && metadata)
        readers.push_back(user);
    }
  add(kind, codes, format, metadata, axis);
  if (readers.empty())
    return;
  // What the fault changes is read with the codes; they were made with what
  // was right.
  Candidate scale;
  scale.kind = Kind::Metadata;
  scale.value = metadata;
  scale.users = std::move(readers);
  scale.name = candidates.back().name;
  candidates.push_back(std::move(scale));
}

void CandidateFinder::findFormatted() {
  for (BlockArgument argument : func.getArguments())
    if (auto type = dyn_cast<RankedTensorType>(argument.getType()))
      if (isa<numfmt::FormatTypeInterface>(type.getElementType()))
        addCodes(Kind::Activation, argument);
  func.walk([&](Operation *op) {
    if (auto fromBits = dyn_cast<numfmt::FromBitsOp>(op)) {
      addCodes(numfmt::getConstantElements(fromBits.getInput())
                   ? Kind::Weight
                   : Kind::Activation,
               fromBits.getResult());
      return;
    }
    if (auto emulate = dyn_cast<numfmt::EmulateOp>(op)) {
      auto format = cast<numfmt::FormatTypeInterface>(emulate.getFormat());
      Kind kind = analysis::isConstantDerived(emulate.getInput())
                      ? Kind::Weight
                      : Kind::Activation;
      add(kind, emulate.getResult(), format, emulate.getMetadata(),
          emulate.getMetadataAxis());
      return;
    }
    // Whatever else makes codes out of something else than moving them.
    if (!isa<numfmt::QuantizeOp, numfmt::LookupOp, DestinationStyleOpInterface>(
            op) ||
        analysis::isDataMovement(op))
      return;
    if (isa<numfmt::QuantizeOp>(op) &&
        analysis::isConstantDerived(op->getOperand(0)))
      return addCodes(Kind::Weight, op->getResult(0));
    for (Value result : op->getResults())
      if (isa<RankedTensorType>(result.getType()))
        addCodes(Kind::Activation, result);
  });
}

void CandidateFinder::addWeight(Value operand) {
  Value source = analysis::getMovedSource(operand);
  if (numfmt::getConstantElements(source) && seen.insert(source).second)
    add(Kind::Weight, source, {});
}

void CandidateFinder::addActivation(Value result) {
  if (seen.insert(result).second)
    add(Kind::Activation, result, {});
}

void CandidateFinder::findKernels() {
  analysis::KernelSet kernels = analysis::findKernels(func);
  for (const auto &kernel : kernels.kernels) {
    for (Value operand : kernel->getOperands())
      addWeight(operand);
    addActivation(kernel->result);
  }
  findConvolutions();
}

/// Convolutions run on the host, so they are no kernels; what they read and
/// make is stored all the same.
void CandidateFinder::findConvolutions() {
  func.walk([&](linalg::LinalgOp op) {
    if (!op.hasPureTensorSemantics() || !linalg::isaConvolutionOpInterface(op))
      return;
    // Pooling has no channels of its own.
    FailureOr<linalg::ConvolutionDimensions> dims =
        linalg::inferConvolutionDims(op);
    if (failed(dims) || dims->outputChannel.empty())
      return;
    addWeight(op.getDpsInputs()[1]);
    addActivation(op->getResult(0));
  });
}

void CandidateFinder::findMasks() {
  func.walk([&](arith::ConstantOp op) {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (type && type.getElementType().isInteger(1))
      add(Kind::Mask, op.getResult(), {});
  });
}

std::vector<Candidate> CandidateFinder::find() {
  bool formatted = false;
  func.walk([&](Operation *op) {
    formatted |= isa_and_nonnull<numfmt::NumFmtDialect>(op->getDialect());
  });
  formatted ? findFormatted() : findKernels();
  findMasks();
  return std::move(candidates);
}

/// The id of a place: 32 bits of a hash of what it is and is called. One of the
/// places whose hashes collide (1 in 4 billion pairs) moves to the next id.
static int64_t getId(const Candidate &candidate, DenseSet<int64_t> &taken) {
  std::string key = stringifyKind(candidate.kind).str() + ' ' + candidate.name;
  int64_t id = int64_t(llvm::xxh3_64bits(key) >> 32);
  while (!taken.insert(id).second)
    ++id;
  return id;
}

static void insertSite(Candidate &candidate, int64_t id) {
  OpBuilder builder(candidate.value.getContext());
  builder.setInsertionPointAfterValue(candidate.value);
  auto site = SiteOp::create(
      builder, candidate.value.getLoc(), candidate.value, candidate.kind, id,
      candidate.name, candidate.format, candidate.metadata, candidate.axis);
  Value result = site.getResult();
  candidate.value.replaceUsesWithIf(result, [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (user == site)
      return false;
    return candidate.users.empty() || llvm::is_contained(candidate.users, user);
  });
}

/// Equal constants with equal names are one: importers repeat them at each use.
static void shareConstants(func::FuncOp func) {
  llvm::MapVector<std::tuple<Attribute, StringRef, Block *>,
                  SmallVector<arith::ConstantOp>>
      constants;
  func.walk([&](arith::ConstantOp op) {
    if (auto type = dyn_cast<RankedTensorType>(op.getType());
        type && type.getRank() > 0)
      constants[{op.getValue(), getValueName(op), op->getBlock()}].push_back(
          op);
  });
  for (auto &[key, ops] : constants)
    for (arith::ConstantOp op : llvm::drop_begin(ops)) {
      op.replaceAllUsesWith(ops.front().getResult());
      op.erase();
    }
}

void FaultInstrumentPass::runOnOperation() {
  SmallVector<Kind> wanted;
  for (const std::string &name : kinds) {
    std::optional<Kind> kind = symbolizeKind(name);
    if (!kind || *kind == Kind::Accumulator) {
      getOperation().emitError("expected option 'kinds' to hold activation, "
                               "weight, metadata or mask, got '")
          << name << "'";
      return signalPassFailure();
    }
    wanted.push_back(*kind);
  }
  if (wanted.empty())
    wanted = {Kind::Activation, Kind::Weight, Kind::Metadata, Kind::Mask};
  DenseSet<int64_t> taken;
  getOperation().walk(
      [&](SiteOp site) { taken.insert(int64_t(site.getId())); });
  for (auto func : getOperation().getOps<func::FuncOp>()) {
    if (func.isDeclaration() ||
        func.walk([](SiteOp) { return WalkResult::interrupt(); })
            .wasInterrupted())
      continue;
    shareConstants(func);
    for (Candidate &candidate : CandidateFinder(func).find()) {
      int64_t id = getId(candidate, taken);
      if (llvm::is_contained(wanted, candidate.kind))
        insertSite(candidate, id);
    }
  }
}
