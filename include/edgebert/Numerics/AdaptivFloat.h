//===- AdaptivFloat.h - what an AdaptivFloat code means ---------*- C++ -*-===//
//
// afp<bits, exponent bits>: a sign, an exponent field e, a mantissa field m, no
// subnormals, no infinities, no NaN, and an exponent bias b that is kept
// outside the code (one per tensor or block).
//
//   value = 0                                    if e = 0 and m = 0
//         = (-1)^s (1 + m / 2^M) 2^(e + b - 10)  otherwise
//
// The smallest normal 2^(b-10) is therefore not representable.
//
//   rounding    hardware: to nearest, ties toward +infinity; paper: to nearest,
//               ties to even; or any of Rounding.h
//   too small   hardware: a magnitude that rounds below 2^(b-10) becomes code
//               0; one that rounds to it the zero code that keeps the sign
//               paper: a magnitude below the smallest, 2^(b-10) (1 + 2^-M), is
//               the smallest from its half on, else code 0, in any rounding
//   too large   saturates with its sign, infinities too
//   zero, NaN   code 0
//   bias        the smallest under which the largest magnitude of a block does
//               not saturate (hardware), or under which its exponent has all
//               bits of the field set (paper; rounding up then saturates)
//   storage     the code in the low bits of an unsigned byte (16 bits: two)
//
// Sources: `hardware`, the default, is the published accelerator's fixed-point
// encoder (fact sheet 4.1, 4.5), confirmed there for all inputs; the lost sign
// of that encoder on negative overflow is a parameter (see encodeFixed), not
// part of the format. `paper` is the algorithm of Tambe et al., DAC 2020, and
// of the thesis (8.3.2): the full range of the exponent field. (The authors'
// Python differs from both: it leaves two binades unused and takes everything
// below the smallest normal for zero.) The constant 10 is the hardware's; the
// paper's bias is ours less 10.
// A bias outside [minBias(), maxBias()], where values would leave the normal
// range of f32, acts like the nearest bias inside.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_ADAPTIVFLOAT_H
#define EDGEBERT_NUMERICS_ADAPTIVFLOAT_H

#include "edgebert/Numerics/Metadata.h"
#include "edgebert/Numerics/Rounding.h"
#include "edgebert/Numerics/Spelling.h"

#include <cmath>

namespace edgebert::numerics {

/// Which published behaviour an AdaptivFloat has.
enum class AdaptivFloatProfile { Hardware, Paper };

/// An AdaptivFloat format. `bias` arguments are any small integer; the
/// accelerator's registers hold 0..7.
struct AdaptivFloat {
  unsigned bits = 8;
  unsigned exponentBits = 3;
  AdaptivFloatProfile profile = AdaptivFloatProfile::Hardware;
  Rounding rounding = Rounding::TiesUp;

  /// The constant in value = ... 2^(e + b - 10).
  static constexpr int kExponentOffset = 10;

  constexpr unsigned mantissaBits() const { return bits - 1 - exponentBits; }
  /// The code of the largest magnitude, sign clear.
  constexpr uint32_t maxCode() const { return (1u << (bits - 1)) - 1; }

  /// The biases for which every value is a normal f32.
  static constexpr int minBias() { return kExponentOffset - 126; }
  int maxBias() const {
    return 127 + kExponentOffset - ((1 << exponentBits) - 1);
  }

  /// The real number a code stands for. Both zero codes give +0.
  float decode(uint32_t code, int bias) const {
    NativeArithmetic a;
    return decode(a, code, uint32_t(bias));
  }

  /// The code of `x`; see the head of this file for every rule.
  uint32_t encode(float x, int bias, uint32_t noise = 0) const {
    NativeArithmetic a;
    return encode(a, x, uint32_t(bias), noise);
  }

  // The codec. f32 and the code have their fields in the same order, so a code
  // is the f32's bit pattern without low mantissa bits and with another bias:
  // the carry of the rounded mantissa runs into the exponent by itself.

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          const typename A::Metadata &bias) const {
    auto magnitude = code & maxCode();
    auto word = (magnitude + fieldOffset(a, bias.low)) << (23 - mantissaBits());
    word = word | ((code >> (bits - 1)) << 31u);
    return a.fromBits(a.select(a.equal(magnitude, a.word(0)), a.word(0), word));
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          const typename A::Metadata &bias,
                          typename A::Word noise) const {
    auto word = a.bits(x);
    auto sign = word >> 31u;
    auto magnitude = word & 0x7fffffffu;
    uint32_t shift = 23 - mantissaBits();
    auto rounded = (magnitude + getRoundingIncrement(a, rounding, magnitude,
                                                     shift, sign, noise)) >>
                   shift;
    auto offset = fieldOffset(a, bias.low);
    auto code = rounded - offset;
    auto isNaN = a.lessUnsigned(a.word(0x7f800000u), magnitude);
    auto isZero = a.either(isNaN, a.lessSigned(code, a.word(0u)));
    if (profile == AdaptivFloatProfile::Paper) {
      auto smallest = (offset + 1u) << shift;
      auto half = a.bits(a.fromBits(smallest) * a.real(0.5f));
      isZero = a.either(isNaN, a.lessUnsigned(magnitude, half));
      code = a.select(a.lessUnsigned(magnitude, smallest), a.word(1u), code);
    }
    auto clamped = a.minSigned(code, a.word(maxCode())) | (sign << (bits - 1));
    return a.select(isZero, a.word(0u), clamped);
  }

