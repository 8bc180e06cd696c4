//===- Quantize.h - weights onto a grid -------------------------*- C++ -*-===//
//
// One entry for all strategies on one weight matrix (thesis chapters 5 and 10;
// LAPQ, which needs the model's loss, is in Lapq.h). Every strategy keeps a
// mask it is given: the weights it removes are zero in the result, and the
// second-order strategies make up for them.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_COMPRESSION_QUANTIZE_H
#define EDGEBERT_COMPRESSION_QUANTIZE_H

#include "edgebert/Compression/Gram.h"
#include "edgebert/Compression/Grid.h"
#include "edgebert/Compression/Mask.h"
#include "edgebert/Compression/Solver.h"

namespace edgebert::compression {

enum class QuantizeStrategy {
  RoundToNearest, ///< each weight by itself (max-scaled, or clipped by search)
  AdaRound,       ///< learn for each weight whether it goes up or down
  Obq,            ///< one weight at a time, the others make up (exact, slow)
  Gptq,           ///< the same in one column order for all rows
  Awq,            ///< scale the inputs that matter, then round
};

/// Whether the strategy needs a Gram.
bool needsData(QuantizeStrategy strategy);

/// Nagel et al. 2020 (arXiv 2004.10568), gradients in closed form.
struct AdaRoundOptions {
  unsigned iterations = 1000;
  double rate = 0.01; ///< of Adam
  double regularization = 0.01;
  double betaStart = 20, betaEnd = 2;
  double warmStart = 0.2; ///< share of iterations without regularization
};

/// Lin et al. 2023 (arXiv 2306.00978).
struct AwqOptions {
  /// alpha in {0, 1/steps, ... (steps - 1)/steps}.
  unsigned steps = 20;
  /// Then clip each group at 1, 1 - maxShrink/clipSteps, ... of its maximum,
  /// 0 < i < clipSteps; none for clipSteps = 0.
  unsigned clipSteps = 10;
  double maxShrink = 0.5;
};

struct QuantizeOptions {
  explicit QuantizeOptions(GridOptions grid) : grid(std::move(grid)) {}
  QuantizeStrategy strategy = QuantizeStrategy::RoundToNearest;
  GridOptions grid;
  SolverOptions solver;
  AdaRoundOptions adaRound;
  AwqOptions awq;
  Progress progress;
};

struct Quantized {
  Grid grid;
  /// `grid.format().storageBytes()` per weight, row-major.
  std::vector<uint8_t> codes;
  /// What the codes stand for: W^, or with `inputScales` s (AWQ) the grid point
  /// of W s, for a producer that divides its output j by s_j.
  Matrix values;
  std::vector<float> inputScales;
  Report report;

  /// W^: `values`, with the input scales divided out where there are any.
  Matrix effective() const;
};

/// Quantizes W. `gram` (of as many inputs) is needed by all but RoundToNearest;
/// where it is given, the report has the output error. `mask`: weights to keep
/// at zero. Errors: shapes that do not fit, a missing Gram, an option out of
/// range, a format without the value zero where there is a mask.
llvm::Expected<Quantized> quantize(MatrixView w, const Gram *gram,
                                   const QuantizeOptions &options,
                                   const Mask *mask = nullptr);

/// AWQ's scales for matrices that share one input (query, key and value): one
/// positive number per input, to be multiplied into the columns of W and
/// divided out of the producer. All ones where no alpha beats 0.
struct AwqScales {
  std::vector<float> scales;
  double alpha = 0;
  /// The output error for each alpha tried; the first is that of alpha = 0.
  std::vector<double> errors;
};
llvm::Expected<AwqScales> searchAwqScales(llvm::ArrayRef<MatrixView> weights,
                                          const Gram &gram,
                                          const GridOptions &grid,
                                          const AwqOptions &options,
                                          const Mask *mask = nullptr);

/// Quantizes W under given input scales (one per input), with AWQ's clipping.
llvm::Expected<Quantized> quantizeScaled(MatrixView w, const Gram &gram,
                                         llvm::ArrayRef<float> scales,
                                         const GridOptions &grid,
                                         const AwqOptions &options,
                                         const Mask *mask = nullptr);

/// SmoothQuant's scales s_j = max|X_j|^a / max|W_j|^(1-a) for matrices that
/// share one input (arXiv 2211.10438): divide the producer, multiply W.
std::vector<float> smoothScales(llvm::ArrayRef<MatrixView> weights,
                                const Gram &gram, double strength = 0.5);

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_QUANTIZE_H
