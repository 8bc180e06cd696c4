//===- MatchMatmul.cpp - recognise matrix products and their epilogue -----===//
//
// Any sum over products of two tensors whose loops fall into batch, M, N and K
// (linalg.matmul, batch_matmul, matvec, contract, a generic), then as much of
//
//   relu(scale * product + addendScale * addend)
//
// as follows, in whatever order and with reshapes in between.
//
//===----------------------------------------------------------------------===//

#include "Matcher.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace edgebert::analysis {

namespace {
/// One operand of the product: the tensor and its index per dimension, each
/// null or a loop.
struct Operand {
  Value value;
  IndexList indices;
  bool uses(const Index *loop) const {
    return llvm::is_contained(indices, loop);
  }
};

/// The loops by role, each in the order of the operand that decides it.
struct Loops {
  IndexList batch, m, n, k;
};

/// The linear function of the product that an expression is.
struct Epilogue {
  double scale = 1.0, addendScale = 1.0;
  Value addend;
  bool relu = false;
  /// Where the product is read.
  const Expr *product = nullptr;
};

class MatmulPattern {
public:
  MatmulPattern(ScalarExprs &exprs, OpResult product)
      : m(exprs), product(product) {}
  Match match();

private:
  bool matchProduct();
  bool classify();
  std::optional<Operand> getOperand(const Expr *expr);
  std::optional<Epilogue> getEpilogue(const Expr *expr);
  bool addAddend(Epilogue &epilogue, const Expr *addend, double sign);
  void extendForward();

  Matcher m;
  OpResult product;
  std::string nearMiss;
  Operand lhs, rhs;
  IndexList resultIndices;
  Loops loops;
  /// What the accumulation starts from, if not from zero.
  const Expr *init = nullptr;

  OpResult root;
  Epilogue epilogue;
  /// Ops on the only path from the product to the candidate root.
  llvm::SmallPtrSet<Operation *, 8> path;
};
} // namespace

static int64_t getExtent(const IndexList &list) {
  int64_t extent = 1;
  for (const Index *index : list)
    extent *= index->extent;
  return extent;
}

/// The accessed tensor, seen through transposes, broadcasts and reshapes as far
/// as its dimensions are still single loops.
std::optional<Operand> MatmulPattern::getOperand(const Expr *expr) {
  std::optional<Operand> best;
  size_t mark = m.ops.size(), bestMark = mark;
  while (expr && expr->isAccess()) {
    llvm::SmallPtrSet<const Index *, 4> seen;
    if (llvm::all_of(expr->indices, [&](const Index *index) {
          return !index ||
                 (index->kind == Index::Kind::Dim && seen.insert(index).second);
        })) {
      best = Operand{expr->value, expr->indices};
      bestMark = m.ops.size();
    }
    if (Operation *op = expr->value.getDefiningOp())
      m.ops.push_back(op);
    expr = m.exprs.unfold(expr);
  }
  m.ops.truncate(bestMark);
  return best;
}

bool MatmulPattern::classify() {
  auto pick = [](const IndexList &order, auto &&belongs) {
    IndexList list;
    for (const Index *loop : order)
      if (loop && belongs(loop))
        list.push_back(loop);
    return list;
  };
  auto inResult = [&](const Index *loop) {
    return llvm::is_contained(resultIndices, loop);
  };
  auto inLhs = [&](const Index *loop) { return lhs.uses(loop); };
  auto inRhs = [&](const Index *loop) { return rhs.uses(loop); };
  loops.batch =
      pick(resultIndices, [&](auto *l) { return inLhs(l) && inRhs(l); });
  loops.m = pick(resultIndices, [&](auto *l) { return inLhs(l) && !inRhs(l); });
  loops.n = pick(resultIndices, [&](auto *l) { return !inLhs(l) && inRhs(l); });
  loops.k =
      pick(lhs.indices, [&](auto *l) { return !inResult(l) && inRhs(l); });
  auto count = [](const IndexList &list) {
    return llvm::count_if(list, [](const Index *l) { return l != nullptr; });
  };
  bool complete =
      count(resultIndices) ==
          int64_t(loops.batch.size() + loops.m.size() + loops.n.size()) &&
      count(lhs.indices) ==
          int64_t(loops.batch.size() + loops.m.size() + loops.k.size()) &&
      count(rhs.indices) ==
          int64_t(loops.batch.size() + loops.n.size() + loops.k.size());
  if (!complete)
    nearMiss = "a sum of products whose loops are not all of batch, M, N or K";
  // A sum of squares, say, whose square is another op, or of one tensor; a
  // product of one row and one column each is written as a product.
  bool matrix = count(loops.m) + count(loops.n) > 0 || loops.batch.empty() ||
                (linalg::isaContractionOpInterface(
                     cast<linalg::LinalgOp>(product.getOwner())) &&
                 lhs.value != rhs.value);
  return complete && matrix;
}

