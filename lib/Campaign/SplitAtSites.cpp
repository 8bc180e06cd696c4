//===- SplitAtSites.cpp - one function per segment ------------------------===//

#include "SegmentFunctions.h"
#include "edgebert/Campaign/SegmentGraph.h"
#include "edgebert/Execution/ConstantBytes.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace edgebert::campaign {

namespace {

class Splitter {
public:
  Splitter(ModuleOp module, func::FuncOp function, SegmentGraph &graph)
      : module(module), function(function), graph(graph),
        builder(module.getContext()) {}

  llvm::Error run(ArrayRef<std::string> outputs);

private:
  llvm::Error readArguments();
  llvm::Error selectOutputs(ArrayRef<std::string> names);
  llvm::Error checkSites();
  void separateSites();
  void classify();
  llvm::Error addValueOf(mlir::Value value, bool isConstant, int producer);
  void addSite(fault::SiteOp op);
  void delayConstants();
  llvm::Error addSegment(mlir::Value target);

  bool isConstant(mlir::Value value) { return constants.contains(value); }

  ModuleOp module;
  func::FuncOp function;
  SegmentGraph &graph;
  OpBuilder builder;
  DenseMap<mlir::Value, int> numbers;
  DenseSet<mlir::Value> constants;
  DenseSet<Operation *> assigned;
  SmallVector<mlir::Value> results;
};

llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

llvm::Error Splitter::addValueOf(mlir::Value value, bool isConstant,
                                 int producer) {
  auto port = execution::getPort(value.getType(), {}, "a value at a cut");
  if (!port)
    return port.takeError();
  Value &entry = graph.values.emplace_back();
  entry.dtype = port->dtype;
  entry.shape = port->shape;
  entry.numBytes = execution::getByteWidth(port->dtype);
  for (int64_t extent : port->shape)
    entry.numBytes *= extent;
  entry.isConstant = isConstant;
  entry.producer = producer;
  numbers[value] = graph.values.size() - 1;
  return llvm::Error::success();
}

llvm::Error Splitter::readArguments() {
  for (BlockArgument argument : function.getArguments()) {
    unsigned i = argument.getArgNumber();
    auto weight =
        function.getArgAttrOfType<ElementsAttr>(i, "edgebert.constant");
    if (llvm::Error error = addValueOf(argument, bool(weight), -1))
      return error;
    if (weight) {
      auto bytes =
          execution::getRowMajorBytes(weight, graph.storage.emplace_back());
      if (!bytes)
        return bytes.takeError();
      graph.values.back().weight = bytes->data();
      constants.insert(argument);
      continue;
    }
    auto port = execution::getPort(
        argument.getType(),
        function.getArgAttrOfType<StringAttr>(i, "edgebert.name"),
        "arg" + Twine(i));
    if (!port)
      return port.takeError();
    graph.inputValues.push_back(graph.values.size() - 1);
    graph.inputs.push_back(std::move(*port));
  }
  return llvm::Error::success();
}

llvm::Error Splitter::selectOutputs(ArrayRef<std::string> names) {
  Operation *terminator = function.getBody().front().getTerminator();
  std::string known;
  DenseSet<StringRef> found;
  for (auto [i, value] : llvm::enumerate(terminator->getOperands())) {
    auto port = execution::getPort(
        value.getType(),
        function.getResultAttrOfType<StringAttr>(i, "edgebert.name"),
        "result" + Twine(i));
    if (!port)
      return port.takeError();
    known += (known.empty() ? "" : ", ") + port->name;
    if (!names.empty()) {
      auto name = llvm::find(names, port->name);
      if (name == names.end())
        continue;
      found.insert(*name);
    }
    results.push_back(value);
    graph.outputs.push_back(std::move(*port));
  }
  for (const std::string &name : names)
    if (!found.contains(name))
      return makeError("expected an output of the program, one of " + known +
                       ", got '" + name + "'");
  return llvm::Error::success();
}

llvm::Error Splitter::checkSites() {
  Operation *nested = nullptr;
  function.walk([&](fault::SiteOp op) {
    if (op->getParentOp() != function)
      nested = op;
  });
  if (nested)
    return makeError("'fault.site' " + cast<fault::SiteOp>(nested).getName() +
                     " is inside a loop; a campaign needs straight code");
  return llvm::Error::success();
}

/// The result of a site is its input, changed in place. Where others read the
/// input too, they must not see the fault:
///
///   %s = fault.site %v    %c = linalg.copy %v
///   use %v             -> %s = fault.site %c
///                         use %v
void Splitter::separateSites() {
  for (auto op : function.getOps<fault::SiteOp>()) {
    mlir::Value input = op.getInput();
    if (input.hasOneUse() &&
        !isa<arith::ConstantOp>(input.getDefiningOp() ? input.getDefiningOp()
                                                      : op.getOperation()))
      continue;
    builder.setInsertionPoint(op);
    auto type = cast<RankedTensorType>(input.getType());
    mlir::Value empty = tensor::EmptyOp::create(
        builder, op.getLoc(), type.getShape(), type.getElementType());
    auto copy = linalg::CopyOp::create(builder, op.getLoc(), input, empty);
    op.getInputMutable().assign(copy.getResult(0));
  }
}

/// Finds what does not depend on inputs.
void Splitter::classify() {
  for (Operation &op : function.getBody().front())
    if (llvm::all_of(getUsedValues(&op),
                     [&](mlir::Value value) { return isConstant(value); }))
      constants.insert(op.result_begin(), op.result_end());
}

void Splitter::addSite(fault::SiteOp op) {
  Site site{fault::getSite(op), numbers.lookup(op.getInput())};
  graph.values[site.value].site = graph.sites.size();
  numbers[op.getResult()] = site.value;
  graph.sites.push_back(std::move(site));
}

llvm::Error Splitter::addSegment(mlir::Value target) {
  if (numbers.contains(target))
    return llvm::Error::success();
  // The operations that `target` needs and no segment has, and before them
  // segments for the constants that they read.
  bool constant = isConstant(target);
  SetVector<Operation *> slice;
  SmallVector<mlir::Value> work = {target};
  SmallVector<mlir::Value> constantInputs;
  DenseSet<mlir::Value> seen;
  while (!work.empty()) {
    mlir::Value value = work.pop_back_val();
    if (!seen.insert(value).second || numbers.contains(value))
      continue;
    if (!constant && isConstant(value) && !isCheap(value)) {
      constantInputs.push_back(value);
      continue;
    }
    Operation *op = value.getDefiningOp();
    slice.insert(op);
    for (mlir::Value used : getUsedValues(op))
      work.push_back(used);
  }
  for (mlir::Value value : constantInputs)
    if (llvm::Error error = addSegment(value))
      return error;

  SmallVector<Operation *> ops = slice.takeVector();
  llvm::sort(ops, [](Operation *lhs, Operation *rhs) {
    return lhs->isBeforeInBlock(rhs);
  });
  DenseSet<Operation *> inside(ops.begin(), ops.end());
  SetVector<mlir::Value> inputs, outputs;
  for (Operation *op : ops) {
    for (mlir::Value used : getUsedValues(op))
      if (!inside.contains(used.getDefiningOp()))
        inputs.insert(used);
    for (mlir::Value result : op->getResults()) {
      // Cheap values are cloned by every segment that needs them.
      bool crosses = result == target;
      if (!isCheap(result))
        for (Operation *user : result.getUsers())
          crosses |= !inside.contains(
              function.getBody().front().findAncestorOpInBlock(*user));
      if (crosses)
        outputs.insert(result);
    }
  }

  int number = graph.segments.size();
  Segment segment;
  segment.function = ("segment" + Twine(number)).str();
  segment.isConstant = constant;
  SmallVector<Type> inputTypes, outputTypes;
  for (mlir::Value value : inputs) {
    segment.inputs.push_back(numbers.lookup(value));
    inputTypes.push_back(value.getType());
  }
  builder.setInsertionPointToEnd(module.getBody());
  for (mlir::Value value : outputs)
    outputTypes.push_back(value.getType());
  auto copy = createSegmentFunction(builder, target.getLoc(), segment.function,
                                    inputTypes, outputTypes);
  IRMapping mapping;
  mapping.map(inputs.getArrayRef(), copy.getArguments());
  for (Operation *op : ops)
    builder.clone(*op, mapping);
  SmallVector<mlir::Value> returned;
  for (mlir::Value value : outputs)
    returned.push_back(mapping.lookup(value));
  func::ReturnOp::create(builder, target.getLoc(), returned);
  for (mlir::Value value : outputs) {
    if (llvm::Error error = addValueOf(value, constant, number))
      return error;
    segment.outputs.push_back(graph.values.size() - 1);
  }
  for (int input : segment.inputs)
    graph.values[input].readers.push_back(number);
  graph.segments.push_back(std::move(segment));
  return llvm::Error::success();
}

/// Puts each segment of constants right before what first reads it: what a
/// fault in a weight changes need not be kept while other layers run.
void Splitter::delayConstants() {
  std::vector<int> order(graph.segments.size()), place(graph.segments.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = place[i] = i;
  for (int i = int(order.size()) - 1; i >= 0; --i) {
    if (!graph.segments[i].isConstant)
      continue;
    int first = order.size();
    for (int output : graph.segments[i].outputs) {
      for (int reader : graph.values[output].readers)
        first = std::min(first, place[reader]);
      if (graph.values[output].isOutput)
        first = std::min(first, i);
    }
    place[i] = first;
  }
  // Among those of one place, producers come first: the order they have.
  llvm::sort(order, [&](int lhs, int rhs) {
    auto key = [&](int i) {
      return std::make_tuple(place[i], !graph.segments[i].isConstant, i);
    };
    return key(lhs) < key(rhs);
  });
  std::vector<Segment> segments;
  std::vector<int> newNumber(order.size());
  for (int old : order) {
    newNumber[old] = segments.size();
    segments.push_back(std::move(graph.segments[old]));
  }
  graph.segments = std::move(segments);
  for (Value &value : graph.values) {
    if (value.producer >= 0)
      value.producer = newNumber[value.producer];
    for (int &reader : value.readers)
      reader = newNumber[reader];
    llvm::sort(value.readers);
  }
}

llvm::Error Splitter::run(ArrayRef<std::string> outputs) {
  if (!function.getBody().hasOneBlock())
    return makeError("expected a function of one block (scf for control flow)");
  if (llvm::Error error = checkSites())
    return error;
  if (llvm::Error error = selectOutputs(outputs))
    return error;
  // What only other outputs need has no sites either.
  Operation *terminator = function.getBody().front().getTerminator();
  terminator->setOperands(results);
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (!op.hasTrait<OpTrait::IsTerminator>() && op.use_empty() &&
        isMemoryEffectFree(&op))
      op.erase();
  separateSites();
  if (llvm::Error error = readArguments())
    return error;
  classify();
  for (auto op : function.getOps<fault::SiteOp>()) {
    if (llvm::Error error = addSegment(op.getInput()))
      return error;
    addSite(op);
  }
  for (mlir::Value result : results) {
    if (llvm::Error error = addSegment(result))
      return error;
    graph.outputValues.push_back(numbers.lookup(result));
    graph.values[graph.outputValues.back()].isOutput = true;
  }
  function.erase();
  delayConstants();
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::unique_ptr<SegmentGraph>>
splitAtSites(ModuleOp module, StringRef entry, ArrayRef<std::string> outputs) {
  auto function = module.lookupSymbol<func::FuncOp>(entry);
  if (!function || function.isExternal())
    return makeError("expected a function '" + entry + "' with a body");
  auto graph = std::make_unique<SegmentGraph>();
  if (llvm::Error error = Splitter(module, function, *graph).run(outputs))
    return std::move(error);
  return std::move(graph);
}

} // namespace edgebert::campaign
