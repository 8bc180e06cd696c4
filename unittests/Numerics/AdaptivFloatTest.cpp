//===- AdaptivFloatTest.cpp - all codes, against the closed forms ---------===//

#include "edgebert/Numerics/AdaptivFloat.h"
#include "edgebert/Numerics/Format.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <vector>

using namespace edgebert::numerics;

namespace {

/// The value of a code as the fact sheet 4.1 writes it.
double valueOf(int code, int bias) {
  int sign = code >> 7, e = (code >> 4) & 7, m = code & 15;
  if (e == 0 && m == 0)
    return 0;
  return (sign ? -1 : 1) * (1 + m / 16.0) * std::pow(2.0, e + bias - 10);
}

/// The value nearest to x by search over all codes, in double; ties to the
/// larger value. The zero codes take part as +-2^(bias-10), which is what
/// rounds to them.
double nearestValue(double x, int bias) {
  double smallest = std::pow(2.0, bias - 10);
  if (std::fabs(x) < smallest)
    return 0;
  // Beyond every code, where a double could not tell the differences apart.
  x = std::clamp(x, -64.0, 64.0);
  double best = 0, bestError = INFINITY;
  for (int code = 0; code < 256; ++code) {
    double value = valueOf(code, bias);
    if (value == 0)
      value = code ? -smallest : smallest;
    double error = std::fabs(x - value);
    if (error < bestError || (error == bestError && value > best)) {
      best = value;
      bestError = error;
    }
  }
  return std::fabs(best) == smallest ? 0 : best;
}

/// A table of integers of the shared vectors; empty where absent.
std::vector<int> readTable(const char *name) {
  const char *shared = std::getenv("EDGEBERT_SHARED");
  std::string root = shared ? shared : EDGEBERT_SHARED_DIR;
  std::ifstream file(root + "/vectors/tables/" + name);
  std::vector<int> values;
  for (int value; file >> value;)
    values.push_back(value);
  return values;
}

TEST(AdaptivFloat, DecodesEveryCodeUnderEveryBias) {
  for (int bias = 0; bias < 8; ++bias)
    for (int code = 0; code < 256; ++code) {
      ASSERT_EQ(kAfp8.decode(code, bias), float(valueOf(code, bias)));
      ASSERT_FALSE(std::signbit(kAfp8.decode(0x80, bias)));
    }
}

TEST(AdaptivFloat, FactSheetRanges) {
  EXPECT_EQ(kAfp8.decode(0x7f, 7), 31.0f);
  EXPECT_EQ(kAfp8.decode(0x7f, 0), 0.2421875f);
  EXPECT_EQ(kAfp8.decode(0x01, 0), 17.0f / 16 / 1024);
}

TEST(AdaptivFloat, EncodeInvertsDecodeExceptForTheSecondZero) {
  for (int bias = -116; bias <= 127; ++bias)
    for (int code = 0; code < 256; ++code)
      ASSERT_EQ(kAfp8.encode(kAfp8.decode(code, bias), bias),
                uint32_t(code == 0x80 ? 0 : code))
          << "bias " << bias << " code " << code;
}

TEST(AdaptivFloat, RoundsToTheNearestTiesUp) {
  for (int bias : {0, 3, 7}) {
    // Every code, every midpoint, and their f32 neighbours.
    for (int code = 1; code < 127; ++code)
      for (double sign : {1.0, -1.0}) {
        double a = valueOf(code, bias), b = valueOf(code + 1, bias);
        float middle = float(sign * (a + b) / 2);
        for (float x : {float(sign * a), middle, std::nextafter(middle, 100.0f),
                        std::nextafter(middle, -100.0f)})
          ASSERT_EQ(kAfp8.decode(kAfp8.encode(x, bias), bias),
                    float(nearestValue(x, bias)))
              << x << " bias " << bias;
      }
  }
  // The direction itself.
  EXPECT_EQ(kAfp8.encode(1.03125f, 3), 0x71u);
  EXPECT_EQ(kAfp8.encode(-1.03125f, 3), 0xf0u);
}

TEST(AdaptivFloat, RandomPatternsAreNearestAndSaturate) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    float x = NativeArithmetic::fromBits(random());
    int bias = int(random() % 8);
    uint32_t code = kAfp8.encode(x, bias);
    if (std::isnan(x)) {
      ASSERT_EQ(code, 0u);
      continue;
    }
    double expected = nearestValue(double(x), bias);
    ASSERT_EQ(kAfp8.decode(code, bias), float(expected)) << x;
  }
}

