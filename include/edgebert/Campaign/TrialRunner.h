//===- TrialRunner.h - run trials -------------------------------*- C++ -*-===//
//
// Two ways to run the same trials with the same results. DefinitionRunner says
// what a trial is: the program runs from its beginning, and the faults strike
// where they are. WindowRunner computes only what may differ from the golden
// run, for many trials at once.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_CAMPAIGN_TRIALRUNNER_H
#define EDGEBERT_CAMPAIGN_TRIALRUNNER_H

#include "edgebert/Campaign/Outcome.h"
#include "edgebert/Campaign/SegmentedProgram.h"
#include <mutex>

namespace edgebert::campaign {

/// The rows of input arrays that trials run on, and their golden runs.
class InputRows {
public:
  /// `arrays` hold the program's inputs by name; an array with another leading
  /// dimension than its input (1) holds one row per index.
  static llvm::Expected<std::unique_ptr<InputRows>>
  create(const SegmentedProgram &program,
         std::vector<execution::NamedArray> arrays, int64_t limit);

  int64_t getNumRows() const { return numRows; }
  /// The bytes of each input in a row.
  llvm::SmallVector<const char *> getInputs(int64_t row) const;
  /// The golden run of a row, which is computed when it is first asked for.
  /// Safe on several threads.
  const GoldenRun &getGolden(int64_t row, Workspace &workspace);
  /// Bytes of one golden run.
  int64_t getGoldenBytes() const;

private:
  InputRows(const SegmentedProgram &program) : program(program) {}

  const SegmentedProgram &program;
  std::vector<execution::NamedArray> arrays;
  int64_t numRows = 1;
  std::mutex mutex;
  std::vector<std::unique_ptr<GoldenRun>> golden;
};

/// What all faults of a campaign do to their bits.
struct FaultKind {
  numerics::FaultModel model = numerics::FaultModel::Flip;
  /// Neighbouring bits from the sampled one up, within the word.
  unsigned numBits = 1;
  /// Random numbers of a campaign.
  uint64_t seed = 0;
  float low = 1, high = 0;

  /// Strikes `fault` of a trial in the bytes of its site's value.
  numerics::FaultRecord strike(const Site &site, const PlannedFault &fault,
                               int64_t trial, void *data) const;
};

class TrialRunner {
public:
  virtual ~TrialRunner() = default;
  /// Fills `results`, which hold their trials.
  virtual void run(llvm::MutableArrayRef<TrialResult> results) = 0;
};

/// Everything that runners share.
struct CampaignProgram {
  const SegmentedProgram &program;
  InputRows &rows;
  const Judge &judge;
  FaultKind fault;
};

/// The definition of a trial.
std::unique_ptr<TrialRunner>
createDefinitionRunner(const CampaignProgram &campaign);

/// The fast way; `window` trials at once.
std::unique_ptr<TrialRunner> createWindowRunner(const CampaignProgram &campaign,
                                                int64_t window);

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_TRIALRUNNER_H
