//===- ScalarExpr.cpp - what a chain of tensor ops computes ---------------===//

#include "edgebert/Analysis/ScalarExpr.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/ADT/bit.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace edgebert::analysis {

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

static std::optional<double> getNumber(Attribute attr) {
  if (auto number = dyn_cast<FloatAttr>(attr))
    return number.getValueAsDouble();
  if (auto number = dyn_cast<IntegerAttr>(attr))
    return static_cast<double>(number.getValue().getSExtValue());
  return std::nullopt;
}

std::optional<double> getSplatConstant(Value value) {
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  if (auto dense = dyn_cast<DenseElementsAttr>(attr)) {
    if (!dense.isSplat())
      return std::nullopt;
    return getNumber(dense.getSplatValue<Attribute>());
  }
  if (auto resource = dyn_cast<DenseF32ResourceElementsAttr>(attr)) {
    std::optional<ArrayRef<float>> data = resource.tryGetAsArrayRef();
    if (data && data->size() == 1)
      return data->front();
    return std::nullopt;
  }
  return getNumber(attr);
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

static void flattenInto(const Index *index, IndexList &out) {
  if (!index)
    return;
  if (index->kind != Index::Kind::Join)
    return out.push_back(index);
  for (const Index *part : index->parts)
    flattenInto(part, out);
}

IndexList flattenIndices(ArrayRef<const Index *> indices) {
  IndexList out;
  for (const Index *index : indices)
    flattenInto(index, out);
  return out;
}

const Index *ScalarExprs::intern(Index index) {
  // Parentheses: in braces, two pointers would be the list itself.
  std::vector<const void *> parts(index.parts.begin(), index.parts.end());
  std::vector<int64_t> extents(index.pieceExtents.begin(),
                               index.pieceExtents.end());
  IndexKey key(static_cast<int>(index.kind), index.number, std::move(parts),
               std::move(extents));
  std::unique_ptr<Index> &slot = indices[key];
  if (!slot)
    slot = std::make_unique<Index>(std::move(index));
  return slot.get();
}

const Index *ScalarExprs::freshIndex(int64_t extent) {
  if (extent == 1)
    return nullptr;
  Index index{Index::Kind::Dim, extent, {}, nextIndex++, {}};
  return intern(std::move(index));
}

IndexList ScalarExprs::freshIndices(ArrayRef<int64_t> shape) {
  IndexList list;
  for (int64_t extent : shape)
    list.push_back(freshIndex(extent));
  return list;
}

/// Whether `parts` are all the pieces of one index, in order.
static const Index *reunite(ArrayRef<const Index *> parts) {
  const Index *first = parts.front();
  if (first->kind != Index::Kind::Piece ||
      first->pieceExtents.size() != parts.size())
    return nullptr;
  for (auto [number, part] : llvm::enumerate(parts))
    if (part->kind != Index::Kind::Piece || part->parts != first->parts ||
        part->number != number || part->pieceExtents != first->pieceExtents)
      return nullptr;
  return first->parts.front();
}

const Index *ScalarExprs::join(ArrayRef<const Index *> parts) {
  IndexList flat = flattenIndices(parts);
  if (flat.empty())
    return nullptr;
  if (flat.size() == 1)
    return flat.front();
  if (const Index *whole = reunite(flat))
    return whole;
  int64_t extent = 1;
  for (const Index *part : flat)
    extent *= part->extent;
  Index index{Index::Kind::Join, extent, {flat.begin(), flat.end()}, 0, {}};
  return intern(std::move(index));
}

IndexList ScalarExprs::split(const Index *index, ArrayRef<int64_t> extents) {
  SmallVector<int64_t, 4> proper;
  for (int64_t extent : extents)
    if (extent != 1)
      proper.push_back(extent);

  // The parts of a join are redistributed where the boundaries agree.
  IndexList parts;
  IndexList flat = flattenIndices({index});
  ArrayRef<const Index *> rest = flat;
  for (int64_t extent : proper) {
    int64_t covered = 1;
    size_t taken = 0;
    while (taken < rest.size() && covered < extent)
      covered *= rest[taken++]->extent;
    if (covered != extent)
      break;
    parts.push_back(join(rest.take_front(taken)));
    rest = rest.drop_front(taken);
  }
  if (parts.size() != proper.size() || !rest.empty()) {
    parts.clear();
    for (unsigned number = 0; number < proper.size(); ++number) {
      Index piece{Index::Kind::Piece, proper[number], {index}, number, proper};
      parts.push_back(intern(std::move(piece)));
    }
  }

  IndexList all;
  unsigned next = 0;
  for (int64_t extent : extents)
    all.push_back(extent == 1 ? nullptr : parts[next++]);
  return all;
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

/// Whether `index` contains `what`.
static bool contains(const Index *index, const Index *what) {
  if (!index)
    return false;
  return index == what || llvm::any_of(index->parts, [&](const Index *part) {
           return contains(part, what);
         });
}

bool Expr::mentions(const Index *index) const {
  return llvm::any_of(indices,
                      [&](const Index *i) { return contains(i, index); });
}

const Expr *ScalarExprs::intern(Expr expr) {
  // Two applications of another op are equal if op and attributes are.
  std::vector<const void *> list(expr.operands.begin(), expr.operands.end());
  const void *identity = expr.value.getAsOpaquePointer();
  if (expr.kind == Expr::Kind::Reduce)
    identity = expr.source;
  if (expr.isApply(ScalarOp::Other)) {
    identity = expr.source->getName().getAsOpaquePointer();
    list.push_back(expr.source->getAttrDictionary().getAsOpaquePointer());
    // Index values, extracted elements and the like stand for themselves.
    if (expr.operands.empty() || !isPure(expr.source) ||
        isa<tensor::ExtractOp>(expr.source))
      list.push_back(expr.source);
  }
  std::vector<const void *> at(expr.indices.begin(), expr.indices.end());
  ExprKey key(static_cast<int>(expr.kind), static_cast<int>(expr.op), identity,
              expr.resultNumber, llvm::bit_cast<uint64_t>(expr.number),
              std::move(list), std::move(at));
  std::unique_ptr<Expr> &slot = exprs[key];
  if (!slot)
    slot = std::make_unique<Expr>(std::move(expr));
  return slot.get();
}

const Expr *ScalarExprs::access(Value value, ArrayRef<const Index *> indices) {
  Expr expr(Expr::Kind::Access);
  expr.value = value;
  expr.indices.assign(indices.begin(), indices.end());
  return intern(std::move(expr));
}

const Expr *ScalarExprs::constant(double number) {
  Expr expr(Expr::Kind::Constant);
  expr.number = number;
  return intern(std::move(expr));
}

const Expr *ScalarExprs::apply(ScalarOp op, ArrayRef<const Expr *> operands,
                               Operation *source) {
  Expr expr(Expr::Kind::Apply);
  expr.op = op;
  expr.operands.assign(operands.begin(), operands.end());
  expr.source = source;
  return intern(std::move(expr));
}

static ScalarOp classify(Operation *op) {
  return TypeSwitch<Operation *, ScalarOp>(op)
      .Case<arith::AddFOp>([](auto) { return ScalarOp::Add; })
      .Case<arith::SubFOp>([](auto) { return ScalarOp::Sub; })
      .Case<arith::MulFOp>([](auto) { return ScalarOp::Mul; })
      .Case<arith::DivFOp>([](auto) { return ScalarOp::Div; })
      .Case<arith::MaximumFOp, arith::MaxNumFOp>(
          [](auto) { return ScalarOp::Max; })
      .Case<math::PowFOp, math::FPowIOp>([](auto) { return ScalarOp::Pow; })
      .Case<arith::NegFOp>([](auto) { return ScalarOp::Neg; })
      .Case<math::ExpOp>([](auto) { return ScalarOp::Exp; })
      .Case<math::SqrtOp>([](auto) { return ScalarOp::Sqrt; })
      .Case<math::RsqrtOp>([](auto) { return ScalarOp::Rsqrt; })
      .Default([](Operation *) { return ScalarOp::Other; });
}

/// Whether `select` is the maximum of its two values, by a comparison of them.
static bool isMaximum(arith::SelectOp select) {
  auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
  if (!compare)
    return false;
  Value a = select.getTrueValue(), b = select.getFalseValue();
  switch (compare.getPredicate()) {
  case arith::CmpFPredicate::OGT:
  case arith::CmpFPredicate::OGE:
  case arith::CmpFPredicate::UGT:
  case arith::CmpFPredicate::UGE:
    return compare.getLhs() == a && compare.getRhs() == b;
  case arith::CmpFPredicate::OLT:
  case arith::CmpFPredicate::OLE:
  case arith::CmpFPredicate::ULT:
  case arith::CmpFPredicate::ULE:
    return compare.getLhs() == b && compare.getRhs() == a;
  default:
    return false;
  }
}

/// Widening and back loses nothing an 8-bit accelerator could tell; narrowing
/// below f32 would.
static bool isTransparentCast(Operation *op) {
  if (isa<arith::ExtFOp>(op))
    return true;
  auto narrow = dyn_cast<arith::TruncFOp>(op);
  return narrow && getElementTypeOrSelf(narrow.getType()).isF32();
}

//===----------------------------------------------------------------------===//
// Reading the body of a linalg op
//===----------------------------------------------------------------------===//

/// Turns the payload of one linalg op into an expression, given the indices of
/// its loops.
class PayloadReader {
public:
  PayloadReader(ScalarExprs &exprs, linalg::LinalgOp op,
                ArrayRef<const Index *> loops)
      : exprs(exprs), op(op), loops(loops) {}

  /// Null where some access is not by plain loop indices.
  const Expr *read(Value value) {
    auto found = memo.find(value);
    if (found != memo.end())
      return found->second;
    const Expr *expr = readUncached(value);
    memo[value] = expr;
    return expr;
  }

private:
  const Expr *readUncached(Value value);
  const Expr *readArgument(BlockArgument argument);

  ScalarExprs &exprs;
  linalg::LinalgOp op;
  ArrayRef<const Index *> loops;
  llvm::DenseMap<Value, const Expr *> memo;
};

const Expr *PayloadReader::readArgument(BlockArgument argument) {
  OpOperand *operand = op.getMatchingOpOperand(argument);
  bool isInit = op.isDpsInit(operand);
  if (isInit && op.getNumReductionLoops() > 0) {
    Expr expr(Expr::Kind::Accumulator);
    expr.resultNumber = argument.getArgNumber();
    return exprs.intern(std::move(expr));
  }
  auto type = dyn_cast<RankedTensorType>(operand->get().getType());
  if (!type)
    return exprs.access(operand->get(), {});
  AffineMap map = op.getMatchingIndexingMap(operand);
  IndexList indices;
  for (auto [result, extent] : llvm::zip(map.getResults(), type.getShape())) {
    if (extent == 1) {
      indices.push_back(nullptr);
      continue;
    }
    auto dim = dyn_cast<AffineDimExpr>(result);
    if (!dim)
      return nullptr;
    indices.push_back(loops[dim.getPosition()]);
  }
  return exprs.access(operand->get(), indices);
}

const Expr *PayloadReader::readUncached(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (argument.getOwner() == op.getBlock())
      return readArgument(argument);
    return exprs.access(value, {});
  }
  if (std::optional<double> number = getSplatConstant(value))
    return exprs.constant(*number);
  Operation *def = value.getDefiningOp();
  if (def->getBlock() != op.getBlock())
    return exprs.access(value, {});
  if (isTransparentCast(def))
    return read(def->getOperand(0));

  SmallVector<const Expr *, 2> operands;
  for (Value operand : def->getOperands()) {
    if (isa<ShapedType>(operand.getType())) // tensor.extract
      return exprs.apply(ScalarOp::Other, {}, def);
    const Expr *expr = read(operand);
    if (!expr)
      return nullptr;
    operands.push_back(expr);
  }
  if (isa<arith::SIToFPOp, arith::UIToFPOp, arith::IndexCastOp>(def) &&
      operands[0]->kind == Expr::Kind::Constant)
    return operands[0];
  if (auto select = dyn_cast<arith::SelectOp>(def); select && isMaximum(select))
    return exprs.apply(ScalarOp::Max, {operands[1], operands[2]}, def);
  return exprs.apply(classify(def), operands, def);
}

/// Whether `expr`, read inside one payload, uses an accumulator.
static bool usesAccumulator(const Expr *expr) {
  return expr->kind == Expr::Kind::Accumulator ||
         llvm::any_of(expr->operands, usesAccumulator);
}

/// If `yielded` is `accumulator (+) x` with (+) a sum or a maximum, x.
static const Expr *getReduced(const Expr *yielded, unsigned accumulator) {
  if (!yielded->isApply(ScalarOp::Add) && !yielded->isApply(ScalarOp::Max))
    return nullptr;
  for (unsigned side : {0u, 1u}) {
    const Expr *acc = yielded->operands[side];
    const Expr *reduced = yielded->operands[1 - side];
    if (acc->kind == Expr::Kind::Accumulator &&
        acc->resultNumber == accumulator && !usesAccumulator(reduced))
      return reduced;
  }
  return nullptr;
}

/// The indices of the loops of `op`, those of the parallel loops taken from
/// `indices` into its result. False where the result's map is not a plain one.
static bool bindLoops(linalg::LinalgOp op, unsigned resultNumber,
                      ArrayRef<const Index *> indices, IndexList &loops) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  if (llvm::any_of(extents, ShapedType::isDynamic))
    return false;
  loops.assign(extents.size(), nullptr);
  SmallVector<bool> bound(extents.size(), false);
  AffineMap map = op.getIndexingMapMatchingResult(op->getResult(resultNumber));
  for (auto [result, index] : llvm::zip(map.getResults(), indices)) {
    if (auto dim = dyn_cast<AffineDimExpr>(result)) {
      if (bound[dim.getPosition()])
        return false;
      bound[dim.getPosition()] = true;
      loops[dim.getPosition()] = index;
      continue;
    }
    if (!isa<AffineConstantExpr>(result) || index)
      return false;
  }
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (!bound[loop] && kind == utils::IteratorType::parallel &&
        extents[loop] != 1)
      return false;
  return true;
}

