//===- LaneKernels.cpp - expand and compact streams, fast -------*- C++ -*-===//

#include "LaneKernels.h"

#include "edgebert/Numerics/InstructionSet.h"

#include "llvm/ADT/SmallVector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace edgebert;
using namespace edgebert::machine;

typedef uint8_t Bytes __attribute__((vector_size(16), aligned(1)));

/// Transposes 16 x 16 bytes. Interleaving the halves four times rotates the
/// index bits of row and column into each other's place.
static inline __attribute__((always_inline)) void
transpose16(const uint8_t *in, size_t inStride, uint8_t *out,
            size_t outStride) {
  Bytes rows[16], next[16];
  for (unsigned i = 0; i < 16; ++i)
    std::memcpy(&rows[i], in + i * inStride, 16);
#pragma clang loop unroll(full)
  for (unsigned stage = 0; stage < 4; ++stage) {
    for (unsigned i = 0; i < 8; ++i) {
      next[2 * i] =
          __builtin_shufflevector(rows[i], rows[i + 8], 0, 16, 1, 17, 2, 18, 3,
                                  19, 4, 20, 5, 21, 6, 22, 7, 23);
      next[2 * i + 1] =
          __builtin_shufflevector(rows[i], rows[i + 8], 8, 24, 9, 25, 10, 26,
                                  11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    std::memcpy(rows, next, sizeof(rows));
  }
  for (unsigned i = 0; i < 16; ++i)
    std::memcpy(out + i * outStride, &rows[i], 16);
}

/// The masks of 16 vectors as 16 lanes: bit v of lanes[l] is bit l of
/// masks[v].
static void transposeMasks(const uint16_t *masks, uint16_t *lanes) {
#if defined(__x86_64__)
  __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i *>(masks));
  __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i *>(masks + 8));
  __m128i byte = _mm_set1_epi16(0xff);
  __m128i low =
      _mm_packus_epi16(_mm_and_si128(a, byte), _mm_and_si128(b, byte));
  __m128i high = _mm_packus_epi16(_mm_srli_epi16(a, 8), _mm_srli_epi16(b, 8));
  for (unsigned bit = 8; bit-- > 0;) {
    lanes[bit] = uint16_t(_mm_movemask_epi8(low));
    lanes[bit + 8] = uint16_t(_mm_movemask_epi8(high));
    low = _mm_add_epi8(low, low);
    high = _mm_add_epi8(high, high);
  }
#else
  for (unsigned lane = 0; lane < 16; ++lane) {
    lanes[lane] = 0;
    for (unsigned v = 0; v < 16; ++v)
      lanes[lane] |= uint16_t((masks[v] >> lane & 1) << v);
  }
#endif
}

/// The same of the first vectors, up to 16; returns how many.
static size_t transposeMasks(llvm::ArrayRef<uint16_t> masks, uint16_t *lanes) {
  size_t some = std::min<size_t>(16, masks.size());
  uint16_t block[16] = {};
  std::memcpy(block, masks.data(), some * sizeof(uint16_t));
  transposeMasks(block, lanes);
  return some;
}

uint16_t edgebert::machine::maskOf(const uint8_t *vector) {
#if defined(__x86_64__)
  __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(vector));
  return uint16_t(
      ~_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128())));
#else
  uint16_t mask = 0;
  for (unsigned lane = 0; lane < 16; ++lane)
    mask |= uint16_t(vector[lane] != 0) << lane;
  return mask;
#endif
}

static inline __attribute__((always_inline)) LaneCounters
countLanesWith(llvm::ArrayRef<uint16_t> masks) {
  LaneCounters counts{};
  for (; masks.size() >= 16; masks = masks.drop_front(16)) {
    uint16_t lanes[16];
    transposeMasks(masks.data(), lanes);
    for (unsigned lane = 0; lane < 16; ++lane)
      counts[lane] += uint32_t(llvm::popcount(lanes[lane]));
  }
  for (uint16_t mask : masks)
    forEachLane(mask, [&](unsigned lane) { ++counts[lane]; });
  return counts;
}

//===----------------------------------------------------------------------===//
// Eight bytes of a lane
//===----------------------------------------------------------------------===//

