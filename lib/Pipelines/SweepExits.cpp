//===- SweepExits.cpp - thresholds and deadlines from a recording ---------===//

#include "edgebert/Machine/Energy.h"
#include "edgebert/Pipelines/EarlyExit.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace edgebert;
namespace energy = edgebert::machine::energy;

/// Nats of one unit of an entropy or threshold.
static constexpr double kResolution = 1.0 / 1024;

/// The first exit at which the entropy is small enough, else the last.
static int64_t findExit(const ExitRecording &recording, int64_t row,
                        int16_t threshold) {
  const int16_t *entropies = &recording.entropies[row * recording.exits];
  for (int64_t exit = 0; exit + 1 < recording.exits; ++exit)
    if (entropies[exit] <= threshold)
      return exit;
  return recording.exits - 1;
}

namespace {

/// The exit layer and the cycles to it, by the entropy after the first layer.
class ExitTable {
public:
  ExitTable(const ExitRecording &recording, const ExitPolicy &policy,
            int64_t parity)
      : predicted(kBins, recording.exits - 1), mostCycles(recording.exits) {
    std::vector<std::vector<int64_t>> histograms(
        kBins, std::vector<int64_t>(recording.exits));
    for (int64_t row = parity; row < recording.rows; row += 2) {
      int16_t entropy = recording.entropies[row * recording.exits];
      ++histograms[getBin(entropy)][findExit(recording, row, policy.threshold)];
      const int64_t *cycles = &recording.cycles[row * recording.exits];
      for (int64_t exit = 0; exit < recording.exits; ++exit)
        mostCycles[exit] = std::max(mostCycles[exit], cycles[exit] - cycles[0]);
    }
    for (unsigned bin = 0; bin < kBins; ++bin) {
      // Of the rows that go on after the first layer.
      int64_t all = 0, left = 0;
      for (int64_t exit = 1; exit < recording.exits; ++exit)
        all += histograms[bin][exit];
      for (int64_t exit = 1; all > 0 && exit < recording.exits; ++exit) {
        left += histograms[bin][exit];
        if (double(left) >= policy.quantile * double(all)) {
          predicted[bin] = exit;
          break;
        }
      }
    }
  }

  int64_t predict(int16_t entropy) const { return predicted[getBin(entropy)]; }
  int64_t getCycles(int64_t exit) const { return mostCycles[exit]; }

private:
  /// 16 per nat; entropies beyond 4 nats share the last.
  static constexpr unsigned kBins = 64;
  static unsigned getBin(int16_t entropy) {
    return std::clamp(entropy / 64, 0, int(kBins) - 1);
  }
  std::vector<int64_t> predicted, mostCycles;
};

} // namespace

/// The lowest point, at most the operating point, with at least `megahertz`.
static unsigned findPoint(const machine::EnergyTable &table, double megahertz) {
  unsigned point = 0;
  while (point < table.operatingPoint &&
         energy::frequencyMHz(table, point) < megahertz)
    ++point;
  return point;
}

/// Microjoule of `cycles` of which the chip works in `busy`.
static double getEnergy(const machine::EnergyTable &table, int64_t cycles,
                        int64_t busy, unsigned point) {
  return energy::energyOf(table, busy, point, 8) +
         energy::leakageMilliwatt(table, point, 8) *
             energy::milliseconds(table, cycles - busy, point);
}

/// The value that `fraction` of `sorted` do not exceed.
static double getPercentile(const std::vector<double> &sorted,
                            double fraction) {
  if (sorted.empty())
    return 0;
  size_t rank = size_t(std::ceil(fraction * double(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

ExitOutcome edgebert::evaluateExits(const ExitRecording &recording,
                                    const machine::EnergyTable &table,
                                    const ExitPolicy &policy) {
  ExitOutcome outcome;
  outcome.threshold = policy.threshold;
  outcome.histogram.resize(recording.exits);
  std::vector<double> latencies;
  const unsigned nominal = table.operatingPoint;
  std::vector<ExitTable> tables;
  if (policy.targetMilliseconds)
    for (int64_t parity : {1, 0})
      tables.emplace_back(recording, policy, parity);
  for (int64_t row = 0; row < recording.rows; ++row) {
    const int64_t first = row * recording.exits;
    int64_t exit = findExit(recording, row, policy.threshold);
    unsigned point = nominal;
    if (policy.targetMilliseconds && exit > 0) {
      const ExitTable &predictor = tables[row % 2];
      int64_t last = predictor.predict(recording.entropies[first]);
      exit = std::min(exit, last);
      double rest =
          *policy.targetMilliseconds -
          energy::milliseconds(table, recording.cycles[first], nominal);
      if (rest > 0)
        point =
            findPoint(table, double(predictor.getCycles(last)) / rest / 1e3);
    }
    int64_t cycles = recording.cycles[first + exit] - recording.cycles[first];
    int64_t busy = recording.busy[first + exit] - recording.busy[first];
    double latency =
        energy::milliseconds(table, recording.cycles[first], nominal) +
        energy::milliseconds(table, cycles, point);
    latencies.push_back(latency);
    outcome.missed +=
        policy.targetMilliseconds && latency > *policy.targetMilliseconds;
    outcome.microjoule += getEnergy(table, recording.cycles[first],
                                    recording.busy[first], nominal) +
                          getEnergy(table, cycles, busy, point);
    outcome.volts += energy::volts(table, point);
    ++outcome.histogram[exit];
    outcome.meanExit += double(exit + 1);
    if (!recording.labels.empty())
      outcome.correct += recording.predict(row, exit) == recording.labels[row];
  }
  double rows = double(std::max<int64_t>(recording.rows, 1));
  outcome.microjoule /= rows;
  outcome.volts /= rows;
  outcome.meanExit /= rows;
  llvm::sort(latencies);
  outcome.p50 = getPercentile(latencies, 0.50);
  outcome.p95 = getPercentile(latencies, 0.95);
  outcome.p99 = getPercentile(latencies, 0.99);
  return outcome;
}

//===----------------------------------------------------------------------===//
// Report
//===----------------------------------------------------------------------===//

static double percent(int64_t part, int64_t whole) {
  return whole ? 100.0 * double(part) / double(whole) : 0;
}

static llvm::json::Object describe(const ExitOutcome &outcome, int64_t rows,
                                   bool hasLabels) {
  llvm::json::Object object{
      {"threshold", outcome.threshold * kResolution},
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
                      outcome.threshold * kResolution, outcome.meanExit,
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
  double value = std::round(nats / kResolution);
  if (!(value >= -32768 && value <= 32767))
    return llvm::createStringError(
        llvm::formatv("--exit-threshold: expected -32 to 31.999 nats (signed "
                      "16 bits, 10 of fraction), found {0}",
                      nats));
  return int16_t(value);
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
  bool hasLabels = !recording->labels.empty();
  ExitPolicy policy;
  policy.targetMilliseconds = sweep.targetMilliseconds;
  policy.quantile = sweep.quantile;
  auto evaluate = [&](int16_t threshold) {
    policy.threshold = threshold;
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
          llvm::json::Array{*threshold * kResolution, outcome.meanExit,
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
  return llvm::writeToOutput(sweep.report, [&](llvm::raw_ostream &file) {
    file << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(root)));
    return llvm::Error::success();
  });
}
