//===- StridedNest.h - a linalg operation as strided loops ------*- C++ -*-===//
//
// A linalg operation on static memrefs whose access functions are linear is a
// loop nest in which every operand advances by a constant stride per loop.
// Transposes, broadcasts, strided windows and views all look the same here.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_EXECUTION_STRIDEDNEST_H
#define EDGEBERT_LIB_EXECUTION_STRIDEDNEST_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/SmallVector.h"

namespace edgebert::execution {

/// One loop of a nest.
struct StridedLoop {
  int64_t extent;
  mlir::utils::IteratorType kind;
  /// Elements that each operand advances per iteration (0: invariant).
  llvm::SmallVector<int64_t> strides;
  /// The dimension of the operation, or -1 after several were collapsed.
  int64_t dim;
};

/// An operand: a static memref, or a scalar (no offset, strides 0).
struct StridedOperand {
  mlir::Value value;
  bool isMemRef;
  /// Elements from the aligned pointer of the memref to the element of
  /// iteration 0, without the memref's own offset when that is dynamic.
  int64_t offset = 0;
  bool dynamicOffset = false;
  /// Elements from there to the last element touched, plus one.
  int64_t span = 1;
};

struct StridedNest {
  llvm::SmallVector<StridedLoop> loops;
  llvm::SmallVector<StridedOperand> operands;
  unsigned numInputs;

  unsigned getNumOutputs() const { return operands.size() - numInputs; }

  /// Reads the nest of `op`. Fails for dynamic shapes or strides, for negative
  /// strides, and for access functions that are not linear.
  static mlir::FailureOr<StridedNest> get(mlir::linalg::LinalgOp op);

  /// Drops loops of one iteration and merges neighbours that all operands walk
  /// contiguously. Loops in between keep their order.
  void collapse();
};

/// The memref behind `operand` as a one-dimensional memref whose element 0 is
/// the element of iteration 0.
mlir::Value getFlatMemRef(mlir::OpBuilder &builder, mlir::Location loc,
                          const StridedOperand &operand);

} // namespace edgebert::execution

#endif // EDGEBERT_LIB_EXECUTION_STRIDEDNEST_H
