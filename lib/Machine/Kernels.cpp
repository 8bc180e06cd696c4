//===- Kernels.cpp - the matrix multiply, fast ------------------*- C++ -*-===//

#include "edgebert/Machine/Kernels.h"

#include "DotKernels.h"
#include "SpecialFunctions.h"

#include "edgebert/Numerics/AdaptivFloat.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>

using namespace edgebert;
using namespace edgebert::machine;
using namespace edgebert::machine::kernels;

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

static void fill(EncodeTable &table, unsigned fractionBits, unsigned bias,
                 bool loseSign, const numerics::AdaptivFloat &format) {
  table.low = -32768;
  table.high = 32767;
  for (int32_t v = -32768; v < 32768; ++v) {
    table.codes[size_t(v + 32768)] =
        numerics::encodeFixed(v, fractionBits, bias, loseSign, format);
    bool saturates = numerics::saturatesFixed(v, fractionBits, bias, format);
    if (saturates && v < 0)
      table.low = v + 1;
    if (saturates && v > 0 && table.high == 32767)
      table.high = v - 1;
  }
}

const EncodeTable &kernels::encodeTable(unsigned fractionBits, unsigned bias,
                                        bool loseSign, Precision precision) {
  struct Slot {
    std::once_flag once;
    std::unique_ptr<EncodeTable> table;
  };
  static Slot slots[2][2][8][2];
  bool narrow = precision == Precision::Afp4;
  Slot &slot = slots[narrow][fractionBits == 12][bias & 7][loseSign];
  std::call_once(slot.once, [&] {
    slot.table = std::make_unique<EncodeTable>();
    fill(*slot.table, fractionBits == 12 ? 12 : 10, bias & 7, loseSign,
         narrow ? numerics::kAfp4 : numerics::kAfp8);
  });
  return *slot.table;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

void Operand::countZeros(const uint8_t *bytes, size_t rowBytes) {
  zeroCounts.resize(rowBytes / 16);
  for (unsigned block = 0; block < numRows; block += 16)
    for (size_t t = 0; t < zeroCounts.size(); ++t) {
      unsigned zeros = 0;
      for (unsigned r = block; r < block + 16; ++r) {
        uint64_t halves[2];
        std::memcpy(halves, bytes + r * rowBytes + 16 * t, sizeof(halves));
        zeros += (halves[0] | halves[1]) == 0;
      }
      zeroCounts[t].vectors += zeros;
      zeroCounts[t].tiles += zeros == 16;
    }
}

uint64_t Operand::zeroVectors() const {
  uint64_t sum = 0;
  for (const timing::ZeroCounts &column : zeroCounts)
    sum += column.vectors;
  return sum;
}

Operand::Operand(const uint8_t *codes, unsigned rows, unsigned columns,
                 Precision precision)
    : numRows(rows), numColumns(columns), norms(rows) {
  decoded.resize_for_overwrite(size_t(rows) * columns);
  if (precision == Precision::Afp4)
    decodeOperands4(codes, decoded.size(), decoded.data());
  else
    decodeOperands(codes, decoded.size(), decoded.data());
  countZeros(codes, columns / codesPerByte(precision));
  for (unsigned r = 0; r < rows; ++r) {
    double squares = sumOfSquares(row(r), columns);
    norms[r] = float(std::sqrt(squares) * 1.000001);
    largestNorm = std::max(largestNorm, norms[r]);
  }
}

/// Transposes 4 x 4 pairs: column c of `rows` pairs becomes 4 consecutive
/// pairs at out + 16 c.
static inline void transpose4(const int32_t *const rows[4], unsigned at,
                              int32_t *out) {
  typedef int32_t Vec __attribute__((vector_size(16), aligned(4)));
  Vec r[4];
  for (unsigned i = 0; i < 4; ++i)
    std::memcpy(&r[i], rows[i] + at, sizeof(Vec));
  Vec lo01 = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
  Vec hi01 = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
  Vec lo23 = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
  Vec hi23 = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
  Vec columns[4] = {__builtin_shufflevector(lo01, lo23, 0, 1, 4, 5),
                    __builtin_shufflevector(lo01, lo23, 2, 3, 6, 7),
                    __builtin_shufflevector(hi01, hi23, 0, 1, 4, 5),
                    __builtin_shufflevector(hi01, hi23, 2, 3, 6, 7)};
  for (unsigned c = 0; c < 4; ++c)
    std::memcpy(out + 16 * c, &columns[c], sizeof(Vec));
}

const int16_t *Operand::panels() const {
  if (packed.empty() && numRows != 0) {
    packed.resize_for_overwrite(decoded.size());
    unsigned pairs = numColumns / 2;
    // memcpy-compatible view: int32 pairs of int16, in memory order.
    auto *source = reinterpret_cast<const int32_t *>(decoded.data());
    auto *target = reinterpret_cast<int32_t *>(packed.data());
    for (unsigned r = 0; r < numRows; r += 4) {
      const int32_t *rows[4];
      for (unsigned i = 0; i < 4; ++i)
        rows[i] = source + size_t(r + i) * pairs;
      int32_t *panel = target + size_t(r / 16) * 16 * pairs + r % 16;
      for (unsigned k = 0; k < pairs; k += 4)
        transpose4(rows, k, panel + size_t(16) * k);
    }
  }
  return packed.data();
}

//===----------------------------------------------------------------------===//
// Matmul
//===----------------------------------------------------------------------===//

static DotKernel dotKernel(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::Avx512Vnni)
    return dotAvx512Vnni;
  if (isa == Isa::Avx2)
    return dotAvx2;
  if (isa == Isa::Sse2)
    return dotSse2;
#endif
  return dotPortable;
}

