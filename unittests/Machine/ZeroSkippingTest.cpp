//===- ZeroSkippingTest.cpp - cycles that zero operands save --------------===//
//
// The definition is the loop nest of fact sheet 5.1: for each block of operand
// 1, each block of operand 0, each tile, each vector of operand 1 one cycle, in
// which 16 multipliers take one vector of operand 0 each.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Machine/Timing.h"

#include "Driver.h"

#include <random>

using namespace edgebert::machine;

namespace {

/// Cycles in which all 16 multipliers have an all-zero operand.
/// `a`, `b`: rows of `rowBytes`.
uint64_t gatedCycles(const Codes &a, const Codes &b, size_t rowBytes) {
  auto isZero = [&](const Codes &m, size_t row, size_t tile) {
    auto first = m.begin() + row * rowBytes + 16 * tile;
    return std::all_of(first, first + 16, [](uint8_t c) { return c == 0; });
  };
  size_t n0 = a.size() / rowBytes, n1 = b.size() / rowBytes;
  uint64_t gated = 0;
  for (size_t q = 0; q < n1 / 16; ++q)
    for (size_t p = 0; p < n0 / 16; ++p)
      for (size_t t = 0; t < rowBytes / 16; ++t)
        for (size_t i = 16 * q; i < 16 * q + 16; ++i) {
          bool works = false;
          for (size_t j = 16 * p; j < 16 * p + 16; ++j)
            works |= !isZero(a, j, t) && !isZero(b, i, t);
          gated += !works;
        }
  return gated;
}

/// A matrix with zero vectors and zero tiles.
Codes sparse(size_t rows, size_t rowBytes, std::mt19937 &rng) {
  Codes codes(rows * rowBytes);
  for (size_t block = 0; block < rows; block += 16)
    for (size_t t = 0; t < rowBytes / 16; ++t) {
      unsigned zeroTile = rng() % 3;
      for (size_t r = block; r < block + 16; ++r)
        if (zeroTile != 0 && rng() % 2)
          codes[r * rowBytes + 16 * t + rng() % 16] =
              rng() % 4 ? uint8_t(1 + rng() % 15) : 0x80;
    }
  return codes;
}

TEST(ZeroSkipping, SavesTheCyclesWithoutAProduct) {
  std::mt19937 rng(21);
  for (unsigned trial = 0; trial < 40; ++trial)
    for (Precision operands : {Precision::Afp8, Precision::Afp4}) {
      MatmulConfig cfg;
      cfg.operands = operands;
      cfg.n0 = 16 * (1 + rng() % 4);
      cfg.n1 = 16 * (1 + rng() % 4);
      cfg.m = codesPerVector(operands) * (1 + rng() % 5);
      size_t rowBytes = cfg.m / codesPerByte(operands);
      Codes a = sparse(cfg.n0, rowBytes, rng);
      Codes b = sparse(cfg.n1, rowBytes, rng);
      uint64_t gated = gatedCycles(a, b, rowBytes);
      uint64_t all =
          timing::matmul(Description::asic(), cfg.n0, cfg.n1, cfg.m, operands);
      Codes results[2];
      for (bool skip : {false, true}) {
        Description desc = Description::asic();
        desc.skipZeroVectors = skip;
        Driver driver(desc);
        driver.load(0, pack(a.data(), cfg.n0, rowBytes, Layout::Tiled));
        driver.load(1, pack(b.data(), cfg.n1, rowBytes, Layout::Tiled));
        driver.matmul(cfg, {}, {}, 8192 + 1024, 0);
        EXPECT_EQ(driver.stats().skippedCycles, skip ? gated : 0);
        EXPECT_EQ(driver.stats()[CycleKind::Compute], skip ? all - gated : all);
        results[skip] = driver.matrixAt(0, 9216, cfg.n1, cfg.n0, Layout::Tiled);
      }
      EXPECT_EQ(firstDifference(results[1], results[0]), "");
    }
}

uint64_t skippedOf(const Codes &a, const Codes &b) {
  Driver driver(Description::asic());
  driver.load(0, pack(a.data(), 32, 16, Layout::Tiled));
  driver.load(1, pack(b.data(), 16, 16, Layout::Tiled));
  MatmulConfig cfg;
  cfg.n0 = 32;
  driver.matmul(cfg, {}, {}, 1024, 1);
  return driver.stats().skippedCycles;
}

TEST(ZeroSkipping, WhichVectorsCount) {
  const Codes a(512, 1), b(256, 1);
  auto with = [](Codes codes, size_t row, size_t rows, uint8_t code) {
    std::fill_n(codes.begin() + 16 * row, 16 * rows, code);
    return codes;
  };
  EXPECT_EQ(skippedOf(a, b), 0u);
  // A vector of operand 1, once for each block of operand 0.
  EXPECT_EQ(skippedOf(a, with(b, 3, 1, 0)), 2u);
  // -0 is a zero to the multiplier and not to the gate.
  EXPECT_EQ(skippedOf(a, with(b, 3, 1, 0x80)), 0u);
  // A vector of operand 0 gates one multiplier of 16; a tile all of them.
  EXPECT_EQ(skippedOf(with(a, 3, 1, 0), b), 0u);
  EXPECT_EQ(skippedOf(with(a, 16, 16, 0), b), 16u);
  // Cycles that are skipped for both reasons count once.
  EXPECT_EQ(skippedOf(with(a, 16, 16, 0), with(b, 3, 1, 0)), 16u + 1);
  EXPECT_EQ(skippedOf(Codes(512), Codes(256)), 32u);
  EXPECT_EQ(skippedOf(Codes(512), b), 32u);
}

TEST(ZeroSkipping, AnEmptyMatmulStillReceivesItsOperands) {
  // 33 cycles a tile are 16 to receive, 16 to multiply and 1.
  for (unsigned m : {16u, 64u, 768u}) {
    uint64_t blocks = 4 * 3, tiles = m / 16;
    timing::ZeroCounts a{64, 4}, b{48, 3};
    std::vector<timing::ZeroCounts> allA(tiles, a), allB(tiles, b);
    uint64_t cycles = timing::matmul(Description::asic(), 64, 48, m);
    uint64_t skipped = timing::skipped(64, 48, allA, allB);
    EXPECT_EQ(skipped, 16 * blocks * tiles);
    EXPECT_GE(cycles - skipped, 17 * blocks * tiles);
  }
}

} // namespace
