//===- RunReport.cpp - what a run on the simulator showed -----------------===//

#include "edgebert/Pipelines/RunReport.h"

#include "OperationTable.h"

#include "edgebert/Machine/Timing.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>
#include <map>

using namespace edgebert;
using execution::Array;
using machine::CycleKind;

//===----------------------------------------------------------------------===//
// Agreement
//===----------------------------------------------------------------------===//

static int64_t argMax(llvm::ArrayRef<float> row) {
  return std::max_element(row.begin(), row.end()) - row.begin();
}

/// The number of classes, if `output` is something to classify by.
static llvm::Expected<int64_t> getClasses(const Array &output) {
  if (output.dtype != execution::DType::F32 || output.shape.size() < 2 ||
      output.shape.back() < 1)
    return llvm::createStringError(
        "expected float32 logits of shape [rows, classes], got " +
        output.describe());
  return output.shape.back();
}

int64_t edgebert::getPredictionsPerRow(const Array &output) {
  int64_t rows = output.shape.front() * output.shape.back();
  return rows == 0 ? 1 : output.getNumElements() / rows;
}

/// -ln of the softmax of `logits` at `label`.
static double getNegativeLogLikelihood(llvm::ArrayRef<float> logits,
                                       size_t label) {
  double max = *std::max_element(logits.begin(), logits.end()), sum = 0;
  for (float x : logits)
    sum += std::exp(double(x) - max);
  return std::log(sum) + max - double(logits[label]);
}

llvm::Expected<Agreement> edgebert::compareWithLabels(const Array &output,
                                                      const Array &labels) {
  llvm::Expected<int64_t> classes = getClasses(output);
  if (!classes)
    return classes.takeError();
  int64_t perRow = getPredictionsPerRow(output);
  int64_t predictions = output.getNumElements() / *classes;
  if (labels.getNumElements() < predictions)
    return llvm::createStringError(llvm::formatv(
        "expected a label for each of {0} {1}, got {2}", predictions,
        perRow == 1 ? "rows" : "tokens", labels.describe()));
  Agreement result;
  double sum = 0;
  bool inRange = true;
  for (int64_t i = 0; i < predictions; ++i) {
    double label = labels.getAsDouble(i);
    if (label < 0)
      continue;
    llvm::ArrayRef<float> logits =
        output.as<float>().slice(i * *classes, *classes);
    ++result.rows;
    result.correct += double(argMax(logits)) == label;
    inRange &= label < double(*classes);
    if (perRow > 1 && inRange)
      sum += getNegativeLogLikelihood(logits, size_t(label));
  }
  if (perRow > 1 && inRange && result.rows > 0)
    result.negativeLogLikelihood = sum / double(result.rows);
  return result;
}

llvm::Expected<Agreement>
edgebert::compareWithReference(const Array &output, const Array &reference) {
  llvm::Expected<int64_t> classes = getClasses(output);
  if (!classes)
    return classes.takeError();
  if (reference.dtype != execution::DType::F32 || reference.shape.empty() ||
      reference.shape.back() != *classes ||
      reference.getNumElements() < output.getNumElements())
    return llvm::createStringError("expected reference outputs like " +
                                   output.describe() + ", got " +
                                   reference.describe());
  Agreement result;
  result.rows = output.getNumElements() / *classes;
  llvm::ArrayRef<float> left = output.as<float>(),
                        right = reference.as<float>();
  for (int64_t row = 0; row < result.rows; ++row)
    result.withReference += argMax(left.slice(row * *classes, *classes)) ==
                            argMax(right.slice(row * *classes, *classes));
  for (auto [x, y] : llvm::zip(left, right))
    result.maxDifference =
        std::max(result.maxDifference, std::fabs(double(x) - y));
  return result;
}

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
  if (labels && labels->negativeLogLikelihood)
    os << llvm::formatv("perplexity: {0:f2} ({1:f4} nats a token)\n",
                        std::exp(*labels->negativeLogLikelihood),
                        *labels->negativeLogLikelihood);
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
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(root)));
    return llvm::Error::success();
  });
}
