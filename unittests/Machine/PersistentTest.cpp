//===- PersistentTest.cpp - what the published machine never forgets ------===//
//
// One test per row of the table in fact sheet 3.5: two operations without a
// reset between them.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Machine/Machine.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <random>

using namespace edgebert::machine;
using testing::HasSubstr;

namespace {

using Codes = std::vector<uint8_t>;

class Persistent : public testing::Test {
protected:
  void write(uint32_t offset, uint32_t value) {
    llvm::Error error = m.writeRegister(offset, value);
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  }
  /// Starts a command and waits; what the wait says.
  std::string run(uint32_t command) {
    llvm::Error error = m.writeRegister(0x04, command);
    if (!error)
      error = m.wait();
    return llvm::toString(std::move(error));
  }
  void reset() { write(0x00, 1); }

  Codes codes(size_t count, unsigned keepPercent = 100) {
    Codes result(count);
    // Exponents that no conversion of the units rounds.
    for (uint8_t &c : result)
      c = rng() % 100 < keepPercent ? uint8_t(0x11 + rng() % 0x4f) : 0;
    return result;
  }
  /// Stores a stream with its masks from row `row`, its data from `byte`.
  void store(unsigned decoder, const Image &image, uint32_t row,
             uint32_t byte) {
    llvm::copy(image.masks, m.mutableMaskMemory(decoder).begin() + row);
    llvm::copy(image.data, m.mutableDataMemory(decoder).begin() + byte);
  }
  Codes fetch(unsigned decoder, uint32_t row, uint32_t byte, unsigned count) {
    return expand(m.maskMemory(decoder).slice(row, count),
                  m.dataMemory(decoder).slice(byte, 16 * size_t(count)));
  }

  /// ElemAdd of the vectors at `base` and, at row 2048, zeros: a copy.
  void routeCopy() {
    write(0x50, 1);
    write(0x58, kDecodeElemAdd);
    write(0x54, kGBElemAdd);
  }
  void configureCopy(uint32_t base, unsigned vectors) {
    write(0x20, vectors | 1 << 8 | 4 << 16 | 4 << 20 | 4 << 24);
    write(0x14, base | 2048 << 16);
    write(0x18, 0);
  }

  void routeMatmul() {
    write(0x50, 0);
    write(0x58, kMatmulResetMode);
    write(0x08, 1);
    write(0x0c, 6 << 20 | 4 << 16);
  }
  /// Everything a matmul needs afresh.
  void configureMatmul(unsigned n0, unsigned n1, unsigned depth) {
    write(0x10, n0 | n1 << 10 | depth << 20);
    write(0x14, 0);
    write(0x18, 0);
  }
  Codes product(unsigned n0, unsigned n1, unsigned depth, const Codes &a,
                const Codes &b) {
    MatmulConfig cfg;
    cfg.n0 = n0;
    cfg.n1 = n1;
    cfg.m = depth;
    cfg.accumRightShift = 6;
    cfg.adfAccumBias = 4;
    Codes out(n0 * n1);
    units::matmul(m.description(), cfg, a.data(), b.data(), out.data());
    return out;
  }