  /// decode(encode(x)) in fewer steps: rounds the f32 where it is.
  template <typename A>
  typename A::Real emulate(A &a, typename A::Real x,
                           const typename A::Metadata &bias,
                           typename A::Word noise) const {
    if (profile == AdaptivFloatProfile::Paper)
      return decode(a, encode(a, x, bias, noise), bias);
    auto word = a.bits(x);
    auto magnitude = word & 0x7fffffffu;
    uint32_t shift = 23 - mantissaBits();
    auto rounded =
        (magnitude + getRoundingIncrement(a, rounding, magnitude, shift,
                                          word >> 31u, noise)) &
        ~((1u << shift) - 1);
    auto offset = fieldOffset(a, bias.low);
    auto isZero =
        a.either(a.lessUnsigned(a.word(0x7f800000u), magnitude), // NaN
                 a.lessUnsigned(rounded, (offset + 1u) << shift));
    auto clamped = a.minUnsigned(rounded, (offset + maxCode()) << shift) |
                   (word & 0x80000000u);
    return a.fromBits(a.select(isZero, a.word(0u), clamped));
  }

  // What every format says about itself (see Format.h).

  static constexpr const char *kMnemonic = "afp";
  static constexpr const char *kExample = "afp<8,3>";
  static constexpr unsigned kParameters = 2;
  static constexpr const char *kProfileNames[] = {"hardware", "paper"};
  static std::array<ChoiceNames, 2> choiceNames() {
    return {ChoiceNames(kProfileNames), ChoiceNames(kRoundingNames)};
  }
  static AdaptivFloat fromParameters(const std::array<unsigned, 2> &p,
                                     const std::array<int, 2> &c) {
    AdaptivFloat result{p[0], p[1], AdaptivFloatProfile(chosen(c[0], 0))};
    result.rounding = Rounding(chosen(c[1], result.defaultChoices()[1]));
    return result;
  }
  std::array<unsigned, 2> parameters() const { return {bits, exponentBits}; }
  std::array<int, 2> choices() const { return {int(profile), int(rounding)}; }
  std::array<int, 2> defaultChoices() const {
    return {0, int(profile == AdaptivFloatProfile::Hardware
                       ? Rounding::TiesUp
                       : Rounding::NearestEven)};
  }

  /// Why such a format does not exist, or the empty string.
  std::string invalid() const {
    if (bits < 2 || bits > 16)
      return "expected 2 to 16 bits, got " + std::to_string(bits);
    unsigned most = bits - 1 < 7 ? bits - 1 : 7;
    if (exponentBits < 1 || exponentBits > most)
      return "expected 1 to " + std::to_string(most) + " exponent bits in " +
             std::to_string(bits) + " bits, got " +
             std::to_string(exponentBits);
    return "";
  }

  static MetadataKind metadataKind() { return MetadataKind::Int8; }
  /// Every code's value survives decode and encode (0x80 becomes 0x00, and
  /// both are zero).
  bool requantizesExactly() const { return true; }
  unsigned codeBits() const { return bits; }
  std::array<BitField, 3> fields() const {
    return {BitField{"sign", bits - 1, 1},
            BitField{"exponent", mantissaBits(), exponentBits},
            BitField{"mantissa", 0, mantissaBits()}};
  }
  float maxFinite(Metadata metadata) const {
    return decode(maxCode(), metadata.integer());
  }

