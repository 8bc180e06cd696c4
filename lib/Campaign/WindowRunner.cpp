//===- WindowRunner.cpp - only what may differ, many trials at once -------===//
//
// A window of trials walks through the segments together. A trial keeps a copy
// of those values only that differ from the golden run of its input, and of
// each the set of rows that do. A segment runs for a trial if one of its inputs
// is such a value, where it has rows only on the rows that can change, those of
// several trials together; what comes out with the golden bits is dropped, and
// a trial that has nothing left is masked. Nothing is allocated once the pools
// are as large as the window needs.
//
//===----------------------------------------------------------------------===//

#include "LeastTime.h"
#include "WindowState.h"
#include <cmath>

using namespace llvm;

namespace edgebert::campaign {

namespace {

class WindowRunner : public TrialRunner {
public:
  WindowRunner(const CampaignProgram &campaign, int64_t window)
      : campaign(campaign), program(campaign.program),
        graph(program.getGraph()), workspace(program.createWorkspace()),
        pool(graph), window(window) {
    for (const Value &value : graph.values)
      rowCopies.emplace_back(value);
    for (size_t number = 0; number < graph.segments.size(); ++number)
      costs.push_back(measure(number));
  }

  void run(MutableArrayRef<TrialResult> results) override {
    for (size_t i = 0; i < results.size(); i += window)
      runWindow(results.slice(i, std::min<size_t>(window, results.size() - i)));
  }

private:
  /// Seconds of a segment and of its variant; the variant's are infinite if it
  /// has none that gives the same bits.
  struct Cost {
    double whole = 0, variant = std::numeric_limits<double>::infinity();
    bool hasVariant() const { return !std::isinf(variant); }
  };
  /// A row of a trial that a variant computes.
  struct Job {
    TrialState *trial;
    int64_t row;
  };

  Cost measure(int number);
  int64_t getNumRows(const Segment &segment) const;
  void runWindow(MutableArrayRef<TrialResult> results);
  ChangedValue &findOrAdd(TrialState &trial, int value);
  void strikeAll(TrialState &trial, int value);
  void runSegment(int number);
  void runWhole(int number, TrialState &trial);
  void runJobs(int number);
  void runRows(int number, ArrayRef<Job> jobs);
  bool needsWhole(int number, const TrialState &trial) const;
  void keepDifferences(TrialState &trial, int value, char *data);

  const char *getGolden(const TrialState &trial, int value) const {
    return program.getGolden(*trial.golden, value);
  }
  const char *get(const TrialState &trial, int value) const {
    const ChangedValue *changed = trial.find(value);
    return changed ? changed->data : getGolden(trial, value);
  }

