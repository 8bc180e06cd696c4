//===- Streams.h - the decoder's address counters ---------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_MACHINE_STREAMS_H
#define EDGEBERT_LIB_MACHINE_STREAMS_H

#include "edgebert/Machine/Images.h"

#include "llvm/ADT/bit.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace edgebert::machine {

/// Per lane, how many of its stored bytes have been passed.
using LaneCounters = std::array<uint32_t, 16>;

inline uint32_t largest(const LaneCounters &counters) {
  return *std::max_element(counters.begin(), counters.end());
}

/// Calls fn(lane) for each lane of a mask.
template <typename Fn>
void forEachLane(uint16_t mask, Fn fn) {
  for (uint32_t rest = mask; rest != 0; rest &= rest - 1)
    fn(unsigned(llvm::countr_zero(rest)));
}

/// Expands vectors from `counters` on, which advance. Byte n of a lane is at
/// data[(base + 16 n + lane) mod size]. The definition of expandStream
/// (LaneKernels.h), and what runs where addresses wrap.
inline void expandVectors(llvm::ArrayRef<uint16_t> masks,
                          llvm::ArrayRef<uint8_t> data, uint32_t base,
                          LaneCounters &counters, uint8_t *out) {
  for (uint16_t mask : masks) {
    std::memset(out, 0, 16);
    forEachLane(mask, [&](unsigned lane) {
      out[lane] = data[(base + 16 * counters[lane]++ + lane) % data.size()];
    });
    out += 16;
  }
}

/// Vectors of a stream, 16 bytes each, to a row-major matrix and back.
inline void fromStream(const uint8_t *stream, unsigned rows, unsigned tiles,
                       Layout layout, uint8_t *matrix) {
  if (layout == Layout::RowMajor) {
    std::memcpy(matrix, stream, size_t(rows) * tiles * 16);
    return;
  }
  for (unsigned r = 0; r < rows; ++r)
    for (unsigned t = 0; t < tiles; ++t)
      std::memcpy(matrix + (size_t(r) * tiles + t) * 16,
                  stream + size_t(streamIndex(r, t, tiles, layout)) * 16, 16);
}

inline void toStream(const uint8_t *matrix, unsigned rows, unsigned tiles,
                     Layout layout, uint8_t *stream) {
  if (layout == Layout::RowMajor) {
    std::memcpy(stream, matrix, size_t(rows) * tiles * 16);
    return;
  }
  for (unsigned r = 0; r < rows; ++r)
    for (unsigned t = 0; t < tiles; ++t)
      std::memcpy(stream + size_t(streamIndex(r, t, tiles, layout)) * 16,
                  matrix + (size_t(r) * tiles + t) * 16, 16);
}

} // namespace edgebert::machine

#endif // EDGEBERT_LIB_MACHINE_STREAMS_H
