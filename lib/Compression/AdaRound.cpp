//===- AdaRound.cpp - learn which weights go up ---------------------------===//
//
// Nagel et al. 2020 (arXiv 2004.10568), for any grid: with the grid points l
// <= w <= u around a weight, W~ = l + (u - l) h(V), and per row
//
//   loss = 1/2 e^T H e / scale + lambda sum (1 - |2 h - 1|^beta),  e = w~ - w
//   h    = clip(1.2 sigmoid(V) - 0.1, 0, 1)
//
// `scale` (mean H_jj times mean squared step) makes lambda independent of the
// units of weights and inputs. The gradient of the first term is e H / scale
// times (u - l) h'(V), for all rows in one matrix product.
//
//===----------------------------------------------------------------------===//

#include "Problem.h"
#include "Strategies.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace edgebert::compression;
using edgebert::numerics::Metadata;

namespace {

/// All finite values of a format under some metadata, sorted.
class PointTable {
public:
  explicit PointTable(const edgebert::numerics::Format &format)
      : format(format) {}

  const std::vector<float> &points(Metadata metadata) {
    std::vector<float> &sorted = tables[metadata.word];
    if (sorted.empty()) {
      for (uint32_t code = 0; code < 1u << format.bits(); ++code)
        if (float x = format.decode(code, metadata); std::isfinite(x))
          sorted.push_back(x);
      llvm::sort(sorted);
      sorted.erase(llvm::unique(sorted), sorted.end());
    }
    return sorted;
  }

private:
  const edgebert::numerics::Format &format;
  std::map<uint32_t, std::vector<float>> tables;
};

constexpr float kStretchLow = -0.1f, kStretchHigh = 1.1f;

/// h and its derivative.
std::pair<float, float> softRounding(float v) {
  float sigmoid = 1 / (1 + std::exp(-v));
  float stretched = (kStretchHigh - kStretchLow) * sigmoid + kStretchLow;
  if (stretched <= 0)
    return {0.0f, 0.0f};
  if (stretched >= 1)
    return {1.0f, 0.0f};
  return {stretched, (kStretchHigh - kStretchLow) * sigmoid * (1 - sigmoid)};
}

/// The V with h(V) = `share`, 0 <= share <= 1.
float initialV(float share) {
  return -std::log((kStretchHigh - kStretchLow) / (share - kStretchLow) - 1);
}

/// Adam with the usual constants.
struct Adam {
  explicit Adam(size_t n) : mean(n), square(n) {}
  void step(std::vector<float> &x, const std::vector<float> &gradient,
            double rate) {
    ++steps;
    double correction =
        std::sqrt(1 - std::pow(0.999, steps)) / (1 - std::pow(0.9, steps));
    auto scaled = float(rate * correction);
    for (size_t i = 0; i < x.size(); ++i) {
      mean[i] += 0.1f * (gradient[i] - mean[i]);
      square[i] += 0.001f * (gradient[i] * gradient[i] - square[i]);
      x[i] -= scaled * mean[i] / (std::sqrt(square[i]) + 1e-8f);
    }
  }
  std::vector<float> mean, square;
  unsigned steps = 0;
};

/// The freedom of one matrix: the points below each weight and the steps up.
struct Choices {
  Matrix low, step;
  std::vector<float> v;
  double meanSquaredStep = 0;
};

Choices findChoices(MatrixView w, const Grid &grid, const Mask *mask) {
  Choices choices{Matrix(w.rows, w.columns), Matrix(w.rows, w.columns), {}};
  choices.v.resize(w.size());
  PointTable table(grid.format());
  for (int64_t r = 0; r < w.rows; ++r)
    for (int64_t c = 0; c < w.columns; ++c) {
      if (mask && !mask->keeps(r, c))
        continue; // l = u = 0
      const std::vector<float> &points = table.points(grid.metadata(r, c));
      float x = std::clamp(w(r, c), points.front(), points.back());
      auto above = std::lower_bound(points.begin(), points.end(), x);
      float high = *above;
      float low = high == x ? high : *std::prev(above);
      choices.low(r, c) = low;
      choices.step(r, c) = high - low;
      if (high > low)
        choices.v[r * w.columns + c] = initialV((x - low) / (high - low));
      choices.meanSquaredStep += double(high - low) * double(high - low);
    }
  choices.meanSquaredStep /= double(w.size());
  return choices;
}

} // namespace

llvm::Expected<Quantized>
edgebert::compression::adaRound(MatrixView w, const Gram &gram,
                                const QuantizeOptions &options,
                                const Mask *mask) {
  const AdaRoundOptions &ada = options.adaRound;
  if (options.grid.format.bits() > 8)
    return problem("AdaRound takes formats of at most 8 bits, got " +
                   options.grid.format.name());
  auto nearest = roundToNearest(w, &gram, options.grid, mask);
  if (!nearest)
    return nearest;
  Choices choices = findChoices(w, nearest->grid, mask);
  if (choices.meanSquaredStep == 0)
    return nearest;

  double meanDiagonal = 0;
  for (int64_t j = 0; j < w.columns; ++j)
    meanDiagonal += gram.hessian(j, j) / double(w.columns);
  auto scale = float(meanDiagonal * choices.meanSquaredStep);
  if (!(scale > 0) || !std::isfinite(scale)) {
    nearest->report.fallback = "the layer's inputs are all zero or not finite: "
                               "rounded to nearest";
    return nearest;
  }

  Adam adam(choices.v.size());
  Matrix error(w.rows, w.columns);
  std::vector<float> gradient(choices.v.size());
  auto warm = unsigned(ada.warmStart * ada.iterations);
  for (unsigned iteration = 0; iteration < ada.iterations; ++iteration) {
    for (int64_t i = 0; i < w.size(); ++i)
      error.storage[i] =
          choices.low.storage[i] - w.data[i] +
          choices.step.storage[i] * softRounding(choices.v[i]).first;
    Matrix products = gram.times(error);
    bool regularize = iteration >= warm;
    double progress =
        regularize ? double(iteration - warm) / double(ada.iterations - warm)
                   : 0;
    double beta = ada.betaStart + (ada.betaEnd - ada.betaStart) * progress;
    for (int64_t i = 0; i < w.size(); ++i) {
      auto [h, slope] = softRounding(choices.v[i]);
      float g = products.storage[i] * choices.step.storage[i] / scale;
      float distance = 2 * h - 1;
      if (regularize && distance != 0)
        g -= float(ada.regularization * 2 * beta *
                   std::pow(std::fabs(distance), beta - 1)) *
             std::copysign(1.0f, distance);
      gradient[i] = g * slope;
    }
    adam.step(choices.v, gradient, ada.rate);
    if (options.progress)
      options.progress(double(iteration + 1) / double(ada.iterations));
  }

  Matrix values(w.rows, w.columns);
  for (int64_t i = 0; i < w.size(); ++i)
    values.storage[i] =
        choices.low.storage[i] + (softRounding(choices.v[i]).first >= 0.5f
                                      ? choices.step.storage[i]
                                      : 0.0f);
  auto learned = finish(w, nearest->grid, values, &gram, mask, {});
  if (!learned)
    return learned;
  // Learning is a heuristic; what it must not do is harm.
  return learned->report.outputError <= nearest->report.outputError
             ? std::move(learned)
             : std::move(nearest);
}
