//===- TensorBuilder.h - tensor operations that fold or emit IR -*- C++ -*-===//
//
// The vocabulary in which ONNX operators are described. Each operation computes
// at once where the importer knows every operand (shape arithmetic: ONNX graphs
// derive shapes with ordinary nodes) and emits linalg/tensor ops otherwise, so
// that an operator's meaning is written once. Arguments are checked by the
// callers; nothing here fails.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_IMPORT_ONNX_TENSORBUILDER_H
#define EDGEBERT_LIB_IMPORT_ONNX_TENSORBUILDER_H

#include "Tensor.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace edgebert::onnx {

/// Emits the scalar computation of one element.
using ScalarFn = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &,
                                                mlir::ValueRange)>;
/// Computes one element; none where the result is undefined (then the IR
/// decides). A null function never folds.
using HostFn =
    llvm::function_ref<std::optional<Scalar>(llvm::ArrayRef<Scalar>)>;

class TensorBuilder {
public:
  /// Appends to `entry`; constants gather at its start in order of first use.
  explicit TensorBuilder(mlir::Block *entry, mlir::MLIRContext *context);

  void setLoc(mlir::Location loc) { b.setLoc(loc); }
  mlir::ImplicitLocOpBuilder &ir() { return b; }

  // Values.
  mlir::Value value(const TensorRef &tensor);
  TensorRef wrap(mlir::Value value, DType type);
  TensorRef known(HostTensor tensor);
  TensorRef splat(ShapeRef shape, DType type, Scalar element);
  /// The elements if the importer knows them and they are few enough to fold.
  const HostTensor *host(const TensorRef &tensor);
  mlir::RankedTensorType typeOf(ShapeRef shape, DType type);

  // Operations that fold.
  TensorRef reshape(const TensorRef &x, ShapeRef shape);
  TensorRef transpose(const TensorRef &x, llvm::ArrayRef<int64_t> perm);
  /// Element (i, j, …) is x[offsets + (i, j, …) * steps]; steps may be
  /// negative.
  TensorRef slice(const TensorRef &x, ShapeRef offsets, ShapeRef sizes,
                  ShapeRef steps);
  TensorRef broadcast(const TensorRef &x, ShapeRef shape);
  TensorRef concat(llvm::ArrayRef<TensorRef> parts, int64_t axis);
  /// ONNX Gather. Run-time indices are clamped to the axis: an index out of
  /// range is undefined in ONNX and must not read outside the table.
  TensorRef gather(const TensorRef &data, const TensorRef &indices,
                   int64_t axis);
  /// One op per element with numpy broadcasting; operands of a common shape
  /// `shape` (see broadcastShapes).
  TensorRef elementwise(llvm::ArrayRef<TensorRef> operands, ShapeRef shape,
                        DType type, ScalarFn emit, HostFn fold);

  // Operations that only emit.
  mlir::Value empty(ShapeRef shape, DType type);
  mlir::Value filled(ShapeRef shape, DType type, Scalar element);
  mlir::Value constant(DType type, Scalar element);
  TensorRef pad(const TensorRef &x, ShapeRef low, ShapeRef high,
                Scalar element);
  /// Folds `dims` (sorted) away: result = emit(element, accumulator), starting
  /// at `init`.
  TensorRef reduce(const TensorRef &x, llvm::ArrayRef<int64_t> dims,
                   Scalar init, ScalarFn emit);
  /// The keepdims form of a reduced shape.
  TensorRef keepDims(const TensorRef &reduced, const TensorRef &x,
                     llvm::ArrayRef<int64_t> dims, bool keep);
  /// [M,K]x[K,N], or [B,M,K]x[B,K,N].
  TensorRef matmul(const TensorRef &a, const TensorRef &b);

private:
  mlir::Value reshapeValue(mlir::Value x, ShapeRef shape);

  mlir::ImplicitLocOpBuilder b;
  mlir::Block *entry;
  mlir::Operation *lastConstant = nullptr;
};

/// True where a tensor is small enough to be computed by the importer.
bool isFoldable(DType type, ShapeRef shape);

/// The numpy broadcast of `shapes`; none if they do not agree.
std::optional<Shape> broadcastShapes(llvm::ArrayRef<ShapeRef> shapes);

} // namespace edgebert::onnx

#endif // EDGEBERT_LIB_IMPORT_ONNX_TENSORBUILDER_H
