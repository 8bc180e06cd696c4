//===- QuantizeTest.cpp - every quantizer against known answers -----------===//

#include "Elimination.h"
#include "RandomLayer.h"
#include "edgebert/Compression/Prune.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace edgebert::compression;
using edgebert::numerics::Format;
using edgebert::numerics::Metadata;

namespace {

QuantizeOptions options(QuantizeStrategy strategy, GridOptions grid) {
  QuantizeOptions options(std::move(grid));
  options.strategy = strategy;
  return options;
}

Quantized run(const RandomLayer &layer, QuantizeOptions options,
              const Mask *mask = nullptr) {
  return llvm::cantFail(quantize(layer.w, &layer.gram, options, mask));
}

/// Inputs whose Gram matrix is diagonal.
Gram diagonalGram(int64_t inputs) {
  Gram gram(inputs);
  Matrix x(inputs, inputs);
  for (int64_t j = 0; j < inputs; ++j)
    x(j, j) = 1 + 0.5f * float(j);
  gram.add(x);
  return gram;
}

TEST(RoundToNearest, ErrorsStayWithinHalfAStepOfEachGroup) {
  std::mt19937 random(1);
  Matrix w = gaussian(5, 70, random); // the last group is short
  for (unsigned bits : {2, 3, 4, 8}) {
    GridOptions g =
        grid("int<" + std::to_string(bits) + ">", Granularity::Group, 32);
    Quantized q = llvm::cantFail(
        quantize(w, nullptr, options(QuantizeStrategy::RoundToNearest, g)));
    EXPECT_EQ(q.grid.groupsPerRow(), 3);
    EXPECT_EQ(q.grid.metadata().size(), 15u);
    for (int64_t r = 0; r < w.rows; ++r)
      for (int64_t c = 0; c < w.columns; ++c) {
        float step = q.grid.metadata(r, c).real();
        float most = 0;
        for (int64_t k = c / 32 * 32;
             k < std::min<int64_t>(c / 32 * 32 + 32, 70); ++k)
          most = std::max(most, std::fabs(w(r, k)));
        EXPECT_FLOAT_EQ(step, most / float((1 << (bits - 1)) - 1));
        EXPECT_LE(std::fabs(q.values(r, c) - w(r, c)), step * 0.500001f);
      }
    // Q(Q(w)) = Q(w).
    Quantized again = llvm::cantFail(quantize(
        q.values, nullptr, options(QuantizeStrategy::RoundToNearest, g)));
    EXPECT_EQ(again.values.storage, q.values.storage);
  }
}

TEST(RoundToNearest, ZeroGroupsAndGranularities) {
  Matrix w(2, 4);
  w.storage = {0, 0, 0, 0, 1, -2, 3, -4};
  for (auto [granularity, groups] :
       {std::pair(Granularity::Tensor, 1u), std::pair(Granularity::Channel, 2u),
        std::pair(Granularity::Group, 4u)}) {
    Quantized q =
        llvm::cantFail(quantize(w, nullptr,
                                options(QuantizeStrategy::RoundToNearest,
                                        grid("int<8>", granularity, 2))));
    EXPECT_EQ(q.grid.metadata().size(), groups);
    EXPECT_EQ(q.report.zeros, 4);
    EXPECT_NEAR(q.values(1, 3), -4, 1e-6);
  }
}

TEST(Grid, SearchByErrorIsNoWorseThanMaxAndBetterWithAnOutlier) {
  std::mt19937 random(2);
  Matrix w = gaussian(1, 256, random);
  w(0, 7) = 30;
  for (const char *format : {"int<4>", "afp<4,2>", "float<2,1>"}) {
    GridOptions max = grid(format), searched = max;
    searched.search = RangeSearch::Error;
    searched.norm = 2;
    auto error = [&](const GridOptions &g) {
      return llvm::cantFail(
                 quantize(w, nullptr,
                          options(QuantizeStrategy::RoundToNearest, g)))
          .report.weightError;
    };
    EXPECT_LE(error(searched), error(max)) << format;
  }
  GridOptions searched = grid("int<4>");
  searched.search = RangeSearch::Error;
  // All candidates by hand.
  Metadata best = fitMetadata(w.all(), searched);
  auto cost = [&](Metadata metadata) {
    double sum = 0;
    for (float x : w.all())
      sum += std::pow(
          std::fabs(x - searched.format.decode(
                            searched.format.encode(x, metadata), metadata)),
          2.4);
    return sum;
  };
  for (unsigned step = 0; step <= 100; ++step)
    EXPECT_LE(cost(best), cost(searched.format.chooseMetadata(
                              float(30 * (1 - 0.8 * step / 100)))) *
                              1.00001);
}

TEST(Grid, PercentileSaturatesItsShare) {
  Matrix w(1, 1000);
  for (int i = 0; i < 1000; ++i)
    w(0, i) = float(i + 1) * (i % 2 ? 1 : -1);
  GridOptions g = grid("int<8>");
  g.search = RangeSearch::Percentile;
  g.percentile = 0.99;
  EXPECT_FLOAT_EQ(fitMetadata(w.all(), g).real(), 990.0f / 127);
  g.percentile = 1;
  EXPECT_FLOAT_EQ(fitMetadata(w.all(), g).real(), 1000.0f / 127);
}

TEST(Gptq, WithADiagonalHessianIsRoundToNearestBitForBit) {
  std::mt19937 random(3);
  Matrix w = gaussian(7, 40, random);
  Gram gram = diagonalGram(40);
  for (const char *format : {"int<4>", "int<3>", "afp<8,3>", "float<2,1>"})
    for (Granularity granularity :
         {Granularity::Tensor, Granularity::Channel, Granularity::Group})
      for (bool actOrder : {false, true}) {
        GridOptions g = grid(format, granularity, 8);
        auto gptq = options(QuantizeStrategy::Gptq, g);
        gptq.solver.actOrder = actOrder;
        Quantized a = llvm::cantFail(quantize(w, &gram, gptq));
        Quantized b = llvm::cantFail(
            quantize(w, nullptr, options(QuantizeStrategy::RoundToNearest, g)));
        EXPECT_EQ(a.codes, b.codes) << format;
        EXPECT_EQ(a.values.storage, b.values.storage) << format;
      }
}

/// The definition: column after column, all the others updated at once with
/// the rows of the downdated inverse.
Matrix gptqByDefinition(const RandomLayer &layer, const GridOptions &options,
                        double damping) {
  int64_t n = layer.w.columns;
  std::vector<std::vector<double>> h(n, std::vector<double>(n));
  double mean = 0;
  for (int64_t i = 0; i < n; ++i)
    mean += layer.gram.hessian(i, i) / double(n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      h[i][j] = layer.gram.hessian(i, j) + (i == j ? damping * mean : 0);
  // Gauss-Jordan inverse.
  std::vector<std::vector<double>> inverse(n, std::vector<double>(n));
  for (int64_t i = 0; i < n; ++i)
    inverse[i][i] = 1;
  for (int64_t p = 0; p < n; ++p) {
    double pivot = h[p][p];
    for (int64_t k = 0; k < n; ++k) {
      h[p][k] /= pivot;
      inverse[p][k] /= pivot;
    }
    for (int64_t i = 0; i < n; ++i) {
      double factor = h[i][p];
      if (i == p)
        continue;
      for (int64_t k = 0; k < n; ++k) {
        h[i][k] -= factor * h[p][k];
        inverse[i][k] -= factor * inverse[p][k];
      }
    }
  }
  Matrix w(layer.w);
  Grid grid(options, w.rows, n);
  if (options.granularity != Granularity::Group)
    grid.fit(w);
  for (int64_t j = 0; j < n; ++j) {
    if (options.granularity == Granularity::Group && j % options.groupSize == 0)
      grid.fitColumn(w, j);
    for (int64_t r = 0; r < w.rows; ++r) {
      float q = grid.nearest(w(r, j), r, j);
      double step = (double(w(r, j)) - double(q)) / inverse[j][j];
      for (int64_t k = j + 1; k < n; ++k)
        w(r, k) = float(double(w(r, k)) - step * inverse[j][k]);
      w(r, j) = q;
    }
    double pivot = inverse[j][j];
    std::vector<double> row = inverse[j];
    for (int64_t i = j + 1; i < n; ++i)
      for (int64_t k = j + 1; k < n; ++k)
        inverse[i][k] -= row[i] * row[k] / pivot;
  }
  return w;
}

TEST(Gptq, FollowsTheDefinition) {
  // More columns than a leaf and than the halves; updates in f32 may tip a
  // weight that lies between two points, which the ones after it must absorb.
  RandomLayer layer(12, 75, 400, 4);
  for (auto [granularity, size] :
       {std::pair(Granularity::Channel, 0), std::pair(Granularity::Group, 25),
        std::pair(Granularity::Group, 8)}) {
    GridOptions g = grid("int<4>", granularity, size);
    Quantized q = run(layer, options(QuantizeStrategy::Gptq, g));
    Matrix expected = gptqByDefinition(layer, g, 0.01);
    int64_t same = 0;
    for (int64_t i = 0; i < q.values.size(); ++i)
      same += std::fabs(q.values.storage[i] - expected.storage[i]) < 1e-4f;
    EXPECT_GE(same, q.values.size() * 97 / 100);
    Matrix change(expected);
    for (int64_t i = 0; i < change.size(); ++i)
      change.storage[i] -= layer.w.storage[i];
    EXPECT_NEAR(q.report.outputError / layer.gram.halfProduct(change, change),
                1, 0.05);
  }
}

TEST(Gptq, DoesNotDependOnTheBlock) {
  RandomLayer layer(6, 48, 200, 5);
  auto gptq = options(QuantizeStrategy::Gptq, grid("int<4>"));
  Quantized a = run(layer, gptq);
  for (int64_t block : {1, 7, 128}) {
    gptq.solver.blockColumns = block;
    EXPECT_EQ(run(layer, gptq).codes, a.codes);
  }
}

TEST(Gptq, ActOrderVisitsTheInputsByFallingSize) {
  RandomLayer layer(6, 40, 200, 16);
  std::vector<int64_t> order(40);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return layer.gram.hessian(a, a) > layer.gram.hessian(b, b);
  });
  // The same layer with its inputs in that order.
  Matrix w(6, 40), x(200, 40);
  for (int64_t k = 0; k < 40; ++k) {
    for (int64_t r = 0; r < 6; ++r)
      w(r, k) = layer.w(r, order[k]);
    for (int64_t r = 0; r < 200; ++r)
      x(r, k) = layer.x(r, order[k]);
  }
  Gram gram(40);
  gram.add(x);
  auto gptq = options(QuantizeStrategy::Gptq, grid("int<4>"));
  Quantized sorted = llvm::cantFail(quantize(w, &gram, gptq));
  gptq.solver.actOrder = true;
  Quantized q = run(layer, gptq);
  int64_t same = 0; // sums in another order may tip a weight between points
  for (int64_t r = 0; r < 6; ++r)
    for (int64_t k = 0; k < 40; ++k)
      same += q.values(r, order[k]) == sorted.values(r, k);
  EXPECT_GE(same, 6 * 40 - 4);
}

