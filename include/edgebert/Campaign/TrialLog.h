//===- TrialLog.h - the trials of a campaign on disk ------------*- C++ -*-===//
//
// A campaign's directory holds
//
//   campaign.json   what decides its trials (the fingerprint), and its sites
//   trials.csv      one line per fault, in order of trials, only ever appended
//
// Whoever is killed leaves at most one cut line, which the next run removes.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_CAMPAIGN_TRIALLOG_H
#define EDGEBERT_CAMPAIGN_TRIALLOG_H

#include "edgebert/Campaign/Outcome.h"

namespace edgebert::campaign {

/// What decides the trials: names and values, compared as text.
using Fingerprint = std::vector<std::pair<std::string, std::string>>;

/// What is said of a site without the program.
struct LoggedSite {
  int64_t id = 0;
  std::string kind, name, format;
  int64_t numElements = 0;
  unsigned bits = 0;
  /// Share of all bits.
  double share = 0;
};

/// A fault and what came of its trial, as trials.csv has it.
struct LoggedFault {
  int64_t trial = 0, row = 0;
  /// The number of this fault in its trial, and of all its faults; a trial
  /// without faults has one line with fault 0 of 0.
  int fault = 0, numFaults = 0;
  int64_t site = -1; ///< number in the list of sites
  int64_t element = 0;
  unsigned bit = 0;
  std::string field, model;
  uint32_t oldCode = 0, newCode = 0;
  float oldValue = 0, newValue = 0;
  Outcome outcome = Outcome::Identical;
  double deltaLoss = 0, weight = 1;
  std::string lastLayer;
};

/// The lines of one trial.
std::string formatTrial(const TrialResult &result, const SegmentGraph &graph);

/// The first line of trials.csv.
llvm::StringRef getTrialHeader();

/// One line; an error says what is wrong with it.
llvm::Expected<LoggedFault> parseTrialLine(llvm::StringRef line);

/// The trials in a directory, to be read.
class TrialReader {
public:
  explicit TrialReader(llvm::StringRef directory)
      : directory(directory.str()) {}
  /// Calls `add` with every fault that is there.
  llvm::Error forEach(llvm::function_ref<void(const LoggedFault &)> add) const;
  /// The same with its line.
  llvm::Error forEachLine(
      llvm::function_ref<void(llvm::StringRef, const LoggedFault &)> add) const;

private:
  std::string directory;
};

/// The directory of a campaign, to be extended.
class TrialLog {
public:
  /// Opens or creates `directory` for a campaign with this fingerprint. Another
  /// fingerprint there is an error that names the first difference.
  static llvm::Expected<std::unique_ptr<TrialLog>>
  open(llvm::StringRef directory, const Fingerprint &fingerprint,
       llvm::ArrayRef<LoggedSite> sites);
  ~TrialLog();

  llvm::StringRef getDirectory() const { return directory; }
  /// Trials that are there.
  int64_t getNumTrials() const { return numTrials; }
  /// Appends the lines of trials; written before it returns.
  llvm::Error append(llvm::StringRef lines, int64_t trials);
  std::string getPath() const;

private:
  TrialLog() = default;
  llvm::Error repair();

  std::string directory;
  int file = -1;
  int64_t numTrials = 0;
};

/// Reads campaign.json.
llvm::Expected<std::pair<Fingerprint, std::vector<LoggedSite>>>
readCampaign(llvm::StringRef directory);

/// Puts the logs of all shards of a campaign together in `directory`, as the
/// campaign without shards would have written it.
llvm::Error mergeShards(llvm::ArrayRef<std::string> shards,
                        llvm::StringRef directory);

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_TRIALLOG_H
