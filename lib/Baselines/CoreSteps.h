//===- CoreSteps.h - steps that every baseline shares ----------*- C++ -*-===//

#ifndef EDGEBERT_LIB_BASELINES_CORESTEPS_H
#define EDGEBERT_LIB_BASELINES_CORESTEPS_H

#include "edgebert/Baselines/Program.h"

namespace edgebert::baselines {

/// Builds the steps of one operation.
class StepBuilder {
public:
  StepBuilder(Program &program, const LayerOp &op) : program(program), op(op) {}

  /// `times` calls of a kernel of the core.
  void core(Category category, llvm::StringRef kernel,
            llvm::ArrayRef<int64_t> sizes, int64_t times);
  /// `times` events of `cycles` each in hardware.
  void hardware(Category category, llvm::StringRef what, uint64_t cycles,
                int64_t times);
  /// Register writes and the polls of the interrupt controller: the published
  /// driver reads it until the bit is set (at least once), acknowledges with
  /// three writes and reads it again (fact sheet 7.1).
  void registers(const machine::HostCosts &host, int64_t writes, int64_t waits,
                 int64_t times);
  void allocate(const machine::HostCosts &host, int64_t times);

private:
  Step &add(Category category, int64_t times);

  Program &program;
  const LayerOp &op;
};

/// The step of an operation that is no matmul on the core: softmax, layer norm,
/// additions, scalar functions, copies. Emits an error for a scalar op without
/// a kernel.
mlir::LogicalResult appendCoreWork(Program &program, const LayerOp &op);

} // namespace edgebert::baselines

#endif // EDGEBERT_LIB_BASELINES_CORESTEPS_H
