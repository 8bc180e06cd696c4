//===- Allocate.cpp - more zeros where they hurt less ---------------------===//

#include "LowestScores.h"
#include "Problem.h"
#include "edgebert/Compression/Prune.h"

#include <algorithm>

using namespace edgebert::compression;
using llvm::Twine;

namespace {

/// A stretch of a layer's curve over which the error rises evenly.
struct Stretch {
  double slope; ///< error per weight
  size_t layer;
  int64_t zeros;
};

/// The lower convex hull of (zeros, error), from no zeros on.
std::vector<std::pair<int64_t, double>> hull(const SensitivityCurve &curve) {
  std::vector<std::pair<int64_t, double>> points;
  if (curve.sparsities.front() > 0)
    points.emplace_back(0, 0.0);
  for (size_t i = 0; i < curve.sparsities.size(); ++i) {
    std::pair<int64_t, double> next(zerosOf(curve.sparsities[i], curve.weights),
                                    curve.errors[i]);
    if (!points.empty() && next.first == points.back().first)
      continue;
    auto slope = [](auto a, auto b) {
      return (b.second - a.second) / double(b.first - a.first);
    };
    while (points.size() >= 2 &&
           slope(points[points.size() - 2], points.back()) >=
               slope(points.back(), next))
      points.pop_back();
    points.push_back(next);
  }
  return points;
}

llvm::Error check(const SensitivityCurve &curve, size_t layer) {
  if (curve.weights <= 0 || curve.sparsities.size() < 2 ||
      curve.sparsities.size() != curve.errors.size())
    return problem("sensitivity of layer " + Twine(layer) +
                   ": expected weights and at least two points");
  for (size_t i = 0; i < curve.sparsities.size(); ++i)
    if (!(curve.sparsities[i] >= 0 && curve.sparsities[i] <= 1) ||
        (i && curve.sparsities[i] <= curve.sparsities[i - 1]))
      return problem("sensitivity of layer " + Twine(layer) +
                     ": expected rising sparsities from 0 to 1");
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::vector<int64_t>>
edgebert::compression::allocateZeros(llvm::ArrayRef<SensitivityCurve> layers,
                                     double sparsity) {
  std::vector<Stretch> stretches;
  int64_t weights = 0, reachable = 0;
  for (auto [index, curve] : llvm::enumerate(layers)) {
    if (llvm::Error error = check(curve, index))
      return error;
    weights += curve.weights;
    auto points = hull(curve);
    for (size_t i = 1; i < points.size(); ++i) {
      int64_t zeros = points[i].first - points[i - 1].first;
      stretches.push_back(
          {(points[i].second - points[i - 1].second) / double(zeros), index,
           zeros});
      reachable += zeros;
    }
  }
  int64_t wanted = zerosOf(sparsity, weights);
  if (!(sparsity >= 0) || wanted > reachable)
    return problem("a sparsity of " + shown(sparsity) +
                   " is not in reach of the layers' curves, which end at " +
                   shown(weights ? double(reachable) / double(weights) : 0));
  llvm::sort(stretches, [](const Stretch &a, const Stretch &b) {
    return std::pair(a.slope, a.layer) < std::pair(b.slope, b.layer);
  });
  std::vector<int64_t> zeros(layers.size());
  for (const Stretch &stretch : stretches) {
    int64_t taken = std::min(stretch.zeros, wanted);
    zeros[stretch.layer] += taken;
    wanted -= taken;
  }
  return zeros;
}
