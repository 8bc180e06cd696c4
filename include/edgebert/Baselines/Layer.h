//===- Layer.h - a model as the baselines see it ---------------*- C++ -*-===//
//
// The model form as a list of operations with their extents: what the thesis's
// baselines (9.5, 9.6) need to know of it. Found through the same kernels
// (Analysis/Kernels.h) that the conversion to the accelerator uses.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_BASELINES_LAYER_H
#define EDGEBERT_BASELINES_LAYER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Support/LogicalResult.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace edgebert::baselines {

/// The modules whose cycles the thesis reports (9.5.8). In terms of the graph:
/// a product with a softmax's result ends the attention, the next layer norm
/// ends the post-processing, and the one after that the feed-forward network.
enum class Module { Attention, PostProcessing, FeedForward };
/// "attention", "post-processing", "ffn".
llvm::StringRef stringifyModule(Module module);

enum class OpKind {
  Matmul,
  Softmax,
  LayerNorm,
  /// The sum of two activations (a residual).
  Add,
  /// The addition of one row to every row (a bias).
  AddRow,
  /// A scalar function of every element.
  Elementwise,
  /// A copy in another order, or of elements chosen by data.
  Move,
};
/// "matmul", "softmax", "layer norm", "add", "add row", "elementwise", "move".
llvm::StringRef stringifyOpKind(OpKind kind);

/// One operation; extents in elements.
struct LayerOp {
  OpKind kind;
  Module module = Module::Attention;
  /// The ONNX node's name, and for diagnostics the op's location.
  std::string name;
  mlir::LocationAttr loc;
  /// Matmul: `batch` products of [m, k] by [k, n]. The others: `batch`
  /// matrices of m rows and n columns.
  int64_t batch = 1, m = 1, n = 1, k = 1;
  /// Matmul by weights whose columns belong to this many attention heads; the
  /// thesis's programs compute one head at a time.
  int64_t heads = 1;
  /// Matmul: the operand is an activation that lies in memory the other way
  /// round, so that its matrices must be transposed first.
  bool transposeLhs = false, transposeRhs = false;
  /// Add: the sum goes nowhere but into a layer norm.
  bool intoLayerNorm = false;
  /// Elementwise: the scalar op ("math.erf"), and whether one of its operands
  /// is the same constant for every element.
  std::string scalar;
  bool byConstant = false;

  int64_t elements() const { return batch * m * n; }
  /// 0 unless it is a matmul.
  int64_t macs() const {
    return kind == OpKind::Matmul ? batch * m * n * k : 0;
  }
};

using Layer = std::vector<LayerOp>;

/// The operations of `func`, in program order; emits an error at an op that is
/// not one of the above. Needs static shapes. `func` is not changed.
mlir::FailureOr<Layer> readLayer(mlir::func::FuncOp func);

} // namespace edgebert::baselines

#endif // EDGEBERT_BASELINES_LAYER_H
