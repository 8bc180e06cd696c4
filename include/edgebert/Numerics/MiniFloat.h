//===- MiniFloat.h - small floats: IEEE's, OCP's and their like -*- C++ -*-===//
//
// float<e, m>: a sign, e exponent bits with bias B = 2^(e-1) - 1, m mantissa
// bits, no metadata. E the exponent field, M the mantissa field:
//
//   value = (-1)^s M 2^(1 - B - m)               if E = 0 (subnormals, zeros)
//         = (-1)^s (1 + M / 2^m) 2^(E - B)       otherwise, but for the codes
//                                                that the top exponent reserves
//
//   top exponent
//     ieee      (default) E = 2^e - 1 is infinity, with M > 0 NaN
//     fn        a number, but for all bits set, which is NaN: no infinity
//     finite    a number: neither infinity nor NaN
//   subnormals
//     subnormal (default) as above
//     flush     E = 0 is a zero with its sign, whatever M is
//   too large   the rounded magnitude, of unbounded exponent, is above the
//               largest:
//     overflow  (default) infinity with its sign; NaN for fn; the largest for
//               finite. Rounding toward zero keeps finite numbers finite.
//     saturate  the largest with its sign, for infinities too
//   too small   rounds like others, in steps of the smallest subnormal; flush:
//               zero if the magnitude, rounded to m bits with unbounded
//               exponent, is below 2^(1-B)
//   rounding    any of Rounding.h, default to nearest, ties to even
//   zero        keeps its sign
//   NaN         ieee: a quiet NaN that keeps the sign and the upper payload
//               bits; fn: NaN with its sign; finite: code 0
//   storage     the code in the low bits of an unsigned 1, 2 or 4 byte integer
//
// Sources: IEEE 754-2019, 3.4 and 4.3; NaN as llvm::APFloat::convert; OCP 8-bit
// floating point 1.0 (2023) and OCP microscaling 1.0 (2023), 5.3. The defaults
// agree with MLIR's builtin types bit for bit: float<5,10> is f16, float<8,7>
// bf16, float<5,2> f8E5M2, float<4,3,fn> f8E4M3FN, float<3,2,finite> f6E3M2FN,
// float<2,1,finite> f4E2M1FN (which have no conversion of NaN to agree with).
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_MINIFLOAT_H
#define EDGEBERT_NUMERICS_MINIFLOAT_H

#include "edgebert/Numerics/Metadata.h"
#include "edgebert/Numerics/Rounding.h"
#include "edgebert/Numerics/Spelling.h"

namespace edgebert::numerics {

/// What the codes with all exponent bits set are.
enum class TopExponent { Ieee, Fn, Finite };

struct MiniFloat {
  unsigned exponentBits = 5;
  unsigned mantissaBits = 10;
  TopExponent top = TopExponent::Ieee;
  bool flush = false;
  bool saturate = false;
  Rounding rounding = Rounding::NearestEven;

  int exponentBias() const { return (1 << (exponentBits - 1)) - 1; }
  /// All bits but the sign.
  uint32_t magnitudeMask() const {
    return (1u << (exponentBits + mantissaBits)) - 1;
  }
  /// The code of the largest finite value.
  uint32_t maxCode() const {
    if (top == TopExponent::Ieee)
      return (((1u << exponentBits) - 1) << mantissaBits) - 1;
    return magnitudeMask() - (top == TopExponent::Fn ? 1 : 0);
  }
  /// What follows it, with an `ieee` top exponent.
  uint32_t infinityCode() const { return maxCode() + 1; }

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          const typename A::Metadata &) const {
    uint32_t shift = 23 - mantissaBits;
    auto magnitude = code & magnitudeMask();
    auto word = (magnitude << shift) + exponentOffset();
    auto isSubnormal = a.lessUnsigned(magnitude, a.word(1u << mantissaBits));
    if (flush)
      word = a.select(isSubnormal, a.word(0u), word);
    else if (!hasF32Exponent())
      word = a.select(isSubnormal,
                      a.bits(a.toReal(magnitude) * a.real(smallestSubnormal())),
                      word);
    auto isSpecial = a.lessUnsigned(a.word(maxCode()), magnitude);
    if (top == TopExponent::Ieee) {
      auto special = (magnitude << shift) | 0x7f800000u;
      special = a.select(a.lessUnsigned(a.word(infinityCode()), magnitude),
                         special | kQuiet, special);
      word = a.select(isSpecial, special, word);
    } else if (top == TopExponent::Fn) {
      word = a.select(isSpecial, a.word(fnNaN()), word);
    }
    return a.fromBits(word | ((code >> (codeBits() - 1)) << 31u));
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          const typename A::Metadata &,
                          typename A::Word noise) const {
    uint32_t shift = 23 - mantissaBits;
    auto word = a.bits(x);
    auto sign = word >> 31u;
    auto magnitude = word & 0x7fffffffu;
    // The carry of the rounded mantissa runs into the exponent by itself.
    auto grown =
        (magnitude - exponentOffset()) +
        getRoundingIncrement(a, rounding, magnitude, shift, sign, noise);
    auto code = grown >> shift;
    code = a.select(a.lessUnsigned(a.word(maxCode()), code),
                    getOverflow(a, magnitude), code);
    if (flush) {
      code = a.select(a.lessSigned(grown, a.word(1u << 23)), a.word(0u), code);
    } else if (!hasF32Exponent()) {
      auto isSubnormal =
          a.lessUnsigned(magnitude, a.word(exponentOffset() + (1u << 23)));
      code = a.select(isSubnormal, encodeSubnormal(a, magnitude, sign, noise),
                      code);
    }
    auto isNaN = a.lessUnsigned(a.word(0x7f800000u), magnitude);
    if (top != TopExponent::Finite)
      code = a.select(isNaN, getNaN(a, magnitude), code);
    code = code | (sign << (codeBits() - 1));
    return top == TopExponent::Finite ? a.select(isNaN, a.word(0u), code)
                                      : code;
  }

