//===- Drivers.h - --edgebert-to-c ------------------------------*- C++ -*-===//

#ifndef EDGEBERT_TOOLS_EDGEBERT_TRANSLATE_DRIVERS_H
#define EDGEBERT_TOOLS_EDGEBERT_TRANSLATE_DRIVERS_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/LogicalResult.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

/// Writes the driver of a module in the command form, NAME.c (`output`), NAME.h
/// and NAME.bin; nothing if there was an error.
mlir::LogicalResult
emitDriver(llvm::StringRef input, llvm::StringRef output, llvm::StringRef entry,
           llvm::function_ref<mlir::LogicalResult(mlir::Diagnostic &)> print);

#endif // EDGEBERT_TOOLS_EDGEBERT_TRANSLATE_DRIVERS_H
