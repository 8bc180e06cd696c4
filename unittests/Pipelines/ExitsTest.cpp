//===- ExitsTest.cpp - entropy by registers, exits from a recording -------===//

#include "edgebert/Machine/Energy.h"
#include "edgebert/Pipelines/EarlyExit.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace edgebert;
using machine::Description;

/// Of softmax(logits), in nats.
static double exactEntropy(llvm::ArrayRef<float> logits) {
  double largest = logits[0], sum = 0, weighted = 0;
  for (float x : logits)
    largest = std::max(largest, double(x));
  for (float x : logits) {
    sum += std::exp(x - largest);
    weighted += (x - largest) * std::exp(x - largest);
  }
  return std::log(sum) - weighted / sum;
}

TEST(EntropyUnit, PaddingTakesNoPart) {
  EntropyUnit unit(Description::asic());
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    size_t classes = 1 + random() % 40;
    // Beyond 7.5 the logits are moved; beyond 32, 16 bits would wrap.
    float range = std::uniform_real_distribution<float>(0.1f, 40)(random);
    std::uniform_real_distribution<float> logit(-range, range);
    std::vector<float> logits(classes), rounded(classes);
    for (float &x : logits)
      x = random() % 8 ? logit(random) : 0;
    auto result = unit.run(logits, 0);
    ASSERT_TRUE(bool(result)) << llvm::toString(result.takeError());
    // 4 mantissa bits of the logits, 0.8 % of EXP and LOG: the error grows
    // with the logits near the largest, at most about 4 of them.
    double error =
        std::fabs(result->entropy.entropy / 1024.0 - exactEntropy(logits));
    EXPECT_LE(error, 0.12) << classes << " classes within " << range;
  }
}

TEST(EntropyUnit, TwoClasses) {
  EntropyUnit unit(Description::asic());
  for (float difference : {0.f, 0.5f, 1.f, 2.f, 4.f, 7.f, 12.f, 60.f})
    for (float first : {-7.f, 0.f, 3.f, 100.f}) {
      float logits[] = {first, first - difference};
      auto result = unit.run(logits, 100);
      ASSERT_TRUE(bool(result)) << llvm::toString(result.takeError());
      double entropy = result->entropy.entropy / 1024.0;
      EXPECT_NEAR(entropy, exactEntropy(logits), 0.07)
          << first << " " << difference;
      EXPECT_EQ(result->entropy.below, result->entropy.entropy <= 100);
    }
}

TEST(EntropyUnit, CostsTransfersRegistersAndTheUnit) {
  EntropyUnit unit(Description::asic());
  auto result = unit.run({1.f, -1.f}, 0);
  ASSERT_TRUE(bool(result)) << llvm::toString(result.takeError());
  EXPECT_EQ(result->stats.commands[unsigned(machine::Command::Entropy)], 1u);
  EXPECT_EQ(result->stats.commands[unsigned(machine::Command::MaskLoad)], 1u);
  EXPECT_EQ(result->stats.commands[unsigned(machine::Command::InputLoad)], 1u);
  EXPECT_EQ(result->stats.registerReads, 1u);
  EXPECT_GT(result->stats.totalCycles(), 34u + 4u);
}

TEST(EntropyUnit, Errors) {
  EntropyUnit unit(Description::asic());
  auto none = unit.run({}, 0);
  ASSERT_FALSE(bool(none));
  EXPECT_EQ(llvm::toString(none.takeError()),
            "entropy: expected 1 to 4080 logits, found 0");
  auto nan = unit.run({1.f, NAN}, 0);
  ASSERT_FALSE(bool(nan));
  EXPECT_EQ(llvm::toString(nan.takeError()),
            "entropy: expected finite logits, found one that is not");
}

