//===- OrderedProduct.h - matrix products row by row ------------*- C++ -*-===//
//
// C = A B in which every element of C is one chain of fused multiply-adds in
// ascending k: c = fma(a[k], b[k], c). A row of C is then a function of that
// row of A and of B alone, bit for bit, however many rows are computed at once
// and on any host. Campaigns need that (BLAS promises no order of additions).
//
// Numbers with 8 significant bits, which the codes of 8-bit formats are, have
// exact products in bfloat16. Processors whose dot product of bfloat16 adds one
// product after the other compute the same chain twice as fast; whether this
// one does is tried, and the sums are the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_CAMPAIGN_ORDEREDPRODUCT_H
#define EDGEBERT_CAMPAIGN_ORDEREDPRODUCT_H

#include <cstdint>
#include <vector>

namespace edgebert::campaign {

/// A K x N matrix in the order in which the product reads it: panels of
/// `kLanes` columns (the last one padded with zeros), each K x kLanes.
class PackedMatrix {
public:
  static constexpr int64_t kLanes = 32;

  /// Packs element (k, n) from data[k * strideK + n * strideN]; reuses memory.
  void pack(const float *data, int64_t k, int64_t n, int64_t strideK,
            int64_t strideN);
  const float *getPanel(int64_t index) const {
    return storage.data() + index * numK * kLanes;
  }
  /// The same panel as pairs of bfloat16 for two steps of k each, the first in
  /// the high half; null unless all elements are such numbers (isShort).
  const uint32_t *getPairs(int64_t index) const {
    return pairs.empty() ? nullptr
                         : pairs.data() + index * ((numK + 1) / 2) * kLanes;
  }
  int64_t getNumK() const { return numK; }
  int64_t getNumColumns() const { return numColumns; }

private:
  std::vector<float> storage;
  std::vector<uint32_t> pairs;
  int64_t numK = 0, numColumns = 0;
};

/// Whether `x` is 0 or a bfloat16 whose products with others are normal numbers
/// with all their bits: finite, and not below 2^-50.
inline bool isShort(uint32_t bits) {
  uint32_t exponent = bits >> 23 & 0xff;
  return (bits & 0xffff) == 0 &&
         ((exponent >= 127 - 50 && exponent < 0xff) || bits << 1 == 0);
}

/// Rows of an operand or result: row r is at (r / inner) * outerStride +
/// (r % inner) * innerStride, its elements `stride` apart.
template <typename T>
struct StridedRows {
  T *data;
  int64_t inner;
  int64_t outerStride, innerStride, stride;

  T *getRow(int64_t row) const {
    return data + row / inner * outerStride + row % inner * innerStride;
  }
};

/// c (+)= a b for `rows` rows.
void multiplyOrdered(int64_t rows, const StridedRows<const float> &a,
                     const PackedMatrix &b, const StridedRows<float> &c,
                     bool accumulate);

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_ORDEREDPRODUCT_H
