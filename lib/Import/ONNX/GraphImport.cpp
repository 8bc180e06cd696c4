//===- GraphImport.cpp - an ONNX graph to one function --------------------===//

#include "GraphImport.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "onnx/onnx_pb.h"

using namespace mlir;
using llvm::StringRef;
using llvm::Twine;
using ::onnx::NodeProto;

namespace edgebert::onnx {

GraphImport::GraphImport(StringRef path, ModelFile &file,
                         const ImportOptions &options, MLIRContext &context)
    : path(path), file(file), options(options), context(context),
      graph(file.proto().graph()) {
  addElementwiseOperators(operators);
  addActivationOperators(operators);
  addLogicOperators(operators);
  addMatMulOperators(operators);
  addConvolutionOperators(operators);
  addPoolingOperators(operators);
  addReductionOperators(operators);
  addNormalizationOperators(operators);
  addShapeOperators(operators);
  addIndexingOperators(operators);
  addConstantOperators(operators);
}

OwningOpRef<ModuleOp> GraphImport::run() {
  if (failed(chooseOpset()) || failed(collectWeights()) || failed(checkOrder()))
    return nullptr;
  checkOperators();
  if (failed(resolveInputs())) {
    // Both lists help; the shapes may be moot if the model cannot be imported.
    (void)reportUnsupported();
    return nullptr;
  }
  buildFunction();
  if (failed(importNodes()) || failed(reportUnsupported()) ||
      failed(returnOutputs()))
    return nullptr;

  // Looking through reshapes leaves some behind without a user.
  Block &entry = function.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(entry)))
    if (isOpTriviallyDead(&op))
      op.erase();
  if (failed(verify(*module)))
    return nullptr;
  return std::move(module);
}

//===----------------------------------------------------------------------===//
// Diagnostics
//===----------------------------------------------------------------------===//

static std::string nodeName(const NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  for (const std::string &output : node.output())
    if (!output.empty())
      return output;
  return node.op_type();
}

InFlightDiagnostic GraphImport::error(const Twine &message) {
  return emitError(FileLineColLoc::get(&context, path, 0, 0)) << message;
}

void GraphImport::remark(const Twine &message) {
  emitRemark(FileLineColLoc::get(&context, path, 0, 0)) << message;
}

InFlightDiagnostic GraphImport::nodeError(const NodeProto &node,
                                          const Twine &message) {
  return error("node '" + nodeName(node) + "' (" + node.op_type() +
               "): " + message);
}

void GraphImport::addUnsupported(const NodeProto &node, const Twine &reason) {
  std::string domain = node.domain().empty() ? "ai.onnx" : node.domain();
  unsupported.push_back(("'" + nodeName(node) + "': " + node.op_type() + " (" +
                         domain + ", opset " + Twine(opset) + "): " + reason)
                            .str());
  skipped.insert(&node);
}

LogicalResult GraphImport::reportUnsupported() {
  if (unsupported.empty())
    return success();
  std::string text;
  for (const std::string &line : unsupported)
    text += "\n  " + line;
  return error(Twine(unsupported.size()) + " unsupported " +
               (unsupported.size() == 1 ? "node:" : "nodes:") + text);
}

//===----------------------------------------------------------------------===//
// Before the nodes: opset, weights, inputs, order
//===----------------------------------------------------------------------===//

static bool isDefaultDomain(StringRef domain) {
  return domain.empty() || domain == "ai.onnx";
}

LogicalResult GraphImport::chooseOpset() {
  std::optional<int64_t> version;
  for (const auto &import : file.proto().opset_import())
    if (isDefaultDomain(import.domain()))
      version = std::max(version.value_or(import.version()), import.version());
  if (!version)
    return error("expected an opset_import of the default domain, found none");
  opset = *version;
  if (opset < minOpset || opset > maxOpset)
    return error("opset " + Twine(opset) + " is too " +
                 (opset < minOpset ? "old" : "new") + ": expected " +
                 Twine(minOpset) + " to " + Twine(maxOpset) +
                 " (onnx.version_converter converts)");
  return success();
}

TensorRef GraphImport::weightTensor(const ::onnx::TensorProto &proto,
                                    StringRef name) {
  auto weight = file.locate(proto);
  if (!weight) {
    error("tensor '" + name + "': " + llvm::toString(weight.takeError()));
    return nullptr;
  }
  if (computesInOtherWidth(proto.data_type()))
    remark("tensor '" + name + "' of " + onnxTypeName(proto.data_type()) +
           " becomes f32");
  Shape shape(proto.dims().begin(), proto.dims().end());
  auto tensor = std::make_shared<Tensor>(
      (*weight)->type(), shape, NameLoc::get(StringAttr::get(&context, name)));
  tensor->name = name.str();
  tensor->weight = *weight;
  return tensor;
}

LogicalResult GraphImport::collectWeights() {
  if (graph.sparse_initializer_size())
    return error("sparse initializers are not supported: '" +
                 graph.sparse_initializer(0).values().name() + "'");
  for (const ::onnx::TensorProto &proto : graph.initializer()) {
    if (proto.name().empty())
      return error("expected a name for every initializer");
    TensorRef tensor = weightTensor(proto, proto.name());
    if (!tensor)
      return failure();
    if (!values.try_emplace(proto.name(), tensor).second)
      return error("initializer '" + proto.name() + "' is defined twice");
  }
  return success();
}

