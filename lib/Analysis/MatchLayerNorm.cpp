//===- MatchLayerNorm.cpp - recognise layer norm --------------------------===//
//
// Every spelling of
//
//   (x - mean) / sqrt(variance + epsilon) * gamma + beta
//
// along one axis, with gamma and beta optional and factors in any order; also
// TensorFlow's x * r + (beta - mean * r), r = gamma / sqrt(variance + epsilon).
// The mean is sum / N or sum * (1/N), the variance mean((x - mean)^2) or
// mean(x^2) - mean^2, the square x * x or pow(x, 2).
//
//===----------------------------------------------------------------------===//

#include "Matcher.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <tuple>

using namespace mlir;

namespace edgebert::analysis {

namespace {
/// What a product of factors was found to contain.
struct Factors {
  /// x - mean(x)
  bool centered = false;
  /// x and mean(x) themselves (TensorFlow's form).
  bool input = false;
  bool mean = false;
  /// 1 / sqrt(variance + epsilon)
  bool inverse = false;
  Value gamma;
};

class LayerNormPattern {
public:
  LayerNormPattern(Matcher &m, RankedTensorType type, IndexList indices,
                   const Index *axis)
      : m(m), type(type), indices(std::move(indices)), axis(axis) {}
  bool match(const Expr *root);

  Value input, beta, gamma;
  std::optional<double> epsilon;
  std::string nearMiss;

private:
  Matcher &m;
  RankedTensorType type;
  IndexList indices;
  const Index *axis;

  /// The first access bound to `input`.
  const Expr *inputExpr = nullptr;
  llvm::SmallVector<const Expr *, 2> positive, negative;

  bool collectTerms(const Expr *expr, bool negative);
  bool collectFactors(const Expr *expr, bool inverse, Factors &factors);
  bool isInput(const Expr *expr);
  bool isCentered(const Expr *expr);
  bool isMean(const Expr *expr);
  bool isVariance(const Expr *expr);
  bool isVariancePlusEpsilon(const Expr *expr);
  const Expr *getMeanBody(const Expr *expr);
  Value getParameter(const Expr *expr);

