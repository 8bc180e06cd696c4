//===- NormalizationOperators.cpp - ONNX softmax and normalisations -------===//

#include "NodeImport.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "onnx/onnx_pb.h"

#include <cmath>
#include <limits>

using namespace mlir;
using Body = ImplicitLocOpBuilder;

namespace edgebert::onnx {

template <typename Op>
static TensorRef combine(NodeImport &n, const TensorRef &x, const TensorRef &y,
                         ShapeRef shape, HostFn fold = nullptr) {
  return n.b.elementwise(
      {x, y}, shape, DType::F32,
      [](Body &b, ValueRange v) -> Value { return Op::create(b, v[0], v[1]); },
      fold);
}

template <typename Op>
static TensorRef apply(NodeImport &n, const TensorRef &x) {
  return n.b.elementwise(
      {x}, x->shape, DType::F32,
      [](Body &b, ValueRange v) -> Value { return Op::create(b, v[0]); },
      nullptr);
}

static TensorRef scalar(NodeImport &n, float value) {
  return n.b.splat({}, DType::F32, {0, value});
}

static TensorRef sum(NodeImport &n, const TensorRef &x, ShapeRef dims) {
  return n.b.reduce(x, dims, Scalar(), [](Body &b, ValueRange v) -> Value {
    return arith::AddFOp::create(b, v[0], v[1]);
  });
}

//===----------------------------------------------------------------------===//
// Softmax and LogSoftmax
//===----------------------------------------------------------------------===//

static TensorRef softmax(NodeImport &n, const TensorRef &x, int64_t axis) {
  Value source = n.b.value(x), init = n.b.empty(x->shape, x->type);
  auto op = linalg::SoftmaxOp::create(n.b.ir(), TypeRange{init.getType()},
                                      source, init, axis);
  return n.b.wrap(op->getResult(0), x->type);
}

static TensorRef logSoftmax(NodeImport &n, const TensorRef &x, int64_t axis) {
  TensorRef top =
      n.b.reduce(x, {axis}, {0, -std::numeric_limits<float>::infinity()},
                 [](Body &b, ValueRange v) -> Value {
                   return arith::MaximumFOp::create(b, v[0], v[1]);
                 });
  TensorRef shifted = combine<arith::SubFOp>(
      n, x, n.b.keepDims(top, x, {axis}, true), x->shape);
  TensorRef total = sum(n, apply<math::ExpOp>(n, shifted), {axis});
  TensorRef log = apply<math::LogOp>(n, total);
  return combine<arith::SubFOp>(n, shifted, n.b.keepDims(log, x, {axis}, true),
                                x->shape);
}

/// From opset 13 along `axis`; before, over all dimensions from `axis` on, as
/// the rows of a matrix.
template <TensorRef (*function)(NodeImport &, const TensorRef &, int64_t)>
static LogicalResult importSoftmax(NodeImport &n) {
  TensorRef x = n.in(0);
  if (failed(n.requireFloat(0)))
    return failure();
  bool coerces = n.opset < 13;
  int64_t axis = n.intAttr("axis", coerces ? 1 : -1);
  if (n.failed())
    return failure();
  // Before opset 13 the axis may equal the rank: rows of one element.
  if (coerces && axis == x->rank()) {
    Shape rows = x->shape;
    rows.push_back(1);
    return n.set(
        n.b.reshape(function(n, n.b.reshape(x, rows), axis), x->shape));
  }
  FailureOr<int64_t> normal = n.normalizeAxis(axis, x->rank());
  if (failed(normal))
    return failure();
  if (x->elements() == 0)
    return n.set(x);
  if (!coerces || *normal == x->rank() - 1)
    return n.set(function(n, x, *normal));
  Shape matrix = {1, 1};
  for (auto [d, dim] : llvm::enumerate(x->shape))
    matrix[int64_t(d) < *normal ? 0 : 1] *= dim;
  return n.set(n.b.reshape(function(n, n.b.reshape(x, matrix), 1), x->shape));
}

//===----------------------------------------------------------------------===//
// LayerNormalization
//===----------------------------------------------------------------------===//

/// (x - mean) / sqrt(var + epsilon) * scale + bias over the dimensions from
/// `axis` on, in the steps a decomposed layer norm has.
static LogicalResult importLayerNorm(NodeImport &n) {
  TensorRef x = n.in(0);
  for (size_t i = 0; i < n.numInputs(); ++i)
    if (n.has(i) && failed(n.requireFloat(i)))
      return failure();
  float epsilon = n.floatAttr("epsilon", 1e-5f);
  FailureOr<int64_t> axis = n.normalizeAxis(n.intAttr("axis", -1), x->rank());
  if (failed(axis) || n.failed())
    return failure();
  if (n.intAttr("stash_type", 1) != 1)
    return n.unsupported("stash_type other than 1 (float)");
  ShapeRef inner = ShapeRef(x->shape).drop_front(*axis);
  for (size_t i : {1, 2})
    if (n.has(i) && broadcastShapes({n.in(i)->shape, inner}) !=
                        Shape(inner.begin(), inner.end()))
      return n.error("expected scale and bias to broadcast to " +
                     toString(inner) + ", got shape " +
                     toString(n.in(i)->shape));
  Shape dims;
  float count = 1;
  for (int64_t d = *axis; d < x->rank(); ++d) {
    dims.push_back(d);
    count *= x->shape[d];
  }
  auto mean = [&](const TensorRef &values) {
    TensorRef total = sum(n, values, dims);
    return combine<arith::DivFOp>(n, total, scalar(n, count), total->shape);
  };
  TensorRef mu = n.b.keepDims(mean(x), x, dims, true);
  TensorRef centred = combine<arith::SubFOp>(n, x, mu, x->shape);
  TensorRef square = combine<arith::MulFOp>(n, centred, centred, x->shape);
  TensorRef variance = mean(square);
  TensorRef shifted =
      combine<arith::AddFOp>(n, variance, scalar(n, epsilon), variance->shape);
  TensorRef inverse =
      n.b.keepDims(apply<math::RsqrtOp>(n, shifted), x, dims, true);
  TensorRef result = combine<arith::MulFOp>(n, centred, inverse, x->shape);
  result = combine<arith::MulFOp>(n, result, n.in(1), x->shape);
  if (n.has(2))
    result = combine<arith::AddFOp>(n, result, n.in(2), x->shape);
  (void)n.set(mu, 1);
  (void)n.set(inverse, 2);
  return n.set(result);
}

//===----------------------------------------------------------------------===//
// BatchNormalization
//===----------------------------------------------------------------------===//

/// x * factor + offset per channel, factor = scale / sqrt(var + epsilon) and
/// offset = bias - mean * factor (folded when these are weights).
static LogicalResult importBatchNorm(NodeImport &n) {
  TensorRef x = n.in(0);
  for (size_t i = 0; i < 5; ++i)
    if (failed(n.requireFloat(i)))
      return failure();
  if (n.intAttr("training_mode", 0) != 0)
    return n.unsupported("training_mode=1, expected 0 (inference)");
  float epsilon = n.floatAttr("epsilon", 1e-5f);
  if (n.failed())
    return failure();
  if (x->rank() < 2)
    return n.error("expected an input of rank 2 or more, got shape " +
                   toString(x->shape));
  Shape channels = {x->shape[1]};
  for (size_t i = 1; i < 5; ++i)
    if (n.in(i)->shape != channels)
      return n.error("expected one value per channel (" + toString(channels) +
                     ") as input " + llvm::Twine(i) + ", got shape " +
                     toString(n.in(i)->shape));
  auto lift = [](float (*function)(float, float)) {
    return [function](llvm::ArrayRef<Scalar> v) {
      return std::optional(Scalar{0, function(v[0].f, v[1].f)});
    };
  };
  auto addOne = lift([](float a, float b) { return a + b; });
  auto subOne = lift([](float a, float b) { return a - b; });
  auto mulOne = lift([](float a, float b) { return a * b; });
  auto divOne = lift([](float a, float b) { return a / b; });
  TensorRef deviation =
      combine<arith::AddFOp>(n, n.in(4), scalar(n, epsilon), channels, addOne);
  deviation = n.b.elementwise(
      {deviation}, channels, DType::F32,
      [](Body &b, ValueRange v) -> Value {
        return math::SqrtOp::create(b, v[0]);
      },
      [](llvm::ArrayRef<Scalar> v) {
        return std::optional(Scalar{0, std::sqrt(v[0].f)});
      });
  TensorRef factor =
      combine<arith::DivFOp>(n, n.in(1), deviation, channels, divOne);
  TensorRef shift =
      combine<arith::MulFOp>(n, n.in(3), factor, channels, mulOne);
  TensorRef offset =
      combine<arith::SubFOp>(n, n.in(2), shift, channels, subOne);
  Shape spread(x->rank() - 1, 1);
  spread[0] = channels[0];
  TensorRef result =
      combine<arith::MulFOp>(n, x, n.b.reshape(factor, spread), x->shape);
  return n.set(
      combine<arith::AddFOp>(n, result, n.b.reshape(offset, spread), x->shape));
}

void addNormalizationOperators(OperatorTable &table) {
  table["Softmax"] = {1, 1, 1, importSoftmax<softmax>};
  table["LogSoftmax"] = {1, 1, 1, importSoftmax<logSoftmax>};
  table["LayerNormalization"] = {2, 3, 3, importLayerNorm};
  table["BatchNormalization"] = {5, 5, 1, importBatchNorm};
}

} // namespace edgebert::onnx
