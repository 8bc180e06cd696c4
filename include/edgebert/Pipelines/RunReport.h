//===- RunReport.h - what a run on the simulator showed ---------*- C++ -*-===//

#ifndef EDGEBERT_PIPELINES_RUNREPORT_H
#define EDGEBERT_PIPELINES_RUNREPORT_H

#include "edgebert/Conversion/LinalgToEdgeBERT.h"
#include "edgebert/Execution/Npy.h"
#include "edgebert/Machine/Machine.h"

#include "llvm/Support/JSON.h"

#include <optional>

namespace edgebert {

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

struct RunReport {
  std::string program, form, device;
  machine::Description machineDescription;
  int64_t rows = 0;
  /// Wall-clock seconds of all rows together, on this computer.
  double seconds = 0;
  std::optional<Agreement> labels, reference;
  /// Where the reference outputs come from.
  std::string referenceName;
  /// Sums over all rows; only for programs that drive the machine.
  std::optional<machine::Stats> stats;
  /// The parts of that, by the operation (ONNX node) they come from.
  std::vector<machine::Machine::Operation> operations;
  /// Whether `print` has a table of them.
  bool printsOperations = false;
  std::vector<Placement> placements;
  /// Of a program with early exits: where its rows left, what they took and
  /// used (EarlyExit.h).
  std::optional<llvm::json::Object> exits;

  /// A table for a person; counts are per row.
  void print(llvm::raw_ostream &os) const;
  llvm::Error writeJson(llvm::StringRef path) const;
};

/// How many labels each row of `output` ([rows, ..., classes]) needs.
int64_t getPredictionsPerRow(const execution::Array &output);
/// Predictions of `output` ([rows, classes] or [rows, tokens, classes], f32)
/// whose arg max is the label. Negative labels do not count.
llvm::Expected<Agreement> compareWithLabels(const execution::Array &output,
                                            const execution::Array &labels);
/// Rows whose arg max agrees, and the largest difference of any element.
llvm::Expected<Agreement>
compareWithReference(const execution::Array &output,
                     const execution::Array &reference);

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_RUNREPORT_H
