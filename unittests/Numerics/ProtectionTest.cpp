//===- ProtectionTest.cpp - every flip of every word ----------------------===//

#include "edgebert/Numerics/Protection.h"
#include "gtest/gtest.h"

using namespace edgebert::numerics;

static StoredBits bitAt(unsigned position) { return StoredBits(1) << position; }

/// All words of up to 8 bits; of wider ones, patterns with every bit in both
/// states beside every other.
static std::vector<uint32_t> wordsOf(unsigned bits) {
  std::vector<uint32_t> words;
  if (bits <= 8) {
    for (uint32_t word = 0; word < (1u << bits); ++word)
      words.push_back(word);
    return words;
  }
  uint32_t all = uint32_t((uint64_t(1) << bits) - 1);
  for (uint32_t seed : {0u, ~0u, 0x55555555u, 0x33333333u, 0x0f0f0f0fu,
                        0x00ff00ffu, 0x0000ffffu, 0xdeadbeefu})
    words.push_back(seed & all);
  return words;
}

static constexpr Protection kAll[] = {Protection::None, Protection::Parity,
                                      Protection::Secded, Protection::Tmr};

TEST(Protection, ReadsWhatWasStored) {
  for (Protection protection : kAll)
    for (unsigned bits = 1; bits <= 32; ++bits)
      for (uint32_t word : wordsOf(bits)) {
        StoredBits stored = protect(protection, bits, word);
        EXPECT_EQ(stored >> getStoredWidth(protection, bits), StoredBits(0));
        Readout readout = readProtected(protection, bits, stored);
        EXPECT_EQ(readout.word, word);
        EXPECT_FALSE(readout.detected);
        EXPECT_FALSE(readout.corrected);
      }
}

TEST(Protection, KnownWidths) {
  EXPECT_EQ(getStoredWidth(Protection::Secded, 8), 13u);
  EXPECT_EQ(getStoredWidth(Protection::Secded, 16), 22u);
  EXPECT_EQ(getStoredWidth(Protection::Secded, 32), 39u);
  EXPECT_EQ(getStoredWidth(Protection::Parity, 8), 9u);
  EXPECT_EQ(getStoredWidth(Protection::Tmr, 8), 24u);
}

TEST(Protection, ASingleFlip) {
  for (unsigned bits = 1; bits <= 32; ++bits)
    for (Protection protection : kAll)
      for (uint32_t word : wordsOf(bits)) {
        StoredBits stored = protect(protection, bits, word);
        unsigned width = getStoredWidth(protection, bits);
        for (unsigned position = 0; position < width; ++position) {
          Readout readout =
              readProtected(protection, bits, stored ^ bitAt(position));
          bool repairs =
              protection == Protection::Secded || protection == Protection::Tmr;
          ASSERT_EQ(readout.detected, protection != Protection::None);
          ASSERT_EQ(readout.corrected, repairs);
          if (repairs)
            ASSERT_EQ(readout.word, word)
                << "bits " << bits << " position " << position;
        }
      }
}

TEST(Protection, TwoFlips) {
  for (unsigned bits = 1; bits <= 32; ++bits)
    for (uint32_t word : wordsOf(bits)) {
      StoredBits stored = protect(Protection::Secded, bits, word);
      unsigned width = getStoredWidth(Protection::Secded, bits);
      for (unsigned a = 0; a < width; ++a)
        for (unsigned b = 0; b < a; ++b) {
          Readout readout = readProtected(Protection::Secded, bits,
                                          stored ^ bitAt(a) ^ bitAt(b));
          ASSERT_TRUE(readout.detected) << bits << " " << a << " " << b;
          ASSERT_FALSE(readout.corrected) << bits << " " << a << " " << b;
        }
    }
  // Parity misses them; votes find them, and are right unless both hit the same
  // bit.
  for (uint32_t word : wordsOf(8)) {
    StoredBits parity = protect(Protection::Parity, 8, word);
    StoredBits copies = protect(Protection::Tmr, 8, word);
    for (unsigned a = 0; a < 24; ++a)
      for (unsigned b = 0; b < a; ++b) {
        if (a < 9) {
          ASSERT_FALSE(
              readProtected(Protection::Parity, 8, parity ^ bitAt(a) ^ bitAt(b))
                  .detected);
        }
        Readout voted =
            readProtected(Protection::Tmr, 8, copies ^ bitAt(a) ^ bitAt(b));
        ASSERT_TRUE(voted.detected);
        ASSERT_EQ(voted.word == word, a % 8 != b % 8);
      }
  }
}

TEST(Protection, PositionsHoldTheirBits) {
  for (Protection protection : kAll)
    for (unsigned bit = 0; bit < 32; ++bit)
      EXPECT_TRUE(bool(protect(protection, 32, 1u << bit) >>
                           getStoredPosition(protection, bit) &
                       1));
}
