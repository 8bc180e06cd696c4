//===- CommandFuzzer.cpp - fuzz for as long as one likes ------------------===//
//
// Ends with status 1 at the first round in which something is wrong, and says
// how to repeat it. tools/dev fuzz runs it with sanitizers.
//
//===----------------------------------------------------------------------===//

#include "CommandFuzz.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

#include <chrono>

namespace cl = llvm::cl;

static cl::OptionCategory category("fuzzer options");
static cl::opt<unsigned> seconds("seconds", cl::init(10), cl::cat(category),
                                 cl::desc("How long to go on"));
static cl::opt<uint64_t> seed("seed", cl::init(1), cl::cat(category),
                              cl::desc("The first round's seed; each round "
                                       "takes the next"));
static cl::opt<uint64_t> rounds("rounds", cl::init(UINT64_MAX),
                                cl::cat(category), cl::desc("The most rounds"));
static cl::opt<bool> verbose("verbose", cl::cat(category),
                             cl::desc("Print each round's seed before it"));

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Fuzzer of machines\n");
  using Clock = std::chrono::steady_clock;
  auto end = Clock::now() + std::chrono::seconds(seconds);
  auto report = Clock::now() + std::chrono::minutes(1);
  edgebert::machine::FuzzCounts counts;
  uint64_t round = 0;
  for (; round < rounds && Clock::now() < end; ++round) {
    if (verbose)
      llvm::errs() << "seed " << seed + round << '\n';
    if (std::string wrong = edgebert::machine::fuzz(seed + round, counts);
        !wrong.empty()) {
      llvm::errs() << "error: seed " << seed + round << ": " << wrong
                   << "\nrepeat with --rounds=1 --seed=" << seed + round
                   << '\n';
      return 1;
    }
    if (Clock::now() > report) {
      counts.print(llvm::outs());
      llvm::outs().flush();
      report += std::chrono::minutes(1);
    }
  }
  llvm::outs() << round << " rounds from seed " << seed << ", nothing wrong: ";
  counts.print(llvm::outs());
  return 0;
}
