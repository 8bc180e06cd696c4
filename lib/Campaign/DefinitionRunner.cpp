//===- DefinitionRunner.cpp - what a trial is -----------------------------===//

#include "edgebert/Campaign/TrialRunner.h"
#include <cstring>

using namespace llvm;

namespace edgebert::campaign {

namespace {

class DefinitionRunner : public TrialRunner {
public:
  explicit DefinitionRunner(const CampaignProgram &campaign)
      : campaign(campaign), graph(campaign.program.getGraph()),
        workspace(campaign.program.createWorkspace()) {}

  void run(MutableArrayRef<TrialResult> results) override {
    for (TrialResult &result : results)
      run(result);
  }

private:
  void run(TrialResult &result);
  void strikeAll(TrialResult &result, int value);

  CampaignProgram campaign;
  const SegmentGraph &graph;
  Workspace workspace;
  /// This run's values; null for a constant that is as it was.
  std::vector<Buffer> values;
};

/// Applies the faults that hit `value`; a constant is copied first.
void DefinitionRunner::strikeAll(TrialResult &result, int value) {
  int number = graph.values[value].site;
  if (number < 0)
    return;
  for (auto [fault, record] : zip_equal(result.trial.faults, result.records)) {
    if (fault.site != number)
      continue;
    if (!values[value].get()) {
      values[value] = Buffer(graph.values[value].numBytes);
      std::memcpy(values[value].get(), campaign.program.getConstant(value),
                  graph.values[value].numBytes);
    }
    record = campaign.fault.strike(graph.sites[number], fault,
                                   result.trial.number, values[value].get());
  }
}

void DefinitionRunner::run(TrialResult &result) {
  result.records.assign(result.trial.faults.size(), {});
  values.clear();
  values.resize(graph.values.size());
  auto get = [&](int value) -> const char * {
    return values[value].get() ? values[value].get()
                               : campaign.program.getConstant(value);
  };
  for (auto [value, data] : zip_equal(
           graph.inputValues, campaign.rows.getInputs(result.trial.row))) {
    values[value] = Buffer(graph.values[value].numBytes);
    std::memcpy(values[value].get(), data, graph.values[value].numBytes);
  }
  for (size_t value = 0; value < graph.values.size(); ++value)
    if (graph.values[value].producer < 0)
      strikeAll(result, value);
  result.lastSegment = -1;
  const GoldenRun &golden =
      campaign.rows.getGolden(result.trial.row, workspace);
  for (size_t number = 0; number < graph.segments.size(); ++number) {
    const Segment &segment = graph.segments[number];
    // Constants are computed again only if a fault is in what they are made of.
    bool changed = any_of(segment.inputs, [&](int input) {
      return values[input].get() &&
             std::memcmp(values[input].get(),
                         campaign.program.getGolden(golden, input),
                         graph.values[input].numBytes);
    });
    if (segment.isConstant && !changed) {
      for (int output : segment.outputs)
        strikeAll(result, output);
      continue;
    }
    SmallVector<const char *> inputs;
    SmallVector<char *> outputs;
    for (int input : segment.inputs)
      inputs.push_back(get(input));
    for (int output : segment.outputs) {
      values[output] = Buffer(graph.values[output].numBytes);
      outputs.push_back(values[output].get());
    }
    campaign.program.run(number, inputs, outputs, workspace);
    if (changed)
      result.lastSegment = number;
    for (int output : segment.outputs)
      strikeAll(result, output);
  }
  SmallVector<const char *> found, right;
  for (int value : graph.outputValues) {
    found.push_back(get(value));
    right.push_back(campaign.program.getGolden(golden, value));
  }
  campaign.judge.judge(found, right, result);
}

} // namespace

std::unique_ptr<TrialRunner>
createDefinitionRunner(const CampaignProgram &campaign) {
  return std::make_unique<DefinitionRunner>(campaign);
}

} // namespace edgebert::campaign
