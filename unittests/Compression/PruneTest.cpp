//===- PruneTest.cpp - every pruner against known answers -----------------===//

#include "edgebert/Compression/Prune.h"
#include "Elimination.h"
#include "RandomLayer.h"
#include "gtest/gtest.h"

#include <cmath>
#include <numeric>

using namespace edgebert::compression;

namespace {

PruneOptions options(PruneStrategy strategy, double sparsity,
                     Pattern pattern = {}) {
  PruneOptions options;
  options.strategy = strategy;
  options.sparsity = sparsity;
  options.pattern = pattern;
  return options;
}

Pruned run(const RandomLayer &layer, const PruneOptions &options) {
  return llvm::cantFail(prune(layer.w, &layer.gram, options));
}

constexpr PruneStrategy kAll[] = {
    PruneStrategy::Magnitude, PruneStrategy::Random, PruneStrategy::Wanda,
    PruneStrategy::Obd,       PruneStrategy::Obc,    PruneStrategy::SparseGpt};

TEST(Prune, EveryStrategyHitsItsSparsityExactlyEvenWithTies) {
  RandomLayer layer(6, 32, 100, 1);
  RandomLayer ties(6, 32, 100, 2);
  for (int64_t i = 0; i < ties.w.size(); ++i)
    ties.w.storage[i] = i % 3 ? 1.0f : -1.0f;
  for (PruneStrategy strategy : kAll)
    for (double sparsity : {0.0, 0.1, 0.25, 0.333, 0.5, 0.9, 1.0})
      for (const RandomLayer *l : {&layer, &ties})
        for (Scope scope : {Scope::Tensor, Scope::Row}) {
          PruneOptions o = options(strategy, sparsity);
          o.scope = scope;
          o.solver.blockColumns = 16;
          Pruned p = run(*l, o);
          int64_t expected = scope == Scope::Row
                                 ? 6 * std::llround(sparsity * 32)
                                 : std::llround(sparsity * 6 * 32);
          EXPECT_EQ(p.mask.zeros(), expected) << int(strategy) << sparsity;
          EXPECT_TRUE(p.mask.isKeptBy(p.values));
          EXPECT_EQ(p.report.zeros, expected);
          if (sparsity == 0)
            EXPECT_EQ(p.values.storage, l->w.storage);
        }
}

TEST(Prune, OfEqualScoresTheHigherIndexGoesFirst) {
  Matrix w(1, 6);
  w.storage = {2, -2, 1, 2, 1, 3};
  Mask mask =
      llvm::cantFail(prune(w, nullptr, options(PruneStrategy::Magnitude, 0.5)))
          .mask;
  Mask expected(1, 6);
  for (int64_t i : {2, 4, 3}) // both ones, and the last of three twos
    expected.keep(i, false);
  EXPECT_EQ(mask, expected);
}

TEST(Prune, PatternsAreFollowedAndRankedByWhatTheyCost) {
  std::mt19937 random(3);
  Matrix w = gaussian(16, 64, random);
  auto magnitude = [&](Pattern pattern) {
    Pruned p = llvm::cantFail(
        prune(w, nullptr, options(PruneStrategy::Magnitude, 0.5, pattern)));
    EXPECT_EQ(p.mask.zeros(), 16 * 64 / 2);
    EXPECT_TRUE(follows(p.mask, pattern)) << pattern.name();
    return p.report.weightError;
  };
  double unstructured = magnitude({});
  double fine = magnitude(Pattern::nm(2, 4));
  double coarse = magnitude(Pattern::nm(8, 16));
  double block = magnitude(Pattern::block(1, 16));
  double large = magnitude(Pattern::block(4, 16));
  double head = magnitude(Pattern::head(8, HeadAxis::Rows));
  magnitude(Pattern::head(4, HeadAxis::Columns));
  EXPECT_LT(unstructured, coarse);
  EXPECT_LT(coarse, fine);
  EXPECT_LT(fine, block);
  EXPECT_LT(block, large);
  EXPECT_LT(block, head);
}

TEST(Prune, EveryStrategyFollowsNMAndBlocks) {
  RandomLayer layer(4, 32, 100, 4);
  for (PruneStrategy strategy : kAll)
    for (auto [n, m] : {std::pair(2u, 4u), std::pair(1u, 4u), std::pair(4u, 8u),
                        std::pair(1u, 2u), std::pair(3u, 32u)}) {
      Pattern pattern = Pattern::nm(n, m);
      Pruned p = run(layer, options(strategy, 0, pattern));
      EXPECT_TRUE(follows(p.mask, pattern)) << int(strategy) << pattern.name();
      EXPECT_EQ(p.mask.zeros(), 4 * 32 / m * (m - n));
    }
  for (PruneStrategy strategy :
       {PruneStrategy::Magnitude, PruneStrategy::Wanda, PruneStrategy::Obd,
        PruneStrategy::SparseGpt}) {
    PruneOptions o = options(strategy, 0.5, Pattern::block(1, 8));
    o.solver.blockColumns = 16;
    Pruned p = run(layer, o);
    EXPECT_TRUE(follows(p.mask, o.pattern));
    EXPECT_EQ(p.mask.zeros(), 64);
  }
}

TEST(Wanda, WithEqualNormsIsMagnitudePerRow) {
  std::mt19937 random(5);
  Matrix w = gaussian(8, 16, random), x(32, 16);
  for (float &value : x.storage)
    value = random() % 2 ? 1.5f : -1.5f;
  Gram gram(16);
  gram.add(x);
  PruneOptions byRow = options(PruneStrategy::Magnitude, 0.5);
  byRow.scope = Scope::Row;
  EXPECT_EQ(
      llvm::cantFail(prune(w, &gram, options(PruneStrategy::Wanda, 0.5))).mask,
      llvm::cantFail(prune(w, nullptr, byRow)).mask);
}

TEST(Obd, IsExactForOneWeight) {
  RandomLayer layer(2, 8, 50, 6);
  Matrix scores = llvm::cantFail(
      score(layer.w, &layer.gram, options(PruneStrategy::Obd, 0)));
  for (int64_t i = 0; i < scores.size(); ++i) {
    Matrix change(2, 8);
    change.storage[i] = -layer.w.storage[i];
    EXPECT_NEAR(scores.storage[i] / layer.gram.halfProduct(change, change), 1,
                1e-4);
  }
}

TEST(Obc, RemovesTheBestWeightAndSolvesForTheOthers) {
  RandomLayer layer(1, 10, 100, 7);
  PruneOptions o = options(PruneStrategy::Obc, 0.1);
  o.solver.damping = 0;
  Pruned p = run(layer, o);
  // No other single removal, each with its own least squares, is better.
  for (int64_t q = 0; q < 10; ++q) {
    Mask mask(1, 10);
    mask.keep(q, false);
    Pruned other = llvm::cantFail(pruneWithMask(
        layer.w, &layer.gram, mask, Reconstruction::LeastSquares, o.solver));
    EXPECT_LE(p.report.outputError, other.report.outputError * 1.0001);
    if (mask == p.mask)
      EXPECT_EQ(p.values.storage, other.values.storage);
  }
  // The greedy score of the first removal is the loss of it.
  Matrix scores = llvm::cantFail(score(layer.w, &layer.gram, o));
  EXPECT_NEAR(*std::min_element(scores.storage.begin(), scores.storage.end()) /
                  p.report.outputError,
              1, 1e-3);
}

TEST(Obc, BeatsEveryOtherOnTheMean) {
  double total[6] = {};
  for (unsigned seed = 0; seed < 10; ++seed) {
    RandomLayer layer(6, 24, 200, 700 + seed);
    // Inputs of quite different sizes, as activations have them.
    for (int64_t i = 0; i < layer.x.size(); ++i)
      layer.x.storage[i] *= std::exp2(float(i % 24 * 7 % 24) / 8);
    layer.gram = Gram(24);
    layer.gram.add(layer.x);
    for (PruneStrategy strategy : kAll) {
      PruneOptions o = options(strategy, 0.5);
      o.solver.blockColumns = 8;
      total[int(strategy)] += run(layer, o).report.outputError;
    }
  }
  auto of = [&](PruneStrategy s) { return total[int(s)]; };
  EXPECT_LT(of(PruneStrategy::Obc), of(PruneStrategy::SparseGpt));
  EXPECT_LT(of(PruneStrategy::SparseGpt), of(PruneStrategy::Wanda));
  EXPECT_LT(of(PruneStrategy::Wanda), of(PruneStrategy::Magnitude));
  EXPECT_LT(of(PruneStrategy::Magnitude), of(PruneStrategy::Random));
}

TEST(SparseGpt, IsObsInColumnOrder) {
  RandomLayer layer(5, 40, 200, 8);
  SolverOptions solver;
  Mask mask = llvm::cantFail(prune(layer.w, nullptr,
                                   options(PruneStrategy::Magnitude, 0.5)))
                  .mask;
  Pruned p = llvm::cantFail(pruneWithMask(layer.w, &layer.gram, mask,
                                          Reconstruction::Columns, solver));
  std::vector<int64_t> order(40);
  std::iota(order.begin(), order.end(), 0);
  Report report;
  std::vector<double> inverse =
      inverseOf(factorInverse(layer.gram, order, solver, report));
  for (int64_t r = 0; r < 5; ++r) {
    Elimination row(layer.w.row(r), inverse);
    for (int64_t j = 0; j < 40; ++j)
      row.fix(j, mask.keeps(r, j) ? row.weight(j) : 0);
    for (int64_t j = 0; j < 40; ++j)
      EXPECT_NEAR(p.values(r, j), row.weight(j), 1e-4);
  }
}

TEST(SparseGpt, ReconstructionLiesBetweenTheOptimumAndNone) {
  double optimum = 0, columns = 0, none = 0;
  for (unsigned seed = 0; seed < 10; ++seed) {
    RandomLayer layer(4, 24, 200, 800 + seed);
    Mask mask = llvm::cantFail(prune(layer.w, nullptr,
                                     options(PruneStrategy::Magnitude, 0.5)))
                    .mask;
    auto error = [&](Reconstruction reconstruction) {
      Pruned p = llvm::cantFail(
          pruneWithMask(layer.w, &layer.gram, mask, reconstruction));
      EXPECT_EQ(p.mask, mask);
      EXPECT_TRUE(mask.isKeptBy(p.values));
      return p.report.outputError;
    };
    optimum += error(Reconstruction::LeastSquares);
    columns += error(Reconstruction::Columns);
    none += error(Reconstruction::None);
  }
  EXPECT_LT(optimum, columns);
  EXPECT_LT(columns, none);
}

TEST(SparseGpt, JointPassKeepsItsMaskAndBeatsTwoRoundings) {
  double joint = 0, apart = 0;
  for (unsigned seed = 0; seed < 8; ++seed) {
    RandomLayer layer(8, 64, 300, 900 + seed);
    for (Pattern pattern : {Pattern(), Pattern::nm(2, 4)}) {
      PruneOptions o = options(PruneStrategy::SparseGpt, 0.5, pattern);
      o.solver.blockColumns = 32;
      GridOptions g = grid("int<4>", Granularity::Group, 16);
      PrunedAndQuantized both =
          llvm::cantFail(pruneAndQuantize(layer.w, layer.gram, o, g));
      EXPECT_EQ(both.mask.zeros(), 8 * 64 / 2);
      EXPECT_TRUE(both.mask.isKeptBy(both.quantized.values));
      EXPECT_TRUE(follows(both.mask, pattern));
      EXPECT_EQ(both.quantized.grid.decode(both.quantized.codes).storage,
                both.quantized.values.storage);
      joint += both.quantized.report.outputError;
      QuantizeOptions rtn(g);
      Quantized after =
          llvm::cantFail(quantize(run(layer, o).values, nullptr, rtn));
      Matrix change(after.values);
      for (int64_t i = 0; i < change.size(); ++i)
        change.storage[i] -= layer.w.storage[i];
      apart += layer.gram.halfProduct(change, change);
    }
  }
  EXPECT_LT(joint, apart);
}

TEST(Select, GloballyAndByHeads) {
  std::mt19937 random(9);
  Matrix a = gaussian(4, 16, random), b = gaussian(8, 8, random);
  for (float &x : b.storage)
    x *= 0.1f; // scores of one matrix are lower
  for (Matrix *m : {&a, &b})
    for (float &x : m->storage)
      x = std::fabs(x);
  auto masks = llvm::cantFail(selectGlobally({a, b}, 0.4));
  EXPECT_EQ(masks[0].zeros() + masks[1].zeros(), std::llround(0.4 * 128));
  EXPECT_GT(masks[1].zeros(), masks[0].zeros());
  // Against all scores in one matrix.
  Matrix both(1, 128);
  std::copy(a.storage.begin(), a.storage.end(), both.data());
  std::copy(b.storage.begin(), b.storage.end(), both.data() + 64);
  Mask whole = llvm::cantFail(select(both, 0.4));
  for (int64_t i = 0; i < 64; ++i) {
    EXPECT_EQ(whole.keeps(i), masks[0].keeps(i));
    EXPECT_EQ(whole.keeps(64 + i), masks[1].keeps(i));
  }
  auto blocks =
      llvm::cantFail(selectGlobally({a, b}, 0.5, Pattern::block(2, 8)));
  EXPECT_EQ(blocks[0].zeros() + blocks[1].zeros(), 64);
  EXPECT_TRUE(follows(blocks[0], Pattern::block(2, 8)));

  auto heads = llvm::cantFail(
      selectHeads({{a, HeadAxis::Rows}, {b, HeadAxis::Columns}}, 4, 0.25));
  int64_t removed = -1;
  for (int64_t h = 0; h < 4; ++h)
    if (!heads[0].keeps(h, 0))
      removed = h;
  ASSERT_GE(removed, 0);
  EXPECT_EQ(heads[0].zeros(), 16);
  EXPECT_EQ(heads[1].zeros(), 16);
  for (int64_t r = 0; r < 8; ++r)
    for (int64_t c = 0; c < 8; ++c)
      EXPECT_EQ(heads[1].keeps(r, c), c / 2 != removed);
}

TEST(Allocate, IsTheBestOfAllAllocations) {
  // Two layers of 10 weights with convex curves and one with a dent.
  std::vector<SensitivityCurve> layers = {
      {10, {0, 0.5, 1}, {0, 1, 6}},
      {10, {0, 0.2, 0.4, 1}, {0, 2, 2.5, 20}},
      {10, {0, 1}, {0, 30}}};
  auto at = [](const SensitivityCurve &curve, int64_t zeros) {
    // The dented curve's hull: (0, 0), (4, 2.5), (10, 20).
    std::vector<std::pair<double, double>> points;
    for (size_t i = 0; i < curve.sparsities.size(); ++i)
      if (!(curve.sparsities.size() == 4 && i == 1))
        points.emplace_back(10 * curve.sparsities[i], curve.errors[i]);
    for (size_t i = 1; i < points.size(); ++i)
      if (zeros <= points[i].first)
        return points[i - 1].second +
               (points[i].second - points[i - 1].second) *
                   (double(zeros) - points[i - 1].first) /
                   (points[i].first - points[i - 1].first);
    return points.back().second;
  };
  for (double sparsity : {0.0, 0.1, 0.3, 0.5, 0.8, 1.0}) {
    auto zeros = llvm::cantFail(allocateZeros(layers, sparsity));
    int64_t wanted = std::llround(sparsity * 30);
    EXPECT_EQ(zeros[0] + zeros[1] + zeros[2], wanted);
    double got = 0, best = INFINITY;
    for (int i = 0; i < 3; ++i)
      got += at(layers[i], zeros[i]);
    for (int64_t a = 0; a <= 10; ++a)
      for (int64_t b = 0; b <= 10; ++b)
        if (int64_t c = wanted - a - b; c >= 0 && c <= 10)
          best = std::min(best, at(layers[0], a) + at(layers[1], b) +
                                    at(layers[2], c));
    EXPECT_NEAR(got, best, 1e-9);
  }
}

TEST(Pattern, SpellingsAndErrors) {
  for (const char *name : {"unstructured", "2:4", "1x16", "head12", "head4c"})
    EXPECT_EQ(llvm::cantFail(Pattern::parse(name)).name(), name);
  for (const char *name : {"4:2", "2:2", "0x4", "head", "headx", "2/4", ""}) {
    auto pattern = Pattern::parse(name);
    EXPECT_FALSE(pattern);
    EXPECT_EQ(llvm::toString(pattern.takeError()).find("pattern '"), 0u);
  }
  RandomLayer layer(2, 6, 20, 10);
  auto message = [&](PruneOptions o, const Gram *gram) {
    auto result = prune(layer.w, gram, o);
    return result ? "" : llvm::toString(result.takeError());
  };
  EXPECT_EQ(message(options(PruneStrategy::Magnitude, 1.5), nullptr),
            "expected a sparsity from 0 to 1, got 1.5");
  EXPECT_EQ(message(options(PruneStrategy::Wanda, 0.5), nullptr),
            "this pruner needs the layer's Gram matrix");
  EXPECT_EQ(
      message(options(PruneStrategy::Magnitude, 0, Pattern::nm(2, 4)), nullptr),
      "pattern 2:4: 4 does not divide the matrix's 6 inputs");
  EXPECT_EQ(message(options(PruneStrategy::SparseGpt, 0.5,
                            Pattern::head(2, HeadAxis::Rows)),
                    &layer.gram),
            "pattern head2 does not fit into SparseGPT's blocks of 128 "
            "columns; transfer a mask instead");
  EXPECT_EQ(message(options(PruneStrategy::Obc, 0.5, Pattern::block(1, 2)),
                    &layer.gram),
            "pattern 1x2: OBC removes single weights; transfer a mask instead");
}

} // namespace
