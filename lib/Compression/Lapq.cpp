//===- Lapq.cpp - clipping chosen by the model's loss ---------------------===//

#include "edgebert/Compression/Lapq.h"
#include "Problem.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace edgebert::compression;
using llvm::ArrayRef;

Matrix edgebert::compression::roundWithRatio(MatrixView w, GridOptions options,
                                             double ratio) {
  options.search = RangeSearch::Fixed;
  options.ratio = ratio;
  Grid grid(std::move(options), w.rows, w.columns);
  grid.fit(w);
  return grid.decode(grid.encode(w));
}

namespace {

constexpr double kLeastRatio = 0.02, kLargestRatio = 1.5;

/// sum |W - Q(W)|^p with all groups at `ratio` of their maximum.
double normError(MatrixView w, const GridOptions &options, double ratio,
                 double p) {
  Matrix q = roundWithRatio(w, options, ratio);
  double sum = 0;
  for (int64_t i = 0; i < w.size(); ++i)
    sum += std::pow(std::fabs(double(w.data[i]) - double(q.storage[i])), p);
  return sum;
}

/// The ratio with the least error among 1, 0.98, ... 0.1: the error is jagged
/// at few bits, so that a bracketing search would stop at the wrong dent.
double bestRatio(MatrixView w, const GridOptions &options, double p) {
  double best = 1, least = INFINITY;
  for (int step = 50; step >= 5; --step) {
    double error = normError(w, options, step * 0.02, p);
    if (error < least) {
      least = error;
      best = step * 0.02;
    }
  }
  return best;
}

/// The vertex of the least squares parabola through (x, y), if it opens upward
/// and lies between the x; else no number.
double parabolaMinimum(ArrayRef<double> x, ArrayRef<double> y) {
  double centre = 0;
  for (double value : x)
    centre += value / double(x.size());
  // Normal equations for y = a + b t + c t^2, t = x - centre.
  double s[5] = {}, d[3] = {};
  for (auto [xi, yi] : llvm::zip_equal(x, y)) {
    double t = xi - centre, power = 1;
    for (int k = 0; k < 5; ++k, power *= t) {
      s[k] += power;
      if (k < 3)
        d[k] += yi * power;
    }
  }
  auto det = [](double a, double b, double c, double d, double e, double f,
                double g, double h, double i) {
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  };
  double whole = det(s[0], s[1], s[2], s[1], s[2], s[3], s[2], s[3], s[4]);
  double b = det(s[0], d[0], s[2], s[1], d[1], s[3], s[2], d[2], s[4]) / whole;
  double c = det(s[0], s[1], d[0], s[1], s[2], d[1], s[2], s[3], d[2]) / whole;
  double minimum = centre - b / (2 * c);
  auto [low, high] = std::minmax_element(x.begin(), x.end());
  return c > 0 && minimum >= *low && minimum <= *high ? minimum : NAN;
}

/// The loss, counted, with the best point seen.
class Search {
public:
  Search(RatioLoss loss, LapqResult &result) : loss(loss), result(result) {}

  llvm::Expected<double> evaluate(ArrayRef<double> ratios) {
    ++result.evaluations;
    auto value = loss(ratios);
    if (value && (result.ratios.empty() || *value < result.loss)) {
      result.loss = *value;
      result.ratios = ratios.vec();
    }
    return value;
  }