  template <typename Pattern>
  bool isSquare(const Expr *expr, Pattern base);
};
} // namespace

/// A constant per element of the axis.
Value LayerNormPattern::getParameter(const Expr *expr) {
  return m.bindConstant(expr, axis->extent, {axis});
}

bool LayerNormPattern::isInput(const Expr *expr) {
  if (inputExpr)
    return m.equal(expr, inputExpr);
  input = m.bindTensor(expr, type, indices);
  if (!input)
    return false;
  inputExpr = expr;
  return true;
}

/// b, if `expr` is the mean of b along the axis.
const Expr *LayerNormPattern::getMeanBody(const Expr *expr) {
  const Expr *body = nullptr;
  auto mean = [&](const Expr *sum, double divisor) {
    const Expr *reduce = m.open(sum);
    if (!reduce->isReduce(ScalarOp::Add) || reduce->mentions(axis) ||
        reduce->reducedExtents.size() != 1 ||
        reduce->reducedExtents[0] != axis->extent)
      return false;
    // 1/N as an f32 is off by a rounding.
    double extent = static_cast<double>(axis->extent);
    if (std::abs(divisor - extent) > 1e-5 * extent) {
      nearMiss = "like a layer norm, but a sum of " +
                 std::to_string(axis->extent) + " elements is divided by " +
                 llvm::formatv("{0}", divisor).str() +
                 ", which is not their mean";
      return false;
    }
    body = m.exprs.instantiate(reduce, {axis});
    return body != nullptr;
  };
  m.apply(expr, ScalarOp::Div,
          [&](const Expr *sum, const Expr *count) {
            std::optional<double> divisor = m.number(count);
            return divisor && mean(sum, *divisor);
          }) ||
      m.apply(expr, ScalarOp::Mul, [&](const Expr *sum, const Expr *factor) {
        std::optional<double> inverse = m.number(factor);
        return inverse && mean(sum, 1.0 / *inverse);
      });
  return body;
}

bool LayerNormPattern::isMean(const Expr *expr) {
  return m.attempt([&] {
    const Expr *body = getMeanBody(expr);
    return body && isInput(body);
  });
}

bool LayerNormPattern::isCentered(const Expr *expr) {
  return m.apply(expr, ScalarOp::Sub, [&](const Expr *x, const Expr *mean) {
    return isMean(mean) && isInput(x);
  });
}

template <typename Pattern>
bool LayerNormPattern::isSquare(const Expr *expr, Pattern base) {
  return m.apply(expr, ScalarOp::Mul, [&](const Expr *a, const Expr *b) {
    return base(a) && base(b);
  }) || m.apply(expr, ScalarOp::Pow, [&](const Expr *a, const Expr *power) {
    return m.number(power) == 2.0 && base(a);
  });
}

bool LayerNormPattern::isVariance(const Expr *expr) {
  // flax: maximum(0, mean(x^2) - mean^2)
  if (m.apply(expr, ScalarOp::Max, [&](const Expr *zero, const Expr *rest) {
        return m.number(zero) == 0.0 && isVariance(rest);
      }))
    return true;
  if (m.attempt([&] {
        const Expr *body = getMeanBody(expr);
        return body &&
               isSquare(body, [&](const Expr *e) { return isCentered(e); });
      }))
    return true;
  return m.apply(
      expr, ScalarOp::Sub, [&](const Expr *meanSquare, const Expr *squareMean) {
        if (!isSquare(squareMean, [&](const Expr *e) { return isMean(e); }))
          return false;
        const Expr *body = getMeanBody(meanSquare);
        return body &&
               isSquare(body, [&](const Expr *e) { return isInput(e); });
      });
}

bool LayerNormPattern::isVariancePlusEpsilon(const Expr *expr) {
  double found = 0.0;
  bool matched = m.apply(expr, ScalarOp::Add,
                         [&](const Expr *variance, const Expr *constant) {
                           std::optional<double> number = m.number(constant);
                           if (!number || *number < 0 || !isVariance(variance))
                             return false;
                           found = *number;
                           return true;
                         }) ||
                 isVariance(expr);
  if (!matched || epsilon.value_or(found) != found)
    return false;
  epsilon = found;
  return true;
}

bool LayerNormPattern::collectFactors(const Expr *expr, bool inverse,
                                      Factors &factors) {
  if (m.number(expr) == 1.0)
    return true;
  if (!inverse) {
    if (Value parameter = getParameter(expr)) {
      bool first = !factors.gamma;
      factors.gamma = parameter;
      return first;
    }
    if (inputExpr && !factors.input && m.attempt([&] { return isInput(expr); }))
      return factors.input = true;
    if (!factors.mean && isMean(expr))
      return factors.mean = true;
    if (!factors.centered && isCentered(expr))
      return factors.centered = true;
  }
  const Expr *opened = m.open(expr);
  if (opened->kind != Expr::Kind::Apply)
    return false;
  ArrayRef<const Expr *> operands = opened->operands;
  if (opened->op == ScalarOp::Mul)
    return collectFactors(operands[0], inverse, factors) &&
           collectFactors(operands[1], inverse, factors);
  if (opened->op == ScalarOp::Div)
    return collectFactors(operands[0], inverse, factors) &&
           collectFactors(operands[1], !inverse, factors);

  double power = inverse ? 0.5 : -0.5;
  bool isRoot = opened->op == (inverse ? ScalarOp::Sqrt : ScalarOp::Rsqrt) ||
                (opened->op == ScalarOp::Pow && m.number(operands[1]) == power);
  if (isRoot && !factors.inverse && isVariancePlusEpsilon(operands[0]))
    return factors.inverse = true;
  // The commonest near miss deserves a name.
  if (inverse && opened->op == ScalarOp::Add)
    m.apply(opened, ScalarOp::Add, [&](const Expr *a, const Expr *b) {
      const Expr *root = m.open(a);
      if (!root->isApply(ScalarOp::Sqrt) || !m.number(b) ||
          !isVariancePlusEpsilon(root->operands[0]))
        return false;
      nearMiss = "like a layer norm, but epsilon is added to the standard "
                 "deviation instead of the variance";
      return true;
    });
  return false;
}

/// Splits a sum into products and at most one parameter, beta.
bool LayerNormPattern::collectTerms(const Expr *expr, bool isNegative) {
  if (Value parameter = isNegative ? Value() : getParameter(expr)) {
    bool first = !beta;
    beta = parameter;
    return first;
  }
  const auto saved = std::make_tuple(positive, negative, beta);
  if (m.attempt([&] {
        const Expr *opened = m.open(expr);
        bool subtract = opened->isApply(ScalarOp::Sub);
        return (subtract || opened->isApply(ScalarOp::Add)) &&
               collectTerms(opened->operands[0], isNegative) &&
               collectTerms(opened->operands[1], isNegative != subtract);
      }))
    return true;
  std::tie(positive, negative, beta) = saved;
  auto &terms = isNegative ? negative : positive;
  terms.push_back(expr);
  return terms.size() == 1;
}

bool LayerNormPattern::match(const Expr *root) {
  if (!collectTerms(root, false) || positive.size() != 1)
    return false;
  Factors plus, minus;
  if (negative.empty()) {
    if (!collectFactors(positive[0], false, plus))
      return false;
    gamma = plus.gamma;
    return plus.centered && plus.inverse && !plus.input && !plus.mean;
  }
  // The negative term first: it tells what x is.
  if (!collectFactors(negative[0], false, minus) ||
      !collectFactors(positive[0], false, plus))
    return false;
  gamma = plus.gamma;
  return plus.gamma == minus.gamma && minus.mean && minus.inverse &&
         !minus.input && !minus.centered && plus.input && plus.inverse &&
         !plus.mean && !plus.centered;
}

Match matchLayerNorm(ScalarExprs &exprs, OpResult root) {
  auto type = cast<RankedTensorType>(root.getType());
  IndexList indices = exprs.freshIndices(type.getShape());
  const Expr *access = exprs.access(root, indices);
  const Expr *top = exprs.unfold(access);
  if (!top || top->kind != Expr::Kind::Apply ||
      !llvm::is_contained(
          {ScalarOp::Add, ScalarOp::Sub, ScalarOp::Mul, ScalarOp::Div},
          top->op))
    return {};
  Match match;
  for (int64_t rank = type.getRank(), axis = rank; axis-- > 0;) {
    if (!indices[axis])
      continue;
    Matcher m(exprs);
    LayerNormPattern pattern(m, type, indices, indices[axis]);
    if (!pattern.match(access)) {
      if (match.nearMiss.empty())
        match.nearMiss = pattern.nearMiss;
      continue;
    }
    if (axis != rank - 1) {
      match.nearMiss = "layer norm along " + describeAxis(axis, rank) +
                       ", the accelerator normalises along the last only";
      return match;
    }
    auto kernel = std::make_unique<LayerNormKernel>();
    kernel->input = pattern.input;
    kernel->gamma = pattern.gamma;
    kernel->beta = pattern.beta;
    kernel->epsilon = pattern.epsilon.value_or(0.0);
    kernel->axis = axis;
    kernel->rank = rank;
    match.kernel = std::move(kernel);
    match.ops = std::move(m.ops);
    return match;
  }
  return match;
}

} // namespace edgebert::analysis