namespace {
/// Without instructions for it.
struct PortableBits {
  /// Puts the first bytes of `from` where `mask` has bits, zero elsewhere.
  static void spread(const uint8_t *from, unsigned mask, uint8_t *to) {
    for (unsigned i = 0; i < 8; ++i) {
      unsigned bit = mask >> i & 1;
      to[i] = uint8_t(*from & -bit);
      from += bit;
    }
  }
  /// Puts the bytes of `from` at which `mask` has bits in a row.
  static void gather(const uint8_t *from, unsigned mask, uint8_t *to) {
    for (unsigned i = 0; i < 8; ++i) {
      *to = from[i];
      to += mask >> i & 1;
    }
  }
};

#if defined(__x86_64__)
/// With PDEP and PEXT.
struct Bmi2Bits {
  static __attribute__((target("bmi2"))) uint64_t bytesOf(unsigned mask) {
    return _pdep_u64(mask, 0x0101010101010101u) * 0xff;
  }
  static __attribute__((target("bmi2"))) void
  spread(const uint8_t *from, unsigned mask, uint8_t *to) {
    uint64_t bytes;
    std::memcpy(&bytes, from, 8);
    bytes = _pdep_u64(bytes, bytesOf(mask));
    std::memcpy(to, &bytes, 8);
  }
  static __attribute__((target("bmi2"))) void
  gather(const uint8_t *from, unsigned mask, uint8_t *to) {
    uint64_t bytes;
    std::memcpy(&bytes, from, 8);
    bytes = _pext_u64(bytes, bytesOf(mask));
    std::memcpy(to, &bytes, 8);
  }
};
#endif

/// Where blocks of 16 vectors go: one behind the other, or as the 16 x 16
/// tiles of a matrix of so many tiles per row.
struct Placement {
  explicit Placement(unsigned tiles)
      : tiles(tiles), stride(tiles == 0 ? 16 : 16 * size_t(tiles)) {}
  size_t block(size_t index) const {
    return tiles == 0 ? 256 * index
                      : index / tiles * 16 * stride + index % tiles * 16;
  }
  unsigned tiles;
  /// From one vector of a block to the next.
  size_t stride;
};

/// All lanes of a stream as columns, each with room for reads and writes of
/// whole words past its end.
class Columns {
public:
  explicit Columns(size_t height) : stride((height + 15) / 16 * 16 + 16) {
    // What is read past a lane's end is masked off.
    bytes.resize_for_overwrite(16 * stride);
  }
  uint8_t *lane(unsigned l) { return bytes.data() + l * stride; }
  size_t stride;

private:
  llvm::SmallVector<uint8_t, 0> bytes;
};
} // namespace

template <typename Bits>
static inline __attribute__((always_inline)) void
expandWith(llvm::ArrayRef<uint16_t> masks, const LaneCounters &counts,
           const uint8_t *data, Placement placement, uint8_t *out) {
  size_t height = largest(counts);
  Columns columns(height);
  size_t row = 0;
  for (; row + 16 <= height; row += 16)
    transpose16(data + 16 * row, 16, columns.lane(0) + row, columns.stride);
  if (row < height) {
    uint8_t rest[256] = {};
    std::memcpy(rest, data + 16 * row, 16 * (height - row));
    transpose16(rest, 16, columns.lane(0) + row, columns.stride);
  }
  const uint8_t *next[16];
  for (unsigned lane = 0; lane < 16; ++lane)
    next[lane] = columns.lane(lane);
  for (size_t v = 0; v < masks.size(); v += 16) {
    uint16_t lanes[16];
    size_t some = transposeMasks(masks.drop_front(v), lanes);
    alignas(16) uint8_t spread[256];
    for (unsigned lane = 0; lane < 16; ++lane) {
      unsigned low = lanes[lane] & 0xff, high = lanes[lane] >> 8;
      Bits::spread(next[lane], low, spread + 16 * lane);
      next[lane] += llvm::popcount(low);
      Bits::spread(next[lane], high, spread + 16 * lane + 8);
      next[lane] += llvm::popcount(high);
    }
    uint8_t *target = out + placement.block(v / 16);
    if (some == 16) {
      transpose16(spread, 16, target, placement.stride);
      continue;
    }
    alignas(16) uint8_t vectors[256];
    transpose16(spread, 16, vectors, 16);
    for (size_t i = 0; i < some; ++i)
      std::memcpy(target + i * placement.stride, vectors + 16 * i, 16);
  }
}

