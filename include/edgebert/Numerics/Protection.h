//===- Protection.h - storage that notices faults ---------------*- C++ -*-===//
//
// Codes for stored words of 1 to 32 bits (thesis 7.4): parity, Hamming with a
// further parity bit (single error correction, double error detection, SECDED),
// and three copies with a vote bit by bit (TMR). Each word is protected alone,
// so one read checks one word.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_PROTECTION_H
#define EDGEBERT_NUMERICS_PROTECTION_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace edgebert::numerics {

enum class Protection : uint8_t {
  None,
  Parity, ///< finds every odd number of flips
  Secded, ///< repairs one flip, finds two
  Tmr,    ///< repairs any flips that no two copies share
};

/// "none", "parity", "secded", "tmr".
llvm::StringRef stringifyProtection(Protection protection);

/// All bits that are stored for one word.
using StoredBits = unsigned __int128;

/// Bits that are stored for a word of `bits`: `bits` itself and the check bits.
/// SECDED of 8, 16 and 32 bits: 13, 22 and 39.
unsigned getStoredWidth(Protection protection, unsigned bits);

/// Where bit `bit` of the word is stored; of three copies the first.
unsigned getStoredPosition(Protection protection, unsigned bit);

StoredBits protect(Protection protection, unsigned bits, uint32_t word);

/// What a read returns.
struct Readout {
  uint32_t word = 0;
  /// Something was wrong.
  bool detected = false;
  /// It is right again, as far as the code can tell.
  bool corrected = false;
};

Readout readProtected(Protection protection, unsigned bits, StoredBits stored);

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_PROTECTION_H
