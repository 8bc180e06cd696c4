//===- Afp4Test.cpp - 4-bit matmuls ---------------------------------------===//

#include "edgebert/Machine/Kernels.h"
#include "edgebert/Machine/Timing.h"
#include "edgebert/Numerics/AdaptivFloat.h"

#include "Driver.h"

#include <cmath>
#include <random>

using namespace edgebert;
using namespace edgebert::machine;

namespace {

MatmulConfig config4(unsigned n0, unsigned n1, unsigned m) {
  MatmulConfig cfg;
  cfg.n0 = n0;
  cfg.n1 = n1;
  cfg.m = m;
  cfg.operands = Precision::Afp4;
  return cfg;
}

/// The definition's result, which that of every instruction set must equal.
Codes multiply(const Description &desc, const MatmulConfig &cfg,
               llvm::ArrayRef<uint8_t> a, llvm::ArrayRef<uint8_t> b) {
  Codes expected(size_t(cfg.n0) * cfg.n1 / codesPerByte(cfg.result));
  Codes got(expected.size());
  UnitStats lost;
  units::matmul(desc, cfg, a.data(), b.data(), expected.data(), &lost);
  kernels::Operand operandA(a.data(), cfg.n0, cfg.m, cfg.operands);
  kernels::Operand operandB(b.data(), cfg.n1, cfg.m, cfg.operands);
  for (numerics::Isa isa : numerics::allIsas()) {
    if (!numerics::isSupported(isa))
      continue;
    UnitStats fast;
    std::fill(got.begin(), got.end(), 0x55);
    kernels::matmul(desc, cfg, operandA, operandB, got.data(), &fast, isa);
    EXPECT_EQ(firstDifference(expected, got), "")
        << numerics::isaName(isa).str();
    EXPECT_TRUE(lost == fast) << numerics::isaName(isa).str();
  }
  return expected;
}

TEST(Afp4, AllProductsUnderAllBiases) {
  // Row r of each operand is code r in one column, so the result has all
  // products. Each column in turn, so that both halves of each byte count.
  const Description desc = Description::asic();
  for (Precision result : {Precision::Afp8, Precision::Afp4})
    for (unsigned column = 0; column < 32; ++column)
      for (unsigned outBias = 0; outBias < 8; ++outBias)
        for (unsigned shift : {0u, 4u, 6u, 9u, 16u}) {
          MatmulConfig cfg = config4(32, 16, 32);
          cfg.result = result;
          cfg.accumRightShift = shift;
          cfg.adfAccumBias = outBias;
          Codes a(32 * 32), b(16 * 32);
          for (unsigned r = 0; r < 32; ++r)
            a[32 * r + column] = uint8_t(r % 16);
          for (unsigned r = 0; r < 16; ++r)
            b[32 * r + column] = uint8_t(r);
          Codes out = multiply(desc, cfg, packPairs(a), packPairs(b));
          if (result == Precision::Afp4)
            out = unpackPairs(out);
          const numerics::AdaptivFloat &format =
              result == Precision::Afp4 ? numerics::kAfp4 : numerics::kAfp8;
          for (unsigned i = 0; i < 16; ++i)
            for (unsigned j = 0; j < 32; ++j) {
              // Operand biases that add up to 16 - shift keep the scale.
              double value =
                  double(numerics::kAfp4.decode(i, 16 - int(shift))) *
                  numerics::kAfp4.decode(j % 16, 0);
              // A product's lowest bits are shifted out, towards -infinity.
              double floored = std::floor(value * 4096) / 4096;
              double clamped =
                  std::min(std::max(floored, -32767.0 / 4096), 32767.0 / 4096);
              ASSERT_EQ(out[32 * i + j],
                        format.encode(float(clamped), int(outBias)))
                  << "codes " << i << " " << j % 16 << " shift " << shift;
            }
        }
}

TEST(Afp4, KernelsEqualTheDefinition) {
  std::mt19937 rng(11);
  Description narrow = Description::asic();
  narrow.accumulatorBits = 17;
  narrow.loseSignOnOverflow = true;
  const Codes fills[] = {{}, {0x77}, {0xff}, {0x77, 0xff, 0x7f}, {0x88, 0x01}};
  const unsigned shapes[][3] = {{16, 16, 32}, {32, 16, 64}, {96, 48, 160}};
  for (const Description &desc : {Description::asic(), narrow})
    for (auto [n0, n1, m] : shapes)
      for (const Codes &fillA : fills)
        for (const Codes &fillB : fills)
          for (unsigned widths = 1; widths < 4; ++widths) {
            MatmulConfig cfg;
            cfg.n0 = n0;
            cfg.n1 = n1;
            cfg.m = m;
            cfg.operands = widths & 1 ? Precision::Afp4 : Precision::Afp8;
            cfg.result = widths & 2 ? Precision::Afp4 : Precision::Afp8;
            cfg.n0 = (n0 + 31) / 32 * 32;
            cfg.accumRightShift = rng() % 16;
            cfg.adfAccumBias = rng() % 8;
            cfg.relu = rng() % 2;
            cfg.isBias = rng() % 2;
            cfg.weightBias = int8_t(rng());
            auto make = [&](size_t n, const Codes &fill) {
              Codes bytes(n / codesPerByte(cfg.operands));
              for (uint8_t &byte : bytes)
                byte = fill.empty() ? uint8_t(rng() % 3 ? rng() : 0)
                                    : fill[rng() % fill.size()];
              return bytes;
            };
            multiply(desc, cfg, make(size_t(cfg.n0) * m, fillA),
                     make(size_t(n1) * m, fillB));
          }
}

TEST(Afp4, TheLongestSumIsExact) {
  // 4064 of the largest products: no sum of 4-bit codes wraps 32 bits.
  MatmulConfig cfg = config4(16, 16, 4064);
  cfg.accumRightShift = 20;
  Codes bytes(16 * 4064 / 2, 0x77), out(256);
  UnitStats lost;
  units::matmul(Description::asic(), cfg, bytes.data(), bytes.data(),
                out.data(), &lost);
  EXPECT_EQ(lost.accumulatorWraps, 0u);
  int64_t largest = numerics::decodeOperand4(7);
  int64_t sum = 4064 * largest * largest >> 20;
  EXPECT_EQ(out[0], numerics::encodeFixed(int32_t(sum), 12, 0, false));
  multiply(Description::asic(), cfg, bytes, bytes);
}

TEST(Afp4, ATileTakesTheCyclesOfAnEightBitTile) {
  Driver wide(Description::asic()), narrow(Description::asic());
  MatmulConfig cfg;
  Codes zeros(16 * 16, 0x11);
  for (unsigned decoder : {0u, 1u}) {
    wide.load(decoder, pack(zeros.data(), 16, 16, Layout::Tiled));
    narrow.load(decoder, pack(zeros.data(), 16, 16, Layout::Tiled));
  }
  wide.matmul(cfg, {}, {}, 1024, 1);
  narrow.matmul(config4(16, 16, 32), {}, {}, 1024, 1);
  EXPECT_EQ(wide.stats()[CycleKind::Compute], 66u);
  EXPECT_EQ(narrow.stats()[CycleKind::Compute], 66u);
  EXPECT_EQ(wide.stats().macs, 16u * 16 * 16);
  EXPECT_EQ(narrow.stats().macs, 16u * 16 * 32);
  EXPECT_EQ(narrow.stats().macs4, 16u * 16 * 32);
  EXPECT_EQ(narrow.stats().computeCycles4, 66u);
  EXPECT_EQ(wide.stats().macs4, 0u);
  const Description desc = Description::asic();
  for (unsigned m : {32u, 64u, 768u, 3072u})
    EXPECT_EQ(timing::matmul(desc, 64, 128, m, Precision::Afp4),
              timing::matmul(desc, 64, 128, m / 2));
}

TEST(Afp4, AMaskBitIsAPair) {
  // -0 (8) is a non-zero byte, alone and beside +0.
  Codes codes(32);
  codes[4] = 5;
  codes[7] = 8;
  Codes bytes = packPairs(codes);
  Image image = pack(bytes.data(), 1, 16, Layout::RowMajor);
  EXPECT_EQ(image.masks, std::vector<uint16_t>{0b1100});
  EXPECT_EQ(image.data[2], 0x05);
  EXPECT_EQ(image.data[3], 0x80);

  // A result's pairs are stored the same way.
  Driver driver(Description::asic());
  Codes a(32 * 32), b(16 * 32);
  a[0] = a[3 * 32] = 4; // rows 0 and 3 of operand 0
  b[0] = 4;
  driver.load(0, pack(packPairs(a).data(), 32, 16, Layout::Tiled));
  driver.load(1, pack(packPairs(b).data(), 16, 16, Layout::Tiled));
  MatmulConfig cfg = config4(32, 16, 32);
  cfg.result = Precision::Afp4;
  cfg.accumRightShift = 4;
  cfg.adfAccumBias = 0;
  driver.matmul(cfg, {}, {}, 1024, 1);
  EXPECT_EQ(driver.chip.maskMemory(1)[1024], 0b11);
  EXPECT_EQ(driver.chip.maskMemory(1)[1025], 0);
  uint8_t low = driver.chip.dataMemory(1)[1024];
  uint8_t high = driver.chip.dataMemory(1)[1025];
  EXPECT_NE(low, 0);
  EXPECT_EQ(high, low << 4);
}

/// Codes of normal numbers, and the bias that they are encoded with.
struct Tensor {
  Tensor(size_t n, float deviation, std::mt19937 &rng) : codes(n) {
    std::normal_distribution<float> normal(0, deviation);
    std::vector<float> values(n);
    float largest = 0;
    for (float &v : values) {
      v = rng() % 10 < 6 ? normal(rng) : 0;
      largest = std::max(largest, std::fabs(v));
    }
    bias = numerics::kAfp4.chooseMetadata(largest).integer();
    for (size_t i = 0; i < n; ++i)
      codes[i] = uint8_t(numerics::kAfp4.encode(values[i], bias));
  }
  double value(size_t i) const {
    return numerics::kAfp4.decode(codes[i], bias);
  }

