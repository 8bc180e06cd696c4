//===- MxFloat.h - OCP microscaling -----------------------------*- C++ -*-===//
//
// mx<e, m>: the element formats of OCP microscaling 1.0 under a scale 2^k that
// the codes of a block share, usually 32 along the reduction.
//
//   value = element(code) 2^k, rounded to f32; NaN if the scale is NaN
//   code  = element's code of x 2^-k
//
//   mx<5,2>  MXFP8 E5M2   element float<5,2,saturate>
//   mx<4,3>  MXFP8 E4M3   element float<4,3,fn,saturate>
//   mx<3,2>  MXFP6 E3M2   element float<3,2,finite>
//   mx<2,3>  MXFP6 E2M3   element float<2,3,finite>
//   mx<2,1>  MXFP4 E2M1   element float<2,1,finite>
//
//   rounding    any of Rounding.h, default to nearest, ties to even
//   elements    see MiniFloat.h: they have subnormals, keep the sign of zero,
//               and saturate, infinities too (so a block's largest may)
//   NaN         NaN where the element has one, else code 0
//   metadata    the E8M0 code of the scale, k + 127, as the bits of an 8-bit
//               integer (MLIR's f8E8M0FNU); 255 is NaN
//   scale       k = floor(log2) of the largest magnitude of the block less the
//               largest exponent of the element, clamped to [-127, 127]; -127
//               where all are 0, NaN if one is infinite or NaN
//   storage     the code in the low bits of an unsigned byte, high bits zero
//
// Source: OCP Microscaling Formats (MX) 1.0, 5 and 6.3.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_MXFLOAT_H
#define EDGEBERT_NUMERICS_MXFLOAT_H

#include "edgebert/Numerics/MiniFloat.h"

namespace edgebert::numerics {

struct MxFloat : RoundingChoice {
  unsigned exponentBits;
  unsigned mantissaBits;

  explicit MxFloat(unsigned exponentBits = 4, unsigned mantissaBits = 3,
                   RoundingChoice choice = {})
      : RoundingChoice(choice), exponentBits(exponentBits),
        mantissaBits(mantissaBits) {}

  MiniFloat element() const {
    MiniFloat result{exponentBits, mantissaBits};
    result.top = exponentBits == 5   ? TopExponent::Ieee
                 : exponentBits == 4 ? TopExponent::Fn
                                     : TopExponent::Finite;
    result.saturate = result.top != TopExponent::Finite;
    result.rounding = rounding;
    return result;
  }

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          const typename A::Metadata &scale) const {
    return applyScale(a, element().decode(a, code, scale), scale);
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          const typename A::Metadata &scale,
                          typename A::Word noise) const {
    return element().encode(a, removeScale(a, x, scale), scale, noise);
  }

  template <typename A>
  typename A::Real emulate(A &a, typename A::Real x,
                           const typename A::Metadata &scale,
                           typename A::Word noise) const {
    return applyScale(
        a, element().emulate(a, removeScale(a, x, scale), scale, noise), scale);
  }

  static constexpr const char *kMnemonic = "mx";
  static constexpr const char *kExample = "mx<4,3>";
  static constexpr unsigned kParameters = 2;
  static MxFloat fromParameters(const std::array<unsigned, 2> &p,
                                const std::array<int, 1> &c) {
    return MxFloat(p[0], p[1], fromChoices(c));
  }
  std::array<unsigned, 2> parameters() const {
    return {exponentBits, mantissaBits};
  }

  /// Why such a format does not exist, or the empty string.
  std::string invalid() const {
    for (auto [e, m] : {std::pair(5u, 2u), std::pair(4u, 3u), std::pair(3u, 2u),
                        std::pair(2u, 3u), std::pair(2u, 1u)})
      if (e == exponentBits && m == mantissaBits)
        return "";
    return "expected an element of OCP microscaling, one of mx<5,2>, mx<4,3>, "
           "mx<3,2>, mx<2,3>, mx<2,1>, got mx<" +
           std::to_string(exponentBits) + "," + std::to_string(mantissaBits) +
           ">";
  }

  static MetadataKind metadataKind() { return MetadataKind::Int8; }
  /// Not mx<5,2>, whose infinities saturate.
  bool requantizesExactly() const { return element().requantizesExactly(); }
  unsigned codeBits() const { return 1 + exponentBits + mantissaBits; }
  std::array<BitField, 3> fields() const { return element().fields(); }
  float maxFinite(Metadata scale) const {
    NativeArithmetic a;
    float most = decode(a, element().maxCode(), scale.words());
    // NaN and overflow leave f32's own.
    return most < 0x1.fffffep+127f ? most : 0x1.fffffep+127f;
  }
  template <typename A>
  typename A::Metadata chooseMetadata(A &a, typename A::Real least,
                                      typename A::Real greatest) const {
    auto magnitude = getMaxMagnitude(a, least, greatest);
    MiniFloat e = element();
    int largest = int(e.maxCode() >> mantissaBits) - e.exponentBias();
    auto code = a.maxSigned((magnitude >> 23u) - uint32_t(largest), a.word(0u));
    code = a.select(a.lessUnsigned(magnitude, a.word(0x7f800000u)), code,
                    a.word(255u));
    // As the signed byte it is stored in.
    return {a.shiftRightSigned(code << 24u, 24), a.word(0u)};
  }

private:
  template <typename A>
  typename A::Real applyScale(A &a, typename A::Real x,
                              const typename A::Metadata &scale) const {
    auto code = scale.low & 255u;
    auto scaled = scaleByPowerOfTwo(a, x, code - 127u);
    return a.select(a.equal(code, a.word(255u)),
                    a.fromBits(a.word(0x7fc00000u)), scaled);
  }
  template <typename A>
  typename A::Real removeScale(A &a, typename A::Real x,
                               const typename A::Metadata &scale) const {
    auto code = scale.low & 255u;
    auto scaled = scaleByPowerOfTwo(a, x, a.word(127u) - code);
    return a.select(a.equal(code, a.word(255u)),
                    a.fromBits(a.word(0x7fc00000u)), scaled);
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_MXFLOAT_H
