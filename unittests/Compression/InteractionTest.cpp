//===- InteractionTest.cpp - thesis chapter 10 as tests -------------------===//

#include "edgebert/Compression/Interaction.h"
#include "RandomLayer.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace edgebert::compression;
using edgebert::numerics::Metadata;

namespace {

double norm(MatrixView a, MatrixView b, double p) {
  double sum = 0, most = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    double error = std::fabs(double(a.data[i]) - double(b.data[i]));
    sum += std::pow(error, p);
    most = std::max(most, error);
  }
  return std::isinf(p) ? most : std::pow(sum, 1 / p);
}

constexpr double kNorms[] = {1, 1.5, 2, 3, 8, INFINITY};

Matrix rowOf(std::vector<float> values) {
  Matrix w(1, int64_t(values.size()));
  w.storage = std::move(values);
  return w;
}

/// Magnitude pruning.
Matrix sparsify(MatrixView w, double sparsity, Pattern pattern = {},
                Scope scope = Scope::Tensor) {
  PruneOptions options;
  options.sparsity = sparsity;
  options.pattern = pattern;
  options.scope = scope;
  return llvm::cantFail(prune(w, nullptr, options)).values;
}

QuantizeOptions rtn(GridOptions options) { return QuantizeOptions(options); }

/// An integer grid of step 1, whatever the weights: naive with a fixed scale.
Matrix roundToIntegers(MatrixView w) {
  Grid integers(grid("int<8>", Granularity::Tensor), w.rows, w.columns,
                {Metadata::ofReal(1)});
  return integers.decode(integers.encode(w));
}

// 10.3.1: bounds and order of the two sequences, for naive round-to-nearest
// with zero on the grid and a scale that pruning does not change.
TEST(Theorems, BoundAndOrderInEveryNorm) {
  std::mt19937 random(1);
  int strict = 0;
  for (int trial = 0; trial < 300; ++trial) {
    int64_t d = 4 << random() % 4;
    Matrix w = gaussian(1, d, random);
    const char *formats[] = {"int<2>", "int<3>", "int<4>", "afp<4,2>"};
    Grid block(grid(formats[random() % 4], Granularity::Tensor), 1, d);
    block.fit(w);
    auto q = [&](MatrixView x) { return block.decode(block.encode(x)); };
    Pattern pattern;
    double sparsity = double(1 + random() % 9) / 10;
    if (trial % 3 == 0)
      pattern = Pattern::nm(2, 4);
    Matrix s = sparsify(w, sparsity, pattern);
    Matrix sq = q(s), qs = sparsify(q(w), sparsity, pattern);
    for (double p : kNorms) {
      EXPECT_LE(norm(w, sq, p), (norm(w, s, p) + norm(w, q(w), p)) * 1.000001);
      EXPECT_LE(norm(w, sq, p), norm(w, qs, p) * 1.000001);
    }
    strict += norm(w, sq, 1) < norm(w, qs, 1) * 0.999;
  }
  EXPECT_GT(strict, 20); // the order is not an equality
}

TEST(Theorems, QThenSCanExceedTheSum) {
  // Thesis 10.3.1, 1:2 magnitude sparsity.
  Matrix w = rowOf({3.9f, 4.0f});
  Matrix s = sparsify(w, 0, Pattern::nm(1, 2)), q = roundToIntegers(w);
  EXPECT_EQ(s.storage, (std::vector<float>{0, 4.0f}));
  EXPECT_EQ(q.storage, (std::vector<float>{4, 4}));
  Matrix qs = sparsify(q, 0, Pattern::nm(1, 2));
  EXPECT_EQ(qs.storage, (std::vector<float>{4, 0}));
  for (double p : kNorms)
    if (!std::isinf(p))
      EXPECT_GT(norm(w, qs, p), norm(w, s, p) + norm(w, q, p));
}

TEST(Theorems, NeitherOrderIsOrthogonalForDotProducts) {
  // 10.3.2: x = (1, 1).
  Matrix w = rowOf({0.6f, 1.3f});
  auto error = [&](MatrixView v) {
    return std::fabs((w(0, 0) + w(0, 1)) - (v(0, 0) + v(0, 1)));
  };
  Matrix s = sparsify(w, 0, Pattern::nm(1, 2)), q = roundToIntegers(w);
  double sq = error(roundToIntegers(s));
  double qs = error(sparsify(q, 0, Pattern::nm(1, 2)));
  EXPECT_NEAR(sq, 0.9, 1e-6);
  EXPECT_NEAR(qs, 0.9, 1e-6);
  EXPECT_NEAR(error(s), 0.6, 1e-6);
  EXPECT_NEAR(error(q), 0.1, 1e-6);
  EXPECT_GT(sq, error(s) + error(q));
  EXPECT_GT(qs, error(s) + error(q));
}

