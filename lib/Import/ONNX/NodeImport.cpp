//===- NodeImport.cpp - one ONNX node during import -----------------------===//

#include "NodeImport.h"

#include "onnx/onnx_pb.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;
using ::onnx::AttributeProto;

namespace edgebert::onnx {

/// Attributes beyond this (strides, pads, axes) are absurd and would overflow
/// the arithmetic on them.
constexpr int64_t maxAttribute = int64_t(1) << 31;

NodeImport::NodeImport(const ::onnx::NodeProto &node, int64_t opset,
                       TensorBuilder &b, ArrayRef<TensorRef> inputs,
                       Diagnose diagnose, Resolve resolve)
    : node(node), opset(opset), b(b), inputs(inputs),
      outputs(node.output_size()), diagnose(diagnose), resolve(resolve) {}

size_t NodeImport::numOutputs() const { return node.output_size(); }

bool NodeImport::wantsOutput(size_t i) const {
  return i < numOutputs() && !node.output(i).empty();
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

FailureOr<Shape> NodeImport::knownInts(size_t i, StringRef what) {
  const TensorRef &x = in(i);
  if (x->type != DType::I64 && x->type != DType::I32)
    return error("expected " + what + " as i64 or i32, got " + nameOf(x->type));
  if (x->rank() > 1)
    return error("expected " + what + " as a 1-D tensor, got shape " +
                 toString(x->shape));
  const HostTensor *known = b.host(x);
  if (!known)
    return unsupported(what + " is run-time data, expected a constant");
  return Shape(known->ints.begin(), known->ints.end());
}

FailureOr<double> NodeImport::knownNumber(size_t i, StringRef what) {
  const HostTensor *known = b.host(in(i));
  if (!known)
    return unsupported(what + " is run-time data, expected a constant");
  if (known->size() != 1)
    return error("expected one element as " + what + ", got shape " +
                 toString(known->shape));
  Scalar scalar = known->get(0);
  return isFloat(known->type) ? double(scalar.f) : double(scalar.i);
}

LogicalResult NodeImport::requireFloat(size_t i) {
  if (isFloat(in(i)->type))
    return success();
  return error("expected a float tensor as input " + Twine(i) + ", got " +
               nameOf(in(i)->type));
}

LogicalResult NodeImport::requireSameTypes(ArrayRef<TensorRef> operands) {
  for (const TensorRef &x : operands.drop_front())
    if (x->type != operands.front()->type)
      return error("expected inputs of one element type, got " +
                   nameOf(operands.front()->type) + " and " + nameOf(x->type));
  return success();
}

FailureOr<int64_t> NodeImport::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return error("expected an axis in [" + Twine(-rank) + ", " +
                 Twine(rank - 1) + "] for a tensor of rank " + Twine(rank) +
                 ", got " + Twine(axis));
  return axis < 0 ? axis + rank : axis;
}

FailureOr<Shape> NodeImport::normalizeAxes(ShapeRef axes, int64_t rank) {
  Shape result;
  for (int64_t axis : axes) {
    FailureOr<int64_t> normal = normalizeAxis(axis, rank);
    if (mlir::failed(normal))
      return failure();
    if (llvm::is_contained(result, *normal))
      return error("expected distinct axes, got " + Twine(axis) + " twice");
    result.push_back(*normal);
  }
  llvm::sort(result);
  return result;
}

FailureOr<Shape> NodeImport::broadcastShape(ArrayRef<TensorRef> operands) {
  llvm::SmallVector<ShapeRef> shapes;
  for (const TensorRef &x : operands)
    shapes.push_back(x->shape);
  if (std::optional<Shape> shape = broadcastShapes(shapes))
    if (countElements(*shape))
      return *shape;
  std::string text;
  for (ShapeRef shape : shapes)
    text += (text.empty() ? "" : " and ") + toString(shape);
  return error("expected shapes that broadcast, got " + Twine(text));
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const AttributeProto *NodeImport::attr(StringRef name) const {
  for (const AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

bool NodeImport::hasAttr(StringRef name) const { return attr(name); }

const AttributeProto *NodeImport::typedAttr(StringRef name, int type) {
  const AttributeProto *found = attr(name);
  if (!found || found->type() == type)
    return found;
  (void)error("expected attribute '" + name + "' of type " +
              AttributeProto::AttributeType_Name(
                  static_cast<AttributeProto::AttributeType>(type)) +
              ", got " + AttributeProto::AttributeType_Name(found->type()));
  return nullptr;
}

int64_t NodeImport::intAttr(StringRef name, int64_t absent) {
  const AttributeProto *found = typedAttr(name, AttributeProto::INT);
  if (!found)
    return absent;
  if (found->i() > maxAttribute || found->i() < -maxAttribute) {
    (void)error("attribute '" + name +
                "' is out of range: " + Twine(found->i()));
    return absent;
  }
  return found->i();
}

float NodeImport::floatAttr(StringRef name, float absent) {
  const AttributeProto *found = typedAttr(name, AttributeProto::FLOAT);
  return found ? found->f() : absent;
}

std::string NodeImport::stringAttr(StringRef name, StringRef absent) {
  const AttributeProto *found = typedAttr(name, AttributeProto::STRING);
  return found ? found->s() : absent.str();
}

Shape NodeImport::intsAttr(StringRef name, ShapeRef absent) {
  const AttributeProto *found = typedAttr(name, AttributeProto::INTS);
  if (!found)
    return Shape(absent.begin(), absent.end());
  return Shape(found->ints().begin(), found->ints().end());
}

//===----------------------------------------------------------------------===//
// Outcome
//===----------------------------------------------------------------------===//

LogicalResult NodeImport::set(TensorRef result, size_t output) {
  if (wantsOutput(output))
    outputs[output] = std::move(result);
  return success();
}

LogicalResult NodeImport::error(const Twine &message) {
  // The first broken rule is the one to name.
  if (!hasFailed)
    diagnose(message);
  hasFailed = true;
  return failure();
}

LogicalResult NodeImport::unsupported(const Twine &why) {
  if (reason.empty())
    reason = why.str();
  return failure();
}

} // namespace edgebert::onnx
