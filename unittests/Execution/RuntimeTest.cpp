//===- RuntimeTest.cpp - matrix products with any strides -----------------===//

#include "edgebert/Execution/Runtime.h"
#include "gtest/gtest.h"
#include <vector>

namespace {

/// Row and column strides of a matrix inside a buffer.
struct Layout {
  int64_t row, column;
};

/// Small integers, so that every order of additions gives the same sum.
float getElement(int64_t index) { return static_cast<float>(index % 7 - 3); }

void check(int64_t m, int64_t n, int64_t k, Layout a, Layout b, Layout c,
           bool accumulate) {
  constexpr int64_t size = 4096, batches = 2, batchStride = size / batches;
  std::vector<float> as(size), bs(size), cs(size, 1.0f);
  for (int64_t i = 0; i < size; ++i) {
    as[i] = getElement(i);
    bs[i] = getElement(i * 3 + 1);
  }
  std::vector<float> expected = cs;
  for (int64_t batch = 0; batch < batches; ++batch)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        float sum = accumulate ? 1.0f : 0.0f;
        for (int64_t p = 0; p < k; ++p)
          sum += as[batch * batchStride + i * a.row + p * a.column] *
                 bs[batch * batchStride + p * b.row + j * b.column];
        expected[batch * batchStride + i * c.row + j * c.column] = sum;
      }
  auto address = [](std::vector<float> &data) {
    return reinterpret_cast<intptr_t>(data.data());
  };
  edgebert_rt_gemm_f32(accumulate, batches, 1, m, n, k, address(as),
                       batchStride, 0, a.row, a.column, address(bs),
                       batchStride, 0, b.row, b.column, address(cs),
                       batchStride, 0, c.row, c.column);
  EXPECT_EQ(cs, expected) << m << 'x' << n << 'x' << k << " A " << a.row << ','
                          << a.column << " B " << b.row << ',' << b.column
                          << " C " << c.row << ',' << c.column;
}

TEST(Gemm, EveryLayoutOfEveryOperand) {
  // Row-major, column-major, padded, and strided in both dimensions.
  for (auto [m, n, k] :
       {std::tuple{5, 6, 7}, {1, 6, 7}, {5, 1, 7}, {5, 6, 1}, {1, 1, 1}})
    for (bool accumulate : {false, true}) {
      Layout as[] = {{k, 1}, {1, m}, {k + 9, 1}, {40, 2}};
      Layout bs[] = {{n, 1}, {1, k}, {n + 9, 1}, {40, 3}};
      Layout cs[] = {{n, 1}, {1, m}, {n + 9, 1}, {40, 2}};
      for (Layout a : as)
        for (Layout b : bs)
          for (Layout c : cs)
            check(m, n, k, a, b, c, accumulate);
    }
}

TEST(Gemm, BroadcastAndOverlappingOperands) {
  // All rows of A are the same, and windows of B overlap.
  check(4, 5, 6, {0, 1}, {1, 1}, {5, 1}, false);
}

} // namespace
