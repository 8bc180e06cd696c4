//===- Rounding.h - how formats choose between two codes --------*- C++ -*-===//
//
// The rounding of a format is a part of its type. Every format rounds its
// magnitudes with the functions below, so that a rule is written once:
//
//   nearest_even  to nearest, ties to the even neighbour (IEEE 754, 4.3.1)
//   ties_away     to nearest, ties away from zero (IEEE 754, 4.3.1)
//   ties_up       to nearest, ties toward +infinity (ac_fixed's AC_RND, and so
//                 the accelerator's encoder)
//   toward_zero   the neighbour of smaller magnitude
//   stochastic    the neighbour away from zero with a probability equal to the
//                 distance from the other one, in units of their distance, up
//                 to the resolution of the noise (at least 2^-23)
//
// Stochastic rounding takes 32 random bits from Noise.h; the others ignore
// them.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_ROUNDING_H
#define EDGEBERT_NUMERICS_ROUNDING_H

#include "edgebert/Numerics/Arithmetic.h"

namespace edgebert::numerics {

enum class Rounding { NearestEven, TiesAway, TiesUp, TowardZero, Stochastic };

/// In the order of the enumeration, as they are spelled in types.
inline constexpr const char *kRoundingNames[] = {
    "nearest_even", "ties_away", "ties_up", "toward_zero", "stochastic"};

/// What to add to `magnitude` before its low `shift` bits (1 to 31) go; `sign`
/// is 1 for negative numbers. `Shift` is a constant or a word.
template <typename A, typename Shift>
typename A::Word getRoundingIncrement(A &a, Rounding rounding,
                                      typename A::Word magnitude, Shift shift,
                                      typename A::Word sign,
                                      typename A::Word noise) {
  switch (rounding) {
  case Rounding::NearestEven:
    return ((magnitude >> shift) & 1u) + ((a.word(1u) << (shift - 1u)) - 1u);
  case Rounding::TiesAway:
    return a.word(1u) << (shift - 1u);
  case Rounding::TiesUp:
    return (a.word(1u) << (shift - 1u)) - sign;
  case Rounding::TowardZero:
    return a.word(0u);
  case Rounding::Stochastic:
    break;
  }
  return (noise >> 1u) & ((a.word(1u) << shift) - 1u);
}

/// |x| rounded to an integer, for |x| < 2^31 and no NaN.
template <typename A>
typename A::Word roundMagnitude(A &a, Rounding rounding, typename A::Real x,
                                typename A::Word noise) {
  auto word = a.bits(x);
  auto magnitude = a.fromBits(word & 0x7fffffffu);
  auto whole = a.truncate(magnitude);
  if (rounding == Rounding::TowardZero)
    return whole;
  auto fraction = magnitude - a.toReal(whole); // exact
  auto one = a.word(1u), zero = a.word(0u);
  auto half = a.real(0.5f);
  auto isAbove = a.less(half, fraction);
  if (rounding == Rounding::Stochastic) {
    auto threshold = a.toReal(noise >> 8u) * a.real(0x1p-24f);
    return whole + a.select(a.less(threshold, fraction), one, zero);
  }
  auto isTie = a.equal(a.bits(fraction), a.word(0x3f000000u));
  auto tie = rounding == Rounding::NearestEven ? whole & 1u
             : rounding == Rounding::TiesAway  ? one
                                               : one - (word >> 31u);
  return whole + a.select(isAbove, one, a.select(isTie, tie, zero));
}

/// 1.5 2^23: adding it to |x| < 2^22 leaves no fraction bits, so the addition
/// rounds to nearest even.
inline constexpr float kRounder = 0x1.8p+23f;

/// x rounded to an integer as a real, for |x| < 2^22; NaN stays NaN.
template <typename A>
typename A::Real roundToNearestEven(A &a, typename A::Real x) {
  auto rounder = a.real(kRounder);
  return (x + rounder) - rounder;
}

/// The same as a two's complement integer: the difference of two bit patterns
/// with one exponent. Anything for NaN.
template <typename A>
typename A::Word roundToNearestEvenInteger(A &a, typename A::Real x) {
  auto rounder = a.real(kRounder);
  return a.bits(x + rounder) - a.bits(rounder);
}

/// x between two bounds; NaN stays NaN.
template <typename A>
typename A::Real clampReal(A &a, typename A::Real x, typename A::Real least,
                           typename A::Real most) {
  auto atLeast = a.select(a.less(x, least), least, x);
  return a.select(a.less(most, atLeast), most, atLeast);
}

/// x rounded to a two's complement integer, for |x| < 2^31 and no NaN.
template <typename A>
typename A::Word roundSigned(A &a, Rounding rounding, typename A::Real x,
                             typename A::Word noise) {
  auto negative = a.shiftRightSigned(a.bits(x), 31);
  auto magnitude = roundMagnitude(a, rounding, x, noise);
  return (magnitude ^ negative) - negative;
}

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_ROUNDING_H
