//===- RunReport.h - what a run on the simulator showed ---------*- C++ -*-===//

#ifndef EDGEBERT_PIPELINES_RUNREPORT_H
#define EDGEBERT_PIPELINES_RUNREPORT_H

#include "edgebert/Conversion/LinalgToEdgeBERT.h"
#include "edgebert/Execution/Npy.h"
#include "edgebert/Machine/Machine.h"

#include <optional>

namespace edgebert {

/// The result of classifying rows: arg max of an output's last dimension,
/// compared with labels and with reference outputs.
struct Agreement {
  int64_t rows = 0;
  int64_t correct = 0;
  int64_t withReference = 0;
  double maxDifference = 0;
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

  /// A table for a person; counts are per row.
  void print(llvm::raw_ostream &os) const;
  llvm::Error writeJson(llvm::StringRef path) const;
};

/// Rows of `output` ([rows, classes] or [rows, 1, classes], f32) whose arg max
/// is the label.
llvm::Expected<Agreement> compareWithLabels(const execution::Array &output,
                                            const execution::Array &labels);
/// Rows whose arg max agrees, and the largest difference of any element.
llvm::Expected<Agreement>
compareWithReference(const execution::Array &output,
                     const execution::Array &reference);

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_RUNREPORT_H
