//===- ScalarExpr.h - what a chain of tensor ops computes ------*- C++ -*-===//
//
// A lazy view of a tensor value as a scalar expression over its indices:
//
//   %s = linalg.generic (sum over d1) ins(%x)      reduce(+, e) x[i, e]
//   %b = tensor.expand_shape %s [[0, 1]]
//   %y = linalg.generic ins(%x, %b) { subf }       x[i, j] - reduce(+, e) x[i,
//   e]
//
// Element-wise ops (generic, named or on tensors), fused or not, broadcasts,
// transposes and reshapes all disappear into the indices of the accesses, so a
// pattern is written once and matches every way of spelling it.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_ANALYSIS_SCALAREXPR_H
#define EDGEBERT_ANALYSIS_SCALAREXPR_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

namespace edgebert::analysis {

/// An index into one tensor dimension; interned, so equal indices are the same
/// pointer. Null stands for "always 0", the index of every unit dimension.
struct Index {
  enum class Kind {
    /// A free index: all of 0 .. extent-1.
    Dim,
    /// The row-major linear index of `parts`.
    Join,
    /// Part number `number` of `parts[0]` split by some extents.
    Piece
  };
  Kind kind;
  int64_t extent;
  llvm::SmallVector<const Index *, 2> parts;
  /// Dim: a serial number. Piece: the position.
  unsigned number = 0;
  /// Piece: the extents of all pieces.
  llvm::SmallVector<int64_t, 4> pieceExtents;
};

using IndexList = llvm::SmallVector<const Index *, 4>;

/// The plain indices that make up `indices` read in row-major order: joins are
/// opened, zeros dropped.
IndexList flattenIndices(llvm::ArrayRef<const Index *> indices);

enum class ScalarOp {
  Add,
  Sub,
  Mul,
  Div,
  Max,
  Pow,
  Neg,
  Exp,
  Sqrt,
  Rsqrt,
  /// Any other op; equal only to the same op on the same operands.
  Other
};

/// A node of the expression; interned like Index.
struct Expr {
  enum class Kind {
    /// The element of tensor `value` at `indices` (none for a scalar).
    Access,
    /// The number `number`.
    Constant,
    /// `op` applied to `operands`.
    Apply,
    /// The reduction by `op` (Add or Max) that `source` performs, for the
    /// element of its result number `resultNumber` at `indices`.
    Reduce,
    /// The accumulator inside a reduction's body.
    Accumulator
  };
  explicit Expr(Kind kind) : kind(kind) {}
  Kind kind;

  mlir::Value value;
  IndexList indices;
  double number = 0.0;
  ScalarOp op = ScalarOp::Other;
  llvm::SmallVector<const Expr *, 2> operands;
  /// Reduce: the linalg op. Apply of Other: the scalar op.
  mlir::Operation *source = nullptr;
  unsigned resultNumber = 0;
  /// Reduce: the extents of the reduced loops longer than 1, outermost first.
  llvm::SmallVector<int64_t, 2> reducedExtents;

  bool isAccess() const { return kind == Kind::Access; }
  bool isConstant(double x) const {
    return kind == Kind::Constant && number == x;
  }
  bool isApply(ScalarOp o) const { return kind == Kind::Apply && op == o; }
  bool isReduce(ScalarOp o) const { return kind == Kind::Reduce && op == o; }
  /// Whether an access or reduction depends on `index`.
  bool mentions(const Index *index) const;
};

/// Owns and interns expressions. Valid while the IR does not change.
class ScalarExprs {
public:
  ScalarExprs() = default;
  ScalarExprs(const ScalarExprs &) = delete;

  /// A new free index; null if `extent` is 1.
  const Index *freshIndex(int64_t extent);
  /// New free indices for a static shape.
  IndexList freshIndices(llvm::ArrayRef<int64_t> shape);

  const Expr *access(mlir::Value value, llvm::ArrayRef<const Index *> indices);
  const Expr *constant(double number);

  /// One step: what the op defining an accessed value computes for that
  /// element. Null where that is not expressible (block arguments, gathers,
  /// slices, numfmt ops, ...): a leaf.
  const Expr *unfold(const Expr *access);

  /// The reduced expression, with the reduced loops (those of reducedExtents)
  /// running over `indices`.
  const Expr *instantiate(const Expr *reduce,
                          llvm::ArrayRef<const Index *> indices);

private:
  friend class PayloadReader;
  const Index *join(llvm::ArrayRef<const Index *> parts);
  IndexList split(const Index *index, llvm::ArrayRef<int64_t> extents);
  const Index *intern(Index index);
  const Expr *intern(Expr expr);
  const Expr *apply(ScalarOp op, llvm::ArrayRef<const Expr *> operands,
                    mlir::Operation *source);
  const Expr *unfoldUncached(const Expr *access);
  const Expr *unfoldLinalg(mlir::linalg::LinalgOp op, unsigned resultNumber,
                           llvm::ArrayRef<const Index *> indices);
  const Expr *unfoldReshape(mlir::Operation *op,
                            llvm::ArrayRef<const Index *> indices);

  using IndexKey = std::tuple<int, unsigned, std::vector<const void *>,
                              std::vector<int64_t>>;
  using ExprKey =
      std::tuple<int, int, const void *, unsigned, uint64_t,
                 std::vector<const void *>, std::vector<const void *>>;
  std::map<IndexKey, std::unique_ptr<Index>> indices;
  std::map<ExprKey, std::unique_ptr<Expr>> exprs;
  llvm::DenseMap<const Expr *, const Expr *> unfolded;
  unsigned nextIndex = 0;
};

/// The number a constant tensor or scalar holds in every element.
std::optional<double> getSplatConstant(mlir::Value value);

} // namespace edgebert::analysis

#endif // EDGEBERT_ANALYSIS_SCALAREXPR_H
