//===- Agreement.cpp - predictions against labels and references ----------===//

#include "edgebert/Execution/Agreement.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

using namespace edgebert;
using namespace edgebert::execution;

template <typename Range>
static int64_t argMax(const Range &row) {
  return std::max_element(row.begin(), row.end()) - row.begin();
}

/// The number of classes, if `output` is something to classify by.
static llvm::Expected<int64_t> getClasses(const Array &output) {
  if ((output.dtype != DType::F32 && output.dtype != DType::F64) ||
      output.shape.size() < 2 || output.shape.back() < 1)
    return llvm::createStringError(
        "expected float logits of shape [rows, classes], got " +
        output.describe());
  return output.shape.back();
}

int64_t execution::getPredictionsPerRow(const Array &output) {
  int64_t rows = output.shape.front() * output.shape.back();
  return rows == 0 ? 1 : output.getNumElements() / rows;
}

/// -ln of the softmax of `logits` at `label`.
static double getNegativeLogLikelihood(llvm::ArrayRef<double> logits,
                                       size_t label) {
  double max = *std::max_element(logits.begin(), logits.end()), sum = 0;
  for (double x : logits)
    sum += std::exp(x - max);
  return std::log(sum) + max - logits[label];
}

llvm::Expected<Agreement> execution::compareWithLabels(const Array &output,
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
  std::vector<double> logits(*classes);
  for (int64_t i = 0; i < predictions; ++i) {
    double label = labels.getAsDouble(i);
    if (label < 0)
      continue;
    for (auto [c, logit] : llvm::enumerate(logits))
      logit = output.getAsDouble(i * *classes + int64_t(c));
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
execution::compareWithReference(const Array &output, const Array &reference) {
  llvm::Expected<int64_t> classes = getClasses(output);
  if (!classes)
    return classes.takeError();
  if (output.dtype != DType::F32 || reference.dtype != DType::F32 ||
      reference.shape.empty() || reference.shape.back() != *classes ||
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

void execution::printPerplexity(llvm::raw_ostream &os,
                                const Agreement &agreement) {
  if (agreement.negativeLogLikelihood)
    os << llvm::formatv("perplexity: {0:f2} ({1:f4} nats a token)\n",
                        std::exp(*agreement.negativeLogLikelihood),
                        *agreement.negativeLogLikelihood);
}
