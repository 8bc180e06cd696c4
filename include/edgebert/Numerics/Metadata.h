//===- Metadata.h - what a number format keeps beside its codes -*- C++ -*-===//

#ifndef EDGEBERT_NUMERICS_METADATA_H
#define EDGEBERT_NUMERICS_METADATA_H

#include "edgebert/Numerics/Arithmetic.h"

namespace edgebert::numerics {

/// The type of the number a format shares between the codes of one tensor or
/// one channel.
enum class MetadataKind {
  None,
  Int8,         ///< an exponent, an exponent bias or an E8M0 scale
  F32,          ///< a scale
  ScaleAndZero, ///< a scale (low 32 bits) and a zero point (high 32 bits)
};

/// One metadata value as the codecs take it: `word` holds the sign-extended
/// integer or the f32's bit pattern, `high` the zero point; 0 where there is
/// none.
struct Metadata {
  uint32_t word = 0;
  uint32_t high = 0;

  static Metadata ofInteger(int value) { return {uint32_t(int32_t(value))}; }
  static Metadata ofReal(float value) {
    return {NativeArithmetic::bits(value)};
  }
  static Metadata ofScaleAndZero(float scale, int zeroPoint) {
    return {NativeArithmetic::bits(scale), uint32_t(int32_t(zeroPoint))};
  }
  int integer() const { return int32_t(word); }
  float real() const { return NativeArithmetic::fromBits(word); }
  int zeroPoint() const { return int32_t(high); }
  MetadataWords<uint32_t> words() const { return {word, high}; }
};

/// A named range of bits of a code; `offset` counts from the least significant.
struct BitField {
  const char *name;
  unsigned offset;
  unsigned width;
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_METADATA_H