/// The exact inner product.
static int64_t exactDot(const int16_t *a, const int16_t *b, unsigned m) {
  int64_t sum = 0;
  for (unsigned k = 0; k < m; k += 128) {
    int32_t some = 0; // 128 products fit
    unsigned end = std::min(k + 128, m);
    for (unsigned c = k; c < end; ++c)
      some += a[c] * b[c];
    sum += some;
  }
  return sum;
}

namespace {
/// What follows the accumulators.
class Finish {
public:
  Finish(const Description &desc, const MatmulConfig &cfg, Isa isa)
      : isa(isa), table(encodeTable(12, cfg.adfAccumBias,
                                    desc.loseSignOnOverflow, cfg.result)),
        magnitude(cfg.result == Precision::Afp4 ? 0x7 : 0x7f),
        unused(32 - desc.accumulatorBits), shift(cfg.accumRightShift),
        bias(cfg.isBias ? cfg.weightBias : 0),
        floor(cfg.relu ? 0 : std::numeric_limits<int32_t>::min()) {}

  /// `sums`: 16 sums modulo 2^32. One code per byte, of either width.
  void operator()(const int32_t *sums, uint8_t *out) {
#if defined(__x86_64__)
    if (isa == Isa::Avx512Vnni)
      return avx512(sums, out);
    if (isa == Isa::Avx2)
      return avx2(sums, out);
#endif
    loop(sums, out);
  }

