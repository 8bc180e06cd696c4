//===- Lapq.h - clipping chosen by the model's loss -------------*- C++ -*-===//
//
// Nahshan et al. 2019 (arXiv 1911.07190), thesis 5.3.2: (1) for each p the
// clipping that minimises every matrix's L_p error; (2) a quadratic fit of the
// loss against p; (3) Powell's method on all clippings at once, from there.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_COMPRESSION_LAPQ_H
#define EDGEBERT_COMPRESSION_LAPQ_H

#include "edgebert/Compression/Grid.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace edgebert::compression {

struct LapqOptions {
  std::vector<double> norms = {2.0, 2.5, 3.0, 3.5, 4.0};
  /// Sweeps of Powell's method over all directions; 0 stops after the fit.
  unsigned iterations = 2;
  /// Evaluations of each line search, and its span around the start.
  unsigned lineSteps = 12;
  double lineSpan = 0.3;
};

/// The loss of the model whose i-th matrix is quantized with the range `ratios
/// [i]` times its maximum (GridOptions::ratio of RangeSearch::Fixed).
using RatioLoss =
    llvm::function_ref<llvm::Expected<double>(llvm::ArrayRef<double> ratios)>;

/// W on the grid of `options` with the range `ratio` times its maximum.
Matrix roundWithRatio(MatrixView w, GridOptions options, double ratio);

struct LapqResult {
  std::vector<double> ratios;
  /// The p of the fit, and the loss there and at the end; the end is never
  /// worse than any of the candidates.
  double norm = 0;
  double fittedLoss = 0;
  double loss = 0;
  unsigned evaluations = 0;
};

/// The best ratios for `weights` on the grids of `grid` (its search is
/// ignored). Errors are the loss's own.
llvm::Expected<LapqResult> lapq(llvm::ArrayRef<MatrixView> weights,
                                const GridOptions &grid, RatioLoss loss,
                                const LapqOptions &options = {});

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_LAPQ_H
