//===- MatmulOrderTest.cpp - results over operands still being read -------===//
//
// On the rtl machine a result may overwrite what is still to be read; what
// comes out depends on the published order of accesses. The golden vectors
// have six such cases (VectorsTest); here is what they do not show.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Machine/Machine.h"
#include "edgebert/Machine/Timing.h"

#include "gtest/gtest.h"

#include <random>

using namespace edgebert::machine;

namespace {

using Codes = std::vector<uint8_t>;

struct Trial {
  MatmulConfig cfg;
  Codes a, b;

  Trial(unsigned n0, unsigned n1, unsigned m, uint32_t seed) {
    cfg.n0 = n0;
    cfg.n1 = n1;
    cfg.m = m;
    cfg.accumRightShift = 5;
    cfg.adfAccumBias = 4;
    std::mt19937 rng(seed);
    auto fill = [&](Codes &codes, size_t count) {
      codes.resize(count);
      for (uint8_t &c : codes)
        c = uint8_t(0x21 + rng() % 0x3f + (rng() & 0x80));
    };
    fill(a, size_t(n0) * m);
    fill(b, size_t(n1) * m);
  }

  /// Places both operands at 0 and runs the matmul.
  void run(Machine &machine, unsigned decoder, uint32_t output) const {
    const Codes *operands[] = {&a, &b};
    for (unsigned d = 0; d < 2; ++d) {
      Image image =
          pack(operands[d]->data(), d ? cfg.n1 : cfg.n0, cfg.m, Layout::Tiled);
      llvm::copy(image.masks, machine.mutableMaskMemory(d).begin());
      llvm::copy(image.data, machine.mutableDataMemory(d).begin());
    }
    MatmulPlacement place;
    place.output = output;
    place.outputDecoder = decoder;
    llvm::Error error = machine.runMatmul(cfg, place);
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  }

