//===- Results.h - what a log of trials says --------------------*- C++ -*-===//

#ifndef EDGEBERT_CAMPAIGN_RESULTS_H
#define EDGEBERT_CAMPAIGN_RESULTS_H

#include "edgebert/Campaign/Statistics.h"
#include "edgebert/Campaign/TrialLog.h"

#include <array>
#include <map>

namespace edgebert::campaign {

/// Counts and estimates over some trials.
struct Tally {
  Rate failures, sdc, masked;
  Moments deltaLoss;
  std::array<int64_t, kNumOutcomes> outcomes{};

  void add(const LoggedFault &fault);
  int64_t getCount() const;
};

/// The results of a campaign: of all trials, and of trials of one fault by
/// where it was.
struct Results {
  Fingerprint fingerprint;
  std::vector<LoggedSite> sites;
  Tally all;
  /// The rate of failures with all sites weighted alike.
  double equalSiteRate = 0;
  std::vector<Tally> bySite;
  std::map<std::string, Tally> byKind, byField;
  std::map<unsigned, Tally> byBit;
  /// (site, bit): the heat map.
  std::map<std::pair<int64_t, unsigned>, Tally> bySiteAndBit;
  /// The last layer that computed for masked trials.
  std::map<std::string, int64_t> maskedAt;
  /// Of stratified sampling, in place of all.failures.
  std::optional<StratifiedRate> stratified;

  double getFailureRate() const;
  Interval getFailureInterval() const;
};

/// Reads the log in `directory`.
llvm::Expected<Results> readResults(llvm::StringRef directory);

/// Writes summary.json, sites.csv, bits.csv and campaign.sqlite next to the
/// log, each atomically.
llvm::Error writeResults(const Results &results, llvm::StringRef directory);
/// Only the database: tables campaign, sites, trials.
llvm::Error writeDatabase(const Results &results, llvm::StringRef directory);

/// A page for a person.
void printResults(const Results &results, llvm::raw_ostream &os);

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_RESULTS_H
