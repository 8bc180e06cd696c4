//===- Protection.cpp - storage that notices faults -----------------------===//

#include "edgebert/Numerics/Protection.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

using namespace edgebert::numerics;

static constexpr std::pair<Protection, llvm::StringLiteral> kNames[] = {
    {Protection::None, "none"},
    {Protection::Parity, "parity"},
    {Protection::Secded, "secded"},
    {Protection::Tmr, "tmr"}};

llvm::StringRef edgebert::numerics::stringifyProtection(Protection protection) {
  for (auto [candidate, name] : kNames)
    if (candidate == protection)
      return name;
  llvm_unreachable("unknown protection");
}

static bool parityOf(uint64_t bits) { return llvm::popcount(bits) & 1; }

//===----------------------------------------------------------------------===//
// Hamming
//===----------------------------------------------------------------------===//
//
// Positions count from 1; those that are powers of two hold check bits, each
// the parity of the positions that have its bit. So the syndrome of one flip is
// its position. Position 0 holds the parity of everything.

/// The position of data bit `bit`: the (bit + 1)st that is no power of two.
static unsigned getHammingPosition(unsigned bit) {
  unsigned position = 2;
  for (unsigned seen = 0; seen <= bit;)
    if (!llvm::isPowerOf2_32(++position))
      ++seen;
  return position;
}

static uint64_t encodeHamming(unsigned bits, uint32_t word) {
  uint64_t stored = 0;
  unsigned syndrome = 0;
  for (unsigned bit = 0; bit < bits; ++bit) {
    if (!(word >> bit & 1))
      continue;
    unsigned position = getHammingPosition(bit);
    stored |= uint64_t(1) << position;
    syndrome ^= position;
  }
  for (unsigned check = 0; syndrome >> check; ++check)
    if (syndrome >> check & 1)
      stored |= uint64_t(1) << (1u << check);
  return stored | uint64_t(parityOf(stored));
}

static Readout decodeHamming(unsigned bits, uint64_t stored) {
  unsigned width = getStoredWidth(Protection::Secded, bits), syndrome = 0;
  for (unsigned position = 1; position < width; ++position)
    if (stored >> position & 1)
      syndrome ^= position;
  bool odd = parityOf(stored);
  Readout readout;
  readout.detected = odd || syndrome;
  // An odd number of flips is taken for one; a syndrome beyond the last
  // position says that there were more.
  if (odd && syndrome < width) {
    readout.corrected = true;
    stored ^= uint64_t(1) << syndrome;
  }
  for (unsigned bit = 0; bit < bits; ++bit)
    readout.word |= uint32_t(stored >> getHammingPosition(bit) & 1) << bit;
  return readout;
}

//===----------------------------------------------------------------------===//
// All codes
//===----------------------------------------------------------------------===//

unsigned edgebert::numerics::getStoredWidth(Protection protection,
                                            unsigned bits) {
  switch (protection) {
  case Protection::None:
    return bits;
  case Protection::Parity:
    return bits + 1;
  case Protection::Secded:
    return getHammingPosition(bits - 1) + 1;
  case Protection::Tmr:
    return 3 * bits;
  }
  llvm_unreachable("unknown protection");
}

unsigned edgebert::numerics::getStoredPosition(Protection protection,
                                               unsigned bit) {
  return protection == Protection::Secded ? getHammingPosition(bit) : bit;
}

StoredBits edgebert::numerics::protect(Protection protection, unsigned bits,
                                       uint32_t word) {
  word &= llvm::maskTrailingOnes<uint32_t>(bits);
  switch (protection) {
  case Protection::None:
    return word;
  case Protection::Parity:
    return word | StoredBits(parityOf(word)) << bits;
  case Protection::Secded:
    return encodeHamming(bits, word);
  case Protection::Tmr:
    return word | StoredBits(word) << bits | StoredBits(word) << 2 * bits;
  }
  llvm_unreachable("unknown protection");
}

Readout edgebert::numerics::readProtected(Protection protection, unsigned bits,
                                          StoredBits stored) {
  Readout readout;
  readout.word = uint32_t(stored) & llvm::maskTrailingOnes<uint32_t>(bits);
  switch (protection) {
  case Protection::None:
    return readout;
  case Protection::Parity:
    readout.detected = parityOf(uint64_t(stored));
    return readout;
  case Protection::Secded:
    return decodeHamming(bits, uint64_t(stored));
  case Protection::Tmr: {
    uint32_t a = readout.word,
             b = uint32_t(stored >> bits) &
                 llvm::maskTrailingOnes<uint32_t>(bits),
             c = uint32_t(stored >> 2 * bits) &
                 llvm::maskTrailingOnes<uint32_t>(bits);
    readout.word = (a & b) | (a & c) | (b & c);
    readout.detected = a != b || a != c;
    readout.corrected = readout.detected;
    return readout;
  }
  }
  llvm_unreachable("unknown protection");
}
