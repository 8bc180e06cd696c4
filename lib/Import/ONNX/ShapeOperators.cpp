//===- ShapeOperators.cpp - ONNX operators that rearrange elements --------===//
//
// Reshape, Transpose, Squeeze, Concat, Expand … : no arithmetic on elements.
//
//===----------------------------------------------------------------------===//

#include "NodeImport.h"

#include "onnx/onnx_pb.h"

using namespace mlir;

namespace edgebert::onnx {

static LogicalResult importIdentity(NodeImport &n) { return n.set(n.in(0)); }

/// Dropout at inference: the identity. A mask, if asked for, keeps everything.
static LogicalResult importDropout(NodeImport &n) {
  if (n.has(2)) {
    FailureOr<double> training = n.knownNumber(2, "training_mode");
    if (failed(training))
      return failure();
    if (*training != 0)
      return n.unsupported("training_mode=true, expected inference");
  }
  if (n.wantsOutput(1))
    (void)n.set(n.b.splat(n.in(0)->shape, DType::Bool, {1, 0}), 1);
  return n.set(n.in(0));
}

/// 0 copies the input's dimension (unless allowzero), one -1 is what remains.
static LogicalResult importReshape(NodeImport &n) {
  TensorRef x = n.in(0);
  FailureOr<Shape> target = n.knownInts(1, "the shape");
  bool allowZero = n.intAttr("allowzero", 0);
  if (failed(target) || n.failed())
    return failure();
  Shape shape = *target;
  int64_t inferred = -1;
  for (int64_t d = 0, e = shape.size(); d < e; ++d) {
    if (shape[d] == 0 && !allowZero) {
      if (d >= x->rank())
        return n.error("shape[" + llvm::Twine(d) +
                       "] = 0 copies a dimension that the input of shape " +
                       toString(x->shape) + " does not have");
      shape[d] = x->shape[d];
    }
    if (shape[d] >= 0)
      continue;
    if (shape[d] < -1 || inferred >= 0)
      return n.error("expected dimensions of at least 0 and at most one -1, "
                     "got shape " +
                     toString(*target));
    inferred = d;
  }
  if (inferred >= 0) {
    shape[inferred] = 1;
    std::optional<int64_t> rest = countElements(shape);
    if (!rest || *rest == 0 || x->elements() % *rest != 0)
      return n.error("cannot infer the -1 of shape " + toString(*target) +
                     " for an input of shape " + toString(x->shape));
    shape[inferred] = x->elements() / *rest;
  }
  if (countElements(shape) != x->elements())
    return n.error("expected a shape of " + llvm::Twine(x->elements()) +
                   " elements for an input of shape " + toString(x->shape) +
                   ", got " + toString(*target));
  return n.set(n.b.reshape(x, shape));
}

static LogicalResult importFlatten(NodeImport &n) {
  TensorRef x = n.in(0);
  int64_t axis = n.intAttr("axis", 1);
  if (n.failed())
    return failure();
  if (axis != x->rank()) {
    FailureOr<int64_t> normal = n.normalizeAxis(axis, x->rank());
    if (failed(normal))
      return failure();
    axis = *normal;
  }
  Shape shape = {1, 1};
  for (auto [d, dim] : llvm::enumerate(x->shape))
    shape[int64_t(d) < axis ? 0 : 1] *= dim;
  return n.set(n.b.reshape(x, shape));
}

static LogicalResult importTranspose(NodeImport &n) {
  TensorRef x = n.in(0);
  Shape reversed;
  for (int64_t d = x->rank() - 1; d >= 0; --d)
    reversed.push_back(d);
  Shape perm = n.intsAttr("perm", reversed);
  if (n.failed())
    return failure();
  Shape sorted = perm;
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, x->rank())))
    return n.error("expected a permutation of " + llvm::Twine(x->rank()) +
                   " dimensions, got perm " + toString(perm));
  return n.set(n.b.transpose(x, perm));
}

/// Axes are an attribute before opset 13 and input 1 from then on.
static FailureOr<std::optional<Shape>> axesOf(NodeImport &n) {
  if (n.opset < 13) {
    if (!n.hasAttr("axes"))
      return std::optional<Shape>();
    Shape axes = n.intsAttr("axes");
    if (n.failed())
      return failure();
    return std::optional<Shape>(axes);
  }
  if (!n.has(1))
    return std::optional<Shape>();
  FailureOr<Shape> axes = n.knownInts(1, "the axes input");
  if (failed(axes))
    return failure();
  return std::optional<Shape>(*axes);
}

static LogicalResult importSqueeze(NodeImport &n) {
  TensorRef x = n.in(0);
  FailureOr<std::optional<Shape>> given = axesOf(n);
  if (failed(given))
    return failure();
  Shape axes;
  if (*given) {
    FailureOr<Shape> normal = n.normalizeAxes(**given, x->rank());
    if (failed(normal))
      return failure();
    axes = *normal;
  } else {
    for (int64_t d = 0; d < x->rank(); ++d)
      if (x->shape[d] == 1)
        axes.push_back(d);
  }
  Shape shape;
  for (int64_t d = 0; d < x->rank(); ++d) {
    if (!llvm::is_contained(axes, d))
      shape.push_back(x->shape[d]);
    else if (x->shape[d] != 1)
      return n.error("expected dimension " + llvm::Twine(d) +
                     " of size 1, got shape " + toString(x->shape));
  }
  return n.set(n.b.reshape(x, shape));
}

