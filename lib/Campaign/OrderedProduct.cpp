//===- OrderedProduct.cpp - matrix products row by row --------------------===//

#include "edgebert/Campaign/OrderedProduct.h"
#include "edgebert/Numerics/InstructionSet.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace edgebert::campaign {

static uint32_t toBits(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  return bits;
}

/// Two steps of k; the first product to be added is that of the high halves.
static uint32_t toPair(float first, float second) {
  return toBits(first) | toBits(second) >> 16;
}

static bool hasPairProducts();

void PackedMatrix::pack(const float *data, int64_t k, int64_t n,
                        int64_t strideK, int64_t strideN) {
  numK = k;
  numColumns = n;
  int64_t panels = (n + kLanes - 1) / kLanes;
  storage.resize(panels * k * kLanes);
  float *to = storage.data();
  for (int64_t panel = 0; panel < panels; ++panel) {
    int64_t first = panel * kLanes;
    int64_t width = std::min(kLanes, n - first);
    for (int64_t row = 0; row < k; ++row, to += kLanes) {
      const float *from = data + row * strideK + first * strideN;
      if (strideN == 1) {
        std::copy(from, from + width, to);
      } else {
        for (int64_t lane = 0; lane < width; ++lane)
          to[lane] = from[lane * strideN];
      }
      std::fill(to + width, to + kLanes, 0.0f);
    }
  }
  pairs.clear();
  if (!hasPairProducts())
    return;
  bool allShort = true;
  for (float x : storage)
    allShort &= isShort(toBits(x));
  if (!allShort)
    return;
  int64_t numPairs = (k + 1) / 2;
  pairs.resize(panels * numPairs * kLanes);
  for (int64_t panel = 0; panel < panels; ++panel) {
    const float *from = getPanel(panel);
    uint32_t *out = pairs.data() + panel * numPairs * kLanes;
    for (int64_t pair = 0; pair < numPairs; ++pair)
      for (int64_t lane = 0; lane < kLanes; ++lane) {
        bool last = 2 * pair + 1 == k;
        out[pair * kLanes + lane] =
            toPair(from[2 * pair * kLanes + lane],
                   last ? 0 : from[(2 * pair + 1) * kLanes + lane]);
      }
  }
}