TEST(Gptq, BeatsRoundingOnTheMean) {
  double ratio = 0;
  int better = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    RandomLayer layer(8, 24, 200, 100 + seed);
    double gptq = run(layer, options(QuantizeStrategy::Gptq, grid("int<4>")))
                      .report.outputError;
    double nearest =
        run(layer, options(QuantizeStrategy::RoundToNearest, grid("int<4>")))
            .report.outputError;
    ratio += gptq / nearest / 40;
    better += gptq < nearest;
  }
  EXPECT_LT(ratio, 0.7);
  EXPECT_GE(better, 36);
}

TEST(Gptq, WithManyBitsChangesNothing) {
  RandomLayer layer(4, 32, 100, 6);
  Quantized q = run(layer, options(QuantizeStrategy::Gptq, grid("int<16>")));
  EXPECT_LT(meanSquaredError(q.values, layer.w), 1e-8);
}

TEST(Gptq, SingularAndBrokenInputs) {
  // Fewer samples than inputs, none of them damped away: H is singular.
  RandomLayer layer(3, 20, 5, 7);
  auto gptq = options(QuantizeStrategy::Gptq, grid("int<4>"));
  gptq.solver.damping = 0;
  Quantized q = run(layer, gptq);
  EXPECT_GT(q.report.retries, 0u);
  EXPECT_GT(q.report.damping, 0);
  EXPECT_EQ(q.report.fallback, "");

  // Not finite: rounding to nearest, and a word about it.
  Matrix bad(1, 20);
  bad(0, 3) = NAN;
  Gram gram(20);
  gram.add(bad);
  gram.add(layer.x);
  Quantized fallen = llvm::cantFail(quantize(layer.w, &gram, gptq));
  EXPECT_NE(fallen.report.fallback.find("not positive definite"),
            std::string::npos);
  Quantized nearest =
      run(layer, options(QuantizeStrategy::RoundToNearest, grid("int<4>")));
  EXPECT_EQ(fallen.codes, nearest.codes);

  // An input that never fires.
  Matrix x(layer.x);
  for (int64_t r = 0; r < x.rows; ++r)
    x(r, 4) = 0;
  Gram dead(20);
  dead.add(x);
  Quantized withDead = llvm::cantFail(quantize(
      layer.w, &dead, options(QuantizeStrategy::Gptq, grid("int<4>"))));
  EXPECT_EQ(withDead.report.deadInputs, 1);
  for (int64_t r = 0; r < layer.w.rows; ++r)
    EXPECT_EQ(withDead.values(r, 4), 0);
}

