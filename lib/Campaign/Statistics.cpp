//===- Statistics.cpp - what campaigns say about populations --------------===//

#include "edgebert/Campaign/Statistics.h"

#include <algorithm>
#include <cmath>

namespace edgebert::campaign {

Interval getWilsonInterval(double successes, double trials, double z) {
  if (trials <= 0)
    return {0, 1};
  double p = successes / trials, z2 = z * z;
  double scale = 1 / (1 + z2 / trials);
  double centre = scale * (p + z2 / (2 * trials));
  double half =
      scale * z * std::sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials));
  // At 0 and at 1 the bound is exact; rounding must not move it inside.
  return {p <= 0 ? 0 : std::max(0.0, centre - half),
          p >= 1 ? 1 : std::min(1.0, centre + half)};
}

/// The quantile of the normal distribution: Newton's method on erfc from the
/// quantile of a logistic distribution, exact to rounding.
static double getNormalQuantile(double p) {
  double x = std::log(p / (1 - p)) / 1.702;
  for (int i = 0; i < 60; ++i) {
    double error = 0.5 * std::erfc(-x / std::sqrt(2.0)) - p;
    double density = std::exp(-x * x / 2) / std::sqrt(2 * M_PI);
    double step = error / std::max(density, 1e-300);
    step = std::clamp(step, -0.5, 0.5);
    x -= step;
    if (std::fabs(step) < 1e-14)
      break;
  }
  return x;
}

double getStudentQuantile(double p, double degrees) {
  if (degrees <= 0)
    return std::numeric_limits<double>::infinity();
  if (p < 0.5)
    return -getStudentQuantile(1 - p, degrees);
  if (degrees == 1)
    return std::tan(M_PI * (p - 0.5));
  if (degrees == 2) {
    double a = 2 * p - 1;
    return a * std::sqrt(2 / (1 - a * a));
  }
  double n = degrees, tail = 2 * (1 - p);
  double a = 1 / (n - 0.5);
  double b = 48 / (a * a);
  double c = ((20700 * a / b - 98) * a - 16) * a + 96.36;
  double d = ((94.5 / (b + c) - 3) / b + 1) * std::sqrt(a * M_PI / 2) * n;
  double x = d * tail;
  double y = std::pow(x, 2 / n);
  if (y > 0.05 + a) {
    x = getNormalQuantile(tail * 0.5);
    y = x * x;
    if (n < 5)
      c += 0.3 * (n - 4.5) * (x + 0.6);
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = a * y * y;
    y = std::expm1(y);
  } else {
    y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) +
          0.5 / (n + 4)) *
             y -
         1) *
            (n + 1) / (n + 2) +
        1 / y;
  }
  return std::sqrt(n * y);
}

void Moments::add(double x, double weight) {
  count += 1;
  if (weight <= 0)
    return;
  sumWeights += weight;
  sumSquares += weight * weight;
  double delta = x - mean;
  mean += delta * weight / sumWeights;
  squares += weight * delta * (x - mean);
}

double Moments::getEffectiveCount() const {
  return sumSquares > 0 ? sumWeights * sumWeights / sumSquares : 0;
}

double Moments::getVariance() const {
  double n = getEffectiveCount();
  return n > 1 ? squares / sumWeights * n / (n - 1) : 0;
}

Interval Moments::getInterval() const {
  double n = getEffectiveCount();
  double infinity = std::numeric_limits<double>::infinity();
  if (n < 2)
    return {-infinity, infinity};
  double half = getStudentQuantile(0.995, n - 1) * std::sqrt(getVariance() / n);
  return {mean - half, mean + half};
}

Interval Rate::getInterval() const {
  double n = moments.getEffectiveCount();
  return getWilsonInterval(moments.getMean() * n, n);
}

double StratifiedRate::getEstimate() const {
  double sum = 0, known = 0;
  for (size_t h = 0; h < shares.size(); ++h)
    if (trials[h] > 0) {
      sum += shares[h] * successes[h] / trials[h];
      known += shares[h];
    }
  return known > 0 ? sum / known : 0;
}

Interval StratifiedRate::getInterval() const {
  double p = 0, variance = 0, unknown = 0;
  for (size_t h = 0; h < shares.size(); ++h) {
    if (trials[h] == 0) {
      unknown += shares[h];
      continue;
    }
    p += shares[h] * successes[h] / trials[h];
    // Agresti and Coull's centre, since a stratum of few trials without a
    // success says little about its variance.
    double q = (successes[h] + 1) / (trials[h] + 2);
    variance += shares[h] * shares[h] * q * (1 - q) / trials[h];
  }
  double pooled = std::clamp(p, 0.0, 1.0);
  double n = 0;
  for (double count : trials)
    n += count;
  // The simple sample whose variance at this estimate is as large.
  double centre = (pooled * n + 1) / (n + 2);
  double effective = variance > 0 ? centre * (1 - centre) / variance : n;
  Interval interval = getWilsonInterval(pooled * effective, effective);
  return {interval.low, std::min(1.0, interval.high + unknown)};
}

} // namespace edgebert::campaign