  /// The bias for numbers from `least` to `greatest`: see the head of this
  /// file; 0 where all are 0, the largest for infinity and NaN.
  template <typename A>
  typename A::Metadata chooseMetadata(A &a, typename A::Real least,
                                      typename A::Real greatest) const {
    auto magnitude = getMaxMagnitude(a, least, greatest);
    uint32_t shift = 23 - mantissaBits();
    auto rounded = magnitude;
    if (profile == AdaptivFloatProfile::Hardware)
      // Of nearest rounding, whatever the format's: one bias for all.
      rounded = magnitude + (1u << (shift - 1));
    // rounded - (bias + 127 - offset) 2^M <= maxCode; the division rounds up
    // because maxCode fills its mantissa.
    auto bias = (rounded >> 23u) -
                uint32_t((1 << exponentBits) - 1 + 127 - kExponentOffset);
    bias = a.select(a.lessUnsigned(magnitude, a.word(0x7f800000u)),
                    a.minSigned(bias, a.word(uint32_t(maxBias()))),
                    a.word(uint32_t(maxBias())));
    bias = a.maxSigned(bias, a.word(uint32_t(minBias())));
    return {a.select(a.equal(magnitude, a.word(0u)), a.word(0u), bias),
            a.word(0u)};
  }
  Metadata chooseMetadata(float maxAbs) const {
    NativeArithmetic a;
    auto words = chooseMetadata(a, maxAbs, maxAbs);
    return {words.low, words.high};
  }

private:
  /// What to add to a code's magnitude to get the f32's exponent and mantissa.
  template <typename A>
  typename A::Word fieldOffset(A &a, typename A::Word bias) const {
    auto legal = a.minSigned(a.maxSigned(bias, a.word(uint32_t(minBias()))),
                             a.word(uint32_t(maxBias())));
    return (legal + uint32_t(127 - kExponentOffset)) << mantissaBits();
  }
};

/// The accelerator's format.
inline constexpr AdaptivFloat kAfp8{8, 3};

/// Its 4-bit format. The thesis (9.1.4) says that the chip computes on 4 or 8
/// bits and not how 4 bits divide; the published source has 8 bits only, and
/// the authors' Python (ttambe/AdaptivFloat) takes the width as an argument.
/// Two exponent bits are our choice: on each weight matrix of the SST-2 encoder
/// they keep 16.1 to 17.6 dB of signal over quantisation noise, three keep 14.1
/// to 14.3 dB and one 9.8 to 11.7 dB, each with its best bias (afp<8,3>: 37.4
/// dB; `tools/dev bench afp4`). All else follows from this line.
inline constexpr AdaptivFloat kAfp4{4, 2};

/// A code as the special-function units see it: signed 16 bits with 10
/// fraction bits, magnitude truncated (fact sheet 4.2). `bias` in 0..7.
inline int16_t decodeFixed(uint8_t code, unsigned bias) {
  int magnitude = code & 0x7f;
  if (magnitude == 0)
    return 0;
  int significand = 16 + (magnitude & 15);
  int shift = (magnitude >> 4) + int(bias) - 4;
  int fixed = shift >= 0 ? significand << shift : significand >> -shift;
  return int16_t(code & 0x80 ? -fixed : fixed);
}

/// A code as the multipliers see it: +-(16 + m) 2^e, 0 for both zero codes
/// (fact sheet 4.3). The product of two of them has the real weight
/// 2^(bias_a + bias_b - 28).
inline int16_t decodeOperand(uint8_t code) {
  int magnitude = code & 0x7f;
  if (magnitude == 0)
    return 0;
  int value = (16 + (magnitude & 15)) << (magnitude >> 4);
  return int16_t(code & 0x80 ? -value : value);
}

/// The 8-bit code with the value of a 4-bit code, under any common bias: fewer
/// exponent and mantissa bits, the same constant in the exponent. Zero codes
/// become zero codes.
constexpr uint8_t widenAfp4(uint8_t code) {
  uint32_t magnitude = code & kAfp4.maxCode();
  return uint8_t((code & 8) << 4 |
                 magnitude << (kAfp8.mantissaBits() - kAfp4.mantissaBits()));
}

/// A 4-bit code as the multipliers see it, in the same units as decodeOperand,
/// so that shifts and biases mean the same in both widths.
inline int16_t decodeOperand4(uint8_t code) {
  return decodeOperand(widenAfp4(code));
}

/// Whether `value` x 2^-fractionBits, |value| < 2^24, is beyond the largest
/// code under `bias`: its rounded exponent field needs one more bit.
inline bool saturatesFixed(int32_t value, unsigned fractionBits, unsigned bias,
                           const AdaptivFloat &format = kAfp8) {
  float scale = NativeArithmetic::fromBits((127 - fractionBits) << 23);
  uint32_t next = format.encode(float(value) * scale, int(bias) + 1);
  uint32_t top = ((1u << format.exponentBits) - 1) << format.mantissaBits();
  return (next & format.maxCode()) >= top;
}

/// ENC of the fact sheet (4.5): the code of `value` x 2^-fractionBits, for
/// |value| < 2^24. With `loseSign` a negative overflow gives +max, as the
/// published encoder does.
inline uint8_t encodeFixed(int32_t value, unsigned fractionBits, unsigned bias,
                           bool loseSign, const AdaptivFloat &format = kAfp8) {
  float scale = NativeArithmetic::fromBits((127 - fractionBits) << 23);
  // Exact: the integer fits the 24-bit significand.
  uint32_t code = format.encode(float(value) * scale, int(bias));
  if (loseSign && value < 0 &&
      saturatesFixed(value, fractionBits, bias, format))
    return uint8_t(format.maxCode());
  return uint8_t(code);
}

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_ADAPTIVFLOAT_H
