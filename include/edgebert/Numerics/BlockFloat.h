//===- BlockFloat.h - integers under a shared exponent ----------*- C++ -*-===//
//
// bfp<e, m>: a sign s and an m-bit integer M, with an exponent E that the codes
// of a tensor or block share.
//
//   value = (-1)^s M 2^(E - (m - 1))
//
// so that a magnitude in [2^E, 2^(E+1)) has its leading one, which no exponent
// field implies, at the top of M. E has e bits with the bias of float<e, m>:
// 2 - 2^(e-1) - 1 <= E <= 2^(e-1); one outside acts like the nearest inside.
//
//   rounding    any of Rounding.h, default to nearest, ties to even
//   too large   saturates to M = 2^m - 1 with its sign, infinities too
//   zero, NaN   code 0, and what rounds to zero too; both zero codes are +0
//   exponent    floor(log2) of the largest magnitude of the block (so one that
//               rounds up to 2^(E+1) saturates); the smallest E where all are
//               0, the largest for infinity and NaN. Zeros have no exponent.
//   metadata    E, an 8-bit integer
//   storage     the code in the low bits of an unsigned byte (more than 8 bits:
//               two), high bits zero
//
// Source: thesis 8.3.1 (max-scaled); Drumond et al., NeurIPS 2018 (HBFP).
// GoldenEye's block_fp e, m has m fraction bits: bfp<e, m+1> here.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_BLOCKFLOAT_H
#define EDGEBERT_NUMERICS_BLOCKFLOAT_H

#include "edgebert/Numerics/Metadata.h"
#include "edgebert/Numerics/Rounding.h"
#include "edgebert/Numerics/Spelling.h"

namespace edgebert::numerics {

struct BlockFloat : RoundingChoice {
  unsigned exponentBits;
  unsigned mantissaBits;

  explicit BlockFloat(unsigned exponentBits = 8, unsigned mantissaBits = 7,
                      RoundingChoice choice = {})
      : RoundingChoice(choice), exponentBits(exponentBits),
        mantissaBits(mantissaBits) {}

  uint32_t maxCode() const { return (1u << mantissaBits) - 1; }
  int minExponent() const { return 1 - (1 << (exponentBits - 1)); }
  /// 2^(e-1), but for f32's own limit.
  int maxExponent() const {
    return exponentBits == 8 ? 127 : 1 << (exponentBits - 1);
  }

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          const typename A::Metadata &exponent) const {
    auto magnitude = code & maxCode();
    auto value =
        scaleByPowerOfTwo(a, a.toReal(magnitude), getPlace(a, exponent));
    auto sign = a.select(a.equal(magnitude, a.word(0u)), a.word(0u),
                         (code >> mantissaBits) << 31u);
    return a.fromBits(a.bits(value) | sign);
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          const typename A::Metadata &exponent,
                          typename A::Word noise) const {
    auto scaled = getClamped(a, x, exponent);
    auto number = a.select(isNaNBits(a, a.bits(scaled)), a.real(0.0f), scaled);
    auto magnitude = roundMagnitude(a, rounding, number, noise);
    auto sign = a.select(a.equal(magnitude, a.word(0u)), a.word(0u),
                         (a.bits(x) >> 31u) << mantissaBits);
    return magnitude | sign;
  }

  /// decode(encode(x)) in fewer steps.
  template <typename A>
  typename A::Real emulate(A &a, typename A::Real x,
                           const typename A::Metadata &exponent,
                           typename A::Word noise) const {
    if (rounding != Rounding::NearestEven)
      return decode(a, encode(a, x, exponent, noise), exponent);
    auto integer = roundToNearestEven(a, getClamped(a, x, exponent));
    auto isNaN = isNaNBits(a, a.bits(integer));
    return scaleByPowerOfTwo(a, a.select(isNaN, a.real(0.0f), integer),
                             getPlace(a, exponent));
  }

  static constexpr const char *kMnemonic = "bfp";
  static constexpr const char *kExample = "bfp<8,7>";
  static constexpr unsigned kParameters = 2;
  static BlockFloat fromParameters(const std::array<unsigned, 2> &p,
                                   const std::array<int, 1> &c) {
    return BlockFloat(p[0], p[1], fromChoices(c));
  }
  std::array<unsigned, 2> parameters() const {
    return {exponentBits, mantissaBits};
  }

  /// Why such a format does not exist, or the empty string.
  std::string invalid() const {
    if (exponentBits < 2 || exponentBits > 8)
      return "expected 2 to 8 exponent bits, got " +
             std::to_string(exponentBits);
    if (mantissaBits < 1 || mantissaBits > 15)
      return "expected 1 to 15 mantissa bits, got " +
             std::to_string(mantissaBits);
    return "";
  }

  static MetadataKind metadataKind() { return MetadataKind::Int8; }
  bool requantizesExactly() const { return true; }
  unsigned codeBits() const { return 1 + mantissaBits; }
  std::array<BitField, 2> fields() const {
    return {BitField{"sign", mantissaBits, 1},
            BitField{"mantissa", 0, mantissaBits}};
  }
  float maxFinite(Metadata exponent) const {
    NativeArithmetic a;
    return decode(a, maxCode(), exponent.words());
  }
  template <typename A>
  typename A::Metadata chooseMetadata(A &a, typename A::Real least,
                                      typename A::Real greatest) const {
    // f32's subnormals count as 2^-127: no exponent is smaller.
    auto exponent = (getMaxMagnitude(a, least, greatest) >> 23u) - 127u;
    return {clampExponent(a, exponent), a.word(0u)};
  }

private:
  template <typename A>
  typename A::Word clampExponent(A &a, typename A::Word exponent) const {
    return a.minSigned(a.maxSigned(exponent, a.word(uint32_t(minExponent()))),
                       a.word(uint32_t(maxExponent())));
  }
  /// The exponent of the last place of M.
  template <typename A>
  typename A::Word getPlace(A &a, const typename A::Metadata &exponent) const {
    return clampExponent(a, exponent.low) - (mantissaBits - 1);
  }
  /// x in units of the last place, between the largest magnitudes, or NaN.
  template <typename A>
  typename A::Real getClamped(A &a, typename A::Real x,
                              const typename A::Metadata &exponent) const {
    auto scaled = scaleByPowerOfTwo(a, x, a.word(0u) - getPlace(a, exponent));
    auto most = a.real(float(maxCode()));
    auto least = a.real(-float(maxCode()));
    return clampReal(a, scaled, least, most);
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_BLOCKFLOAT_H