  CampaignProgram campaign;
  const SegmentedProgram &program;
  const SegmentGraph &graph;
  Workspace workspace;
  BufferPool pool;
  int64_t window;
  std::vector<Cost> costs;
  std::vector<RowCopy> rowCopies;
  std::vector<TrialState> trials;
  // Scratch of one segment.
  std::vector<Job> jobs;
  SmallVector<const char *> inputs;
  SmallVector<char *> outputs;
};

int64_t WindowRunner::getNumRows(const Segment &segment) const {
  return graph.values[segment.outputs.front()].getNumRows();
}

/// Times choose between ways to the same bits, never between bits: a variant
/// whose rows are not those of the segment is not used.
WindowRunner::Cost WindowRunner::measure(int number) {
  const Segment &segment = graph.segments[number];
  Cost cost;
  if (segment.isConstant || !segment.variant)
    return cost;
  const GoldenRun &golden = campaign.rows.getGolden(0, workspace);
  int64_t numRows = segment.variant->numRows, available = getNumRows(segment);
  SmallVector<const char *> wholeInputs;
  std::vector<Buffer> buffers;
  inputs.clear();
  outputs.clear();
  SmallVector<char *> wholeOutputs;
  for (auto [input, byRows] :
       zip_equal(segment.inputs, segment.variant->byRows)) {
    const char *data = program.getGolden(golden, input);
    wholeInputs.push_back(data);
    if (!byRows) {
      inputs.push_back(data);
      continue;
    }
    Buffer &packed =
        buffers.emplace_back(rowCopies[input].getRowBytes() * numRows);
    for (int64_t row = 0; row < numRows; ++row)
      rowCopies[input].gather(data, row % available, packed.get(), row,
                              numRows);
    inputs.push_back(packed.get());
  }
  for (int output : segment.outputs) {
    wholeOutputs.push_back(
        buffers.emplace_back(graph.values[output].numBytes).get());
    outputs.push_back(
        buffers.emplace_back(rowCopies[output].getRowBytes() * numRows).get());
  }
  cost.whole = getLeastTime(
      3, [&] { program.run(number, wholeInputs, wholeOutputs, workspace); });
  double variant = getLeastTime(
      3, [&] { program.runVariant(number, inputs, outputs, workspace); });
  for (auto [output, packed] : zip_equal(segment.outputs, outputs))
    for (int64_t row = 0; row < numRows; ++row)
      if (graph.values[output].getNumRows() != available ||
          !rowCopies[output].isEqual(program.getGolden(golden, output),
                                     row % available, packed, row, numRows))
        return cost;
  cost.variant = variant;
  return cost;
}

/// The trial's own copy of `value`, golden if it had none.
ChangedValue &WindowRunner::findOrAdd(TrialState &trial, int value) {
  if (ChangedValue *changed = trial.find(value))
    return *changed;
  char *data = pool.take(value);
  std::memcpy(data, getGolden(trial, value), graph.values[value].numBytes);
  return trial.add(value, data, graph.values[value].getNumRows());
}

void WindowRunner::strikeAll(TrialState &trial, int value) {
  int number = graph.values[value].site;
  if (number < 0)
    return;
  TrialResult &result = *trial.result;
  ChangedValue *changed = nullptr;
  for (auto [fault, record] : zip_equal(result.trial.faults, result.records)) {
    if (fault.site != number)
      continue;
    changed = &findOrAdd(trial, value);
    record = campaign.fault.strike(graph.sites[number], fault,
                                   result.trial.number, changed->data);
    changed->rows.set(rowCopies[value].getRow(fault.element));
  }
  if (!changed)
    return;
  // A fault may have put the golden bits back.
  dropEqualRows(*changed, rowCopies[value], getGolden(trial, value));
  if (changed->rows.none())
    trial.drop(value, pool);
}

void WindowRunner::runWindow(MutableArrayRef<TrialResult> results) {
  trials.resize(results.size());
  for (auto [trial, result] : zip_equal(trials, results)) {
    trial.start(result, campaign.rows.getGolden(result.trial.row, workspace));
    result.records.assign(result.trial.faults.size(), {});
    result.lastSegment = -1;
  }
  for (size_t number = 0; number < graph.segments.size(); ++number)
    runSegment(number);
  // Inputs that are outputs and nothing else.
  for (int value : graph.outputValues)
    if (graph.values[value].producer < 0 && graph.values[value].readers.empty())
      for (TrialState &trial : trials)
        strikeAll(trial, value);
  for (TrialState &trial : trials) {
    inputs.clear();
    SmallVector<const char *> right;
    for (int value : graph.outputValues) {
      inputs.push_back(get(trial, value));
      right.push_back(getGolden(trial, value));
    }
    campaign.judge.judge(inputs, right, *trial.result);
    trial.dropAll(pool);
  }
}

/// Whether all rows of a segment depend on what differs.
bool WindowRunner::needsWhole(int number, const TrialState &trial) const {
  const Segment &segment = graph.segments[number];
  if (!costs[number].hasVariant())
    return true;
  for (auto [input, byRows] :
       zip_equal(segment.inputs, segment.variant->byRows))
    if (trial.find(input) && (!byRows || graph.values[input].isConstant))
      return true;
  return false;
}

void WindowRunner::runSegment(int number) {
  const Segment &segment = graph.segments[number];
  // Inputs and weights are struck when they are first read.
  for (int input : segment.inputs)
    if (graph.values[input].producer < 0 &&
        graph.values[input].readers.front() == number)
      for (TrialState &trial : trials)
        strikeAll(trial, input);
  jobs.clear();
  for (TrialState &trial : trials) {
    if (none_of(segment.inputs, [&](int input) { return trial.find(input); }))
      continue;
    trial.result->lastSegment = number;
    if (needsWhole(number, trial)) {
      runWhole(number, trial);
      continue;
    }
    BitVector rows;
    for (int input : segment.inputs)
      if (const ChangedValue *value = trial.find(input))
        rows |= value->rows;
    double groups =
        std::ceil(double(rows.count()) / double(segment.variant->numRows));
    // Alone, rows of one run are not worth their copies if most change; rows
    // of a batch of one always wait for those of other trials.
    if (rows.size() > 1 &&
        groups * costs[number].variant > costs[number].whole) {
      runWhole(number, trial);
      continue;
    }
    for (unsigned row : rows.set_bits())
      jobs.push_back({&trial, row});
  }
  if (!jobs.empty())
    runJobs(number);
  // Rows were collected value by value; now what is equal can go.
  for (TrialState &trial : trials)
    for (int output : segment.outputs) {
      if (ChangedValue *changed = trial.find(output))
        if (changed->rows.none())
          trial.drop(output, pool);
      strikeAll(trial, output);
    }
  // Values that nobody reads any more.
  for (int input : segment.inputs)
    if (graph.values[input].readers.back() == number &&
        !graph.values[input].isOutput)
      for (TrialState &trial : trials)
        trial.drop(input, pool);
}

/// Runs `jobs`: rows of trials that agree on what is passed as a whole run
/// together.
void WindowRunner::runJobs(int number) {
  const Segment &segment = graph.segments[number];
  auto getShared = [&](const Job &job) {
    SmallVector<const char *, 4> shared;
    for (auto [input, byRows] :
         zip_equal(segment.inputs, segment.variant->byRows))
      if (!byRows)
        shared.push_back(get(*job.trial, input));
    return shared;
  };
  bool allShared = all_of(
      zip_equal(segment.inputs, segment.variant->byRows), [&](auto pair) {
        return std::get<1>(pair) || graph.values[std::get<0>(pair)].isConstant;
      });
  if (!allShared)
    llvm::sort(jobs, [&](const Job &lhs, const Job &rhs) {
      return std::make_tuple(lhs.trial->golden, lhs.trial, lhs.row) <
             std::make_tuple(rhs.trial->golden, rhs.trial, rhs.row);
    });
  size_t first = 0;
  for (size_t i = 1; i <= jobs.size(); ++i) {
    bool full = i - first == size_t(segment.variant->numRows);
    if (i < jobs.size() && !full &&
        (allShared || jobs[i].trial == jobs[first].trial ||
         getShared(jobs[i]) == getShared(jobs[first])))
      continue;
    runRows(number, ArrayRef(jobs).slice(first, i - first));
    first = i;
  }
}

/// Keeps `data` as the trial's value unless it is golden.
void WindowRunner::keepDifferences(TrialState &trial, int value, char *data) {
  ChangedValue &changed =
      trial.add(value, data, graph.values[value].getNumRows());
  changed.rows.set();
  dropEqualRows(changed, rowCopies[value], getGolden(trial, value));
}

void WindowRunner::runWhole(int number, TrialState &trial) {
  const Segment &segment = graph.segments[number];
  inputs.clear();
  outputs.clear();
  for (int input : segment.inputs)
    inputs.push_back(get(trial, input));
  for (int output : segment.outputs)
    outputs.push_back(pool.take(output));
  program.run(number, inputs, outputs, workspace);
  for (auto [output, data] : zip_equal(segment.outputs, outputs))
    keepDifferences(trial, output, data);
}

void WindowRunner::runRows(int number, ArrayRef<Job> group) {
  const Segment &segment = graph.segments[number];
  const RowVariant &variant = *segment.variant;
  // A few runs of a program of one row may be cheaper one by one.
  if (getNumRows(segment) == 1 &&
      double(group.size()) * costs[number].whole < costs[number].variant) {
    for (const Job &job : group)
      runWhole(number, *job.trial);
    return;
  }
  inputs.clear();
  outputs.clear();
  SmallVector<std::pair<int, char *>> taken;
  for (auto [i, input] : enumerate(segment.inputs)) {
    if (!variant.byRows[i]) {
      inputs.push_back(get(*group[0].trial, input));
      continue;
    }
    char *packed = pool.takeRows(input, variant.numRows);
    taken.push_back({input, packed});
    const RowCopy &copy = rowCopies[input];
    // Rows that nobody needs are the first one again.
    for (int64_t i = 0; i < variant.numRows; ++i) {
      const Job &job = group[i < int64_t(group.size()) ? i : 0];
      copy.gather(get(*job.trial, input), job.row, packed, i, variant.numRows);
    }
    inputs.push_back(packed);
  }
  for (int output : segment.outputs) {
    outputs.push_back(pool.takeRows(output, variant.numRows));
    taken.push_back({output, outputs.back()});
  }
  program.runVariant(number, inputs, outputs, workspace);
  for (auto [output, packed] : zip_equal(segment.outputs, outputs)) {
    const RowCopy &copy = rowCopies[output];
    for (auto [i, job] : enumerate(group)) {
      const char *golden = getGolden(*job.trial, output);
      if (copy.isEqual(golden, job.row, packed, i, variant.numRows))
        continue;
      ChangedValue &changed = findOrAdd(*job.trial, output);
      copy.scatter(packed, i, variant.numRows, changed.data, job.row);
      changed.rows.set(job.row);
    }
  }
  for (auto [value, data] : taken)
    pool.giveRows(value, data);
}

} // namespace

std::unique_ptr<TrialRunner> createWindowRunner(const CampaignProgram &campaign,
                                                int64_t window) {
  return std::make_unique<WindowRunner>(campaign, window);
}

} // namespace edgebert::campaign
