//===- Origins.h - where work of the host begins to belong ------*- C++ -*-===//

#ifndef EDGEBERT_ANALYSIS_ORIGINS_H
#define EDGEBERT_ANALYSIS_ORIGINS_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

namespace edgebert::analysis {

/// Calls `insert` for every place where something has to tell the machine that
/// what follows belongs to another operation of the model: before a transfer,
/// an on-chip operation, a register access or an account of host work whose
/// location has another name than the one before. Work without a name (in
/// functions that all operations share) belongs to what called it. `insert` may
/// add operations before the one it gets.
void forEachOrigin(
    mlir::ModuleOp module,
    llvm::function_ref<void(mlir::Operation *, llvm::StringRef)> insert);

} // namespace edgebert::analysis

#endif // EDGEBERT_ANALYSIS_ORIGINS_H