/// Four rows of three exits and two classes; 1000 cycles a layer.
static ExitRecording makeRecording() {
  ExitRecording recording;
  recording.rows = 4;
  recording.exits = 3;
  recording.classes = 2;
  recording.entropies = {100, 50,  20,  300, 200, 100,
                         300, 310, 305, 100, 90,  80};
  for (int row = 0; row < 4; ++row)
    for (int exit = 0; exit < 3; ++exit) {
      recording.cycles.push_back(1000000 * (exit + 1));
      recording.busy.push_back(500000 * (exit + 1));
      // Exit 0 says 1, the others 0.
      recording.logits.push_back(exit ? 1 : -1);
      recording.logits.push_back(exit ? -1 : 1);
    }
  recording.labels = {1, 0, 0, 0};
  return recording;
}

TEST(Exits, LeavesAtTheFirstSmallEntropy) {
  ExitRecording recording = makeRecording();
  machine::EnergyTable table = Description::asic().energy;
  ExitOutcome outcome =
      evaluateExits(recording, table, {200, std::nullopt, 0.9, nullptr});
  // Equal to the threshold leaves; the last exit takes what is left.
  EXPECT_EQ(outcome.histogram, (std::vector<int64_t>{2, 1, 1}));
  EXPECT_DOUBLE_EQ(outcome.meanExit, 7.0 / 4);
  EXPECT_EQ(outcome.correct, 3);
  EXPECT_EQ(outcome.missed, 0);
  double layer =
      machine::energy::milliseconds(table, 1000000, table.operatingPoint);
  EXPECT_DOUBLE_EQ(outcome.p50, layer);
  EXPECT_NEAR(outcome.p95, 3 * layer, 1e-9);
  // One unit less: row 1 goes on.
  outcome = evaluateExits(recording, table, {199, std::nullopt, 0.9, nullptr});
  EXPECT_EQ(outcome.histogram, (std::vector<int64_t>{2, 0, 2}));
}

TEST(Exits, EndsAtThePredictedLayerAndSlowsDown) {
  ExitRecording recording = makeRecording();
  machine::EnergyTable table = Description::asic().energy;
  double layer =
      machine::energy::milliseconds(table, 1000000, table.operatingPoint);
  // Row 2 (entropy 300) is predicted from row 1, which leaves by exit 2.
  // Row 1 is predicted from row 2, which needs all three, but leaves before.
  ExitOutcome outcome =
      evaluateExits(recording, table, {200, 4 * layer, 1, nullptr});
  EXPECT_EQ(outcome.histogram, (std::vector<int64_t>{2, 2, 0}));
  EXPECT_EQ(outcome.missed, 0);
  EXPECT_LT(outcome.volts, machine::energy::volts(table, table.operatingPoint));
  EXPECT_GT(outcome.p99, 2 * layer);
  ExitOutcome hurried =
      evaluateExits(recording, table, {200, 1.5 * layer, 1, nullptr});
  EXPECT_EQ(hurried.histogram, outcome.histogram);
  EXPECT_EQ(hurried.missed, 2);
  EXPECT_DOUBLE_EQ(hurried.volts,
                   machine::energy::volts(table, table.operatingPoint));
  EXPECT_GT(hurried.microjoule, outcome.microjoule);
}

TEST(Exits, TableOfAnotherRecording) {
  ExitRecording recording = makeRecording();
  machine::EnergyTable energy = Description::asic().energy;
  // All rows: those near 300 need up to 3 exits, none near 600 is known.
  ExitTable table(recording, 200, 1);
  EXPECT_EQ(table.predicted[300 / 64], 3);
  EXPECT_EQ(table.predicted[600 / 64], 3);
  EXPECT_EQ(table.cycles, (std::vector<int64_t>{1000000, 1000000, 2000000}));
  // Half of them have left by exit 2.
  ExitTable half(recording, 200, 0.5);
  EXPECT_EQ(half.predicted[300 / 64], 2);
  ExitOutcome outcome = evaluateExits(recording, energy, {200, 40, 1, &half});
  EXPECT_EQ(outcome.histogram, (std::vector<int64_t>{2, 2, 0}));
  std::vector<execution::NamedArray> inputs = half.getInputs();
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(inputs[0].array.shape[1], 64);
  EXPECT_EQ(inputs[0].array.as<int64_t>()[300 / 64], 2);
  EXPECT_EQ(inputs[1].array.as<int64_t>()[2], 2000000);
}

