//===- StatisticsTest.cpp - intervals cover, samplers are uniform ---------===//

#include "edgebert/Campaign/Statistics.h"
#include "edgebert/Campaign/Sampler.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstdlib>
#include <map>

using namespace edgebert::campaign;
using namespace edgebert::numerics;

namespace {

/// A uniform number in [0, 1).
double uniform(uint64_t seed, uint64_t stream, uint64_t counter) {
  return double(randomWord(seed, stream, counter) >> 11) * 0x1p-53;
}

/// The exact coverage of Wilson's interval at p for n trials.
double getCoverage(double p, int n) {
  double covered = 0;
  for (int k = 0; k <= n; ++k)
    if (getWilsonInterval(k, n).contains(p))
      covered += std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) -
                          std::lgamma(n - k + 1.0) + k * std::log(p) +
                          (n - k) * std::log1p(-p));
  return covered;
}

TEST(Wilson, KnownValues) {
  // Brown, Cai and DasGupta 2001 print such values for z = 1.96.
  Interval interval = getWilsonInterval(5, 10, 1.959963984540054);
  EXPECT_NEAR(interval.low, 0.236593, 1e-6);
  EXPECT_NEAR(interval.high, 0.763407, 1e-6);
  // Never without width, and never outside.
  EXPECT_EQ(getWilsonInterval(0, 50).low, 0);
  EXPECT_NEAR(getWilsonInterval(0, 50).high, kZ99 * kZ99 / (50 + kZ99 * kZ99),
              1e-12);
  EXPECT_EQ(getWilsonInterval(50, 50).high, 1);
  EXPECT_EQ(getWilsonInterval(0, 0).high, 1);
}

TEST(Wilson, CoversNominally) {
  // Over the range of campaigns the mean coverage is that of the name, and no
  // point is far below (small p and n are known to be the worst).
  double sum = 0;
  int points = 0;
  for (int n : {100, 400, 2000})
    for (double p = 0.02; p < 0.99; p += 0.01, ++points) {
      double coverage = getCoverage(p, n);
      EXPECT_GT(coverage, 0.97) << p << " of " << n;
      sum += coverage;
    }
  EXPECT_NEAR(sum / points, 0.99, 0.002);
}

TEST(Student, AgreesWithTables) {
  EXPECT_NEAR(getStudentQuantile(0.995, 1), 63.656741, 1e-5);
  EXPECT_NEAR(getStudentQuantile(0.995, 2), 9.924843, 1e-5);
  EXPECT_NEAR(getStudentQuantile(0.995, 5), 4.032143, 1e-3);
  EXPECT_NEAR(getStudentQuantile(0.995, 10), 3.169273, 1e-4);
  EXPECT_NEAR(getStudentQuantile(0.995, 30), 2.749996, 1e-4);
  EXPECT_NEAR(getStudentQuantile(0.995, 1e6), kZ99, 1e-4);
  EXPECT_NEAR(getStudentQuantile(0.005, 10), -3.169273, 1e-4);
}

TEST(Moments, WeightsAreRepeats) {
  Moments plain, weighted;
  for (double x : {1.0, 4.0, 4.0, 9.0})
    plain.add(x);
  EXPECT_DOUBLE_EQ(plain.getMean(), 4.5);
  EXPECT_DOUBLE_EQ(plain.getVariance(), 11);
  weighted.add(1, 1);
  weighted.add(4, 2);
  weighted.add(9, 1);
  EXPECT_DOUBLE_EQ(weighted.getMean(), 4.5);
  EXPECT_DOUBLE_EQ(weighted.getEffectiveCount(), 16.0 / 6);
  EXPECT_TRUE(std::isinf(Moments().getInterval().high));
}