namespace {

constexpr int64_t kLanes = PackedMatrix::kLanes;
/// Rows of one tile: with two vectors of columns, 24 sums in registers.
constexpr int kTileRows = 12;

/// One tile: `tile` holds kTileRows x kLanes sums, which the rows a[0..rows)
/// times the panel are added to.
using TileFunction = void (*)(const float *const *a, int64_t strideA,
                              const float *panel, int64_t k, float *tile);

template <int rows>
void multiplyTile(const float *const *a, int64_t strideA, const float *panel,
                  int64_t k, float *tile) {
  for (int64_t i = 0; i < k; ++i)
    for (int r = 0; r < rows; ++r)
      for (int64_t lane = 0; lane < kLanes; ++lane)
        tile[r * kLanes + lane] =
            std::fma(a[r][i * strideA], panel[i * kLanes + lane],
                     tile[r * kLanes + lane]);
}

#if defined(__x86_64__)
template <int rows>
__attribute__((target("avx2,fma"))) void
multiplyTileAvx2(const float *const *a, int64_t strideA, const float *panel,
                 int64_t k, float *tile) {
  // Two rows at a time: eight sums in registers.
  for (int first = 0; first < rows; first += 2) {
    bool two = first + 1 < rows;
    const float *a0 = a[first], *a1 = a[two ? first + 1 : first];
    __m256 sums[2][4];
    for (int r = 0; r < 2; ++r)
      for (int v = 0; v < 4; ++v)
        sums[r][v] = _mm256_loadu_ps(tile + (first + r) * kLanes + v * 8);
    for (int64_t i = 0; i < k; ++i) {
      __m256 x0 = _mm256_set1_ps(a0[i * strideA]);
      __m256 x1 = _mm256_set1_ps(a1[i * strideA]);
      for (int v = 0; v < 4; ++v) {
        __m256 b = _mm256_loadu_ps(panel + i * kLanes + v * 8);
        sums[0][v] = _mm256_fmadd_ps(x0, b, sums[0][v]);
        sums[1][v] = _mm256_fmadd_ps(x1, b, sums[1][v]);
      }
    }
    for (int r = 0; r < 1 + two; ++r)
      for (int v = 0; v < 4; ++v)
        _mm256_storeu_ps(tile + (first + r) * kLanes + v * 8, sums[r][v]);
  }
}

template <int rows>
__attribute__((target("avx512f"))) void
multiplyTileAvx512(const float *const *a, int64_t strideA, const float *panel,
                   int64_t k, float *tile) {
  __m512 low[rows], high[rows];
  const float *from[rows];
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r) {
    low[r] = _mm512_loadu_ps(tile + r * kLanes);
    high[r] = _mm512_loadu_ps(tile + r * kLanes + 16);
    from[r] = a[r];
  }
  for (int64_t i = 0; i < k; ++i) {
    __m512 b0 = _mm512_loadu_ps(panel + i * kLanes);
    __m512 b1 = _mm512_loadu_ps(panel + i * kLanes + 16);
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
      __m512 x = _mm512_set1_ps(from[r][i * strideA]);
      low[r] = _mm512_fmadd_ps(x, b0, low[r]);
      high[r] = _mm512_fmadd_ps(x, b1, high[r]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r) {
    _mm512_storeu_ps(tile + r * kLanes, low[r]);
    _mm512_storeu_ps(tile + r * kLanes + 16, high[r]);
  }
}
#endif

/// The same with pairs: k is the number of pairs, rows are contiguous.
using PairFunction = void (*)(const uint32_t *const *a, const uint32_t *panel,
                              int64_t k, float *tile);

#if defined(__x86_64__)
template <int rows>
__attribute__((target("avx512f,avx512bf16"))) void
multiplyPairs(const uint32_t *const *a, const uint32_t *panel, int64_t k,
              float *tile) {
  __m512 low[rows], high[rows];
  const uint32_t *from[rows];
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r) {
    low[r] = _mm512_loadu_ps(tile + r * kLanes);
    high[r] = _mm512_loadu_ps(tile + r * kLanes + 16);
    from[r] = a[r];
  }
  for (int64_t i = 0; i < k; ++i) {
    auto b0 = (__m512bh)_mm512_loadu_si512(panel + i * kLanes);
    auto b1 = (__m512bh)_mm512_loadu_si512(panel + i * kLanes + 16);
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
      auto x = (__m512bh)_mm512_set1_epi32(from[r][i]);
      low[r] = _mm512_dpbf16_ps(low[r], x, b0);
      high[r] = _mm512_dpbf16_ps(high[r], x, b1);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r) {
    _mm512_storeu_ps(tile + r * kLanes, low[r]);
    _mm512_storeu_ps(tile + r * kLanes + 16, high[r]);
  }
}
#endif

#define TILES(function)                                                        \
  {function<1>, function<2>,  function<3>,  function<4>,                       \
   function<5>, function<6>,  function<7>,  function<8>,                       \
   function<9>, function<10>, function<11>, function<12>}

/// The functions for 1 to kTileRows rows on this processor.
const TileFunction *getTileFunctions() {
  static const TileFunction portable[] = TILES(multiplyTile);
#if defined(__x86_64__)
  static const TileFunction avx2[] = TILES(multiplyTileAvx2);
  static const TileFunction avx512[] = TILES(multiplyTileAvx512);
  switch (numerics::activeIsa()) {
  case numerics::Isa::Avx512Vnni:
    return avx512;
  case numerics::Isa::Avx2:
    if (__builtin_cpu_supports("fma"))
      return avx2;
    break;
  default:
    break;
  }
#endif
  return portable;
}

/// The functions for pairs, null where this processor has none.
const PairFunction *getPairFunctions() {
#if defined(__x86_64__)
  static const PairFunction functions[] = TILES(multiplyPairs);
  if (numerics::activeIsa() == numerics::Isa::Avx512Vnni &&
      __builtin_cpu_supports("avx512bf16"))
    return functions;
#endif
  return nullptr;
}
#undef TILES

