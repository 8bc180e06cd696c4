//===- Noise.h - random bits for stochastic rounding ------------*- C++ -*-===//
//
// Counter-based: the 32 bits of element i of a tensor are a function of a
// stream and i and of nothing else, so results are the same for any number of
// threads, any order and any tiling. A stream is a seed and the id of a tensor.
//
// The function is a bijection of the low word of i for each stream and high
// word: over 2^32 elements every value comes once. It is two rounds of a
// 32-bit integer hash with the stream's halves mixed in before each; the hash
// is xor-shift-multiply with the constants of Wellons' search for low bias
// (nullprogram.com/blog/2018/07/31, public domain).
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_NOISE_H
#define EDGEBERT_NUMERICS_NOISE_H

#include "edgebert/Numerics/Arithmetic.h"

namespace edgebert::numerics {

/// Every input bit changes every output bit with a probability near 1/2.
template <typename A>
typename A::Word mixBits(A &, typename A::Word x) {
  x = x ^ (x >> 16u);
  x = x * 0x7feb352du;
  x = x ^ (x >> 15u);
  x = x * 0x846ca68bu;
  return x ^ (x >> 16u);
}

/// 32 random bits for element `high` 2^32 + `low` of a stream.
template <typename A>
typename A::Word getNoise(A &a, uint64_t stream, typename A::Word low,
                          typename A::Word high) {
  auto first = mixBits(a, low ^ uint32_t(stream));
  return mixBits(a, first ^ (high * 0x9e3779b9u + uint32_t(stream >> 32)));
}

/// The noise of consecutive elements: that of element `first` + i.
struct NoiseStream {
  uint64_t stream = 0;
  uint64_t first = 0;

  /// The stream of tensor `tensor` of a program under `seed`.
  static NoiseStream of(uint64_t seed, uint64_t tensor) {
    NativeArithmetic a;
    // One half from each argument and both halves from both.
    uint32_t low = mixBits(a, uint32_t(seed) ^ mixBits(a, uint32_t(tensor)));
    uint32_t high =
        mixBits(a, low ^ mixBits(a, uint32_t(seed >> 32) + 0x9e3779b9u) ^
                       mixBits(a, uint32_t(tensor >> 32) + 0x85ebca6bu));
    return {uint64_t(high) << 32 | low, 0};
  }
  NoiseStream at(uint64_t offset) const { return {stream, first + offset}; }
  uint32_t operator[](uint64_t i) const {
    NativeArithmetic a;
    return getNoise(a, stream, uint32_t(first + i),
                    uint32_t((first + i) >> 32));
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_NOISE_H
