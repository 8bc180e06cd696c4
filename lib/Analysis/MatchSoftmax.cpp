//===- MatchSoftmax.cpp - recognise softmax -------------------------------===//
//
// linalg.softmax, and every spelling of
//
//   e(x - max(x)) / sum(e(x - max(x)))        or without the "- max(x)"
//
// with the maximum and the sum along one axis; and any of them under an
// attention span, normalised again:
//
//   w / (sum(w) + epsilon), or w / max(sum(w), epsilon), w = softmax(x) * span
//
//===----------------------------------------------------------------------===//

#include "Matcher.h"

#include <limits>

using namespace mlir;

namespace edgebert::analysis {

namespace {
struct SoftmaxPattern {
  Matcher &m;
  RankedTensorType type;
  IndexList indices;
  const Index *axis;
  Value input, span;
  SmallVector<int64_t> spanDims;

  bool match(const Expr *root);

private:
  bool plain(const Expr *root);
  bool weighted(const Expr *root);
  bool softmaxOp(const Expr *expr);
  bool bindSpan(const Expr *expr);
  bool sumOfWeighted(const Expr *expr, const Expr *numerator);
  bool numerator(const Expr *expr);
  bool denominator(const Expr *expr, const Expr *numerator);
  bool maximum(const Expr *expr, const Expr *input);
  const Expr *reduced(const Expr *expr, ScalarOp op);
};
} // namespace

/// What is reduced along the axis, if `expr` is such a reduction.
const Expr *SoftmaxPattern::reduced(const Expr *expr, ScalarOp op) {
  const Expr *reduce = m.open(expr);
  if (!reduce->isReduce(op) || reduce->mentions(axis) ||
      reduce->reducedExtents.size() != 1 ||
      reduce->reducedExtents[0] != axis->extent)
    return nullptr;
  return m.exprs.instantiate(reduce, {axis});
}

bool SoftmaxPattern::maximum(const Expr *expr, const Expr *input) {
  return m.attempt([&] {
    const Expr *body = reduced(expr, ScalarOp::Max);
    return body && m.equal(body, input);
  }) ||
         // jax: maximum(-inf, max(x))
         m.apply(expr, ScalarOp::Max, [&](const Expr *floor, const Expr *max) {
           std::optional<double> low = m.number(floor);
           return low && *low <= -std::numeric_limits<float>::max() &&
                  maximum(max, input);
         });
}

bool SoftmaxPattern::numerator(const Expr *expr) {
  const Expr *exp = m.open(expr);
  if (!exp->isApply(ScalarOp::Exp))
    return false;
  const Expr *exponent = exp->operands[0];
  if (m.apply(exponent, ScalarOp::Sub, [&](const Expr *x, const Expr *max) {
        if (!maximum(max, x))
          return false;
        input = m.bindTensor(x, type, indices);
        return bool(input);
      }))
    return true;
  input = m.bindTensor(exponent, type, indices);
  return bool(input);
}

bool SoftmaxPattern::denominator(const Expr *expr, const Expr *numerator) {
  return m.attempt([&] {
    const Expr *body = reduced(expr, ScalarOp::Add);
    return body && m.equal(body, numerator);
  });
}

bool SoftmaxPattern::plain(const Expr *root) {
  return m.apply(root, ScalarOp::Div, [&](const Expr *exp, const Expr *sum) {
    return numerator(exp) && denominator(sum, exp);
  }) || m.apply(root, ScalarOp::Mul, [&](const Expr *exp, const Expr *inv) {
    return numerator(exp) &&
           m.apply(inv, ScalarOp::Div, [&](const Expr *one, const Expr *sum) {
             return m.number(one) == 1.0 && denominator(sum, exp);
           });
  });
}

/// A linalg.softmax along the axis, maybe reshaped.
bool SoftmaxPattern::softmaxOp(const Expr *expr) {
  return m.attempt([&] {
    const Expr *access = m.open(expr);
    auto softmax = access->isAccess()
                       ? access->value.getDefiningOp<linalg::SoftmaxOp>()
                       : linalg::SoftmaxOp();
    if (!softmax ||
        int64_t(softmax.getDimension()) != softmax.getInputOperandRank() - 1 ||
        access->indices.back() != axis ||
        flattenIndices(access->indices) != flattenIndices(indices))
      return false;
    m.ops.push_back(softmax);
    input = softmax.getInput();
    return true;
  });
}

/// A constant read along the axis, and along any other dimensions.
bool SoftmaxPattern::bindSpan(const Expr *expr) {
  while (expr->isAccess() && isConstantDerived(expr->value)) {
    if (const Expr *next = m.exprs.unfold(expr)) {
      expr = next;
      continue;
    }
    spanDims.clear();
    for (const Index *index : expr->indices) {
      auto *at = llvm::find(indices, index);
      if (index && at == indices.end())
        return false;
      spanDims.push_back(index ? at - indices.begin() : -1);
    }
    span = expr->value;
    return llvm::is_contained(expr->indices, axis);
  }
  return false;
}

/// The sum of the numerator; an epsilon keeps it from zero.
bool SoftmaxPattern::sumOfWeighted(const Expr *expr, const Expr *numerator) {
  constexpr double kLargestEpsilon = 1e-6;
  auto guarded = [&](const Expr *epsilon, const Expr *sum) {
    std::optional<double> number = m.number(epsilon);
    return number && *number >= 0 && *number <= kLargestEpsilon &&
           denominator(sum, numerator);
  };
  return denominator(expr, numerator) ||
         m.apply(expr, ScalarOp::Add, guarded) ||
         m.apply(expr, ScalarOp::Max, guarded);
}

bool SoftmaxPattern::weighted(const Expr *root) {
  return m.apply(root, ScalarOp::Div, [&](const Expr *w, const Expr *sum) {
    return m.apply(w, ScalarOp::Mul,
                   [&](const Expr *weights, const Expr *mask) {
                     return bindSpan(mask) &&
                            (softmaxOp(weights) || plain(weights) ||
                             numerator(weights));
                   }) &&
           sumOfWeighted(sum, w);
  });
}

bool SoftmaxPattern::match(const Expr *root) {
  if (plain(root))
    return true;
  input = nullptr;
  if (weighted(root))
    return true;
  span = nullptr;
  return false;
}

static Match finish(OpResult root, Value input, int64_t axis, int64_t rank) {
  Match match;
  if (axis != rank - 1) {
    match.nearMiss = "softmax along " + describeAxis(axis, rank) +
                     ", the accelerator normalises along the last only";
    return match;
  }
  auto kernel = std::make_unique<SoftmaxKernel>();
  kernel->input = input;
  kernel->axis = axis;
  kernel->rank = rank;
  match.kernel = std::move(kernel);
  return match;
}

Match matchSoftmax(ScalarExprs &exprs, OpResult root) {
  auto type = cast<RankedTensorType>(root.getType());
  if (auto softmax = dyn_cast<linalg::SoftmaxOp>(root.getOwner())) {
    Match match = finish(root, softmax.getInput(), softmax.getDimension(),
                         type.getRank());
    match.ops.push_back(root.getOwner());
    return match;
  }
  IndexList indices = exprs.freshIndices(type.getShape());
  const Expr *access = exprs.access(root, indices);
  const Expr *top = exprs.unfold(access);
  if (!top || !(top->isApply(ScalarOp::Div) || top->isApply(ScalarOp::Mul)))
    return {};
  for (int64_t axis = type.getRank(); axis-- > 0;) {
    Matcher m(exprs);
    SoftmaxPattern pattern{m, type, indices, indices[axis], {}, {}, {}};
    if (!indices[axis] || !pattern.match(access))
      continue;
    Match match = finish(root, pattern.input, axis, type.getRank());
    if (auto *kernel = static_cast<SoftmaxKernel *>(match.kernel.get())) {
      kernel->span = pattern.span;
      kernel->spanDims = pattern.spanDims;
    }
    match.ops = std::move(m.ops);
    return match;
  }
  return {};
}

} // namespace edgebert::analysis
