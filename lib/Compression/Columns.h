//===- Columns.h - one column after the other, the rest makes up *- C++ -*-===//
//
// GPTQ and SparseGPT are one loop: take the next input's column, replace it by
// its allowed values (a grid point, zero where the mask says so, or both), and
// let all columns to the right make up for the error,
//
//   e_j = (w_j - q_j) / U_jj,   w_k -= e_j U_jk  for k > j.
//
// Done in halves recursively, so that nearly all work is matrix products; the
// order of dependencies is that of the loop.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_COMPRESSION_COLUMNS_H
#define EDGEBERT_LIB_COMPRESSION_COLUMNS_H

#include "edgebert/Compression/Prune.h"

namespace edgebert::compression {

struct ColumnProblem {
  MatrixView w;
  const Gram &gram;
  const SolverOptions &solver;
  /// Where to quantize to; metadata are chosen on the way.
  Grid *grid = nullptr;
  /// The mask to keep, or, with `selection`, the one that is chosen.
  Mask *mask = nullptr;
  const PruneOptions *selection = nullptr;
};

/// The new weights. Errors: options that do not fit together.
llvm::Expected<Matrix> solveColumns(const ColumnProblem &problem,
                                    Report &report);

} // namespace edgebert::compression

#endif // EDGEBERT_LIB_COMPRESSION_COLUMNS_H
