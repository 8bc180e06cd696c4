//===- Campaign.h - many trials, their statistics ---------------*- C++ -*-===//

#ifndef EDGEBERT_CAMPAIGN_CAMPAIGN_H
#define EDGEBERT_CAMPAIGN_CAMPAIGN_H

#include "edgebert/Campaign/TrialLog.h"
#include "edgebert/Campaign/TrialRunner.h"
#include "llvm/ADT/StringMap.h"

namespace edgebert::campaign {

struct Shard {
  int64_t index = 0, count = 1;
};

struct CampaignOptions {
  SamplerOptions sampler;
  /// getSiteExtents of the program.
  std::vector<SiteExtent> sites;
  FaultKind fault;
  /// Trials of all shards together; 0: as many as the half-width needs.
  int64_t numTrials = 0;
  /// Stop when the 99 % interval of the rate of failures is at most +- this.
  double halfWidth = 0;
  Shard shard;
  int threads = 1;
  /// Trials that are run at once.
  int64_t window = 256;
  /// Whether DefinitionRunner runs them.
  bool byDefinition = false;
  /// Where progress goes; null: nowhere.
  llvm::raw_ostream *progress = nullptr;
  bool isTerminal = false;
};

/// Runs the trials that `log` does not have yet and appends them, in order.
/// The log's bytes depend on the program, the rows and the sampler alone.
llvm::Error runCampaign(const SegmentedProgram &program, InputRows &rows,
                        const Judge &judge, const CampaignOptions &options,
                        TrialLog &log);

/// The sites as sampling sees them; `times` (by name) are those of layer-wise
/// timing, without them all are 1.
std::vector<SiteExtent>
getSiteExtents(const SegmentGraph &graph,
               const llvm::StringMap<double> *times = nullptr);
std::vector<LoggedSite> getLoggedSites(const SegmentGraph &graph);

/// Seconds of each segment and of a whole run, the least of `repeats`.
std::vector<double> timeSegments(const SegmentedProgram &program,
                                 InputRows &rows, int repeats);

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_CAMPAIGN_H
