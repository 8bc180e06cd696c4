//===- Interaction.cpp - what quantization and pruning do to each other ---===//

#include "edgebert/Compression/Interaction.h"
#include "LowestScores.h"
#include "Problem.h"
#include "Strategies.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace edgebert::compression;
using llvm::Twine;

static Matrix difference(MatrixView a, MatrixView b) {
  Matrix result(a);
  for (int64_t i = 0; i < a.size(); ++i)
    result.storage[i] -= b.data[i];
  return result;
}

SecondOrderTerms edgebert::compression::secondOrderTerms(MatrixView original,
                                                         MatrixView between,
                                                         MatrixView after,
                                                         const Gram &gram) {
  Matrix first = difference(between, original);
  Matrix second = difference(after, between);
  return {gram.halfProduct(first, first), 2 * gram.halfProduct(second, first),
          gram.halfProduct(second, second)};
}

/// |w|, sorted.
static std::vector<float> sortedMagnitudes(llvm::ArrayRef<float> w) {
  std::vector<float> sorted;
  for (float x : w)
    sorted.push_back(std::fabs(x));
  llvm::sort(sorted);
  return sorted;
}

llvm::Expected<Collisions>
edgebert::compression::findCollisions(MatrixView original, MatrixView quantized,
                                      double sparsity, Scope scope) {
  if (original.rows != quantized.rows || original.columns != quantized.columns)
    return problem("expected two matrices of one shape");
  PruneOptions magnitude;
  auto before = score(original, nullptr, magnitude);
  auto after = score(quantized, nullptr, magnitude);
  if (!before || !after)
    return llvm::joinErrors(before.takeError(), after.takeError());
  auto maskBefore = select(*before, sparsity, {}, scope);
  if (!maskBefore)
    return maskBefore.takeError();
  auto maskAfter = select(*after, sparsity, {}, scope);
  if (!maskAfter)
    return maskAfter.takeError();

  Collisions result;
  result.weights = original.size();
  result.masksDiffer = maskBefore->differences(*maskAfter);
  int64_t perSet = scope == Scope::Row ? original.columns : original.size();
  for (int64_t begin = 0; begin < original.size(); begin += perSet) {
    std::vector<float> values =
        sortedMagnitudes(original.all().slice(begin, perSet));
    result.distinctBefore += llvm::unique(values) - values.begin();
    values = sortedMagnitudes(quantized.all().slice(begin, perSet));
    int64_t zeros = zerosOf(sparsity, perSet);
    if (zeros > 0) {
      float threshold = values[zeros - 1];
      auto [first, last] =
          std::equal_range(values.begin(), values.end(), threshold);
      result.threshold = std::max(result.threshold, double(threshold));
      result.atThreshold += last - first;
      result.removedAtThreshold += zeros - (first - values.begin());
    }
    result.distinctAfter += llvm::unique(values) - values.begin();
  }
  return result;
}

Matrix edgebert::compression::quantizationAwareScores(MatrixView original,
                                                      MatrixView quantized,
                                                      const Gram *gram) {
  Matrix change = difference(quantized, original);
  Matrix gradient = gram ? gram->times(change) : Matrix(change);
  Matrix scores(quantized.rows, quantized.columns);
  for (int64_t r = 0; r < scores.rows; ++r)
    for (int64_t c = 0; c < scores.columns; ++c) {
      double q = quantized(r, c);
      double curvature = gram ? gram->hessian(c, c) : 2;
      double slope = gram ? double(gradient(r, c)) : 2 * double(gradient(r, c));
      scores(r, c) = float(curvature / 2 * q * q - q * slope);
    }
  return scores;
}

llvm::Expected<Mask> edgebert::compression::quantizationAwareMask(
    MatrixView original, MatrixView quantized, const Gram &gram,
    double sparsity, unsigned rounds) {
  if (!(sparsity >= 0 && sparsity <= 1) || rounds == 0)
    return problem("expected a sparsity from 0 to 1 and at least one round, "
                   "got " +
                   shown(sparsity) + " and " + Twine(rounds));
  Mask mask(quantized.rows, quantized.columns);
  int64_t zeros = zerosOf(sparsity, mask.size());
  for (unsigned round = 1; round <= rounds; ++round) {
    Matrix scores =
        quantizationAwareScores(original, mask.apply(quantized), &gram);
    for (int64_t i = 0; i < mask.size(); ++i)
      if (!mask.keeps(i))
        scores.storage[i] = -INFINITY; // gone already, and to be counted
    forLowest(scores.all(), zeros * round / rounds,
              [&](int64_t i) { mask.keep(i, false); });
  }
  return mask;
}

