//===- ExitCosts.cpp - when rows leave, what they take and use ------------===//

#include "edgebert/Machine/Energy.h"
#include "edgebert/Pipelines/EarlyExit.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace edgebert;
using namespace edgebert::execution;
using accel::exits::kBins;
namespace energy = edgebert::machine::energy;

int64_t edgebert::findExit(const ExitRecording &recording, int64_t row,
                           int16_t threshold) {
  const int16_t *entropies = &recording.entropies[row * recording.exits];
  for (int64_t exit = 0; exit + 1 < recording.exits; ++exit)
    if (entropies[exit] <= threshold)
      return exit;
  return recording.exits - 1;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

ExitTable::ExitTable(const ExitRecording &recording, int16_t threshold,
                     double quantile, int64_t begin, int64_t step)
    : predicted(kBins, recording.exits), cycles(recording.exits) {
  std::vector<std::vector<int64_t>> histograms(
      kBins, std::vector<int64_t>(recording.exits));
  for (int64_t row = begin; row < recording.rows; row += step) {
    int16_t entropy = recording.entropies[row * recording.exits];
    ++histograms[accel::exits::getBin(entropy)]
                [findExit(recording, row, threshold)];
    const int64_t *own = &recording.cycles[row * recording.exits];
    for (int64_t exit = 0; exit < recording.exits; ++exit)
      cycles[exit] = std::max(cycles[exit], own[exit] - (exit ? own[0] : 0));
  }
  for (unsigned bin = 0; bin < kBins; ++bin) {
    // Of the rows that go on after the first layer.
    int64_t all = 0, left = 0;
    for (int64_t exit = 1; exit < recording.exits; ++exit)
      all += histograms[bin][exit];
    for (int64_t exit = 1; all > 0 && exit < recording.exits; ++exit) {
      left += histograms[bin][exit];
      if (double(left) >= quantile * double(all)) {
        predicted[bin] = exit + 1;
        break;
      }
    }
  }
}

static NamedArray makeRow(llvm::StringRef name,
                          const std::vector<int64_t> &values) {
  return {name.str(), Array::of(DType::I64, {1, int64_t(values.size())},
                                llvm::ArrayRef(values))};
}

std::vector<NamedArray> ExitTable::getInputs() const {
  return {makeRow("exit_table", predicted), makeRow("exit_cycles", cycles)};
}

llvm::Error edgebert::addExitInputs(const FormRun &run,
                                    llvm::ArrayRef<Port> inputs,
                                    RunRequest &request) {
  auto has = [&](llvm::StringRef name) {
    return llvm::any_of(inputs,
                        [&](const Port &port) { return port.name == name; });
  };
  auto bind = [&](llvm::StringRef name, double value) {
    request.bindings.push_back(llvm::formatv("{0}={1:e9}", name, value).str());
  };
  if (run.exitThreshold)
    bind("exit_threshold", *run.exitThreshold);
  if (run.targetMilliseconds) {
    if (!has("target_latency"))
      return llvm::createStringError(
          "--target-latency-ms: expected a program compiled with --early-exit "
          "--dvfs, which has the input target_latency, or --sweep-exits");
    if (!(*run.targetMilliseconds > 0))
      return llvm::createStringError(
          llvm::formatv("--target-latency-ms: expected more than 0, found {0}",
                        *run.targetMilliseconds));
    bind("target_latency", *run.targetMilliseconds);
  }
  if (run.exitTable.empty())
    return llvm::Error::success();
  if (!has("exit_table"))
    return llvm::createStringError(
        "--exit-table: expected a program compiled with --early-exit --dvfs, "
        "which has the input exit_table, or --sweep-exits");
  if (!run.exitThreshold)
    return llvm::createStringError(
        "--exit-table: expected --exit-threshold=NATS with it, which says "
        "where the recorded rows leave");
  auto recording = ExitRecording::read(run.exitTable);
  if (!recording)
    return recording.takeError();
  for (const Port &port : inputs)
    if (port.name == "exit_cycles" && port.shape.back() != recording->exits)
      return llvm::createStringError(
          llvm::formatv("--exit-table: {0} has {1} exits, the program has {2}",
                        run.exitTable, recording->exits, port.shape.back()));
  ExitTable table(*recording,
                  accel::exits::toThreshold(float(*run.exitThreshold)),
                  run.exitQuantile);
  request.shared = table.getInputs();
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Time and energy at points
//===----------------------------------------------------------------------===//

int64_t edgebert::getBusyCycles(const machine::Stats &stats) {
  uint64_t busy = 0;
  for (machine::Resource unit :
       {machine::Resource::Dma, machine::Resource::Matrix,
        machine::Resource::Special})
    busy += stats.busy[unsigned(unit)];
  return int64_t(std::min(busy, stats.totalCycles()));
}

double edgebert::getMicrojoule(const machine::EnergyTable &table,
                               int64_t cycles, int64_t busy, unsigned point) {
  return energy::energyOf(table, busy, point, 8) +
         energy::leakageMilliwatt(table, point, 8) *
             energy::milliseconds(table, cycles - busy, point);
}

void RowCosts::endRow() {
  chip.drain();
  const machine::EnergyTable &table = chip.description().energy;
  double time = 0, used = 0, lastVolts = energy::volts(table, point);
  auto spend = [&](const machine::Stats &until) {
    int64_t total = int64_t(until.totalCycles()), busy = getBusyCycles(until);
    // A change that the host starts while units work counts all of them as
    // done, so that busy may seem to fall.
    int64_t part = std::clamp<int64_t>(busy - busyBefore, 0, total - before);
    time += energy::milliseconds(table, total - before, point);
    used += getMicrojoule(table, total - before, part, point);
    before = total;
    busyBefore = busy;
  };
  llvm::ArrayRef<machine::Machine::VoltageChange> changes =
      chip.voltageChanges();
  for (; next < changes.size(); ++next) {
    spend(changes[next].before);
    point = energy::pointOf(
                table, {changes[next].selected.dco, changes[next].selected.ldo})
                .value_or(table.operatingPoint);
    lastVolts = std::min(lastVolts, energy::volts(table, point));
  }
  spend(chip.stats());
  milliseconds.push_back(time);
  microjoule.push_back(used);
  volts.push_back(lastVolts);
}

//===----------------------------------------------------------------------===//
// The outcome
//===----------------------------------------------------------------------===//

/// The value that `fraction` of `sorted` do not exceed.
static double getPercentile(const std::vector<double> &sorted,
                            double fraction) {
  if (sorted.empty())
    return 0;
  size_t rank = size_t(std::ceil(fraction * double(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

void OutcomeBuilder::add(int64_t exit, double milliseconds, double microjoule,
                         double volts) {
  latencies.push_back(milliseconds);
  outcome.missed += target && milliseconds > *target;
  outcome.microjoule += microjoule;
  outcome.volts += volts;
  ++outcome.histogram[exit];
  outcome.meanExit += double(exit + 1);
}

ExitOutcome OutcomeBuilder::finish() {
  double rows = double(std::max<size_t>(latencies.size(), 1));
  outcome.microjoule /= rows;
  outcome.volts /= rows;
  outcome.meanExit /= rows;
  llvm::sort(latencies);
  outcome.p50 = getPercentile(latencies, 0.50);
  outcome.p95 = getPercentile(latencies, 0.95);
  outcome.p99 = getPercentile(latencies, 0.99);
  return std::move(outcome);
}
