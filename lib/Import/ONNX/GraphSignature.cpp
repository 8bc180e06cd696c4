//===- GraphSignature.cpp - inputs and outputs of an ONNX graph -----------===//

#include "GraphImport.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using llvm::StringRef;
using llvm::Twine;

namespace edgebert::onnx {

/// "name:1,?,64": the argument of --input-shape with the open dimensions
/// marked.
static std::string shapePattern(const ::onnx::ValueInfoProto &info) {
  std::string text = info.name() + ":";
  StringRef separator;
  for (const auto &dim : info.type().tensor_type().shape().dim()) {
    text += separator.str() +
            (dim.has_dim_value() ? std::to_string(dim.dim_value()) : "?");
    separator = ",";
  }
  return text;
}

FailureOr<GraphImport::Input>
GraphImport::resolveInput(const ::onnx::ValueInfoProto &info,
                          llvm::StringMap<int64_t> &symbols,
                          std::string &dynamic) {
  const std::string &name = info.name();
  if (!info.type().has_tensor_type())
    return error("graph input '" + name +
                 "': expected a tensor, got a sequence, map or no type");
  const auto &type = info.type().tensor_type();
  std::optional<DType> element = computeType(type.elem_type());
  if (!element)
    return error("graph input '" + name +
                 "': expected numeric or bool elements, got " +
                 onnxTypeName(type.elem_type()));
  if (computesInOtherWidth(type.elem_type()))
    remark("graph input '" + name + "' of " + onnxTypeName(type.elem_type()) +
           " becomes f32");

  Input input{name, *element, {}};
  auto given = options.inputShapes.find(name);
  bool isGiven = given != options.inputShapes.end();
  if (!type.has_shape()) {
    if (!isGiven) {
      dynamic += "\n  '" + name +
                 "' has no shape; give it with --input-shape=" + name + ":DIMS";
      return input;
    }
    input.shape = Shape(given->second.begin(), given->second.end());
  } else if (isGiven &&
             given->second.size() != size_t(type.shape().dim_size())) {
    return error("graph input '" + name + "': expected a shape of rank " +
                 Twine(type.shape().dim_size()) + " (" + shapePattern(info) +
                 "), got " + toString(given->second));
  }
  for (int d = 0; d < type.shape().dim_size(); ++d) {
    const auto &dim = type.shape().dim(d);
    int64_t extent = isGiven ? given->second[d] : 0;
    if (dim.has_dim_value() && dim.dim_value() > 0) {
      if (isGiven && extent != dim.dim_value())
        return error("graph input '" + name + "': dimension " + Twine(d) +
                     " is fixed to " + Twine(dim.dim_value()) + ", got " +
                     Twine(extent));
      extent = dim.dim_value();
    } else if (isGiven && !dim.dim_param().empty()) {
      int64_t &symbol =
          symbols.try_emplace(dim.dim_param(), extent).first->second;
      if (symbol != extent)
        return error("graph input '" + name + "': dimension " + Twine(d) +
                     " is '" + dim.dim_param() + "', which is " +
                     Twine(symbol) + " elsewhere, got " + Twine(extent));
    } else if (!isGiven) {
      extent = symbols.lookup(dim.dim_param());
      if (extent == 0) {
        std::string symbol =
            dim.dim_param().empty() ? "" : " ('" + dim.dim_param() + "')";
        dynamic += "\n  dimension " + std::to_string(d) + symbol + " of '" +
                   name + "'; give it with --input-shape=" + shapePattern(info);
      }
    }
    input.shape.push_back(extent);
  }
  if (!countElements(input.shape))
    return error("graph input '" + name +
                 "': expected at most 2^40 elements, got " +
                 toString(input.shape));
  return input;
}

LogicalResult GraphImport::resolveInputs() {
  llvm::StringMap<int64_t> symbols;
  llvm::StringSet<> names;
  std::string dynamic;
  // Given shapes first: they say what the symbols of the others are.
  llvm::StringMap<Input> resolved;
  for (bool given : {true, false})
    for (const auto &info : graph.input()) {
      if (values.count(info.name())) // an initializer with a declared type
        continue;
      names.insert(info.name());
      if (bool(options.inputShapes.count(info.name())) != given)
        continue;
      FailureOr<Input> input = resolveInput(info, symbols, dynamic);
      if (failed(input))
        return failure();
      resolved.try_emplace(info.name(), *input);
    }
  for (const auto &given : options.inputShapes)
    if (!names.contains(given.getKey())) {
      SmallVector<StringRef> known;
      for (const auto &info : graph.input())
        if (names.contains(info.name()))
          known.push_back(info.name());
      return error("--input-shape names '" + given.getKey() +
                   "', expected one of the inputs: " + llvm::join(known, ", "));
    }
  if (!dynamic.empty())
    return error("expected static input shapes, got dynamic ones:" + dynamic);
  for (const auto &info : graph.input())
    if (names.contains(info.name()))
      inputs.push_back(resolved.find(info.name())->second);
  return success();
}

LogicalResult GraphImport::returnOutputs() {
  if (graph.output_size() == 0)
    return error("expected at least one graph output");
  SmallVector<Value> results;
  SmallVector<Type> types;
  llvm::StringSet<> seen;
  for (const auto &info : graph.output()) {
    if (!seen.insert(info.name()).second)
      return error("graph output '" + info.name() + "' is listed twice");
    TensorRef tensor = values.lookup(info.name());
    // Declared and computed type must agree where the file fixes both.
    if (info.type().has_tensor_type()) {
      const auto &type = info.type().tensor_type();
      std::optional<DType> element = computeType(type.elem_type());
      if (type.elem_type() != 0 && element != tensor->type)
        return error("graph output '" + info.name() + "': declared as " +
                     onnxTypeName(type.elem_type()) + ", computed as " +
                     nameOf(tensor->type));
      bool agrees =
          !type.has_shape() || type.shape().dim_size() == tensor->rank();
      for (int d = 0; agrees && type.has_shape() && d < tensor->rank(); ++d) {
        const auto &dim = type.shape().dim(d);
        agrees = !dim.has_dim_value() || dim.dim_value() <= 0 ||
                 dim.dim_value() == tensor->shape[d];
      }
      if (!agrees)
        return error(
            "graph output '" + info.name() + "': declared as " +
            StringRef(shapePattern(info)).drop_front(info.name().size() + 1) +
            ", computed as " + toString(tensor->shape));
    }
    builder->setLoc(tensor->loc);
    results.push_back(builder->value(tensor));
    types.push_back(results.back().getType());
  }
  builder->setLoc(function.getLoc());
  func::ReturnOp::create(builder->ir(), results);
  function.setType(
      FunctionType::get(&context, function.getArgumentTypes(), types));
  for (auto [i, info] : llvm::enumerate(graph.output()))
    function.setResultAttr(i, "edgebert.name",
                           StringAttr::get(&context, info.name()));
  return success();
}

} // namespace edgebert::onnx