/// A name per value and definitions before uses: what makes the node list a
/// program.
LogicalResult GraphImport::checkOrder() {
  llvm::StringSet<> defined, later;
  for (const auto &value : values)
    defined.insert(value.getKey());
  for (const auto &input : graph.input()) {
    if (input.name().empty())
      return error("expected a name for every graph input");
    if (!defined.insert(input.name()).second && !values.count(input.name()))
      return error("graph input '" + input.name() + "' is defined twice");
  }
  for (const NodeProto &node : graph.node())
    later.insert(node.output().begin(), node.output().end());
  for (const NodeProto &node : graph.node()) {
    for (const std::string &input : node.input()) {
      if (input.empty() || defined.contains(input))
        continue;
      if (later.contains(input))
        return nodeError(node, "uses '" + input +
                                   "' before it is computed: the nodes are "
                                   "not sorted or form a cycle");
      return nodeError(node, "uses '" + input +
                                 "', which is neither an input, an "
                                 "initializer nor the output of a node");
    }
    for (const std::string &output : node.output())
      if (!output.empty() && !defined.insert(output).second)
        return nodeError(node, "defines '" + output + "' a second time");
  }
  for (const auto &output : graph.output())
    if (!defined.contains(output.name()))
      return error("graph output '" + output.name() + "' is never computed");
  return success();
}

/// Finds every operator that cannot be imported, whatever its inputs are.
void GraphImport::checkOperators() {
  for (const NodeProto &node : graph.node()) {
    if (!isDefaultDomain(node.domain())) {
      addUnsupported(node, "only the default domain is supported");
      continue;
    }
    auto found = operators.find(node.op_type());
    if (found == operators.end()) {
      addUnsupported(node, "no import rule for this operator");
      continue;
    }
    unsigned used = 0;
    for (int i = 0; i < node.output_size(); ++i)
      if (!node.output(i).empty())
        used = i + 1;
    if (used > found->second.maxOutputs)
      addUnsupported(node, "output " + Twine(used - 1) + " ('" +
                               node.output(used - 1) + "') is not computed");
  }
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

void GraphImport::buildFunction() {
  Location loc = NameLoc::get(
      StringAttr::get(&context, graph.name().empty() ? "main" : graph.name()));
  module = ModuleOp::create(loc);
  SmallVector<Type> types;
  for (const Input &input : inputs)
    types.push_back(
        RankedTensorType::get(input.shape, toMLIR(input.type, &context)));
  OpBuilder b(module->getBodyRegion());
  function = func::FuncOp::create(b, loc, "main",
                                  FunctionType::get(&context, types, {}));
  Block *entry = function.addEntryBlock();
  builder = std::make_unique<TensorBuilder>(entry, &context);
  for (auto [i, input] : llvm::enumerate(inputs)) {
    StringAttr name = StringAttr::get(&context, input.name);
    function.setArgAttr(i, "edgebert.name", name);
    BlockArgument arg = entry->getArgument(i);
    arg.setLoc(NameLoc::get(name));
    builder->setLoc(arg.getLoc());
    values[input.name] = builder->wrap(arg, input.type);
  }
}

LogicalResult GraphImport::importNodes() {
  for (const NodeProto &node : graph.node())
    if (failed(importNode(node)))
      return failure();
  return success();
}

LogicalResult GraphImport::importNode(const NodeProto &node) {
  SmallVector<TensorRef> inputs;
  bool known = !skipped.contains(&node);
  for (const std::string &name : node.input()) {
    TensorRef input = name.empty() ? nullptr : values.lookup(name);
    known &= name.empty() || input;
    inputs.push_back(input);
  }
  if (!known) // needs what an unsupported node computes
    return success();
  while (!inputs.empty() && !inputs.back())
    inputs.pop_back();

  const Operator &op = operators.find(node.op_type())->second;
  bool complete =
      inputs.size() >= op.minInputs && inputs.size() <= op.maxInputs;
  for (unsigned i = 0; complete && i < op.minInputs; ++i)
    complete = inputs[i] != nullptr;
  // Variadic operators have no optional inputs.
  if (op.maxInputs == anyNumber)
    complete &=
        llvm::all_of(inputs, [](const TensorRef &x) { return bool(x); });
  if (!complete) {
    std::string expected = std::to_string(op.minInputs);
    if (op.maxInputs == anyNumber)
      expected = "at least " + expected;
    else if (op.maxInputs != op.minInputs)
      expected += " to " + std::to_string(op.maxInputs);
    return nodeError(node, "expected " + expected + " inputs, got " +
                               Twine(node.input_size()));
  }

  std::string name = nodeName(node);
  builder->setLoc(NameLoc::get(StringAttr::get(&context, name)));
  auto diagnose = [&](const Twine &message) {
    return nodeError(node, message);
  };
  auto resolve = [&](const ::onnx::TensorProto &proto) {
    return weightTensor(proto, node.output_size() && !node.output(0).empty()
                                   ? StringRef(node.output(0))
                                   : StringRef(name));
  };
  NodeImport import(node, opset, *builder, inputs, diagnose, resolve);
  LogicalResult result = op.import(import);
  if (import.failed())
    return failure();
  if (failed(result)) {
    addUnsupported(node, import.unsupportedReason());
    return success();
  }
  for (auto [tensor, output] :
       llvm::zip_equal(import.results(), node.output())) {
    if (output.empty())
      continue;
    if (!tensor)
      return nodeError(node, "output '" + output + "' has no value");
    if (!tensor->value && tensor->name.empty())
      tensor->name = output;
    values[output] = tensor;
  }
  return success();
}

} // namespace edgebert::onnx
