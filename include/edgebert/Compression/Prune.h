//===- Prune.h - weights to zero --------------------------------*- C++ -*-===//
//
// One entry for all strategies on one weight matrix (thesis chapter 6), and its
// three steps by themselves: score, select (Mask.h), reconstruct. Masks from
// elsewhere (mask transfer, global selection, heads) enter at the third.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_COMPRESSION_PRUNE_H
#define EDGEBERT_COMPRESSION_PRUNE_H

#include "edgebert/Compression/Quantize.h"

#include <optional>

namespace edgebert::compression {

enum class PruneStrategy {
  Magnitude, ///< |w|
  Random,    ///< from `seed`
  Wanda,     ///< |w| ||x_j||, among the weights of a row
  Obd,       ///< 1/2 w^2 H_jj
  Obc,       ///< OBS one weight at a time per row (exact, slow)
  SparseGpt, ///< the same in one column order for all rows
};

bool needsData(PruneStrategy strategy);
/// The scope a strategy's authors compare in: rows for Wanda, else the matrix.
Scope defaultScope(PruneStrategy strategy);

/// What the weights that stay do about those that went.
enum class Reconstruction {
  None,         ///< nothing
  Columns,      ///< SparseGPT: those to the right make up, column by column
  LeastSquares, ///< OBS for the whole set: the exact optimum, row by row
};

struct PruneOptions {
  PruneStrategy strategy = PruneStrategy::Magnitude;
  double sparsity = 0.5;
  Pattern pattern;
  /// By default the strategy's own.
  std::optional<Scope> scope;
  /// Random's seed.
  uint64_t seed = 0;
  SolverOptions solver;
  Progress progress;
};

struct Pruned {
  Mask mask;
  Matrix values;
  Report report;
};

/// The scores of all weights, low goes first: Magnitude, Random, Wanda, Obd,
/// and for Obc and SparseGpt w^2 / (2 [H^-1]_jj), the loss of removing one
/// weight first.
llvm::Expected<Matrix> score(MatrixView w, const Gram *gram,
                             const PruneOptions &options);

/// Prunes W: SparseGpt reconstructs by columns and selects as it goes, Obc
/// makes up after each weight, the others only remove. Obc takes Unstructured
/// and NM; SparseGpt Unstructured, NM and blocks as wide as divide
/// `solver.blockColumns`, each with the options' sparsity in every block of
/// columns.
llvm::Expected<Pruned> prune(MatrixView w, const Gram *gram,
                             const PruneOptions &options);

/// W under a given mask. `gram` is needed by all but None.
llvm::Expected<Pruned> pruneWithMask(MatrixView w, const Gram *gram,
                                     const Mask &mask,
                                     Reconstruction reconstruction,
                                     const SolverOptions &solver = {});

/// SparseGPT and GPTQ in one pass: selects, removes and quantizes column by
/// column. The mask is the selected one; rounding may add zeros.
struct PrunedAndQuantized {
  Mask mask;
  Quantized quantized;
};
llvm::Expected<PrunedAndQuantized> pruneAndQuantize(MatrixView w,
                                                    const Gram &gram,
                                                    const PruneOptions &options,
                                                    const GridOptions &grid);

/// How one layer's error grows with its sparsity: at least two points of rising
/// sparsity, e.g. measured on a few levels.
struct SensitivityCurve {
  int64_t weights = 0;
  std::vector<double> sparsities;
  std::vector<double> errors;
};

/// The sparsity of each layer with the least total error, together exactly
/// llround(sparsity x all weights) zeros: always the layer whose (convex,
/// piecewise linear) error rises least per weight goes next.
llvm::Expected<std::vector<int64_t>>
allocateZeros(llvm::ArrayRef<SensitivityCurve> layers, double sparsity);

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_PRUNE_H
