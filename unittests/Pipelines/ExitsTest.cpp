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
      evaluateExits(recording, table, {200, std::nullopt, 0.9});
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
  outcome = evaluateExits(recording, table, {199, std::nullopt, 0.9});
  EXPECT_EQ(outcome.histogram, (std::vector<int64_t>{2, 0, 2}));
}

TEST(Exits, EndsAtThePredictedLayerAndSlowsDown) {
  ExitRecording recording = makeRecording();
  machine::EnergyTable table = Description::asic().energy;
  double layer =
      machine::energy::milliseconds(table, 1000000, table.operatingPoint);
  // Row 2 (entropy 300) is predicted from row 1, which leaves by exit 2.
  // Row 1 is predicted from row 2, which needs all three, but leaves before.
  ExitOutcome outcome = evaluateExits(recording, table, {200, 4 * layer, 1});
  EXPECT_EQ(outcome.histogram, (std::vector<int64_t>{2, 2, 0}));
  EXPECT_EQ(outcome.missed, 0);
  EXPECT_LT(outcome.volts, machine::energy::volts(table, table.operatingPoint));
  EXPECT_GT(outcome.p99, 2 * layer);
  ExitOutcome hurried = evaluateExits(recording, table, {200, 1.5 * layer, 1});
  EXPECT_EQ(hurried.histogram, outcome.histogram);
  EXPECT_EQ(hurried.missed, 2);
  EXPECT_DOUBLE_EQ(hurried.volts,
                   machine::energy::volts(table, table.operatingPoint));
  EXPECT_GT(hurried.microjoule, outcome.microjoule);
}
