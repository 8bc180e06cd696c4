//===- Matcher.h - matching expressions, remembering the ops ---*- C++ -*-===//
//
// What the kernel patterns share: opening an expression while recording the ops
// gone through (they are what the kernel replaces), taking a failed attempt
// back, comparing expressions, and binding tensors.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_ANALYSIS_MATCHER_H
#define EDGEBERT_LIB_ANALYSIS_MATCHER_H

#include "edgebert/Analysis/Kernels.h"
#include "edgebert/Analysis/ScalarExpr.h"

namespace edgebert::analysis {

/// The outcome of one pattern at one root.
struct Match {
  /// Null if the pattern does not apply. Its id and body are still to be set.
  std::unique_ptr<Kernel> kernel;
  /// The ops the matched expression went through.
  llvm::SmallVector<mlir::Operation *> ops;
  /// Without a kernel: why it nearly was one, or "".
  std::string nearMiss;
};

class Matcher {
public:
  explicit Matcher(ScalarExprs &exprs) : exprs(exprs) {}

  /// Steps into the definition of accessed values until the expression is not
  /// an access any more, or is one that cannot be unfolded.
  const Expr *open(const Expr *expr);

  /// The number `expr` always is.
  std::optional<double> number(const Expr *expr);

  /// Runs `pattern`; if it fails, forgets the ops it went through.
  template <typename Pattern>
  bool attempt(Pattern pattern) {
    size_t mark = ops.size();
    if (pattern())
      return true;
    ops.truncate(mark);
    return false;
  }

  /// `open(expr)` is an application of `op` and `pattern` accepts its operands
  /// in the given or, for a commutative op, in the other order.
  template <typename Pattern>
  bool apply(const Expr *expr, ScalarOp op, Pattern pattern) {
    return attempt([&] {
      const Expr *opened = open(expr);
      if (!opened->isApply(op) || opened->operands.size() != 2)
        return false;
      const Expr *a = opened->operands[0], *b = opened->operands[1];
      if (attempt([&] { return pattern(a, b); }))
        return true;
      bool commutes =
          op == ScalarOp::Add || op == ScalarOp::Mul || op == ScalarOp::Max;
      return commutes && attempt([&] { return pattern(b, a); });
    });
  }

  /// Whether both compute the same, maybe by different ops.
  bool equal(const Expr *a, const Expr *b, unsigned depth = 12);

  /// The accessed tensor, seen through broadcasts and reshapes, that has `type`
  /// and is accessed at `indices`, or else one that reshapes to that with the
  /// same last dimension; null if there is none.
  mlir::Value bindTensor(const Expr *expr, mlir::RankedTensorType type,
                         llvm::ArrayRef<const Index *> indices);

  /// The innermost constant of `count` elements that `expr` reads in row-major
  /// order of `indices`; null if there is none.
  mlir::Value bindConstant(const Expr *expr, int64_t count,
                           llvm::ArrayRef<const Index *> indices);

  ScalarExprs &exprs;
  llvm::SmallVector<mlir::Operation *> ops;

private:
  /// The next expression if `expr` only forwards another access.
  const Expr *forwarded(const Expr *expr);
  /// Follows forwards to the last access.
  const Expr *last(const Expr *expr);
};

/// Each pattern looks at the expression of `root` alone. It does not check that
/// the ops it went through have no other use; findKernels does.
Match matchSoftmax(ScalarExprs &exprs, mlir::OpResult root);
Match matchLayerNorm(ScalarExprs &exprs, mlir::OpResult root);
Match matchAdd(ScalarExprs &exprs, mlir::OpResult root);
/// From the contraction at `root` forward as far as its epilogue goes.
Match matchMatmul(ScalarExprs &exprs, mlir::OpResult root);

/// "dimension 1 of 3", for messages.
std::string describeAxis(int64_t axis, int64_t rank);

} // namespace edgebert::analysis

#endif // EDGEBERT_LIB_ANALYSIS_MATCHER_H
