//===- AssignmentTest.cpp - monotone assignments against brute force ------===//

#include "edgebert/Compression/Assignment.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>
#include <set>

using namespace edgebert::compression;
using llvm::ArrayRef;

namespace {

/// All n^B assignments.
void forEachOfAll(unsigned formats, unsigned layers,
                  llvm::function_ref<void(ArrayRef<unsigned>)> visit) {
  std::vector<unsigned> all(layers);
  while (true) {
    visit(all);
    unsigned i = 0;
    while (i < layers && ++all[i] == formats)
      all[i++] = 0;
    if (i == layers)
      return;
  }
}

bool isMonotone(ArrayRef<unsigned> formats, ArrayRef<unsigned> order) {
  for (size_t i = 1; i < order.size(); ++i)
    if (formats[order[i]] < formats[order[i - 1]])
      return false;
  return true;
}

TEST(Monotone, CountIsTheBinomialAndEveryOneOnce) {
  std::vector<unsigned> order = {2, 0, 3, 1, 4};
  for (unsigned formats : {1, 2, 3, 4})
    for (unsigned layers : {1, 2, 3, 5}) {
      std::vector<unsigned> prefix;
      for (unsigned i : order)
        if (i < layers)
          prefix.push_back(i);
      std::set<std::vector<unsigned>> seen, expected;
      forEachMonotone(formats, prefix, [&](ArrayRef<unsigned> a) {
        EXPECT_TRUE(seen.insert(a.vec()).second);
      });
      forEachOfAll(formats, layers, [&](ArrayRef<unsigned> a) {
        if (isMonotone(a, prefix))
          expected.insert(a.vec());
      });
      EXPECT_EQ(seen, expected);
      EXPECT_EQ(countMonotone(formats, layers), expected.size());
    }
  EXPECT_EQ(countMonotone(3, 12), 91u);      // C(14, 12)
  EXPECT_EQ(countMonotone(4, 100), 176851u); // C(103, 3)
  EXPECT_EQ(countMonotone(64, 4000000000u), UINT64_MAX);
}

TEST(Monotone, OrderIsByScorePerParameter) {
  EXPECT_EQ(orderByScore({4, 1, 6, 2}, {100, 10, 100, 50}),
            (std::vector<unsigned>{0, 3, 2, 1})); // .04 .1 .06 .04
}

TEST(Pareto, IsThatOfBruteForce) {
  std::mt19937 random(1);
  for (unsigned trial = 0; trial < 20; ++trial) {
    unsigned layers = 2 + trial % 4, formats = 2 + trial % 3;
    size_t objectives = 2 + trial % 2;
    LayerCosts costs(objectives, std::vector<std::vector<double>>(
                                     layers, std::vector<double>(formats)));
    for (auto &objective : costs)
      for (auto &layer : objective)
        for (double &cost : layer)
          cost = double(random() % 10);
    std::vector<unsigned> order;
    for (unsigned i = 0; i < layers; ++i)
      order.push_back((i + trial) % layers);

    std::vector<Assignment> all;
    forEachOfAll(formats, layers, [&](ArrayRef<unsigned> a) {
      if (!isMonotone(a, order))
        return;
      Assignment next{a.vec(), std::vector<double>(objectives)};
      for (size_t o = 0; o < objectives; ++o)
        for (unsigned l = 0; l < layers; ++l)
          next.costs[o] += costs[o][l][a[l]];
      all.push_back(next);
    });
    std::set<std::vector<double>> expected, got;
    for (const Assignment &a : all) {
      bool beaten = false;
      for (const Assignment &b : all) {
        bool noWorse = true;
        for (size_t o = 0; o < objectives; ++o)
          noWorse &= b.costs[o] <= a.costs[o];
        beaten |= noWorse && b.costs != a.costs;
      }
      if (!beaten)
        expected.insert(a.costs);
    }
    auto front = llvm::cantFail(paretoFront(order, costs));
    for (const Assignment &a : front) {
      EXPECT_TRUE(got.insert(a.costs).second);
      EXPECT_TRUE(isMonotone(a.formats, order));
    }
    EXPECT_EQ(got, expected);

    // The best weighted sum below a limit is on the front.
    std::vector<double> weights(objectives, 1), limits(objectives, INFINITY);
    limits[0] = front[front.size() / 2].costs[0];
    double best = INFINITY;
    for (const Assignment &a : all)
      if (a.costs[0] <= limits[0]) {
        double sum = 0;
        for (double cost : a.costs)
          sum += cost;
        best = std::min(best, sum);
      }
    Assignment chosen = llvm::cantFail(choose(front, weights, limits));
    double sum = 0;
    for (double cost : chosen.costs)
      sum += cost;
    EXPECT_EQ(sum, best);
  }
}

TEST(Pareto, Errors) {
  LayerCosts costs = {{{1, 2}, {1, 2}}};
  auto message = [](auto result) {
    return result ? std::string() : llvm::toString(result.takeError());
  };
  EXPECT_EQ(message(paretoFront({0, 1, 2}, costs)),
            "objective 0: expected 3 layers, got 2");
  EXPECT_EQ(message(paretoFront({0, 0}, costs)),
            "expected every layer once in the order");
  EXPECT_EQ(message(paretoFront({0, 1}, costs, 2)),
            "3 monotone assignments of 2 formats to 2 layers are more than the "
            "limit of 2");
  EXPECT_EQ(message(paretoFront({0, 1}, {})),
            "expected the costs of at least one objective and layer");
  auto front = llvm::cantFail(paretoFront({0, 1}, costs));
  EXPECT_EQ(front.size(), 1u);
  EXPECT_EQ(message(choose(front, {1.0}, {0.5})),
            "none of the 1 assignments meets the limits");
}

} // namespace
