//===- SweepExits.cpp - thresholds and deadlines from a recording ---------===//

#include "edgebert/Machine/Energy.h"
#include "edgebert/Pipelines/EarlyExit.h"
#include "edgebert/Support/JsonFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace edgebert;
namespace energy = edgebert::machine::energy;

ExitOutcome edgebert::evaluateExits(const ExitRecording &recording,
                                    const machine::EnergyTable &table,
                                    const ExitPolicy &policy) {
  OutcomeBuilder outcome(recording.exits, policy.threshold,
                         policy.targetMilliseconds);
  const unsigned nominal = table.operatingPoint;
  // By the parity of the rows that they predict.
  std::vector<ExitTable> tables;
  if (policy.targetMilliseconds && policy.table)
    tables.assign(2, *policy.table);
  else if (policy.targetMilliseconds)
    for (int64_t parity : {1, 0})
      tables.emplace_back(recording, policy.threshold, policy.quantile, parity,
                          2);
  for (int64_t row = 0; row < recording.rows; ++row) {
    const int64_t first = row * recording.exits;
    int64_t exit = findExit(recording, row, policy.threshold);
    unsigned point = nominal;
    if (policy.targetMilliseconds && exit > 0) {
      const ExitTable &predictor = tables[row % 2];
      int64_t last =
          predictor
              .predicted[accel::exits::getBin(recording.entropies[first])] -
          1;
      exit = std::min(exit, last);
      point = accel::exits::choosePoint(table, predictor.cycles[0],
                                        predictor.cycles[last],
                                        float(*policy.targetMilliseconds));
    }
    int64_t cycles = recording.cycles[first + exit] - recording.cycles[first];
    int64_t busy = recording.busy[first + exit] - recording.busy[first];
    outcome.add(exit,
                energy::milliseconds(table, recording.cycles[first], nominal) +
                    energy::milliseconds(table, cycles, point),
                getMicrojoule(table, recording.cycles[first],
                              recording.busy[first], nominal) +
                    getMicrojoule(table, cycles, busy, point),
                energy::volts(table, point));
    if (!recording.labels.empty() &&
        recording.predict(row, exit) == recording.labels[row])
      outcome.addCorrect();
  }
  return outcome.finish();
}

//===----------------------------------------------------------------------===//
// Report
//===----------------------------------------------------------------------===//

static double percent(int64_t part, int64_t whole) {
  return whole ? 100.0 * double(part) / double(whole) : 0;
}

llvm::json::Object edgebert::describe(const ExitOutcome &outcome, int64_t rows,
                                      bool hasLabels) {
  llvm::json::Object object{
      {"threshold", accel::exits::toNats(outcome.threshold)},
      {"mean_exit", outcome.meanExit},
      {"p50_ms", outcome.p50},
      {"p95_ms", outcome.p95},
      {"p99_ms", outcome.p99},
      {"missed", outcome.missed},
      {"microjoule", outcome.microjoule},
      {"volts_after_first_layer", outcome.volts},
      {"histogram", llvm::json::Array(outcome.histogram)}};
  if (hasLabels)
    object["accuracy"] = percent(outcome.correct, rows) / 100;
  return object;
}

static void printRow(const ExitOutcome &outcome, const ExitRecording &recording,
                     llvm::raw_ostream &os) {
  os << llvm::formatv("  {0,9:f4} {1,6:f3} {2,7:f1}%",
                      accel::exits::toNats(outcome.threshold), outcome.meanExit,
                      100 * outcome.meanExit / double(recording.exits));
  if (!recording.labels.empty())
    os << llvm::formatv(" {0,7:f2}%", percent(outcome.correct, recording.rows));
  os << llvm::formatv(" {0,8:f3} {1,8:f3} {2,8:f3} {3,6} {4,9:f1} {5,5:f2} ",
                      outcome.p50, outcome.p95, outcome.p99, outcome.missed,
                      outcome.microjoule, outcome.volts);
  for (int64_t count : outcome.histogram)
    os << ' ' << count;
  os << '\n';
}

static llvm::Expected<int16_t> toRegister(double nats) {
  int16_t threshold = accel::exits::toThreshold(float(nats));
  if (!(std::fabs(accel::exits::toNats(threshold) - nats) < 0.001))
    return llvm::createStringError(
        llvm::formatv("--exit-threshold: expected -32 to 31.999 nats (signed "
                      "16 bits, 10 of fraction), found {0}",
                      nats));
  return threshold;
}

