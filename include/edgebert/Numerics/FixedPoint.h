//===- FixedPoint.h - two's complement with a binary point ------*- C++ -*-===//
//
// fixed<i, f>: a two's complement integer n of 1 + i + f bits, f of them behind
// the point; no metadata.
//
//   value = n 2^-f, rounded to f32 (exact up to 25 bits)
//
//   rounding    any of Rounding.h, default to nearest, ties to even
//   too large   saturates to [-2^i, 2^i - 2^-f], infinities too
//   zero        code 0, the sign of -0 is lost
//   NaN         code 0
//   storage     the code in the low bits of an unsigned 1, 2 or 4 byte integer
//
// Source: two's complement fixed point as in ac_fixed<1+i+f, 1+i, true, AC_RND
// ..., AC_SAT>; its AC_RND is ties_up, AC_RND_CONV nearest_even.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_FIXEDPOINT_H
#define EDGEBERT_NUMERICS_FIXEDPOINT_H

#include "edgebert/Numerics/Metadata.h"
#include "edgebert/Numerics/Rounding.h"
#include "edgebert/Numerics/Spelling.h"

namespace edgebert::numerics {

struct FixedPoint : RoundingChoice {
  unsigned integerBits;
  unsigned fractionBits;

  explicit FixedPoint(unsigned integerBits = 3, unsigned fractionBits = 4,
                      RoundingChoice choice = {})
      : RoundingChoice(choice), integerBits(integerBits),
        fractionBits(fractionBits) {}

  uint32_t maxCode() const { return (1u << (integerBits + fractionBits)) - 1; }

  template <typename A>
  typename A::Real decode(A &a, typename A::Word code,
                          const typename A::Metadata &) const {
    uint32_t unused = 32 - codeBits();
    auto integer = a.shiftRightSigned(code << unused, unused);
    return a.toReal(integer) * a.real(1.0f / scale());
  }

  template <typename A>
  typename A::Word encode(A &a, typename A::Real x,
                          const typename A::Metadata &,
                          typename A::Word noise) const {
    auto scaled = x * a.real(scale());
    auto isNaN = isNaNBits(a, a.bits(scaled));
    if (isShort()) {
      auto integer = roundToNearestEvenInteger(a, getClamped(a, scaled));
      return a.select(isNaN, a.word(0u), integer & codeMask());
    }
    // The largest code may be no f32.
    auto limit = a.real(float(1u << (integerBits + fractionBits)));
    auto isAbove = a.less(scaled, limit);
    auto isInside = a.both(a.less(a.real(0.0f) - limit, scaled), isAbove);
    auto number = a.select(isInside, scaled, a.real(0.0f));
    auto code =
        a.minSigned(roundSigned(a, rounding, number, noise), a.word(maxCode()));
    auto saturated =
        a.select(isAbove, a.word(maxCode() + 1), a.word(maxCode()));
    code = a.select(isInside, code & codeMask(), saturated);
    return a.select(isNaN, a.word(0u), code);
  }

  /// decode(encode(x)) in fewer steps.
  template <typename A>
  typename A::Real emulate(A &a, typename A::Real x,
                           const typename A::Metadata &metadata,
                           typename A::Word noise) const {
    if (!isShort())
      return decode(a, encode(a, x, metadata, noise), metadata);
    auto integer = roundToNearestEven(a, getClamped(a, x * a.real(scale())));
    auto isNaN = isNaNBits(a, a.bits(integer));
    return a.select(isNaN, a.real(0.0f), integer) * a.real(1.0f / scale());
  }

  static constexpr const char *kMnemonic = "fixed";
  static constexpr const char *kExample = "fixed<3,4>";
  static constexpr unsigned kParameters = 2;
  static FixedPoint fromParameters(const std::array<unsigned, 2> &p,
                                   const std::array<int, 1> &c) {
    return FixedPoint(p[0], p[1], fromChoices(c));
  }
  std::array<unsigned, 2> parameters() const {
    return {integerBits, fractionBits};
  }

  /// Why such a format does not exist, or the empty string.
  std::string invalid() const {
    if (integerBits > 31 || fractionBits > 31 ||
        integerBits + fractionBits < 1 || integerBits + fractionBits > 31)
      return "expected 1 to 31 bits beside the sign, got " +
             std::to_string(integerBits) + " integer and " +
             std::to_string(fractionBits) + " fraction bits";
    return "";
  }

  static MetadataKind metadataKind() { return MetadataKind::None; }
  bool requantizesExactly() const { return true; }
  unsigned codeBits() const { return 1 + integerBits + fractionBits; }
  std::array<BitField, 3> fields() const {
    return {BitField{"sign", codeBits() - 1, 1},
            BitField{"integer", fractionBits, integerBits},
            BitField{"fraction", 0, fractionBits}};
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
  uint32_t codeMask() const {
    return uint32_t((uint64_t(1) << codeBits()) - 1);
  }
  float scale() const {
    return NativeArithmetic::fromBits((127 + fractionBits) << 23);
  }
  /// Whether the addition of 1.5 2^23 rounds as the format does.
  bool isShort() const {
    return rounding == Rounding::NearestEven && codeBits() <= 22;
  }
  template <typename A>
  typename A::Real getClamped(A &a, typename A::Real scaled) const {
    auto most = a.real(float(maxCode()));
    auto least = a.real(-float(maxCode()) - 1.0f);
    return clampReal(a, scaled, least, most);
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_FIXEDPOINT_H