TEST(Theorems, StochasticRoundingBreaksBoundAndOrder) {
  // 10.5.1: Q rounds 0.9 to 1 the first time and to 0 the second.
  Matrix w = rowOf({0.1f, 0.9f});
  Matrix s = sparsify(w, 0, Pattern::nm(1, 2));
  EXPECT_EQ(s.storage, (std::vector<float>{0, 0.9f}));
  Matrix q = rowOf({0, 1}), sq = rowOf({0, 0});
  for (Matrix *grid : {&q, &sq}) // both are outcomes: neighbours on the grid
    for (int64_t i = 0; i < 2; ++i)
      EXPECT_LT(std::fabs(grid->storage[i] - (grid == &q ? w : s).storage[i]),
                1);
  Matrix qs = sparsify(q, 0, Pattern::nm(1, 2));
  EXPECT_GT(norm(w, sq, 1), norm(w, s, 1) + norm(w, q, 1));
  EXPECT_GT(norm(w, sq, 1), norm(w, qs, 1));
}

TEST(Theorems, AwqScalesBreakTheOrderOfWeights) {
  // 10.2.2: r = (2, 1), w = (0.4, 0.45), step 1.
  Matrix w = rowOf({0.4f, 0.45f}), scaled = rowOf({0.8f, 0.45f});
  Matrix q = roundToIntegers(scaled);
  EXPECT_LT(w(0, 0), w(0, 1));
  EXPECT_GT(q(0, 0) / 2, q(0, 1) / 1);
}

/// Mean squared errors of both orders over Gaussian tensors, blocks of 32.
std::pair<double, double> bothOrders(unsigned bits, double sparsity,
                                     Pattern pattern = {}) {
  std::mt19937 random(2);
  GridOptions g =
      grid("int<" + std::to_string(bits) + ">", Granularity::Group, 32);
  PruneStep step;
  step.options.sparsity = sparsity;
  step.options.pattern = pattern;
  double sq = 0, qs = 0;
  for (int trial = 0; trial < 24; ++trial) {
    Matrix w = gaussian(1, 4096, random);
    auto a = llvm::cantFail(runSchedule(w, nullptr, {step, rtn(g)}));
    auto b = llvm::cantFail(runSchedule(w, nullptr, {rtn(g), step}));
    sq += meanSquaredError(a.back().values, w);
    qs += meanSquaredError(b.back().values, w);
  }
  return {sq, qs};
}

TEST(Orders, RatiosOfTheErrorsAreThoseMeasuredElsewhere) {
  // The reference page's table (independent numpy implementation).
  struct {
    unsigned bits;
    double sparsity, ratio, tolerance;
  } rows[] = {{8, 0.10, 1.005, 0.004}, {8, 0.50, 1.000, 0.002},
              {6, 0.10, 1.041, 0.01},  {6, 0.25, 1.014, 0.005},
              {4, 0.25, 1.271, 0.02},  {4, 0.50, 1.058, 0.01},
              {3, 0.50, 1.419, 0.02},  {4, 0.10, 1.000, 0.002},
              {3, 0.25, 0.998, 0.004}};
  for (auto [bits, sparsity, ratio, tolerance] : rows) {
    auto [sq, qs] = bothOrders(bits, sparsity);
    EXPECT_NEAR(qs / sq, ratio, tolerance) << bits << " bits " << sparsity;
  }
  auto [sq, qs] = bothOrders(3, 0.5, Pattern::nm(2, 4));
  EXPECT_NEAR(qs / sq, 1.217, 0.02);
}

TEST(Orders, PruningAfterRoundingIsFreeWhereRoundingZeroedEnough) {
  std::mt19937 random(3);
  Matrix w = gaussian(8, 256, random);
  Quantized q = llvm::cantFail(
      quantize(w, nullptr, rtn(grid("int<3>", Granularity::Group, 32))));
  double rounded = double(q.report.zeros) / double(w.size());
  EXPECT_GT(rounded, 0.2);
  Collisions below =
      llvm::cantFail(findCollisions(w, q.values, rounded - 0.05));
  EXPECT_EQ(below.threshold, 0);
  EXPECT_EQ(sparsify(q.values, rounded - 0.05).storage, q.values.storage);
  Collisions above =
      llvm::cantFail(findCollisions(w, q.values, rounded + 0.05));
  EXPECT_GT(above.threshold, 0);
  EXPECT_NE(sparsify(q.values, rounded + 0.05).storage, q.values.storage);
}