static LogicalResult importUnsqueeze(NodeImport &n) {
  TensorRef x = n.in(0);
  FailureOr<std::optional<Shape>> given = axesOf(n);
  if (failed(given))
    return failure();
  if (!*given)
    return n.error("expected axes, found none");
  int64_t rank = x->rank() + (*given)->size();
  FailureOr<Shape> axes = n.normalizeAxes(**given, rank);
  if (failed(axes))
    return failure();
  Shape shape;
  size_t next = 0;
  for (int64_t d = 0; d < rank; ++d)
    shape.push_back(llvm::is_contained(*axes, d) ? 1 : x->shape[next++]);
  return n.set(n.b.reshape(x, shape));
}

static LogicalResult importConcat(NodeImport &n) {
  llvm::ArrayRef<TensorRef> parts = n.allInputs();
  if (failed(n.requireSameTypes(parts)))
    return failure();
  if (!n.hasAttr("axis"))
    return n.error("expected attribute 'axis'");
  FailureOr<int64_t> axis =
      n.normalizeAxis(n.intAttr("axis", 0), parts[0]->rank());
  if (failed(axis) || n.failed())
    return failure();
  Shape shape = parts[0]->shape;
  shape[*axis] = 0;
  for (const TensorRef &part : parts) {
    Shape rest = part->shape;
    if (rest.size() == shape.size())
      rest[*axis] = shape[*axis];
    if (rest != shape)
      return n.error("expected shapes that agree outside axis " +
                     llvm::Twine(*axis) + ", got " + toString(parts[0]->shape) +
                     " and " + toString(part->shape));
    shape[*axis] += part->shape[*axis];
  }
  if (!countElements(shape))
    return n.error("expected at most 2^40 elements, got " + toString(shape));
  return n.set(n.b.concat(parts, *axis));
}

static LogicalResult importSplit(NodeImport &n) {
  TensorRef x = n.in(0);
  FailureOr<int64_t> axis = n.normalizeAxis(n.intAttr("axis", 0), x->rank());
  if (failed(axis) || n.failed())
    return failure();
  int64_t extent = x->shape[*axis], count = n.numOutputs();
  Shape sizes;
  if (n.has(1)) {
    FailureOr<Shape> given = n.knownInts(1, "the split sizes");
    if (failed(given))
      return failure();
    sizes = *given;
  } else if (n.hasAttr("split")) {
    sizes = n.intsAttr("split");
  } else if (count > 0 && extent % count == 0) {
    sizes.assign(count, extent / count);
  } else {
    return n.error("expected dimension " + llvm::Twine(*axis) +
                   " to divide into " + llvm::Twine(count) +
                   " equal parts, got shape " + toString(x->shape));
  }
  int64_t total = 0;
  bool legal = int64_t(sizes.size()) == count;
  for (int64_t size : sizes) {
    legal &= size >= 0 && size <= extent;
    total += legal ? size : 0;
  }
  if (n.failed())
    return failure();
  if (!legal || total != extent)
    return n.error("expected " + llvm::Twine(count) + " sizes that sum up to " +
                   llvm::Twine(extent) + ", got " + toString(sizes));
  Shape offsets(x->rank(), 0), part = x->shape, steps(x->rank(), 1);
  for (auto [i, size] : llvm::enumerate(sizes)) {
    part[*axis] = size;
    (void)n.set(n.b.slice(x, offsets, part, steps), i);
    offsets[*axis] += size;
  }
  return success();
}

static LogicalResult importExpand(NodeImport &n) {
  TensorRef x = n.in(0);
  FailureOr<Shape> target = n.knownInts(1, "the shape");
  if (failed(target))
    return failure();
  std::optional<Shape> shape;
  if (countElements(*target))
    shape = broadcastShapes({x->shape, *target});
  if (!shape || !countElements(*shape))
    return n.error("expected a shape that broadcasts with " +
                   toString(x->shape) + ", got " + toString(*target));
  return n.set(n.b.broadcast(x, *shape));
}

/// Tile: [d0,d1] becomes [1,d0,1,d1], is broadcast to [r0,d0,r1,d1] and merged.
static LogicalResult importTile(NodeImport &n) {
  TensorRef x = n.in(0);
  FailureOr<Shape> repeats = n.knownInts(1, "the repeats");
  if (failed(repeats))
    return failure();
  if (int64_t(repeats->size()) != x->rank())
    return n.error("expected " + llvm::Twine(x->rank()) + " repeats, got " +
                   llvm::Twine(repeats->size()));
  Shape split, spread, shape;
  for (auto [count, dim] : llvm::zip_equal(*repeats, x->shape)) {
    if (count < 0 || count > maxElements)
      return n.error("expected repeats of at least 0, got " +
                     llvm::Twine(count));
    split.append({1, dim});
    spread.append({count, dim});
  }
  if (!countElements(spread))
    return n.error("expected at most 2^40 elements, got " + toString(spread));
  for (size_t d = 0; d < spread.size(); d += 2)
    shape.push_back(spread[d] * spread[d + 1]);
  return n.set(
      n.b.reshape(n.b.broadcast(n.b.reshape(x, split), spread), shape));
}

void addShapeOperators(OperatorTable &table) {
  table["Identity"] = {1, 1, 1, importIdentity};
  table["Dropout"] = {1, 3, 2, importDropout};
  table["Reshape"] = {2, 2, 1, importReshape};
  table["Flatten"] = {1, 1, 1, importFlatten};
  table["Transpose"] = {1, 1, 1, importTranspose};
  table["Squeeze"] = {1, 2, 1, importSqueeze};
  table["Unsqueeze"] = {1, 2, 1, importUnsqueeze};
  table["Concat"] = {1, anyNumber, 1, importConcat};
  table["Split"] = {1, 2, anyNumber, importSplit};
  table["Expand"] = {2, 2, 1, importExpand};
  table["Tile"] = {2, 2, 1, importTile};
}

} // namespace edgebert::onnx
