//===- IndexingOperators.cpp - ONNX Gather, Slice and Pad -----------------===//

#include "NodeImport.h"

#include "onnx/onnx_pb.h"

#include <limits>

using namespace mlir;

namespace edgebert::onnx {

static LogicalResult importGather(NodeImport &n) {
  TensorRef data = n.in(0), indices = n.in(1);
  if (indices->type != DType::I64 && indices->type != DType::I32)
    return n.error("expected indices as i64 or i32, got " +
                   nameOf(indices->type));
  FailureOr<int64_t> axis = n.normalizeAxis(n.intAttr("axis", 0), data->rank());
  if (failed(axis) || n.failed())
    return failure();
  int64_t extent = data->shape[*axis];
  if (const HostTensor *known = n.b.host(indices))
    for (int64_t index : known->ints)
      if (index < -extent || index >= extent)
        return n.error("expected indices in [" + llvm::Twine(-extent) + ", " +
                       llvm::Twine(extent - 1) + "], got " +
                       llvm::Twine(index));
  if (extent == 0)
    return n.error("expected data to gather from, got shape " +
                   toString(data->shape));
  Shape shape(ShapeRef(data->shape).take_front(*axis));
  shape.append(indices->shape);
  shape.append(data->shape.begin() + *axis + 1, data->shape.end());
  if (!countElements(shape))
    return n.error("expected at most 2^40 elements, got " + toString(shape));
  return n.set(n.b.gather(data, indices, *axis));
}

/// Starts, ends, axes and steps are attributes (without steps) before opset 10
/// and inputs from then on.
static LogicalResult importSlice(NodeImport &n) {
  TensorRef x = n.in(0);
  FailureOr<Shape> starts, ends, axes, steps;
  if (n.opset < 10) {
    starts = n.intsAttr("starts");
    ends = n.intsAttr("ends");
    axes = n.intsAttr("axes");
    steps = Shape();
  } else {
    if (!n.has(1) || !n.has(2))
      return n.error("expected starts and ends");
    starts = n.knownInts(1, "starts");
    ends = n.knownInts(2, "ends");
    axes = n.has(3) ? n.knownInts(3, "axes") : FailureOr<Shape>(Shape());
    steps = n.has(4) ? n.knownInts(4, "steps") : FailureOr<Shape>(Shape());
  }
  if (n.failed() || failed(starts) || failed(ends) || failed(axes) ||
      failed(steps))
    return failure();
  if (axes->empty() && !starts->empty())
    for (size_t d = 0; d < starts->size(); ++d)
      axes->push_back(d);
  if (steps->empty())
    steps->assign(axes->size(), 1);
  if (starts->size() != axes->size() || ends->size() != axes->size() ||
      steps->size() != axes->size())
    return n.error("expected as many starts, ends and steps as axes (" +
                   llvm::Twine(axes->size()) + "), got " +
                   llvm::Twine(starts->size()) + ", " +
                   llvm::Twine(ends->size()) + " and " +
                   llvm::Twine(steps->size()));
  if (failed(n.normalizeAxes(*axes, x->rank())))
    return failure();

  Shape offsets(x->rank(), 0), sizes = x->shape, strides(x->rank(), 1);
  for (auto [axis, from, to, by] :
       llvm::zip_equal(*axes, *starts, *ends, *steps)) {
    int64_t d = axis < 0 ? axis + x->rank() : axis, extent = x->shape[d];
    if (by == 0)
      return n.error("expected steps other than 0");
    // Ends like INT64_MAX mean "to the end"; clamping makes all sums small.
    int64_t step = std::clamp<int64_t>(by, -maxElements, maxElements);
    auto clamp = [&](int64_t at) {
      at = at < 0 ? std::max<int64_t>(at, std::numeric_limits<int64_t>::min() +
                                              extent) +
                        extent
                  : at;
      return step > 0 ? std::clamp<int64_t>(at, 0, extent)
                      : std::clamp<int64_t>(at, -1, extent - 1);
    };
    int64_t first = clamp(from), last = clamp(to);
    int64_t span = step > 0 ? last - first : first - last;
    int64_t stride = std::abs(step);
    offsets[d] = first;
    sizes[d] = span > 0 ? (span - 1) / stride + 1 : 0;
    // One element needs no stride, and a huge one would leave the tensor.
    strides[d] = sizes[d] > 1 ? step : 1;
    if (sizes[d] == 0)
      offsets[d] = 0;
  }
  return n.set(n.b.slice(x, offsets, sizes, strides));
}

/// Constant padding; negative pads crop.
static LogicalResult importPad(NodeImport &n) {
  TensorRef x = n.in(0);
  std::string mode = n.stringAttr("mode", "constant");
  if (mode != "constant")
    return n.unsupported("mode=" + llvm::Twine(mode) + ", expected constant");
  FailureOr<Shape> pads;
  Scalar fill;
  if (n.opset < 11) {
    pads = n.intsAttr("pads");
    fill.f = n.floatAttr("value", 0);
    fill.i = static_cast<int64_t>(std::clamp(fill.f, -1e9f, 1e9f));
  } else {
    if (!n.has(1))
      return n.error("expected pads");
    pads = n.knownInts(1, "the pads");
    if (n.has(2)) {
      if (failed(n.knownNumber(2, "the padding value")))
        return failure();
      if (failed(n.requireSameTypes({x, n.in(2)})))
        return failure();
      fill = n.b.host(n.in(2))->get(0);
    }
  }
  if (n.failed() || failed(pads))
    return failure();
  if (int64_t(pads->size()) != 2 * x->rank())
    return n.error("expected " + llvm::Twine(2 * x->rank()) + " pads, got " +
                   llvm::Twine(pads->size()));
  Shape offsets, sizes, low, high, result, steps(x->rank(), 1);
  for (int64_t d = 0; d < x->rank(); ++d) {
    int64_t before = (*pads)[d], after = (*pads)[x->rank() + d];
    int64_t limit = maxElements, extent = x->shape[d];
    bool legal = before <= limit && after <= limit && before >= -extent &&
                 after >= -extent;
    int64_t cropped = legal ? extent + std::min<int64_t>(before, 0) +
                                  std::min<int64_t>(after, 0)
                            : -1;
    if (cropped < 0)
      return n.error("pads " + llvm::Twine(before) + " and " +
                     llvm::Twine(after) + " do not fit dimension " +
                     llvm::Twine(d) + " of shape " + toString(x->shape));
    offsets.push_back(std::max<int64_t>(-before, 0));
    sizes.push_back(cropped);
    low.push_back(std::max<int64_t>(before, 0));
    high.push_back(std::max<int64_t>(after, 0));
    result.push_back(cropped + low.back() + high.back());
  }
  if (!countElements(result))
    return n.error("expected at most 2^40 elements, got " + toString(result));
  return n.set(n.b.pad(n.b.slice(x, offsets, sizes, steps), low, high, fill));
}

void addIndexingOperators(OperatorTable &table) {
  table["Gather"] = {2, 2, 1, importGather};
  table["Slice"] = {1, 5, 1, importSlice};
  table["Pad"] = {1, 3, 1, importPad};
}

} // namespace edgebert::onnx