TEST(Collisions, AreCounted) {
  Matrix w = rowOf({3.9f, 4.0f, -4.2f, 1.1f, 0.2f, 2.6f, 0.9f, 3.0f});
  Matrix q = roundToIntegers(w); // 4 4 -4 1 0 3 1 3
  Collisions c = llvm::cantFail(findCollisions(w, q, 0.25));
  EXPECT_EQ(c.weights, 8);
  EXPECT_EQ(c.distinctBefore, 8);
  EXPECT_EQ(c.distinctAfter, 4);
  EXPECT_EQ(c.threshold, 1);
  EXPECT_EQ(c.atThreshold, 2);
  EXPECT_EQ(c.removedAtThreshold, 1);
  EXPECT_EQ(c.masksDiffer, 0); // 0.2 and 0.9 both times: the later one
  Collisions half = llvm::cantFail(findCollisions(w, q, 0.75));
  EXPECT_EQ(half.threshold, 4);
  EXPECT_EQ(half.removedAtThreshold, 1);
  EXPECT_EQ(half.masksDiffer, 2); // 3.9 goes before, -4.2 after
}

TEST(MaskTransfer, InverseInducedIsSThenQWhereTheMaximaSurvive) {
  std::mt19937 random(4);
  Matrix w = gaussian(8, 256, random);
  for (unsigned bits : {8, 4, 3})
    for (Pattern pattern : {Pattern(), Pattern::nm(2, 4)}) {
      GridOptions g =
          grid("int<" + std::to_string(bits) + ">", Granularity::Group, 64);
      PruneStep plain, transferred;
      plain.options.sparsity = transferred.options.sparsity = 0.25;
      plain.options.pattern = transferred.options.pattern = pattern;
      transferred.source = MaskSource::Original;
      auto sq = llvm::cantFail(runSchedule(w, nullptr, {plain, rtn(g)}));
      auto qs = llvm::cantFail(runSchedule(w, nullptr, {rtn(g), transferred}));
      EXPECT_EQ(sq.back().values.storage, qs.back().values.storage);
    }
}

TEST(MaskTransfer, InducedPrunesTheOriginals) {
  std::mt19937 random(5);
  Matrix w = gaussian(4, 64, random);
  PruneStep induced;
  induced.options.sparsity = 0.5;
  induced.source = MaskSource::Quantized;
  auto results =
      llvm::cantFail(runSchedule(w, nullptr, {rtn(grid("int<3>")), induced}));
  Mask fromQuantized = llvm::cantFail(
      select(llvm::cantFail(score(results[0].values, nullptr, {})), 0.5));
  EXPECT_EQ(*results[1].mask, fromQuantized);
  EXPECT_EQ(results[1].values.storage, fromQuantized.apply(w).storage);
  // It throws away more than pruning the originals by themselves.
  EXPECT_GT(meanSquaredError(results[1].values, w),
            meanSquaredError(sparsify(w, 0.5), w));
}

TEST(SecondOrder, TermsAddUpToTheWholeChange) {
  RandomLayer layer(6, 32, 200, 6);
  PruneStep step;
  for (bool pruneFirst : {false, true}) {
    std::vector<Step> steps = {rtn(grid("int<4>")), step};
    if (pruneFirst)
      std::swap(steps[0], steps[1]);
    auto results = llvm::cantFail(runSchedule(layer.w, &layer.gram, steps));
    Matrix change(results[1].values);
    for (int64_t i = 0; i < change.size(); ++i)
      change.storage[i] -= layer.w.storage[i];
    SecondOrderTerms terms = results[1].terms;
    EXPECT_NEAR(terms.total() / layer.gram.halfProduct(change, change), 1,
                1e-4);
    EXPECT_NEAR(terms.first / results[0].report.outputError, 1, 1e-4);
    EXPECT_EQ(results[0].terms.first, 0);
    EXPECT_NE(terms.cross, 0);
  }
}

TEST(QuantizationAware, ScoreIsTheRiseOfTheLossByOneRemoval) {
  RandomLayer layer(3, 16, 100, 7);
  Matrix q =
      llvm::cantFail(quantize(layer.w, nullptr, rtn(grid("int<4>")))).values;
  Matrix scores = quantizationAwareScores(layer.w, q, &layer.gram);
  for (int64_t i = 0; i < q.size(); ++i) {
    Matrix removed(q);
    removed.storage[i] = 0;
    SecondOrderTerms terms = secondOrderTerms(layer.w, q, removed, layer.gram);
    EXPECT_NEAR(scores.storage[i], terms.cross + terms.second,
                1e-3 * (terms.second + std::fabs(terms.cross)) + 1e-6);
  }
  // Without data: w^2 - (q - w)^2.
  Matrix plain = quantizationAwareScores(layer.w, q, nullptr);
  for (int64_t i = 0; i < q.size(); ++i) {
    double w = layer.w.storage[i], d = q.storage[i] - w;
    EXPECT_NEAR(plain.storage[i], w * w - d * d, 1e-4);
  }
}

