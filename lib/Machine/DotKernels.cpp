//===- DotKernels.cpp - inner products per instruction set ------*- C++ -*-===//

#include "DotKernels.h"

#include "edgebert/Numerics/AdaptivFloat.h"
#include "edgebert/Numerics/InstructionSet.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace edgebert::machine::kernels {

void dotPortable(const int16_t *panel, unsigned panels, const int16_t *b,
                 unsigned m, int32_t *sums) {
  for (unsigned p = 0; p < panels; ++p, panel += size_t(16) * m)
    for (unsigned i = 0; i < kDotRows; ++i) {
      uint32_t acc[16] = {};
      const int16_t *row = b + size_t(i) * m;
      for (unsigned k = 0; k < m; k += 2)
        for (unsigned j = 0; j < 16; ++j)
          acc[j] += uint32_t(panel[16 * k + 2 * j] * row[k]) +
                    uint32_t(panel[16 * k + 2 * j + 1] * row[k + 1]);
      std::memcpy(sums + 32 * i + 16 * p, acc, sizeof(acc));
    }
}

/// numerics::decodeOperand in a form that vectorises; the formula is tested
/// equal for all codes.
static inline __attribute__((always_inline)) void
decodeLoop(const uint8_t *codes, size_t n, int16_t *out) {
  for (size_t i = 0; i < n; ++i) {
    uint16_t code = codes[i];
    uint16_t value = uint16_t((16 + (code & 15)) << ((code >> 4) & 7));
    value = (code & 0x7f) ? value : 0;
    out[i] = int16_t((code & 0x80) ? uint16_t(-value) : value);
  }
}

static inline __attribute__((always_inline)) double
sumOfSquaresLoop(const int16_t *operands, size_t n) {
  // 128 squares of at most 3968 fit 32 bits.
  double sum = 0;
  for (size_t k = 0; k < n; k += 128) {
    int32_t some = 0;
    size_t end = k + 128 < n ? k + 128 : n;
    for (size_t i = k; i < end; ++i)
      some += operands[i] * operands[i];
    sum += some;
  }
  return sum;
}

#if defined(__x86_64__)

void dotSse2(const int16_t *panel, unsigned panels, const int16_t *b,
             unsigned m, int32_t *sums) {
  // 2 rows x 16 columns: 8 accumulators of 16 registers.
  for (unsigned p = 0; p < panels; ++p, panel += size_t(16) * m)
    for (unsigned i = 0; i < kDotRows; i += 2) {
      __m128i acc[2][4] = {};
      const int16_t *rows = b + size_t(i) * m;
      for (unsigned k = 0; k < m; k += 2) {
        __m128i x[2];
        for (unsigned r = 0; r < 2; ++r) {
          int32_t pair;
          std::memcpy(&pair, rows + size_t(r) * m + k, sizeof(pair));
          x[r] = _mm_set1_epi32(pair);
        }
        for (unsigned j = 0; j < 4; ++j) {
          __m128i a = _mm_loadu_si128(
              reinterpret_cast<const __m128i *>(panel + 16 * k + 8 * j));
          for (unsigned r = 0; r < 2; ++r)
            acc[r][j] = _mm_add_epi32(acc[r][j], _mm_madd_epi16(a, x[r]));
        }
      }
      for (unsigned r = 0; r < 2; ++r)
        std::memcpy(sums + 32 * (i + r) + 16 * p, acc[r], sizeof(acc[r]));
    }
}

__attribute__((target("avx2"))) void dotAvx2(const int16_t *panel,
                                             unsigned panels, const int16_t *b,
                                             unsigned m, int32_t *sums) {
  // 4 rows x 16 columns: 8 accumulators of 16 registers.
  for (unsigned p = 0; p < panels; ++p, panel += size_t(16) * m)
    for (unsigned i = 0; i < kDotRows; i += 4) {
      __m256i acc[4][2] = {};
      const int16_t *rows = b + size_t(i) * m;
      for (unsigned k = 0; k < m; k += 2) {
        __m256i a0 = _mm256_loadu_si256(
            reinterpret_cast<const __m256i *>(panel + 16 * k));
        __m256i a1 = _mm256_loadu_si256(
            reinterpret_cast<const __m256i *>(panel + 16 * k + 16));
        for (unsigned r = 0; r < 4; ++r) {
          int32_t pair;
          std::memcpy(&pair, rows + size_t(r) * m + k, sizeof(pair));
          __m256i x = _mm256_set1_epi32(pair);
          acc[r][0] = _mm256_add_epi32(acc[r][0], _mm256_madd_epi16(a0, x));
          acc[r][1] = _mm256_add_epi32(acc[r][1], _mm256_madd_epi16(a1, x));
        }
      }
      for (unsigned r = 0; r < 4; ++r)
        std::memcpy(sums + 32 * (i + r) + 16 * p, acc[r], sizeof(acc[r]));
    }
}

