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

const char *const kSpellings[] = {"afp<8,3>",   "afp<4,2>",    "afp<16,5>",
                                  "int<8>",     "int<4>",      "int<12>",
                                  "float<4,3>", "float<5,10>", "float<8,10>"};

/// Metadata worth testing, of the format's kind.
std::vector<Metadata> someMetadata(const Format &format) {
  switch (format.metadataKind()) {
  case MetadataKind::None:
    return {Metadata{}};
  case MetadataKind::Int8:
    return {Metadata::ofInteger(-128), Metadata::ofInteger(0),
            Metadata::ofInteger(7), Metadata::ofInteger(127)};
  case MetadataKind::F32:
    return {Metadata::ofReal(0.031f), Metadata::ofReal(1.0f)};
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

TEST(Format, SpellingErrorsSayWhatIsExpected) {
  EXPECT_EQ(parseError("posit<8,1>"),
            "number format 'posit<8,1>': expected one like afp<8,3>, int<8>, "
            "float<4,3>");
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
      EXPECT_TRUE(std::isfinite(most));
      EXPECT_EQ(format.decode(format.encode(most, metadata), metadata), most);
      EXPECT_FALSE(format.decode(format.encode(INFINITY, metadata), metadata) <
                   most);
    }
}

TEST(Format, ArraysAgreeWithScalars) {
  std::mt19937 random(6);
  std::vector<float> x(4099); // not a multiple of any vector
  for (float &element : x)
    element = random() % 3 ? (float(random() % 20001) - 10000) * 0.001f
                           : NativeArithmetic::fromBits(random());
  for (const char *spelling : kSpellings) {
    Format format = get(spelling);
    unsigned bytes = format.storageBytes();
    for (Metadata metadata : someMetadata(format)) {
      std::vector<uint8_t> codes(x.size() * bytes);
      std::vector<float> decoded(x.size()), emulated(x.size());
      format.encode(x, codes, metadata);
      format.decode(codes, decoded, metadata);
      format.emulate(x, emulated, metadata);
      for (size_t i = 0; i < x.size(); ++i) {
        uint32_t code = 0;
        for (unsigned b = 0; b < bytes; ++b)
          code |= uint32_t(codes[i * bytes + b]) << (8 * b);
        ASSERT_EQ(code, format.encode(x[i], metadata)) << spelling;
        uint32_t value = NativeArithmetic::bits(format.decode(code, metadata));
        ASSERT_EQ(NativeArithmetic::bits(decoded[i]), value) << spelling;
        ASSERT_EQ(NativeArithmetic::bits(emulated[i]), value) << spelling;
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
