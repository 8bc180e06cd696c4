//===- UnitsTest.cpp - what the units compute, and kernels against them ---===//

#include "edgebert/Machine/Kernels.h"
#include "edgebert/Numerics/AdaptivFloat.h"

#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace edgebert;
using namespace edgebert::machine;

namespace {

using Codes = std::vector<uint8_t>;

Codes fromHex(llvm::StringRef hex) {
  std::string compact;
  for (char c : hex)
    if (c != ' ')
      compact += c;
  std::string bytes = llvm::fromHex(compact);
  return Codes(bytes.begin(), bytes.end());
}

std::string toHex(const Codes &codes) { return llvm::toHex(codes); }

/// Kinds of operands that have broken kernels before, elsewhere.
enum class Fill { Random, Sparse, MaxPositive, MaxNegative, Mixed, Zero80 };
constexpr Fill kFills[] = {Fill::Random,      Fill::Sparse, Fill::MaxPositive,
                           Fill::MaxNegative, Fill::Mixed,  Fill::Zero80};

Codes make(size_t n, Fill fill, std::mt19937 &rng) {
  Codes codes(n);
  for (uint8_t &c : codes)
    switch (fill) {
    case Fill::Random:
      c = uint8_t(rng());
      break;
    case Fill::Sparse:
      c = rng() % 10 == 0 ? uint8_t(rng()) : 0;
      break;
    case Fill::MaxPositive:
      c = 0x7f;
      break;
    case Fill::MaxNegative:
      c = 0xff;
      break;
    case Fill::Mixed:
      c = rng() % 2 ? 0x7f : 0xff;
      break;
    case Fill::Zero80:
      c = rng() % 3 ? 0x80 : uint8_t(rng());
      break;
    }
  return codes;
}

std::vector<Description> machines() {
  Description mixed = Description::asic();
  mixed.accumulatorBits = 24;
  mixed.softmaxRenormalise = false;
  mixed.softmaxMaxOverSpan = false;
  mixed.skipZeroSpan = false;
  mixed.expFractionBits = 12;
  mixed.layerNormMeanSquareBits = 17;
  return {Description::rtl(), Description::asic(), mixed};
}

TEST(Matmul, KernelsEqualTheDefinition) {
  std::mt19937 rng(1);
  const unsigned shapes[][3] = {
      {16, 16, 16}, {32, 16, 48}, {48, 32, 16}, {80, 48, 144}};
  for (const Description &desc : machines())
    for (auto [n0, n1, m] : shapes)
      for (Fill fillA : kFills)
        for (Fill fillB : kFills) {
          MatmulConfig cfg;
          cfg.n0 = n0;
          cfg.n1 = n1;
          cfg.m = m;
          cfg.accumRightShift = rng() % 4 == 0 ? rng() % 32 : 8 + rng() % 12;
          cfg.adfAccumBias = rng() % 8;
          cfg.relu = rng() % 2;
          cfg.isBias = rng() % 2;
          cfg.weightBias = int8_t(rng());
          Codes a = make(size_t(n0) * m, fillA, rng);
          Codes b = make(size_t(n1) * m, fillB, rng);
          Codes expected(size_t(n0) * n1), got(expected.size());
          UnitStats lost;
          units::matmul(desc, cfg, a.data(), b.data(), expected.data(), &lost);
          kernels::Operand operandA(a.data(), n0, m), operandB(b.data(), n1, m);
          for (numerics::Isa isa : numerics::allIsas()) {
            if (!numerics::isSupported(isa))
              continue;
            UnitStats fast;
            kernels::matmul(desc, cfg, operandA, operandB, got.data(), &fast,
                            isa);
            ASSERT_EQ(toHex(expected), toHex(got))
                << numerics::isaName(isa).str() << " on " << desc.name;
            ASSERT_TRUE(lost == fast)
                << numerics::isaName(isa).str() << " on " << desc.name << ": "
                << lost.accumulatorWraps << " " << fast.accumulatorWraps;
          }
          std::fill(got.begin(), got.end(), 0);
          kernels::matmul(desc, cfg, a.data(), b.data(), got.data());
          ASSERT_EQ(expected, got);
        }
}

TEST(Matmul, CountsWrapsOf32Bits) {
  // 3072 products of 3968^2 are beyond 2^31.
  MatmulConfig cfg;
  cfg.m = 3072;
  cfg.accumRightShift = 20;
  Codes a(16 * 3072, 0x7f), out(256), fast(256);
  UnitStats lost, lostFast;
  units::matmul(Description::asic(), cfg, a.data(), a.data(), out.data(),
                &lost);
  kernels::matmul(Description::asic(), cfg, a.data(), a.data(), fast.data(),
                  &lostFast);
  EXPECT_EQ(lost.accumulatorWraps, 256u);
  EXPECT_TRUE(lost == lostFast);
  EXPECT_EQ(out, fast);
}

TEST(Matmul, OverflowKeepsItsSignOnAsicOnly) {
  MatmulConfig cfg;
  Codes a(256, 0x7f), b(256, 0xff), out(256);
  cfg.accumRightShift = 4;
  UnitStats lost;
  units::matmul(Description::asic(), cfg, a.data(), b.data(), out.data(),
                &lost);
  EXPECT_EQ(out, Codes(256, 0xff));
  EXPECT_EQ(lost.narrowingSaturations, 256u);
  EXPECT_EQ(lost.encodeSaturations, 256u);
  // -1.0 with bias 0 saturates the published encoder without any wrap.
  Codes one(256), minus(256);
  for (unsigned r = 0; r < 16; ++r) {
    one[16 * r] = 0x30;   // operand 128
    minus[16 * r] = 0xb0; // operand -128
  }
  cfg.accumRightShift = 0;
  units::matmul(Description::rtl(), cfg, one.data(), minus.data(), out.data());
  EXPECT_EQ(out, Codes(256, 0x7f));
}

TEST(Matmul, OperandCountsZeroVectors) {
  Codes codes(32 * 32);
  codes[0] = 0x80; // a non-zero byte, though its value is zero
  codes[5 * 32 + 16] = 1;
  kernels::Operand operand(codes.data(), 32, 32);
  EXPECT_EQ(operand.zeroVectors(), 62u);
  EXPECT_EQ(operand.row(5)[16], 17);
  EXPECT_EQ(operand.row(0)[0], 0);
}

// Fact sheet 10.1, the published behaviour with the 12-bit EXP.

const char *const kX = "35 B2 48 00 51 C3 2F 9A 44 3C D0 12 00 5A A7 41";

TEST(Golden, LayerNorm) {
  LayerNormConfig cfg;
  cfg.inputBias = 4;
  cfg.gammaBias = cfg.betaBias = 5;
  Codes x = fromHex(kX), gamma(16), out(16);
  for (unsigned i = 0; i < 16; ++i)
    gamma[i] = uint8_t(0x50 + i % 4);
  units::layerNorm(Description::rtl(), cfg, x.data(), gamma.data(), nullptr,
                   out.data());
  EXPECT_EQ(out, fromHex("63 3A 71 58 73 C6 63 52 6B 67 E2 5D 55 7C 49 6D"));
}

TEST(Golden, ElemAdd) {
  AddConfig cfg;
  cfg.bias0 = cfg.bias1 = 4;
  cfg.outputBias = 5;
  Codes x = fromHex(kX), out(16);
  Codes y = fromHex("22 33 80 10 D1 43 00 1A C4 3C 50 00 7F DA 27 C1");
  units::add(Description::rtl(), cfg, x.data(), y.data(), out.data());
  EXPECT_EQ(out, fromHex("2E 00 38 00 00 00 1F 00 00 3C 00 02 6F 00 00 00"));
}

TEST(Golden, Softmax) {
  Description desc = Description::rtl();
  desc.expFractionBits = 12;
  SoftmaxConfig cfg;
  cfg.inputBias = cfg.spanBias = 4;
  Codes x = fromHex(kX), out(16);
  Codes span = fromHex("60 60 60 60 60 60 60 60 50 50 50 50 00 00 00 00");
  units::softmax(desc, cfg, x.data(), span.data(), out.data());
  EXPECT_EQ(out, fromHex("00 00 00 00 7F 5D 7F 7F 00 00 00 00 00 00 00 00"));
}

TEST(Golden, Entropy) {
  Description desc = Description::rtl();
  desc.expFractionBits = 12;
  EntropyConfig cfg;
  cfg.inputBias = 4;
  Codes x = fromHex(kX);
  EntropyResult result = units::entropy(desc, cfg, x.data());
  EXPECT_EQ(result.max, 832);
  EXPECT_EQ(result.sumExp, -10180);
  EXPECT_EQ(result.sumXExp, -25705);
  EXPECT_EQ(result.entropy, 4915);
  EXPECT_FALSE(result.below);
}

TEST(SpecialFunctionUnits, KernelsEqualTheDefinitions) {
  std::mt19937 rng(2);
  for (const Description &desc : machines())
    for (Fill fill : kFills)
      for (unsigned trial = 0; trial < 20; ++trial) {
        RowShape shape{1 + unsigned(rng() % 5), 1 + unsigned(rng() % 4)};
        size_t row = shape.rowCodes(), all = row * shape.timesteps;
        Codes x = make(all, fill, rng), y = make(all, Fill::Random, rng);
        Codes p = make(row, trial % 2 ? Fill::Sparse : Fill::Random, rng);
        Codes q = make(row, Fill::Random, rng);
        Codes expected(all), got(all);
        auto bias = [&] { return unsigned(rng() % 8); };
        UnitStats lost, fast;
        auto check = [&](const char *unit) {
          EXPECT_EQ(toHex(expected), toHex(got)) << unit << " " << desc.name;
          EXPECT_TRUE(lost == fast) << unit << " " << desc.name;
          lost = fast = UnitStats();
        };
        SoftmaxConfig softmax{shape, bias(), bias(), bias()};
        // p may be one row only, y is as many as x.
        softmax.spanPerRow = rng() % 2;
        const Codes &span = softmax.spanPerRow ? y : p;
        units::softmax(desc, softmax, x.data(), span.data(), expected.data(),
                       &lost);
        kernels::softmax(desc, softmax, x.data(), span.data(), got.data(),
                         &fast);
        check("softmax");
        LayerNormConfig norm{shape, bias(), bias(), bias(), bias()};
        units::layerNorm(desc, norm, x.data(), p.data(), q.data(),
                         expected.data(), &lost);
        kernels::layerNorm(desc, norm, x.data(), p.data(), q.data(), got.data(),
                           &fast);
        check("layer norm");
        AddConfig add{shape, bias(), bias(), bias()};
        units::add(desc, add, x.data(), y.data(), expected.data(), &lost);
        kernels::add(desc, add, x.data(), y.data(), got.data(), &fast);
        check("add");
        EntropyConfig entropy{shape.vectors, bias(), int16_t(rng())};
        EntropyResult a = units::entropy(desc, entropy, x.data(), &lost);
        EntropyResult b = kernels::entropy(desc, entropy, x.data(), &fast);
        EXPECT_EQ(a.entropy, b.entropy);
        EXPECT_EQ(a.below, b.below);
        EXPECT_TRUE(lost == fast);
      }
}

/// Codes of real numbers.
Codes encode(const std::vector<float> &values, int bias) {
  Codes codes;
  for (float v : values)
    codes.push_back(uint8_t(numerics::kAfp8.encode(v, bias)));
  return codes;
}

TEST(Asic, SoftmaxIsTheSpanWeightedSoftmax) {
  std::mt19937 rng(3);
  std::normal_distribution<float> normal(0, 2);
  for (unsigned trial = 0; trial < 50; ++trial) {
    unsigned vectors = 1 + rng() % 12, n = 16 * vectors;
    std::vector<float> scores(n), weights(n);
    for (unsigned i = 0; i < n; ++i) {
      scores[i] = std::max(-15.f, std::min(15.f, normal(rng)));
      weights[i] = rng() % 3 ? 1.f : rng() % 2 ? 0.5f : 0.f;
    }
    weights[0] = 1;
    // A masked score far above all others must not matter.
    if (n > 16 && trial % 2)
      scores[1] = 15, weights[1] = 0;
    SoftmaxConfig cfg{{vectors, 1}, 6, 3, 3};
    Codes x = encode(scores, 6), span = encode(weights, 3), out(n);
    units::softmax(Description::asic(), cfg, x.data(), span.data(), out.data());
    double sum = 0, total = 0;
    for (unsigned i = 0; i < n; ++i)
      sum += weights[i] * std::exp(double(numerics::kAfp8.decode(x[i], 6)));
    for (unsigned i = 0; i < n; ++i) {
      double expected =
          weights[i] * std::exp(double(numerics::kAfp8.decode(x[i], 6))) / sum;
      double got = numerics::kAfp8.decode(out[i], 3);
      // A mantissa step, errors of EXP and LOG, and the smallest code, 17/2048.
      EXPECT_NEAR(got, expected, expected * 0.06 + 0.0084);
      total += got;
      if (weights[i] == 0)
        EXPECT_EQ(out[i], 0);
    }
    EXPECT_NEAR(total, 1, 0.06 + n * 0.003);
  }
}

TEST(Asic, ZeroSpanGivesZeros) {
  SoftmaxConfig cfg{{2, 3}, 4, 4, 4};
  Codes x(96, 0x55), span(32, 0), out(96, 0x11);
  span[3] = 0x80;
  units::softmax(Description::asic(), cfg, x.data(), span.data(), out.data());
  EXPECT_EQ(out, Codes(96, 0));
  // A span of one fixed-point step weighs every exponential to 0.
  std::fill(span.begin(), span.end(), 0x01);
  cfg.spanBias = 0;
  units::softmax(Description::asic(), cfg, x.data(), span.data(), out.data());
  EXPECT_EQ(out, Codes(96, 0));
}

TEST(Asic, RowsWithSpansOfTheirOwn) {
  std::mt19937 rng(9);
  for (Description desc : {Description::asic(), Description::rtl()}) {
    SoftmaxConfig cfg{{2, 5}, 5, 3, 3};
    Codes x(160), span(160), out(160);
    for (unsigned i = 0; i < 160; ++i)
      x[i] = uint8_t(rng()), span[i] = uint8_t(rng() % 3 ? rng() & 0x7f : 0);
    cfg.spanPerRow = true;
    units::softmax(desc, cfg, x.data(), span.data(), out.data());
    cfg.spanPerRow = false;
    cfg.shape.timesteps = 1;
    for (unsigned row = 0; row < 5; ++row) {
      Codes one(32);
      units::softmax(desc, cfg, &x[32 * row], &span[32 * row], one.data());
      EXPECT_EQ(one, Codes(&out[32 * row], &out[32 * row] + 32));
    }
  }
}

TEST(Asic, SoftmaxSumDoesNotWrap) {
  // 256 equal terms: the published 16-bit sum wraps, 32 bits do not.
  SoftmaxConfig cfg{{16, 1}, 4, 3, 1};
  Codes x(256, 0x40), span(256, 0x70), out(256);
  UnitStats lost;
  units::softmax(Description::asic(), cfg, x.data(), span.data(), out.data(),
                 &lost);
  for (uint8_t code : out)
    EXPECT_NEAR(numerics::kAfp8.decode(code, 1), 1.0 / 256, 0.0005);
  EXPECT_EQ(lost.fixedWraps, 0u);
}

TEST(Asic, LayerNormFollowsItsFormula) {
  std::mt19937 rng(4);
  std::normal_distribution<float> normal(0.1f, 0.5f);
  for (unsigned vectors : {4u, 16u, 48u}) {
    unsigned n = 16 * vectors;
    std::vector<float> values(n), gammas(n), betas(n);
    for (unsigned i = 0; i < n; ++i) {
      values[i] = normal(rng);
      gammas[i] = 0.5f + float(rng() % 100) / 100;
      betas[i] = float(int(rng() % 100) - 50) / 100;
    }
    LayerNormConfig cfg{{vectors, 1}, 3, 3, 3, 5};
    Codes x = encode(values, 3), gamma = encode(gammas, 3),
          beta = encode(betas, 3), out(n);
    UnitStats lost;
    units::layerNorm(Description::asic(), cfg, x.data(), gamma.data(),
                     beta.data(), out.data(), &lost);
    EXPECT_EQ(lost.fixedWraps, 0u);
    double sum = 0, squares = 0;
    for (unsigned i = 0; i < n; ++i) {
      double v = numerics::kAfp8.decode(x[i], 3);
      sum += v;
      squares += v * v;
    }
    double mean = sum / n, deviation = std::sqrt(squares / n - mean * mean);
    for (unsigned i = 0; i < n; ++i) {
      double expected = (numerics::kAfp8.decode(x[i], 3) - mean) / deviation *
                            numerics::kAfp8.decode(gamma[i], 3) +
                        numerics::kAfp8.decode(beta[i], 3);
      EXPECT_NEAR(numerics::kAfp8.decode(out[i], 5), expected,
                  std::fabs(expected) * 0.05 + 0.06);
    }
  }
}

TEST(Asic, LayerNormOfAConstantRowIsBeta) {
  LayerNormConfig cfg{{4, 1}, 4, 4, 4, 4};
  Codes x(64, 0x63), gamma(64, 0x60), beta(64, 0x52), out(64);
  units::layerNorm(Description::asic(), cfg, x.data(), gamma.data(),
                   beta.data(), out.data());
  for (uint8_t code : out)
    EXPECT_NEAR(numerics::kAfp8.decode(code, 4),
                numerics::kAfp8.decode(0x52, 4), 0.07);
}

TEST(Asic, EntropyIsThatOfTheSoftmax) {
  std::mt19937 rng(5);
  std::normal_distribution<float> normal(0, 1.5f);
  for (unsigned trial = 0; trial < 30; ++trial) {
    std::vector<float> logits(16);
    for (float &v : logits)
      v = normal(rng);
    Codes x = encode(logits, 5);
    EntropyResult result =
        units::entropy(Description::asic(), {1, 5, 1024}, x.data());
    double sum = 0, weighted = 0;
    for (uint8_t code : x) {
      double v = numerics::kAfp8.decode(code, 5);
      sum += std::exp(v);
      weighted += v * std::exp(v);
    }
    double expected = std::log(sum) - weighted / sum;
    EXPECT_NEAR(result.entropy / 1024.0, expected, 0.04);
    EXPECT_EQ(result.below, result.entropy <= 1024);
  }
}

TEST(Dvfs, Buckets) {
  DvfsConfig cfg;
  for (unsigned i = 0; i < 15; ++i)
    cfg.dco[i] = uint8_t(i + 20);
  for (unsigned i = 0; i < 16; ++i)
    cfg.ldo[i] = uint8_t(i + 100);
  const std::pair<int, unsigned> cases[] = {
      {-5, 0},     {255, 0},    {256, 1},   {511, 1},    {512, 2},
      {1024, 3},   {3071, 4},   {3072, 5},  {12288, 11}, {16383, 11},
      {28671, 14}, {28672, 15}, {32767, 15}};
  for (auto [entropy, bucket] : cases) {
    cfg.entropy = int16_t(entropy);
    DvfsResult result = units::dvfs(cfg);
    EXPECT_EQ(result.index, bucket) << entropy;
    EXPECT_EQ(result.ldo, 100 + bucket);
    EXPECT_EQ(result.dco, 20 + std::min(bucket, 14u));
  }
  cfg.entropy = 28672;
  cfg.scale = 126; // 227
  EXPECT_EQ(units::dvfs(cfg).index, 0u);
}

} // namespace
