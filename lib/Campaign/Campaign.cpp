//===- Campaign.cpp - many trials -----------------------------------------===//

#include "edgebert/Campaign/Campaign.h"
#include "LeastTime.h"
#include "Progress.h"
#include "edgebert/Campaign/Statistics.h"
#include <atomic>
#include <condition_variable>
#include <map>
#include <thread>

using namespace llvm;

namespace edgebert::campaign {

namespace {

/// The stop rule looks at the rate after every so many trials, counted from the
/// campaign's first, whatever was resumed.
constexpr int64_t kCheckInterval = 256;

/// The rate of failures over the trials so far, and whether that is enough.
class StopRule {
public:
  StopRule(const CampaignOptions &options, const Sampler &sampler)
      : options(options), sampler(sampler), stratified(getShares(sampler)),
        isStratified(options.sampler.sampling == Sampling::Stratified ||
                     options.sampler.sampling == Sampling::Layers) {}

  void add(int64_t trial, bool failure) {
    rate.add(failure);
    if (isStratified)
      stratified.add(trial % sampler.getNumStrata(), failure);
    ++count;
  }
  bool isMet() const {
    if (options.halfWidth <= 0 || count == 0 || count % kCheckInterval)
      return false;
    Interval interval =
        isStratified ? stratified.getInterval() : rate.getInterval();
    return interval.getHalfWidth() <= options.halfWidth;
  }

private:
  static std::vector<double> getShares(const Sampler &sampler) {
    std::vector<double> shares;
    for (int64_t i = 0; i < sampler.getNumStrata(); ++i)
      shares.push_back(sampler.getShare(i));
    return shares;
  }

  const CampaignOptions &options;
  const Sampler &sampler;
  Rate rate;
  StratifiedRate stratified;
  bool isStratified;
  int64_t count = 0;
};

class CampaignRun {
public:
  CampaignRun(const SegmentedProgram &program, InputRows &rows,
              const Judge &judge, const CampaignOptions &options, TrialLog &log)
      : campaign{program, rows, judge, options.fault}, options(options),
        log(log), sampler(options.sites, options.sampler),
        rule(options, sampler) {}

  CampaignRun(const CampaignRun &) = delete;
  Error run();

private:
  void work();
  /// The trials of window `number`: their index in this shard, from the first
  /// that the log does not have.
  void fill(int64_t window, std::vector<TrialResult> &results);
  void deliver(int64_t window, std::vector<TrialResult> results);