  Codes codes;
  int bias;
};

TEST(Afp4, ALayersMatmulInTilesThroughRegisters) {
  // Y = X W of 128 x 768 by 768 x 768; X stays in decoder 1, W^T passes
  // through decoder 0 in tiles of 96 rows.
  const unsigned rows = 128, depth = 768, columns = 768, tile = 96;
  std::mt19937 rng(12);
  Tensor x(rows * depth, 0.4f, rng), w(columns * depth, 0.04f, rng);
  ASSERT_LE(x.bias + w.bias, 16);
  Driver driver(Description::asic());
  Codes bytes = packPairs(x.codes);
  // 128 rows of 384 bytes: half of what 8-bit codes take.
  driver.load(1, pack(bytes.data(), rows, depth / 2, Layout::Tiled));
  MatmulConfig cfg = config4(tile, rows, depth);
  cfg.accumRightShift = unsigned(16 - x.bias - w.bias);
  cfg.adfAccumBias = 4;
  // Mask rows 3072.. and bytes behind X; see StreamBase.
  const uint32_t output = 49152 + 3072;
  double worst = 0;
  for (unsigned first = 0; first < columns; first += tile) {
    Codes part(w.codes.begin() + size_t(first) * depth,
               w.codes.begin() + size_t(first + tile) * depth);
    Codes packed = packPairs(part);
    driver.load(0, pack(packed.data(), tile, depth / 2, Layout::Tiled));
    driver.matmul(cfg, {}, {}, output, 1);
    Codes got =
        unpack(driver.store(1, rows * tile / 16), rows, tile, Layout::Tiled);
    for (unsigned i = 0; i < rows; ++i)
      for (unsigned j = 0; j < tile; ++j) {
        double sum = 0;
        for (unsigned k = 0; k < depth; ++k)
          sum += x.value(size_t(i) * depth + k) *
                 w.value(size_t(first + j) * depth + k);
        // Half a mantissa step, the shift's floor, what is flushed to 0.
        double value = numerics::kAfp8.decode(got[i * tile + j], 4);
        double allowed = std::fabs(sum) / 32 + 1.0 / 4096 + 1.0 / 64;
        ASSERT_NEAR(value, sum, allowed) << i << " " << first + j;
        worst = std::max(worst, std::fabs(sum));
      }
  }
  EXPECT_GT(worst, 1); // the numbers are not all near zero
  EXPECT_EQ(driver.stats().macs, uint64_t(rows) * depth * columns);
  EXPECT_EQ(driver.stats().units.total(),
            driver.stats().units.encodeFlushes); // nothing wrapped
  const Description desc = Description::asic();
  EXPECT_EQ(driver.stats()[CycleKind::Compute],
            8 * timing::matmul(desc, tile, rows, depth / 2));
}

TEST(Afp4, FourBitResultsFeedTheNextMatmulInTheScratchpad) {
  std::mt19937 rng(13);
  const Description desc = Description::asic();
  const unsigned rows = 32, depth = 96, hidden = 64, columns = 48;
  auto random = [&](size_t n) {
    Codes bytes(n / 2);
    for (uint8_t &byte : bytes)
      byte = uint8_t(rng());
    return bytes;
  };
  Codes x = random(rows * depth), w1 = random(hidden * depth),
        w2 = random(columns * hidden);
  Driver driver(desc);
  driver.load(0, pack(w1.data(), hidden, depth / 2, Layout::Tiled));
  driver.load(1, pack(x.data(), rows, depth / 2, Layout::Tiled));
  MatmulConfig first = config4(hidden, rows, depth);
  first.result = Precision::Afp4;
  first.accumRightShift = 7;
  first.adfAccumBias = 5;
  driver.matmul(first, {}, {}, 9216, 1);
  Codes between(rows * hidden / 2);
  units::matmul(desc, first, w1.data(), x.data(), between.data());
  EXPECT_EQ(
      firstDifference(driver.matrixAt(1, 9216, rows, hidden / 2, Layout::Tiled),
                      between),
      "");

  driver.load(0, pack(w2.data(), columns, hidden / 2, Layout::Tiled));
  MatmulConfig second = config4(columns, rows, hidden);
  second.accumRightShift = 6;
  second.adfAccumBias = 6;
  driver.matmul(second, {}, {9216, 0}, 16384 + 2048, 1);
  Codes expected(rows * columns);
  units::matmul(desc, second, w2.data(), between.data(), expected.data());
  EXPECT_EQ(
      firstDifference(driver.matrixAt(1, 18432, rows, columns, Layout::Tiled),
                      expected),
      "");

  // The same bytes as 8-bit codes are another operand.
  MatmulConfig bytes = second;
  bytes.operands = Precision::Afp8;
  bytes.m = hidden / 2;
  driver.matmul(bytes, {}, {9216, 0}, 16384 + 2048, 1);
  units::matmul(desc, bytes, w2.data(), between.data(), expected.data());
  EXPECT_EQ(
      firstDifference(driver.matrixAt(1, 18432, rows, columns, Layout::Tiled),
                      expected),
      "");
}

TEST(Afp4, TheSameShapeInTheOtherWidthIsReadAnew) {
  const Description desc = Description::asic();
  std::mt19937 rng(14);
  Codes bytes(16 * 64);
  for (uint8_t &byte : bytes)
    byte = uint8_t(1 + rng() % 255);
  Driver driver(desc);
  driver.load(0, pack(bytes.data(), 16, 64, Layout::Tiled));
  driver.load(1, pack(bytes.data(), 16, 64, Layout::Tiled));
  for (Precision operands :
       {Precision::Afp8, Precision::Afp4, Precision::Afp8}) {
    MatmulConfig cfg;
    cfg.m = 64;
    cfg.operands = operands;
    cfg.accumRightShift = 8;
    cfg.adfAccumBias = 6;
    driver.matmul(cfg, {}, {}, 8192 + 1024, 1);
    // 4-bit codes of 64 columns are the first two of four columns of tiles.
    Codes matrix = bytes;
    if (operands == Precision::Afp4) {
      Image image = pack(bytes.data(), 16, 64, Layout::Tiled);
      matrix = unpack(image, 16, 32, Layout::Tiled);
    }
    Codes expected(256);
    units::matmul(desc, cfg, matrix.data(), matrix.data(), expected.data());
    EXPECT_EQ(firstDifference(driver.matrixAt(1, 9216, 16, 16, Layout::Tiled),
                              expected),
              "");
  }
}

TEST(Afp4, AResultMayReplaceTheRowsThatWereRead) {
  // A 4-bit result vector is complete after two steps. Operand 1's block 0 is
  // free after its last step, 3 of 0..3, and is then overwritten.
  Driver driver(Description::asic());
  Codes a(64 * 16, 0x11), b(32 * 16, 0x11);
  driver.load(0, pack(a.data(), 64, 16, Layout::Tiled));
  driver.load(1, pack(b.data(), 32, 16, Layout::Tiled));
  MatmulConfig cfg = config4(64, 32, 32);
  cfg.result = Precision::Afp4;
  driver.setMatmul(cfg, {}, {}, 0, 1);
  EXPECT_NE(driver.refusal(Command::Matmul)
                .find("would overwrite operand 1 before it is read"),
            std::string::npos);
  cfg.n0 = 32;
  driver.matmul(cfg, {}, {}, 0, 1);
}

TEST(Afp4, Refusals) {
  Driver rtl(Description::rtl());
  rtl.write(Register::UseGB, 0);
  rtl.write(Register::MacWidth, 1);
  rtl.setMatmul(MatmulConfig(), {}, {}, 1024, 1);
  EXPECT_EQ(rtl.refusal(Command::Matmul),
            "command 7 (matmul) with mac_width (0x60) = 1; machine 'rtl' "
            "multiplies 8-bit codes only; write 0");
  EXPECT_EQ(llvm::toString(rtl.chip.runMatmul(config4(16, 16, 32), {})),
            "matmul with 4-bit codes; machine 'rtl' multiplies 8-bit codes "
            "only");
  Driver asic(Description::asic());
  asic.setMatmul(config4(16, 16, 48), {}, {}, 1024, 1);
  EXPECT_EQ(asic.refusal(Command::Matmul),
            "M = 48 of matrix_config (0x10) with 4-bit operands; expected a "
            "multiple of 32 in 32..4064; the nearest is 64");
  MatmulConfig cfg;
  cfg.result = Precision::Afp4;
  asic.setMatmul(cfg, {}, {}, 1024, 1);
  EXPECT_EQ(asic.refusal(Command::Matmul),
            "N0 = 16 of matrix_config (0x10) with a 4-bit result; expected a "
            "multiple of 32 in 32..992; the nearest is 32");
  asic.write(Register::MacWidth, 4);
  EXPECT_EQ(asic.refusal(Command::Matmul),
            "command 7 (matmul) with mac_width (0x60) = 4; machine 'asic' has "
            "bit 0 (4-bit operands) and bit 1 (4-bit result)");
}

TEST(Afp4, RegisterFields) {
  auto names = [](const Description &desc) {
    std::string all;
    for (const Field &field : fieldsOf(desc, Register::MacWidth))
      all += std::string(field.name) + " ";
    return all;
  };
  EXPECT_EQ(names(Description::asic()), "afp4_operands afp4_result ");
  EXPECT_EQ(names(Description::rtl()), "");
}

} // namespace
