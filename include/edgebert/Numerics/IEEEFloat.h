//===- IEEEFloat.h - small floats built like IEEE 754's ---------*- C++ -*-===//
//
// float<e, m>: a sign, e exponent bits with bias B = 2^(e-1) - 1, m mantissa
// bits, no metadata. E the exponent field, M the mantissa field:
//
//   value = (-1)^s M 2^(1 - B - m)               if E = 0 (subnormals, zeros)
//         = (-1)^s (1 + M / 2^m) 2^(E - B)       if 0 < E < 2^e - 1
//         = (-1)^s infinity, or NaN if M > 0     if E = 2^e - 1
//
//   rounding    to nearest, ties to even, subnormals too
//   too large   infinity with its sign, from half an ulp above the largest
//   too small   zero with its sign, up to half the smallest subnormal
//   zero        keeps its sign
//   NaN         a quiet NaN that keeps the sign and the upper payload bits
//   storage     the code in the low bits of an unsigned 1, 2 or 4 byte integer
//
// Source: IEEE 754-2019, 3.4 and 4.3.1; NaN as llvm::APFloat::convert. So
// float<5,10> is f16, float<8,7> is bfloat16 and float<5,2> is f8E5M2.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_IEEEFLOAT_H
#define EDGEBERT_NUMERICS_IEEEFLOAT_H

#include "edgebert/Numerics/Metadata.h"

#include <array>
#include <string>

namespace edgebert::numerics {

struct IEEEFloat {
  unsigned exponentBits = 5;
  unsigned mantissaBits = 10;

  int exponentBias() const { return (1 << (exponentBits - 1)) - 1; }
  /// The code of +infinity.
  uint32_t infinityCode() const {
    return ((1u << exponentBits) - 1) << mantissaBits;
  }

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          typename A::Word /*metadata*/) const {
    uint32_t shift = 23 - mantissaBits;
    auto magnitude = code & (signCode() - 1);
    auto special = (magnitude << shift) | 0x7f800000u;
    special = a.select(a.lessUnsigned(a.word(infinityCode()), magnitude),
                       special | kQuiet, special);
    auto word = (magnitude << shift) + exponentOffset();
    if (!hasF32Exponent()) {
      auto subnormal =
          a.bits(a.toReal(magnitude) * a.real(smallestSubnormal()));
      word = a.select(a.lessUnsigned(magnitude, a.word(1u << mantissaBits)),
                      subnormal, word);
    }
    word = a.select(a.lessUnsigned(magnitude, a.word(infinityCode())), word,
                    special);
    return a.fromBits(word | ((code >> (codeBits() - 1)) << 31));
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          typename A::Word /*metadata*/) const {
    uint32_t shift = 23 - mantissaBits;
    auto word = a.bits(x);
    auto magnitude = word & 0x7fffffffu;
    // Half an ulp, less one where the mantissa's kept part is even; the carry
    // runs into the exponent by itself.
    auto odd = (magnitude >> shift) & 1u;
    auto normal =
        ((magnitude - exponentOffset()) + odd + ((1u << (shift - 1)) - 1)) >>
        shift;
    normal = a.select(a.lessUnsigned(a.word(infinityCode()), normal),
                      a.word(infinityCode()), normal);
    auto code = normal;
    if (!hasF32Exponent()) {
      // A number whose last place is the smallest subnormal makes the addition
      // round to it.
      auto rounder = a.real(smallestSubnormal() * 8388608.0f);
      auto subnormal =
          a.bits(a.fromBits(magnitude) + rounder) - a.bits(rounder);
      auto isSubnormal =
          a.lessUnsigned(magnitude, a.word(exponentOffset() + (1u << 23)));
      code = a.select(isSubnormal, subnormal, code);
    }
    auto nan = (magnitude - 0x7f800000u) >> shift | infinityCode() |
               (1u << (mantissaBits - 1));
    code = a.select(a.lessUnsigned(a.word(0x7f800000u), magnitude), nan, code);
    return code | ((word >> 31) << (codeBits() - 1));
  }

  static constexpr const char *kMnemonic = "float";
  static constexpr MetadataKind kMetadata = MetadataKind::None;
  static constexpr unsigned kParameters = 2;
  /// Only a signalling NaN changes, into a quiet one that decodes alike.
  static constexpr bool kRequantizesExactly = true;

  static IEEEFloat fromParameters(std::array<unsigned, kParameters> p) {
    return {p[0], p[1]};
  }
  std::array<unsigned, kParameters> parameters() const {
    return {exponentBits, mantissaBits};
  }

  /// Why such a format does not exist, or the empty string.
  std::string invalid() const {
    if (exponentBits < 2 || exponentBits > 8)
      return "expected 2 to 8 exponent bits, got " +
             std::to_string(exponentBits);
    if (mantissaBits < 1 || mantissaBits > 22)
      return "expected 1 to 22 mantissa bits, got " +
             std::to_string(mantissaBits);
    return "";
  }

  unsigned codeBits() const { return 1 + exponentBits + mantissaBits; }
  std::array<BitField, 3> fields() const {
    return {BitField{"sign", exponentBits + mantissaBits, 1},
            BitField{"exponent", mantissaBits, exponentBits},
            BitField{"mantissa", 0, mantissaBits}};
  }
  float maxFinite(Metadata = {}) const {
    NativeArithmetic a;
    return decode(a, infinityCode() - 1, 0);
  }
  Metadata chooseMetadata(float) const { return {}; }

private:
  static constexpr uint32_t kQuiet = 1u << 22;
  uint32_t signCode() const { return 1u << (exponentBits + mantissaBits); }
  /// The difference of the exponent biases, at f32's exponent field.
  uint32_t exponentOffset() const {
    return uint32_t(127 - exponentBias()) << 23;
  }
  /// With f32's exponents, subnormals are f32's with fewer bits and need no
  /// case of their own (nor the processor's slow arithmetic on them).
  bool hasF32Exponent() const { return exponentBits == 8; }
  /// 2^(1 - B - m), a normal f32 if e < 8.
  float smallestSubnormal() const {
    int exponent = 1 - exponentBias() - int(mantissaBits);
    return NativeArithmetic::fromBits(uint32_t(exponent + 127) << 23);
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_IEEEFLOAT_H