bool MatmulPattern::matchProduct() {
  auto type = cast<RankedTensorType>(product.getType());
  resultIndices = m.exprs.freshIndices(type.getShape());
  const Expr *top = m.exprs.unfold(m.exprs.access(product, resultIndices));
  if (!top)
    return false;
  const Expr *reduce = top;
  if (top->isApply(ScalarOp::Add) && !top->source) {
    reduce = top->operands[0];
    init = top->operands[1];
  }
  if (!reduce->isReduce(ScalarOp::Add))
    return false;
  const Expr *body =
      m.exprs.instantiate(reduce, m.exprs.freshIndices(reduce->reducedExtents));
  if (!body || !body->isApply(ScalarOp::Mul) ||
      !body->operands[0]->isAccess() || !body->operands[1]->isAccess())
    return false;
  m.ops.push_back(product.getOwner());
  std::optional<Operand> first = getOperand(body->operands[0]);
  std::optional<Operand> second = getOperand(body->operands[1]);
  if (!first || !second)
    return false;
  lhs = *first, rhs = *second;
  for (Value operand : {lhs.value, rhs.value}) {
    Type element = getElementTypeOrSelf(operand.getType());
    if (!element.isF32()) {
      nearMiss = "a matrix product of " + llvm::formatv("{0}", element).str() +
                 ", expected f32";
      return false;
    }
  }
  // Weights are on the right, where a bias per column is theirs. Otherwise the
  // result's own order of M and N decides.
  bool lhsConstant = isConstantDerived(lhs.value);
  bool rhsConstant = isConstantDerived(rhs.value);
  bool reversed = false;
  for (const Index *index : resultIndices)
    if (index && lhs.uses(index) != rhs.uses(index)) {
      reversed = rhs.uses(index);
      break;
    }
  if (lhsConstant != rhsConstant ? lhsConstant : reversed)
    std::swap(lhs, rhs);
  return classify();
}

/// Adds `sign * addend` if it is a constant per column.
bool MatmulPattern::addAddend(Epilogue &epilogue, const Expr *addend,
                              double sign) {
  if (epilogue.relu || epilogue.addend)
    return false;
  IndexList columns;
  for (auto [dim, index] : llvm::zip(resultIndices, epilogue.product->indices))
    if (dim && llvm::is_contained(loops.n, dim))
      columns.push_back(index);
  epilogue.addend = m.bindConstant(addend, getExtent(loops.n), columns);
  epilogue.addendScale = sign;
  return bool(epilogue.addend);
}

std::optional<Epilogue> MatmulPattern::getEpilogue(const Expr *expr) {
  // Down the path, and only the path: other operands may be whole models.
  while (expr->isAccess()) {
    if (expr->value == product) {
      Epilogue start;
      start.product = expr;
      if (init) {
        // The sum starts from a bias: instead of `init`, which is read at the
        // product's own indices, its reading at the root's.
        auto op = cast<linalg::LinalgOp>(product.getOwner());
        Value value = op.getDpsInitOperand(product.getResultNumber())->get();
        if (!addAddend(start, m.exprs.access(value, expr->indices), 1.0))
          return std::nullopt;
      }
      return start;
    }
    Operation *op = expr->value.getDefiningOp();
    const Expr *next = path.contains(op) ? m.exprs.unfold(expr) : nullptr;
    if (!next)
      return std::nullopt;
    m.ops.push_back(op);
    expr = next;
  }
  if (expr->kind != Expr::Kind::Apply || expr->operands.empty() ||
      expr->operands.size() > 2)
    return std::nullopt;

  std::optional<Epilogue> result;
  unsigned side = 0;
  for (unsigned number = 0; number < expr->operands.size(); ++number)
    if (std::optional<Epilogue> found = getEpilogue(expr->operands[number])) {
      if (result)
        return std::nullopt;
      result = found;
      side = number;
    }
  if (!result)
    return std::nullopt;
  auto rescale = [&](double factor) -> std::optional<Epilogue> {
    if (result->relu && !(factor > 0))
      return std::nullopt;
    result->scale *= factor;
    result->addendScale *= factor;
    return result;
  };
  if (expr->op == ScalarOp::Neg)
    return rescale(-1.0);
  if (expr->operands.size() != 2)
    return std::nullopt;
  const Expr *other = expr->operands[1 - side];

  if (expr->op == ScalarOp::Add)
    return addAddend(*result, other, 1.0) ? result : std::nullopt;
  if (expr->op == ScalarOp::Sub) {
    if (side == 1 && !rescale(-1.0))
      return std::nullopt;
    return addAddend(*result, other, side == 0 ? -1.0 : 1.0) ? result
                                                             : std::nullopt;
  }
  std::optional<double> number = m.number(other);
  if (!number)
    return std::nullopt;
  if (expr->op == ScalarOp::Mul)
    return rescale(*number);
  if (expr->op == ScalarOp::Div && side == 0 && *number != 0.0)
    return rescale(1.0 / *number);
  if (expr->op == ScalarOp::Max && *number == 0.0) {
    result->relu = true;
    return result;
  }
  return std::nullopt;
}

