//===- EncodeAddendTest.cpp - biases as sums of products of codes ---------===//

#include "edgebert/Conversion/LinalgToEdgeBERT.h"

#include "edgebert/Numerics/AdaptivFloat.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>

using namespace edgebert;

namespace {

/// What the accumulator makes of row `j` of the addend's tile.
double sumProducts(const EncodedAddend &addend, size_t j) {
  double sum = 0;
  for (size_t l = 0; l < 16; ++l)
    sum += double(numerics::decodeOperand(uint8_t(addend.lanes[l]))) *
           numerics::decodeOperand(uint8_t(addend.codes[j * 16 + l]));
  return sum;
}

/// Half of the finest product, 17 x 17: what rounding to it leaves.
constexpr double kHalfFinest = 17.0 * 17.0 / 2;
/// Seven lanes of the largest operand with the largest code on the other side.
constexpr double kReachable = 7 * 3968.0 * 3968.0;

TEST(EncodeAddend, SixteenLanesPerValue) {
  std::optional<EncodedAddend> addend = encodeAddend({1.0, -1000.0, 1e6});
  ASSERT_TRUE(addend);
  EXPECT_EQ(addend->lanes.size(), 16u);
  EXPECT_EQ(addend->codes.size(), 48u);
}

TEST(EncodeAddend, NoValues) {
  std::optional<EncodedAddend> addend = encodeAddend({});
  ASSERT_TRUE(addend);
  EXPECT_EQ(addend->lanes.size(), 16u);
  EXPECT_TRUE(addend->codes.empty());
  EXPECT_EQ(addend->maxError, 0);
}

TEST(EncodeAddend, ZeroIsExactAndAllZeroCodes) {
  std::optional<EncodedAddend> addend = encodeAddend({0.0});
  ASSERT_TRUE(addend);
  EXPECT_EQ(addend->maxError, 0);
  EXPECT_EQ(addend->codes, std::vector<char>(16, 0));
}

TEST(EncodeAddend, ErrorIsHalfTheFinestProduct) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> exponent(-1, 8), sign(-1, 1);
  for (int i = 0; i < 200000; ++i) {
    double value = std::copysign(std::pow(10, exponent(random)), sign(random));
    std::optional<EncodedAddend> addend = encodeAddend({value});
    ASSERT_TRUE(addend) << value;
    double error = std::fabs(sumProducts(*addend, 0) - value);
    EXPECT_LE(error, kHalfFinest) << value;
    // The reported error is the error.
    EXPECT_NEAR(addend->maxError, error, 1e-6) << value;
  }
}

TEST(EncodeAddend, EveryIntegerNearZero) {
  for (int value = -70000; value <= 70000; ++value) {
    std::optional<EncodedAddend> addend = encodeAddend({double(value)});
    ASSERT_TRUE(addend);
    ASSERT_LE(std::fabs(sumProducts(*addend, 0) - value), kHalfFinest) << value;
  }
}

TEST(EncodeAddend, LargestError) {
  std::vector<double> values = {289, 100, -20000, 144};
  std::optional<EncodedAddend> addend = encodeAddend(values);
  ASSERT_TRUE(addend);
  double largest = 0;
  for (size_t j = 0; j < values.size(); ++j)
    largest = std::max(largest, std::fabs(sumProducts(*addend, j) - values[j]));
  EXPECT_GT(largest, 0);
  EXPECT_DOUBLE_EQ(addend->maxError, largest);
}

TEST(EncodeAddend, Limits) {
  for (double sign : {1.0, -1.0}) {
    std::optional<EncodedAddend> addend = encodeAddend({sign * kReachable});
    ASSERT_TRUE(addend);
    EXPECT_LE(std::fabs(sumProducts(*addend, 0) - sign * kReachable),
              kHalfFinest);
    EXPECT_FALSE(encodeAddend({sign * 9 * 3968.0 * 3968.0}));
    EXPECT_FALSE(
        encodeAddend({sign * std::numeric_limits<double>::infinity()}));
  }
  EXPECT_FALSE(encodeAddend({std::numeric_limits<double>::quiet_NaN()}));
  // One value that is too large makes all fail.
  EXPECT_FALSE(encodeAddend({1.0, 1e12, 1.0}));
}

} // namespace
