//===- FormatTest.cpp - what holds for every format -----------------------===//

#include "edgebert/Numerics/Format.h"
#include "llvm/Support/Error.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace edgebert::numerics;

namespace {

Format get(llvm::StringRef spelling) {
  return llvm::cantFail(Format::parse(spelling));
}

/// The message of parsing something that is no format.
std::string parseError(llvm::StringRef spelling) {
  llvm::Expected<Format> format = Format::parse(spelling);
  if (format)
    return "parsed";
  return llvm::toString(format.takeError());
}

const char *const kSpellings[] = {"afp<8,3>",         "afp<4,2>",
                                  "afp<16,5>",        "int<8>",
                                  "int<4>",           "int<12>",
                                  "float<4,3>",       "float<5,10>",
                                  "float<8,10>",      "afp<8,3,paper>",
                                  "float<4,3,fn>",    "float<3,2,finite>",
                                  "float<4,3,flush>", "float<5,2,saturate>",
                                  "affine<8>",        "affine<4>",
                                  "fixed<3,4>",       "fixed<0,15>",
                                  "fixed<8,20>",      "bfp<8,7>",
                                  "bfp<4,15>",        "mx<4,3>",
                                  "mx<5,2>",          "mx<2,1>",
                                  "posit<8,2>",       "posit<16,1>",
                                  "posit<24,0>"};
const char *const kRoundings[] = {"nearest_even", "ties_away", "ties_up",
                                  "toward_zero", "stochastic"};

/// Metadata worth testing, of the format's kind.
std::vector<Metadata> someMetadata(const Format &format) {
  switch (format.metadataKind()) {
  case MetadataKind::None:
    return {Metadata{}};
  case MetadataKind::Int8:
    return {Metadata::ofInteger(-128), Metadata::ofInteger(-2),
            Metadata::ofInteger(0), Metadata::ofInteger(7),
            Metadata::ofInteger(127)};
  case MetadataKind::F32:
    return {Metadata::ofReal(0.031f), Metadata::ofReal(1.0f)};
  case MetadataKind::ScaleAndZero:
    return {Metadata::ofScaleAndZero(0.031f, -128),
            Metadata::ofScaleAndZero(1.0f, 0),
            Metadata::ofScaleAndZero(0.5f, 3)};
  }
  return {};
}

/// Equal as values; NaN equals NaN.
bool isSameValue(float a, float b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

TEST(Format, SpellingRoundTrips) {
  for (const char *spelling : kSpellings)
    EXPECT_EQ(get(spelling).name(), spelling);
  EXPECT_EQ(get(" !numfmt.afp< 8 , 3 > ").name(), "afp<8,3>");
  EXPECT_TRUE(get("int<8>") == get("!numfmt.int<8>"));
}

TEST(Format, DefaultsAreNotSpelled) {
  EXPECT_EQ(get("afp<8,3,hardware,ties_up>").name(), "afp<8,3>");
  EXPECT_EQ(get("afp<8,3,nearest_even,paper>").name(), "afp<8,3,paper>");
  EXPECT_EQ(get("float<4,3,saturate,fn>").name(), "float<4,3,fn,saturate>");
  EXPECT_EQ(get("bf16").name(), "float<8,7>");
  for (auto [name, spelling] : Format::presets())
    EXPECT_EQ(get(name).name(), spelling);
}

TEST(Format, SpellingErrorsSayWhatIsExpected) {
  EXPECT_EQ(parseError("unum<8,1>"),
            "number format 'unum<8,1>': expected one like afp<8,3>, int<8>, "
            "float<4,3>, affine<8>, bfp<8,7>, fixed<3,4>, mx<4,3>, posit<8,2>");
  EXPECT_EQ(parseError("int<8,nearest>"),
            "number format 'int<8,nearest>': expected one of nearest_even, "
            "ties_away, ties_up, toward_zero, stochastic, got 'nearest'");
  EXPECT_EQ(parseError("int<8,ties_up,ties_away>"),
            "number format 'int<8,ties_up,ties_away>': expected one of "
            "'ties_up' and 'ties_away', got both");
  EXPECT_EQ(parseError("float<8,3,fn>"),
            "number format 'float<8,3,fn>': expected 2 to 7 exponent bits with "
            "'fn', got 8");
  EXPECT_NE(parseError("mx<4,2>"), "parsed");
  EXPECT_NE(parseError("posit<24,3>"), "parsed");
  EXPECT_EQ(parseError("afp<8>"),
            "number format 'afp<8>': expected 2 parameters, as in afp<8,3>");
  EXPECT_EQ(parseError("int<eight>"),
            "number format 'int<eight>': expected 1 parameter, as in int<8>");
  EXPECT_EQ(parseError("int<8"),
            "number format 'int<8': expected 1 parameter, as in int<8>");
  EXPECT_EQ(parseError("afp<8,9>"), "number format 'afp<8,9>': expected 1 to 7 "
                                    "exponent bits in 8 bits, got 9");
  EXPECT_NE(parseError(""), "parsed");
}

TEST(Format, FieldsCoverTheCode) {
  for (const char *spelling : kSpellings) {
    unsigned next = get(spelling).bits();
    for (const BitField &field : get(spelling).fields()) {
      EXPECT_EQ(field.offset + field.width, next) << spelling;
      next = field.offset;
    }
    EXPECT_EQ(next, 0u) << spelling;
  }
}

TEST(Format, StorageWidth) {
  EXPECT_EQ(get("int<4>").storageBytes(), 1u);
  EXPECT_EQ(get("int<12>").storageBytes(), 2u);
  EXPECT_EQ(get("float<8,10>").storageBytes(), 4u);
}

TEST(Format, RequantizesExactlyTellsTheTruth) {
  for (const char *spelling : kSpellings) {
    Format format = get(spelling);
    if (format.bits() > 16)
      continue;
    bool exact = true;
    for (Metadata metadata : someMetadata(format))
      for (uint32_t code = 0; code < 1u << format.bits(); ++code) {
        float value = format.decode(code, metadata);
        exact &= isSameValue(
            format.decode(format.encode(value, metadata), metadata), value);
      }
    EXPECT_EQ(exact, format.requantizesExactly()) << spelling;
  }
}

TEST(Format, MaxFiniteIsTheLargestDecodedByEncode) {
  for (const char *spelling : kSpellings)
    for (Metadata metadata : someMetadata(get(spelling))) {
      Format format = get(spelling);
      float most = format.maxFinite(metadata);
      if (std::isnan(format.decode(1, metadata)))
        continue; // mx under a NaN scale
      EXPECT_TRUE(std::isfinite(most));
      float again = format.decode(format.encode(most, metadata), metadata);
      // A scale may carry the largest code beyond f32.
      EXPECT_TRUE(again == most || std::isinf(again)) << spelling;
      EXPECT_FALSE(format.decode(format.encode(INFINITY, metadata), metadata) <
                   most);
    }
}

/// What arrays, scalars and the three instruction sets agree on; kernels with
/// less than the best set are what EDGEBERT_ISA selects
/// (instruction-sets.test).
void expectArraysAgree(const Format &format, const std::vector<float> &x) {
  unsigned bytes = format.storageBytes();
  NoiseStream noise = NoiseStream::of(5, 7).at((uint64_t(1) << 32) - 100);
  for (Metadata metadata : someMetadata(format)) {
    std::vector<uint8_t> codes(x.size() * bytes);
    std::vector<float> decoded(x.size()), emulated(x.size());
    format.encode(x, codes, metadata, noise);
    format.decode(codes, decoded, metadata);
    format.emulate(x, emulated, metadata, noise);
    for (size_t i = 0; i < x.size(); ++i) {
      uint32_t code = 0;
      for (unsigned b = 0; b < bytes; ++b)
        code |= uint32_t(codes[i * bytes + b]) << (8 * b);
      ASSERT_EQ(code, format.encode(x[i], metadata, noise[i]))
          << format.name() << " " << x[i];
      uint32_t value = NativeArithmetic::bits(format.decode(code, metadata));
      ASSERT_EQ(NativeArithmetic::bits(decoded[i]), value)
          << format.name() << " code " << code;
      ASSERT_EQ(NativeArithmetic::bits(emulated[i]), value)
          << format.name() << " " << x[i] << " " << metadata.integer();
    }
  }
}

TEST(Format, ArraysAgreeWithScalars) {
  std::mt19937 random(6);
  std::vector<float> x(2051); // not a multiple of any vector
  for (float &element : x)
    element = random() % 3 ? (float(random() % 20001) - 10000) * 0.001f
                           : NativeArithmetic::fromBits(random());
  for (float special : {0.0f, -0.0f, INFINITY, -INFINITY, NAN, -NAN, 1e-45f,
                        -1e-45f, 3.4e38f, 0.5f, -0.5f, 1.5f, -2.5f})
    x.push_back(special);
  for (const char *spelling : kSpellings)
    for (const char *rounding : kRoundings) {
      std::string text =
          llvm::StringRef(spelling).drop_back().str() + "," + rounding + ">";
      expectArraysAgree(get(text), x);
    }
}

TEST(Format, StochasticRoundingIsUnbiasedAndRepeatable) {
  for (const char *spelling :
       {"int<8,stochastic>", "fixed<3,4,stochastic>", "float<4,3,stochastic>",
        "afp<8,3,stochastic>", "bfp<8,7,stochastic>", "mx<4,3,stochastic>",
        "fixed<8,20,stochastic>"}) {
    Format format = get(spelling);
    Metadata metadata = format.chooseMetadata(4.0f);
    for (float x : {0.3f, -0.3f, 2.71828f, -3.14159f}) {
      const size_t n = 1 << 16;
      std::vector<float> xs(n, x), y(n), again(n);
      format.emulate(xs, y, metadata, NoiseStream::of(1, 2));
      double sum = 0, least = INFINITY, greatest = -INFINITY;
      for (float v : y) {
        sum += v;
        least = std::min<double>(least, v);
        greatest = std::max<double>(greatest, v);
      }
      double step = greatest - least;
      EXPECT_LE(least, x);
      EXPECT_GE(greatest, x);
      // Six standard deviations of a Bernoulli variable's mean.
      EXPECT_NEAR(sum / n, x, 3 * step / std::sqrt(double(n)) + 1e-9)
          << spelling;
      // In parts, in any order.
      llvm::MutableArrayRef<float> parts(again);
      NoiseStream noise = NoiseStream::of(1, 2);
      format.emulate(llvm::ArrayRef<float>(xs).drop_front(999),
                     parts.drop_front(999), metadata, noise.at(999));
      format.emulate(llvm::ArrayRef<float>(xs).take_front(999),
                     parts.take_front(999), metadata, noise);
      EXPECT_EQ(y, again);
      if (step > 0) {
        format.emulate(xs, again, metadata, NoiseStream::of(1, 3));
        EXPECT_NE(y, again);
      }
    }
  }
}

TEST(Format, MetadataRuns) {
  auto runs = [](llvm::ArrayRef<int64_t> shape, std::optional<int64_t> axis) {
    std::vector<std::array<int64_t, 3>> all;
    forEachMetadataRun(shape, axis, [&](int64_t a, int64_t b, int64_t c) {
      all.push_back({a, b, c});
    });
    return all;
  };
  using Runs = std::vector<std::array<int64_t, 3>>;
  EXPECT_EQ(runs({2, 3}, std::nullopt), (Runs{{0, 6, 0}}));
  EXPECT_EQ(runs({2, 3}, 0), (Runs{{0, 3, 0}, {3, 3, 1}}));
  EXPECT_EQ(runs({2, 2}, 1),
            (Runs{{0, 1, 0}, {1, 1, 1}, {2, 1, 0}, {3, 1, 1}}));
  EXPECT_EQ(runs({}, std::nullopt), (Runs{{0, 1, 0}}));
  EXPECT_TRUE(runs({0, 3}, 0).empty());
}

} // namespace