TEST(Obq, IsNoWorseThanRoundingOnTheMeanAndKnowsOutliers) {
  double ratio = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    RandomLayer layer(4, 16, 200, 200 + seed);
    double obq = run(layer, options(QuantizeStrategy::Obq, grid("int<4>")))
                     .report.outputError;
    double nearest =
        run(layer, options(QuantizeStrategy::RoundToNearest, grid("int<4>")))
            .report.outputError;
    ratio += obq / nearest / 20;
  }
  EXPECT_LT(ratio, 0.7);

  // The order is that of the costs, by definition.
  RandomLayer layer(1, 20, 200, 15);
  Quantized q = run(layer, options(QuantizeStrategy::Obq, grid("int<8>")));
  std::vector<int64_t> order(20);
  std::iota(order.begin(), order.end(), 0);
  Report report;
  Elimination row(layer.w.row(0),
                  inverseOf(factorInverse(layer.gram, order, {}, report)));
  auto cost = [&](int64_t j) {
    return row.cost(j, q.grid.nearest(float(row.weight(j)), 0, j));
  };
  for (int i = 0; i < 20; ++i) {
    int64_t best = -1;
    for (int64_t j = 0; j < 20; ++j)
      if (!row.isFixed(j) && (best < 0 || cost(j) < cost(best)))
        best = j;
    row.fix(best, q.grid.nearest(float(row.weight(best)), 0, best));
  }
  for (int64_t j = 0; j < 20; ++j)
    EXPECT_EQ(q.values(0, j), float(row.weight(j)));

  // With a diagonal H nothing makes up for anything.
  std::mt19937 random(8);
  Matrix w = gaussian(3, 12, random);
  Gram gram = diagonalGram(12);
  EXPECT_EQ(
      llvm::cantFail(
          quantize(w, &gram, options(QuantizeStrategy::Obq, grid("int<3>"))))
          .codes,
      llvm::cantFail(
          quantize(w, nullptr,
                   options(QuantizeStrategy::RoundToNearest, grid("int<3>"))))
          .codes);
}