/// Whether pairs give the bits of the chain: the order and the rounding of the
/// two additions are not the same on all processors. Tried on sums of numbers
/// whose exponents differ enough for every rounding to matter.
bool tryPairs(const PairFunction *functions) {
  constexpr int64_t numPairs = 16;
  uint64_t state = 1;
  auto next = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint32_t word = state >> 32;
    // A sign, an exponent within 2^+-12 and 7 bits.
    uint32_t bits = (word & 0x807f0000) | (115 + (word >> 7) % 25) << 23;
    float x;
    std::memcpy(&x, &bits, sizeof(x));
    return x;
  };
  for (int repeat = 0; repeat < 200; ++repeat) {
    float a[2 * numPairs], b[2 * numPairs * kLanes];
    uint32_t aPairs[numPairs], bPairs[numPairs * kLanes];
    for (float &x : a)
      x = next();
    for (float &x : b)
      x = next();
    for (int64_t i = 0; i < numPairs; ++i) {
      aPairs[i] = toPair(a[2 * i], a[2 * i + 1]);
      for (int64_t lane = 0; lane < kLanes; ++lane)
        bPairs[i * kLanes + lane] =
            toPair(b[2 * i * kLanes + lane], b[(2 * i + 1) * kLanes + lane]);
    }
    float chain[kLanes] = {}, sums[kLanes] = {};
    const float *row = a;
    const uint32_t *pairRow = aPairs;
    multiplyTile<1>(&row, 1, b, 2 * numPairs, chain);
    functions[0](&pairRow, bPairs, numPairs, sums);
    if (std::memcmp(chain, sums, sizeof(chain)))
      return false;
  }
  return true;
}

} // namespace

static bool hasPairProducts() {
  static const bool result = [] {
    const PairFunction *functions = getPairFunctions();
    return functions && tryPairs(functions);
  }();
  return result;
}

namespace {

/// Writes `count` pairs of contiguous numbers; whether all are short.
using PairingFunction = bool (*)(const float *from, int64_t count,
                                 uint32_t *to);

bool pairUp(const float *from, int64_t count, uint32_t *to) {
  bool exact = true;
  for (int64_t i = 0; i < count; ++i) {
    exact &= isShort(toBits(from[2 * i]));
    exact &= isShort(toBits(from[2 * i + 1]));
    to[i] = toPair(from[2 * i], from[2 * i + 1]);
  }
  return exact;
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) bool
pairUpAvx512(const float *from, int64_t count, uint32_t *to) {
  const __m512i evens = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12,
                                         10, 8, 6, 4, 2, 0);
  const __m512i odds = _mm512_add_epi32(evens, _mm512_set1_epi32(1));
  const __m512i least = _mm512_set1_epi32((127 - 50) << 23);
  const __m512i magnitude = _mm512_set1_epi32(0x7fffffff);
  const __m512i span = _mm512_set1_epi32((0xff - (127 - 50)) << 23);
  const __m512i low = _mm512_set1_epi32(0xffff);
  __mmask16 bad = 0;
  auto check = [&](__m512i bits) __attribute__((target("avx512f"))) {
    // Of what is not zero, the exponent must be in range.
    __m512i size = _mm512_and_si512(bits, magnitude);
    __mmask16 nonZero = _mm512_test_epi32_mask(bits, magnitude);
    bad |= _mm512_test_epi32_mask(bits, low);
    bad |= _mm512_mask_cmpge_epu32_mask(nonZero, _mm512_sub_epi32(size, least),
                                        span);
  };
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m512i x = _mm512_loadu_si512(from + 2 * i);
    __m512i y = _mm512_loadu_si512(from + 2 * i + 16);
    check(x);
    check(y);
    __m512i first = _mm512_permutex2var_epi32(x, evens, y);
    __m512i second = _mm512_permutex2var_epi32(x, odds, y);
    _mm512_storeu_si512(to + i,
                        _mm512_or_si512(first, _mm512_srli_epi32(second, 16)));
  }
  bool rest = pairUp(from + 2 * i, count - i, to + i);
  return !bad && rest;
}
#endif

PairingFunction getPairingFunction() {
#if defined(__x86_64__)
  if (numerics::activeIsa() == numerics::Isa::Avx512Vnni)
    return pairUpAvx512;
#endif
  return pairUp;
}

