//===- CommandFuzz.h - anything at all, done to machines --------*- C++ -*-===//
//
// No sequence of register accesses, no machine and no text is undefined: a
// round picks some at random, and says what went wrong. Sanitizers and asserts
// say the rest.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_UNITTESTS_MACHINE_COMMANDFUZZ_H
#define EDGEBERT_UNITTESTS_MACHINE_COMMANDFUZZ_H

#include "RandomInputs.h"

#include "edgebert/Machine/Machine.h"

namespace edgebert::machine {

/// What the rounds have done.
struct FuzzCounts {
  uint64_t machines = 0, accesses = 0, refusals = 0, replays = 0;
  /// Commands that ran, by number.
  std::array<uint64_t, kNumCommands> commands{};
  /// Texts and files that were read, and that were refused.
  uint64_t accepted = 0, rejected = 0;

  void print(llvm::raw_ostream &os) const;
};

/// Each returns what is wrong, or the empty string; the same for the same
/// `seed`.

/// Accesses of a machine; of `desc`, or of a random one.
std::string fuzzCommands(uint64_t seed, FuzzCounts &counts,
                         const Description *desc = nullptr);
/// Damaged descriptions of machines.
std::string fuzzDescriptions(uint64_t seed, FuzzCounts &counts);
/// Damaged register logs, as files and as text.
std::string fuzzLogs(uint64_t seed, FuzzCounts &counts);

/// One of these.
std::string fuzz(uint64_t seed, FuzzCounts &counts);

} // namespace edgebert::machine

#endif // EDGEBERT_UNITTESTS_MACHINE_COMMANDFUZZ_H
