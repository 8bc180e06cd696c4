//===- EarlyExit.h - leave at the first layer that is sure ------*- C++ -*-===//
//
// Early exit (thesis 9.1.1, algorithms 2 and 3) on models whose output stacks
// the logits of one exit head per layer. One run records what every exit of
// every sentence says and costs; any threshold and target latency is then
// evaluated from the recording without simulating again. What is evaluated so
// is exact where a sentence's layers cost the same whether or not later ones
// follow, which holds on this machine: a row of inputs starts when the one
// before has been drained.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_PIPELINES_EARLYEXIT_H
#define EDGEBERT_PIPELINES_EARLYEXIT_H

#include "edgebert/Machine/Machine.h"
#include "edgebert/Pipelines/Run.h"

namespace edgebert {

/// Rows (sentences) by exits, row-major.
struct ExitRecording {
  int64_t rows = 0, exits = 0, classes = 0;
  /// [rows, exits, classes]
  std::vector<float> logits;
  /// [rows, exits], by command 11: nats with 10 fraction bits.
  std::vector<int16_t> entropies;
  /// [rows, exits], from the start to the decision at the exit, all heads and
  /// entropies on the way included; `busy` is the chip's part of `cycles`.
  std::vector<int64_t> cycles, busy;
  /// [rows], or empty.
  std::vector<int64_t> labels;

  int64_t predict(int64_t row, int64_t exit) const;

  llvm::Error write(llvm::StringRef path) const;
  /// Checks shapes and that the cycles of a row never fall.
  static llvm::Expected<ExitRecording> read(llvm::StringRef path);
};

/// The entropy unit, driven through its registers as a host program would:
/// logits to codes, to DRAM, to decoder 0, command 11, status.
///
/// The unit takes a row of 16 V lanes, and lanes without a logit would take
/// part as 0 (fact sheet 5.5). They get the most negative code of the largest
/// bias, which needs logits between -7.5 and 7.5: the difference to the
/// largest is then below -8, of which EXP is 0, and above -32, where 16 bits
/// would wrap. Other logits are moved there: adding a constant to all logits
/// changes no entropy.
class EntropyUnit {
public:
  struct Result {
    machine::EntropyResult entropy;
    machine::Stats stats;
  };
  explicit EntropyUnit(const machine::Description &desc);
  /// Threshold: nats with 10 fraction bits.
  llvm::Expected<Result> run(llvm::ArrayRef<float> logits, int16_t threshold);

private:
  machine::Machine chip;
  std::vector<uint8_t> memory;
};

/// Runs a scheduled or command form. Which of its operations an exit needs
/// comes from the model form beside it (model.mlir of edgebert-compile).
llvm::Expected<ExitRecording> recordExits(const FormRun &run,
                                          mlir::MLIRContext &context);

struct ExitPolicy {
  /// Nats with 10 fraction bits; a row leaves where entropy <= threshold.
  int16_t threshold = 0;
  /// Algorithm 3; without, algorithm 2 at the machine's operating point.
  std::optional<double> targetMilliseconds;
  /// The part of recorded rows of about the same entropy after the first layer
  /// that leave by the predicted layer.
  double quantile = 0.9;
};

struct ExitOutcome {
  int16_t threshold = 0;
  /// Rows by exit.
  std::vector<int64_t> histogram;
  /// Exits are counted from 1.
  double meanExit = 0;
  /// Rows predicted right, if there are labels.
  int64_t correct = 0;
  /// Milliseconds.
  double p50 = 0, p95 = 0, p99 = 0;
  /// Rows later than the target.
  int64_t missed = 0;
  /// Mean over rows.
  double microjoule = 0, volts = 0;
};

/// Algorithm 3 predicts a row from the rows of the other parity, so that no
/// row is predicted from itself. The first layer runs at the operating point;
/// the others run at the lowest point at which the most cycles recorded from
/// the first to the predicted exit fit into what is left of the time.
/// Changing the point takes no time.
ExitOutcome evaluateExits(const ExitRecording &recording,
                          const machine::EnergyTable &table,
                          const ExitPolicy &policy);

struct ExitSweep {
  std::string recording;
  std::string machine = "asic";
  /// Nats; empty: a few.
  std::vector<double> thresholds;
  /// Thresholds between 0 and ln(classes) from which the best is taken.
  unsigned steps = 1000;
  std::optional<double> targetMilliseconds;
  double quantile = 0.9;
  /// Where to write the report as JSON; empty: only print it.
  std::string report;
};

/// Evaluates a recording and prints to `os`.
llvm::Error sweepExits(const ExitSweep &sweep, llvm::raw_ostream &os);

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_EARLYEXIT_H
