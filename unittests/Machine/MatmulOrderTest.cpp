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

} // namespace