TEST(AdaptivFloat, IsMonotonic) {
  for (int bias = 0; bias < 8; ++bias) {
    float last = -INFINITY;
    for (int i = -40000; i <= 40000; ++i) {
      float value = kAfp8.decode(kAfp8.encode(float(i) * 0.0005f, bias), bias);
      ASSERT_LE(last, value);
      last = value;
    }
  }
}

TEST(AdaptivFloat, EdgesOfF32) {
  EXPECT_EQ(kAfp8.encode(INFINITY, 3), 0x7fu);
  EXPECT_EQ(kAfp8.encode(-INFINITY, 3), 0xffu);
  EXPECT_EQ(kAfp8.encode(NAN, 3), 0u);
  EXPECT_EQ(kAfp8.encode(-NAN, 3), 0u);
  EXPECT_EQ(kAfp8.encode(-0.0f, 3), 0u);
  EXPECT_EQ(kAfp8.encode(1e-45f, -116), 0u);
  EXPECT_EQ(kAfp8.encode(-1e-45f, -116), 0u);
}

TEST(AdaptivFloat, BiasesOutsideF32ActLikeTheNearestInside) {
  for (int code = 0; code < 256; ++code) {
    ASSERT_EQ(kAfp8.decode(code, -128), kAfp8.decode(code, -116));
    ASSERT_EQ(kAfp8.decode(code, 1000), kAfp8.decode(code, 130));
    ASSERT_TRUE(std::isfinite(kAfp8.decode(code, 127)));
  }
}

TEST(AdaptivFloat, ChoosesTheSmallestBiasThatDoesNotSaturate) {
  std::mt19937 random(2);
  Format format = Format::of(kAfp8);
  for (int i = 0; i < 20000; ++i) {
    float x = std::fabs(NativeArithmetic::fromBits(random()));
    if (!std::isfinite(x) || x < 1e-30f || x > 1e30f)
      continue;
    int bias = format.chooseMetadata(x).integer();
    // Half an ulp above the largest value is where saturation starts.
    auto limit = [](int b) { return 31.5 / 16 * std::pow(2.0, b - 3); };
    ASSERT_LT(x, limit(bias));
    ASSERT_GE(x, limit(bias - 1));
  }
  EXPECT_EQ(format.chooseMetadata(0).integer(), 0);
  EXPECT_EQ(format.chooseMetadata(INFINITY).integer(), 130);
  EXPECT_EQ(format.chooseMetadata(NAN).integer(), 130);
}

TEST(AdaptivFloat, OtherWidthsInvert) {
  for (unsigned bits = 2; bits <= 16; ++bits)
    for (unsigned e = 1; e <= std::min(bits - 1, 7u); ++e) {
      AdaptivFloat format{bits, e};
      ASSERT_EQ(format.invalid(), "");
      for (uint32_t code = 0; code < 1u << bits; ++code)
        ASSERT_EQ(format.encode(format.decode(code, 2), 2),
                  code == 1u << (bits - 1) ? 0 : code)
            << bits << "," << e;
    }
  EXPECT_NE((AdaptivFloat{8, 0}.invalid()), "");
  EXPECT_NE((AdaptivFloat{8, 8}.invalid()), "");
  EXPECT_NE((AdaptivFloat{17, 3}.invalid()), "");
}

