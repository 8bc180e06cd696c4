//===- RandomInputs.h - what a fuzzer gives to a machine --------*- C++ -*-===//

#ifndef EDGEBERT_UNITTESTS_MACHINE_RANDOMINPUTS_H
#define EDGEBERT_UNITTESTS_MACHINE_RANDOMINPUTS_H

#include "edgebert/Machine/Description.h"
#include "edgebert/Machine/Registers.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace edgebert::machine {

class RandomInputs {
public:
  explicit RandomInputs(uint64_t seed) : rng(seed) {}

  uint64_t below(uint64_t n) { return rng() % n; }
  bool oneIn(unsigned n) { return below(n) == 0; }
  uint32_t any() { return uint32_t(rng()); }
  /// A number of any length.
  uint64_t anyLength() { return rng() >> below(64); }
  template <typename T, size_t n>
  T oneOf(const T (&values)[n]) {
    return values[below(n)];
  }

  /// A valid machine: a shipped one, or one with other parameters too.
  Description description();
  Description variation(Description desc);
  /// `text` with parts changed, moved and removed, and words that parsers trip
  /// over.
  std::string damaged(std::string text);
  /// The register log `file` with a damaged body of right size and checksum.
  std::string damagedFile(llvm::StringRef file);

  /// A value with which the register often makes sense, or just does not, with
  /// external memory around `external`.
  uint32_t plausible(Register reg, const Description &desc, uint32_t external);
  /// Register writes that start `command`, were it not for bad luck with their
  /// values.
  std::vector<std::pair<Register, uint32_t>>
  sequence(Command command, const Description &desc, uint32_t external);

private:
  /// A number a little above or below `limit`.
  uint32_t around(uint32_t limit) { return limit + uint32_t(below(9)) - 4; }

  std::mt19937_64 rng;
};

} // namespace edgebert::machine

#endif // EDGEBERT_UNITTESTS_MACHINE_RANDOMINPUTS_H