  /// Golden section along `direction` from `x`, which moves to the best point;
  /// by how much the loss fell.
  llvm::Expected<double> alongLine(std::vector<double> &x, double &at,
                                   ArrayRef<double> direction, double span,
                                   unsigned steps);

private:
  RatioLoss loss;
  LapqResult &result;
};

std::vector<double> moved(ArrayRef<double> x, ArrayRef<double> direction,
                          double t) {
  std::vector<double> result;
  for (auto [xi, di] : llvm::zip_equal(x, direction))
    result.push_back(std::clamp(xi + t * di, kLeastRatio, kLargestRatio));
  return result;
}

llvm::Expected<double> Search::alongLine(std::vector<double> &x, double &at,
                                         ArrayRef<double> direction,
                                         double span, unsigned steps) {
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double low = -span, high = span, bestT = 0, best = at;
  double inner[2] = {high - golden * (high - low), low + golden * (high - low)};
  double values[2] = {NAN, NAN};
  for (unsigned step = 0; step < steps; ++step) {
    // The first two evaluations fill both inner points, then one each.
    int which = std::isnan(values[0]) ? 0 : 1;
    auto value = evaluate(moved(x, direction, inner[which]));
    if (!value)
      return value.takeError();
    values[which] = *value;
    if (*value < best) {
      best = *value;
      bestT = inner[which];
    }
    if (std::isnan(values[1]))
      continue;
    if (values[0] < values[1]) {
      high = inner[1];
      inner[1] = inner[0];
      values[1] = values[0];
      inner[0] = high - golden * (high - low);
      values[0] = NAN;
    } else {
      low = inner[0];
      inner[0] = inner[1];
      values[0] = values[1];
      inner[1] = low + golden * (high - low);
      values[1] = NAN;
    }
  }
  double fell = at - best;
  x = moved(x, direction, bestT);
  at = best;
  return fell;
}

/// Powell's method: along all directions in turn; then the way gone replaces
/// the direction that gained most.
llvm::Error powell(Search &search, std::vector<double> x, double at,
                   const LapqOptions &options) {
  size_t n = x.size();
  std::vector<std::vector<double>> directions(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i)
    directions[i][i] = 1;
  for (unsigned iteration = 0; iteration < options.iterations; ++iteration) {
    std::vector<double> start = x;
    size_t most = 0;
    double mostFell = 0;
    for (size_t i = 0; i < n; ++i) {
      auto fell = search.alongLine(x, at, directions[i], options.lineSpan,
                                   options.lineSteps);
      if (!fell)
        return fell.takeError();
      if (*fell > mostFell) {
        mostFell = *fell;
        most = i;
      }
    }
    if (mostFell == 0)
      break;
    double length = 0;
    std::vector<double> way(n);
    for (size_t i = 0; i < n; ++i) {
      way[i] = x[i] - start[i];
      length = std::max(length, std::fabs(way[i]));
    }
    if (length == 0)
      break;
    for (double &component : way)
      component /= length;
    directions[most] = way;
    auto fell =
        search.alongLine(x, at, way, options.lineSpan, options.lineSteps);
    if (!fell)
      return fell.takeError();
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<LapqResult>
edgebert::compression::lapq(ArrayRef<MatrixView> weights,
                            const GridOptions &grid, RatioLoss loss,
                            const LapqOptions &options) {
  if (llvm::Error error = grid.check())
    return error;
  if (options.norms.size() < 3 ||
      llvm::any_of(options.norms, [](double p) { return !(p > 0); }))
    return problem("LAPQ's fit needs at least three positive norms");
  if (weights.empty())
    return problem("LAPQ needs a weight matrix");

  auto candidate = [&](double p) {
    std::vector<double> ratios;
    for (MatrixView w : weights)
      ratios.push_back(bestRatio(w, grid, p));
    return ratios;
  };
  LapqResult result;
  Search search(loss, result);
  std::vector<double> losses;
  for (double p : options.norms) {
    auto value = search.evaluate(candidate(p));
    if (!value)
      return value.takeError();
    losses.push_back(*value);
  }
  result.norm = options.norms[llvm::min_element(losses) - losses.begin()];
  result.fittedLoss = *llvm::min_element(losses);
  if (double p = parabolaMinimum(options.norms, losses); !std::isnan(p)) {
    auto value = search.evaluate(candidate(p));
    if (!value)
      return value.takeError();
    if (*value <= result.fittedLoss) {
      result.norm = p;
      result.fittedLoss = *value;
    }
  }
  if (llvm::Error error = powell(search, result.ratios, result.loss, options))
    return error;
  return result;
}
