//===- Gram.h - what a layer's inputs looked like ---------------*- C++ -*-===//
//
// Everything the second-order methods know about data. For y = W x with a
// squared error the Hessian of every row of W is
//
//   H = 2 X^T X / n,   X [samples x inputs]
//
// so 1/2 dw^T H dw is the mean squared change of that row's output.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_COMPRESSION_GRAM_H
#define EDGEBERT_COMPRESSION_GRAM_H

#include "edgebert/Compression/Matrix.h"

#include <vector>

namespace edgebert::compression {

/// X^T X and the magnitudes of a layer's inputs, summed over samples (tokens or
/// patches). Layers with the same input, and all uses of one shared weight,
/// share one.
class Gram {
public:
  Gram() = default;
  explicit Gram(int64_t inputs);
  /// From stored sums; `products` is [inputs x inputs], of which the upper
  /// triangle counts.
  Gram(int64_t samples, Matrix products, std::vector<double> absoluteSums,
       std::vector<float> maxima);

  /// Adds the samples X [samples x inputs]; through BLAS, one block at a time,
  /// so that nothing but the sums is kept.
  void add(MatrixView x);
  /// Adds another's samples; both have the same inputs.
  void add(const Gram &other);

  int64_t inputs() const { return sums.rows; }
  int64_t samples() const { return count; }
  /// Sums of x_i x_j; only the upper triangle (i <= j) is meaningful.
  const Matrix &products() const { return sums; }
  /// Sums of |x_j|, and the largest |x_j|.
  llvm::ArrayRef<double> absoluteSums() const { return absolute; }
  llvm::ArrayRef<float> maxima() const { return maximum; }

  /// H_ij = 2 / n sum x_i x_j, for either order of i and j.
  double hessian(int64_t i, int64_t j) const {
    return 2.0 * (i <= j ? sums(i, j) : sums(j, i)) / double(count);
  }
  /// sqrt(mean x_j^2): Wanda's norm up to a constant factor.
  std::vector<double> inputNorms() const;
  /// mean |x_j|: AWQ's magnitude.
  std::vector<double> inputMagnitudes() const;
  /// D H [rows x inputs], for a matrix D of as many columns.
  Matrix times(MatrixView d) const;
  /// D H_gg for D [rows x width], of the `width` inputs from `begin` only.
  Matrix timesBlock(MatrixView d, int64_t begin) const;
  /// 1/2 sum over rows of a^T H b: with a = b the mean squared change of the
  /// layer's output (summed over outputs) when W changes by a.
  double halfProduct(MatrixView a, MatrixView b) const;

private:
  int64_t count = 0;
  Matrix sums;
  std::vector<double> absolute;
  std::vector<float> maximum;
};

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_GRAM_H