llvm::Error edgebert::sweepExits(const ExitSweep &sweep,
                                 llvm::raw_ostream &os) {
  auto recording = ExitRecording::read(sweep.recording);
  if (!recording)
    return recording.takeError();
  auto desc = machine::Description::load(sweep.machine);
  if (!desc)
    return desc.takeError();
  if (sweep.targetMilliseconds && !(*sweep.targetMilliseconds > 0))
    return llvm::createStringError(
        llvm::formatv("--target-latency-ms: expected more than 0, found {0}",
                      *sweep.targetMilliseconds));
  if (!(sweep.quantile > 0 && sweep.quantile <= 1))
    return llvm::createStringError(llvm::formatv(
        "--exit-quantile: expected more than 0 and at most 1, found {0}",
        sweep.quantile));
  std::optional<ExitRecording> predictors;
  if (!sweep.table.empty()) {
    auto read = ExitRecording::read(sweep.table);
    if (!read)
      return read.takeError();
    if (read->exits != recording->exits)
      return llvm::createStringError(llvm::formatv(
          "--exit-table: {0} has {1} exits, {2} has {3}", sweep.table,
          read->exits, sweep.recording, recording->exits));
    predictors = std::move(*read);
  }
  bool hasLabels = !recording->labels.empty();
  ExitPolicy policy;
  policy.targetMilliseconds = sweep.targetMilliseconds;
  policy.quantile = sweep.quantile;
  auto evaluate = [&](int16_t threshold) {
    policy.threshold = threshold;
    std::optional<ExitTable> table;
    if (predictors && sweep.targetMilliseconds)
      table.emplace(*predictors, threshold, sweep.quantile);
    policy.table = table ? &*table : nullptr;
    return evaluateExits(*recording, desc->energy, policy);
  };
  std::vector<double> thresholds = sweep.thresholds;
  if (thresholds.empty())
    thresholds = {0, 0.05, 0.1, 0.2, 0.3, 0.5};

  // No entropy is this small: all rows take all layers, at the operating point.
  ExitPolicy all;
  all.threshold = INT16_MIN;
  ExitOutcome full = evaluateExits(*recording, desc->energy, all);
  os << llvm::formatv(
      "{0}: {1} rows, {2} exits; machine {3} at {4:f2} V, {5:f0} MHz{6}\n",
      sweep.recording, recording->rows, recording->exits, desc->name,
      energy::volts(desc->energy, desc->energy.operatingPoint),
      energy::frequencyMHz(desc->energy, desc->energy.operatingPoint),
      sweep.targetMilliseconds
          ? llvm::formatv(", target {0:f3} ms", *sweep.targetMilliseconds).str()
          : "");
  os << "  threshold   exit  layers" << (hasLabels ? " accuracy" : "")
     << "   p50 ms   p95 ms   p99 ms missed   mean uJ volts  rows by exit\n";
  os << "  all layers:\n";
  printRow(full, *recording, os);
  os << "  early exit:\n";
  llvm::json::Array outcomes;
  for (double nats : thresholds) {
    llvm::Expected<int16_t> threshold = toRegister(nats);
    if (!threshold)
      return threshold.takeError();
    ExitOutcome outcome = evaluate(*threshold);
    printRow(outcome, *recording, os);
    outcomes.push_back(describe(outcome, recording->rows, hasLabels));
  }
  llvm::json::Object root{
      {"recording", sweep.recording},
      {"machine", desc->name},
      {"rows", recording->rows},
      {"exits", recording->exits},
      {"all_layers", describe(full, recording->rows, hasLabels)},
      {"thresholds", std::move(outcomes)}};
  if (sweep.targetMilliseconds) {
    root["target_ms"] = *sweep.targetMilliseconds;
    root["quantile"] = sweep.quantile;
  }
  if (hasLabels && sweep.steps > 0) {
    // The fewest layers within a point of the accuracy of all layers.
    double top = std::log(double(std::max<int64_t>(recording->classes, 2)));
    std::optional<ExitOutcome> best;
    llvm::json::Array curve;
    for (unsigned step = 0; step <= sweep.steps; ++step) {
      llvm::Expected<int16_t> threshold =
          toRegister(top * step / double(sweep.steps));
      if (!threshold)
        return threshold.takeError();
      ExitOutcome outcome = evaluate(*threshold);
      curve.push_back(
          llvm::json::Array{accel::exits::toNats(*threshold), outcome.meanExit,
                            percent(outcome.correct, recording->rows) / 100});
      if (percent(outcome.correct, recording->rows) + 1 >=
              percent(full.correct, recording->rows) &&
          (!best || outcome.meanExit < best->meanExit))
        best = outcome;
    }
    root["curve"] = std::move(curve);
    os << llvm::formatv("fewest layers within 1 point of all layers' accuracy, "
                        "of {0} thresholds:\n",
                        sweep.steps + 1);
    if (best) {
      printRow(*best, *recording, os);
      root["best"] = describe(*best, recording->rows, hasLabels);
    } else {
      os << "  none\n";
    }
  }
  if (sweep.report.empty())
    return llvm::Error::success();
  return writeJson(sweep.report, std::move(root));
}