/// The least output error of all 2^d roundings of one row.
double bestRounding(const RandomLayer &layer, const Grid &grid) {
  int64_t d = layer.w.columns;
  double least = INFINITY;
  float step = grid.metadata(0, 0).real();
  for (uint32_t choice = 0; choice < 1u << d; ++choice) {
    Matrix change(1, d);
    for (int64_t j = 0; j < d; ++j) {
      float down = std::floor(layer.w(0, j) / step);
      change(0, j) = step * (down + float(choice >> j & 1)) - layer.w(0, j);
    }
    least = std::min(least, layer.gram.halfProduct(change, change));
  }
  return least;
}

TEST(AdaRound, ComesCloseToTheBestOfAllRoundings) {
  double ratio = 0, nearestRatio = 0;
  for (unsigned seed = 0; seed < 6; ++seed) {
    RandomLayer layer(1, 9, 100, 300 + seed);
    auto ada = options(QuantizeStrategy::AdaRound, grid("int<4>"));
    ada.adaRound.iterations = 2000;
    Quantized q = run(layer, ada);
    Quantized nearest =
        run(layer, options(QuantizeStrategy::RoundToNearest, grid("int<4>")));
    double best = bestRounding(layer, nearest.grid);
    EXPECT_GE(q.report.outputError, best * 0.999);
    EXPECT_LE(q.report.outputError, nearest.report.outputError);
    ratio += q.report.outputError / best / 6;
    nearestRatio += nearest.report.outputError / best / 6;
  }
  EXPECT_LT(ratio, 1.5);
  EXPECT_GT(nearestRatio, 2);
}

