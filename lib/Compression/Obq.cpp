//===- Obq.cpp - one weight at a time, in the best order ------------------===//
//
// Frantar et al. 2022 (arXiv 2208.11580), algorithm 3 for quantization, row by
// row: of the weights not yet fixed take the one whose rounding costs least,
// (w - Q(w))^2 / [H^-1]_qq, round it, and let the others make up for it. A
// weight the updates drove beyond the grid (an error of more than half its own
// step) goes at once. Weights a mask removes come first, with Q = 0.
//
//===----------------------------------------------------------------------===//

#include "Elimination.h"
#include "Problem.h"
#include "Strategies.h"

#include <cmath>

using namespace edgebert::compression;

namespace {

/// Whether w is further beyond the grid's largest point than half the step
/// below that point.
bool isOutlier(float w, const Grid &grid, int64_t r, int64_t c) {
  float most = grid.format().maxFinite(grid.metadata(r, c));
  float beyond = std::fabs(w) - most;
  return beyond > 0 && std::fabs(grid.nearest(most - beyond, r, c)) != most;
}

/// The weight to fix next; -1 when all are.
int64_t next(const Elimination &row, const Grid &grid, int64_t r,
             const Mask *mask) {
  int64_t best = -1;
  double least = INFINITY;
  for (int64_t j = 0; j < row.size(); ++j) {
    if (row.isFixed(j))
      continue;
    auto w = float(row.weight(j));
    if ((mask && !mask->keeps(r, j)) || isOutlier(w, grid, r, j))
      return j;
    double cost = row.cost(j, grid.nearest(w, r, j));
    if (best < 0 || cost < least) {
      least = cost;
      best = j;
    }
  }
  return best;
}

} // namespace

llvm::Expected<Quantized>
edgebert::compression::obq(MatrixView w, const Gram &gram,
                           const QuantizeOptions &options, const Mask *mask) {
  Report report;
  std::vector<double> inverse = inverseOf(
      factorInverse(gram, naturalOrder(w.columns), options.solver, report));
  Matrix values = withoutDeadInputs(w, gram);
  Grid grid(options.grid, w.rows, w.columns);
  grid.fit(mask ? mask->apply(values) : values);
  for (int64_t r = 0; r < w.rows; ++r) {
    Elimination row(values.row(r), inverse);
    for (int64_t j; (j = next(row, grid, r, mask)) >= 0;) {
      bool stays = !mask || mask->keeps(r, j);
      row.fix(j, stays ? grid.nearest(float(row.weight(j)), r, j) : 0);
    }
    row.store(values.row(r));
    if (options.progress)
      options.progress(double(r + 1) / double(w.rows));
  }
  return finish(w, std::move(grid), values, &gram, mask, std::move(report));
}