  /// decode(encode(x)) in fewer steps.
  template <typename A>
  typename A::Real emulate(A &a, typename A::Real x,
                           const typename A::Metadata &metadata,
                           typename A::Word noise) const {
    if (rounding != Rounding::NearestEven || hasF32Exponent())
      return decode(a, encode(a, x, metadata, noise), metadata);
    auto word = a.bits(x);
    auto magnitude = word & 0x7fffffffu;
    // A number whose last place is the last place of the result makes the
    // addition round to it. Beyond the largest exponent any number does that
    // leaves the sum too large.
    auto exponent = a.minUnsigned(magnitude & 0x7f800000u,
                                  a.word(uint32_t(127 + maxExponent()) << 23));
    if (!flush)
      exponent = a.maxUnsigned(exponent, a.word(exponentOffset() + (1u << 23)));
    auto rounder = a.fromBits(exponent + ((23 - mantissaBits) << 23));
    auto rounded = a.bits((a.fromBits(magnitude) + rounder) - rounder);
    if (flush)
      rounded = a.select(
          a.lessUnsigned(rounded, a.word(exponentOffset() + (1u << 23))),
          a.word(0u), rounded);
    auto most = a.bits(a.real(maxFinite()));
    uint32_t overflow = saturate || top == TopExponent::Finite
                            ? NativeArithmetic::bits(maxFinite())
                        : top == TopExponent::Fn ? fnNaN()
                                                 : 0x7f800000u;
    rounded =
        a.select(a.lessUnsigned(most, rounded), a.word(overflow), rounded);
    auto isNaN = a.lessUnsigned(a.word(0x7f800000u), magnitude);
    auto sign = word & 0x80000000u;
    if (top == TopExponent::Finite)
      return a.fromBits(a.select(isNaN, a.word(0u), rounded | sign));
    auto nan = top == TopExponent::Fn
                   ? a.word(fnNaN())
                   : (magnitude & ~((1u << (23 - mantissaBits)) - 1)) | kQuiet;
    return a.fromBits(a.select(isNaN, nan, rounded) | sign);
  }

  // What every format says about itself (see Format.h).

  static constexpr const char *kMnemonic = "float";
  static constexpr const char *kExample = "float<4,3>";
  static constexpr unsigned kParameters = 2;
  static constexpr const char *kTopNames[] = {"ieee", "fn", "finite"};
  static constexpr const char *kSubnormalNames[] = {"subnormal", "flush"};
  static constexpr const char *kOverflowNames[] = {"overflow", "saturate"};
  static std::array<ChoiceNames, 4> choiceNames() {
    return {ChoiceNames(kTopNames), ChoiceNames(kSubnormalNames),
            ChoiceNames(kOverflowNames), ChoiceNames(kRoundingNames)};
  }
  static MiniFloat fromParameters(const std::array<unsigned, 2> &p,
                                  const std::array<int, 4> &c) {
    MiniFloat result{p[0], p[1]};
    result.top = TopExponent(chosen(c[0], 0));
    result.flush = chosen(c[1], 0);
    result.saturate = chosen(c[2], 0);
    result.rounding = Rounding(chosen(c[3], 0));
    return result;
  }
  std::array<unsigned, 2> parameters() const {
    return {exponentBits, mantissaBits};
  }
  std::array<int, 4> choices() const {
    return {int(top), flush, saturate, int(rounding)};
  }
  std::array<int, 4> defaultChoices() const { return {}; }

