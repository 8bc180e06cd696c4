//===- FunctionsTest.cpp - exp, log, 1/sqrt, encode: every input ----------===//

#include "edgebert/Machine/Functions.h"

#include "edgebert/Machine/Kernels.h"
#include "edgebert/Numerics/AdaptivFloat.h"

#include "gtest/gtest.h"

#include <cmath>
#include <fstream>

using namespace edgebert;
using namespace edgebert::machine;

namespace {

/// A table of the published functions; empty where the shared material is not.
std::vector<long> table(const char *name) {
  std::ifstream file(std::string(EDGEBERT_SHARED_DIR "/vectors/tables/") +
                     name);
  std::vector<long> values;
  for (long value; file >> value;)
    values.push_back(value);
  return values;
}

/// Compares fn of all signed 16-bit inputs with a table.
template <typename Fn>
void checkAll(const char *name, Fn fn) {
  std::vector<long> values = table(name);
  if (values.empty())
    GTEST_SKIP() << "no " EDGEBERT_SHARED_DIR "/vectors/tables/" << name;
  ASSERT_EQ(values.size(), 65536u);
  for (int v = -32768; v < 32768; ++v)
    ASSERT_EQ(values[size_t(v + 32768)], long(fn(int16_t(v)))) << v;
}

TEST(Functions, ExpTable) {
  checkAll("exp.txt", [](int16_t v) { return int16_t(expFixed(v, 11)); });
}
TEST(Functions, Exp12Table) {
  checkAll("exp_acmath344.txt",
           [](int16_t v) { return int16_t(expFixed(v, 12)); });
}
TEST(Functions, LogTable) {
  checkAll("log.txt", [](int16_t v) { return logFixed(uint16_t(v), false); });
}
TEST(Functions, OldLogTable) {
  checkAll("log_acmath321.txt",
           [](int16_t v) { return logFixed(uint16_t(v), true); });
}
TEST(Functions, LogOfZeroIsAParameter) {
  // All of the row's exponentials underflow against the largest value.
  uint8_t x[16] = {0x7f}, span[16], published[16], old[16], definition[16];
  std::fill_n(span, 16, uint8_t(0x60));
  SoftmaxConfig cfg{{1, 1}, 7, 4, 7};
  Description desc = Description::rtl();
  kernels::softmax(desc, cfg, x, span, published);
  desc.logOfZeroIsMinimum = true;
  kernels::softmax(desc, cfg, x, span, old);
  units::softmax(desc, cfg, x, span, definition);
  EXPECT_FALSE(std::equal(old, old + 16, published));
  EXPECT_TRUE(std::equal(old, old + 16, definition));
}
TEST(Functions, InvSqrtTable) {
  checkAll("invsqrt.txt",
           [](int16_t v) { return int16_t(invSqrtFixed(uint16_t(v))); });
}

TEST(Functions, SpotValues) {
  // Fact sheet 5.7; those of EXP are of the 12-bit variant.
  const std::pair<int, int> exps[] = {{-8192, 0},    {-1024, 377}, {-1, 1021},
                                      {0, 1022},     {512, 1687},  {1024, 2786},
                                      {4000, 51006}, {4500, 17578}};
  for (auto [v, e] : exps)
    EXPECT_EQ(expFixed(int16_t(v), 12), e) << v;
  EXPECT_EQ(expFixed(0, 11), 1022);
  const std::pair<int, int> logs[] = {{0, 0},        {1, -7097},   {100, -2383},
                                      {512, -709},   {1024, 1},    {2048, 710},
                                      {30000, 3458}, {65535, 4258}};
  for (auto [u, l] : logs)
    EXPECT_EQ(logFixed(uint32_t(u), false), l) << u;
  const std::pair<int, int> roots[] = {{0, 65535},   {1, 32744},  {100, 3277},
                                       {1024, 1023}, {2048, 723}, {30000, 189},
                                       {65535, 127}};
  for (auto [u, r] : roots)
    EXPECT_EQ(invSqrtFixed(uint16_t(u)), r) << u;
}

TEST(Functions, WideLogFollowsTheLogarithm) {
  for (uint32_t u = 1u << 10; u < 1u << 31; u += u / 7) {
    double expected = std::log(u / 1024.0) * 1024;
    EXPECT_NEAR(logFixed(u, false), expected, 5) << u;
  }
  // Continues where 16 bits end.
  EXPECT_LE(logFixed(65535, false), logFixed(65536, false));
}

TEST(Functions, ExpOverflows) {
  for (unsigned bits : {11u, 12u})
    for (int v = -32768; v < 32767; ++v) {
      // Monotone, and exact where the 16-bit result still tells.
      EXPECT_LE(expOverflows(int16_t(v), bits),
                expOverflows(int16_t(v + 1), bits));
      if (v < 4200)
        EXPECT_EQ(expOverflows(int16_t(v), bits),
                  expFixed(int16_t(v), bits) >= 32768);
    }
}

TEST(Functions, EncodeTables) {
  for (unsigned bits : {10u, 12u})
    for (unsigned bias = 0; bias < 8; ++bias)
      for (bool loseSign : {false, true}) {
        const kernels::EncodeTable &t =
            kernels::encodeTable(bits, bias, loseSign);
        double max =
            numerics::kAfp8.decode(0x7f, int(bias)) * std::exp2(double(bits));
        for (int v = -32768; v < 32768; ++v) {
          ASSERT_EQ(t(v), numerics::encodeFixed(v, bits, bias, loseSign));
          // Half a step above the largest value, ties away from zero only
          // upwards.
          double limit = max * 31.5 / 31;
          bool saturates = v > 0 ? v >= limit : -v > limit;
          ASSERT_EQ(saturates, v < t.low || v > t.high) << v << " " << bias;
        }
      }
}

TEST(Functions, EncodePublished) {
  for (unsigned bits : {10u, 12u}) {
    std::vector<long> values =
        table(bits == 10 ? "from_fixed_f10.txt" : "from_fixed_f12.txt");
    if (values.empty())
      GTEST_SKIP() << "no " EDGEBERT_SHARED_DIR "/vectors/tables";
    for (unsigned bias = 0; bias < 8; ++bias)
      for (int v = -32768; v < 32768; ++v)
        ASSERT_EQ(values[size_t(bias) * 65536 + size_t(v + 32768)],
                  kernels::encodeTable(bits, bias, true)(v));
  }
}

TEST(Functions, DecodePublished) {
  std::vector<long> values = table("to_fixed_f10.txt");
  if (values.empty())
    GTEST_SKIP() << "no " EDGEBERT_SHARED_DIR
                    "/vectors/tables/to_fixed_f10.txt";
  ASSERT_EQ(values.size(), 8 * 256u);
  for (unsigned bias = 0; bias < 8; ++bias)
    for (unsigned code = 0; code < 256; ++code)
      ASSERT_EQ(values[bias * 256 + code],
                numerics::decodeFixed(uint8_t(code), bias))
          << bias << " " << code;
}

TEST(Functions, ProductsPublished) {
  std::vector<long> values = table("mul.txt");
  if (values.empty())
    GTEST_SKIP() << "no " EDGEBERT_SHARED_DIR "/vectors/tables/mul.txt";
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 256; ++b)
      ASSERT_EQ(values[a * 256 + b],
                int16_t(int32_t(numerics::decodeOperand(uint8_t(a))) *
                        numerics::decodeOperand(uint8_t(b))));
}

} // namespace
