//===- Statistics.h - what campaigns say about populations ------*- C++ -*-===//

#ifndef EDGEBERT_CAMPAIGN_STATISTICS_H
#define EDGEBERT_CAMPAIGN_STATISTICS_H

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace edgebert::campaign {

/// The two-sided quantile of the normal distribution for 99 %.
inline constexpr double kZ99 = 2.5758293035489004;

struct Interval {
  double low = 0, high = 0;
  double getHalfWidth() const { return (high - low) / 2; }
  bool contains(double x) const { return low <= x && x <= high; }
};

/// Wilson's score interval (1927) for `successes` of `trials`; both may be
/// fractional (effective numbers of a weighted sample). [0, 1] for no trials.
Interval getWilsonInterval(double successes, double trials, double z = kZ99);

/// The quantile `p` of Student's t distribution with `degrees` degrees of
/// freedom, by the expansion of Hill (1970, algorithm 396), to 1e-4 for p near
/// 0.995 and at least 3 degrees; exact for 1 and 2.
double getStudentQuantile(double p, double degrees);

/// Count, mean and variance of numbers that arrive one by one (Welford 1962),
/// each with a weight.
class Moments {
public:
  void add(double x, double weight = 1);

  double getCount() const { return count; }
  double getMean() const { return mean; }
  /// Unbiased for weights of 1; 0 for fewer than two numbers.
  double getVariance() const;
  /// (sum of weights)^2 / sum of squared weights (Kish): how many unweighted
  /// numbers say as much.
  double getEffectiveCount() const;
  /// Student's 99 % interval of the mean; unbounded for fewer than two.
  Interval getInterval() const;

private:
  double count = 0, sumWeights = 0, sumSquares = 0, mean = 0, squares = 0;
};

/// An estimated rate: the share of a population of which `weight` tells how
/// much each trial stands for.
class Rate {
public:
  void add(bool success, double weight = 1) {
    moments.add(success ? 1 : 0, weight);
  }
  double getCount() const { return moments.getCount(); }
  double getEstimate() const { return moments.getMean(); }
  /// Wilson's, on the effective count.
  Interval getInterval() const;

private:
  Moments moments;
};

/// A rate over strata of known shares, each sampled on its own:
/// sum of share * estimate.
class StratifiedRate {
public:
  explicit StratifiedRate(std::vector<double> shares)
      : shares(std::move(shares)), trials(this->shares.size(), 0),
        successes(this->shares.size(), 0) {}

  void add(size_t stratum, bool success) {
    trials[stratum] += 1;
    successes[stratum] += success;
  }
  double getEstimate() const;
  /// Wilson's, on the count of a simple sample with the variance of this one.
  /// Strata without trials count as anything between 0 and 1.
  Interval getInterval() const;

private:
  std::vector<double> shares, trials, successes;
};

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_STATISTICS_H
