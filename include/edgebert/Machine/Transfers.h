//===- Transfers.h - which transfers move what they say ---------*- C++ -*-===//
//
// The published DMA moves only some lengths to the right places (fact sheet 6).
// A compiler asks here how far to lengthen a transfer.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_TRANSFERS_H
#define EDGEBERT_MACHINE_TRANSFERS_H

#include "edgebert/Machine/Timeline.h"

#include <optional>

namespace edgebert::machine {

/// Bits of the burst counters of a machine with DMA defects.
inline constexpr unsigned kLoadBurstCounterBits = 4;
inline constexpr unsigned kStoreBurstCounterBits = 3;
/// Bits of its beat counter.
inline constexpr unsigned kBeatCounterBits = 12;

enum class TransferDirection { Load, Store };

/// The fewest vectors (mask rows), at least `vectors`, that one transfer moves
/// exactly and a memory holds; none if there are none.
std::optional<unsigned> exactTransfer(const Description &desc, MemoryKind kind,
                                      TransferDirection direction,
                                      unsigned vectors);

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_TRANSFERS_H
