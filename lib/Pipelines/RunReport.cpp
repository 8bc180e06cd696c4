//===- RunReport.cpp - what a run on the simulator showed -----------------===//

#include "edgebert/Pipelines/RunReport.h"

#include "OperationTable.h"

#include "edgebert/Machine/Timing.h"
#include "edgebert/Support/JsonFile.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <map>

using namespace edgebert;
using machine::CycleKind;

//===----------------------------------------------------------------------===//
// Report
//===----------------------------------------------------------------------===//

static double percent(int64_t part, int64_t whole) {
  return whole ? 100.0 * double(part) / double(whole) : 0;
}

/// Name and value of everything the units lost, for both outputs.
static std::vector<std::pair<const char *, uint64_t>>
getLosses(const machine::UnitStats &units) {
  return {{"accumulator_wraps", units.accumulatorWraps},
          {"narrowing_saturations", units.narrowingSaturations},
          {"fixed_point_wraps", units.fixedWraps},
          {"encode_saturations", units.encodeSaturations},
          {"encode_flushes_to_zero", units.encodeFlushes}};
}

/// The products of the model itself in one of `rows` runs; 0 where it is not
/// known. Runs that have made fewer left layers out.
static int64_t getModelMacs(llvm::ArrayRef<Placement> placements,
                            const machine::Stats &stats, int64_t rows) {
  int64_t macs = 0;
  for (const Placement &placement : placements)
    macs += placement.macs;
  return macs * rows <= int64_t(stats.macs) ? macs : 0;
}

void RunReport::print(llvm::raw_ostream &os) const {
  os << llvm::formatv("{0} ({1} form) on {2}, {3} rows, {4:f2} s\n", program,
                      form, device, rows, seconds);
  if (labels)
    os << llvm::formatv("accuracy: {0:f2} % ({1} of {2})\n",
                        percent(labels->correct, labels->rows), labels->correct,
                        labels->rows);
  if (labels)
    printPerplexity(os, *labels);
  if (reference)
    os << llvm::formatv(
        "agreement with {0}: {1:f2} % of predictions ({2} of {3}), largest "
        "difference {4:f4}\n",
        referenceName, percent(reference->withReference, reference->rows),
        reference->withReference, reference->rows, reference->maxDifference);
  if (stats && rows > 0) {
    uint64_t total = stats->totalCycles();
    os << llvm::formatv("machine {0}, per row: {1} MACs, {2} cycles, {3} bytes "
                        "in, {4} bytes out, {5} register writes\n",
                        machineDescription.name, stats->macs / rows,
                        total / rows, stats->bytesIn / rows,
                        stats->bytesOut / rows, stats->registerWrites / rows);
    if (int64_t own = getModelMacs(placements, *stats, rows))
      os << llvm::formatv("  {0:f1}% of the MACs are the model's, the others "
                          "pad tiles and add biases\n",
                          percent(own, int64_t(stats->macs) / rows));
    os << llvm::formatv("  {0,-16} {1,14} {2,7}\n", "category", "cycles",
                        "share");
    for (unsigned kind = 0; kind < machine::kNumCycleKinds; ++kind) {
      uint64_t cycles = (*stats)[CycleKind(kind)];
      os << llvm::formatv("  {0,-16} {1,14} {2,6:f1}%\n",
                          machine::cycleKindName(CycleKind(kind)),
                          cycles / rows, percent(cycles, total));
    }
    printEnergy(*stats, machineDescription, rows, os);
    os << "  lost in the units, all rows:";
    for (auto [name, count] : getLosses(stats->units))
      os << " " << name << "=" << count;
    os << "\n";
    if (printsOperations)
      printOperations(operations, rows, os);
  }
  std::map<std::string, std::pair<unsigned, std::string>> onHost;
  unsigned onChip = 0;
  for (const Placement &placement : placements) {
    if (placement.onChip) {
      ++onChip;
      continue;
    }
    auto &[count, example] = onHost[placement.reason];
    if (count++ == 0)
      example = placement.name;
  }
  if (!placements.empty())
    os << onChip << " operations on the accelerator; on the host:\n";
  for (const auto &[reason, value] : onHost)
    os << llvm::formatv("  {0,4} x {1} (first: {2})\n", value.first, reason,
                        value.second);
}

llvm::Error RunReport::writeJson(llvm::StringRef path) const {
  llvm::json::Object root{
      {"program", program}, {"form", form},
      {"device", device},   {"machine", machineDescription.name},
      {"rows", rows},       {"seconds", seconds}};
  if (labels) {
    root["accuracy"] = percent(labels->correct, labels->rows) / 100;
    root["correct"] = labels->correct;
    if (labels->negativeLogLikelihood) {
      root["nats_per_token"] = *labels->negativeLogLikelihood;
      root["perplexity"] = std::exp(*labels->negativeLogLikelihood);
    }
  }
  if (reference) {
    root["reference"] = referenceName;
    root["agreement"] =
        percent(reference->withReference, reference->rows) / 100;
    root["max_difference"] = reference->maxDifference;
  }
  if (stats) {
    llvm::json::Object totals = describeStats(*stats), losses;
    for (auto [name, count] : getLosses(stats->units))
      losses[name] = count;
    totals["lost"] = std::move(losses);
    if (int64_t own = getModelMacs(placements, *stats, rows))
      totals["model_macs"] = own * rows;
    root["totals"] = std::move(totals);
    root["energy"] = describeEnergy(*stats, machineDescription);
    root["operations"] = describeOperations(operations);
    root["peak_macs_per_cycle"] = machine::timing::kPeakMacs;
    root["bus_bytes_per_cycle"] = machineDescription.busBytes;
  }
  llvm::json::Array host;
  for (const Placement &placement : placements)
    if (!placement.onChip)
      host.push_back(llvm::json::Object{{"name", placement.name},
                                        {"kind", placement.kind},
                                        {"kernel", placement.isKernel},
                                        {"reason", placement.reason}});
  root["on_host"] = std::move(host);
  if (exits)
    root["exits"] = llvm::json::Object(*exits);
  return edgebert::writeJson(path, std::move(root));
}