TEST(Moments, IntervalsCover) {
  // 2000 samples of 20 numbers with mean 1/3.
  int covered = 0;
  for (int i = 0; i < 2000; ++i) {
    Moments moments;
    for (int j = 0; j < 20; ++j)
      moments.add(std::pow(uniform(7, i, j), 2));
    covered += moments.getInterval().contains(1.0 / 3);
  }
  EXPECT_GE(covered, 1950);
}

TEST(Stratified, UnbiasedAndCovers) {
  // 1000 campaigns over strata with known rates.
  std::vector<double> shares = {0.6, 0.3, 0.1}, rates = {0.01, 0.2, 0.7};
  double truth = 0.6 * 0.01 + 0.3 * 0.2 + 0.1 * 0.7, mean = 0;
  int covered = 0;
  for (int i = 0; i < 1000; ++i) {
    StratifiedRate rate(shares);
    for (int j = 0; j < 600; ++j)
      rate.add(j % 3, uniform(3, i, j) < rates[j % 3]);
    mean += rate.getEstimate() / 1000;
    covered += rate.getInterval().contains(truth);
  }
  EXPECT_NEAR(mean, truth, 1e-3);
  EXPECT_GE(covered, 985);
}

TEST(Stratified, StrataWithoutTrialsAreUnknown) {
  StratifiedRate rate({0.5, 0.5});
  for (int i = 0; i < 1000; ++i)
    rate.add(0, false);
  EXPECT_GE(rate.getInterval().high, 0.5);
}

//===----------------------------------------------------------------------===//
// Samplers
//===----------------------------------------------------------------------===//

std::vector<SiteExtent> getSites() {
  return {{"a", 10, 8, 1}, {"none", 0, 8, 1}, {"b", 3, 32, 2}, {"c", 1, 1, 1}};
}

/// Whether counts fit `expected`: chi squared below mean + 5 deviations.
template <typename Map>
void expectFits(const Map &counts, double expected, size_t cells) {
  EXPECT_EQ(counts.size(), cells);
  double chi = 0;
  for (const auto &[key, count] : counts)
    chi += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi, cells + 5 * std::sqrt(2.0 * cells));
}

TEST(Sampler, UniformOverBits) {
  SamplerOptions options;
  options.numRows = 7;
  Sampler sampler(getSites(), options);
  EXPECT_EQ(sampler.getNumBits(), 80u + 96 + 1);
  std::map<std::tuple<int, int64_t, unsigned>, int> bits;
  std::map<int64_t, int> rows;
  for (int i = 0; i < 177 * 100; ++i) {
    Trial trial = sampler.getTrial(i);
    ASSERT_EQ(trial.faults.size(), 1u);
    ++bits[{trial.faults[0].site, trial.faults[0].element,
            trial.faults[0].bit}];
    ++rows[trial.row];
  }
  expectFits(bits, 100, 177);
  expectFits(rows, 177 * 100 / 7.0, 7);
}

TEST(Sampler, StratifiedWeightsAreUnbiased) {
  SamplerOptions options;
  options.sampling = Sampling::Stratified;
  Sampler sampler(getSites(), options);
  EXPECT_EQ(sampler.getNumStrata(), 8 + 32 + 1);
  double weight = 0, shares = 0;
  for (int i = 0; i < sampler.getNumStrata(); ++i) {
    weight += sampler.getTrial(i).weight;
    shares += sampler.getShare(i);
  }
  EXPECT_NEAR(weight, 41, 1e-9);
  EXPECT_NEAR(shares, 1, 1e-12);
  EXPECT_EQ(sampler.getTrial(40).faults[0].site, 3);
}

TEST(Sampler, LayersTakeTurns) {
  SamplerOptions options;
  options.sampling = Sampling::Layers;
  Sampler sampler(getSites(), options);
  std::map<int, int> sites;
  for (int i = 0; i < 300; ++i)
    ++sites[sampler.getTrial(i).faults[0].site];
  EXPECT_EQ(sites, (std::map<int, int>{{0, 100}, {2, 100}, {3, 100}}));
}

