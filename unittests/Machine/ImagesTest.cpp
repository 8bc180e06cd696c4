//===- ImagesTest.cpp - bitmask images ------------------------------------===//

#include "edgebert/Machine/Images.h"

#include "gtest/gtest.h"

#include <random>

using namespace edgebert::machine;

namespace {

std::vector<uint8_t> sparse(size_t n, unsigned oneIn, std::mt19937 &rng) {
  std::vector<uint8_t> codes(n);
  for (uint8_t &c : codes)
    c = rng() % oneIn == 0 ? uint8_t(1 + rng() % 255) : 0;
  return codes;
}

TEST(Images, RoundTrip) {
  std::mt19937 rng(1);
  for (unsigned oneIn : {1u, 2u, 10u, 1000u})
    for (Layout layout : {Layout::RowMajor, Layout::Tiled})
      for (Masks masks : {Masks::Exact, Masks::Dense}) {
        std::vector<uint8_t> codes = sparse(48 * 64, oneIn, rng);
        Image image = pack(codes.data(), 48, 64, layout, masks);
        EXPECT_EQ(image.vectors(), 48u * 4);
        EXPECT_EQ(image.dataRows(), dataRows(image.masks));
        EXPECT_EQ(unpack(image, 48, 64, layout), codes);
        if (masks == Masks::Dense)
          EXPECT_EQ(image.dataRows(), 48u * 4);
      }
}

/// The encoding by its definition (fact sheet 2.1): each lane's non-zero bytes
/// in order.
Image byDefinition(const std::vector<uint8_t> &vectors) {
  Image image;
  unsigned counts[16] = {};
  for (size_t v = 0; v < vectors.size(); v += 16) {
    uint16_t mask = 0;
    for (unsigned lane = 0; lane < 16; ++lane) {
      if (vectors[v + lane] == 0)
        continue;
      mask |= uint16_t(1u << lane);
      size_t at = 16 * size_t(counts[lane]++) + lane;
      image.data.resize(std::max(image.data.size(), (at / 16 + 1) * 16));
      image.data[at] = vectors[v + lane];
    }
    image.masks.push_back(mask);
  }
  return image;
}

TEST(Images, StreamsOfAllLengthsFollowTheDefinition) {
  std::mt19937 rng(2);
  for (unsigned vectors = 1; vectors < 70; ++vectors)
    for (unsigned oneIn : {1u, 2u, 3u, 20u}) {
      std::vector<uint8_t> stream = sparse(16 * vectors, oneIn, rng);
      // One lane that is denser, and one that is emptier, than the others.
      for (unsigned v = 0; v < vectors; ++v) {
        stream[16 * v + 3] = uint8_t(1 + rng() % 255);
        stream[16 * v + 9] = 0;
      }
      Image image = compact(stream), expected = byDefinition(stream);
      EXPECT_EQ(image.masks, expected.masks);
      EXPECT_EQ(image.data, expected.data) << vectors << " " << oneIn;
      EXPECT_EQ(expand(image.masks, image.data), stream);
    }
}

TEST(Images, TiledOrder) {
  // Element (17, 35) of a 32 x 48 matrix: block 1, tile 2, row 1, lane 3.
  std::vector<uint8_t> codes(32 * 48);
  codes[17 * 48 + 35] = 0x42;
  Image image = pack(codes.data(), 32, 48, Layout::Tiled);
  EXPECT_EQ(streamIndex(17, 2, 3, Layout::Tiled), 1u * 48 + 2 * 16 + 1);
  for (unsigned v = 0; v < image.vectors(); ++v)
    EXPECT_EQ(image.masks[v], v == 81 ? 1 << 3 : 0) << v;
  ASSERT_EQ(image.dataRows(), 1u);
  EXPECT_EQ(image.data[3], 0x42);
}

TEST(Images, CompactionIsPerLane) {
  std::vector<uint8_t> codes(2 * 16);
  codes[5] = 0x80; // a non-zero byte
  codes[16 + 5] = 2;
  codes[16 + 6] = 3;
  Image image = pack(codes.data(), 2, 16, Layout::RowMajor);
  EXPECT_EQ(image.masks, (std::vector<uint16_t>{1 << 5, 3 << 5}));
  ASSERT_EQ(image.dataRows(), 2u);
  EXPECT_EQ(image.data[5], 0x80);
  EXPECT_EQ(image.data[16 + 5], 2);
  EXPECT_EQ(image.data[6], 3);
}

TEST(Images, MaskBytesFillBeats) {
  Image image;
  image.masks = {0x1234, 0xabcd, 0, 0, 0x8001};
  EXPECT_EQ(image.maskBytes(),
            (std::vector<uint8_t>{0x34, 0x12, 0xcd, 0xab, 0, 0, 0, 0, 0x01,
                                  0x80, 0, 0, 0, 0, 0, 0}));
}

TEST(Images, ExpandReadsZerosPastTheEnd) {
  EXPECT_EQ(expand({1, 1}, {7}), [] {
    std::vector<uint8_t> v(32);
    v[0] = 7;
    return v;
  }());
}

} // namespace
