//===- LaneKernels.h - expand and compact streams, fast ---------*- C++ -*-===//
//
// The decoder's and the encoder's address counters (Streams.h) for whole
// streams that start with all counters at zero. Each lane is a column of the
// data: a block of 16 x 16 bytes is transposed, and a lane's bytes are spread
// or gathered eight at a time.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_MACHINE_LANEKERNELS_H
#define EDGEBERT_LIB_MACHINE_LANEKERNELS_H

#include "Streams.h"

namespace edgebert::machine {

/// Per lane, the stored bytes of a stream with these masks.
LaneCounters countLanes(llvm::ArrayRef<uint16_t> masks);

/// Bit i is set where byte i of the vector is not zero.
uint16_t maskOf(const uint8_t *vector);

/// Vectors of a stream whose data start at `data`; out: 16 bytes per mask.
/// `counts` is countLanes(masks); 16 largest(counts) bytes are read. With
/// `tiles`, the stream is in the tiled layout of a matrix with so many tiles
/// per row, which `out` becomes, row-major.
void expandStream(llvm::ArrayRef<uint16_t> masks, const LaneCounters &counts,
                  const uint8_t *data, uint8_t *out, unsigned tiles = 0);

/// The inverse: stores each lane's bytes that its masks select, in order, and
/// no other byte. `stream`: 16 bytes per mask; writes below data +
/// 16 largest(counts).
void compactStream(llvm::ArrayRef<uint16_t> masks, const LaneCounters &counts,
                   const uint8_t *stream, uint8_t *data);

} // namespace edgebert::machine

#endif // EDGEBERT_LIB_MACHINE_LANEKERNELS_H