double edgebert::compression::largestEigenvalue(const Gram &gram,
                                                unsigned iterations) {
  int64_t n = gram.inputs();
  Matrix v(1, n);
  // Not orthogonal to anything in particular, and the same on every run.
  for (int64_t j = 0; j < n; ++j)
    v(0, j) = 1 + 0.37f * std::sin(float(j + 1));
  double eigenvalue = 0;
  for (unsigned i = 0; i < iterations; ++i) {
    double norm = 0;
    for (float x : v.all())
      norm += double(x) * double(x);
    norm = std::sqrt(norm);
    if (norm == 0)
      return 0;
    for (float &x : v.storage)
      x = float(x / norm);
    Matrix next = gram.times(v);
    eigenvalue = 0;
    for (int64_t j = 0; j < n; ++j)
      eigenvalue += double(next(0, j)) * double(v(0, j));
    v = std::move(next);
  }
  return eigenvalue;
}

Matrix edgebert::compression::outputProducts(MatrixView w, const Gram &gram) {
  Matrix products = gram.times(w); // W H = 2 / n W X^T X
  float half = float(gram.samples()) / 2;
  for (float &x : products.storage)
    x *= half;
  return products;
}

Matrix edgebert::compression::separateCollisions(
    MatrixView quantized, const Gram &gram, MatrixView outputProducts,
    const SeparationOptions &options) {
  Matrix w(quantized);
  double largest = largestEigenvalue(gram);
  if (!(largest > 0))
    return w;
  auto rate = float(options.rate / largest);
  float scale = 2 / float(gram.samples());
  for (unsigned step = 0; step < options.steps; ++step) {
    Matrix gradient = gram.times(w);
    for (int64_t i = 0; i < w.size(); ++i)
      w.storage[i] -=
          rate * (gradient.storage[i] - scale * outputProducts.data[i]);
  }
  return w;
}

namespace {

/// Runs one step after another.
class Schedule {
public:
  Schedule(MatrixView w, const Gram *gram, bool keepMask)
      : original(w), gram(gram), keepMask(keepMask), current(w) {}

  llvm::Expected<StepResult> run(const QuantizeOptions &options) {
    const Mask *keep = keepMask && mask ? &*mask : nullptr;
    auto quantized = quantize(current, gram, options, keep);
    if (!quantized)
      return quantized.takeError();
    Report report = quantized->report;
    StepResult result = advance(quantized->effective(), std::move(report));
    result.quantized = std::move(*quantized);
    return result;
  }

  llvm::Expected<StepResult> run(const PruneStep &step) {
    if (step.source == MaskSource::Current) {
      auto pruned = prune(current, gram, step.options);
      if (!pruned)
        return pruned.takeError();
      mask = std::move(pruned->mask);
      return advance(std::move(pruned->values), std::move(pruned->report));
    }
    bool induced = step.source == MaskSource::Quantized;
    auto pruned =
        prune(induced ? MatrixView(current) : original, gram, step.options);
    if (!pruned)
      return pruned.takeError();
    mask = std::move(pruned->mask);
    Matrix values = mask->apply(induced ? original : MatrixView(current));
    Report report;
    reportErrors(current, values, gram, report);
    return advance(std::move(values), std::move(report));
  }

private:
  StepResult advance(Matrix values, Report report) {
    StepResult result;
    if (gram)
      result.terms = secondOrderTerms(original, current, values, *gram);
    current = std::move(values);
    result.values = current;
    result.mask = mask;
    result.report = std::move(report);
    return result;
  }

  MatrixView original;
  const Gram *gram;
  bool keepMask;
  Matrix current;
  std::optional<Mask> mask;
};

} // namespace

llvm::Expected<std::vector<StepResult>>
edgebert::compression::runSchedule(MatrixView w, const Gram *gram,
                                   llvm::ArrayRef<Step> steps, bool keepMask) {
  Schedule schedule(w, gram, keepMask);
  std::vector<StepResult> results;
  for (const Step &step : steps) {
    auto result = std::visit(
        [&](const auto &options) { return schedule.run(options); }, step);
    if (!result)
      return result.takeError();
    results.push_back(std::move(*result));
  }
  return results;
}