  /// Why such a format does not exist, or the empty string.
  std::string invalid() const {
    if (exponentBits < 2 || exponentBits > 8)
      return "expected 2 to 8 exponent bits, got " +
             std::to_string(exponentBits);
    if (mantissaBits < 1 || mantissaBits > 22)
      return "expected 1 to 22 mantissa bits, got " +
             std::to_string(mantissaBits);
    // The top exponent would be beyond f32.
    if (exponentBits == 8 && top != TopExponent::Ieee)
      return std::string("expected 2 to 7 exponent bits with '") +
             kTopNames[int(top)] + "', got 8";
    if (saturate && top == TopExponent::Finite)
      return "expected no 'saturate' with 'finite', which always saturates";
    return "";
  }

  static MetadataKind metadataKind() { return MetadataKind::None; }
  /// Only a signalling NaN and codes that `flush` takes for zero change, into
  /// codes that decode alike.
  bool requantizesExactly() const {
    // An infinity saturates.
    return !saturate || top != TopExponent::Ieee;
  }
  unsigned codeBits() const { return 1 + exponentBits + mantissaBits; }
  std::array<BitField, 3> fields() const {
    return {BitField{"sign", exponentBits + mantissaBits, 1},
            BitField{"exponent", mantissaBits, exponentBits},
            BitField{"mantissa", 0, mantissaBits}};
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

  // Kernels have a loop for each top exponent, with subnormals, and for e = 8,
  // in which the choices below are constants; the last is for all others.

  static constexpr unsigned kVariants = 5;
  unsigned getVariant() const {
    if (flush)
      return 4;
    return hasF32Exponent() ? 3 : unsigned(top);
  }
  template <unsigned variant>
  void assumeVariant() {
    if (variant == 4)
      return;
    flush = false;
    top = variant == 3 ? TopExponent::Ieee : TopExponent(variant);
    if (variant == 3)
      exponentBits = 8;
    else if (exponentBits == 8)
      __builtin_unreachable();
  }

private:
  static constexpr uint32_t kQuiet = 1u << 22;
  /// All ones in every bit that the format has, as APFloat converts it.
  uint32_t fnNaN() const {
    return 0x7fc00000u | ((1u << mantissaBits) - 1) << (23 - mantissaBits);
  }
  /// The difference of the exponent biases, at f32's exponent field.
  uint32_t exponentOffset() const {
    return uint32_t(127 - exponentBias()) << 23;
  }
  /// The exponent of the largest finite value.
  int maxExponent() const {
    return int(maxCode() >> mantissaBits) - exponentBias();
  }
  /// With f32's exponents, subnormals are f32's with fewer bits and need no
  /// case of their own (nor the processor's slow arithmetic on them).
  bool hasF32Exponent() const { return exponentBits == 8; }
  /// 2^(1 - B - m), a normal f32 if e < 8.
  float smallestSubnormal() const {
    int exponent = 1 - exponentBias() - int(mantissaBits);
    return NativeArithmetic::fromBits(uint32_t(exponent + 127) << 23);
  }

  /// The code of a magnitude that rounds to more than the largest.
  template <typename A>
  typename A::Word getOverflow(A &a, typename A::Word magnitude) const {
    if (saturate || top == TopExponent::Finite)
      return a.word(maxCode());
    if (rounding != Rounding::TowardZero)
      return a.word(maxCode() + 1);
    return a.select(a.lessUnsigned(magnitude, a.word(0x7f800000u)),
                    a.word(maxCode()), a.word(maxCode() + 1));
  }

  template <typename A>
  typename A::Word getNaN(A &a, typename A::Word magnitude) const {
    if (top == TopExponent::Fn)
      return a.word(magnitudeMask());
    return ((magnitude - 0x7f800000u) >> (23 - mantissaBits)) | infinityCode() |
           (1u << (mantissaBits - 1));
  }

  /// The code of a magnitude below 2^(1-B), which may round up to it.
  template <typename A>
  typename A::Word encodeSubnormal(A &a, typename A::Word magnitude,
                                   typename A::Word sign,
                                   typename A::Word noise) const {
    if (rounding == Rounding::NearestEven) {
      // A number whose last place is the smallest subnormal makes the addition
      // round to it.
      auto rounder = a.real(smallestSubnormal() * 8388608.0f);
      return a.bits(a.fromBits(magnitude) + rounder) - a.bits(rounder);
    }
    // Shift the significand to its place. Where 31 bits are not enough, those
    // below the noise's resolution go first.
    auto exponent = a.maxUnsigned(magnitude >> 23u, a.word(1u));
    auto significand = magnitude - ((exponent - 1u) << 23u);
    auto shift =
        a.word((exponentOffset() >> 23) + 1 + 23 - mantissaBits) - exponent;
    auto amount = a.maxUnsigned(a.minUnsigned(shift, a.word(31u)), a.word(1u));
    significand = significand >> a.minUnsigned(shift - amount, a.word(31u));
    return (significand + getRoundingIncrement(a, rounding, significand, amount,
                                               sign, noise)) >>
           amount;
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_MINIFLOAT_H
