//===- SymmetricInt.h - integers with a scale -------------------*- C++ -*-===//
//
// int<bits>, symmetric: a two's complement integer n and a scale s > 0 kept
// outside the code (one f32 per tensor or channel).
//
//   value = n s, rounded to f32
//   code  = round(x / s), where x / s is rounded to f32 first
//
//   rounding    to nearest, ties to even
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

#include "edgebert/Numerics/Metadata.h"

#include <array>
#include <cfloat>
#include <cmath>
#include <string>

namespace edgebert::numerics {

struct SymmetricInt {
  unsigned bits = 8;

  /// The largest magnitude encode produces.
  int32_t maxInteger() const { return (1 << (bits - 1)) - 1; }

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          typename A::Word scale) const {
    auto integer = a.shiftRightSigned(code << (32 - bits), 32 - bits);
    return a.toReal(integer) * a.fromBits(scale);
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          typename A::Word scale) const {
    auto quotient = x / a.fromBits(scale);
    auto isNaN =
        a.lessUnsigned(a.word(0x7f800000u), a.bits(quotient) & 0x7fffffffu);
    // The bounds are integers, so clamping first changes no result.
    auto most = a.real(float(maxInteger()));
    auto least = a.real(-float(maxInteger()));
    auto clamped = a.select(a.less(quotient, least), least, quotient);
    clamped = a.select(a.less(most, clamped), most, clamped);
    // 1.5 2^23 leaves no fraction bits: the addition rounds as we want, and the
    // integer is the difference of the two bit patterns.
    auto rounder = a.real(12582912.0f);
    auto integer = a.bits(clamped + rounder) - a.bits(rounder);
    return a.select(isNaN, a.word(0), integer & codeMask());
  }

  static constexpr const char *kMnemonic = "int";
  static constexpr MetadataKind kMetadata = MetadataKind::F32;
  static constexpr unsigned kParameters = 1;
  /// False: the code -2^(bits-1) would saturate.
  static constexpr bool kRequantizesExactly = false;

  static SymmetricInt fromParameters(std::array<unsigned, kParameters> p) {
    return {p[0]};
  }
  std::array<unsigned, kParameters> parameters() const { return {bits}; }

  /// Why such a format does not exist, or the empty string.
  std::string invalid() const {
    if (bits < 2 || bits > 16)
      return "expected 2 to 16 bits, got " + std::to_string(bits);
    return "";
  }

  unsigned codeBits() const { return bits; }
  std::array<BitField, 2> fields() const {
    return {BitField{"sign", bits - 1, 1}, BitField{"integer", 0, bits - 1}};
  }
  float maxFinite(Metadata scale) const {
    return float(maxInteger()) * scale.real();
  }

  /// The scale that maps `maxAbs` to the largest integer: maxAbs divided by it,
  /// kept normal and finite; 1 for `maxAbs` = 0.
  Metadata chooseMetadata(float maxAbs) const {
    maxAbs = std::fabs(maxAbs);
    if (maxAbs == 0)
      return Metadata::ofReal(1.0f);
    if (!(maxAbs < INFINITY))
      maxAbs = FLT_MAX;
    float scale = maxAbs / float(maxInteger());
    return Metadata::ofReal(scale < FLT_MIN ? FLT_MIN : scale);
  }

private:
  uint32_t codeMask() const { return (1u << bits) - 1; }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_SYMMETRICINT_H