const Expr *ScalarExprs::unfoldLinalg(linalg::LinalgOp op,
                                      unsigned resultNumber,
                                      ArrayRef<const Index *> indices) {
  IndexList loops;
  if (!op.hasPureTensorSemantics() || op->getNumRegions() != 1 ||
      op.hasDynamicShape() || !bindLoops(op, resultNumber, indices, loops))
    return nullptr;
  Value yielded = op.getBlock()->getTerminator()->getOperand(resultNumber);
  const Expr *body = PayloadReader(*this, op, loops).read(yielded);
  if (!body || op.getNumReductionLoops() == 0)
    return body;

  OpOperand *init = op.getDpsInitOperand(resultNumber);
  const Expr *reduced =
      getReduced(body, op.getMatchingBlockArgument(init).getArgNumber());
  if (!reduced)
    return nullptr;
  Expr reduce(Expr::Kind::Reduce);
  reduce.op = body->op;
  reduce.source = op;
  reduce.resultNumber = resultNumber;
  reduce.indices.assign(indices.begin(), indices.end());
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction && extents[loop] != 1)
      reduce.reducedExtents.push_back(extents[loop]);
  const Expr *result = intern(std::move(reduce));

  // What the accumulator starts from takes part, unless it is neutral.
  const Expr *start = access(init->get(), indices);
  const Expr *value = unfold(start);
  bool neutral = value && value->kind == Expr::Kind::Constant &&
                 (body->op == ScalarOp::Add
                      ? value->number == 0.0
                      : value->number <= -std::numeric_limits<float>::max());
  return neutral ? result : apply(body->op, {result, start}, nullptr);
}