  CampaignProgram campaign;
  const CampaignOptions &options;
  TrialLog &log;
  Sampler sampler;
  StopRule rule;
  int64_t first = 0, last = 0;
  std::atomic<int64_t> nextWindow{0};
  std::atomic<bool> stopped{false};
  std::mutex mutex;
  std::condition_variable delivered;
  std::map<int64_t, std::vector<TrialResult>> waiting;
  int64_t nextToWrite = 0;
  std::string error;
  std::optional<Progress> progress;
};

void CampaignRun::fill(int64_t window, std::vector<TrialResult> &results) {
  int64_t begin = first + window * options.window;
  int64_t end = std::min(begin + options.window, last);
  results.resize(std::max<int64_t>(end - begin, 0));
  for (int64_t i = begin; i < end; ++i)
    results[i - begin].trial =
        sampler.getTrial(options.shard.index + i * options.shard.count);
}

/// Writes windows in order; a trial after the one that stops is dropped.
void CampaignRun::deliver(int64_t window, std::vector<TrialResult> results) {
  std::lock_guard lock(mutex);
  waiting[window] = std::move(results);
  for (auto it = waiting.find(nextToWrite);
       it != waiting.end() && !stopped && error.empty();
       it = waiting.find(nextToWrite)) {
    std::string text;
    int64_t count = 0;
    for (const TrialResult &result : it->second) {
      text += formatTrial(result, campaign.program.getGraph());
      ++count;
      rule.add(result.trial.number, isFailure(result.outcome));
      if (rule.isMet()) {
        stopped = true;
        break;
      }
    }
    if (Error failed = log.append(text, count)) {
      error = toString(std::move(failed));
      stopped = true;
    }
    if (progress)
      progress->show(log.getNumTrials());
    waiting.erase(it);
    ++nextToWrite;
  }
  delivered.notify_all();
}

void CampaignRun::work() {
  auto runner = options.byDefinition
                    ? createDefinitionRunner(campaign)
                    : createWindowRunner(campaign, options.window);
  while (!stopped) {
    int64_t window = nextWindow++;
    {
      // Results that wait must not pile up behind a slow window.
      std::unique_lock lock(mutex);
      delivered.wait(lock, [&] {
        return stopped || window - nextToWrite < 4 * options.threads + 4;
      });
    }
    std::vector<TrialResult> results;
    fill(window, results);
    if (results.empty() || stopped)
      return;
    runner->run(results);
    deliver(window, std::move(results));
  }
}

Error CampaignRun::run() {
  // What is there already counts for the stop rule as if it were new.
  auto count = [&](const LoggedFault &fault) {
    if (fault.fault != 0 || stopped)
      return;
    rule.add(fault.trial, isFailure(fault.outcome));
    if (rule.isMet())
      stopped = true;
  };
  if (options.halfWidth > 0)
    if (Error failed = TrialReader(log.getDirectory()).forEach(count))
      return failed;
  first = log.getNumTrials();
  int64_t total = options.numTrials ? options.numTrials
                                    : std::numeric_limits<int64_t>::max() / 2;
  last = (total - options.shard.index + options.shard.count - 1) /
         options.shard.count;
  if (stopped || first >= last)
    return Error::success();
  if (options.progress)
    progress.emplace(*options.progress, options.isTerminal, first,
                     options.numTrials ? last : 0);
  std::vector<std::thread> threads;
  for (int i = 1; i < options.threads; ++i)
    threads.emplace_back([this] { work(); });
  work();
  for (std::thread &thread : threads)
    thread.join();
  if (progress)
    progress->finish(log.getNumTrials());
  return error.empty() ? Error::success()
                       : createStringError(inconvertibleErrorCode(), error);
}

} // namespace

std::vector<SiteExtent> getSiteExtents(const SegmentGraph &graph,
                                       const StringMap<double> *times) {
  std::vector<SiteExtent> extents;
  for (const Site &site : graph.sites) {
    SiteExtent &extent = extents.emplace_back();
    extent.name = site.name;
    extent.numElements = site.getNumElements();
    extent.bits = site.layout.bits;
    if (times)
      extent.time = times->lookup(site.name);
  }
  return extents;
}

std::vector<LoggedSite> getLoggedSites(const SegmentGraph &graph) {
  uint64_t total = 0;
  for (const Site &site : graph.sites)
    total += uint64_t(site.getNumElements()) * site.layout.bits;
  std::vector<LoggedSite> logged;
  for (const Site &site : graph.sites) {
    LoggedSite &entry = logged.emplace_back();
    entry.id = site.id;
    entry.kind = stringifyKind(site.kind).str();
    entry.name = site.name;
    entry.format = site.layout.name();
    entry.numElements = site.getNumElements();
    entry.bits = site.layout.bits;
    entry.share = double(entry.numElements) * entry.bits / double(total);
  }
  return logged;
}

std::vector<double> timeSegments(const SegmentedProgram &program,
                                 InputRows &rows, int repeats) {
  const SegmentGraph &graph = program.getGraph();
  Workspace workspace = program.createWorkspace();
  const GoldenRun &golden = rows.getGolden(0, workspace);
  std::vector<double> times(graph.segments.size(), 0);
  for (size_t number = 0; number < graph.segments.size(); ++number) {
    const Segment &segment = graph.segments[number];
    if (segment.isConstant)
      continue;
    SmallVector<const char *> inputs;
    SmallVector<char *> outputs;
    std::vector<Buffer> buffers;
    for (int input : segment.inputs)
      inputs.push_back(program.getGolden(golden, input));
    for (int output : segment.outputs)
      outputs.push_back(
          buffers.emplace_back(graph.values[output].numBytes).get());
    times[number] = getLeastTime(
        repeats, [&] { program.run(number, inputs, outputs, workspace); });
  }
  return times;
}

Error runCampaign(const SegmentedProgram &program, InputRows &rows,
                  const Judge &judge, const CampaignOptions &options,
                  TrialLog &log) {
  return CampaignRun(program, rows, judge, options, log).run();
}

} // namespace edgebert::campaign
