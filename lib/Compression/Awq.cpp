//===- Awq.cpp - scale the inputs that matter -----------------------------===//

#include "Problem.h"
#include "Strategies.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace edgebert::compression;
using llvm::ArrayRef;
using llvm::Twine;

/// W with its columns multiplied by the scales.
static Matrix scaled(MatrixView w, ArrayRef<float> scales) {
  Matrix result(w);
  for (int64_t r = 0; r < w.rows; ++r)
    for (int64_t c = 0; c < w.columns; ++c)
      result(r, c) *= scales[c];
  return result;
}

/// Q(W s) / s - W.
static Matrix scaledError(MatrixView w, const Grid &grid, MatrixView ws,
                          ArrayRef<float> scales) {
  Matrix error = grid.decode(grid.encode(ws));
  for (int64_t r = 0; r < w.rows; ++r)
    for (int64_t c = 0; c < w.columns; ++c)
      error(r, c) = error(r, c) / scales[c] - w(r, c);
  return error;
}

static llvm::Error check(ArrayRef<MatrixView> weights, const Gram &gram,
                         const GridOptions &grid, const AwqOptions &options) {
  if (llvm::Error error = grid.check())
    return error;
  if (weights.empty() || options.steps == 0)
    return problem("AWQ needs a weight matrix and at least one step");
  if (!(options.maxShrink >= 0 && options.maxShrink < 1))
    return problem("expected a shrink from 0 to below 1, got " +
                   shown(options.maxShrink));
  for (MatrixView w : weights)
    if (llvm::Error error = checkProblem(w, &gram, nullptr))
      return error;
  return llvm::Error::success();
}

/// magnitudes^alpha, centred; an input that never fires must not divide by 0.
static std::vector<float> scalesOf(ArrayRef<double> magnitudes, double alpha) {
  std::vector<float> scales;
  for (double magnitude : magnitudes)
    scales.push_back(
        float(std::max(std::pow(std::max(magnitude, 1e-30), alpha), 1e-4)));
  auto [least, most] = std::minmax_element(scales.begin(), scales.end());
  float centre = std::sqrt(*least * *most);
  for (float &scale : scales)
    scale /= centre;
  return scales;
}

llvm::Expected<AwqScales> edgebert::compression::searchAwqScales(
    ArrayRef<MatrixView> weights, const Gram &gram, const GridOptions &options,
    const AwqOptions &awq, const Mask *mask) {
  if (llvm::Error error = check(weights, gram, options, awq))
    return error;
  if (mask && weights.size() != 1)
    return problem("AWQ takes a mask for one matrix, got " +
                   Twine(weights.size()) + " matrices");
  std::vector<double> magnitudes = gram.inputMagnitudes();
  AwqScales best;
  for (unsigned step = 0; step < awq.steps; ++step) {
    double alpha = double(step) / awq.steps;
    std::vector<float> scales = scalesOf(magnitudes, alpha);
    double total = 0;
    for (MatrixView w : weights) {
      Matrix ws = scaled(w, scales);
      if (mask)
        ws = mask->apply(ws);
      Grid grid(options, w.rows, w.columns);
      grid.fit(ws);
      Matrix error = scaledError(w, grid, ws, scales);
      total += gram.halfProduct(error, error);
    }
    if (best.errors.empty() || total < llvm::min_element(best.errors)[0]) {
      best.alpha = alpha;
      best.scales = std::move(scales);
    }
    best.errors.push_back(total);
  }
  return best;
}

/// Chooses for each group of the grid the clipping with the least error of the
/// group's part of the output, e_g^T H_gg e_g.
static void clip(Grid &grid, MatrixView w, MatrixView ws,
                 ArrayRef<float> scales, const Gram &gram,
                 const AwqOptions &awq) {
  Grid best = grid;
  std::vector<double> least(grid.metadata().size(), INFINITY);
  for (unsigned step = 0; step < awq.clipSteps; ++step) {
    if (step > 0) {
      GridOptions options = grid.options();
      options.search = RangeSearch::Fixed;
      options.ratio = 1 - awq.maxShrink * step / awq.clipSteps;
      Grid clipped(options, w.rows, w.columns);
      clipped.fit(ws);
      grid = Grid(grid.options(), w.rows, w.columns, clipped.metadata().vec());
    }
    Matrix error = scaledError(w, grid, ws, scales);
    std::vector<double> sums(least.size());
    for (int64_t c = 0; c < w.columns; c += grid.groupColumns()) {
      int64_t width = std::min(grid.groupColumns(), w.columns - c);
      Matrix part(w.rows, width);
      for (int64_t r = 0; r < w.rows; ++r)
        llvm::copy(error.row(r).slice(c, width), part.row(r).begin());
      Matrix products = gram.timesBlock(part, c);
      for (int64_t r = 0; r < w.rows; ++r)
        for (int64_t k = 0; k < width; ++k)
          sums[grid.group(r, c)] += double(part(r, k)) * products(r, k);
    }
    for (int64_t r = 0; r < w.rows; ++r)
      for (int64_t c = 0; c < w.columns; c += grid.groupColumns())
        if (double sum = sums[grid.group(r, c)];
            sum < least[grid.group(r, c)]) {
          least[grid.group(r, c)] = sum;
          best.setMetadata(r, c, grid.metadata(r, c));
        }
  }
  grid = std::move(best);
}

llvm::Expected<Quantized> edgebert::compression::quantizeScaled(
    MatrixView w, const Gram &gram, ArrayRef<float> scales,
    const GridOptions &options, const AwqOptions &awq, const Mask *mask) {
  if (llvm::Error error = check({w}, gram, options, awq))
    return error;
  if (llvm::Error error = checkProblem(w, &gram, mask))
    return error;
  if (int64_t(scales.size()) != w.columns ||
      llvm::any_of(scales, [](float s) { return !(s > 0); }))
    return problem("expected " + Twine(w.columns) +
                   " positive input scales, got " + Twine(scales.size()));
  Matrix ws = scaled(w, scales);
  if (mask)
    ws = mask->apply(ws);
  Grid grid(options, w.rows, w.columns);
  grid.fit(ws);
  if (awq.clipSteps > 0) {
    auto outputError = [&](const Grid &grid) {
      Matrix error = scaledError(w, grid, ws, scales);
      return gram.halfProduct(error, error);
    };
    Grid clipped = grid;
    clip(clipped, w, ws, scales, gram, awq);
    // Group by group it is better; together it need not be.
    if (outputError(clipped) < outputError(grid))
      grid = std::move(clipped);
  }
  auto result = finish(ws, std::move(grid), ws, nullptr, mask, {});
  if (!result)
    return result;
  result->inputScales = scales.vec();
  reportErrors(w, result->effective(), &gram, result->report);
  return result;
}

std::vector<float>
edgebert::compression::smoothScales(ArrayRef<MatrixView> weights,
                                    const Gram &gram, double strength) {
  std::vector<float> scales;
  for (int64_t c = 0; c < gram.inputs(); ++c) {
    float most = 0;
    for (MatrixView w : weights)
      for (int64_t r = 0; r < w.rows; ++r)
        most = std::max(most, std::fabs(w(r, c)));
    double scale = std::pow(double(gram.maxima()[c]), strength) /
                   std::pow(double(most), 1 - strength);
    scales.push_back(scale > 0 && std::isfinite(scale) ? float(scale) : 1.0f);
  }
  return scales;
}