template <typename Bits>
static inline __attribute__((always_inline)) void
compactWith(llvm::ArrayRef<uint16_t> masks, const LaneCounters &counts,
            const uint8_t *stream, uint8_t *data) {
  size_t height = largest(counts);
  Columns columns(height);
  uint8_t *next[16];
  for (unsigned lane = 0; lane < 16; ++lane)
    next[lane] = columns.lane(lane);
  for (size_t v = 0; v < masks.size(); v += 16) {
    uint16_t lanes[16];
    size_t some = transposeMasks(masks.drop_front(v), lanes);
    alignas(16) uint8_t vectors[256] = {}, columnsOf[256];
    std::memcpy(vectors, stream + 16 * v, 16 * some);
    transpose16(vectors, 16, columnsOf, 16);
    for (unsigned lane = 0; lane < 16; ++lane) {
      unsigned low = lanes[lane] & 0xff, high = lanes[lane] >> 8;
      Bits::gather(columnsOf + 16 * lane, low, next[lane]);
      next[lane] += llvm::popcount(low);
      Bits::gather(columnsOf + 16 * lane + 8, high, next[lane]);
      next[lane] += llvm::popcount(high);
    }
  }
  size_t whole = *std::min_element(counts.begin(), counts.end());
  for (size_t row = 0; row < height; row += 16) {
    alignas(16) uint8_t rows[256];
    transpose16(columns.lane(0) + row, columns.stride, rows, 16);
    size_t some = std::min<size_t>(16, height - row);
    size_t full = row < whole ? std::min(some, whole - row) : 0;
    std::memcpy(data + 16 * row, rows, 16 * full);
    // Behind the end of the shortest lane: the others' bytes only.
    for (size_t r = full; r < some; ++r)
      for (unsigned lane = 0; lane < 16; ++lane)
        if (row + r < counts[lane])
          data[16 * (row + r) + lane] = rows[16 * r + lane];
  }
}

#if defined(__x86_64__)
__attribute__((target("bmi2,popcnt"))) static void
expandBmi2(llvm::ArrayRef<uint16_t> masks, const LaneCounters &counts,
           const uint8_t *data, Placement placement, uint8_t *out) {
  expandWith<Bmi2Bits>(masks, counts, data, placement, out);
}
__attribute__((target("bmi2,popcnt"))) static void
compactBmi2(llvm::ArrayRef<uint16_t> masks, const LaneCounters &counts,
            const uint8_t *stream, uint8_t *data) {
  compactWith<Bmi2Bits>(masks, counts, stream, data);
}
__attribute__((target("popcnt"))) static LaneCounters
countLanesPopcnt(llvm::ArrayRef<uint16_t> masks) {
  return countLanesWith(masks);
}
static bool hasBmi2() {
  static const bool has = numerics::activeIsa() != numerics::Isa::Portable &&
                          __builtin_cpu_supports("bmi2");
  return has;
}
#endif

LaneCounters edgebert::machine::countLanes(llvm::ArrayRef<uint16_t> masks) {
#if defined(__x86_64__)
  // Every processor with BMI2 has POPCNT.
  if (hasBmi2())
    return countLanesPopcnt(masks);
#endif
  return countLanesWith(masks);
}

/// Whether all lanes store every vector: the data are the vectors.
static bool isDense(llvm::ArrayRef<uint16_t> masks,
                    const LaneCounters &counts) {
  return *std::min_element(counts.begin(), counts.end()) == masks.size();
}

void edgebert::machine::expandStream(llvm::ArrayRef<uint16_t> masks,
                                     const LaneCounters &counts,
                                     const uint8_t *data, uint8_t *out,
                                     unsigned tiles) {
  Placement placement{tiles};
  if (isDense(masks, counts)) {
    if (tiles == 0)
      std::memcpy(out, data, 16 * masks.size());
    else
      for (size_t v = 0; v < masks.size(); ++v)
        std::memcpy(out + placement.block(v / 16) + v % 16 * placement.stride,
                    data + 16 * v, 16);
    return;
  }
#if defined(__x86_64__)
  if (hasBmi2())
    return expandBmi2(masks, counts, data, placement, out);
#endif
  expandWith<PortableBits>(masks, counts, data, placement, out);
}

void edgebert::machine::compactStream(llvm::ArrayRef<uint16_t> masks,
                                      const LaneCounters &counts,
                                      const uint8_t *stream, uint8_t *data) {
  if (isDense(masks, counts)) {
    std::memcpy(data, stream, 16 * masks.size());
    return;
  }
#if defined(__x86_64__)
  if (hasBmi2())
    return compactBmi2(masks, counts, stream, data);
#endif
  compactWith<PortableBits>(masks, counts, stream, data);
}