TEST(ExitRules, ThresholdsRoundAndSaturate) {
  EXPECT_EQ(accel::exits::toThreshold(0.2f), 205);
  EXPECT_EQ(accel::exits::toThreshold(-0.2f), -205);
  // To even.
  EXPECT_EQ(accel::exits::toThreshold(1.5f / 1024), 2);
  EXPECT_EQ(accel::exits::toThreshold(2.5f / 1024), 2);
  EXPECT_EQ(accel::exits::toThreshold(40), 32767);
  EXPECT_EQ(accel::exits::toThreshold(-INFINITY), -32768);
  EXPECT_EQ(accel::exits::toThreshold(NAN), -32768);
}

TEST(ExitRules, Bins) {
  EXPECT_EQ(accel::exits::getBin(-5), 0u);
  EXPECT_EQ(accel::exits::getBin(63), 0u);
  EXPECT_EQ(accel::exits::getBin(64), 1u);
  EXPECT_EQ(accel::exits::getBin(64 * 63 - 1), 62u);
  EXPECT_EQ(accel::exits::getBin(32767), 63u);
}

TEST(ExitRules, LowestPointInTime) {
  machine::EnergyTable table = Description::asic().energy;
  // 77 to 717 MHz in 15 steps; 0.717 M cycles are 1 ms at the highest.
  const int64_t elapsed = 717000;
  EXPECT_EQ(accel::exits::choosePoint(table, elapsed, 77000, 2), 0u);
  EXPECT_EQ(accel::exits::choosePoint(table, elapsed, 77001, 2), 1u);
  EXPECT_EQ(accel::exits::choosePoint(table, elapsed, 716000, 2), 15u);
  EXPECT_EQ(accel::exits::choosePoint(table, elapsed, 9000000, 2), 15u);
  // No time left.
  EXPECT_EQ(accel::exits::choosePoint(table, elapsed, 1, 1), 15u);
  EXPECT_EQ(accel::exits::choosePoint(table, elapsed, 1, 0.5), 15u);
}

TEST(RowCosts, CountAtThePointsOfEachPart) {
  machine::Machine chip(Description::asic());
  const machine::EnergyTable &table = chip.description().energy;
  auto work = [&](uint64_t elements) {
    uint64_t before = chip.stats().totalCycles();
    chip.addHostWork(machine::HostWork::Op, elements);
    return int64_t(chip.stats().totalCycles() - before);
  };
  auto select = [&](unsigned point) {
    machine::DvfsConfig config;
    auto selectors = machine::energy::selectorsOf(table, point);
    config.dco.fill(selectors.dco);
    config.ldo.fill(selectors.ldo);
    ASSERT_TRUE(bool(chip.runDvfs(config)));
  };
  RowCosts costs(chip);
  int64_t fast = work(1000);
  select(3);
  int64_t slow = work(5000);
  select(table.operatingPoint);
  costs.endRow();
  work(700);
  int64_t total = int64_t(chip.stats().totalCycles());
  costs.endRow();
  using machine::energy::milliseconds;
  unsigned top = table.operatingPoint;
  // Command 12 itself takes a few cycles.
  EXPECT_NEAR(costs.milliseconds[0],
              milliseconds(table, fast, top) + milliseconds(table, slow, 3),
              milliseconds(table, 20, 3));
  EXPECT_NEAR(costs.milliseconds[1],
              milliseconds(table, total - fast - slow, top),
              milliseconds(table, 20, top));
  EXPECT_EQ(costs.volts[0], machine::energy::volts(table, 3));
  EXPECT_EQ(costs.volts[1], machine::energy::volts(table, top));
  EXPECT_LT(costs.microjoule[0],
            getMicrojoule(table, fast + slow + 20, 0, top) + 1);
}
