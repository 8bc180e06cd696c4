//===- Elimination.h - OBS on one row ---------------------------*- C++ -*-===//
//
// Hassibi and Stork 1992, thesis 6.3.2 and 10.2.1. Fixing weight q at a value
// with the others making up in the best way:
//
//   w     += (value - w_q) / [H^-1]_qq  H^-1[:, q]
//   H^-1  -= H^-1[:, q] H^-1[q, :] / [H^-1]_qq      (then without q)
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_COMPRESSION_ELIMINATION_H
#define EDGEBERT_LIB_COMPRESSION_ELIMINATION_H

#include "LinearAlgebra.h"

#include <cblas.h>

namespace edgebert::compression {

/// The state of one row's elimination: its weights and the inverse of H on the
/// inputs that are not fixed yet.
class Elimination {
public:
  Elimination(llvm::ArrayRef<float> weights, std::vector<double> inverse)
      : w(weights.begin(), weights.end()), h(std::move(inverse)),
        fixed(w.size()) {}

  int64_t size() const { return int64_t(w.size()); }
  bool isFixed(int64_t q) const { return fixed[q]; }
  double weight(int64_t q) const { return w[q]; }
  /// [H^-1]_qq.
  double inverse(int64_t q) const { return h[q * size() + q]; }
  /// By how much the loss, 1/2 dw^T H dw, rises when q is fixed at `value`.
  double cost(int64_t q, double value) const {
    double error = value - w[q];
    return error * error / (2 * inverse(q));
  }

  void fix(int64_t q, double value) {
    int n = int(size());
    double diagonal = inverse(q);
    std::vector<double> column(h.begin() + q * n, h.begin() + (q + 1) * n);
    double step = (value - w[q]) / diagonal;
    for (int64_t j = 0; j < n; ++j)
      if (!fixed[j])
        w[j] += step * column[j];
    w[q] = value;
    fixed[q] = true;
    cblas_dger(CblasRowMajor, n, n, -1 / diagonal, column.data(), 1,
               column.data(), 1, h.data(), n);
    // Exactly zero, so that rounding does not move a fixed weight's row.
    for (int64_t j = 0; j < n; ++j)
      h[j * n + q] = h[q * n + j] = 0;
  }

  void store(llvm::MutableArrayRef<float> weights) const {
    for (int64_t j = 0; j < size(); ++j)
      weights[j] = float(w[j]);
  }

private:
  std::vector<double> w, h;
  std::vector<bool> fixed;
};

} // namespace edgebert::compression

#endif // EDGEBERT_LIB_COMPRESSION_ELIMINATION_H
