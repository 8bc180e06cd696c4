//===- SymmetricIntTest.cpp - integers with a scale -----------------------===//

#include "edgebert/Numerics/SymmetricInt.h"
#include "edgebert/Numerics/Format.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace edgebert::numerics;

namespace {

Format int8() { return Format::of(SymmetricInt{8}); }

TEST(SymmetricInt, RandomPatternsFollowTheDefinition) {
  std::mt19937 random(4);
  for (int i = 0; i < 500000; ++i) {
    float x = NativeArithmetic::fromBits(random());
    float scale = std::fabs(NativeArithmetic::fromBits(random()));
    if (i % 2) { // most random patterns saturate or vanish
      scale = 0.01f + float(random() % 1000) * 0.001f;
      x = (float(random() % 400001) - 200000) * 0.001f * scale;
    }
    float quotient = x / scale;
    // The default rounding mode is to nearest, ties to even.
    int expected =
        std::isnan(quotient)
            ? 0
            : int(std::clamp(std::nearbyint(quotient), -127.0f, 127.0f));
    ASSERT_EQ(int8().encode(x, Metadata::ofReal(scale)),
              uint32_t(expected) & 0xff)
        << x << " / " << scale;
  }
}

TEST(SymmetricInt, TiesToEven) {
  Metadata one = Metadata::ofReal(1.0f);
  EXPECT_EQ(int8().encode(0.5f, one), 0u);
  EXPECT_EQ(int8().encode(1.5f, one), 2u);
  EXPECT_EQ(int8().encode(2.5f, one), 2u);
  EXPECT_EQ(int8().encode(-1.5f, one), 0xfeu);
  EXPECT_EQ(int8().encode(-2.5f, one), 0xfeu);
}

TEST(SymmetricInt, Edges) {
  Metadata one = Metadata::ofReal(1.0f), zero = Metadata::ofReal(0.0f);
  EXPECT_EQ(int8().encode(INFINITY, one), 127u);
  EXPECT_EQ(int8().encode(-INFINITY, one), 0x81u);
  EXPECT_EQ(int8().encode(-128.0f, one), 0x81u);
  EXPECT_EQ(int8().encode(NAN, one), 0u);
  EXPECT_EQ(int8().encode(-0.0f, one), 0u);
  EXPECT_EQ(int8().encode(0.0f, zero), 0u);
  EXPECT_EQ(int8().encode(-1.0f, zero), 0x81u);
  EXPECT_EQ(int8().decode(0x80, one), -128.0f);
}

TEST(SymmetricInt, EncodeInvertsDecodeExceptForTheMostNegativeCode) {
  for (unsigned bits = 2; bits <= 16; ++bits) {
    Format format = Format::of(SymmetricInt{bits});
    Metadata scale = Metadata::ofReal(0.37f);
    uint32_t least = 1u << (bits - 1);
    for (uint32_t code = 0; code < 1u << bits; ++code)
      ASSERT_EQ(format.encode(format.decode(code, scale), scale),
                code == least ? least + 1 : code)
          << bits;
  }
}

TEST(SymmetricInt, ChosenScaleMapsTheMaximumToTheLargestInteger) {
  std::mt19937 random(5);
  for (int i = 0; i < 20000; ++i) {
    float x = std::fabs(NativeArithmetic::fromBits(random()));
    if (!std::isfinite(x) || x < 1e-30f)
      continue;
    Metadata scale = int8().chooseMetadata(x);
    ASSERT_EQ(int8().encode(x, scale), 127u);
    ASSERT_NEAR(int8().maxFinite(scale) / x, 1.0f, 1e-6f);
  }
  EXPECT_EQ(int8().chooseMetadata(0).real(), 1.0f);
  EXPECT_TRUE(std::isfinite(int8().chooseMetadata(INFINITY).real()));
  EXPECT_TRUE(std::isnormal(int8().chooseMetadata(1e-45f).real()));
}

} // namespace
