//===- Posit.h - posits: floats whose exponent's width varies ---*- C++ -*-===//
//
// posit<n, es>: an n-bit two's complement code; no metadata. After the sign bit
// of the code's magnitude comes a run of r equal bits, the regime, ended by the
// other bit or the end of the code; then es exponent bits e and the fraction f,
// as far as there is room (what is missing is 0):
//
//   k = r - 1 if the run is of ones, -r if it is of zeros
//   value = (-1)^s (1 + f) 2^(k 2^es + e)
//
//   code 0      zero;  code 2^(n-1) (NaR)  NaN
//   rounding    any of Rounding.h, default to nearest, ties to even, on the
//               unbounded bit string of the magnitude (so neighbours whose
//               exponents differ meet at their geometric mean)
//   too large   the largest with its sign; only infinity becomes NaR
//   too small   the smallest with its sign; only zero becomes zero
//   zero        the sign of -0 is lost
//   NaN         NaR
//   storage     the code in the low bits of an unsigned 1, 2 or 4 byte integer
//
// Source: Posit Standard 2022, 3 and 4 (there es = 2); Gustafson and Yonemoto
// 2017 for other es.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_POSIT_H
#define EDGEBERT_NUMERICS_POSIT_H

#include "edgebert/Numerics/Metadata.h"
#include "edgebert/Numerics/Rounding.h"
#include "edgebert/Numerics/Spelling.h"

namespace edgebert::numerics {

struct Posit : RoundingChoice {
  unsigned bits;
  unsigned exponentBits;

  explicit Posit(unsigned bits = 8, unsigned exponentBits = 2,
                 RoundingChoice choice = {})
      : RoundingChoice(choice), bits(bits), exponentBits(exponentBits) {}

  uint32_t maxCode() const { return (1u << (bits - 1)) - 1; }

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          const typename A::Metadata &) const {
    auto zero = a.word(0u);
    auto sign = code >> (bits - 1);
    auto magnitude =
        a.select(a.equal(sign, zero), code, zero - code) & maxCode();
    // The regime's first bit at bit 31.
    auto string = magnitude << (33 - bits);
    auto isOnes = a.lessSigned(string, zero);
    auto run = countLeadingZeros(
        a, a.select(isOnes, string ^ 0xffffffffu, string) | 0x100u);
    auto k = a.select(isOnes, run - 1u, zero - run);
    auto rest = (string << run) << 1u;
    auto exponent = (rest >> 1u) >> (31 - exponentBits);
    auto fraction = (rest << exponentBits) >> 9u;
    auto word = (((k << exponentBits) + exponent + 127u) << 23u) | fraction;
    word = a.select(a.equal(magnitude, zero),
                    a.select(a.equal(sign, zero), zero, a.word(0x7fc00000u)),
                    word | (sign << 31u));
    return a.fromBits(word);
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          const typename A::Metadata &,
                          typename A::Word noise) const {
    auto zero = a.word(0u);
    auto word = a.bits(x);
    auto sign = word >> 31u;
    auto magnitude = word & 0x7fffffffu;
    auto clamped =
        a.minUnsigned(a.maxUnsigned(magnitude, a.word(powerOfTwo(-maxScale()))),
                      a.word(powerOfTwo(maxScale())));
    auto scale = (clamped >> 23u) - 127u;
    auto k = a.shiftRightSigned(scale, exponentBits);
    auto isOnes = a.lessSigned(a.word(0xffffffffu), k);
    // Regime, exponent and fraction as one string from bit 31 on, what does
    // not fit as a one at its end.
    auto run = a.select(isOnes, k + 1u, zero - k);
    auto regime = a.select(isOnes, (a.word(0xffffffffu) >> run) ^ 0xffffffffu,
                           a.word(0x80000000u) >> run);
    auto length = run + 1u;
    auto body = ((scale << 23u) | (clamped & 0x7fffffu)) << (9 - exponentBits);
    auto lost = body & ((a.word(1u) << length) - 1u);
    auto string = regime | (body >> length) |
                  a.select(a.equal(lost, zero), zero, a.word(1u));
    uint32_t shift = 33 - bits;
    auto code = (string + getRoundingIncrement(a, rounding, string, shift, sign,
                                               noise)) >>
                shift;
    code = a.select(a.equal(sign, zero), code, zero - code);
    code = a.select(a.equal(magnitude, zero), zero, code);
    code = a.select(a.lessUnsigned(magnitude, a.word(0x7f800000u)), code,
                    a.word(maxCode() + 1));
    return code & ((maxCode() << 1) | 1);
  }

  static constexpr const char *kMnemonic = "posit";
  static constexpr const char *kExample = "posit<8,2>";
  static constexpr unsigned kParameters = 2;
  static Posit fromParameters(const std::array<unsigned, 2> &p,
                              const std::array<int, 1> &c) {
    return Posit(p[0], p[1], fromChoices(c));
  }
  std::array<unsigned, 2> parameters() const { return {bits, exponentBits}; }

  /// Why such a format does not exist, or the empty string.
  std::string invalid() const {
    if (bits < 3 || bits > 24)
      return "expected 3 to 24 bits, got " + std::to_string(bits);
    if (exponentBits > 5)
      return "expected 0 to 5 exponent bits, got " +
             std::to_string(exponentBits);
    if (maxScale() > 126)
      return "expected a largest value of at most 2^126, got 2^" +
             std::to_string(maxScale());
    return "";
  }

  static MetadataKind metadataKind() { return MetadataKind::None; }
  bool requantizesExactly() const { return true; }
  unsigned codeBits() const { return bits; }
  /// The regime's end moves, so what follows the sign is one field.
  std::array<BitField, 2> fields() const {
    return {BitField{"sign", bits - 1, 1},
            BitField{"regime_and_rest", 0, bits - 1}};
  }
  float maxFinite(Metadata = {}) const {
    NativeArithmetic a;
    return decode(a, maxCode(), 0u);
  }
  template <typename A>
  typename A::Metadata chooseMetadata(A &a, typename A::Real,
                                      typename A::Real) const {
    return {a.word(0u), a.word(0u)};
  }

private:
  /// log2 of the largest value.
  int maxScale() const { return int(bits - 2) << exponentBits; }
  static uint32_t powerOfTwo(int exponent) {
    return uint32_t(exponent + 127) << 23;
  }
  /// For words with a one among the upper 24 bits (decode adds one for 0, whose
  /// result nobody takes).
  template <typename A>
  typename A::Word countLeadingZeros(A &a, typename A::Word word) const {
    return a.word(150u) - (a.bits(a.toReal(word >> 8u)) >> 23u);
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_POSIT_H
