//===- VectorBody.h - the body of a linalg operation on vectors -*- C++ -*-===//

#ifndef EDGEBERT_LIB_EXECUTION_VECTORBODY_H
#define EDGEBERT_LIB_EXECUTION_VECTORBODY_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/DenseMap.h"

namespace edgebert::execution {

/// Where in the iteration space a copy of the body is placed.
struct BodyPosition {
  /// Index of each loop of the operation, first lane.
  llvm::SmallVector<mlir::Value> dims;
  /// The vectorised dimension and the number of lanes; 1 lane: scalar code.
  int64_t vectorDim = -1;
  int64_t lanes = 1;
  /// Lanes that hold data, or null for all of them.
  mlir::Value mask;
};

/// Copies the body of a linalg operation with some values scalar (the same in
/// every lane) and the others vectors.
class VectorBody {
public:
  VectorBody(mlir::linalg::LinalgOp op) : op(op) {}

  /// Whether every operation of the body can be copied with vector operands.
  bool isVectorizable(int64_t vectorDim) const;
  /// Whether the body calls functions that cost much more than a load.
  bool isExpensive() const;
  /// For a reduction: the one operation that combines output `output` with the
  /// new value, if the body has that form and the operation is associative
  /// enough (sums, products, minima, maxima, logic). Null otherwise.
  mlir::Operation *getCombiner(unsigned output) const;
  /// The operand of the combiner that is the new value.
  mlir::Value getCombined(unsigned output, mlir::Operation *combiner) const;

  /// Copies the operations on which the yielded values depend, except `stop`
  /// ops and those already in `mapping`, which has the block arguments and
  /// receives the copies.
  void copy(mlir::OpBuilder &builder, const BodyPosition &position,
            mlir::IRMapping &mapping,
            llvm::ArrayRef<mlir::Operation *> stop = {}) const;

  /// Copies the operations that depend only on values in `mapping` and on
  /// loops other than the vectorised one.
  void copyShared(mlir::OpBuilder &builder, const BodyPosition &position,
                  mlir::IRMapping &mapping) const;

  /// `value` with `lanes` lanes: itself when it is a vector already.
  static mlir::Value widen(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value value, int64_t lanes);

private:
  void copyOp(mlir::OpBuilder &builder, const BodyPosition &position,
              mlir::IRMapping &mapping, mlir::Operation &inner) const;
  bool isRowLoad(mlir::Operation &inner, int64_t vectorDim) const;

  mutable mlir::linalg::LinalgOp op;
};

} // namespace edgebert::execution

#endif // EDGEBERT_LIB_EXECUTION_VECTORBODY_H
