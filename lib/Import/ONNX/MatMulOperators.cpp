//===- MatMulOperators.cpp - ONNX MatMul and Gemm -------------------------===//

#include "NodeImport.h"

#include "onnx/onnx_pb.h"

using namespace mlir;
using Body = ImplicitLocOpBuilder;

namespace edgebert::onnx {

static int64_t product(ShapeRef shape) {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

/// numpy.matmul: leading dimensions collapse into the rows where the right side
/// is a matrix, into one batch dimension otherwise.
static LogicalResult importMatMul(NodeImport &n) {
  TensorRef a = n.in(0), w = n.in(1);
  if (failed(n.requireSameTypes({a, w})))
    return failure();
  if (!isFloat(a->type))
    return n.unsupported("element type " + nameOf(a->type));
  if (a->rank() == 0 || w->rank() == 0)
    return n.error("expected inputs of rank 1 or more, got shapes " +
                   toString(a->shape) + " and " + toString(w->shape));
  // A vector is a row on the left and a column on the right.
  Shape left = a->shape, right = w->shape;
  if (a->rank() == 1)
    left.insert(left.begin(), 1);
  if (w->rank() == 1)
    right.push_back(1);
  int64_t rows = left[left.size() - 2], inner = left.back();
  int64_t columns = right.back();
  if (inner != right[right.size() - 2])
    return n.error("expected equal inner dimensions, got shapes " +
                   toString(a->shape) + " and " + toString(w->shape));
  ShapeRef leftBatch = ShapeRef(left).drop_back(2),
           rightBatch = ShapeRef(right).drop_back(2);
  std::optional<Shape> batch = broadcastShapes({leftBatch, rightBatch});
  if (!batch)
    return n.error("expected batch dimensions that broadcast, got shapes " +
                   toString(a->shape) + " and " + toString(w->shape));
  Shape resultShape = *batch;
  if (a->rank() > 1)
    resultShape.push_back(rows);
  if (w->rank() > 1)
    resultShape.push_back(columns);
  Shape fullLeft = *batch, fullRight = *batch;
  fullLeft.append({rows, inner});
  fullRight.append({inner, columns});
  if (!countElements(resultShape) || !countElements(fullLeft) ||
      !countElements(fullRight))
    return n.error("expected at most 2^40 elements, got " +
                   toString(resultShape));

  TensorRef result;
  if (product(rightBatch) == 1 && product(*batch) == product(leftBatch)) {
    result = n.b.matmul(n.b.reshape(a, {product(*batch) * rows, inner}),
                        n.b.reshape(w, {inner, columns}));
  } else {
    int64_t count = product(*batch);
    TensorRef x = n.b.broadcast(n.b.reshape(a, left), fullLeft);
    TensorRef y = n.b.broadcast(n.b.reshape(w, right), fullRight);
    result = n.b.matmul(n.b.reshape(x, {count, rows, inner}),
                        n.b.reshape(y, {count, inner, columns}));
  }
  return n.set(n.b.reshape(result, resultShape));
}

static TensorRef scaled(NodeImport &n, const TensorRef &x, float factor) {
  if (factor == 1.0f)
    return x;
  return n.b.elementwise(
      {x}, x->shape, DType::F32,
      [&](Body &b, ValueRange v) -> Value {
        Value scale = n.b.constant(DType::F32, {0, factor});
        return arith::MulFOp::create(b, v[0], scale);
      },
      [&](llvm::ArrayRef<Scalar> v) {
        return std::optional(Scalar{0, v[0].f * factor});
      });
}

/// alpha * A' * B' + beta * C.
static LogicalResult importGemm(NodeImport &n) {
  TensorRef a = n.in(0), w = n.in(1);
  if (failed(n.requireSameTypes({a, w})))
    return failure();
  if (!isFloat(a->type))
    return n.unsupported("element type " + nameOf(a->type));
  if (a->rank() != 2 || w->rank() != 2)
    return n.error("expected matrices, got shapes " + toString(a->shape) +
                   " and " + toString(w->shape));
  float alpha = n.floatAttr("alpha", 1), beta = n.floatAttr("beta", 1);
  bool transA = n.intAttr("transA", 0), transB = n.intAttr("transB", 0);
  if (n.failed())
    return failure();
  if (transA)
    a = n.b.transpose(a, {1, 0});
  if (transB)
    w = n.b.transpose(w, {1, 0});
  if (a->shape[1] != w->shape[0])
    return n.error("expected equal inner dimensions, got " +
                   toString(a->shape) + " and " + toString(w->shape) +
                   " (after transA, transB)");
  Shape shape = {a->shape[0], w->shape[1]};
  if (!countElements(shape))
    return n.error("expected at most 2^40 elements, got " + toString(shape));
  TensorRef c = n.has(2) ? n.in(2) : nullptr;
  if (c) {
    if (failed(n.requireFloat(2)))
      return failure();
    if (broadcastShapes({c->shape, shape}) != shape)
      return n.error("expected C to broadcast to " + toString(shape) +
                     ", got shape " + toString(c->shape));
  }
  TensorRef result = scaled(n, n.b.matmul(a, w), alpha);
  if (!c || beta == 0.0f)
    return n.set(result);
  return n.set(n.b.elementwise(
      {result, scaled(n, c, beta)}, shape, DType::F32,
      [](Body &b, ValueRange v) -> Value {
        return arith::AddFOp::create(b, v[0], v[1]);
      },
      nullptr));
}

void addMatMulOperators(OperatorTable &table) {
  table["MatMul"] = {2, 2, 1, importMatMul};
  table["Gemm"] = {2, 3, 1, importGemm};
}

} // namespace edgebert::onnx
