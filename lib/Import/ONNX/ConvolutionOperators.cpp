//===- ConvolutionOperators.cpp - ONNX Conv -------------------------------===//

#include "NodeImport.h"
#include "Window.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "onnx/onnx_pb.h"

using namespace mlir;

namespace edgebert::onnx {

static LogicalResult checkConv(NodeImport &n, int64_t groups) {
  const TensorRef &x = n.in(0), &w = n.in(1);
  for (size_t i = 0; i < n.numInputs(); ++i)
    if (n.has(i) && failed(n.requireFloat(i)))
      return failure();
  if (x->rank() < 3 || w->rank() != x->rank())
    return n.error("expected an input and a kernel of one rank of at least 3, "
                   "got shapes " +
                   toString(x->shape) + " and " + toString(w->shape));
  if (x->rank() > 4)
    return n.unsupported(llvm::Twine(x->rank() - 2) +
                         "-D convolution, expected 1-D or 2-D");
  if (groups < 1 || w->shape[0] % groups != 0 ||
      x->shape[1] != w->shape[1] * groups || w->elements() == 0)
    return n.error("expected group to divide the channels: got group=" +
                   llvm::Twine(groups) + ", input " + toString(x->shape) +
                   ", kernel " + toString(w->shape));
  if (n.has(2) && n.in(2)->shape != Shape{w->shape[0]})
    return n.error("expected one bias per output channel (" +
                   llvm::Twine(w->shape[0]) + "), got shape " +
                   toString(n.in(2)->shape));
  ShapeRef kernel = ShapeRef(w->shape).drop_front(2);
  Shape declared = n.intsAttr("kernel_shape", kernel);
  if (ShapeRef(declared) != kernel)
    return n.error("expected kernel_shape " + toString(kernel) +
                   " as the kernel has, got " + toString(declared));
  return success();
}

/// The named op for the number of groups: plain, depthwise, or grouped with an
/// explicit group dimension.
static FailureOr<TensorRef> convolve(NodeImport &n, const Window &window,
                                     const TensorRef &x, const TensorRef &w,
                                     int64_t groups) {
  TensorBuilder &b = n.b;
  int64_t batch = x->shape[0], channels = x->shape[1], filters = w->shape[0];
  auto strides = b.ir().getI64TensorAttr(window.strides);
  auto dilations = b.ir().getI64TensorAttr(window.dilations);
  Shape shape = {batch, filters};
  shape.append(window.positions);
  if (!countElements(shape))
    return n.error("expected at most 2^40 elements, got " + toString(shape));

  if (groups == 1) {
    Value source = b.value(x), kernel = b.value(w);
    Value init = b.filled(shape, DType::F32, Scalar());
    auto op = linalg::Conv2DNchwFchwOp::create(
        b.ir(), TypeRange{init.getType()}, ValueRange{source, kernel},
        ValueRange{init}, strides, dilations);
    return b.wrap(op->getResult(0), DType::F32);
  }
  if (groups == channels && filters == channels) {
    Value source = b.value(x);
    Value kernel = b.value(b.reshape(w, {channels, w->shape[2], w->shape[3]}));
    Value init = b.filled(shape, DType::F32, Scalar());
    auto op = linalg::DepthwiseConv2DNchwChwOp::create(
        b.ir(), TypeRange{init.getType()}, ValueRange{source, kernel},
        ValueRange{init}, strides, dilations);
    return b.wrap(op->getResult(0), DType::F32);
  }
  Shape sourceShape = {batch, groups, channels / groups, x->shape[2],
                       x->shape[3]};
  Shape kernelShape = {groups, filters / groups, w->shape[1], w->shape[2],
                       w->shape[3]};
  Shape resultShape = {batch, groups, filters / groups};
  resultShape.append(window.positions);
  Value source = b.value(b.reshape(x, sourceShape));
  Value kernel = b.value(b.reshape(w, kernelShape));
  Value init = b.filled(resultShape, DType::F32, Scalar());
  auto op = linalg::Conv2DNgchwGfchwOp::create(
      b.ir(), TypeRange{init.getType()}, ValueRange{source, kernel},
      ValueRange{init}, strides, dilations);
  return b.reshape(b.wrap(op->getResult(0), DType::F32), shape);
}

static LogicalResult importConv(NodeImport &n) {
  int64_t groups = n.intAttr("group", 1);
  if (n.failed() || failed(checkConv(n, groups)) || n.failed())
    return failure();
  FailureOr<Window> window =
      readWindow(n, ShapeRef(n.in(1)->shape).drop_front(2));
  if (failed(window))
    return failure();
  TensorRef x = window->pad(n.b, window->lift(n.b, n.in(0)), 0);
  TensorRef w = window->lift(n.b, n.in(1));
  FailureOr<TensorRef> result = convolve(n, *window, x, w, groups);
  if (failed(result))
    return failure();
  if (n.has(2)) {
    TensorRef bias = n.b.reshape(n.in(2), {n.in(2)->shape[0], 1, 1});
    result = n.b.elementwise(
        {*result, bias}, (*result)->shape, DType::F32,
        [](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
          return arith::AddFOp::create(b, v[0], v[1]);
        },
        nullptr);
  }
  return n.set(window->drop(n.b, *result));
}

void addConvolutionOperators(OperatorTable &table) {
  table["Conv"] = {2, 3, 1, importConv};
}

} // namespace edgebert::onnx
