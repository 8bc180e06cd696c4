//===- TensorBuilder.cpp - tensor operations that fold or emit IR ---------===//

#include "TensorBuilder.h"

#include "ModelFile.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace edgebert::onnx {

static int64_t product(ShapeRef shape) {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

bool isFoldable(DType type, ShapeRef shape) {
  // Shape arithmetic is tiny; integer tables (position ids) are larger; float
  // weights beyond this stay references into the file.
  return product(shape) <= (isFloat(type) ? 1 << 10 : 1 << 16);
}

static Shape rowMajorStrides(ShapeRef shape) {
  Shape strides(shape.size(), 1);
  for (int64_t d = int64_t(shape.size()) - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * shape[d + 1];
  return strides;
}

/// Copies a strided view of `x` into a tensor of `shape`.
static HostTensor foldView(const HostTensor &x, ShapeRef shape, int64_t offset,
                           ShapeRef strides) {
  HostTensor result(x.type, shape);
  Shape index(shape.size(), 0);
  for (int64_t i = 0, e = result.size(); i < e; ++i) {
    int64_t from = offset;
    for (auto [at, stride] : llvm::zip_equal(index, strides))
      from += at * stride;
    result.set(i, x.get(from));
    for (int64_t d = int64_t(shape.size()) - 1; d >= 0; --d) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
  return result;
}

std::optional<Shape> broadcastShapes(ArrayRef<ShapeRef> shapes) {
  size_t rank = 0;
  for (ShapeRef shape : shapes)
    rank = std::max(rank, shape.size());
  Shape result(rank, 1);
  for (ShapeRef shape : shapes) {
    size_t lead = rank - shape.size();
    for (size_t d = 0; d < shape.size(); ++d) {
      int64_t &dim = result[lead + d];
      if (dim == 1)
        dim = shape[d];
      else if (shape[d] != 1 && shape[d] != dim)
        return std::nullopt;
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

TensorBuilder::TensorBuilder(Block *entry, MLIRContext *context)
    : b(UnknownLoc::get(context), context), entry(entry) {
  b.setInsertionPointToEnd(entry);
}

RankedTensorType TensorBuilder::typeOf(ShapeRef shape, DType type) {
  return RankedTensorType::get(shape, toMLIR(type, b.getContext()));
}

const HostTensor *TensorBuilder::host(const TensorRef &tensor) {
  if (!tensor->host && tensor->weight &&
      isFoldable(tensor->type, tensor->shape))
    tensor->host = std::make_shared<HostTensor>(tensor->weight->decode());
  return tensor->host && isFoldable(tensor->type, tensor->shape)
             ? tensor->host.get()
             : nullptr;
}

Value TensorBuilder::value(const TensorRef &tensor) {
  if (tensor->value)
    return tensor->value;
  TypedAttr attr = tensor->weight
                       ? tensor->weight->toAttr(tensor->name, b.getContext())
                       : toAttr(*tensor->host, tensor->name, b.getContext());
  OpBuilder::InsertionGuard guard(b);
  if (lastConstant)
    b.setInsertionPointAfter(lastConstant);
  else
    b.setInsertionPointToStart(entry);
  auto op = arith::ConstantOp::create(static_cast<OpBuilder &>(b), tensor->loc,
                                      attr.getType(), attr);
  lastConstant = op;
  return tensor->value = op;
}

TensorRef TensorBuilder::wrap(Value value, DType type) {
  auto shaped = cast<RankedTensorType>(value.getType());
  auto tensor = std::make_shared<Tensor>(type, shaped.getShape(), b.getLoc());
  tensor->value = value;
  return tensor;
}

TensorRef TensorBuilder::known(HostTensor host) {
  auto tensor = std::make_shared<Tensor>(host.type, host.shape, b.getLoc());
  tensor->host = std::make_shared<HostTensor>(std::move(host));
  return tensor;
}

Value TensorBuilder::constant(DType type, Scalar element) {
  if (isFloat(type))
    return arith::ConstantOp::create(b, b.getF32FloatAttr(element.f));
  return arith::ConstantOp::create(
      b, IntegerAttr::get(b.getIntegerType(bitWidth(type)),
                          llvm::APInt(64, element.i).trunc(bitWidth(type))));
}

Value TensorBuilder::empty(ShapeRef shape, DType type) {
  return tensor::EmptyOp::create(b, shape, toMLIR(type, b.getContext()));
}

Value TensorBuilder::filled(ShapeRef shape, DType type, Scalar element) {
  Value scalar = constant(type, element);
  return linalg::FillOp::create(b, scalar, empty(shape, type)).getResult(0);
}

TensorRef TensorBuilder::splat(ShapeRef shape, DType type, Scalar element) {
  if (!isFoldable(type, shape))
    return wrap(filled(shape, type, element), type);
  HostTensor host(type, shape);
  for (int64_t i = 0, e = host.size(); i < e; ++i)
    host.set(i, element);
  return known(std::move(host));
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

/// Splits both shapes into the shortest runs of dimensions with equal products.
/// The collapse merges each run of `from`, the expand unfolds it to `to`.
static void matchRuns(ShapeRef from, ShapeRef to,
                      SmallVector<ReassociationIndices> &collapse,
                      SmallVector<ReassociationIndices> &expand) {
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    ReassociationIndices left, right;
    int64_t l = 1, r = 1;
    auto takeLeft = [&] { left.push_back(i), l *= from[i++]; };
    auto takeRight = [&] { right.push_back(j), r *= to[j++]; };
    if (i < from.size())
      takeLeft();
    if (j < to.size())
      takeRight();
    while (l != r) {
      if (l < r)
        takeLeft();
      else
        takeRight();
    }
    // Left-over unit dimensions of the longer shape join the last run, those
    // without a partner the previous one.
    if (left.empty() && !collapse.empty()) {
      expand.back().append(right);
      continue;
    }
    if (right.empty() && !expand.empty()) {
      collapse.back().append(left);
      continue;
    }
    collapse.push_back(left);
    expand.push_back(right);
  }
}

Value TensorBuilder::reshapeValue(Value x, ShapeRef shape) {
  auto type = cast<RankedTensorType>(x.getType());
  if (type.getShape() == shape)
    return x;
  auto target = RankedTensorType::get(shape, type.getElementType());
  if (type.getNumElements() == 0)
    return tensor::EmptyOp::create(b, shape, type.getElementType());
  // A reshape of a reshape starts from the first operand.
  while (Operation *op = x.getDefiningOp()) {
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
      break;
    x = op->getOperand(0);
  }
  type = cast<RankedTensorType>(x.getType());
  if (type.getShape() == shape)
    return x;
  if (type.getRank() == 0)
    return tensor::ExpandShapeOp::create(b, target, x,
                                         ArrayRef<ReassociationIndices>{});
  if (shape.empty())
    return tensor::CollapseShapeOp::create(b, target, x,
                                           ArrayRef<ReassociationIndices>{});
  SmallVector<ReassociationIndices> collapse, expand;
  matchRuns(type.getShape(), shape, collapse, expand);
  if (collapse.size() != size_t(type.getRank()))
    x = tensor::CollapseShapeOp::create(b, x, collapse);
  if (expand.size() != shape.size())
    x = tensor::ExpandShapeOp::create(b, target, x, expand);
  return x;
}

TensorRef TensorBuilder::reshape(const TensorRef &x, ShapeRef shape) {
  if (ShapeRef(x->shape) == shape)
    return x;
  if (const HostTensor *known = host(x)) {
    HostTensor result = *known;
    result.shape.assign(shape.begin(), shape.end());
    return this->known(std::move(result));
  }
  return wrap(reshapeValue(value(x), shape), x->type);
}

TensorRef TensorBuilder::transpose(const TensorRef &x, ArrayRef<int64_t> perm) {
  if (llvm::equal(perm, llvm::seq<int64_t>(0, perm.size())))
    return x;
  Shape shape;
  for (int64_t d : perm)
    shape.push_back(x->shape[d]);
  if (const HostTensor *known = host(x)) {
    Shape all = rowMajorStrides(x->shape), strides;
    for (int64_t d : perm)
      strides.push_back(all[d]);
    return this->known(foldView(*known, shape, 0, strides));
  }
  Value source = value(x), init = empty(shape, x->type);
  auto op = linalg::TransposeOp::create(b, source, init, perm);
  return wrap(op->getResult(0), x->type);
}

TensorRef TensorBuilder::slice(const TensorRef &x, ShapeRef offsets,
                               ShapeRef sizes, ShapeRef steps) {
  bool whole = ShapeRef(x->shape) == sizes &&
               llvm::all_of(steps, [](int64_t step) { return step == 1; });
  if (whole)
    return x;
  if (const HostTensor *known = host(x)) {
    Shape strides = rowMajorStrides(x->shape);
    int64_t offset = 0;
    for (size_t d = 0; d < strides.size(); ++d) {
      offset += offsets[d] * strides[d];
      strides[d] *= steps[d];
    }
    return this->known(foldView(*known, sizes, offset, strides));
  }
  if (product(sizes) == 0)
    return wrap(empty(sizes, x->type), x->type);
  Value source = value(x);
  if (llvm::all_of(steps, [](int64_t step) { return step > 0; })) {
    SmallVector<OpFoldResult> o, s, t;
    for (size_t d = 0; d < sizes.size(); ++d) {
      o.push_back(b.getIndexAttr(offsets[d]));
      s.push_back(b.getIndexAttr(sizes[d]));
      t.push_back(b.getIndexAttr(steps[d]));
    }
    return wrap(tensor::ExtractSliceOp::create(b, source, o, s, t), x->type);
  }
  // Backwards: extract_slice has no negative strides.
  SmallVector<AffineMap> maps = {b.getMultiDimIdentityMap(sizes.size())};
  SmallVector<utils::IteratorType> loops(sizes.size(),
                                         utils::IteratorType::parallel);
  auto op = linalg::GenericOp::create(
      b, TypeRange{typeOf(sizes, x->type)}, ValueRange{},
      ValueRange{empty(sizes, x->type)}, maps, loops,
      [&](OpBuilder &nested, Location loc, ValueRange) {
        ImplicitLocOpBuilder body(loc, nested);
        SmallVector<Value> at;
        for (size_t d = 0; d < sizes.size(); ++d) {
          Value i = linalg::IndexOp::create(body, d);
          Value step = arith::ConstantIndexOp::create(body, steps[d]);
          Value offset = arith::ConstantIndexOp::create(body, offsets[d]);
          i = arith::MulIOp::create(body, i, step);
          at.push_back(arith::AddIOp::create(body, i, offset));
        }
        Value element = tensor::ExtractOp::create(body, source, at);
        linalg::YieldOp::create(body, element);
      });
  return wrap(op.getResult(0), x->type);
}

TensorRef TensorBuilder::broadcast(const TensorRef &x, ShapeRef shape) {
  if (ShapeRef(x->shape) == shape)
    return x;
  if (host(x) && isFoldable(x->type, shape)) {
    Shape from = rowMajorStrides(x->shape), strides(shape.size(), 0);
    size_t lead = shape.size() - from.size();
    for (size_t d = 0; d < from.size(); ++d)
      strides[lead + d] = x->shape[d] == 1 ? 0 : from[d];
    return known(foldView(*host(x), shape, 0, strides));
  }
  return elementwise(
      {x}, shape, x->type,
      [](ImplicitLocOpBuilder &, ValueRange args) { return args[0]; }, nullptr);
}

TensorRef TensorBuilder::concat(ArrayRef<TensorRef> parts, int64_t axis) {
  Shape shape = parts[0]->shape;
  shape[axis] = 0;
  bool allKnown = true;
  for (const TensorRef &part : parts) {
    shape[axis] += part->shape[axis];
    allKnown &= host(part) != nullptr;
  }
  DType type = parts[0]->type;
  if (allKnown && isFoldable(type, shape)) {
    HostTensor result(type, shape);
    int64_t inner = product(ShapeRef(shape).drop_front(axis + 1));
    int64_t row = shape[axis] * inner, column = 0;
    for (const TensorRef &part : parts) {
      const HostTensor &from = *host(part);
      int64_t width = part->shape[axis] * inner;
      for (int64_t i = 0, e = from.size(); i < e; ++i)
        result.set(i / width * row + column + i % width, from.get(i));
      column += width;
    }
    return known(std::move(result));
  }
  Value result = empty(shape, type);
  int64_t at = 0;
  for (const TensorRef &part : parts) {
    if (part->elements() == 0)
      continue;
    SmallVector<OpFoldResult> offsets(shape.size(), b.getIndexAttr(0)), sizes,
        steps(shape.size(), b.getIndexAttr(1));
    for (int64_t dim : part->shape)
      sizes.push_back(b.getIndexAttr(dim));
    offsets[axis] = b.getIndexAttr(at);
    at += part->shape[axis];
    Value source = value(part);
    result =
        tensor::InsertSliceOp::create(b, source, result, offsets, sizes, steps);
  }
  return wrap(result, type);
}

TensorRef TensorBuilder::pad(const TensorRef &x, ShapeRef low, ShapeRef high,
                             Scalar element) {
  Shape shape = x->shape;
  SmallVector<OpFoldResult> l, h;
  for (size_t d = 0; d < shape.size(); ++d) {
    shape[d] += low[d] + high[d];
    l.push_back(b.getIndexAttr(low[d]));
    h.push_back(b.getIndexAttr(high[d]));
  }
  if (ShapeRef(x->shape) == ShapeRef(shape))
    return x;
  Value source = value(x), scalar = constant(x->type, element);
  return wrap(
      tensor::PadOp::create(b, typeOf(shape, x->type), source, l, h, scalar),
      x->type);
}

} // namespace edgebert::onnx
