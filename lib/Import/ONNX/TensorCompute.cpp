//===- TensorCompute.cpp - TensorBuilder's loops over elements ------------===//

#include "TensorBuilder.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace edgebert::onnx {

//===----------------------------------------------------------------------===//
// Element-wise
//===----------------------------------------------------------------------===//

/// An operand of a broadcasting loop: a tensor and where it is read.
struct LoopOperand {
  Value value;
  SmallVector<AffineExpr> at;
};

/// Reads `value` under numpy broadcasting in a loop over `shape`. A
/// tensor.expand_shape that only adds unit dimensions is looked through, so
/// that a kept reduction [N,1] is read as [N] wherever it comes from.
static LoopOperand readAt(Value value, ShapeRef shape, MLIRContext *context) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t lead = int64_t(shape.size()) - type.getRank();
  LoopOperand operand{value, {}};
  for (auto [d, dim] : llvm::enumerate(type.getShape()))
    operand.at.push_back(dim == 1 && shape[lead + d] != 1
                             ? getAffineConstantExpr(0, context)
                             : getAffineDimExpr(lead + d, context));
  auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
  if (!expand)
    return operand;
  LoopOperand inner{expand.getSrc(), {}};
  for (const auto &group : expand.getReassociationIndices()) {
    auto isLong = [&](int64_t d) { return type.getDimSize(d) != 1; };
    if (llvm::count_if(group, isLong) > 1)
      return operand;
    const auto *at = llvm::find_if(group, isLong);
    inner.at.push_back(operand.at[at == group.end() ? group.back() : *at]);
  }
  return inner;
}

static std::optional<HostTensor> foldElementwise(ArrayRef<HostTensor> operands,
                                                 ShapeRef shape, DType type,
                                                 HostFn fold) {
  HostTensor result(type, shape);
  SmallVector<Scalar> elements(operands.size());
  for (int64_t i = 0, e = result.size(); i < e; ++i) {
    for (auto [element, operand] : llvm::zip_equal(elements, operands))
      element = operand.get(i);
    std::optional<Scalar> value = fold(elements);
    if (!value)
      return std::nullopt;
    result.set(i, *value);
  }
  return result;
}

