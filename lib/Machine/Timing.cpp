//===- Timing.cpp - cycles of the accelerator -------------------*- C++ -*-===//

#include "edgebert/Machine/Timing.h"

namespace edgebert::machine::timing {

uint64_t matmul(const Description &desc, unsigned n0, unsigned n1, unsigned m,
                Precision operands) {
  uint64_t blocks = uint64_t(n0 / 16) * (n1 / 16);
  uint64_t tiles = m / codesPerVector(operands);
  uint64_t cycles;
  if (tiles >= 2) {
    cycles = 33 + 33 * tiles + (blocks - 1) * (33 * tiles + 8);
  } else {
    static constexpr uint64_t few[] = {66, 99, 146};
    cycles = blocks <= 3 ? few[blocks - 1] : 147 + 43 * (blocks - 3);
  }
  // All tiles but the first are received while another is computed with.
  if (desc.overlapReceive)
    cycles -= 16 * (blocks * tiles - 1);
  return cycles;
}

uint64_t skipped(unsigned n0, unsigned n1, llvm::ArrayRef<ZeroCounts> a,
                 llvm::ArrayRef<ZeroCounts> b) {
  // Each tile of operand 0 meets every row of operand 1 in its column.
  uint64_t cycles = 0;
  for (size_t t = 0; t < a.size(); ++t)
    cycles += a[t].tiles * n1 + (uint64_t(n0 / 16) - a[t].tiles) * b[t].vectors;
  return cycles;
}

uint64_t gatedPairs(unsigned n0, unsigned n1, llvm::ArrayRef<ZeroCounts> a,
                    llvm::ArrayRef<ZeroCounts> b) {
  uint64_t pairs = 0;
  for (size_t t = 0; t < a.size(); ++t)
    pairs += uint64_t(n0) * n1 - (n0 - a[t].vectors) * (n1 - b[t].vectors);
  return pairs;
}

uint64_t layerNorm(unsigned vectors, unsigned timesteps) {
  uint64_t v = vectors, t = timesteps;
  return v >= 2 ? t * (47 * v + 2) + 2 : 50 * t + 1;
}

uint64_t softmax(unsigned vectors, unsigned timesteps) {
  uint64_t v = vectors, t = timesteps;
  return v >= 2 ? t * (58 * v + 1) + 2 : 60 * t + 1;
}

uint64_t skippedSoftmax(unsigned vectors, unsigned timesteps) {
  return uint64_t(vectors) * 11 + uint64_t(vectors) * timesteps + 2;
}

uint64_t elemAdd(unsigned vectors, unsigned timesteps) {
  return uint64_t(timesteps) * (36 * uint64_t(vectors) + 2) + 1;
}

uint64_t entropy(unsigned vectors) { return 34 * uint64_t(vectors) + 4; }

/// Cycles of `words` single transfers, a fixed part, and a part per further
/// burst. An empty transfer raises its interrupt at once.
static uint64_t transfer(const Description &desc, uint64_t words,
                         uint64_t beats, uint64_t fixed, uint64_t perBurst) {
  if (beats == 0)
    return 1;
  uint64_t bursts = (beats + desc.burstBeats - 1) / desc.burstBeats;
  return words + fixed + perBurst * (bursts - 1);
}

/// The bus's transfers of `beats` x 8 bytes.
static uint64_t busWords(const Description &desc, uint64_t beats) {
  return (8 * beats + desc.busBytes - 1) / desc.busBytes;
}

uint64_t dataLoad(const Description &desc, uint64_t beats) {
  return transfer(desc, busWords(desc, beats), beats, 6, 5);
}
uint64_t dataStore(const Description &desc, uint64_t beats) {
  return transfer(desc, busWords(desc, beats), beats, 13, 12);
}
uint64_t auxStore(const Description &desc, uint64_t beats) {
  return transfer(desc, busWords(desc, beats), beats, 11, 10);
}
uint64_t maskLoad(const Description &desc, uint64_t beats) {
  return transfer(desc, 4 * beats, beats, 6, 5);
}
uint64_t maskStore(const Description &desc, uint64_t beats) {
  return transfer(desc, 4 * beats, beats, 13, 12);
}

} // namespace edgebert::machine::timing
