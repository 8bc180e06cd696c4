//===- Agreement.h - predictions against labels and references --*- C++ -*-===//

#ifndef EDGEBERT_EXECUTION_AGREEMENT_H
#define EDGEBERT_EXECUTION_AGREEMENT_H

#include "edgebert/Execution/Npy.h"

#include <optional>

namespace edgebert::execution {

/// The result of classifying rows: arg max of an output's last dimension,
/// compared with labels and with reference outputs.
struct Agreement {
  /// Predictions: rows, or their tokens.
  int64_t rows = 0;
  int64_t correct = 0;
  int64_t withReference = 0;
  double maxDifference = 0;
  /// Mean of -ln of the labels' softmax, where every row has several (tokens);
  /// its exponential is the perplexity.
  std::optional<double> negativeLogLikelihood;
};

/// How many labels each row of `output` ([rows, ..., classes]) needs.
int64_t getPredictionsPerRow(const Array &output);
/// Predictions of `output` ([rows, classes] or [rows, tokens, classes],
/// f32 or f64)
/// whose arg max is the label. Negative labels do not count.
llvm::Expected<Agreement> compareWithLabels(const Array &output,
                                            const Array &labels);
/// Rows whose arg max agrees, and the largest difference of any element.
llvm::Expected<Agreement> compareWithReference(const Array &output,
                                               const Array &reference);
/// A line with the perplexity, if there is one.
void printPerplexity(llvm::raw_ostream &os, const Agreement &agreement);

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_AGREEMENT_H
