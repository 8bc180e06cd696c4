//===- ReductionOperators.cpp - ONNX reductions ---------------------------===//

#include "NodeImport.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "onnx/onnx_pb.h"

#include <limits>

using namespace mlir;
using Body = ImplicitLocOpBuilder;

namespace edgebert::onnx {

namespace {
enum class Kind {
  Sum,
  Mean,
  Prod,
  Max,
  Min,
  L1,
  L2,
  SumSquare,
  LogSum,
  LogSumExp
};
} // namespace

template <typename FloatOp>
static TensorRef apply(NodeImport &n, const TensorRef &x) {
  return n.b.elementwise(
      {x}, x->shape, x->type,
      [](Body &b, ValueRange v) -> Value { return FloatOp::create(b, v[0]); },
      nullptr);
}

template <typename FloatOp>
static TensorRef combine(NodeImport &n, const TensorRef &x,
                         const TensorRef &y) {
  return n.b.elementwise(
      {x, y}, x->shape, x->type,
      [](Body &b, ValueRange v) -> Value {
        return FloatOp::create(b, v[0], v[1]);
      },
      nullptr);
}

//===----------------------------------------------------------------------===//
// The accumulation
//===----------------------------------------------------------------------===//

static Value emitStep(Body &b, Kind kind, DType type, Value x, Value total) {
  switch (kind) {
  case Kind::Prod:
    if (isFloat(type))
      return arith::MulFOp::create(b, x, total);
    return arith::MulIOp::create(b, x, total);
  case Kind::Max:
    if (isFloat(type))
      return arith::MaximumFOp::create(b, x, total);
    if (isUnsigned(type))
      return arith::MaxUIOp::create(b, x, total);
    return arith::MaxSIOp::create(b, x, total);
  case Kind::Min:
    if (isFloat(type))
      return arith::MinimumFOp::create(b, x, total);
    if (isUnsigned(type))
      return arith::MinUIOp::create(b, x, total);
    return arith::MinSIOp::create(b, x, total);
  default:
    if (isFloat(type))
      return arith::AddFOp::create(b, x, total);
    return arith::AddIOp::create(b, x, total);
  }
}

/// Where the accumulation starts: the neutral element.
static Scalar neutral(Kind kind, DType type) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  unsigned width = bitWidth(type);
  int64_t smallest = isUnsigned(type)
                         ? 0
                         : std::numeric_limits<int64_t>::min() >> (64 - width);
  int64_t largest = isUnsigned(type)
                        ? (width == 64 ? -1 : (int64_t(1) << width) - 1)
                        : ~smallest;
  switch (kind) {
  case Kind::Prod:
    return {1, 1};
  case Kind::Max:
    return {smallest, -infinity};
  case Kind::Min:
    return {largest, infinity};
  default:
    return {0, 0};
  }
}

