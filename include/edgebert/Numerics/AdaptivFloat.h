//===- AdaptivFloat.h - what an AdaptivFloat code means ---------*- C++ -*-===//
//
// AdaptivFloat<bits, exponent bits>, profile `hardware`: a sign, an exponent
// field e, a mantissa field m, no subnormals, no infinities, no NaN, and an
// exponent bias b that is kept outside the code (one per tensor or channel).
//
//   value = 0                                    if e = 0 and m = 0
//         = (-1)^s (1 + m / 2^M) 2^(e + b - 10)  otherwise
//
// The smallest normal 2^(b-10) is therefore not representable.
//
//   rounding    to nearest; ties toward +infinity
//   too small   a magnitude that rounds below 2^(b-10) becomes code 0; one that
//               rounds to it becomes the zero code that keeps the sign
//   too large   saturates with its sign, infinities too
//   zero, NaN   code 0
//   storage     the code in the low bits of an unsigned byte (16 bits: two)
//
// Source: the published accelerator's fixed-point encoder (fact sheet 4.1,
// 4.5), confirmed there for all inputs; the lost sign of that encoder on
// negative overflow is a parameter (see encodeFixed), not part of the format.
// A bias outside [minBias(), maxBias()], where values would leave the normal
// range of f32, acts like the nearest bias inside.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_ADAPTIVFLOAT_H
#define EDGEBERT_NUMERICS_ADAPTIVFLOAT_H

#include "edgebert/Numerics/Metadata.h"

#include <array>
#include <cmath>
#include <string>

namespace edgebert::numerics {

/// An AdaptivFloat format. `bias` arguments are any small integer; the
/// accelerator's registers hold 0..7.
struct AdaptivFloat {
  unsigned bits = 8;
  unsigned exponentBits = 3;

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

  /// The code nearest to `x`; see the head of this file for every rule.
  uint32_t encode(float x, int bias) const {
    NativeArithmetic a;
    return encode(a, x, uint32_t(bias));
  }

  // The codec. f32 and the code have their fields in the same order, so a code
  // is the f32's bit pattern without low mantissa bits and with another bias:
  // the carry of the rounded mantissa runs into the exponent by itself.

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          typename A::Word bias) const {
    auto magnitude = code & maxCode();
    auto word = (magnitude + fieldOffset(a, bias)) << (23 - mantissaBits());
    word = word | ((code >> (bits - 1)) << 31);
    return a.fromBits(a.select(a.equal(magnitude, a.word(0)), a.word(0), word));
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          typename A::Word bias) const {
    auto word = a.bits(x);
    auto sign = word >> 31;
    auto magnitude = word & 0x7fffffffu;
    // Ties go up in value, so a negative tie keeps its smaller magnitude.
    uint32_t shift = 23 - mantissaBits();
    auto rounded = (magnitude + (1u << (shift - 1)) - sign) >> shift;
    auto code = rounded - fieldOffset(a, bias);
    auto isZero =
        a.either(a.lessUnsigned(a.word(0x7f800000u), magnitude), // NaN
                 a.lessSigned(code, a.word(0)));
    auto clamped = a.minSigned(code, a.word(maxCode())) | (sign << (bits - 1));
    return a.select(isZero, a.word(0), clamped);
  }

  // What every format says about itself (see Format.h).

  static constexpr const char *kMnemonic = "afp";
  static constexpr MetadataKind kMetadata = MetadataKind::Int8;
  static constexpr unsigned kParameters = 2;
  /// Every code's value survives decode and encode (0x80 becomes 0x00, and
  /// both are zero).
  static constexpr bool kRequantizesExactly = true;

  static AdaptivFloat fromParameters(std::array<unsigned, kParameters> p) {
    return {p[0], p[1]};
  }
  std::array<unsigned, kParameters> parameters() const {
    return {bits, exponentBits};
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

  unsigned codeBits() const { return bits; }
  std::array<BitField, 3> fields() const {
    return {BitField{"sign", bits - 1, 1},
            BitField{"exponent", mantissaBits(), exponentBits},
            BitField{"mantissa", 0, mantissaBits()}};
  }
  float maxFinite(Metadata metadata) const {
    return decode(maxCode(), metadata.integer());
  }

  /// The smallest bias under which |x| <= `maxAbs` rounds without saturating;
  /// 0 for `maxAbs` = 0, the largest for infinity and NaN.
  Metadata chooseMetadata(float maxAbs) const {
    if (maxAbs == 0)
      return Metadata::ofInteger(0);
    uint32_t magnitude = NativeArithmetic::bits(std::fabs(maxAbs));
    uint32_t shift = 23 - mantissaBits();
    int rounded = int((magnitude + (1u << (shift - 1))) >> shift);
    // rounded - (bias + 127 - offset) 2^M <= maxCode; the division rounds up
    // because maxCode fills its mantissa.
    int bias = (rounded >> mantissaBits()) - ((1 << exponentBits) - 1) -
               (127 - kExponentOffset);
    if (!(std::fabs(maxAbs) < INFINITY) || bias > maxBias())
      bias = maxBias();
    return Metadata::ofInteger(bias < minBias() ? minBias() : bias);
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
