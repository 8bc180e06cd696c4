//===- Matcher.cpp - matching expressions, remembering the ops ------------===//

#include "Matcher.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace edgebert::analysis {

std::string describeAxis(int64_t axis, int64_t rank) {
  return "dimension " + std::to_string(axis) + " of " + std::to_string(rank);
}

const Expr *Matcher::open(const Expr *expr) {
  while (expr->isAccess()) {
    const Expr *next = exprs.unfold(expr);
    if (!next)
      return expr;
    if (Operation *op = expr->value.getDefiningOp();
        next->kind != Expr::Kind::Constant)
      ops.push_back(op);
    expr = next;
  }
  return expr;
}

std::optional<double> Matcher::number(const Expr *expr) {
  std::optional<double> result;
  attempt([&] {
    const Expr *opened = open(expr);
    if (opened->kind == Expr::Kind::Constant)
      result = opened->number;
    return result.has_value();
  });
  return result;
}

const Expr *Matcher::forwarded(const Expr *expr) {
  const Expr *next = exprs.unfold(expr);
  return next && next->isAccess() ? next : nullptr;
}

const Expr *Matcher::last(const Expr *expr) {
  while (expr->isAccess()) {
    const Expr *next = forwarded(expr);
    if (!next)
      break;
    ops.push_back(expr->value.getDefiningOp());
    expr = next;
  }
  return expr;
}

/// Whether two values are results of the same computation (a repeated constant,
/// a repeated numfmt.dequantize of the same codes).
static bool isSameComputation(Value a, Value b, unsigned depth = 4) {
  if (a == b)
    return true;
  auto x = dyn_cast<OpResult>(a), y = dyn_cast<OpResult>(b);
  if (!depth || !x || !y || x.getResultNumber() != y.getResultNumber() ||
      x.getOwner()->getNumRegions() || !isMemoryEffectFree(x.getOwner()))
    return false;
  return OperationEquivalence::isEquivalentTo(
      x.getOwner(), y.getOwner(),
      [&](Value p, Value q) {
        return success(isSameComputation(p, q, depth - 1));
      },
      /*markEquivalent=*/nullptr, OperationEquivalence::IgnoreLocations);
}

bool Matcher::equal(const Expr *a, const Expr *b, unsigned depth) {
  if (a == b)
    return true;
  if (!depth)
    return false;
  return attempt([&] {
    a = last(a), b = last(b);
    if (a == b)
      return true;
    if (a->isAccess() && b->isAccess() && a->indices == b->indices &&
        isSameComputation(a->value, b->value))
      return true;
    a = open(a), b = open(b);
    if (a == b)
      return true;
    if (a->kind != b->kind || a->op != b->op ||
        a->operands.size() != b->operands.size())
      return false;
    if (a->kind == Expr::Kind::Reduce) {
      if (a->reducedExtents != b->reducedExtents)
        return false;
      IndexList loops = exprs.freshIndices(a->reducedExtents);
      const Expr *x = exprs.instantiate(a, loops);
      const Expr *y = exprs.instantiate(b, loops);
      return x && y && equal(x, y, depth - 1);
    }
    if (a->kind != Expr::Kind::Apply || a->op == ScalarOp::Other)
      return false;
    return llvm::all_of(llvm::zip(a->operands, b->operands), [&](auto pair) {
      return equal(std::get<0>(pair), std::get<1>(pair), depth - 1);
    });
  });
}

Value Matcher::bindTensor(const Expr *expr, RankedTensorType type,
                          ArrayRef<const Index *> indices) {
  IndexList order = flattenIndices(indices);
  size_t mark = ops.size(), best = mark;
  Value found;
  while (expr && expr->isAccess()) {
    auto source = dyn_cast<RankedTensorType>(expr->value.getType());
    bool same = source == type;
    // A reshape of rows to the same rows will do, but the very type is better.
    if (source && source.getElementType() == type.getElementType() &&
        (same || !found) && flattenIndices(expr->indices) == order &&
        (same ||
         (source.getRank() && expr->indices.back() == indices.back()))) {
      found = expr->value;
      best = ops.size();
      if (same)
        break;
    }
    ops.push_back(expr->value.getDefiningOp());
    expr = forwarded(expr);
  }
  ops.truncate(best);
  return found;
}

Value Matcher::bindConstant(const Expr *expr, int64_t count,
                            ArrayRef<const Index *> indices) {
  if (!expr->isAccess() || !isConstantDerived(expr->value))
    return nullptr;
  IndexList wanted = flattenIndices(indices);
  size_t mark = ops.size(), best = mark;
  Value found;
  while (expr && expr->isAccess()) {
    auto type = dyn_cast<RankedTensorType>(expr->value.getType());
    if (type && type.hasStaticShape() && type.getNumElements() == count &&
        flattenIndices(expr->indices) == wanted) {
      found = expr->value;
      best = ops.size();
    }
    ops.push_back(expr->value.getDefiningOp());
    expr = forwarded(expr);
  }
  ops.truncate(best);
  return found;
}

bool isConstantDerived(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (matchPattern(value, m_Constant()))
    return true;
  // Ops with regions may capture; linalg's do not read anything but operands,
  // and a body that captures a non-constant is caught by the walk.
  if (!isMemoryEffectFree(op) || op->getNumOperands() == 0)
    return false;
  bool captures = false;
  for (Region &region : op->getRegions())
    region.walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (!region.isAncestor(operand.getParentRegion()) &&
            !matchPattern(operand, m_Constant()))
          captures = true;
    });
  return !captures && llvm::all_of(op->getOperands(), [](Value operand) {
    Operation *def = operand.getDefiningOp();
    return (def && def->getName().getStringRef() == "tensor.empty") ||
           isConstantDerived(operand);
  });
}

} // namespace edgebert::analysis
