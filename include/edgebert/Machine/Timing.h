//===- Timing.h - cycles of the accelerator ---------------------*- C++ -*-===//
//
// The cycle counts measured by executing the published source (fact sheet
// 5.9), as functions: from the start of a command to its completion. Data
// never changes them, but for zeros that a machine skips.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_TIMING_H
#define EDGEBERT_MACHINE_TIMING_H

#include "edgebert/Machine/Description.h"
#include "edgebert/Machine/Units.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace edgebert::machine::timing {

/// Multiply-accumulates per cycle that the array can start with 8-bit codes: 16
/// vectors of 16 lanes (fact sheet 1.3). Decoding alternates with computing, so
/// no operation reaches half of it.
inline constexpr unsigned kPeakMacs =
    Description::vectorSize * Description::vectorSize;

/// `n0`, `n1`, `m` in elements. A tile of 4-bit codes is 32 columns wide and
/// takes the time of 16 columns of 8 bits (thesis 9.1.4 names no other unit for
/// them). The published source has no 4 bits, so this is the design, not a
/// measurement.
uint64_t matmul(const Description &desc, unsigned n0, unsigned n1, unsigned m,
                Precision operands = Precision::Afp8);

/// The all-zero vectors, and the tiles of 16 of them, in one column of tiles of
/// an operand. Zero is the byte 0x00, as in the published gating: 0x80 is not.
struct ZeroCounts {
  uint64_t vectors = 0, tiles = 0;
};

/// The cycles that Description::skipZeroVectors saves of a matmul's. The array
/// multiplies a tile of operand 0, 16 vectors, by one vector of operand 1 per
/// cycle. A cycle is skipped if none of its 16 products is left: the vector of
/// operand 1 is zero, or all 16 of operand 0 are. One zero vector of operand 0
/// only gates its multiplier. Receiving a tile costs its 16 cycles all the
/// same. `a`, `b`: per column of tiles of operand 0 and 1, of `n0` and `n1`
/// rows.
uint64_t skipped(unsigned n0, unsigned n1, llvm::ArrayRef<ZeroCounts> a,
                 llvm::ArrayRef<ZeroCounts> b);
/// Pairs of vectors of which one is all zero, so that their product is gated
/// (fact sheet 5.1); the arguments of `skipped`.
uint64_t gatedPairs(unsigned n0, unsigned n1, llvm::ArrayRef<ZeroCounts> a,
                    llvm::ArrayRef<ZeroCounts> b);
uint64_t layerNorm(unsigned vectors, unsigned timesteps);
uint64_t softmax(unsigned vectors, unsigned timesteps);
uint64_t elemAdd(unsigned vectors, unsigned timesteps);
uint64_t entropy(unsigned vectors);

inline constexpr uint64_t kDvfs = 5;
/// A softmax whose span is all zero and skipped: one write per vector, and the
/// reading of the span (assumed; the published machine does not skip).
uint64_t skippedSoftmax(unsigned vectors, unsigned timesteps);

/// Data and auxiliary loads of `beats` x 8 bytes.
uint64_t dataLoad(const Description &desc, uint64_t beats);
uint64_t dataStore(const Description &desc, uint64_t beats);
uint64_t auxStore(const Description &desc, uint64_t beats);
/// Mask transfers; a beat is four rows and takes four cycles.
uint64_t maskLoad(const Description &desc, uint64_t beats);
uint64_t maskStore(const Description &desc, uint64_t beats);

/// From the register write that starts a command to its start, and from its
/// end to the interrupt, together.
inline constexpr uint64_t kInterrupt = 6;
/// The same for ElemAdd.
inline constexpr uint64_t kInterruptElemAdd = 7;

} // namespace edgebert::machine::timing

#endif // EDGEBERT_MACHINE_TIMING_H