TEST(AdaRound, TakesEveryFormatOfUpTo8Bits) {
  RandomLayer layer(3, 12, 100, 9);
  for (const char *format : {"afp<4,2>", "afp<8,3>", "float<4,3>", "int<2>"}) {
    auto ada = options(QuantizeStrategy::AdaRound, grid(format));
    ada.adaRound.iterations = 200;
    Quantized nearest =
        run(layer, options(QuantizeStrategy::RoundToNearest, grid(format)));
    EXPECT_LE(run(layer, ada).report.outputError, nearest.report.outputError)
        << format;
  }
  auto wide = quantize(layer.w, &layer.gram,
                       options(QuantizeStrategy::AdaRound, grid("int<12>")));
  EXPECT_EQ(llvm::toString(wide.takeError()),
            "AdaRound takes formats of at most 8 bits, got int<12>");
}

TEST(Awq, NeverWorseThanWithoutScalesAndExactBeforeRounding) {
  for (const char *format : {"int<4>", "int<3>", "afp<4,2>", "float<4,3>"})
    for (unsigned seed = 0; seed < 12; ++seed) {
      RandomLayer layer(seed % 2 ? 8 : 1, 32, 100, 400 + seed);
      GridOptions g = grid(format, Granularity::Group, seed % 3 ? 4 : 16);
      Quantized q = run(layer, options(QuantizeStrategy::Awq, g));
      Quantized nearest =
          run(layer, options(QuantizeStrategy::RoundToNearest, g));
      EXPECT_LE(q.report.outputError, nearest.report.outputError * 1.000001)
          << format;
      // The values are grid points of W s.
      EXPECT_EQ(q.grid.decode(q.codes).storage, q.values.storage);
    }
  AwqScales scales = llvm::cantFail(
      searchAwqScales({RandomLayer(8, 32, 100, 400).w},
                      RandomLayer(8, 32, 100, 400).gram, grid("int<3>"), {}));
  EXPECT_EQ(scales.errors.size(), 20u);
  EXPECT_LE(*std::min_element(scales.errors.begin(), scales.errors.end()),
            scales.errors.front());
}

