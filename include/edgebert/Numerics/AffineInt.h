//===- AffineInt.h - integers with a scale and a zero point -----*- C++ -*-===//
//
// affine<bits>: a two's complement integer n, a scale s > 0 and a zero point z,
// kept outside the code (one pair per tensor or block).
//
//   value = (n - z) s, rounded to f32
//   code  = round(x / s) + z, where x / s is rounded to f32 first
//
//   rounding    any of Rounding.h, default to nearest, ties to even
//   too large   saturates to [-2^(bits-1), 2^(bits-1) - 1], infinities too
//   zero        code z, the sign of -0 is lost
//   NaN         code z, also where x / s is NaN (0 / 0)
//   metadata    64 bits: the f32 scale below the 32-bit zero point, which is
//               clamped to the range of the codes
//   storage     the code in the low bits of an unsigned byte (more than 8 bits:
//               two), high bits zero
//
// Source: ONNX QuantizeLinear and DynamicQuantizeLinear with signed codes; the
// same as upstream's !quant.uniform<i8:f32, s:z>.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_AFFINEINT_H
#define EDGEBERT_NUMERICS_AFFINEINT_H

#include "edgebert/Numerics/Rounding.h"
#include "edgebert/Numerics/TwosComplement.h"

namespace edgebert::numerics {

struct AffineInt : TwosComplement {
  using TwosComplement::TwosComplement;

  int32_t minInteger() const { return -(1 << (bits - 1)); }

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          const typename A::Metadata &metadata) const {
    auto integer = extendSign(a, code);
    return a.toReal(integer - getZeroPoint(a, metadata)) *
           a.fromBits(metadata.low);
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          const typename A::Metadata &metadata,
                          typename A::Word noise) const {
    auto zero = getZeroPoint(a, metadata);
    auto clamped = getClamped(a, x, metadata, zero);
    auto number =
        a.select(isNaNBits(a, a.bits(clamped)), a.real(0.0f), clamped);
    auto integer = rounding == Rounding::NearestEven
                       ? roundToNearestEvenInteger(a, number)
                       : roundSigned(a, rounding, number, noise);
    return (integer + zero) & codeMask();
  }

  /// decode(encode(x)) in fewer steps.
  template <typename A>
  typename A::Real emulate(A &a, typename A::Real x,
                           const typename A::Metadata &metadata,
                           typename A::Word noise) const {
    if (rounding != Rounding::NearestEven)
      return decode(a, encode(a, x, metadata, noise), metadata);
    auto zero = getZeroPoint(a, metadata);
    auto integer = roundToNearestEven(a, getClamped(a, x, metadata, zero));
    auto isNaN = isNaNBits(a, a.bits(integer));
    return a.select(isNaN, a.real(0.0f), integer) * a.fromBits(metadata.low);
  }

  static constexpr const char *kMnemonic = "affine";
  static constexpr const char *kExample = "affine<8>";
  static AffineInt fromParameters(const std::array<unsigned, 1> &p,
                                  const std::array<int, 1> &c) {
    return AffineInt(p[0], fromChoices(c));
  }

  static MetadataKind metadataKind() { return MetadataKind::ScaleAndZero; }
  /// For finite scales.
  bool requantizesExactly() const { return true; }
  float maxFinite(Metadata metadata) const {
    NativeArithmetic a;
    return decode(a, uint32_t(maxInteger()), metadata.words());
  }
  /// The smallest scale under which all of [least, greatest] and zero have
  /// codes, kept normal and finite, and the zero point that puts `least` at the
  /// smallest code; 1 and the smallest code where all numbers are 0.
  template <typename A>
  typename A::Metadata chooseMetadata(A &a, typename A::Real least,
                                      typename A::Real greatest) const {
    auto zero = a.real(0.0f), limit = a.real(0x1.fffffep+127f);
    // Comparisons that are false for NaN: its range is all there is.
    auto low =
        a.select(a.less(zero, least), zero,
                 a.select(a.less(zero - limit, least), least, zero - limit));
    auto high = a.select(a.less(greatest, zero), zero,
                         a.select(a.less(greatest, limit), greatest, limit));
    auto steps = a.real(float((1 << bits) - 1));
    auto scale = a.bits(high / steps - low / steps);
    auto isZero = a.equal(scale & 0x7fffffffu, a.word(0u));
    scale = a.select(isZero, a.word(0x3f800000u),
                     a.maxUnsigned(scale, a.word(0x00800000u)));
    // low / scale is 0 to -steps.
    auto offset = low / a.fromBits(scale);
    auto point =
        a.word(uint32_t(minInteger())) - roundToNearestEvenInteger(a, offset);
    return {scale, clampZeroPoint(a, point)};
  }

private:
  template <typename A>
  typename A::Word clampZeroPoint(A &a, typename A::Word point) const {
    return a.minSigned(a.maxSigned(point, a.word(uint32_t(minInteger()))),
                       a.word(uint32_t(maxInteger())));
  }
  template <typename A>
  typename A::Word getZeroPoint(A &a,
                                const typename A::Metadata &metadata) const {
    return clampZeroPoint(a, metadata.high);
  }
  /// x / s so that adding the zero point gives a code, or NaN. The bounds are
  /// integers, so clamping first changes no result.
  template <typename A>
  typename A::Real getClamped(A &a, typename A::Real x,
                              const typename A::Metadata &metadata,
                              typename A::Word zero) const {
    auto quotient = x / a.fromBits(metadata.low);
    auto least = a.toReal(a.word(uint32_t(minInteger())) - zero);
    auto most = a.toReal(a.word(uint32_t(maxInteger())) - zero);
    return clampReal(a, quotient, least, most);
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_AFFINEINT_H