template <unsigned panels>
__attribute__((target("avx512f,avx512bw,avx512vnni"))) static inline void
dotVnni(const int16_t *panel, const int16_t *b, unsigned m, int32_t *sums) {
  __m512i acc[kDotRows][panels];
  for (unsigned i = 0; i < kDotRows; ++i)
    for (unsigned p = 0; p < panels; ++p)
      acc[i][p] = _mm512_setzero_si512();
  for (unsigned k = 0; k < m; k += 2) {
    __m512i a[panels];
    for (unsigned p = 0; p < panels; ++p)
      a[p] = _mm512_loadu_si512(panel + size_t(p) * 16 * m + 16 * k);
    for (unsigned i = 0; i < kDotRows; ++i) {
      int32_t pair;
      std::memcpy(&pair, b + size_t(i) * m + k, sizeof(pair));
      __m512i x = _mm512_set1_epi32(pair);
      for (unsigned p = 0; p < panels; ++p)
        acc[i][p] = _mm512_dpwssd_epi32(acc[i][p], a[p], x);
    }
  }
  for (unsigned i = 0; i < kDotRows; ++i)
    for (unsigned p = 0; p < panels; ++p)
      _mm512_storeu_si512(sums + 32 * i + 16 * p, acc[i][p]);
}

__attribute__((target("avx512f,avx512bw,avx512vnni"))) void
dotAvx512Vnni(const int16_t *panel, unsigned panels, const int16_t *b,
              unsigned m, int32_t *sums) {
  if (panels == 2)
    dotVnni<2>(panel, b, m, sums);
  else
    dotVnni<1>(panel, b, m, sums);
}

__attribute__((target("avx512f,avx512bw,avx512vl"))) static void
decodeAvx512(const uint8_t *codes, size_t n, int16_t *out) {
  decodeLoop(codes, n, out);
}

__attribute__((target("avx2"))) static void decodeAvx2(const uint8_t *codes,
                                                       size_t n, int16_t *out) {
  decodeLoop(codes, n, out);
}

__attribute__((target("avx512f,avx512bw,avx512vl"))) static double
sumOfSquaresAvx512(const int16_t *operands, size_t n) {
  return sumOfSquaresLoop(operands, n);
}

__attribute__((target("avx2"))) static double
sumOfSquaresAvx2(const int16_t *operands, size_t n) {
  return sumOfSquaresLoop(operands, n);
}

#endif // __x86_64__

double sumOfSquares(const int16_t *operands, size_t n) {
#if defined(__x86_64__)
  using numerics::Isa;
  if (numerics::activeIsa() == Isa::Avx512Vnni)
    return sumOfSquaresAvx512(operands, n);
  if (numerics::activeIsa() == Isa::Avx2)
    return sumOfSquaresAvx2(operands, n);
#endif
  return sumOfSquaresLoop(operands, n);
}

void decodeOperands(const uint8_t *codes, size_t n, int16_t *out) {
#if defined(__x86_64__)
  using numerics::Isa;
  if (numerics::activeIsa() == Isa::Avx512Vnni)
    return decodeAvx512(codes, n, out);
  if (numerics::activeIsa() == Isa::Avx2)
    return decodeAvx2(codes, n, out);
#endif
  decodeLoop(codes, n, out);
}

void decodeOperands4(const uint8_t *bytes, size_t n, int16_t *out) {
  // As 8-bit codes, a cache's worth at a time.
  uint8_t codes[1024];
  for (size_t i = 0; i < n; i += sizeof(codes)) {
    size_t some = n - i < sizeof(codes) ? n - i : sizeof(codes);
    const uint8_t *from = bytes + i / 2;
    for (size_t k = 0; k < some / 2; ++k) {
      codes[2 * k] = numerics::widenAfp4(from[k] & 15);
      codes[2 * k + 1] = numerics::widenAfp4(from[k] >> 4);
    }
    decodeOperands(codes, some, out + i);
  }
}

} // namespace edgebert::machine::kernels
