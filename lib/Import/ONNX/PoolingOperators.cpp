//===- PoolingOperators.cpp - ONNX pools ----------------------------------===//

#include "NodeImport.h"
#include "Window.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "onnx/onnx_pb.h"

#include <limits>

using namespace mlir;

namespace edgebert::onnx {

static LogicalResult checkPool(NodeImport &n, int64_t mostSpatial) {
  const TensorRef &x = n.in(0);
  if (x->rank() < 3)
    return n.error("expected an input of rank 3 or more, got shape " +
                   toString(x->shape));
  if (!isFloat(x->type))
    return n.unsupported("element type " + nameOf(x->type));
  if (x->rank() - 2 > mostSpatial)
    return n.unsupported(llvm::Twine(x->rank() - 2) +
                         "-D pooling, expected 1-D or 2-D");
  return success();
}

/// The pooling named op over the padded, lifted input.
template <typename Op>
static FailureOr<TensorRef> pool(NodeImport &n, const Window &window,
                                 float start) {
  TensorBuilder &b = n.b;
  TensorRef x = window.pad(b, window.lift(b, n.in(0)), start);
  Shape shape = {x->shape[0], x->shape[1]};
  shape.append(window.positions);
  if (!countElements(shape) || !countElements(window.kernel))
    return n.error("expected at most 2^40 elements, got " + toString(shape));
  Value source = b.value(x);
  Value extent = b.empty(window.kernel, DType::F32);
  Value init = b.filled(shape, DType::F32, {0, start});
  auto op =
      Op::create(b.ir(), TypeRange{init.getType()}, ValueRange{source, extent},
                 ValueRange{init}, b.ir().getI64TensorAttr(window.strides),
                 b.ir().getI64TensorAttr(window.dilations));
  return b.wrap(op->getResult(0), DType::F32);
}

static FailureOr<Window> poolWindow(NodeImport &n) {
  if (failed(checkPool(n, 2)))
    return failure();
  if (!n.hasAttr("kernel_shape"))
    return n.error("expected attribute 'kernel_shape'");
  return readWindow(n, n.intsAttr("kernel_shape"));
}

static LogicalResult importMaxPool(NodeImport &n) {
  if (n.intAttr("storage_order", 0) != 0 && n.wantsOutput(1))
    return n.unsupported("storage_order=1");
  FailureOr<Window> window = poolWindow(n);
  if (failed(window))
    return failure();
  FailureOr<TensorRef> result = pool<linalg::PoolingNchwMaxOp>(
      n, *window, -std::numeric_limits<float>::infinity());
  return failed(result) ? failure() : n.set(window->drop(n.b, *result));
}

/// How many elements each window position covers along dimension `d`: those of
/// the input, or with `countPads` also of the padding (not of the overhang).
static Shape covered(const Window &w, ShapeRef input, size_t d,
                     bool countPads) {
  int64_t extent = input[input.size() - w.kernel.size() + d];
  int64_t begin = countPads ? -w.low[d] : 0;
  int64_t end = countPads ? extent + w.high[d] : extent;
  Shape counts;
  for (int64_t p = 0; p < w.positions[d]; ++p) {
    int64_t first = p * w.strides[d] - w.low[d];
    int64_t count = 0;
    for (int64_t k = 0; k < w.kernel[d]; ++k) {
      int64_t at = first + k * w.dilations[d];
      count += at >= begin && at < end;
    }
    counts.push_back(count);
  }
  return counts;
}

/// The sum of each window divided by the elements it covers: a constant, or one
/// number per position where padding is not counted.
static LogicalResult importAveragePool(NodeImport &n) {
  FailureOr<Window> window = poolWindow(n);
  bool countPads = n.intAttr("count_include_pad", 0);
  if (failed(window) || n.failed())
    return failure();
  FailureOr<TensorRef> sum = pool<linalg::PoolingNchwSumOp>(n, *window, 0.0f);
  if (failed(sum))
    return failure();
  bool uniform = !window->isPadded();
  TensorRef divisor;
  if (uniform) {
    divisor =
        n.b.splat({}, DType::F32,
                  {0, float(window->kernel[0]) * float(window->kernel[1])});
  } else {
    if (!countElements(window->positions) ||
        *countElements(window->positions) > 1 << 20 ||
        *countElements(window->kernel) > 1 << 12)
      return n.unsupported("padded average over more than 2^20 positions or "
                           "4096 elements");
    Shape lifted = window->lift(n.b, n.in(0))->shape;
    Shape rows = covered(*window, lifted, 0, countPads);
    Shape columns = covered(*window, lifted, 1, countPads);
    HostTensor counts(DType::F32, window->positions);
    for (size_t i = 0; i < rows.size(); ++i)
      for (size_t j = 0; j < columns.size(); ++j)
        counts.floats[i * columns.size() + j] = float(rows[i] * columns[j]);
    divisor = n.b.known(std::move(counts));
    divisor->name = "window_sizes";
  }
  TensorRef result = n.b.elementwise(
      {*sum, divisor}, (*sum)->shape, DType::F32,
      [](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
        return arith::DivFOp::create(b, v[0], v[1]);
      },
      nullptr);
  return n.set(window->drop(n.b, result));
}

/// All spatial dimensions into one element each.
template <bool isMax>
static LogicalResult importGlobalPool(NodeImport &n) {
  if (failed(checkPool(n, 8)))
    return failure();
  const TensorRef &x = n.in(0);
  Shape dims;
  float count = 1;
  for (int64_t d = 2; d < x->rank(); ++d) {
    dims.push_back(d);
    count *= x->shape[d];
  }
  float start = isMax ? -std::numeric_limits<float>::infinity() : 0;
  TensorRef result = n.b.reduce(
      x, dims, {0, start}, [](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
        if (isMax)
          return arith::MaximumFOp::create(b, v[0], v[1]);
        return arith::AddFOp::create(b, v[0], v[1]);
      });
  if (!isMax)
    result = n.b.elementwise(
        {result, n.b.splat({}, DType::F32, {0, count})}, result->shape,
        DType::F32,
        [](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
          return arith::DivFOp::create(b, v[0], v[1]);
        },
        nullptr);
  return n.set(n.b.keepDims(result, x, dims, true));
}

void addPoolingOperators(OperatorTable &table) {
  table["MaxPool"] = {1, 1, 1, importMaxPool};
  table["AveragePool"] = {1, 1, 1, importAveragePool};
  table["GlobalAveragePool"] = {1, 1, 1, importGlobalPool<false>};
  table["GlobalMaxPool"] = {1, 1, 1, importGlobalPool<true>};
}

} // namespace edgebert::onnx
