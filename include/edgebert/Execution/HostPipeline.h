//===- HostPipeline.h - from tensors to LLVM for the host -------*- C++ -*-===//

#ifndef EDGEBERT_EXECUTION_HOSTPIPELINE_H
#define EDGEBERT_EXECUTION_HOSTPIPELINE_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include <functional>
#include <string>
#include <vector>

namespace edgebert::execution {

/// Adds passes to a pipeline; null adds none.
using PipelineExtension = std::function<void(mlir::OpPassManager &)>;

struct HostPipelineOptions {
  /// The function to run.
  std::string entry = "main";
  /// More functions to run, for buildHostLoopPipeline and buildHostPipeline.
  std::vector<std::string> furtherEntries;
  /// Lowers what is not upstream's to linalg on tensors (numfmt). Runs first:
  /// it may change the types of arguments and results.
  PipelineExtension beforeBufferization;
  /// Lowers what is left on memrefs to calls and loops (edgebert).
  PipelineExtension afterBufferization;
  /// Matrix products are loops, whose sums have the same order on every host,
  /// instead of calls of a library.
  bool fixedOrder = false;
  /// Sites of faults become calls (FaultSession.h); else they are removed.
  bool keepSites = false;
  /// Loops over single elements, with the same results.
  bool scalar = false;
};

/// First half: inlines everything into the entry function, applies
/// `beforeBufferization`, and turns large constants into arguments. The types
/// of the entry function are final afterwards.
void buildHostPreparePipeline(mlir::OpPassManager &pm,
                              const HostPipelineOptions &options);

/// Second half without its end: to loops on memrefs, with the results and an
/// arena as arguments of the entry function, with scf, arith, math, memref and
/// vector (unless `scalar`) operations in it.
void buildHostLoopPipeline(mlir::OpPassManager &pm,
                           const HostPipelineOptions &options);

/// Second half: to the LLVM dialect. Expects the output of the first.
void buildHostPipeline(mlir::OpPassManager &pm,
                       const HostPipelineOptions &options);

/// Registers them as `edgebert-host-prepare`, `edgebert-host-loops` and
/// `edgebert-host`.
void registerHostPipelines();

/// Interfaces and translations that the pipelines and the JIT need.
void registerExecutionDialects(mlir::DialectRegistry &registry);

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_HOSTPIPELINE_H
