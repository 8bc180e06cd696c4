//===- Window.cpp - sliding windows of convolutions and pools -------------===//

#include "Window.h"

using namespace mlir;

namespace edgebert::onnx {

/// Kernel extents, strides, dilations and pads beyond this are refused, which
/// keeps the products of two within 64 bits.
constexpr int64_t maxExtent = int64_t(1) << 24;

bool Window::isPadded() const {
  auto isPositive = [](int64_t pad) { return pad > 0; };
  return llvm::any_of(low, isPositive) || llvm::any_of(high, isPositive) ||
         llvm::any_of(overhang, isPositive);
}

TensorRef Window::lift(TensorBuilder &b, const TensorRef &x) const {
  if (!isOneDimensional)
    return x;
  return b.reshape(x, {x->shape[0], x->shape[1], 1, x->shape[2]});
}

TensorRef Window::drop(TensorBuilder &b, const TensorRef &x) const {
  if (!isOneDimensional)
    return x;
  return b.reshape(x, {x->shape[0], x->shape[1], x->shape[3]});
}

TensorRef Window::pad(TensorBuilder &b, const TensorRef &x,
                      float element) const {
  Shape before = {0, 0}, after = {0, 0};
  for (size_t d = 0; d < kernel.size(); ++d) {
    before.push_back(low[d]);
    after.push_back(high[d] + overhang[d]);
  }
  return b.pad(x, before, after, {0, element});
}

static LogicalResult checkExtents(NodeImport &n, llvm::StringRef name,
                                  ShapeRef values, size_t count,
                                  int64_t least) {
  bool legal = values.size() == count;
  for (int64_t value : values)
    legal &= value >= least && value <= maxExtent;
  if (legal)
    return success();
  return n.error("expected " + llvm::Twine(count) + " values of at least " +
                 llvm::Twine(least) + " as " + name + ", got " +
                 toString(values));
}

FailureOr<Window> readWindow(NodeImport &n, ShapeRef kernel) {
  const TensorRef &x = n.in(0);
  size_t rank = x->rank() - 2;
  if (x->elements() == 0)
    return n.error("expected elements, got shape " + toString(x->shape));
  Window w;
  w.kernel.assign(kernel.begin(), kernel.end());
  w.strides = n.intsAttr("strides", Shape(rank, 1));
  w.dilations = n.intsAttr("dilations", Shape(rank, 1));
  Shape pads = n.intsAttr("pads", Shape(2 * rank, 0));
  std::string autoPad = n.stringAttr("auto_pad", "NOTSET");
  bool ceil = n.intAttr("ceil_mode", 0);
  if (n.failed() || failed(checkExtents(n, "the kernel", w.kernel, rank, 1)) ||
      failed(checkExtents(n, "strides", w.strides, rank, 1)) ||
      failed(checkExtents(n, "dilations", w.dilations, rank, 1)) ||
      failed(checkExtents(n, "pads", pads, 2 * rank, 0)))
    return failure();
  bool sameUpper = autoPad == "SAME_UPPER", sameLower = autoPad == "SAME_LOWER";
  if (!sameUpper && !sameLower && autoPad != "NOTSET" && autoPad != "VALID")
    return n.error("expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, "
                   "got '" +
                   llvm::Twine(autoPad) + "'");
  for (size_t d = 0; d < rank; ++d) {
    int64_t extent = x->shape[2 + d], stride = w.strides[d];
    int64_t span = (w.kernel[d] - 1) * w.dilations[d] + 1;
    int64_t low = pads[d], high = pads[rank + d];
    if (autoPad != "NOTSET")
      low = high = 0;
    if (sameUpper || sameLower) {
      int64_t positions = (extent - 1) / stride + 1;
      int64_t total =
          std::max<int64_t>((positions - 1) * stride + span - extent, 0);
      low = sameUpper ? total / 2 : total - total / 2;
      high = total - low;
    }
    int64_t room = extent + low + high - span;
    if (room < 0)
      return n.error("the window spans " + llvm::Twine(span) +
                     " elements of dimension " + llvm::Twine(2 + d) +
                     ", which has " + llvm::Twine(extent + low + high) +
                     " with padding");
    int64_t positions = (ceil ? (room + stride - 1) / stride : room / stride);
    // A window that would start behind the input and its front padding is
    // dropped.
    if (ceil && positions * stride >= extent + low)
      --positions;
    w.overhang.push_back(std::max<int64_t>(positions * stride - room, 0));
    w.low.push_back(low);
    w.high.push_back(high);
    w.positions.push_back(positions + 1);
  }
  if (rank == 1) {
    w.isOneDimensional = true;
    for (Shape *list : {&w.kernel, &w.strides, &w.dilations, &w.positions})
      list->insert(list->begin(), 1);
    for (Shape *list : {&w.low, &w.high, &w.overhang})
      list->insert(list->begin(), 0);
  }
  return w;
}

} // namespace edgebert::onnx
