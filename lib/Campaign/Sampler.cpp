//===- Sampler.cpp - which faults a trial has -----------------------------===//

#include "edgebert/Campaign/Sampler.h"

#include <algorithm>
#include <cmath>

using namespace edgebert::numerics;

namespace edgebert::campaign {

namespace {

/// Streams of random words of one trial: words with the same stream and
/// counter are equal, so each use has its own counter range.
enum : uint64_t { kRow = 0, kFault = 1, kCount = 1u << 20 };

double toUnit(uint64_t word) { return double(word >> 11) * 0x1p-53; }

} // namespace

int64_t samplePoisson(double mean, uint64_t seed, uint64_t stream) {
  int64_t total = 0;
  uint64_t counter = kCount;
  while (mean > 0) {
    double part = std::min(mean, 64.0);
    mean -= part;
    double u = toUnit(randomWord(seed, stream, counter++));
    double term = std::exp(-part), sum = term;
    int64_t k = 0;
    // The tail beyond what doubles can tell from 1 is cut.
    while (u >= sum && k < 1000) {
      term *= part / ++k;
      sum += term;
    }
    total += k;
  }
  return total;
}

Sampler::Sampler(std::vector<SiteExtent> list, SamplerOptions samplerOptions)
    : sites(std::move(list)), options(std::move(samplerOptions)) {
  uint64_t next = 0;
  for (size_t i = 0; i < sites.size(); ++i) {
    firstBit.push_back(next);
    next += sites[i].getNumBits();
    if (sites[i].getNumBits())
      nonEmpty.push_back(i);
  }
  firstBit.push_back(next);
  if (options.sampling == Sampling::Stratified) {
    for (int site : nonEmpty)
      for (unsigned bit = 0; bit < sites[site].bits; ++bit)
        strata.push_back({site, bit});
  } else if (options.sampling == Sampling::Layers ||
             options.sampling == Sampling::PoissonPerLayer) {
    for (int site : nonEmpty)
      strata.push_back({site, 0});
  } else {
    strata.push_back({nonEmpty.empty() ? 0 : nonEmpty.front(), 0});
  }
}

double Sampler::getShare(int64_t stratum) const {
  if (strata.size() <= 1)
    return 1;
  const SiteExtent &site = sites[strata[stratum].site];
  uint64_t bits = options.sampling == Sampling::Stratified
                      ? uint64_t(site.numElements)
                      : site.getNumBits();
  return double(bits) / double(getNumBits());
}

PlannedFault Sampler::locate(uint64_t bit) const {
  size_t site = std::upper_bound(firstBit.begin(), firstBit.end(), bit) -
                firstBit.begin() - 1;
  uint64_t inside = bit - firstBit[site];
  return {int(site), int64_t(inside / sites[site].bits),
          unsigned(inside % sites[site].bits)};
}

void Sampler::addPoisson(Trial &trial, int site) const {
  double expected = options.rate * sites[site].getNumBits() * sites[site].time;
  // Each site has its own stream of its trial.
  uint64_t seed = randomWord(options.seed, trial.number, kFault);
  int64_t count = samplePoisson(expected, seed, site);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t bit = below(randomWord(seed, site, i), sites[site].getNumBits());
    trial.faults.push_back(locate(firstBit[site] + bit));
  }
}

Trial Sampler::getTrial(int64_t number) const {
  Trial trial;
  trial.number = number;
  uint64_t stream = number;
  trial.row = below(randomWord(options.seed, stream, kRow), options.numRows);
  uint64_t word = randomWord(options.seed, stream, kFault);
  switch (options.sampling) {
  case Sampling::Uniform:
    trial.faults.push_back(locate(below(word, getNumBits())));
    break;
  case Sampling::Layers: {
    // Trials take the sites in turn.
    trial.stratum = number % getNumStrata();
    int site = strata[trial.stratum].site;
    trial.faults.push_back(
        locate(firstBit[site] + below(word, sites[site].getNumBits())));
    break;
  }
  case Sampling::Stratified: {
    trial.stratum = number % getNumStrata();
    const Stratum &stratum = strata[trial.stratum];
    trial.faults.push_back(
        {stratum.site, int64_t(below(word, sites[stratum.site].numElements)),
         stratum.bit});
    break;
  }
  case Sampling::Given: {
    const GivenFault &given = options.given[number % options.given.size()];
    trial.faults.push_back(given.fault);
    if (given.row)
      trial.row = *given.row;
    break;
  }
  case Sampling::Poisson:
    for (int site : nonEmpty)
      addPoisson(trial, site);
    break;
  case Sampling::PoissonPerLayer:
    trial.stratum = number % getNumStrata();
    addPoisson(trial, strata[trial.stratum].site);
    break;
  }
  if (options.sampling == Sampling::Layers ||
      options.sampling == Sampling::Stratified)
    trial.weight = getShare(trial.stratum) * getNumStrata();
  return trial;
}

} // namespace edgebert::campaign
