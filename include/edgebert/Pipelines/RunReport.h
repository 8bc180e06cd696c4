//===- RunReport.h - what a run on the simulator showed ---------*- C++ -*-===//

#ifndef EDGEBERT_PIPELINES_RUNREPORT_H
#define EDGEBERT_PIPELINES_RUNREPORT_H

#include "edgebert/Conversion/LinalgToEdgeBERT.h"
#include "edgebert/Execution/Agreement.h"
#include "edgebert/Machine/Machine.h"

#include "llvm/Support/JSON.h"

#include <optional>

namespace edgebert {

struct RunReport {
  std::string program, form, device;
  machine::Description machineDescription;
  int64_t rows = 0;
  /// Wall-clock seconds of all rows together, on this computer.
  double seconds = 0;
  std::optional<execution::Agreement> labels, reference;
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

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_RUNREPORT_H