TEST(AdaptivFloat, PublishedTables) {
  std::vector<int> toFixed = readTable("to_fixed_f10.txt"),
                   from10 = readTable("from_fixed_f10.txt"),
                   from12 = readTable("from_fixed_f12.txt"),
                   product = readTable("mul.txt");
  if (toFixed.empty())
    GTEST_SKIP() << "no shared/vectors/tables";
  ASSERT_EQ(toFixed.size(), 8u * 256);
  ASSERT_EQ(from10.size(), 8u * 65536);
  ASSERT_EQ(product.size(), 65536u);
  for (int bias = 0; bias < 8; ++bias) {
    for (int code = 0; code < 256; ++code)
      ASSERT_EQ(decodeFixed(uint8_t(code), bias), toFixed[bias * 256 + code]);
    for (int x = -32768; x < 32768; ++x) {
      size_t index = size_t(bias) * 65536 + size_t(x + 32768);
      ASSERT_EQ(encodeFixed(x, 10, bias, true), from10[index]) << x;
      ASSERT_EQ(encodeFixed(x, 12, bias, true), from12[index]) << x;
    }
  }
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b)
      ASSERT_EQ(int16_t(decodeOperand(uint8_t(a)) * decodeOperand(uint8_t(b))),
                int16_t(product[a * 256 + b]));
}

/// ENC of the fact sheet (4.5) in integers, for any format: |v| as
/// r 2^(p - mantissa bits), r rounded to nearest, ties toward +infinity.
int encodeByIntegers(int v, int fractionBits, int bias, AdaptivFloat format) {
  if (v == 0)
    return 0;
  int m = int(format.mantissaBits()), a = std::abs(v), p = 0;
  while (a >> (p + 1))
    ++p;
  int r = p <= m ? a << (m - p) : a >> (p - m);
  if (p > m) {
    int rest = a & ((1 << (p - m)) - 1), half = 1 << (p - m - 1);
    r += rest > half || (rest == half && v > 0);
  }
  if (r == 2 << m) {
    r = 1 << m;
    ++p;
  }
  int e = p - fractionBits + 10 - bias;
  if (e < 0)
    return 0;
  int sign = v < 0 ? 1 << (format.bits - 1) : 0;
  if (e >= 1 << format.exponentBits)
    return sign | int(format.maxCode());
  return sign | e << m | (r - (1 << m));
}

TEST(AdaptivFloat, EncodeFixedOfEveryWidth) {
  for (AdaptivFloat format : {kAfp8, kAfp4, AdaptivFloat{4, 1},
                              AdaptivFloat{4, 3}, AdaptivFloat{6, 3}})
    for (int fractionBits : {10, 12})
      for (int bias = 0; bias < 8; ++bias)
        for (int v = -32768; v < 32768; ++v) {
          int expected = encodeByIntegers(v, fractionBits, bias, format);
          ASSERT_EQ(encodeFixed(v, fractionBits, bias, false, format), expected)
              << v << " as " << format.bits << "," << format.exponentBits;
          // It saturates where a larger exponent field would have room.
          AdaptivFloat wider{format.bits + 1, format.exponentBits + 1};
          int wide = encodeByIntegers(v, fractionBits, bias, wider);
          bool saturates =
              (wide & int(wider.maxCode())) > int(format.maxCode());
          ASSERT_EQ(saturatesFixed(v, fractionBits, bias, format), saturates);
          ASSERT_EQ(encodeFixed(v, fractionBits, bias, true, format),
                    saturates ? int(format.maxCode()) : expected);
        }
}

TEST(AdaptivFloat, FourBitCodesAreEightBitCodes) {
  for (int code = 0; code < 16; ++code) {
    uint8_t wide = widenAfp4(uint8_t(code));
    for (int bias = -10; bias < 12; ++bias)
      EXPECT_EQ(kAfp8.decode(wide, bias), kAfp4.decode(code, bias)) << code;
    // The zero codes stay apart: whether a byte is stored depends on it.
    EXPECT_EQ(wide == 0, code == 0);
    EXPECT_EQ(double(decodeOperand4(uint8_t(code))),
              std::ldexp(double(kAfp4.decode(code, 0)), 14));
  }
}

} // namespace
