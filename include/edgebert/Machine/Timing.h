//===- Timing.h - cycles of the accelerator ---------------------*- C++ -*-===//
//
// The cycle counts measured by executing the published source (fact sheet
// 5.9), as functions: from the start of a command to its completion. Data
// never changes them.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_TIMING_H
#define EDGEBERT_MACHINE_TIMING_H

#include "edgebert/Machine/Description.h"

#include <cstdint>

namespace edgebert::machine::timing {

/// `n0`, `n1`, `m` in elements. With Description::skipZeroVectors,
/// `zeroVectors` of operand 1 each save one compute cycle per use.
uint64_t matmul(const Description &desc, unsigned n0, unsigned n1, unsigned m,
                uint64_t zeroVectors = 0);
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