  Machine m{Description::rtl()};
  std::mt19937 rng{5};
};

TEST_F(Persistent, EncodeCountersGoOn) {
  Codes x = codes(3 * 16, 60), y = codes(2 * 16, 60);
  store(0, compact(x), 0, 0);
  store(0, compact(y), 512, 512);
  routeCopy();
  write(0x48, 1024);
  configureCopy(0, 3);
  ASSERT_EQ(run(10), "");
  EXPECT_EQ(fetch(0, 1024, 1024, 3), x);
  // The same base: the second result lies behind the first, lane by lane.
  configureCopy(512, 2);
  ASSERT_EQ(run(10), "");
  x.insert(x.end(), y.begin(), y.end());
  EXPECT_EQ(fetch(0, 1024, 1024, 5), x);
  reset();
  routeCopy();
  write(0x48, 1024);
  configureCopy(512, 2);
  ASSERT_EQ(run(10), "");
  EXPECT_EQ(fetch(0, 1024, 1024, 2), y);
}

TEST_F(Persistent, EncodeBaseLagsByOneVector) {
  Codes x = codes(16), y = codes(3 * 16);
  store(0, compact(x), 0, 0);
  store(0, compact(y), 512, 512);
  routeCopy();
  write(0x48, 1024);
  configureCopy(0, 1);
  ASSERT_EQ(run(10), "");
  write(0x48, 1536);
  configureCopy(512, 3);
  ASSERT_EQ(run(10), "");
  // Counters stand at 1 and go on, whatever the base.
  auto vector = [&](uint32_t base, unsigned index) {
    return fetch(0, base + index, base + 16 * index, 1);
  };
  EXPECT_EQ(vector(1024, 0), x);
  EXPECT_EQ(vector(1024, 1), Codes(y.begin(), y.begin() + 16));
  EXPECT_EQ(vector(1536, 2), Codes(y.begin() + 16, y.begin() + 32));
  EXPECT_EQ(vector(1536, 3), Codes(y.begin() + 32, y.end()));
}

TEST_F(Persistent, EncodeTakesOneBasePerVector) {
  Codes x = codes(4 * 16);
  store(0, compact(x), 0, 0);
  routeCopy();
  for (uint32_t base : {1024, 1536, 2048 + 1024})
    write(0x48, base);
  EXPECT_THAT(llvm::toString(m.writeRegister(0x48, 0)),
              HasSubstr("base_output (0x48): the chip would wait forever: the "
                        "encoder has not used the last three values yet"));
  configureCopy(0, 4);
  ASSERT_EQ(run(10), "");
  auto vector = [&](uint32_t base, unsigned index) {
    return fetch(0, base + index, base + 16 * index, 1);
  };
  EXPECT_EQ(vector(1024, 0), Codes(x.begin(), x.begin() + 16));
  EXPECT_EQ(vector(1536, 1), Codes(x.begin() + 16, x.begin() + 32));
  EXPECT_EQ(vector(3072, 2), Codes(x.begin() + 32, x.begin() + 48));
  EXPECT_EQ(vector(3072, 3), Codes(x.begin() + 48, x.end()));
}

TEST_F(Persistent, StoreBasesLagByOneStore) {
  Codes memory(4096), expected = codes(1024);
  m.attachMemory(memory.data(), memory.size());
  llvm::copy(expected, m.mutableDataMemory(0).begin());
  for (unsigned i = 0; i < 256; ++i)
    m.mutableMaskMemory(0)[i] = uint16_t(i);
  write(0x4c, 1);
  write(0x34, 0);
  write(0x2c, 2048);
  write(0x40, 3);
  auto stored = [&] {
    EXPECT_EQ(run(4), "");
    for (size_t base = 0; base < 512; base += 16)
      if (std::equal(memory.begin(), memory.begin() + 64,
                     expected.begin() + base))
        return int(base);
    return -1;
  };
  auto storedMasks = [&] {
    EXPECT_EQ(run(2), "");
    return int(memory[2048]);
  };
  write(0x48, 32);
  EXPECT_EQ(stored(), 32);
  // None was waiting: the default, whatever is written now.
  write(0x48, 64);
  EXPECT_EQ(stored(), 0);
  EXPECT_EQ(stored(), 64);
  EXPECT_EQ(stored(), 0);
  // Each kind has its own.
  EXPECT_EQ(storedMasks(), 32);
  EXPECT_EQ(storedMasks(), 64);
  EXPECT_EQ(storedMasks(), 0);
  reset();
  write(0x4c, 1);
  write(0x40, 3);
  EXPECT_THAT(run(4), HasSubstr("it has no base_output (0x48)"));
}

TEST_F(Persistent, DatapathKeepsTheFirstM) {
  Codes a = codes(16 * 64), b = codes(32 * 64);
  store(0, pack(a.data(), 16, 64, Layout::Tiled), 0, 0);
  store(1, pack(b.data(), 32, 64, Layout::Tiled), 0, 0);
  routeMatmul();
  write(0x48, 2200);
  configureMatmul(16, 16, 32);
  ASSERT_EQ(run(7), "");
  // M = 64 now: results are the sums of two tiles, the first of both
  // operands' first blocks, then the second, and so on.
  store(1, pack(b.data(), 32, 64, Layout::Tiled), 0, 0);
  uint64_t cycles = m.stats()[CycleKind::Compute];
  configureMatmul(16, 32, 64);
  ASSERT_EQ(run(7), "");
  auto columns = [&](const Codes &matrix, unsigned first) {
    Codes part;
    for (unsigned r = 0; r < 16; ++r)
      part.insert(part.end(), matrix.begin() + 64 * r + first,
                  matrix.begin() + 64 * r + first + 32);
    return part;
  };
  for (unsigned half = 0; half < 2; ++half) {
    Codes expected =
        product(16, 16, 32, columns(a, 32 * half), columns(b, 32 * half));
    unsigned index = 16 + 16 * half;
    Codes got;
    // Lanes of the first result are not all full: count what it stored.
    std::array<unsigned, 16> lanes{};
    for (unsigned v = 0; v < index + 16; ++v)
      for (unsigned lane = 0; lane < 16; ++lane) {
        bool there = m.maskMemory(1)[2200 + v] >> lane & 1;
        uint8_t code =
            there ? m.dataMemory(1)[2200 + 16 * lanes[lane]++ + lane] : 0;
        if (v >= index)
          got.push_back(code);
      }
    EXPECT_EQ(got, expected) << half;
  }
  // Two results of two tiles take 173 cycles, and 7 more while the tiles that
  // are left over are being read.
  EXPECT_EQ(m.stats()[CycleKind::Compute] - cycles, 180u);
  // Four tiles were never summed.
  configureMatmul(16, 16, 32);
  EXPECT_THAT(run(7), HasSubstr("the datapath still holds tiles of an earlier "
                                "matmul"));
}

TEST_F(Persistent, ShorterMNeverFinishes) {
  routeMatmul();
  write(0x48, 2048);
  configureMatmul(16, 16, 32);
  ASSERT_EQ(run(7), "");
  configureMatmul(16, 16, 16);
  EXPECT_THAT(run(7), HasSubstr("the datapath sums 2 tiles, as M was at the "
                                "first matmul since the reset, and gets 1"));
  reset();
  routeMatmul();
  write(0x48, 2048);
  configureMatmul(16, 16, 16);
  EXPECT_EQ(run(7), "");
}

TEST_F(Persistent, FourthMatmulNeverFinishes) {
  routeMatmul();
  write(0x48, 2048);
  for (unsigned i = 0; i < 3; ++i) {
    configureMatmul(16, 16, 16);
    ASSERT_EQ(run(7), "") << i;
  }
  configureMatmul(16, 16, 16);
  EXPECT_THAT(run(7), HasSubstr("command 7 (matmul): the chip would wait "
                                "forever: the datapath reads M once after a "
                                "reset"));
}

TEST_F(Persistent, MatmulMasksComeFromTheOldestBase) {
  Codes a = codes(16 * 16, 50), b = codes(16 * 16, 50), x = codes(16);
  Image imageA = pack(a.data(), 16, 16, Layout::Tiled);
  Image imageB = pack(b.data(), 16, 16, Layout::Tiled);
  store(0, compact(x), 512, 512);
  // A base for ElemAdd...
  routeCopy();
  write(0x48, 3000);
  configureCopy(512, 1);
  ASSERT_EQ(run(10), "");
  // ...is where the next matmul looks for masks: decoder 0 at 512, decoder 1
  // at 2048; the data are at the base written for it.
  store(0, imageA, 512, 0);
  store(1, imageB, 2048, 0);
  routeMatmul();
  configureMatmul(16, 16, 16);
  ASSERT_EQ(run(7), "");
  Codes expected = product(16, 16, 16, a, b), got;
  // The copied vector was the encoder's first.
  std::array<unsigned, 16> lanes{};
  lanes.fill(1);
  for (unsigned v = 0; v < 16; ++v)
    for (unsigned lane = 0; lane < 16; ++lane)
      got.push_back(m.maskMemory(1)[3001 + v] >> lane & 1
                        ? m.dataMemory(1)[3000 + 16 * lanes[lane]++ + lane]
                        : 0);
  EXPECT_EQ(got, expected);
}

TEST_F(Persistent, EachMatmulTakesABase) {
  Codes a = codes(16 * 16, 50), b = codes(16 * 16, 50);
  routeMatmul();
  write(0x48, 2048);
  configureMatmul(16, 16, 16);
  ASSERT_EQ(run(7), ""); // zeros: the encoder's lanes stay at 0
  store(0, pack(a.data(), 16, 16, Layout::Tiled), 512, 512);
  store(1, pack(b.data(), 16, 16, Layout::Tiled), 768, 768);
  write(0x14, 512 | 768 << 16);
  write(0x18, 0);
  ASSERT_EQ(run(7), "");
  EXPECT_EQ(fetch(1, 2064, 2048, 16), product(16, 16, 16, a, b));
}

TEST_F(Persistent, FifthLayerNormAndSoftmaxNeverFinish) {
  for (bool softmax : {false, true})
    for (unsigned decoder : {0, 1}) {
      reset();
      write(0x08, decoder);
      write(0x50, 1);
      uint32_t mode = softmax ? kDecodeSoftmax : kDecodeLayerNorm;
      write(0x58, mode << (decoder ? kDecoder1Shift : 0));
      write(0x54, softmax ? kGBSoftmax : kGBLayerNorm);
      write(0x1c, 0);
      write(0x48, 1024);
      std::string hang;
      unsigned finished = 0;
      for (; hang.empty() && finished < 10; finished += hang.empty()) {
        write(0x20, 1 | 1 << 8);
        write(0x14, 0);
        write(0x18, 0);
        hang = run(softmax ? 9 : 8);
      }
      // Decoder 1 is handed its base after decoder 0's queue has room.
      EXPECT_EQ(finished, decoder ? 3u : 4u);
      EXPECT_THAT(hang, HasSubstr("needs for each operation, after reset_mode "
                                  "(0x58), a new input_buffer_config (0x14);"));
    }
}

TEST_F(Persistent, BasesThatNoMatmulTakesBlockTheRegister) {
  for (unsigned i = 0; i < 9; ++i)
    write(0x14, i);
  for (unsigned i = 0; i < 2; ++i)
    EXPECT_EQ(llvm::toString(m.writeRegister(0x14, 9)),
              "write of 0x9 to input_buffer_config (0x14): the chip would wait "
              "forever: no matmul has taken the bases of the last nine writes; "
              "write 1 to soft_reset (0x0) between operations");
  reset();
  write(0x14, 9);
}

TEST_F(Persistent, DecodersNeedFreshTokens) {
  routeCopy();
  write(0x48, 1024);
  configureCopy(0, 1);
  ASSERT_EQ(run(10), "");
  write(0x14, 0);
  EXPECT_THAT(run(10), HasSubstr("decoder 0 needs for each operation, after "
                                 "reset_mode (0x58), a new base_offset (0x18), "
                                 "gb_control_config (0x20);"));
  reset();
  routeMatmul();
  write(0x48, 1024);
  configureMatmul(16, 16, 16);
  ASSERT_EQ(run(7), "");
  write(0x14, 0);
  EXPECT_THAT(run(7), HasSubstr("decoder 1 needs for each operation, after "
                                "reset_mode (0x58), a new base_offset (0x18)"));
}

TEST_F(Persistent, TokensBeforeTheirModeAreLost) {
  write(0x50, 1);
  write(0x54, kGBElemAdd);
  write(0x48, 1024);
  configureCopy(0, 1);
  write(0x58, kDecodeElemAdd);
  EXPECT_THAT(run(10),
              HasSubstr("forever: decoder 0 needs for each operation, after "
                        "reset_mode (0x58), a new input_buffer_config (0x14), "
                        "base_offset (0x18), gb_control_config (0x20);"));
  reset();
  write(0x50, 1);
  write(0x58, kDecodeElemAdd);
  write(0x48, 1024);
  configureCopy(0, 1);
  write(0x54, kGBElemAdd);
  EXPECT_THAT(run(10), HasSubstr("forever: the unit needs once, after "
                                 "gb_mode_config (0x54), input_buffer_config "
                                 "(0x14), gb_control_config (0x20);"));
}

TEST_F(Persistent, ConfigurationAfterTheLastTokenIsForTheNextOperation) {
  Codes x = codes(16), y = codes(16);
  store(0, compact(x), 0, 0);
  store(0, compact(y), 512, 512);
  routeCopy();
  write(0x48, 1024);
  configureCopy(0, 1);
  // The decoder has all it needs and waits for masks. The unit asks for those
  // at 512, whose data the decoder takes from 0.
  write(0x14, 512 | 2048 << 16);
  ASSERT_EQ(run(10), "");
  EXPECT_EQ(fetch(0, 1024, 1024, 1), x);
  write(0x20, 1 | 1 << 8 | 4 << 16 | 4 << 20 | 4 << 24);
  write(0x18, 0);
  ASSERT_EQ(run(10), "");
  EXPECT_EQ(fetch(0, 1025, 1040, 1), y);
}

TEST_F(Persistent, AccumulatorsStartAtZero) {
  Codes a = codes(16 * 16), b = codes(16 * 16);
  store(0, pack(a.data(), 16, 16, Layout::Tiled), 0, 0);
  store(1, pack(b.data(), 16, 16, Layout::Tiled), 0, 0);
  routeMatmul();
  write(0x48, 1024);
  for (unsigned i = 0; i < 2; ++i) {
    configureMatmul(16, 16, 16);
    ASSERT_EQ(run(7), "");
  }
  // The same vectors twice, one result behind the other.
  for (unsigned v = 0; v < 16; ++v)
    EXPECT_EQ(m.maskMemory(1)[1024 + v], m.maskMemory(1)[1040 + v]);
}

TEST_F(Persistent, EntropyStartsWithTheBaseItHas) {
  Codes x = codes(16), y = codes(16);
  store(0, compact(x), 0, 0);
  store(0, compact(y), 512, 512);
  auto configure = [&] {
    write(0x50, 1);
    write(0x58, kDecodeEntropy);
    write(0x54, kGBEntropy);
    write(0x24, 1 << 16);
  };
  auto entropyOf = [&](const Codes &row) {
    EntropyConfig cfg;
    cfg.inputBias = 4;
    return units::entropy(m.description(), cfg, row.data()).entropy;
  };
  ASSERT_NE(entropyOf(x), entropyOf(y));
  // Base and offset first: used.
  configure();
  write(0x14, 512);
  write(0x18, 0);
  write(0x20, 1 | 1 << 8 | 4 << 16);
  ASSERT_EQ(run(11), "");
  EXPECT_EQ(m.lastEntropy()->entropy, entropyOf(y));
  // After gb_control_config: the masks are those of 512 (all ones), the data
  // those of 0, which the decoder started with.
  reset();
  configure();
  write(0x20, 1 | 1 << 8 | 4 << 16);
  write(0x14, 512);
  write(0x18, 0);
  ASSERT_EQ(run(11), "");
  EXPECT_EQ(m.lastEntropy()->entropy, entropyOf(x));
  // It goes on by itself, with what has arrived meanwhile.
  ASSERT_EQ(run(11), "");
  EXPECT_EQ(m.lastEntropy()->entropy, entropyOf(y));
}

TEST_F(Persistent, MasksOfUnitsAreAtBase0DataAtTheDecodersBase) {
  Codes x = codes(16, 50);
  Image image = compact(x);
  store(1, image, 256, 512);
  write(0x08, 1);
  write(0x50, 1);
  write(0x58, kDecodeEntropy << kDecoder1Shift);
  write(0x54, kGBEntropy);
  write(0x24, 1 << 16);
  write(0x14, 256 | 520 << 16);
  write(0x18, 8 << 16);
  write(0x20, 1 | 1 << 8 | 4 << 16);
  ASSERT_EQ(run(11), "");
  EntropyConfig cfg;
  cfg.inputBias = 4;
  EXPECT_EQ(m.lastEntropy()->entropy,
            units::entropy(m.description(), cfg, x.data()).entropy);
}

TEST_F(Persistent, OtherConfigurationsStay) {
  Codes a = codes(16 * 16), b = codes(16 * 16);
  routeMatmul();
  write(0x48, 1024);
  for (unsigned i = 0; i < 2; ++i) {
    store(0, pack(a.data(), 16, 16, Layout::Tiled), 0, 0);
    store(1, pack(b.data(), 16, 16, Layout::Tiled), 0, 0);
    // accel_config, use_gb, flip_mem and reset_mode are written once.
    configureMatmul(16, 16, 16);
    ASSERT_EQ(run(7), "");
  }
  Codes expected = product(16, 16, 16, a, b);
  EXPECT_EQ(
      expand(m.maskMemory(1).slice(1024, 16), m.dataMemory(1).slice(1024, 256)),
      expected);
  reset();
  EXPECT_EQ(llvm::cantFail(m.readRegister(0x0c)), 0u);
  EXPECT_EQ(m.maskMemory(1)[1024] != 0, true);
}

TEST_F(Persistent, RefusedCommandsTakeNothing) {
  routeCopy();
  write(0x48, 1024);
  write(0x20, 0);
  write(0x14, 0);
  write(0x18, 0);
  EXPECT_THAT(run(10), HasSubstr("num_vector = 0"));
  // The decoder still waits for masks with these tokens.
  EXPECT_THAT(run(10), HasSubstr("num_vector = 0"));
}

} // namespace