TensorRef TensorBuilder::elementwise(ArrayRef<TensorRef> operands,
                                     ShapeRef shape, DType type, ScalarFn emit,
                                     HostFn fold) {
  if (fold && isFoldable(type, shape) &&
      llvm::all_of(operands, [&](const TensorRef &x) {
        return host(x) && isFoldable(x->type, shape);
      })) {
    SmallVector<HostTensor> known;
    for (const TensorRef &x : operands)
      known.push_back(*host(broadcast(x, shape)));
    if (auto result = foldElementwise(known, shape, type, fold))
      return this->known(std::move(*result));
  }

  // Known single elements become scalar constants of the loop body; the others
  // are read through maps.
  MLIRContext *context = b.getContext();
  SmallVector<LoopOperand> reads;
  SmallVector<Value> args(operands.size());
  bool squeezed = false;
  for (auto [arg, x] : llvm::zip_equal(args, operands)) {
    const HostTensor *known = host(x);
    if (known && known->size() == 1) {
      arg = constant(x->type, known->get(0));
      continue;
    }
    reads.push_back(readAt(value(x), shape, context));
    squeezed |= reads.back().value != x->value;
  }

  // Unit dimensions that exist only because of such an expand_shape leave the
  // loop and come back behind it: the chain stays in its short form.
  SmallVector<int64_t> kept;
  Shape loopShape;
  SmallVector<AffineExpr> renumber;
  for (int64_t d = 0, e = shape.size(); d < e; ++d) {
    bool used = llvm::any_of(reads, [&](const LoopOperand &read) {
      return llvm::any_of(read.at,
                          [&](AffineExpr at) { return at.isFunctionOfDim(d); });
    });
    bool drop = squeezed && shape[d] == 1 && !used;
    renumber.push_back(drop ? getAffineConstantExpr(0, context)
                            : getAffineDimExpr(loopShape.size(), context));
    if (!drop)
      loopShape.push_back(shape[d]);
  }

  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (LoopOperand &read : reads) {
    for (AffineExpr &at : read.at)
      at = at.replaceDims(renumber);
    inputs.push_back(read.value);
    maps.push_back(AffineMap::get(loopShape.size(), 0, read.at, context));
  }
  maps.push_back(b.getMultiDimIdentityMap(loopShape.size()));
  SmallVector<utils::IteratorType> loops(loopShape.size(),
                                         utils::IteratorType::parallel);
  Value init = empty(loopShape, type);
  auto op = linalg::GenericOp::create(
      b, TypeRange{init.getType()}, inputs, ValueRange{init}, maps, loops,
      [&](OpBuilder &nested, Location loc, ValueRange elements) {
        ImplicitLocOpBuilder body(loc, nested);
        size_t next = 0;
        for (Value &arg : args)
          if (!arg)
            arg = elements[next++];
        linalg::YieldOp::create(body, emit(body, args));
      });
  return reshape(wrap(op.getResult(0), type), shape);
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

/// Folds a gather with known data and indices, or turns known equidistant
/// indices into a slice.
static TensorRef gatherKnown(TensorBuilder &builder, const TensorRef &data,
                             const HostTensor &indices, int64_t axis,
                             ShapeRef shape) {
  int64_t count = indices.size(), extent = data->shape[axis];
  SmallVector<int64_t> at;
  for (int64_t index : indices.ints)
    at.push_back(index < 0 ? index + extent : index);
  Shape offsets(data->rank(), 0), sizes = data->shape, steps(data->rank(), 1);
  sizes[axis] = 1;
  if (const HostTensor *known = builder.host(data)) {
    HostTensor result(data->type, shape);
    int64_t inner = 1;
    for (int64_t dim : ShapeRef(data->shape).drop_front(axis + 1))
      inner *= dim;
    for (int64_t i = 0, e = result.size(); i < e; ++i) {
      int64_t outer = i / (count * inner), k = i / inner % count;
      result.set(i, known->get((outer * extent + at[k]) * inner + i % inner));
    }
    return builder.known(std::move(result));
  }
  int64_t step = count > 1 ? at[1] - at[0] : 1;
  for (int64_t k = 1; k < count; ++k)
    if (at[k] - at[k - 1] != step || step <= 0)
      return nullptr;
  offsets[axis] = at[0];
  sizes[axis] = count;
  steps[axis] = step;
  return builder.reshape(builder.slice(data, offsets, sizes, steps), shape);
}

TensorRef TensorBuilder::gather(const TensorRef &data, const TensorRef &indices,
                                int64_t axis) {
  Shape shape(ShapeRef(data->shape).take_front(axis));
  shape.append(indices->shape);
  shape.append(data->shape.begin() + axis + 1, data->shape.end());
  if (*countElements(shape) == 0)
    return wrap(empty(shape, data->type), data->type);
  if (const HostTensor *known = host(indices))
    if (TensorRef result = gatherKnown(*this, data, *known, axis, shape))
      return result;

  MLIRContext *context = b.getContext();
  int64_t extent = data->shape[axis], at = indices->rank();
  SmallVector<AffineExpr> read;
  for (int64_t d = 0; d < at; ++d)
    read.push_back(getAffineDimExpr(axis + d, context));
  Value table = value(data), ids = value(indices);
  SmallVector<AffineMap> maps = {AffineMap::get(shape.size(), 0, read, context),
                                 b.getMultiDimIdentityMap(shape.size())};
  SmallVector<utils::IteratorType> loops(shape.size(),
                                         utils::IteratorType::parallel);
  Value init = empty(shape, data->type);
  auto op = linalg::GenericOp::create(
      b, TypeRange{init.getType()}, ValueRange{ids}, ValueRange{init}, maps,
      loops, [&](OpBuilder &nested, Location loc, ValueRange elements) {
        ImplicitLocOpBuilder body(loc, nested);
        auto index = [&](int64_t value) -> Value {
          return arith::ConstantIndexOp::create(body, value);
        };
        Value zero = index(0), size = index(extent), last = index(extent - 1);
        Value id =
            arith::IndexCastOp::create(body, body.getIndexType(), elements[0]);
        Value negative =
            arith::CmpIOp::create(body, arith::CmpIPredicate::slt, id, zero);
        Value fromEnd = arith::AddIOp::create(body, id, size);
        id = arith::SelectOp::create(body, negative, fromEnd, id);
        id = arith::MaxSIOp::create(body, id, zero);
        id = arith::MinSIOp::create(body, id, last);
        SmallVector<Value> from;
        for (int64_t d = 0; d < axis; ++d)
          from.push_back(linalg::IndexOp::create(body, d));
        from.push_back(id);
        for (int64_t d = axis + 1; d < data->rank(); ++d)
          from.push_back(linalg::IndexOp::create(body, d - 1 + at));
        Value element = tensor::ExtractOp::create(body, table, from);
        linalg::YieldOp::create(body, element);
      });
  return wrap(op.getResult(0), data->type);
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

TensorRef TensorBuilder::reduce(const TensorRef &x, ArrayRef<int64_t> dims,
                                Scalar init, ScalarFn emit) {
  if (dims.empty())
    return x;
  MLIRContext *context = b.getContext();
  Shape shape;
  SmallVector<AffineExpr> write;
  SmallVector<utils::IteratorType> loops;
  for (int64_t d = 0; d < x->rank(); ++d) {
    bool reduced = llvm::is_contained(dims, d);
    loops.push_back(reduced ? utils::IteratorType::reduction
                            : utils::IteratorType::parallel);
    if (reduced)
      continue;
    shape.push_back(x->shape[d]);
    write.push_back(getAffineDimExpr(d, context));
  }
  SmallVector<AffineMap> maps = {b.getMultiDimIdentityMap(x->rank()),
                                 AffineMap::get(x->rank(), 0, write, context)};
  Value source = value(x), start = filled(shape, x->type, init);
  auto op = linalg::GenericOp::create(
      b, TypeRange{start.getType()}, ValueRange{source}, ValueRange{start},
      maps, loops, [&](OpBuilder &nested, Location loc, ValueRange elements) {
        ImplicitLocOpBuilder body(loc, nested);
        linalg::YieldOp::create(body, emit(body, elements));
      });
  return wrap(op.getResult(0), x->type);
}

TensorRef TensorBuilder::keepDims(const TensorRef &reduced, const TensorRef &x,
                                  ArrayRef<int64_t> dims, bool keep) {
  if (!keep)
    return reduced;
  Shape shape = x->shape;
  for (int64_t d : dims)
    shape[d] = 1;
  return reshape(reduced, shape);
}

TensorRef TensorBuilder::matmul(const TensorRef &lhs, const TensorRef &rhs) {
  Value a = value(lhs), w = value(rhs);
  Shape shape = lhs->shape;
  shape.back() = rhs->shape.back();
  Value init = filled(shape, lhs->type, Scalar());
  Operation *op =
      lhs->rank() == 2
          ? linalg::MatmulOp::create(b, TypeRange{init.getType()},
                                     ValueRange{a, w}, ValueRange{init})
                .getOperation()
          : linalg::BatchMatmulOp::create(b, TypeRange{init.getType()},
                                          ValueRange{a, w}, ValueRange{init})
                .getOperation();
  return wrap(op->getResult(0), lhs->type);
}

} // namespace edgebert::onnx
