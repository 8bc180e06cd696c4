//===- Sampler.h - which faults a trial has ---------------------*- C++ -*-===//
//
// Trial j of a campaign is a function of (seed, j) and of the list of sites: no
// state is carried from trial to trial, so trials can run in any order, on any
// thread, again or not at all.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_CAMPAIGN_SAMPLER_H
#define EDGEBERT_CAMPAIGN_SAMPLER_H

#include "edgebert/Numerics/FaultModel.h"
#include "llvm/ADT/SmallVector.h"

namespace edgebert::campaign {

/// What sampling needs to know of a site.
struct SiteExtent {
  std::string name;
  int64_t numElements = 0;
  unsigned bits = 0;
  /// Time that a bit of it is exposed, in any unit.
  double time = 1;

  uint64_t getNumBits() const { return uint64_t(numElements) * bits; }
};

enum class Sampling {
  Uniform,    ///< one fault, uniform over all bits of all sites
  Layers,     ///< one fault, uniform over sites, then over bits (GoldenEye's)
  Stratified, ///< one fault, site and bit position in turn, any element
  Given,      ///< the faults of a list, in turn
  Poisson,    ///< each bit errs with rate lambda over the time of its site
  PoissonPerLayer, ///< the same in one site after the other, nowhere else
};

/// A fault of a trial.
struct PlannedFault {
  int site = 0; ///< number in the list of sites
  int64_t element = 0;
  unsigned bit = 0;
};

struct Trial {
  int64_t number = 0;
  /// The input that it runs on.
  int64_t row = 0;
  llvm::SmallVector<PlannedFault, 1> faults;
  /// What the trial stands for: the share of its stratum (or layer) of all bits
  /// over the share of trials that it gets. 1 on average.
  double weight = 1;
  /// The stratum, of Stratified and the layered models.
  int64_t stratum = 0;
};

struct GivenFault {
  PlannedFault fault;
  std::optional<int64_t> row;
};

struct SamplerOptions {
  Sampling sampling = Sampling::Uniform;
  uint64_t seed = 1;
  int64_t numRows = 1;
  /// Bit errors per bit and time (Poisson).
  double rate = 0;
  std::vector<GivenFault> given;
};

class Sampler {
public:
  /// `sites` must hold at least one bit.
  Sampler(std::vector<SiteExtent> sites, SamplerOptions options);

  Trial getTrial(int64_t number) const;

  uint64_t getNumBits() const { return firstBit.back(); }
  /// Strata of Stratified (one otherwise) and their shares of all bits.
  int64_t getNumStrata() const { return strata.size(); }
  double getShare(int64_t stratum) const;

private:
  struct Stratum {
    int site;
    unsigned bit;
  };
  PlannedFault locate(uint64_t bit) const;
  void addPoisson(Trial &trial, int site) const;

  std::vector<SiteExtent> sites;
  SamplerOptions options;
  /// Of each site, and the total.
  std::vector<uint64_t> firstBit;
  std::vector<Stratum> strata;
  /// Sites of at least one bit.
  std::vector<int> nonEmpty;
};

/// A number of the Poisson distribution with mean `mean` from random words
/// (seed, stream, counter...): inversion by sequential search, in pieces of at
/// most 64 so that exp(-mean) is never 0.
int64_t samplePoisson(double mean, uint64_t seed, uint64_t stream);

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_SAMPLER_H