const Expr *ScalarExprs::instantiate(const Expr *reduce,
                                     ArrayRef<const Index *> indices) {
  auto op = cast<linalg::LinalgOp>(reduce->source);
  IndexList loops;
  if (!bindLoops(op, reduce->resultNumber, reduce->indices, loops))
    return nullptr;
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction && extents[loop] != 1) {
      loops[loop] = indices.front();
      indices = indices.drop_front();
    }
  Value yielded =
      op.getBlock()->getTerminator()->getOperand(reduce->resultNumber);
  OpOperand *init = op.getDpsInitOperand(reduce->resultNumber);
  const Expr *body = PayloadReader(*this, op, loops).read(yielded);
  return body ? getReduced(body,
                           op.getMatchingBlockArgument(init).getArgNumber())
              : nullptr;
}

//===----------------------------------------------------------------------===//
// Unfolding
//===----------------------------------------------------------------------===//

const Expr *ScalarExprs::unfoldReshape(Operation *op,
                                       ArrayRef<const Index *> indices) {
  auto source = cast<RankedTensorType>(op->getOperand(0).getType());
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  if (!source.hasStaticShape() || !result.hasStaticShape())
    return nullptr;
  IndexList into;
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    for (const ReassociationIndices &group : expand.getReassociationIndices()) {
      IndexList parts;
      for (int64_t dim : group)
        parts.push_back(indices[dim]);
      into.push_back(join(parts));
    }
    into.resize(source.getRank(), nullptr);
    return access(op->getOperand(0), into);
  }
  auto collapse = cast<tensor::CollapseShapeOp>(op);
  into.resize(source.getRank(), nullptr);
  for (auto [group, index] :
       llvm::zip(collapse.getReassociationIndices(), indices)) {
    if (!index)
      continue;
    SmallVector<int64_t> extents;
    for (int64_t dim : group)
      extents.push_back(source.getDimSize(dim));
    for (auto [dim, part] : llvm::zip(group, split(index, extents)))
      into[dim] = part;
  }
  return access(op->getOperand(0), into);
}

