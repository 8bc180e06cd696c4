//===- TwosComplement.h - integers as codes ---------------------*- C++ -*-===//
//
// What the formats whose codes are two's complement integers share
// (SymmetricInt.h, AffineInt.h); they differ in what an integer means.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_TWOSCOMPLEMENT_H
#define EDGEBERT_NUMERICS_TWOSCOMPLEMENT_H

#include "edgebert/Numerics/Metadata.h"
#include "edgebert/Numerics/Spelling.h"

namespace edgebert::numerics {

struct TwosComplement : RoundingChoice {
  unsigned bits;

  explicit TwosComplement(unsigned bits = 8, RoundingChoice choice = {})
      : RoundingChoice(choice), bits(bits) {}

  int32_t maxInteger() const { return (1 << (bits - 1)) - 1; }

  static constexpr unsigned kParameters = 1;
  std::array<unsigned, 1> parameters() const { return {bits}; }

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

protected:
  uint32_t codeMask() const { return (1u << bits) - 1; }

  /// The integer of a code.
  template <typename A>
  typename A::Word extendSign(A &a, typename A::Word code) const {
    return a.shiftRightSigned(code << (32 - bits), 32 - bits);
  }
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_TWOSCOMPLEMENT_H
