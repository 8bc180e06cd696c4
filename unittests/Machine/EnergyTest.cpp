//===- EnergyTest.cpp - voltage, frequency, power and efficiency ----------===//

#include "edgebert/Machine/Energy.h"

#include "gtest/gtest.h"

using namespace edgebert::machine;

namespace {

const EnergyTable kChip;

TEST(Energy, CornersAreThePublishedOnesExactly) {
  EXPECT_EQ(kChip.points, 16u);
  EXPECT_EQ(energy::volts(kChip, 0), 0.62);
  EXPECT_EQ(energy::volts(kChip, 15), 1.0);
  EXPECT_EQ(energy::frequencyMHz(kChip, 0), 77);
  EXPECT_EQ(energy::frequencyMHz(kChip, 15), 717);
  EXPECT_EQ(energy::powerMilliwatt(kChip, 0, 8), 10);
  EXPECT_EQ(energy::powerMilliwatt(kChip, 15, 8), 122);
  EXPECT_EQ(energy::powerMilliwatt(kChip, 0, 4), 9);
  EXPECT_EQ(energy::powerMilliwatt(kChip, 15, 4), 111);
}

TEST(Energy, FitGoesThroughTheCorners) {
  // a V^2 f + b V with the a and b that Energy.h states, at every point.
  for (auto [bits, a, b] :
       {std::tuple(8u, 0.15819, 8.5778), std::tuple(4u, 0.14417, 7.6333)})
    for (unsigned i = 0; i < kChip.points; ++i) {
      double v = energy::volts(kChip, i), f = energy::frequencyMHz(kChip, i);
      EXPECT_NEAR(energy::powerMilliwatt(kChip, i, bits), a * v * v * f + b * v,
                  5e-3);
      EXPECT_NEAR(energy::leakageMilliwatt(kChip, i, bits), b * v, 1e-3);
    }
}

TEST(Energy, MonotoneInThePoint) {
  for (unsigned bits : {8, 4})
    for (unsigned i = 1; i < kChip.points; ++i) {
      EXPECT_GT(energy::volts(kChip, i), energy::volts(kChip, i - 1));
      EXPECT_GT(energy::frequencyMHz(kChip, i),
                energy::frequencyMHz(kChip, i - 1));
      EXPECT_GT(energy::powerMilliwatt(kChip, i, bits),
                energy::powerMilliwatt(kChip, i - 1, bits));
      EXPECT_GT(energy::powerMilliwatt(kChip, i, bits),
                energy::leakageMilliwatt(kChip, i, bits));
      EXPECT_LT(energy::milliseconds(kChip, 1000, i),
                energy::milliseconds(kChip, 1000, i - 1));
    }
  for (unsigned i = 0; i < kChip.points; ++i)
    EXPECT_LT(energy::powerMilliwatt(kChip, i, 4),
              energy::powerMilliwatt(kChip, i, 8));
}

TEST(Energy, EqualStepsOfVoltageAndFrequency) {
  for (unsigned i = 1; i < kChip.points; ++i) {
    EXPECT_NEAR(energy::volts(kChip, i) - energy::volts(kChip, i - 1),
                0.38 / 15, 1e-12);
    EXPECT_NEAR(energy::frequencyMHz(kChip, i) -
                    energy::frequencyMHz(kChip, i - 1),
                640.0 / 15, 1e-9);
  }
}

TEST(Energy, EnergyIsPowerTimesTime) {
  // 717 million cycles take a second at the highest point.
  EXPECT_DOUBLE_EQ(energy::milliseconds(kChip, 717'000'000, 15), 1000);
  EXPECT_DOUBLE_EQ(energy::energyOf(kChip, 717'000'000, 15, 8), 122e3);
  EXPECT_DOUBLE_EQ(energy::energyOf(kChip, 77'000'000, 0, 4), 9e3);
  EXPECT_EQ(energy::energyOf(kChip, 0, 3, 8), 0);
  // Slower costs less: 130 pJ per cycle at the low corner, 170 at the high.
  EXPECT_NEAR(energy::energyOf(kChip, 1'000'000, 0, 8), 129.87, 0.01);
  EXPECT_NEAR(energy::energyOf(kChip, 1'000'000, 15, 8), 170.15, 0.01);
  EXPECT_EQ(energy::standbyEnergyOf(kChip, 2000), 8000);
}

TEST(Energy, DenseAndEffectiveEfficiency) {
  // The peak of 256 multiply-accumulates per cycle: 0.367 TOPS at 122 mW.
  energy::Efficiency peak =
      energy::efficiencyOf(kChip, 256'000'000, 0, 1'000'000, 15, 8);
  EXPECT_NEAR(peak.dense, 3.009, 1e-3);
  EXPECT_EQ(peak.effective, peak.dense);
  // 512 at 4 bit and the lowest point: 78.8 GOPS at 9 mW.
  EXPECT_NEAR(energy::efficiencyOf(kChip, 512, 0, 1, 0, 4).dense, 8.761, 1e-3);
  energy::Efficiency sparse =
      energy::efficiencyOf(kChip, 1000, 250, 100, 15, 8);
  EXPECT_DOUBLE_EQ(sparse.effective, 0.75 * sparse.dense);
  energy::Efficiency none = energy::efficiencyOf(kChip, 0, 0, 0, 15, 8);
  EXPECT_EQ(none.dense, 0);
  EXPECT_EQ(none.effective, 0);
}

TEST(Energy, HighPowerRange) {
  for (unsigned bits : {8, 4}) {
    auto [low, high] = energy::highMilliwattRange(kChip, bits);
    EnergyTable table = kChip;
    double &power = bits == 8 ? table.highMilliwatt8 : table.highMilliwatt4;
    // At the lower end all of it is leakage, at the upper end none.
    power = low;
    EXPECT_NEAR(energy::powerMilliwatt(table, 7, bits),
                energy::leakageMilliwatt(table, 7, bits), 1e-9);
    power = high;
    EXPECT_NEAR(energy::leakageMilliwatt(table, 7, bits), 0, 1e-9);
    power = high * 1.01;
    EXPECT_LT(energy::leakageMilliwatt(table, 7, bits), 0);
  }
}

TEST(Energy, SelectorsOfPoints) {
  // After a reset: dco 63, ldo 0 (fact sheet 3.1).
  energy::Selectors reset = energy::selectorsOf(kChip, kChip.operatingPoint);
  EXPECT_EQ(reset.dco, 63);
  EXPECT_EQ(reset.ldo, 0);
  for (unsigned i = 0; i < kChip.points; ++i)
    EXPECT_EQ(energy::pointOf(kChip, energy::selectorsOf(kChip, i)), i);
  EXPECT_EQ(energy::pointOf(kChip, {63, 1}), std::nullopt);
  EXPECT_EQ(energy::pointOf(kChip, {47, 16}), std::nullopt);
  EnergyTable fine = kChip;
  fine.points = 200;
  fine.operatingPoint = 100;
  EXPECT_EQ(energy::lowestPoint(fine), 37u);
  EXPECT_EQ(energy::selectorsOf(fine, 37).dco, 0);
  EXPECT_EQ(energy::pointOf(fine, {0, 63}), 37u);
}

} // namespace
