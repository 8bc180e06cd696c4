//===- Metadata.h - what a number format keeps beside its codes -*- C++ -*-===//

#ifndef EDGEBERT_NUMERICS_METADATA_H
#define EDGEBERT_NUMERICS_METADATA_H

#include "edgebert/Numerics/Arithmetic.h"

namespace edgebert::numerics {

/// The type of the number a format shares between the codes of one tensor or
/// one channel.
enum class MetadataKind {
  None,
  Int8, ///< an exponent bias
  F32,  ///< a scale
};

/// One metadata value as the codecs take it: a 32-bit word holding the
/// sign-extended integer or the f32's bit pattern; 0 for formats without.
struct Metadata {
  uint32_t word = 0;

  static Metadata ofInteger(int value) { return {uint32_t(int32_t(value))}; }
  static Metadata ofReal(float value) {
    return {NativeArithmetic::bits(value)};
  }
  int integer() const { return int32_t(word); }
  float real() const { return NativeArithmetic::fromBits(word); }
};

/// A named range of bits of a code; `offset` counts from the least significant.
struct BitField {
  const char *name;
  unsigned offset;
  unsigned width;
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_METADATA_H
