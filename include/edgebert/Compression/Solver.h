//===- Solver.h - options and report of the second-order solvers *- C++ -*-===//

#ifndef EDGEBERT_COMPRESSION_SOLVER_H
#define EDGEBERT_COMPRESSION_SOLVER_H

#include <cstdint>
#include <functional>
#include <string>

namespace edgebert::compression {

/// How H is made invertible and in what order its columns are visited.
struct SolverOptions {
  /// Added to H's diagonal, relative to its mean.
  double damping = 0.01;
  /// How often the damping grows tenfold when H is not positive definite.
  unsigned retries = 3;
  /// Columns after which SparseGPT looks again which weights to remove. (The
  /// results of GPTQ do not depend on it.)
  int64_t blockColumns = 128;
  /// Visit the inputs by falling H_jj; group metadata are then chosen before
  /// the first column instead of when a group is entered.
  bool actOrder = false;
};

/// Told the share of work done (0 to 1) by what may take long.
using Progress = std::function<void(double done)>;

/// What happened to one matrix. Errors are means over the samples.
struct Report {
  /// sum (w - w^)^2.
  double weightError = 0;
  /// 1/2 sum over rows of dw^T H dw; 0 without data.
  double outputError = 0;
  /// Weights that are zero.
  int64_t zeros = 0;
  int64_t weights = 0;
  /// Inputs that never fired: their weights became zero.
  int64_t deadInputs = 0;
  /// The relative damping that worked, and the attempts before it.
  double damping = 0;
  unsigned retries = 0;
  /// Empty, or what the method did instead of what was asked, e.g. because H
  /// was not positive definite under any damping.
  std::string fallback;
};

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_SOLVER_H
