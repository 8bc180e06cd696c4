//===- Weights.h - the weight matrices of a function ------------*- C++ -*-===//
//
// What compression works on: every constant that matrix products, or
// convolutions, and nothing else read, as a matrix [outputs x inputs], in
// whatever layout and in whatever state (f32, codes, masked) earlier passes
// left it. The inputs of a convolution are the patches, channels first.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_ANALYSIS_WEIGHTS_H
#define EDGEBERT_ANALYSIS_WEIGHTS_H

#include "edgebert/Analysis/Kernels.h"
#include "edgebert/Compression/Mask.h"
#include "edgebert/Compression/Matrix.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>
#include <string>
#include <vector>

namespace edgebert::analysis {

/// A weight and the products or convolutions that read it. All uses of a shared
/// weight are one layer.
struct WeightLayer {
  /// The name of the first op that reads it (the ONNX node).
  std::string name;
  /// The whole weight as f32: a constant, or what decodes or masks one. To
  /// change the weight, replace this value.
  mlir::Value root;
  /// The dimension of `root` that counts outputs; the others, row-major, are
  /// the inputs.
  int64_t outputs = 0;
  int64_t rows = 0, columns = 0;
  /// One of the two is empty.
  llvm::SmallVector<const MatmulKernel *> uses;
  llvm::SmallVector<mlir::linalg::Conv2DNchwFchwOp> convolutions;

  mlir::RankedTensorType getType() const {
    return mlir::cast<mlir::RankedTensorType>(root.getType());
  }
  /// The row-major index in `root` of output r and input c.
  int64_t getRootIndex(int64_t r, int64_t c) const {
    return (c / inner * rows + r) * inner + c % inner;
  }
  /// Elements of `root` in the order of the matrix, and back.
  template <typename T>
  std::vector<T> toMatrix(llvm::ArrayRef<T> data) const {
    std::vector<T> result(data.size());
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c)
        result[r * columns + c] = data[getRootIndex(r, c)];
    return result;
  }
  template <typename T>
  std::vector<T> toRoot(llvm::ArrayRef<T> data) const {
    std::vector<T> result(data.size());
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c)
        result[getRootIndex(r, c)] = data[r * columns + c];
    return result;
  }

  /// The current weights, decoded and masked.
  compression::Matrix getMatrix() const;
  /// The same before input scales (AWQ) are divided out: the grid points that
  /// are stored.
  compression::Matrix getStoredMatrix() const;
  /// The mask that `mask.apply` ops put on it, if any.
  std::optional<compression::Mask> getMask() const;
  /// Elements after the dimension `outputs`.
  int64_t inner = 1;
};

/// A constant operand of a product that is not a layer, and why.
struct SkippedWeight {
  std::string name;
  std::string reason;
};

struct WeightSet {
  KernelSet kernels;
  /// In program order of their first use.
  std::vector<WeightLayer> layers;
  std::vector<SkippedWeight> skipped;
};

/// The weights of `func`, in the model form or with numfmt and mask ops on
/// them.
WeightSet findWeights(mlir::func::FuncOp func);

/// The elements of a value that depends only on constants through dequantize,
/// mask.apply, reshapes, transposes, broadcasts and division; none otherwise.
std::optional<std::vector<float>> evaluateConstant(mlir::Value value);

/// A number that is the same for a function before and after its weights were
/// compressed, and another one for another model: of the layers' names and
/// shapes and of the bytes of all other constants.
uint64_t getModelFingerprint(mlir::func::FuncOp func);

} // namespace edgebert::analysis

#endif // EDGEBERT_ANALYSIS_WEIGHTS_H
