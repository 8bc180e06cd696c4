//===- Interaction.h - what quantization and pruning do to each other -----===//
//
// Thesis chapter 10. With dQ = Q(w) - w and dS the later change by pruning, the
// loss rises by about
//
//   1/2 dQ^T H dQ + dS^T H dQ + 1/2 dS^T H dS
//
// and choosing the two independently ignores the middle term.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_COMPRESSION_INTERACTION_H
#define EDGEBERT_COMPRESSION_INTERACTION_H

#include "edgebert/Compression/Prune.h"

#include <variant>

namespace edgebert::compression {

/// The second-order terms of two changes after each other, summed over rows.
struct SecondOrderTerms {
  double first = 0;  ///< 1/2 a^T H a
  double cross = 0;  ///< a^T H b
  double second = 0; ///< 1/2 b^T H b
  double total() const { return first + cross + second; }
};

/// The terms of going from `original` over `between` to `after`; first is
/// quantization in Q then S, pruning in S then Q.
SecondOrderTerms secondOrderTerms(MatrixView original, MatrixView between,
                                  MatrixView after, const Gram &gram);

/// Weights that were told apart before quantization and are not after.
struct Collisions {
  int64_t weights = 0;
  /// Different magnitudes before and after, within each scope.
  int64_t distinctBefore = 0;
  int64_t distinctAfter = 0;
  /// The largest magnitude that pruning to the asked sparsity removes. Zero
  /// means that rounding alone reached the sparsity, so that pruning changes
  /// nothing: the thesis's asterisked cases.
  double threshold = 0;
  /// Weights exactly at the threshold, and those of them that go: which ones is
  /// decided by their index alone. (Scope Row: sums over the rows.)
  int64_t atThreshold = 0;
  int64_t removedAtThreshold = 0;
  /// Weights that one of the masks of the original and of the quantized weights
  /// keeps and the other does not.
  int64_t masksDiffer = 0;
};
llvm::Expected<Collisions> findCollisions(MatrixView original,
                                          MatrixView quantized, double sparsity,
                                          Scope scope = Scope::Tensor);

/// Scores for pruning quantized weights when the originals are at hand: what
/// removing weight j alone adds to the loss, cross term included,
///   1/2 H_jj q_j^2 - q_j (H (q - w))_j.
/// Without a Gram, H = 2 I: then it is w^2 - (q - w)^2, nearly the magnitude of
/// the original.
Matrix quantizationAwareScores(MatrixView original, MatrixView quantized,
                               const Gram *gram);

/// The mask of those scores taken again after each of `rounds` equal parts of
/// the removals. One round would remove weights that make each other's removal
/// dear: the scores are right for one weight at a time.
llvm::Expected<Mask> quantizationAwareMask(MatrixView original,
                                           MatrixView quantized,
                                           const Gram &gram, double sparsity,
                                           unsigned rounds = 32);

/// The same without originals (10.6.3). From the quantized weights, a few steps
/// of gradient descent on the layer's squared error, which needs only what the
/// layer's outputs should be: `outputProducts` = sum over samples of y x^T
/// [outputs x inputs]. The steps move collided weights apart, toward where they
/// came from; the result is for scoring (its magnitudes give the mask), the
/// quantized weights stay.
struct SeparationOptions {
  unsigned steps = 10;
  /// Of the largest stable step 1 / max eigenvalue of H.
  double rate = 1.0;
};
Matrix separateCollisions(MatrixView quantized, const Gram &gram,
                          MatrixView outputProducts,
                          const SeparationOptions &options = {});

/// sum y x^T of a layer whose weights are W.
Matrix outputProducts(MatrixView w, const Gram &gram);

/// The largest eigenvalue of H, by power iteration.
double largestEigenvalue(const Gram &gram, unsigned iterations = 100);

/// Where pruning takes its mask from.
enum class MaskSource {
  Current,   ///< the weights it prunes
  Original,  ///< the weights before all steps: "inverse induced" after Q
  Quantized, ///< the original weights are pruned by the mask of the quantized
             ///< ones: "induced"
};

/// A step of a schedule.
struct PruneStep {
  PruneOptions options;
  MaskSource source = MaskSource::Current;
};
using Step = std::variant<QuantizeOptions, PruneStep>;

/// One step's outcome: weights, the mask so far, and the terms of the change up
/// to this step (first) and by it (second); zero without data.
struct StepResult {
  Matrix values;
  std::optional<Mask> mask;
  std::optional<Quantized> quantized;
  SecondOrderTerms terms;
  Report report;
};

/// Runs the steps in order, e.g. S then Q, Q then S, or S Q S Q with falling
/// widths and rising sparsities (10.7). With `keepMask` quantizers after a
/// pruner keep its mask.
llvm::Expected<std::vector<StepResult>> runSchedule(MatrixView w,
                                                    const Gram *gram,
                                                    llvm::ArrayRef<Step> steps,
                                                    bool keepMask = true);

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_INTERACTION_H
