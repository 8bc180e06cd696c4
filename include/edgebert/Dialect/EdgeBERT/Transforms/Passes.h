//===- Passes.h - passes on the edgebert dialect ----------------*- C++ -*-===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_PASSES_H
#define EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_PASSES_H

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/CommandLine.h"

namespace edgebert::accel {

/// The named stages of a module between import and commands.
enum class Form { Model, Compressed, Accelerator, Scheduled, Command };

/// "model", "compressed", "accelerator", "scheduled", "command".
llvm::StringRef stringifyForm(Form form);

/// The latest form whose ops `module` contains.
Form inferForm(mlir::ModuleOp module);

/// See edgebert-schedule.
enum class ScheduleStrategy { Thesis, Greedy, Best };

/// The strategies as values of an option.
inline llvm::cl::ValuesClass getScheduleStrategies() {
  return llvm::cl::values(
      clEnumValN(ScheduleStrategy::Thesis, "thesis",
                 "matmuls in the tiles of the thesis's driver, both operands "
                 "loaded each time"),
      clEnumValN(ScheduleStrategy::Greedy, "greedy",
                 "each operation by itself in the cheapest tiles"),
      clEnumValN(ScheduleStrategy::Best, "best",
                 "operations that follow each other stay on the chip"));
}

#define GEN_PASS_DECL
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h.inc"

} // namespace edgebert::accel

#endif // EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_PASSES_H