TEST(QuantizationAware, MaskPrunesBetterThanMagnitudes) {
  double aware = 0, transferred = 0, plain = 0;
  for (unsigned seed = 0; seed < 10; ++seed) {
    RandomLayer layer(8, 64, 300, 800 + seed);
    Matrix q =
        llvm::cantFail(quantize(layer.w, nullptr, rtn(grid("int<3>")))).values;
    auto total = [&](const Mask &mask) {
      EXPECT_EQ(mask.zeros(), 8 * 64 / 2);
      return secondOrderTerms(layer.w, q, mask.apply(q), layer.gram).total();
    };
    auto byMagnitude = [](MatrixView w) {
      return llvm::cantFail(select(llvm::cantFail(score(w, nullptr, {})), 0.5));
    };
    aware += total(
        llvm::cantFail(quantizationAwareMask(layer.w, q, layer.gram, 0.5)));
    transferred += total(byMagnitude(layer.w));
    plain += total(byMagnitude(q));
  }
  EXPECT_LT(aware, 0.7 * transferred);
  EXPECT_LT(transferred, plain);
}

TEST(Separation, OneStepUndoesRoundingForWhiteInputs) {
  std::mt19937 random(8);
  Matrix w = gaussian(4, 16, random), x(16, 16);
  for (int64_t j = 0; j < 16; ++j)
    x(j, j) = 2;
  Gram gram(16);
  gram.add(x);
  EXPECT_NEAR(largestEigenvalue(gram), 2 * 4.0 / 16, 1e-6);
  Matrix q = llvm::cantFail(quantize(w, nullptr, rtn(grid("int<3>")))).values;
  SeparationOptions one;
  one.steps = 1;
  Matrix back = separateCollisions(q, gram, outputProducts(w, gram), one);
  for (int64_t i = 0; i < w.size(); ++i)
    EXPECT_NEAR(back.storage[i], w.storage[i], 1e-5);
}

TEST(Separation, BringsTheMaskBackTowardTheOriginals) {
  int64_t tied = 0, separated = 0;
  for (unsigned seed = 0; seed < 10; ++seed) {
    RandomLayer layer(8, 32, 400, 900 + seed);
    Matrix q =
        llvm::cantFail(quantize(layer.w, nullptr, rtn(grid("int<3>")))).values;
    Matrix moved =
        separateCollisions(q, layer.gram, outputProducts(layer.w, layer.gram));
    auto mask = [&](MatrixView w) {
      return llvm::cantFail(select(llvm::cantFail(score(w, nullptr, {})), 0.6));
    };
    tied += mask(q).differences(mask(layer.w));
    separated += mask(moved).differences(mask(layer.w));
    EXPECT_LT(meanSquaredError(moved, layer.w), meanSquaredError(q, layer.w));
  }
  EXPECT_LT(separated, tied);
}

TEST(Schedule, IteratesWithFallingWidthsAndKeepsTheMask) {
  RandomLayer layer(8, 64, 300, 10);
  PruneStep tenth, quarter;
  tenth.options.sparsity = 0.1;
  quarter.options.sparsity = 0.25;
  QuantizeOptions wide = rtn(grid("int<8>")), narrow = rtn(grid("int<4>"));
  auto sqsq = llvm::cantFail(
      runSchedule(layer.w, &layer.gram, {tenth, wide, quarter, narrow}));
  auto qsqs = llvm::cantFail(
      runSchedule(layer.w, &layer.gram, {wide, tenth, narrow, quarter}));
  ASSERT_EQ(sqsq.size(), 4u);
  EXPECT_EQ(sqsq[0].mask->zeros(), std::llround(0.1 * 512));
  EXPECT_EQ(sqsq[3].mask->zeros(), std::llround(0.25 * 512));
  EXPECT_TRUE(sqsq[3].mask->isKeptBy(sqsq[3].values));
  EXPECT_TRUE(sqsq[3].quantized && !sqsq[2].quantized);
  EXPECT_TRUE(qsqs[3].mask->isKeptBy(qsqs[3].values));
  // A pruner that makes up, then a quantizer that keeps its zeros or not.
  PruneStep sparseGpt;
  sparseGpt.options.strategy = PruneStrategy::SparseGpt;
  QuantizeOptions gptq = narrow;
  gptq.strategy = QuantizeStrategy::Gptq;
  auto kept =
      llvm::cantFail(runSchedule(layer.w, &layer.gram, {sparseGpt, gptq}));
  EXPECT_TRUE(kept[1].mask->isKeptBy(kept[1].values));
  auto broken = llvm::cantFail(
      runSchedule(layer.w, &layer.gram, {sparseGpt, gptq}, /*keepMask=*/false));
  EXPECT_FALSE(broken[1].mask->isKeptBy(broken[1].values));
}

} // namespace
