//===- Outcome.h - what came of a trial -------------------------*- C++ -*-===//

#ifndef EDGEBERT_CAMPAIGN_OUTCOME_H
#define EDGEBERT_CAMPAIGN_OUTCOME_H

#include "edgebert/Campaign/Sampler.h"
#include "edgebert/Campaign/SegmentGraph.h"

namespace edgebert::campaign {

enum class Outcome : uint8_t {
  Identical, ///< masked: every output has the golden bits
  Tolerable, ///< masked: outputs differ, the predictions do not
  Sdc,       ///< silent data corruption: a prediction differs
  Detected,  ///< a guard of the program has seen it
  NonFinite, ///< a NaN or an infinity where the golden output has a number
};

inline constexpr int kNumOutcomes = 5;

/// "identical", "tolerable", "sdc", "detected", "non-finite".
llvm::StringRef stringifyOutcome(Outcome outcome);
std::optional<Outcome> symbolizeOutcome(llvm::StringRef name);

/// SDC and non-finite results are failures; NaN is never left out.
inline bool isFailure(Outcome outcome) {
  return outcome == Outcome::Sdc || outcome == Outcome::NonFinite;
}

struct TrialResult {
  Trial trial;
  /// What each fault did; `site` is the number of the site in the list.
  llvm::SmallVector<numerics::FaultRecord, 1> records;
  Outcome outcome = Outcome::Identical;
  /// Loss minus golden loss; NaN where it is not finite.
  double deltaLoss = 0;
  /// The last segment that computed anything for the trial, -1 for none: where
  /// a masked fault died.
  int lastSegment = -1;
};

/// Judges outputs of a program by their first: rows of scores of classes.
class Judge {
public:
  /// `labels`, if there are any, hold the class of each input row.
  Judge(const SegmentGraph &graph, std::vector<int64_t> labels);

  /// Sets outcome and loss of `result` from the outputs' bytes.
  void judge(llvm::ArrayRef<const char *> outputs,
             llvm::ArrayRef<const char *> golden, TrialResult &result) const;

private:
  double getLoss(const float *scores, int64_t label) const;

  const SegmentGraph &graph;
  std::vector<int64_t> labels;
  int64_t numClasses = 1, numPositions = 1;
};

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_OUTCOME_H