/// Rows of A as pairs, tile by tile where all elements of the tile are short.
class RowPairs {
public:
  void set(int64_t rows, const StridedRows<const float> &a, int64_t k) {
    static const PairingFunction pairing = getPairingFunction();
    numPairs = (k + 1) / 2;
    storage.resize(rows * numPairs);
    isExact.assign((rows + kTileRows - 1) / kTileRows, 1);
    for (int64_t row = 0; row < rows; ++row) {
      const float *from = a.getRow(row);
      uint32_t *to = storage.data() + row * numPairs;
      bool exact = true;
      int64_t even = k / 2 * 2;
      if (a.stride == 1) {
        exact = pairing(from, k / 2, to);
      } else {
        for (int64_t i = 0; i < even; i += 2) {
          float first = from[i * a.stride], second = from[(i + 1) * a.stride];
          exact &= isShort(toBits(first));
          exact &= isShort(toBits(second));
          to[i / 2] = toPair(first, second);
        }
      }
      if (even < k) {
        float last = from[even * a.stride];
        exact &= isShort(toBits(last));
        to[even / 2] = toPair(last, 0);
      }
      isExact[row / kTileRows] &= exact;
    }
  }
  bool isExactTile(int64_t row) const { return isExact[row / kTileRows]; }
  const uint32_t *getRow(int64_t row) const {
    return storage.data() + row * numPairs;
  }

private:
  std::vector<uint32_t> storage;
  std::vector<char> isExact;
  int64_t numPairs = 0;
};

/// Whether adding short products to `x` never meets a subnormal number or
/// changes the sign of a zero.
bool isPlain(float x) {
  uint32_t bits = toBits(x), exponent = bits >> 23 & 0xff;
  return bits == 0 || (exponent >= 127 - 90 && exponent < 0xff);
}

} // namespace

void multiplyOrdered(int64_t rows, const StridedRows<const float> &a,
                     const PackedMatrix &b, const StridedRows<float> &c,
                     bool accumulate) {
  static const TileFunction *tiles = getTileFunctions();
  static const PairFunction *pairTiles = getPairFunctions();
  thread_local RowPairs rowPairs;
  int64_t k = b.getNumK(), n = b.getNumColumns();
  alignas(64) float tile[kTileRows * kLanes];
  bool usePairs = b.getPairs(0) && rows > 0 && n > 0;
  if (usePairs)
    rowPairs.set(rows, a, k);
  for (int64_t column = 0; column < n; column += kLanes) {
    const float *panel = b.getPanel(column / kLanes);
    int64_t width = std::min(kLanes, n - column);
    for (int64_t row = 0; row < rows; row += kTileRows) {
      int count = std::min<int64_t>(kTileRows, rows - row);
      const float *from[kTileRows];
      float *to[kTileRows];
      for (int r = 0; r < count; ++r) {
        from[r] = a.getRow(row + r);
        to[r] = c.getRow(row + r) + column * c.stride;
      }
      if (!accumulate)
        std::memset(tile, 0, sizeof(float) * kLanes * count);
      else
        for (int r = 0; r < count; ++r)
          for (int64_t lane = 0; lane < kLanes; ++lane)
            tile[r * kLanes + lane] = lane < width ? to[r][lane * c.stride] : 0;
      bool pairs = usePairs && rowPairs.isExactTile(row);
      if (pairs && accumulate)
        for (int64_t i = 0; i < count * kLanes; ++i)
          pairs &= isPlain(tile[i]);
      if (pairs) {
        const uint32_t *fromPairs[kTileRows];
        for (int r = 0; r < count; ++r)
          fromPairs[r] = rowPairs.getRow(row + r);
        pairTiles[count - 1](fromPairs, b.getPairs(column / kLanes),
                             (k + 1) / 2, tile);
      } else {
        tiles[count - 1](from, a.stride, panel, k, tile);
      }
      if (c.stride == 1)
        for (int r = 0; r < count; ++r)
          std::memcpy(to[r], tile + r * kLanes, width * sizeof(float));
      else
        for (int64_t lane = 0; lane < width; ++lane)
          for (int r = 0; r < count; ++r)
            to[r][lane * c.stride] = tile[r * kLanes + lane];
    }
  }
}

} // namespace edgebert::campaign
