//===- SolverTest.cpp - inverses of H, and elimination --------------------===//

#include "Elimination.h"
#include "RandomLayer.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace edgebert::compression;

namespace {

SolverOptions undamped() {
  SolverOptions options;
  options.damping = 0;
  return options;
}

TEST(InverseFactor, IsTheFactorOfTheInverse) {
  RandomLayer layer(1, 12, 100, 1);
  std::vector<int64_t> order = {3, 1, 2, 0, 11, 10, 4, 5, 9, 8, 7, 6};
  Report report;
  InverseFactor factor = factorInverse(layer.gram, order, undamped(), report);
  std::vector<double> inverse = inverseOf(factor);
  for (int64_t i = 0; i < 12; ++i)
    for (int64_t j = 0; j < 12; ++j) {
      double product = 0;
      for (int64_t k = 0; k < 12; ++k)
        product += layer.gram.hessian(order[i], order[k]) * inverse[k * 12 + j];
      EXPECT_NEAR(product, i == j, 1e-8);
      if (j < i)
        EXPECT_EQ(factor.upper[i * 12 + j], 0);
    }
  EXPECT_EQ(report.retries, 0u);
}

TEST(InverseFactor, RowsAreThoseOfTheDowndatedInverses) {
  RandomLayer layer(1, 10, 100, 2);
  Report report;
  InverseFactor factor =
      factorInverse(layer.gram, naturalOrder(10), undamped(), report);
  Elimination row(layer.w.row(0), inverseOf(factor));
  for (int64_t j = 0; j < 10; ++j) {
    // Fixing nothing to the left is left: row j of the inverse, scaled.
    double diagonal = row.inverse(j);
    EXPECT_NEAR(factor.upper[j * 10 + j], std::sqrt(diagonal), 1e-10);
    double before = j + 1 < 10 ? row.weight(j + 1) : 0;
    row.fix(j, row.weight(j) + diagonal);
    if (j + 1 < 10)
      EXPECT_NEAR((row.weight(j + 1) - before) / std::sqrt(diagonal),
                  factor.upper[j * 10 + j + 1], 1e-9);
  }
}

/// The weights that minimise dw^T H dw with those in `removed` zero.
std::vector<double> constrainedLeastSquares(const RandomLayer &layer,
                                            llvm::ArrayRef<bool> removed) {
  int64_t n = layer.w.columns;
  std::vector<int64_t> kept;
  for (int64_t j = 0; j < n; ++j)
    if (!removed[j])
      kept.push_back(j);
  size_t k = kept.size();
  std::vector<double> a(k * k), b(k);
  for (size_t i = 0; i < k; ++i) {
    for (size_t j = 0; j < k; ++j)
      a[i * k + j] = layer.gram.hessian(kept[i], kept[j]);
    for (int64_t j = 0; j < n; ++j)
      b[i] += layer.gram.hessian(kept[i], j) * layer.w(0, j);
  }
  EXPECT_TRUE(solvePositive(a, b));
  std::vector<double> w(n);
  for (size_t i = 0; i < k; ++i)
    w[kept[i]] = b[i];
  return w;
}

double loss(const RandomLayer &layer, llvm::ArrayRef<double> w) {
  double sum = 0;
  for (int64_t i = 0; i < layer.w.columns; ++i)
    for (int64_t j = 0; j < layer.w.columns; ++j)
      sum += layer.gram.hessian(i, j) * (w[i] - layer.w(0, i)) *
             (w[j] - layer.w(0, j));
  return sum / 2;
}

TEST(Elimination, RemovalIsConstrainedLeastSquaresAndItsCostTheLoss) {
  RandomLayer layer(1, 12, 200, 3);
  Report report;
  std::vector<double> inverse = inverseOf(
      factorInverse(layer.gram, naturalOrder(12), undamped(), report));
  for (int64_t q = 0; q < 12; ++q) {
    Elimination row(layer.w.row(0), inverse);
    double cost = row.cost(q, 0);
    row.fix(q, 0);
    bool removed[12] = {};
    removed[q] = true;
    std::vector<double> expected = constrainedLeastSquares(layer, removed);
    for (int64_t j = 0; j < 12; ++j)
      EXPECT_NEAR(row.weight(j), expected[j], 1e-10);
    EXPECT_NEAR(cost, loss(layer, expected), 1e-10 * cost);
  }
}

TEST(Elimination, OneAfterTheOtherIsTheGroupAtOnce) {
  RandomLayer layer(1, 12, 200, 4);
  Report report;
  Elimination row(layer.w.row(0),
                  inverseOf(factorInverse(layer.gram, naturalOrder(12),
                                          undamped(), report)));
  bool removed[12] = {};
  double costs = 0;
  for (int64_t q : {7, 2, 11, 3, 5}) {
    costs += row.cost(q, 0);
    row.fix(q, 0);
    removed[q] = true;
    std::vector<double> expected = constrainedLeastSquares(layer, removed);
    for (int64_t j = 0; j < 12; ++j)
      EXPECT_NEAR(row.weight(j), expected[j], 1e-9);
    EXPECT_NEAR(costs, loss(layer, expected), 1e-9 * costs);
  }
}

TEST(Gram, AccumulatesBlocksLikeOne) {
  RandomLayer layer(1, 9, 60, 5);
  Gram blocks(9), tail(9);
  blocks.add(MatrixView{layer.x.data(), 20, 9});
  tail.add(MatrixView{layer.x.data() + 20 * 9, 40, 9});
  blocks.add(tail);
  EXPECT_EQ(blocks.samples(), 60);
  for (int64_t i = 0; i < 9; ++i) {
    EXPECT_NEAR(blocks.absoluteSums()[i], layer.gram.absoluteSums()[i], 1e-4);
    EXPECT_EQ(blocks.maxima()[i], layer.gram.maxima()[i]);
    for (int64_t j = 0; j < 9; ++j)
      EXPECT_NEAR(blocks.hessian(i, j), layer.gram.hessian(i, j), 1e-4);
  }
}

TEST(Gram, HalfProductIsTheMeanSquaredOutputChange) {
  RandomLayer layer(3, 9, 60, 6);
  double sum = 0;
  for (int64_t s = 0; s < 60; ++s)
    for (int64_t r = 0; r < 3; ++r) {
      double y = 0;
      for (int64_t c = 0; c < 9; ++c)
        y += layer.w(r, c) * layer.x(s, c);
      sum += y * y / 60;
    }
  EXPECT_NEAR(layer.gram.halfProduct(layer.w, layer.w) / sum, 1, 1e-5);
}

} // namespace
