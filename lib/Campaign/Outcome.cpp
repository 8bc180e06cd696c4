//===- Outcome.cpp - what came of a trial ---------------------------------===//

#include "edgebert/Campaign/Outcome.h"
#include "llvm/Support/ErrorHandling.h"
#include <cmath>
#include <cstring>

using namespace llvm;

namespace edgebert::campaign {

StringRef stringifyOutcome(Outcome outcome) {
  switch (outcome) {
  case Outcome::Identical:
    return "identical";
  case Outcome::Tolerable:
    return "tolerable";
  case Outcome::Sdc:
    return "sdc";
  case Outcome::Detected:
    return "detected";
  case Outcome::NonFinite:
    return "non-finite";
  }
  llvm_unreachable("unknown outcome");
}

std::optional<Outcome> symbolizeOutcome(StringRef name) {
  for (int i = 0; i < kNumOutcomes; ++i)
    if (stringifyOutcome(Outcome(i)) == name)
      return Outcome(i);
  return std::nullopt;
}

Judge::Judge(const SegmentGraph &graph, std::vector<int64_t> labels)
    : graph(graph), labels(std::move(labels)) {
  ArrayRef<int64_t> shape = graph.outputs.front().shape;
  if (!shape.empty())
    numClasses = shape.back();
  for (int64_t extent : shape)
    numPositions *= extent;
  numPositions /= std::max<int64_t>(numClasses, 1);
}

static int64_t getLargest(const float *scores, int64_t count) {
  int64_t best = 0;
  for (int64_t i = 1; i < count; ++i)
    if (scores[i] > scores[best])
      best = i;
  return best;
}

/// -log softmax(scores)[label].
double Judge::getLoss(const float *scores, int64_t label) const {
  double largest = scores[0];
  for (int64_t i = 1; i < numClasses; ++i)
    largest = std::max<double>(largest, scores[i]);
  double sum = 0;
  for (int64_t i = 0; i < numClasses; ++i)
    sum += std::exp(scores[i] - largest);
  return std::log(sum) + largest - scores[label];
}

void Judge::judge(ArrayRef<const char *> outputs, ArrayRef<const char *> golden,
                  TrialResult &result) const {
  bool identical = true, finite = true;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Value &value = graph.values[graph.outputValues[i]];
    if (outputs[i] == golden[i] ||
        !std::memcmp(outputs[i], golden[i], value.numBytes))
      continue;
    identical = false;
    if (value.dtype != execution::DType::F32)
      continue;
    auto *found = reinterpret_cast<const float *>(outputs[i]);
    auto *right = reinterpret_cast<const float *>(golden[i]);
    for (int64_t j = 0, e = value.numBytes / 4; j < e; ++j)
      finite &= std::isfinite(found[j]) || !std::isfinite(right[j]);
  }
  result.deltaLoss = 0;
  result.outcome = Outcome::Identical;
  if (identical)
    return;
  auto *scores = reinterpret_cast<const float *>(outputs[0]);
  auto *right = reinterpret_cast<const float *>(golden[0]);
  bool same = true;
  double loss = 0, goldenLoss = 0;
  for (int64_t position = 0; position < numPositions; ++position) {
    int64_t offset = position * numClasses;
    int64_t prediction = getLargest(right + offset, numClasses);
    same &= getLargest(scores + offset, numClasses) == prediction;
    bool known = numPositions == 1 && !labels.empty();
    int64_t label = known ? labels[result.trial.row] : prediction;
    loss += getLoss(scores + offset, label);
    goldenLoss += getLoss(right + offset, label);
  }
  result.deltaLoss = (loss - goldenLoss) / double(numPositions);
  if (!finite)
    result.outcome = Outcome::NonFinite;
  else
    result.outcome = same ? Outcome::Tolerable : Outcome::Sdc;
  if (!finite && !std::isfinite(result.deltaLoss))
    result.deltaLoss = std::nan("");
}

} // namespace edgebert::campaign
