//===- Arithmetic.h - the vocabulary a number format is written in *- C++ -*-=//
//
// A format's encode and decode are templates over a class like the one below.
// `NativeArithmetic` evaluates them on C++ scalars, in loops that compilers
// vectorise; the numfmt dialect instantiates the same text with a class that
// builds arith operations. The vocabulary has no branches, no calls and no
// memory, so that both vectorise.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_ARITHMETIC_H
#define EDGEBERT_NUMERICS_ARITHMETIC_H

#include <cstdint>
#include <cstring>

namespace edgebert::numerics {

/// What a format keeps beside its codes, as words of an arithmetic. `low` is an
/// integer or the bits of an f32; `high` is 0 but for formats with two numbers.
template <typename Word>
struct MetadataWords {
  Word low;
  Word high;
  MetadataWords(Word low) : low(low), high(low) {}
  MetadataWords(Word low, Word high) : low(low), high(high) {}
};

/// Evaluates. `Word` has the operators + - * & | ^ (with a Word or a constant)
/// and << >> (logical, by a Word or a constant in 0..31), all modulo 2^32;
/// `Real` is f32 with + - * /, each rounded once to nearest even.
struct NativeArithmetic {
  using Word = uint32_t;
  using Real = float;
  using Bool = bool;
  using Metadata = MetadataWords<Word>;

  static Word word(uint32_t constant) { return constant; }
  static Real real(float constant) { return constant; }

  /// The bit pattern of an f32, and back.
  static Word bits(Real x) {
    Word word;
    std::memcpy(&word, &x, sizeof(word));
    return word;
  }
  static Real fromBits(Word word) {
    Real x;
    std::memcpy(&x, &word, sizeof(x));
    return x;
  }

  /// The value of a two's complement word, |word| <= 2^24 (so it is exact).
  static Real toReal(Word word) { return Real(int32_t(word)); }
  /// The integer part of `x`, |x| < 2^31, as a two's complement word.
  static Word truncate(Real x) { return Word(int32_t(x)); }
  /// Arithmetic right shift.
  static Word shiftRightSigned(Word word, unsigned amount) {
    return Word(int32_t(word) >> amount);
  }
  static Word minSigned(Word a, Word b) {
    return int32_t(a) < int32_t(b) ? a : b;
  }
  static Word maxSigned(Word a, Word b) {
    return int32_t(a) < int32_t(b) ? b : a;
  }

  static Word minUnsigned(Word a, Word b) { return a < b ? a : b; }
  static Word maxUnsigned(Word a, Word b) { return a < b ? b : a; }

  static Bool lessUnsigned(Word a, Word b) { return a < b; }
  static Bool lessSigned(Word a, Word b) { return int32_t(a) < int32_t(b); }
  static Bool equal(Word a, Word b) { return a == b; }
  /// False when one of them is NaN.
  static Bool less(Real a, Real b) { return a < b; }
  static Bool either(Bool a, Bool b) { return a | b; }
  static Bool both(Bool a, Bool b) { return a & b; }

  static Word select(Bool condition, Word yes, Word no) {
    return condition ? yes : no;
  }
  static Real select(Bool condition, Real yes, Real no) {
    return condition ? yes : no;
  }
};

/// The bits of the larger of |least| and |greatest|; NaN is above infinity.
template <typename A>
typename A::Word getMaxMagnitude(A &a, typename A::Real least,
                                 typename A::Real greatest) {
  return a.maxUnsigned(a.bits(least) & 0x7fffffffu,
                       a.bits(greatest) & 0x7fffffffu);
}

/// Whether the bits of an f32 are those of a NaN.
template <typename A>
typename A::Bool isNaNBits(A &a, typename A::Word word) {
  return a.lessUnsigned(a.word(0x7f800000u), word & 0x7fffffffu);
}

/// x 2^exponent for -252 <= exponent <= 254, in two steps, so that no factor is
/// subnormal or infinite. It is exact unless the result is below f32's normal
/// numbers, and then so is what it is rounded from.
template <typename A>
typename A::Real scaleByPowerOfTwo(A &a, typename A::Real x,
                                   typename A::Word exponent) {
  auto half = a.shiftRightSigned(exponent, 1);
  auto first = a.fromBits((half + 127u) << 23u);
  auto second = a.fromBits((exponent - half + 127u) << 23u);
  return x * first * second;
}

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_ARITHMETIC_H
