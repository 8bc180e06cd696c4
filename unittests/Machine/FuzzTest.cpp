//===- FuzzTest.cpp - no sequence, machine or text is undefined -----------===//
//
// A few seconds of what EdgeBERTCommandFuzzer does for as long as one likes.
//
//===----------------------------------------------------------------------===//

#include "CommandFuzz.h"

#include "gtest/gtest.h"

#include <chrono>

using namespace edgebert::machine;

namespace {

class Fuzz : public testing::TestWithParam<const char *> {};

TEST_P(Fuzz, AnySequence) {
  Description desc = llvm::cantFail(Description::named(GetParam()));
  FuzzCounts counts;
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(4);
  for (uint64_t seed = 1;
       seed <= 600 && std::chrono::steady_clock::now() < deadline; ++seed) {
    std::string wrong = fuzzCommands(seed, counts, &desc);
    ASSERT_EQ(wrong, "") << "seed " << seed;
  }
  EXPECT_GT(counts.refusals, 100u);
  // The generator reaches every command.
  for (unsigned command = 1; command < kNumCommands; ++command)
    EXPECT_GT(counts.commands[command], 3u) << commandName(command).str();
}

INSTANTIATE_TEST_SUITE_P(Both, Fuzz, testing::Values("rtl", "asic"));

TEST(FuzzMachines, AnyDescription) {
  FuzzCounts counts;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::string wrong = fuzzCommands(seed, counts);
    ASSERT_EQ(wrong, "") << "seed " << seed;
  }
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    std::string wrong = fuzzDescriptions(seed, counts);
    ASSERT_EQ(wrong, "") << "seed " << seed;
  }
  EXPECT_GT(counts.accepted, 100u);
  EXPECT_GT(counts.rejected, 100u);
}

TEST(FuzzMachines, AnyLog) {
  FuzzCounts counts;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    std::string wrong = fuzzLogs(seed, counts);
    ASSERT_EQ(wrong, "") << "seed " << seed;
  }
  EXPECT_GT(counts.accepted, 100u);
  EXPECT_GT(counts.rejected, 100u);
}

} // namespace
