//===- LapqTest.cpp - the search for clippings ----------------------------===//

#include "edgebert/Compression/Lapq.h"
#include "RandomLayer.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace edgebert::compression;
using llvm::ArrayRef;

namespace {

std::vector<Matrix> threeMatrices() {
  std::mt19937 random(1);
  std::vector<Matrix> matrices;
  for (int i = 0; i < 3; ++i)
    matrices.push_back(gaussian(8, 64, random));
  return matrices;
}

TEST(Lapq, FindsTheMinimumOfACoupledLoss) {
  auto matrices = threeMatrices();
  std::vector<MatrixView> views(matrices.begin(), matrices.end());
  // A bowl with a valley across the axes; the minimum is at (.5, .7, .9).
  unsigned calls = 0;
  auto loss = [&](ArrayRef<double> r) -> llvm::Expected<double> {
    ++calls;
    double a = r[0] - 0.5, b = r[1] - 0.7, c = r[2] - 0.9;
    return 1 + a * a + b * b + c * c + 1.5 * a * b + 0.8 * b * c;
  };
  LapqOptions options;
  options.iterations = 6;
  options.lineSteps = 20;
  LapqResult result = llvm::cantFail(
      lapq(views, grid("int<4>", Granularity::Tensor), loss, options));
  EXPECT_EQ(result.evaluations, calls);
  EXPECT_NEAR(result.loss, 1, 1e-3);
  EXPECT_LE(result.loss, result.fittedLoss);
  EXPECT_EQ(result.loss, llvm::cantFail(loss(result.ratios)));
  EXPECT_NEAR(result.ratios[0], 0.5, 0.03);
}

TEST(Lapq, CandidatesClipLessAsTheNormGrows) {
  auto matrices = threeMatrices();
  std::vector<MatrixView> views(matrices.begin(), matrices.end());
  std::vector<std::vector<double>> seen;
  auto loss = [&](ArrayRef<double> r) -> llvm::Expected<double> {
    seen.push_back(r.vec());
    return std::fabs(double(seen.size()) - 2.5); // best in the middle
  };
  LapqOptions options;
  options.norms = {1.5, 3, 6, 12};
  options.iterations = 0;
  LapqResult result = llvm::cantFail(
      lapq(views, grid("int<3>", Granularity::Tensor), loss, options));
  ASSERT_GE(seen.size(), 4u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_LE(seen[0][i], seen[3][i]);
    EXPECT_LT(seen[0][i], 1);
  }
  EXPECT_GT(result.norm, 1.5);
  EXPECT_LT(result.norm, 12);
}

TEST(Lapq, TheFitIsTheVertexOfTheParabola) {
  auto matrices = threeMatrices();
  std::vector<MatrixView> views(matrices.begin(), matrices.end());
  LapqOptions options;
  options.norms = {2, 3, 4.5, 7};
  options.iterations = 0;
  size_t call = 0;
  auto loss = [&](ArrayRef<double>) -> llvm::Expected<double> {
    double p = call < 4 ? options.norms[call] : 4;
    ++call;
    return 1 + (p - 4) * (p - 4);
  };
  LapqResult result = llvm::cantFail(
      lapq(views, grid("int<4>", Granularity::Tensor), loss, options));
  EXPECT_EQ(result.evaluations, 5u);
  EXPECT_NEAR(result.norm, 4, 1e-9);
  EXPECT_EQ(result.fittedLoss, 1);
}

TEST(Lapq, BeatsMaxScalingOnAModel) {
  // Two layers with a squared loss on the output of both.
  std::mt19937 random(2);
  Matrix a = gaussian(16, 24, random), b = gaussian(4, 16, random);
  a(3, 5) = 12; // an outlier that max-scaling follows
  Matrix x = gaussian(50, 24, random);
  auto forward = [&](MatrixView wa, MatrixView wb) {
    std::vector<double> y;
    for (int64_t s = 0; s < x.rows; ++s)
      for (int64_t o = 0; o < 4; ++o) {
        double sum = 0;
        for (int64_t h = 0; h < 16; ++h) {
          double hidden = 0;
          for (int64_t i = 0; i < 24; ++i)
            hidden += wa(h, i) * x(s, i);
          sum += wb(o, h) * std::max(hidden, 0.0);
        }
        y.push_back(sum);
      }
    return y;
  };
  std::vector<double> expected = forward(a, b);
  GridOptions options = grid("int<3>", Granularity::Tensor);
  auto loss = [&](ArrayRef<double> ratios) -> llvm::Expected<double> {
    std::vector<Matrix> quantized;
    for (auto [w, ratio] :
         {std::pair(&a, ratios[0]), std::pair(&b, ratios[1])}) {
      GridOptions fixed = options;
      fixed.search = RangeSearch::Fixed;
      fixed.ratio = ratio;
      Grid g(fixed, w->rows, w->columns);
      g.fit(*w);
      quantized.push_back(g.decode(g.encode(*w)));
    }
    double sum = 0;
    std::vector<double> y = forward(quantized[0], quantized[1]);
    for (size_t i = 0; i < y.size(); ++i)
      sum += (y[i] - expected[i]) * (y[i] - expected[i]);
    return sum;
  };
  LapqResult result = llvm::cantFail(lapq({a, b}, options, loss));
  EXPECT_LT(result.loss, 0.8 * llvm::cantFail(loss({1.0, 1.0})));
}

TEST(Lapq, PassesOnTheErrorsOfTheLoss) {
  auto matrices = threeMatrices();
  std::vector<MatrixView> views(matrices.begin(), matrices.end());
  unsigned calls = 0;
  auto loss = [&](ArrayRef<double>) -> llvm::Expected<double> {
    if (++calls == 7)
      return llvm::createStringError("no data left");
    return double(calls);
  };
  auto result = lapq(views, grid("int<4>"), loss);
  EXPECT_EQ(llvm::toString(result.takeError()), "no data left");
  LapqOptions few;
  few.norms = {2, 3};
  EXPECT_EQ(llvm::toString(lapq(views, grid("int<4>"), loss, few).takeError()),
            "LAPQ's fit needs at least three positive norms");
}

} // namespace
