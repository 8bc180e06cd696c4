//===- SymmetricInt.h - integers with a scale -------------------*- C++ -*-===//
//
// int<bits>, symmetric: a two's complement integer n and a scale s > 0 kept
// outside the code (one f32 per tensor or block).
//
//   value = n s, rounded to f32
//   code  = round(x / s), where x / s is rounded to f32 first
//
//   rounding    any of Rounding.h, default to nearest, ties to even
//   too large   saturates to +-(2^(bits-1) - 1), infinities too; the code
//               -2^(bits-1) is never produced, but decodes like the others
//   zero        code 0, the sign of -0 is lost
//   NaN         code 0, also where x / s is NaN (0 / 0)
//   storage     the code in the low bits of an unsigned byte (more than 8 bits:
//               two), high bits zero
//
// Source: ONNX QuantizeLinear with zero point 0, restricted to a symmetric
// range as in Jacob et al. 2018 (arXiv 1712.05877), section 3 for weights.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_SYMMETRICINT_H
#define EDGEBERT_NUMERICS_SYMMETRICINT_H

#include "edgebert/Numerics/Rounding.h"
#include "edgebert/Numerics/TwosComplement.h"

#include <cfloat>

namespace edgebert::numerics {

struct SymmetricInt : TwosComplement {
  using TwosComplement::TwosComplement;

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          const typename A::Metadata &scale) const {
    auto integer = extendSign(a, code);
    return a.toReal(integer) * a.fromBits(scale.low);
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          const typename A::Metadata &scale,
                          typename A::Word noise) const {
    auto clamped = getClamped(a, x, scale);
    auto isNaN = isNaNBits(a, a.bits(clamped));
    if (rounding == Rounding::NearestEven) {
      auto integer = roundToNearestEvenInteger(a, clamped);
      return a.select(isNaN, a.word(0u), integer & codeMask());
    }
    auto number = a.select(isNaN, a.real(0.0f), clamped);
    return roundSigned(a, rounding, number, noise) & codeMask();
  }

  /// decode(encode(x)) in fewer steps.
  template <typename A>
  typename A::Real emulate(A &a, typename A::Real x,
                           const typename A::Metadata &scale,
                           typename A::Word noise) const {
    if (rounding != Rounding::NearestEven)
      return decode(a, encode(a, x, scale, noise), scale);
    auto integer = roundToNearestEven(a, getClamped(a, x, scale));
    auto isNaN = isNaNBits(a, a.bits(integer));
    return a.select(isNaN, a.real(0.0f), integer) * a.fromBits(scale.low);
  }

  static constexpr const char *kMnemonic = "int";
  static constexpr const char *kExample = "int<8>";
  static SymmetricInt fromParameters(const std::array<unsigned, 1> &p,
                                     const std::array<int, 1> &c) {
    return SymmetricInt(p[0], fromChoices(c));
  }

  static MetadataKind metadataKind() { return MetadataKind::F32; }
  /// False: the code -2^(bits-1) would saturate.
  bool requantizesExactly() const { return false; }
  float maxFinite(Metadata scale) const {
    return float(maxInteger()) * scale.real();
  }

  /// The scale that maps the largest magnitude to the largest integer: it
  /// divided by that, kept normal and finite; 1 where all numbers are 0.
  template <typename A>
  typename A::Metadata chooseMetadata(A &a, typename A::Real least,
                                      typename A::Real greatest) const {
    auto magnitude = getMaxMagnitude(a, least, greatest);
    auto finite = a.minUnsigned(magnitude, a.word(0x7f7fffffu));
    auto scale = a.bits(a.fromBits(finite) / a.real(float(maxInteger())));
    scale = a.maxUnsigned(scale, a.word(0x00800000u));
    return {
        a.select(a.equal(magnitude, a.word(0u)), a.word(0x3f800000u), scale),
        a.word(0u)};
  }

private:
  /// x / s between the smallest and the largest integer, or NaN. They are
  /// integers, so clamping first changes no result.
  template <typename A>
  typename A::Real getClamped(A &a, typename A::Real x,
                              const typename A::Metadata &scale) const {
    auto quotient = x / a.fromBits(scale.low);
    auto most = a.real(float(maxInteger()));
    auto least = a.real(-float(maxInteger()));
    return clampReal(a, quotient, least, most);
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_SYMMETRICINT_H
