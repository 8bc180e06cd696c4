//===- OrderedProductTest.cpp - products against their definition ---------===//

#include "edgebert/Campaign/OrderedProduct.h"
#include "edgebert/Campaign/Products.h"
#include "edgebert/Numerics/FaultModel.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>

using namespace edgebert::campaign;
using namespace edgebert::numerics;

namespace {

std::vector<float> makeNumbers(size_t count, uint64_t seed, bool codes) {
  std::vector<float> numbers(count);
  for (size_t i = 0; i < count; ++i) {
    uint64_t word = randomWord(seed, 0, i);
    float x = std::ldexp(float(int32_t(word >> 32)), -31 + int(word % 8));
    // Codes of at most 8 significant bits.
    if (codes) {
      uint32_t bits;
      std::memcpy(&bits, &x, 4);
      bits &= 0xffff0000;
      std::memcpy(&x, &bits, 4);
    }
    numbers[i] = x;
  }
  return numbers;
}

/// One chain of fused multiply-adds in ascending k.
float multiplyOne(const float *a, int64_t strideA, const float *b,
                  int64_t strideB, int64_t k, float c) {
  for (int64_t i = 0; i < k; ++i)
    c = std::fma(a[i * strideA], b[i * strideB], c);
  return c;
}

TEST(OrderedProduct, EqualsTheChain) {
  for (bool codes : {false, true})
    for (int64_t m : {1, 2, 11, 13, 40})
      for (int64_t n : {1, 10, 32, 67})
        for (int64_t k : {1, 7, 64})
          for (bool accumulate : {false, true}) {
            auto a = makeNumbers(m * k, 1, codes);
            auto b = makeNumbers(k * n, 2, codes);
            auto c = makeNumbers(m * n, 3, false), expected = c;
            for (int64_t i = 0; i < m; ++i)
              for (int64_t j = 0; j < n; ++j)
                expected[i * n + j] =
                    multiplyOne(&a[i * k], 1, &b[j], n, k,
                                accumulate ? expected[i * n + j] : 0);
            PackedMatrix packed;
            packed.pack(b.data(), k, n, n, 1);
            multiplyOrdered(m, {a.data(), m, 0, k, 1}, packed,
                            {c.data(), m, 0, n, 1}, accumulate);
            ASSERT_EQ(std::memcmp(c.data(), expected.data(), 4 * m * n), 0)
                << m << ' ' << n << ' ' << k << ' ' << codes;
          }
}

TEST(OrderedProduct, InfinitiesAndNaN) {
  auto a = makeNumbers(16 * 8, 1, true), b = makeNumbers(8 * 40, 2, true);
  a[3] = INFINITY;
  a[8 * 5] = NAN;
  a[8 * 7] = 1e-42f;
  std::vector<float> c(16 * 40);
  PackedMatrix packed;
  packed.pack(b.data(), 8, 40, 40, 1);
  multiplyOrdered(16, {a.data(), 16, 0, 8, 1}, packed, {c.data(), 16, 0, 40, 1},
                  false);
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 40; ++j) {
      float expected = multiplyOne(&a[i * 8], 1, &b[j], 40, 8, 0);
      float found = c[i * 40 + j];
      if (std::isnan(expected))
        EXPECT_TRUE(std::isnan(found));
      else
        EXPECT_EQ(found, expected) << i << ' ' << j;
    }
}

/// multiplyStrided on all layouts, with either operand a constant.
TEST(Products, StridesAndConstants) {
  int64_t b0 = 2, b1 = 3, m = 5, n = 33, k = 9;
  auto a = makeNumbers(b0 * b1 * m * k, 1, true);
  auto b = makeNumbers(b0 * b1 * n * k, 2, true);
  for (int constant = 0; constant < 3; ++constant)
    for (bool shared : {false, true})
      for (bool transposed : {false, true}) {
        if (constant == 1)
          registerConstant(a.data(), a.size() * 4);
        if (constant == 2)
          registerConstant(b.data(), b.size() * 4);
        std::vector<float> c(b0 * b1 * m * n, -1);
        int64_t aB = shared && constant == 1 ? 0 : m * k;
        int64_t bB = shared && constant == 2 ? 0 : n * k;
        int64_t cM = transposed ? 1 : n, cN = transposed ? m : 1;
        multiplyStrided(0, b0, b1, m, n, k, intptr_t(a.data()), aB * b1, aB, k,
                        1, intptr_t(b.data()), bB * b1, bB, 1, k,
                        intptr_t(c.data()), b1 * m * n, m * n, cM, cN);
        for (int64_t i = 0; i < b0 * b1; ++i)
          for (int64_t r = 0; r < m; ++r)
            for (int64_t s = 0; s < n; ++s)
              ASSERT_EQ(c[i * m * n + r * cM + s * cN],
                        multiplyOne(&a[i * aB + r * k], 1, &b[i * bB + s * k],
                                    1, k, 0));
        forgetConstant(a.data());
        forgetConstant(b.data());
      }
}

} // namespace
