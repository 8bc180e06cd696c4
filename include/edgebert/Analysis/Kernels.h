//===- Kernels.h - what of a function the accelerator can run --*- C++ -*-===//
//
// Recognises, in the model form and in the compressed form, the groups of ops
// that compute one accelerator operation: a matrix product with its epilogue, a
// softmax, a layer norm, a residual add. The input need not come from our
// importer: matching looks at the scalar expression that a chain of
// element-wise ops and reductions computes (ScalarExpr.h), so fused, unfused,
// commuted, reshaped and broadcast variants are the same case.
//
// numfmt ops are never part of a kernel: where they sit on a kernel's operand,
// the operand is their result.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_ANALYSIS_KERNELS_H
#define EDGEBERT_ANALYSIS_KERNELS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"

#include <memory>
#include <string>
#include <vector>

namespace edgebert::analysis {

enum class KernelKind { Matmul, Softmax, LayerNorm, Add };

/// "matmul", "softmax", "layer norm", "add".
llvm::StringRef stringifyKernelKind(KernelKind kind);

/// A group of ops that one accelerator operation replaces. To replace it:
/// build the new value before `root`, replace all uses of `result` with it and
/// erase `body` from back to front (nothing outside the body uses an op of it
/// other than through `result`). All operands dominate `root`.
struct Kernel {
  virtual ~Kernel() = default;

  KernelKind kind;
  /// Unique in the function and stable: the location's name (the ONNX node), or
  /// kind and number, with "#2", "#3", ... on repeats.
  std::string id;
  /// The op that produces `result`.
  mlir::Operation *root = nullptr;
  /// Every op that becomes dead, in program order, including `root`. Constants
  /// and ops that are also used elsewhere (a shared tensor.empty, fill or
  /// reshape) are not in it.
  llvm::SmallVector<mlir::Operation *> body;
  /// The one value that leaves the kernel; static shape, f32.
  mlir::Value result;

  /// What the kernel reads: its activations first, then its constants.
  llvm::SmallVector<mlir::Value> getOperands() const;

protected:
  explicit Kernel(KernelKind kind) : kind(kind) {}
};

/// result = relu?(scale * (lhs . rhs) + addendScale * addend).
///
/// The shapes, all row-major:
///   transpose(lhs, lhsPerm)  reshapes to [batch, m, k]
///   transpose(rhs, rhsPerm)  reshapes to [batch, n, k]  (one row per column)
///   the product [batch, m, n] reshapes to resultDims, and
///   transpose(that, resultPerm) reshapes to the type of `result`.
/// A permutation follows linalg.transpose: dimension i of the transposed tensor
/// is dimension perm[i] of the operand. For plain A.B of rank 2, lhsPerm is
/// [0, 1], rhsPerm [1, 0], resultPerm [0, 1] and batch 1.
///
/// Where exactly one operand is constant it is `rhs` (the weights), so that N
/// is the dimension of a per-column bias; else lhs and rhs are as in the IR.
struct MatmulKernel : Kernel {
  MatmulKernel() : Kernel(KernelKind::Matmul) {}
  static bool classof(const Kernel *k) { return k->kind == KernelKind::Matmul; }

  /// The op that multiplies; it is in the body, and is the root where there is
  /// no epilogue.
  mlir::Operation *contraction = nullptr;
  mlir::Value lhs, rhs;
  /// Null, or a constant of n elements, one per column (unit dimensions may
  /// surround or split them; row-major order is column order).
  mlir::Value addend;
  double scale = 1.0;
  double addendScale = 1.0;
  bool relu = false;

  int64_t batch = 1, m = 1, n = 1, k = 1;
  llvm::SmallVector<int64_t> lhsPerm, rhsPerm;
  /// Extents of [batch..., M..., N...] before resultPerm.
  llvm::SmallVector<int64_t> resultDims;
  llvm::SmallVector<int64_t> resultPerm;
};

/// result = softmax(input) along `axis`, which is the last dimension. The input
/// reshapes, row-major and with the same last dimension, to the result's type.
/// With a span, result = span * softmax(input) / sum of that along the axis,
/// and 0 where the sum is (attention spans, thesis 9.1.2).
struct SoftmaxKernel : Kernel {
  SoftmaxKernel() : Kernel(KernelKind::Softmax) {}
  static bool classof(const Kernel *k) {
    return k->kind == KernelKind::Softmax;
  }

  mlir::Value input;
  int64_t axis = 0;
  int64_t rank = 0;
  /// Null (all 1), or a constant; of each of its dimensions, the dimension of
  /// the result that it follows, or -1 for one of extent 1.
  mlir::Value span;
  llvm::SmallVector<int64_t> spanDims;
};

/// result = (input - mean) / sqrt(variance + epsilon) * gamma + beta, with mean
/// and (biased) variance along `axis`, which is the last dimension. The input
/// reshapes, row-major and with the same last dimension, to the result's type.
struct LayerNormKernel : Kernel {
  LayerNormKernel() : Kernel(KernelKind::LayerNorm) {}
  static bool classof(const Kernel *k) {
    return k->kind == KernelKind::LayerNorm;
  }

  mlir::Value input;
  /// Null (1 and 0), or constants with one element per element of the last
  /// dimension (unit dimensions may precede it).
  mlir::Value gamma, beta;
  double epsilon = 0.0;
  int64_t axis = 0;
  int64_t rank = 0;
};

/// result = lhs + rhs, neither of them constant. Both have the shape of
/// `result` up to unit dimensions (row-major order is the same).
struct AddKernel : Kernel {
  AddKernel() : Kernel(KernelKind::Add) {}
  static bool classof(const Kernel *k) { return k->kind == KernelKind::Add; }

  mlir::Value lhs, rhs;
};

enum class RejectionKind {
  /// Looks like a kernel, but something the reason names rules it out.
  NearMiss,
  /// Computes something the accelerator has no unit for.
  HostCompute,
  /// Only moves data (transpose, slice, concat, broadcast).
  DataMovement,
};

/// An op that stays on the host, and why ("tanh has no unit on the
/// accelerator"). Constants, tensor.empty, fills and reshapes are not listed.
struct Rejection {
  mlir::Operation *op = nullptr;
  RejectionKind kind = RejectionKind::HostCompute;
  std::string reason;
};

struct KernelSet {
  /// In program order of their roots.
  std::vector<std::unique_ptr<Kernel>> kernels;
  /// In program order.
  std::vector<Rejection> rejections;

  unsigned count(KernelKind kind) const;
};

/// Finds the kernels of `func`. An op belongs to at most one kernel, and no
/// kernel contains an op whose result is used outside it. The function is not
/// changed.
KernelSet findKernels(mlir::func::FuncOp func);

/// Whether `value` depends on constants only (through side-effect-free ops:
/// reshapes, numfmt.dequantize, ...), i.e. is known before the first inference.
bool isConstantDerived(mlir::Value value);

/// The name an op's location carries (NameLoc, also inside fused and call-site
/// locations), or "".
llvm::StringRef getLocationName(mlir::Location loc);

} // namespace edgebert::analysis

#endif // EDGEBERT_ANALYSIS_KERNELS_H
