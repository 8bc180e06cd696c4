//===- BlocksTest.cpp - which elements share metadata ---------------------===//

#include "edgebert/Numerics/Blocks.h"
#include "edgebert/Numerics/Format.h"
#include "llvm/Support/Error.h"
#include "gtest/gtest.h"

#include <array>

using namespace edgebert::numerics;

namespace {

/// The metadata index of each element, from the rule in Blocks.h.
std::vector<int64_t> indicesByRule(llvm::ArrayRef<int64_t> shape,
                                   llvm::ArrayRef<int64_t> sizes) {
  int64_t total = 1;
  for (int64_t n : shape)
    total *= n;
  std::vector<int64_t> result;
  for (int64_t i = 0; i < total; ++i) {
    int64_t rest = i, stride = 1, index = 0;
    for (size_t d = shape.size(); d-- > 0;) {
      int64_t at = rest % shape[d];
      rest /= shape[d];
      int64_t size = sizes[d] ? sizes[d] : shape[d];
      index += at / size * stride;
      stride *= (shape[d] + size - 1) / size;
    }
    result.push_back(index);
  }
  return result;
}

std::vector<int64_t> indicesByRuns(llvm::ArrayRef<int64_t> shape,
                                   const Blocks &blocks) {
  std::vector<int64_t> result;
  blocks.forEachRun(shape, [&](int64_t offset, int64_t length, int64_t index) {
    EXPECT_EQ(offset, int64_t(result.size()));
    EXPECT_GT(length, 0);
    result.insert(result.end(), length, index);
  });
  return result;
}

TEST(Blocks, RunsFollowTheRule) {
  for (std::array<int64_t, 2> shape :
       {std::array<int64_t, 2>{6, 4}, {5, 7}, {1, 8}, {8, 1}})
    for (int64_t a : {0, 1, 2, 5, 9})
      for (int64_t b : {0, 1, 3, 4, 9})
        EXPECT_EQ(indicesByRuns(shape, Blocks::ofSizes({a, b})),
                  indicesByRule(shape, {a, b}))
            << a << "x" << b;
  EXPECT_EQ(indicesByRuns({3, 4, 5}, Blocks::ofSizes({2, 0, 3})),
            indicesByRule({3, 4, 5}, {2, 0, 3}));
  EXPECT_EQ(indicesByRuns({3, 4, 5}, Blocks::ofAxis(1)),
            indicesByRule({3, 4, 5}, {0, 1, 0}));
}

TEST(Blocks, MetadataShape) {
  using Shape = llvm::SmallVector<int64_t>;
  EXPECT_EQ(Blocks().getMetadataShape({4, 5}), Shape());
  EXPECT_EQ(Blocks::ofAxis(1).getMetadataShape({4, 5}), Shape({5}));
  EXPECT_EQ(Blocks::ofSizes({1, 3}).getMetadataShape({4, 5}), Shape({4, 2}));
  EXPECT_EQ(Blocks::ofSizes({0, 3}).getMetadataShape({4, -1}), Shape({1, -1}));
}

TEST(Blocks, Rules) {
  auto rule = [](llvm::StringRef text) {
    return llvm::cantFail(BlockRule::parse(text));
  };
  auto error = [](auto expected) {
    return expected ? "none" : llvm::toString(expected.takeError());
  };
  for (const char *name :
       {"tensor", "axis=1", "row", "group=32", "blocks=1x32"})
    EXPECT_EQ(rule(name).name(), name);
  using Shape = llvm::SmallVector<int64_t>;
  auto shapeOf = [&](llvm::StringRef text) {
    return llvm::cantFail(rule(text).getBlocks(3)).getMetadataShape({2, 3, 64});
  };
  EXPECT_EQ(shapeOf("row"), Shape({2, 3, 1}));
  EXPECT_EQ(shapeOf("group=32"), Shape({2, 3, 2}));
  EXPECT_EQ(shapeOf("axis=1"), Shape({3}));
  for (const char *text : {"", "rows", "axis", "axis=", "axis=1x2", "group=0",
                           "blocks=1x", "row=3", "axis=-1"})
    EXPECT_EQ(error(BlockRule::parse(text)),
              std::string("block rule '") + text +
                  "': expected tensor, axis=A, row, group=K or blocks=AxBx...");
  EXPECT_EQ(
      error(rule("axis=3").getBlocks(2)),
      "block rule 'axis=3': expected an axis of the input, 0 to 1, got 3");
  EXPECT_EQ(error(rule("blocks=2").getBlocks(2)),
            "block rule 'blocks=2': expected a block size for each of the "
            "input's 2 dimensions, got 1");
}

TEST(Blocks, EachBlockIsChosenAndRoundedAlone) {
  std::vector<float> x;
  for (int i = 0; i < 6 * 10; ++i)
    x.push_back(float((i * 37 % 61) - 30) * (i % 7 ? 0.01f : 1.0f));
  for (const char *spelling : {"int<8>", "bfp<8,7>", "affine<8>", "mx<4,3>",
                               "afp<8,3>", "afp<8,3,stochastic>"})
    for (auto sizes : {std::array<int64_t, 2>{1, 4}, {4, 3}, {0, 1}}) {
      Format format = llvm::cantFail(Format::parse(spelling));
      Blocks blocks = Blocks::ofSizes(sizes);
      std::vector<int64_t> index = indicesByRule({6, 10}, sizes);
      auto metadata = format.chooseMetadata({6, 10}, blocks, x);
      std::vector<float> y(x.size()), z(x.size());
      NoiseStream noise = NoiseStream::of(3, 1);
      format.emulate({6, 10}, blocks, metadata, x, y, noise);
      std::vector<uint8_t> codes(x.size());
      format.encode({6, 10}, blocks, metadata, x, codes, noise);
      format.decode({6, 10}, blocks, metadata, codes, z);
      EXPECT_EQ(y, z);
      for (size_t b = 0; b < metadata.size(); ++b) {
        std::vector<float> mine;
        for (size_t i = 0; i < x.size(); ++i)
          if (index[i] == int64_t(b))
            mine.push_back(x[i]);
        Metadata alone = format.chooseMetadata(mine);
        EXPECT_EQ(alone.word, metadata[b].word) << spelling;
        EXPECT_EQ(alone.high, metadata[b].high) << spelling;
        for (size_t i = 0; i < x.size(); ++i)
          if (index[i] == int64_t(b))
            EXPECT_EQ(y[i], format.decode(format.encode(x[i], alone, noise[i]),
                                          alone));
      }
    }
}

} // namespace