TEST(Awq, EqualMagnitudesGiveNoScales) {
  std::mt19937 random(10);
  Matrix w = gaussian(4, 16, random), x(64, 16);
  for (int64_t i = 0; i < x.size(); ++i)
    x.storage[i] = random() % 2 ? 3.0f : -3.0f;
  Gram gram(16);
  gram.add(x);
  AwqScales scales =
      llvm::cantFail(searchAwqScales({w}, gram, grid("int<4>"), {}));
  for (float s : scales.scales)
    EXPECT_NEAR(s, 1, 1e-6);
}

TEST(Awq, SharedInputsAndSmoothQuant) {
  RandomLayer layer(8, 32, 100, 11);
  std::mt19937 random(12);
  Matrix other = gaussian(5, 32, random);
  AwqScales scales = llvm::cantFail(
      searchAwqScales({layer.w, other}, layer.gram, grid("int<3>"), {}));
  EXPECT_EQ(scales.scales.size(), 32u);

  std::vector<float> smooth = smoothScales({layer.w, other}, layer.gram, 0.5);
  for (int64_t c = 0; c < 32; ++c) {
    float most = 0, mostX = 0;
    for (int64_t r = 0; r < 8; ++r)
      most = std::max(most, std::fabs(layer.w(r, c)));
    for (int64_t r = 0; r < 5; ++r)
      most = std::max(most, std::fabs(other(r, c)));
    for (int64_t r = 0; r < layer.x.rows; ++r)
      mostX = std::max(mostX, std::fabs(layer.x(r, c)));
    EXPECT_NEAR(smooth[c], std::sqrt(mostX / most), 1e-5);
  }
}

TEST(Quantize, EveryStrategyKeepsAMask) {
  RandomLayer layer(6, 32, 200, 13);
  PruneOptions half;
  half.sparsity = 0.5;
  Mask mask = llvm::cantFail(prune(layer.w, nullptr, half)).mask;
  for (const char *format : {"int<4>", "afp<8,3>", "float<4,3>"})
    for (QuantizeStrategy strategy :
         {QuantizeStrategy::RoundToNearest, QuantizeStrategy::AdaRound,
          QuantizeStrategy::Obq, QuantizeStrategy::Gptq, QuantizeStrategy::Awq})
      for (bool actOrder : {false, true}) {
        auto o = options(strategy, grid(format, Granularity::Group, 16));
        o.solver.actOrder = actOrder;
        o.adaRound.iterations = 50;
        Quantized q = run(layer, o, &mask);
        EXPECT_TRUE(mask.isKeptBy(q.values));
        EXPECT_TRUE(mask.isKeptBy(q.effective()));
        EXPECT_GE(q.report.zeros, mask.zeros());
      }
}

TEST(Quantize, Errors) {
  RandomLayer layer(2, 8, 20, 14);
  auto message = [&](const Gram *gram, QuantizeOptions o,
                     const Mask *mask = nullptr) {
    auto result = quantize(layer.w, gram, o, mask);
    return result ? "" : llvm::toString(result.takeError());
  };
  Gram other(4), empty(8);
  Mask small(2, 4);
  auto gptq = options(QuantizeStrategy::Gptq, grid("int<4>"));
  EXPECT_EQ(message(nullptr, gptq),
            "this quantizer needs the layer's Gram matrix");
  EXPECT_EQ(message(&other, gptq), "expected a Gram matrix of 8 inputs, got 4");
  EXPECT_EQ(message(&empty, gptq), "the Gram matrix has no samples");
  EXPECT_EQ(message(&layer.gram, gptq, &small),
            "expected a mask of 2 x 8 weights, got 2 x 4");
  EXPECT_EQ(message(nullptr, options(QuantizeStrategy::RoundToNearest,
                                     grid("int<4>", Granularity::Group, 0))),
            "expected a positive group size, got 0");
}

} // namespace