  UnitStats lost;

private:
  inline __attribute__((always_inline)) void loop(const int32_t *sums,
                                                  uint8_t *out) {
    int32_t clamped[16];
    int32_t wraps = 0, narrowed = 0, saturated = 0, flushed = 0;
    for (unsigned j = 0; j < 16; ++j) {
      int32_t shifted = wrapped(sums[j]) >> shift;
      auto biased = int32_t(uint32_t(shifted) + uint32_t(bias));
      int32_t y = wrapped(biased);
      // Of 32 bits, a sum of two equal signs that has the other one is wrong.
      wraps += (y != biased) |
               int32_t(uint32_t((shifted ^ biased) & (bias ^ biased)) >> 31);
      y = std::max(y, floor);
      int32_t c = std::min(std::max(y, -32767), 32767);
      narrowed += c != y;
      saturated += (c < table.low) | (c > table.high);
      clamped[j] = c;
    }
    for (unsigned j = 0; j < 16; ++j)
      out[j] = table(clamped[j]);
    for (unsigned j = 0; j < 16; ++j)
      flushed += (clamped[j] != 0) & ((out[j] & magnitude) == 0);
    lost.accumulatorWraps += uint64_t(wraps);
    lost.narrowingSaturations += uint64_t(narrowed);
    lost.encodeSaturations += uint64_t(saturated);
    lost.encodeFlushes += uint64_t(flushed);
  }
#if defined(__x86_64__)
  __attribute__((target("avx2"))) void avx2(const int32_t *sums, uint8_t *out) {
    loop(sums, out);
  }
  __attribute__((target("avx512f,avx512bw,avx512vl"))) void
  avx512(const int32_t *sums, uint8_t *out) {
    loop(sums, out);
  }
#endif
  int32_t wrapped(int32_t v) const {
    return int32_t(uint32_t(v) << unused) >> unused;
  }

  Isa isa;
  const EncodeTable &table;
  uint8_t magnitude;
  unsigned unused, shift;
  int32_t bias, floor;
};
} // namespace

/// Counts the exact sums that do not fit an accumulator.
static uint64_t countWraps(const Description &desc, const Operand &a,
                           const Operand &b, unsigned i, unsigned j,
                           const int32_t *sums, unsigned columns) {
  double limit = double(int64_t(1) << (desc.accumulatorBits - 1));
  uint64_t wraps = 0;
  for (unsigned c = 0; c < columns; ++c) {
    double bound = double(a.norm(j + c)) * b.norm(i);
    if (bound < limit)
      continue;
    int64_t exact = bound < 2147483648.0
                        ? int64_t(sums[c])
                        : exactDot(a.row(j + c), b.row(i), a.columns());
    wraps += exact != wrap(exact, desc.accumulatorBits);
  }
  return wraps;
}

void kernels::matmul(const Description &desc, const MatmulConfig &cfg,
                     const Operand &a, const Operand &b, uint8_t *out,
                     UnitStats *stats, Isa isa) {
  DotKernel dot = dotKernel(isa);
  Finish finish(desc, cfg, isa);
  const int16_t *panels = a.panels();
  bool mayWrap = stats && double(a.maxNorm()) * b.maxNorm() >=
                              double(int64_t(1) << (desc.accumulatorBits - 1));
  alignas(64) int32_t sums[kDotRows * 32];
  for (unsigned j = 0; j < cfg.n0; j += 32) {
    unsigned columns = std::min(32u, cfg.n0 - j);
    for (unsigned i = 0; i < cfg.n1; i += kDotRows) {
      dot(panels + size_t(j) * cfg.m, columns / 16, b.row(i), cfg.m, sums);
      for (unsigned r = 0; r < kDotRows; ++r) {
        size_t at = size_t(i + r) * cfg.n0 + j;
        if (cfg.result == Precision::Afp8) {
          for (unsigned c = 0; c < columns; c += 16)
            finish(sums + 32 * r + c, out + at + c);
        } else {
          uint8_t codes[32];
          finish(sums + 32 * r, codes);
          finish(sums + 32 * r + 16, codes + 16);
          for (unsigned c = 0; c < 16; ++c)
            out[at / 2 + c] = uint8_t(codes[2 * c] | codes[2 * c + 1] << 4);
        }
        if (mayWrap)
          finish.lost.accumulatorWraps +=
              countWraps(desc, a, b, i + r, j, sums + 32 * r, columns);
      }
    }
  }
  if (stats)
    *stats += finish.lost;
}

void kernels::matmul(const Description &desc, const MatmulConfig &cfg,
                     const uint8_t *a, const uint8_t *b, uint8_t *out,
                     UnitStats *stats) {
  matmul(desc, cfg, Operand(a, cfg.n0, cfg.m, cfg.operands),
         Operand(b, cfg.n1, cfg.m, cfg.operands), out, stats);
}