TEST(Sampler, TrialsAreFunctionsOfTheirNumbers) {
  SamplerOptions options;
  options.seed = 5;
  Sampler one(getSites(), options), two(getSites(), options);
  for (int i : {99, 3, 50})
    EXPECT_EQ(one.getTrial(i).faults[0].element,
              two.getTrial(i).faults[0].element);
  options.seed = 6;
  Sampler other(getSites(), options);
  int equal = 0;
  for (int i = 0; i < 1000; ++i)
    equal += one.getTrial(i).faults[0].element ==
                 other.getTrial(i).faults[0].element &&
             one.getTrial(i).faults[0].bit == other.getTrial(i).faults[0].bit;
  EXPECT_LT(equal, 50);
}

TEST(Sampler, PoissonCounts) {
  for (double mean : {0.0, 0.3, 5.0, 700.0}) {
    double sum = 0, squares = 0;
    int n = 4000;
    for (int i = 0; i < n; ++i) {
      double k = double(samplePoisson(mean, 11, i));
      sum += k;
      squares += k * k;
    }
    double average = sum / n, variance = squares / n - average * average;
    EXPECT_NEAR(average, mean, 5 * std::sqrt(mean / n));
    EXPECT_NEAR(variance, mean, 0.15 * mean);
  }
}

TEST(Sampler, PoissonWithTimes) {
  SamplerOptions options;
  options.sampling = Sampling::Poisson;
  options.rate = 0.01;
  Sampler sampler(getSites(), options);
  double counts[4] = {};
  for (int i = 0; i < 5000; ++i)
    for (const PlannedFault &fault : sampler.getTrial(i).faults)
      ++counts[fault.site];
  // rate * bits * time
  EXPECT_NEAR(counts[0] / 5000, 0.8, 0.06);
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2] / 5000, 1.92, 0.1);
  EXPECT_NEAR(counts[3] / 5000, 0.01, 0.008);
  options.sampling = Sampling::PoissonPerLayer;
  Sampler layered(getSites(), options);
  for (const PlannedFault &fault : layered.getTrial(1).faults)
    EXPECT_EQ(fault.site, 2);
}

TEST(Sampler, GivenFaultsInTurn) {
  SamplerOptions options;
  options.sampling = Sampling::Given;
  options.numRows = 4;
  options.given = {{{2, 1, 31}, 3}, {{0, 0, 0}, std::nullopt}};
  Sampler sampler(getSites(), options);
  EXPECT_EQ(sampler.getTrial(2).faults[0].bit, 31u);
  EXPECT_EQ(sampler.getTrial(2).row, 3);
  EXPECT_EQ(sampler.getTrial(3).faults[0].site, 0);
}

/// Two seeds of one population agree within their intervals in at least 95 of
/// 100 repetitions. Opt-in: EDGEBERT_SLOW_TESTS=1.
TEST(Sampler, SeedsAgree) {
  if (!std::getenv("EDGEBERT_SLOW_TESTS"))
    GTEST_SKIP() << "EDGEBERT_SLOW_TESTS is not set";
  // A bit fails or does not, as its hash says: 5 % of 1e6 bits.
  std::vector<SiteExtent> sites = {{"x", 125000, 8, 1}};
  int agree = 0;
  for (int repetition = 0; repetition < 100; ++repetition) {
    Rate rates[2];
    for (int half = 0; half < 2; ++half) {
      SamplerOptions options;
      options.seed = 1000 + 2 * repetition + half;
      Sampler sampler(sites, options);
      for (int i = 0; i < 20000; ++i) {
        PlannedFault fault = sampler.getTrial(i).faults[0];
        rates[half].add(uniform(1, 2, fault.element * 8 + fault.bit) < 0.05);
      }
    }
    Interval one = rates[0].getInterval(), two = rates[1].getInterval();
    agree += one.low <= two.high && two.low <= one.high;
  }
  EXPECT_GE(agree, 95);
}

} // namespace