const Expr *ScalarExprs::unfold(const Expr *access) {
  auto found = unfolded.find(access);
  if (found != unfolded.end())
    return found->second;
  const Expr *expr = unfoldUncached(access);
  unfolded[access] = expr;
  return expr;
}

const Expr *ScalarExprs::unfoldUncached(const Expr *expr) {
  assert(expr->isAccess() && "only accesses unfold");
  auto result = dyn_cast<OpResult>(expr->value);
  if (!result)
    return nullptr;
  if (std::optional<double> number = getSplatConstant(result))
    return constant(*number);
  Operation *op = result.getOwner();
  if (auto fill = dyn_cast<linalg::FillOp>(op)) {
    const Expr *scalar = access(fill.getInputs().front(), {});
    const Expr *value = unfold(scalar);
    return value ? value : scalar;
  }
  if (auto splat = dyn_cast<tensor::SplatOp>(op))
    return access(splat.getInput(), {});
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
    return unfoldReshape(op, expr->indices);
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return unfoldLinalg(linalgOp, result.getResultNumber(), expr->indices);

  // Element-wise ops on whole tensors (or on scalars).
  if (!isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
      !OpTrait::hasElementwiseMappableTraits(op))
    return nullptr;
  SmallVector<const Expr *, 2> operands;
  for (Value operand : op->getOperands())
    operands.push_back(isa<ShapedType>(operand.getType())
                           ? access(operand, expr->indices)
                           : access(operand, {}));
  if (isTransparentCast(op))
    return operands[0];
  if (auto select = dyn_cast<arith::SelectOp>(op); select && isMaximum(select))
    return apply(ScalarOp::Max, {operands[1], operands[2]}, op);
  return apply(classify(op), operands, op);
}

} // namespace edgebert::analysis
