//===- Functions.cpp - exp, log and 1/sqrt of the machine -------*- C++ -*-===//

#include "edgebert/Machine/Functions.h"

#include "llvm/ADT/bit.h"

namespace edgebert::machine {

/// EXP before it is reduced to 16 bits.
static uint64_t expExact(int16_t v, unsigned fractionBits) {
  static constexpr int64_t slope[] = {194, 230, 273, 325};
  static constexpr int64_t start[] = {1022, 1216, 1446, 1719};
  // v log2(e), where log2(e) has 14 fraction bits.
  int64_t y = (int64_t(v) * 23637) >> (24 - fractionBits);
  int64_t whole = y >> fractionBits;
  unsigned segmentBits = fractionBits - 2;
  int64_t fraction = y & ((int64_t(1) << fractionBits) - 1);
  int64_t segment = fraction >> segmentBits;
  int64_t within = fraction & ((int64_t(1) << segmentBits) - 1);
  int64_t power = slope[segment] * within + (start[segment] << segmentBits);
  int64_t shift = whole - int64_t(segmentBits);
  return uint64_t(shift >= 0 ? power << shift : power >> -shift);
}

uint16_t expFixed(int16_t v, unsigned fractionBits) {
  return uint16_t(expExact(v, fractionBits));
}

bool expOverflows(int16_t v, unsigned fractionBits) {
  return expExact(v, fractionBits) >= 32768;
}

int16_t logFixed(uint32_t u, bool ofZeroIsMinimum) {
  static constexpr int64_t slope[] = {348, 310, 281, 256, 236, 218, 204, 191};
  static constexpr int64_t start[] = {-2045, -1697, -1387, -1105,
                                      -849,  -612,  -394,  -190};
  if (u == 0)
    return ofZeroIsMinimum ? -32768 : 0;
  // u = w 2^(top - 15) with w in [2^15, 2^16); the value is u / 2^10.
  int top = 31 - llvm::countl_zero(u);
  int64_t exponent = top - 9;
  int64_t w = top <= 15 ? u << (15 - top) : u >> (top - 15);
  int64_t s = (w - 32768) >> 1;
  int64_t segment = s >> 11, within = s & 2047;
  int64_t t = slope[segment] * within + 2048 * start[segment] +
              exponent * (int64_t(1) << 22);
  return int16_t((t * 2839) >> 24); // ln 2 with 12 fraction bits
}

uint16_t invSqrtFixed(uint16_t u) {
  static constexpr int64_t slope[] = {-331, -279, -240, -210,
                                      -185, -165, -148, -134};
  static constexpr int64_t start[] = {5789, 5458, 5178, 4938,
                                      4728, 4543, 4378, 4229};
  if (u == 0)
    return 65535;
  int top = 31 - llvm::countl_zero(uint32_t(u));
  int exponent = top - 9;
  int64_t s = (int64_t(u) << (15 - top)) - 32768;
  int64_t segment = s >> 12, within = s & 4095;
  int64_t root = slope[segment] * within + 4096 * start[segment];
  if (exponent & 1)
    root = (root * 2896) >> 12; // 1 / sqrt 2
  int half = exponent >> 1;     // floor
  return uint16_t(root >> (half + 14));
}

} // namespace edgebert::machine
