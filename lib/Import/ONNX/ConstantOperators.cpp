//===- ConstantOperators.cpp - ONNX operators without run-time data -------===//

#include "NodeImport.h"

#include "onnx/onnx_pb.h"

#include <cmath>

using namespace mlir;

namespace edgebert::onnx {

/// Exactly one attribute says what the constant is.
static LogicalResult importConstant(NodeImport &n) {
  if (n.node.attribute_size() != 1)
    return n.error("expected one attribute, got " +
                   llvm::Twine(n.node.attribute_size()));
  const ::onnx::AttributeProto &attr = n.node.attribute(0);
  llvm::StringRef name = attr.name();
  if (name == "value" && attr.type() == ::onnx::AttributeProto::TENSOR) {
    TensorRef tensor = n.tensor(attr.t());
    // The diagnostic names the output; stop here.
    if (!tensor)
      return n.error("the value is not a valid tensor");
    return n.set(tensor);
  }
  auto ints = [&](ShapeRef shape, auto values) {
    HostTensor host(DType::I64, shape);
    host.ints.assign(values.begin(), values.end());
    return n.set(n.b.known(std::move(host)));
  };
  auto floats = [&](ShapeRef shape, auto values) {
    HostTensor host(DType::F32, shape);
    host.floats.assign(values.begin(), values.end());
    return n.set(n.b.known(std::move(host)));
  };
  if (name == "value_int")
    return ints({}, std::vector<int64_t>{attr.i()});
  if (name == "value_ints")
    return ints({attr.ints_size()}, attr.ints());
  if (name == "value_float")
    return floats({}, std::vector<float>{attr.f()});
  if (name == "value_floats")
    return floats({attr.floats_size()}, attr.floats());
  return n.unsupported("attribute '" + name + "'");
}

static LogicalResult importConstantOfShape(NodeImport &n) {
  FailureOr<Shape> shape = n.knownInts(0, "the shape");
  if (failed(shape))
    return failure();
  if (!countElements(*shape))
    return n.error("expected dimensions of at least 0 with at most 2^40 "
                   "elements, got " +
                   toString(*shape));
  DType type = DType::F32;
  Scalar element;
  if (const ::onnx::AttributeProto *value = n.attr("value")) {
    TensorRef tensor = n.tensor(value->t());
    if (!tensor)
      return n.error("the value is not a valid tensor");
    const HostTensor *known = n.b.host(tensor);
    if (!known || known->size() != 1)
      return n.error("expected a value of one element, got shape " +
                     toString(tensor->shape));
    type = known->type;
    element = known->get(0);
  }
  return n.set(n.b.splat(*shape, type, element));
}

static LogicalResult importShape(NodeImport &n) {
  int64_t rank = n.in(0)->rank();
  // start and end exist from opset 15 on.
  int64_t start = n.intAttr("start", 0), end = n.intAttr("end", rank);
  if (n.failed())
    return failure();
  auto clamp = [rank](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  start = clamp(start);
  end = std::max(start, clamp(end));
  HostTensor host(DType::I64, {end - start});
  std::copy(n.in(0)->shape.begin() + start, n.in(0)->shape.begin() + end,
            host.ints.begin());
  return n.set(n.b.known(std::move(host)));
}

static LogicalResult importSize(NodeImport &n) {
  return n.set(n.b.splat({}, DType::I64, {n.in(0)->elements(), 0}));
}

/// ceil((limit - start) / delta) elements.
static LogicalResult importRange(NodeImport &n) {
  if (failed(n.requireSameTypes(n.allInputs())))
    return failure();
  for (size_t i = 0; i < 3; ++i)
    if (failed(n.knownNumber(i, i == 0   ? "the start"
                                : i == 1 ? "the limit"
                                         : "the delta")))
      return failure();
  Scalar start = n.b.host(n.in(0))->get(0), limit = n.b.host(n.in(1))->get(0),
         delta = n.b.host(n.in(2))->get(0);
  DType type = n.in(0)->type;
  double step = isFloat(type) ? delta.f : double(delta.i);
  double span = isFloat(type) ? double(limit.f) - double(start.f)
                              : double(limit.i) - double(start.i);
  if (step == 0 || !std::isfinite(step) || !std::isfinite(span))
    return n.error("expected a finite range with a delta other than 0");
  double count = std::max(0.0, std::ceil(span / step));
  if (count > 1 << 16)
    return n.unsupported("more than 65536 elements: " + std::to_string(count));
  HostTensor host(type, {int64_t(count)});
  for (int64_t i = 0, e = host.size(); i < e; ++i)
    host.set(i, {int64_t(uint64_t(start.i) + uint64_t(i) * uint64_t(delta.i)),
                 start.f + float(i) * delta.f});
  return n.set(n.b.known(std::move(host)));
}

void addConstantOperators(OperatorTable &table) {
  table["Constant"] = {0, 0, 1, importConstant};
  table["ConstantOfShape"] = {1, 1, 1, importConstantOfShape};
  table["Shape"] = {1, 1, 1, importShape};
  table["Size"] = {1, 1, 1, importSize};
  table["Range"] = {3, 3, 1, importRange};
}

} // namespace edgebert::onnx
