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

#include "edgebert/Dialect/EdgeBERT/Transforms/ExitRules.h"
#include "edgebert/Machine/Machine.h"
#include "edgebert/Pipelines/Run.h"
#include "llvm/Support/JSON.h"

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
/// logits to codes (ExitRules.h), to DRAM, to decoder 0, command 11, status.
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

/// The first exit, from 0, at which the entropy is small enough, else the last.
int64_t findExit(const ExitRecording &recording, int64_t row,
                 int16_t threshold);

/// What algorithm 3 looks up after the first exit.
struct ExitTable {
  /// Of every `step`-th recorded row from `begin` on.
  ExitTable(const ExitRecording &recording, int16_t threshold, double quantile,
            int64_t begin = 0, int64_t step = 1);

  /// The exit, from 1, by which the part `quantile` of the rows of such an
  /// entropy has left that went on after the first one; by steps of the entropy
  /// (accel::exits::getBin).
  std::vector<int64_t> predicted;
  /// The most cycles to the first exit, and from there to each other one.
  std::vector<int64_t> cycles;

  /// The inputs exit_table and exit_cycles of edgebert-early-exit{dvfs}.
  std::vector<execution::NamedArray> getInputs() const;
};

/// Gives `request` the inputs of edgebert-early-exit that `run` asks for.
llvm::Error addExitInputs(const FormRun &run,
                          llvm::ArrayRef<execution::Port> inputs,
                          execution::RunRequest &request);

struct ExitPolicy {
  /// Nats with 10 fraction bits; a row leaves where entropy <= threshold.
  int16_t threshold = 0;
  /// Algorithm 3; without, algorithm 2 at the machine's operating point.
  std::optional<double> targetMilliseconds;
  /// The part of recorded rows of about the same entropy after the first layer
  /// that leave by the predicted layer.
  double quantile = 0.9;
  /// Predicts all rows; without, a row is predicted from the rows of the other
  /// parity, so that none is predicted from itself.
  const ExitTable *table = nullptr;
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

/// Collects rows.
class OutcomeBuilder {
public:
  OutcomeBuilder(int64_t exits, int16_t threshold,
                 std::optional<double> targetMilliseconds)
      : target(targetMilliseconds) {
    outcome.threshold = threshold;
    outcome.histogram.resize(exits);
  }
  /// A row that left at `exit`, from 0; `volts` of the layers after the first.
  void add(int64_t exit, double milliseconds, double microjoule, double volts);
  void addCorrect() { ++outcome.correct; }
  ExitOutcome finish();

private:
  ExitOutcome outcome;
  std::optional<double> target;
  std::vector<double> latencies;
};

/// For a report; accuracy if `hasLabels`.
llvm::json::Object describe(const ExitOutcome &outcome, int64_t rows,
                            bool hasLabels);

/// Cycles in which a unit of the chip worked.
int64_t getBusyCycles(const machine::Stats &stats);
/// Microjoule of `cycles` of which the chip works in `busy`.
double getMicrojoule(const machine::EnergyTable &table, int64_t cycles,
                     int64_t busy, unsigned point);

/// What each row of a run takes and uses, at the points that it chose.
class RowCosts {
public:
  explicit RowCosts(machine::Machine &chip)
      : chip(chip), point(chip.description().energy.operatingPoint) {}
  /// A row that began where the one before ended.
  void endRow();

  /// By row.
  std::vector<double> milliseconds, microjoule, volts;

private:
  machine::Machine &chip;
  int64_t before = 0, busyBefore = 0;
  /// Of the chip's voltage changes.
  size_t next = 0;
  unsigned point;
};

/// Algorithm 3: the first layer runs at the operating point; the others run at
/// the lowest point at which the most cycles recorded from the first to the
/// predicted exit fit into what is left of the time. Changing the point takes
/// no time.
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
  /// Another recording that rows are predicted from; empty: ExitPolicy::table.
  std::string table;
  /// Where to write the report as JSON; empty: only print it.
  std::string report;
};

/// Evaluates a recording and prints to `os`.
llvm::Error sweepExits(const ExitSweep &sweep, llvm::raw_ostream &os);

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_EARLYEXIT_H