/// Moves the root forward, op by op, as long as the whole is still a product
/// with an epilogue and no value on the way has another user.
void MatmulPattern::extendForward() {
  SmallVector<Operation *> base(m.ops.begin(), m.ops.end());
  OpResult current = product;
  while (current.hasOneUse() ||
         llvm::all_equal(
             llvm::make_range(current.user_begin(), current.user_end()))) {
    if (current.use_empty())
      break;
    Operation *user = *current.user_begin();
    if (user->getNumResults() != 1 ||
        user->getBlock() != product.getOwner()->getBlock())
      break;
    auto type = dyn_cast<RankedTensorType>(user->getResult(0).getType());
    if (!type || !type.hasStaticShape() || !type.getElementType().isF32())
      break;
    current = user->getResult(0);
    path.insert(user);

    IndexList indices = m.exprs.freshIndices(type.getShape());
    const Expr *access = m.exprs.access(current, indices);
    const Expr *top = m.exprs.unfold(access);
    if (!top)
      break;
    m.ops.assign(base.begin(), base.end());
    std::optional<Epilogue> found = getEpilogue(access);
    // The order of elements must be the product's: the contract of resultPerm.
    if (!found ||
        flattenIndices(found->product->indices) != flattenIndices(indices))
      break;
    if (top->isAccess())
      continue; // A reshape: part of the kernel only if arithmetic follows.
    root = current;
    epilogue = *found;
    base.assign(m.ops.begin(), m.ops.end());
  }
  m.ops.assign(base.begin(), base.end());
}

/// The dimensions of `operand` in the order of `groups`, unit ones first.
static SmallVector<int64_t> getPermutation(const IndexList &indices,
                                           ArrayRef<const IndexList *> groups) {
  SmallVector<int64_t> perm;
  for (auto [dim, index] : llvm::enumerate(indices))
    if (!index)
      perm.push_back(dim);
  for (const IndexList *group : groups)
    for (const Index *loop : *group)
      perm.push_back(llvm::find(indices, loop) - indices.begin());
  return perm;
}

Match MatmulPattern::match() {
  Match match;
  if (!matchProduct()) {
    match.nearMiss = nearMiss;
    return match;
  }
  root = product;
  std::optional<Epilogue> start =
      getEpilogue(m.exprs.access(product, resultIndices));
  if (!start) {
    match.nearMiss = "a matrix product that accumulates into a tensor which is "
                     "neither zero nor a constant per column";
    return match;
  }
  epilogue = *start;
  extendForward();

  auto kernel = std::make_unique<MatmulKernel>();
  kernel->contraction = product.getOwner();
  kernel->root = root.getOwner();
  kernel->result = root;
  kernel->lhs = lhs.value;
  kernel->rhs = rhs.value;
  kernel->addend = epilogue.addend;
  kernel->scale = epilogue.scale;
  kernel->addendScale = epilogue.addend ? epilogue.addendScale : 1.0;
  kernel->relu = epilogue.relu;
  kernel->batch = getExtent(loops.batch);
  kernel->m = getExtent(loops.m);
  kernel->n = getExtent(loops.n);
  kernel->k = getExtent(loops.k);
  kernel->lhsPerm =
      getPermutation(lhs.indices, {&loops.batch, &loops.m, &loops.k});
  kernel->rhsPerm =
      getPermutation(rhs.indices, {&loops.batch, &loops.n, &loops.k});
  // From the result's dimensions to [batch, M, N], and back.
  SmallVector<int64_t> toGroups =
      getPermutation(resultIndices, {&loops.batch, &loops.m, &loops.n});
  auto shape = cast<RankedTensorType>(product.getType()).getShape();
  kernel->resultPerm.resize(toGroups.size());
  for (auto [position, dim] : llvm::enumerate(toGroups)) {
    kernel->resultPerm[dim] = position;
    kernel->resultDims.push_back(shape[dim]);
  }
  match.kernel = std::move(kernel);
  match.ops = std::move(m.ops);
  return match;
}

Match matchMatmul(ScalarExprs &exprs, OpResult root) {
  auto op = dyn_cast<linalg::LinalgOp>(root.getOwner());
  if (!op || op.getNumReductionLoops() == 0)
    return {};
  return MatmulPattern(exprs, root).match();
}

} // namespace edgebert::analysis
