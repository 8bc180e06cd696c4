//===- MatchSoftmax.cpp - recognise softmax -------------------------------===//
//
// linalg.softmax, and every spelling of
//
//   e(x - max(x)) / sum(e(x - max(x)))        or without the "- max(x)"
//
// with the maximum and the sum along one axis.
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
  Value input;

  bool match(const Expr *root);

private:
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

bool SoftmaxPattern::match(const Expr *root) {
  return m.apply(root, ScalarOp::Div, [&](const Expr *exp, const Expr *sum) {
    return numerator(exp) && denominator(sum, exp);
  }) || m.apply(root, ScalarOp::Mul, [&](const Expr *exp, const Expr *inv) {
    return numerator(exp) &&
           m.apply(inv, ScalarOp::Div, [&](const Expr *one, const Expr *sum) {
             return m.number(one) == 1.0 && denominator(sum, exp);
           });
  });
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
    SoftmaxPattern pattern{m, type, indices, indices[axis], {}};
    if (!indices[axis] || !pattern.match(access))
      continue;
    Match match = finish(root, pattern.input, axis, type.getRank());
    match.ops = std::move(m.ops);
    return match;
  }
  return {};
}

} // namespace edgebert::analysis
