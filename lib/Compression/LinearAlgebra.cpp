//===- LinearAlgebra.cpp - H and its inverse ------------------------------===//

#include "LinearAlgebra.h"
#include "Problem.h"

#include "llvm/ADT/STLExtras.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace edgebert::compression;

// LAPACK's, column-major: `U` is the lower triangle of a row-major matrix.
extern "C" {
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda,
             int *info);
void dtrtri_(const char *uplo, const char *diagonal, const int *n, double *a,
             const int *lda, int *info);
}

std::vector<bool> edgebert::compression::deadInputs(const Gram &gram) {
  std::vector<bool> dead(gram.inputs());
  for (int64_t j = 0; j < gram.inputs(); ++j)
    dead[j] = gram.products()(j, j) == 0;
  return dead;
}

double edgebert::compression::meanLiveDiagonal(const Gram &gram) {
  double sum = 0;
  int64_t live = 0;
  for (int64_t j = 0; j < gram.inputs(); ++j)
    if (gram.products()(j, j) != 0) {
      sum += gram.hessian(j, j);
      ++live;
    }
  return live ? sum / double(live) : 1;
}

Matrix edgebert::compression::withoutDeadInputs(MatrixView w,
                                                const Gram &gram) {
  std::vector<bool> dead = deadInputs(gram);
  Matrix result(w);
  for (int64_t r = 0; r < w.rows; ++r)
    for (int64_t c = 0; c < w.columns; ++c)
      if (dead[c])
        result(r, c) = 0;
  return result;
}

std::vector<int64_t> edgebert::compression::naturalOrder(int64_t n) {
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

/// In place: the lower triangle of A becomes that of L^-1, with A = L L^T.
static bool invertCholesky(std::vector<double> &a, int n) {
  int info = 0;
  dpotrf_("U", &n, a.data(), &n, &info);
  if (info != 0)
    return false;
  dtrtri_("U", "N", &n, a.data(), &n, &info);
  return info == 0 && std::isfinite(a.back()) && std::isfinite(a.front());
}

InverseFactor edgebert::compression::factorInverse(
    const Gram &gram, llvm::ArrayRef<int64_t> order,
    const SolverOptions &options, Report &report) {
  auto n = int64_t(order.size());
  std::vector<bool> dead = deadInputs(gram);
  double mean = meanLiveDiagonal(gram);
  report.deadInputs = llvm::count(dead, true);

  // H = V V^T with V upper triangular is a Cholesky factorisation with rows and
  // columns in reverse; then U = V^-1, without ever forming H^-1.
  InverseFactor factor{n, std::vector<double>(size_t(n * n))};
  std::vector<double> &a = factor.upper;
  double damping = options.damping;
  for (unsigned attempt = 0; attempt <= options.retries; ++attempt) {
    for (int64_t i = 0; i < n; ++i)
      for (int64_t k = 0; k <= i; ++k)
        a[i * n + k] = gram.hessian(order[n - 1 - i], order[n - 1 - k]);
    for (int64_t i = 0; i < n; ++i) {
      double &diagonal = a[i * n + i];
      diagonal = (dead[order[n - 1 - i]] ? mean : diagonal) + damping * mean;
    }
    report.damping = damping;
    report.retries = attempt;
    if (invertCholesky(a, int(n))) {
      std::reverse(a.begin(), a.end());
      return factor;
    }
    damping = damping == 0 ? 0.01 : damping * 10;
  }
  report.fallback = "the Gram matrix of " + std::to_string(n) +
                    " inputs from " + std::to_string(gram.samples()) +
                    " samples is not positive definite even with damping " +
                    shown(report.damping) +
                    ": weights do not make up for each other";
  std::fill(a.begin(), a.end(), 0.0);
  for (int64_t i = 0; i < n; ++i)
    a[i * n + i] = 1;
  return factor;
}

std::vector<double>
edgebert::compression::inverseOf(const InverseFactor &factor) {
  int n = int(factor.size);
  std::vector<double> inverse(factor.upper.size());
  cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, n, n, 1.0,
              factor.upper.data(), n, 0.0, inverse.data(), n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < i; ++j)
      inverse[i * n + j] = inverse[j * n + i];
  return inverse;
}

bool edgebert::compression::solvePositive(std::vector<double> &a,
                                          std::vector<double> &b) {
  int n = int(b.size()), info = 0;
  if (n == 0)
    return true;
  dpotrf_("U", &n, a.data(), &n, &info);
  if (info != 0)
    return false;
  cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, n,
              a.data(), n, b.data(), 1);
  cblas_dtrsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, n, a.data(),
              n, b.data(), 1);
  return true;
}