/// Reductions that the importer can do: those of shape arithmetic.
static std::optional<HostTensor> foldReduce(const HostTensor &x, ShapeRef dims,
                                            Kind kind, ShapeRef shape) {
  if (isFloat(x.type) || x.type == DType::U64 ||
      !(kind == Kind::Sum || kind == Kind::Prod || kind == Kind::Max ||
        kind == Kind::Min))
    return std::nullopt;
  HostTensor result(x.type, shape);
  for (int64_t &element : result.ints)
    element = neutral(kind, x.type).i;
  for (int64_t i = 0, e = x.size(); i < e; ++i) {
    // The target's position, from the coordinates that stay.
    int64_t rest = i, at = 0, stride = 1;
    for (int64_t d = int64_t(x.shape.size()) - 1; d >= 0; --d) {
      int64_t coordinate = rest % x.shape[d];
      rest /= x.shape[d];
      if (llvm::is_contained(dims, d))
        continue;
      at += coordinate * stride;
      stride *= x.shape[d];
    }
    uint64_t total = result.ints[at], element = x.ints[i];
    int64_t next = kind == Kind::Sum    ? int64_t(total + element)
                   : kind == Kind::Prod ? int64_t(total * element)
                   : kind == Kind::Max  ? std::max(result.ints[at], x.ints[i])
                                        : std::min(result.ints[at], x.ints[i]);
    result.set(at, {next, 0});
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Reduce*
//===----------------------------------------------------------------------===//

/// The reduced dimensions: an attribute, or for ReduceSum from opset 13 on an
/// input. None given means all, or none with noop_with_empty_axes.
static FailureOr<Shape> reducedDims(NodeImport &n, Kind kind) {
  int64_t rank = n.in(0)->rank();
  FailureOr<Shape> axes = n.intsAttr("axes");
  bool noop = false;
  if (kind == Kind::Sum && n.opset >= 13) {
    axes =
        n.has(1) ? n.knownInts(1, "the axes input") : FailureOr<Shape>(Shape());
    noop = n.intAttr("noop_with_empty_axes", 0);
  }
  if (failed(axes) || n.failed())
    return failure();
  if (axes->empty() && !noop)
    return llvm::to_vector<4>(llvm::seq<int64_t>(0, rank));
  return n.normalizeAxes(*axes, rank);
}

template <Kind kind>
static LogicalResult importReduce(NodeImport &n) {
  TensorRef x = n.in(0);
  if (isBool(x->type))
    return n.error("expected numbers, got bool");
  if (!isFloat(x->type) && kind != Kind::Sum && kind != Kind::Prod &&
      kind != Kind::Max && kind != Kind::Min)
    return n.unsupported("element type " + nameOf(x->type));
  bool keep = n.intAttr("keepdims", 1);
  FailureOr<Shape> dims = reducedDims(n, kind);
  if (failed(dims))
    return failure();
  Shape shape;
  float count = 1;
  for (int64_t d = 0; d < x->rank(); ++d) {
    if (!llvm::is_contained(*dims, d))
      shape.push_back(x->shape[d]);
    else
      count *= x->shape[d];
  }
  if (const HostTensor *known = n.b.host(x))
    if (auto result = foldReduce(*known, *dims, kind, shape))
      return n.set(n.b.keepDims(n.b.known(std::move(*result)), x, *dims, keep));

  TensorRef terms = x, shift;
  if (kind == Kind::L1)
    terms = apply<math::AbsFOp>(n, x);
  if (kind == Kind::L2 || kind == Kind::SumSquare)
    terms = combine<arith::MulFOp>(n, x, x);
  if (kind == Kind::LogSumExp) {
    // Shifted by the maximum, so that nothing overflows.
    shift = n.b.reduce(x, *dims, neutral(Kind::Max, x->type),
                       [&](Body &b, ValueRange v) {
                         return emitStep(b, Kind::Max, x->type, v[0], v[1]);
                       });
    terms = apply<math::ExpOp>(
        n, combine<arith::SubFOp>(n, x, n.b.keepDims(shift, x, *dims, true)));
  }
  TensorRef result = n.b.reduce(terms, *dims, neutral(kind, x->type),
                                [&](Body &b, ValueRange v) {
                                  return emitStep(b, kind, x->type, v[0], v[1]);
                                });
  if (kind == Kind::Mean)
    result = combine<arith::DivFOp>(n, result,
                                    n.b.splat({}, DType::F32, {0, count}));
  if (kind == Kind::L2)
    result = apply<math::SqrtOp>(n, result);
  if (kind == Kind::LogSum || kind == Kind::LogSumExp)
    result = apply<math::LogOp>(n, result);
  if (kind == Kind::LogSumExp)
    result = combine<arith::AddFOp>(n, result, shift);
  return n.set(n.b.keepDims(result, x, *dims, keep));
}

//===----------------------------------------------------------------------===//
// ArgMax, ArgMin
//===----------------------------------------------------------------------===//

/// One loop with two results, the extreme so far and its index. Ties keep the
/// first index, or the last with select_last_index.
template <Kind kind>
static LogicalResult importArg(NodeImport &n) {
  TensorRef x = n.in(0);
  bool keep = n.intAttr("keepdims", 1),
       last = n.intAttr("select_last_index", 0);
  FailureOr<int64_t> axis = n.normalizeAxis(n.intAttr("axis", 0), x->rank());
  if (failed(axis) || n.failed())
    return failure();
  if (!isFloat(x->type))
    return n.unsupported("element type " + nameOf(x->type));
  if (x->elements() == 0)
    return n.error("expected elements, got shape " + toString(x->shape));
  ImplicitLocOpBuilder &b = n.b.ir();
  Shape shape = x->shape;
  shape.erase(shape.begin() + *axis);
  SmallVector<AffineExpr> write;
  SmallVector<utils::IteratorType> loops(x->rank(),
                                         utils::IteratorType::parallel);
  loops[*axis] = utils::IteratorType::reduction;
  for (int64_t d = 0; d < x->rank(); ++d)
    if (d != *axis)
      write.push_back(b.getAffineDimExpr(d));
  AffineMap out = AffineMap::get(x->rank(), 0, write, b.getContext());
  SmallVector<AffineMap> maps = {b.getMultiDimIdentityMap(x->rank()), out, out};
  Value source = n.b.value(x);
  Value extreme = n.b.filled(shape, DType::F32, neutral(kind, DType::F32));
  Value index = n.b.filled(shape, DType::I64, Scalar());
  auto predicate =
      kind == Kind::Max
          ? (last ? arith::CmpFPredicate::OGE : arith::CmpFPredicate::OGT)
          : (last ? arith::CmpFPredicate::OLE : arith::CmpFPredicate::OLT);
  auto op = linalg::GenericOp::create(
      b, TypeRange{extreme.getType(), index.getType()}, ValueRange{source},
      ValueRange{extreme, index}, maps, loops,
      [&](OpBuilder &nested, Location loc, ValueRange v) {
        Body body(loc, nested);
        Value i = linalg::IndexOp::create(body, *axis);
        i = arith::IndexCastOp::create(body, body.getI64Type(), i);
        Value better = arith::CmpFOp::create(body, predicate, v[0], v[1]);
        Value best = arith::SelectOp::create(body, better, v[0], v[1]);
        Value at = arith::SelectOp::create(body, better, i, v[2]);
        linalg::YieldOp::create(body, ValueRange{best, at});
      });
  TensorRef result = n.b.wrap(op.getResult(1), DType::I64);
  return n.set(n.b.keepDims(result, x, {*axis}, keep));
}

void addReductionOperators(OperatorTable &table) {
  table["ReduceSum"] = {1, 2, 1, importReduce<Kind::Sum>};
  table["ReduceMean"] = {1, 1, 1, importReduce<Kind::Mean>};
  table["ReduceProd"] = {1, 1, 1, importReduce<Kind::Prod>};
  table["ReduceMax"] = {1, 1, 1, importReduce<Kind::Max>};
  table["ReduceMin"] = {1, 1, 1, importReduce<Kind::Min>};
  table["ReduceL1"] = {1, 1, 1, importReduce<Kind::L1>};
  table["ReduceL2"] = {1, 1, 1, importReduce<Kind::L2>};
  table["ReduceSumSquare"] = {1, 1, 1, importReduce<Kind::SumSquare>};
  table["ReduceLogSum"] = {1, 1, 1, importReduce<Kind::LogSum>};
  table["ReduceLogSumExp"] = {1, 1, 1, importReduce<Kind::LogSumExp>};
  table["ArgMax"] = {1, 1, 1, importArg<Kind::Max>};
  table["ArgMin"] = {1, 1, 1, importArg<Kind::Min>};
}

} // namespace edgebert::onnx
