//===- Run.h - run a form, report on it, compare two forms ------*- C++ -*-===//

#ifndef EDGEBERT_PIPELINES_RUN_H
#define EDGEBERT_PIPELINES_RUN_H

#include "edgebert/Execution/RunRequest.h"
#include "edgebert/Import/ONNX.h"
#include "mlir/IR/MLIRContext.h"

namespace edgebert {

struct FormRun {
  /// An .onnx or MLIR file, or a directory that edgebert-compile made: of that,
  /// the model form runs on `host`, the last accelerator form on `sim`.
  std::string program;
  std::string device; ///< "host", "sim", or empty: whatever the form needs
  std::string machine = "asic";
  std::string entry = "main";
  int threads = 1;
  onnx::ImportOptions import;
  execution::RunRequest request;
  /// Where to write the report as JSON; empty: only print it (on sim).
  std::string report;
  /// Whether the printed report has a table of operations.
  bool perOperation = false;
  /// Where to write the timeline for Perfetto; empty: nowhere.
  std::string trace;
  /// Where to write the register log (Machine/RegisterLog.h), with or without
  /// what the accelerator reads from and writes to DRAM; empty: nowhere.
  std::string log;
  bool logMemory = false;
  /// A plan of faults (Numerics/FaultPlan.h) for the program's sites, and where
  /// to write what struck as JSON; empty: none, nowhere.
  std::string faultPlan;
  std::string faultLog;
  /// Inputs of edgebert-early-exit: the threshold in nats, the target latency,
  /// and the recording (EarlyExit.h) from which the exits of rows are
  /// predicted, so that the part `exitQuantile` of them has left by then.
  std::optional<double> exitThreshold, targetMilliseconds;
  std::string exitTable;
  double exitQuantile = 0.9;
};

/// Runs a program as asked; prints to `os`.
llvm::Error runForm(const FormRun &run, mlir::MLIRContext &context,
                    llvm::raw_ostream &os);

/// Runs two forms of a program on the same inputs and compares every probe and
/// output of every row bit by bit. Prints "identical" or the first difference;
/// returns whether they are identical.
llvm::Expected<bool> diffForms(const FormRun &left, llvm::StringRef right,
                               mlir::MLIRContext &context,
                               llvm::raw_ostream &os);

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_RUN_H
