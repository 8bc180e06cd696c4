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

/// Evaluates. `Word` has the operators + - & | (with a Word or a constant) and
/// << >> (logical, by a constant in 0..31), all modulo 2^32; `Real` is f32 with
/// + - * /, each rounded once to nearest even.
struct NativeArithmetic {
  using Word = uint32_t;
  using Real = float;
  using Bool = bool;

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

  static Bool lessUnsigned(Word a, Word b) { return a < b; }
  static Bool lessSigned(Word a, Word b) { return int32_t(a) < int32_t(b); }
  static Bool equal(Word a, Word b) { return a == b; }
  /// False when one of them is NaN.
  static Bool less(Real a, Real b) { return a < b; }
  static Bool either(Bool a, Bool b) { return a | b; }

  static Word select(Bool condition, Word yes, Word no) {
    return condition ? yes : no;
  }
  static Real select(Bool condition, Real yes, Real no) {
    return condition ? yes : no;
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_ARITHMETIC_H
