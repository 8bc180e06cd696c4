//===- StackedExits.h - the exit heads of a function ------------*- C++ -*-===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_STACKEDEXITS_H
#define EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_STACKEDEXITS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

namespace edgebert::accel {

/// The logits of one exit per layer, which the function returns as the rows of
/// one tensor.
struct StackedExits {
  unsigned result;
  /// In the order of the rows; at least two.
  llvm::SmallVector<mlir::Value> rows;
  /// The tensor.insert_slice ops that stack them, the last first.
  llvm::SmallVector<mlir::Operation *> stack;
};

/// The first result that is stacked from rows, whatever form they are in.
mlir::FailureOr<StackedExits> findStackedExits(mlir::func::FuncOp function);

/// The ops that `value` depends on, regions' captured values included.
llvm::SetVector<mlir::Operation *> getDependences(mlir::Value value);

} // namespace edgebert::accel

#endif // EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_STACKEDEXITS_H