  Codes expected() const {
    Codes out(size_t(cfg.n0) * cfg.n1);
    units::matmul(Description::rtl(), cfg, a.data(), b.data(), out.data());
    return out;
  }
};

Codes fetch(const Machine &machine, unsigned decoder, uint32_t at, unsigned n0,
            unsigned n1) {
  Image image;
  image.masks = machine.maskMemory(decoder).slice(at, n0 * n1 / 16).vec();
  image.data = machine.dataMemory(decoder)
                   .slice(at, 16 * size_t(dataRows(image.masks)))
                   .vec();
  return unpack(image, n1, n0, Layout::Tiled);
}

TEST(MatmulOrder, TakesThePublishedCycles) {
  for (unsigned n0 : {1, 2, 3, 5})
    for (unsigned n1 : {1, 2, 4})
      for (unsigned tiles : {1, 2, 3, 7})
        for (unsigned decoder : {0, 1}) {
          Machine machine(Description::rtl());
          Trial trial(16 * n0, 16 * n1, 16 * tiles, 1);
          trial.run(machine, decoder, 0);
          EXPECT_EQ(machine.stats()[CycleKind::Compute],
                    timing::matmul(machine.description(), 16 * n0, 16 * n1,
                                   16 * tiles))
              << n0 << " x " << n1 << " x " << tiles;
        }
}

TEST(MatmulOrder, OverwritingWhatHasBeenReadIsHarmless) {
  // A block of operand 1 is read once, and as large as its results.
  for (unsigned n1 : {16, 64, 160}) {
    Machine machine(Description::rtl());
    Trial trial(16, n1, 16, n1);
    trial.run(machine, 1, 0);
    EXPECT_EQ(fetch(machine, 1, 0, 16, n1), trial.expected());
  }
}

TEST(MatmulOrder, OverwritingWhatIsReadAgainShows) {
  for (unsigned decoder : {0, 1}) {
    Machine machine(Description::rtl());
    Trial trial(64, 64, 32, 7);
    trial.run(machine, decoder, 0);
    Codes got = fetch(machine, decoder, 0, 64, 64), expected = trial.expected();
    EXPECT_NE(got, expected);
    // The first block was computed before anything was written.
    for (unsigned r = 0; r < 16; ++r)
      EXPECT_TRUE(std::equal(got.begin() + 64 * r, got.begin() + 64 * r + 16,
                             expected.begin() + 64 * r));
  }
}

TEST(MatmulOrder, ResultsThatOnlyTouchAreNotAnOverlap) {
  // The same with the result in rows behind the operand and in the other
  // decoder, which takes the fast path.
  Trial trial(32, 48, 64, 9);
  for (unsigned decoder : {0, 1}) {
    Machine machine(Description::rtl());
    trial.run(machine, decoder, 3072);
    EXPECT_EQ(fetch(machine, decoder, 3072, 32, 48), trial.expected());
  }
}

/// Dimensions that are no multiples of 16 (fact sheet 2.4), through registers.
class Uneven : public testing::Test {
protected:
  std::string run(unsigned n0, unsigned n1, unsigned m) {
    for (auto [offset, value] : {std::pair<uint32_t, uint32_t>{0x48, 3072},
                                 {0x58, kMatmulResetMode},
                                 {0x08, 1},
                                 {0x0c, 5 << 20 | 4 << 16},
                                 {0x10, n0 | n1 << 10 | m << 20},
                                 {0x14, 0},
                                 {0x18, 0},
                                 {0x04, 7}})
      if (llvm::Error error = machine.writeRegister(offset, value))
        return llvm::toString(std::move(error));
    return llvm::toString(machine.wait());
  }
  /// Dense vectors from 0 on.
  Codes fill(unsigned decoder, unsigned vectors) {
    Trial random(16, 16, vectors, decoder);
    random.a.resize(16 * vectors);
    llvm::fill(machine.mutableMaskMemory(decoder), uint16_t(0xffff));
    llvm::copy(random.a, machine.mutableDataMemory(decoder).begin());
    return random.a;
  }
  Machine machine{Description::rtl()};
};

TEST_F(Uneven, StreamsSlip) {
  // 2 blocks of 40 vectors of operand 0, twice; each block of operand 1 twice.
  const unsigned n0 = 32, n1 = 32, m = 40, tiles = m / 16;
  Codes a = fill(0, 80), b = fill(1, 80), streamA, streamB;
  for (unsigned q = 0; q < 2; ++q)
    for (unsigned p = 0; p < 2; ++p) {
      streamA.insert(streamA.end(), &a[640 * p], &a[640 * p] + 640);
      streamB.insert(streamB.end(), &b[640 * q], &b[640 * q] + 640);
    }
  ASSERT_EQ(run(n0, n1, m), "");
  Codes got = expand(machine.maskMemory(1).slice(3072, 64),
                     machine.dataMemory(1).slice(3072, 1024));
  MatmulConfig cfg = Trial(16, 16, 16 * tiles, 0).cfg;
  for (unsigned block = 0; block < 4; ++block) {
    // The next tiles of both streams, whatever they are.
    Codes blockA(16 * 16 * tiles), blockB(16 * 16 * tiles), expected(256);
    for (unsigned r = 0; r < 16; ++r)
      for (unsigned t = 0; t < tiles; ++t) {
        size_t at = 16 * size_t((block * tiles + t) * 16 + r);
        std::copy_n(&streamA[at], 16, &blockA[16 * (r * tiles + t)]);
        std::copy_n(&streamB[at], 16, &blockB[16 * (r * tiles + t)]);
      }
    units::matmul(machine.description(), cfg, blockA.data(), blockB.data(),
                  expected.data());
    EXPECT_TRUE(
        std::equal(expected.begin(), expected.end(), got.begin() + 256 * block))
        << block;
  }
}

TEST_F(Uneven, RowsOfOperand0AreDropped) {
  Codes a = fill(0, 32), b = fill(1, 32);
  ASSERT_EQ(run(16 + 7, 16, 32), "");
  Codes short7 = machine.dataMemory(1).vec();
  EXPECT_EQ(machine.stats()[CycleKind::Compute],
            timing::matmul(machine.description(), 16, 16, 32));
  ASSERT_FALSE(bool(machine.writeRegister(0, 1)));
  std::fill(machine.mutableDataMemory(1).begin() + 3072,
            machine.mutableDataMemory(1).end(), uint8_t(0));
  fill(1, 32);
  ASSERT_EQ(run(16, 16, 32), "");
  EXPECT_EQ(machine.dataMemory(1).vec(), short7);
}

TEST_F(Uneven, RowsOfOperand1AreAwaited) {
  fill(0, 32);
  fill(1, 32);
  EXPECT_EQ(run(16, 16 + 8, 32),
            "command 7 (matmul): the chip would wait forever: N1 = 24 results "
            "are awaited for each row of operand 0, and only whole blocks of "
            "16 come; write 1 to soft_reset (0x0) and configure it again");
}

} // namespace
