//===- FusionTest.cpp - operations that follow each other on the chip -----===//
//
// Thesis 9.5.3: softmax and layer norm after a matmul without leaving the
// scratchpad. The units read and write the matmul's tiled layout where bit 4 of
// gb_mode_config asks for it.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include <random>

using namespace edgebert::machine;

namespace {

Codes random(size_t n, std::mt19937 &rng) {
  Codes codes(n);
  for (uint8_t &code : codes)
    code = rng() % 5 ? uint8_t(rng() % 0x50 | (rng() & 0x80)) : 0;
  return codes;
}

/// Two streams, one behind the other, as one transfer.
Image join(Image first, const Image &second) {
  first.masks.insert(first.masks.end(), second.masks.begin(),
                     second.masks.end());
  first.data.insert(first.data.end(), second.data.begin(), second.data.end());
  return first;
}

/// P = softmax(Q K^T), Y = P V for 48 queries, 80 keys of 64 numbers.
TEST(Fusion, AttentionStaysInTheScratchpad) {
  const Description desc = Description::asic();
  const unsigned queries = 48, keys = 80, width = 64;
  std::mt19937 rng(31);
  Codes q = random(queries * width, rng), k = random(keys * width, rng),
        vt = random(width * keys, rng), span(keys);
  for (unsigned i = 0; i < keys; ++i)
    span[i] = i % 7 ? uint8_t(0x40 + i % 32) : 0;

  Driver driver(desc);
  // Dense images, so that the second stream's place is known: masks from row
  // 320 on, data from byte 5120 on.
  Image kImage = pack(k.data(), keys, width, Layout::Tiled, Masks::Dense);
  Image vImage = pack(vt.data(), width, keys, Layout::Tiled, Masks::Dense);
  ASSERT_EQ(kImage.vectors(), 320u);
  driver.load(0, join(kImage, vImage));
  driver.load(1, pack(q.data(), queries, width, Layout::Tiled));
  driver.loadAux(span);
  const Stats before = driver.stats();

  MatmulConfig scores;
  scores.n0 = keys;
  scores.n1 = queries;
  scores.m = width;
  scores.accumRightShift = 10;
  scores.adfAccumBias = 5;
  const uint32_t scoresAt = 8192 + 512, weightsAt = 16384 + 1024,
                 resultAt = 24576 + 1536;
  driver.matmul(scores, {}, {}, scoresAt, 1);

  SoftmaxConfig softmax{{keys / 16, queries}, 5, 4, 3};
  UnitPlacement place;
  place.input = {scoresAt, 0};
  place.output = weightsAt;
  place.decoder = 1;
  place.layout = Layout::Tiled;
  driver.setSoftmax(softmax, place, 0);
  driver.run(Command::Softmax);

  MatmulConfig weighted;
  weighted.n0 = width;
  weighted.n1 = queries;
  weighted.m = keys;
  weighted.accumRightShift = 6;
  weighted.adfAccumBias = 5;
  driver.matmul(weighted, {320, uint16_t(320 - 5120)}, {weightsAt, 0}, resultAt,
                1);

  Codes expectedScores(queries * keys), expectedWeights(queries * keys),
      expected(queries * width);
  units::matmul(desc, scores, k.data(), q.data(), expectedScores.data());
  units::softmax(desc, softmax, expectedScores.data(), span.data(),
                 expectedWeights.data());
  units::matmul(desc, weighted, vt.data(), expectedWeights.data(),
                expected.data());
  EXPECT_EQ(firstDifference(
                driver.matrixAt(1, resultAt, queries, width, Layout::Tiled),
                expected),
            "");
  EXPECT_GT(std::count_if(expected.begin(), expected.end(),
                          [](uint8_t code) { return code != 0; }),
            1000);

  const Stats after = driver.stats();
  EXPECT_EQ(after.bytesIn, before.bytesIn);
  EXPECT_EQ(after.bytesOut, before.bytesOut);
  EXPECT_EQ(after.commands[unsigned(Command::Matmul)], 2u);
  EXPECT_EQ(after[CycleKind::DmaRead], before[CycleKind::DmaRead]);
  EXPECT_EQ(after[CycleKind::DmaWrite], 0u);
  EXPECT_EQ(after[CycleKind::HostTranspose], 0u);
}

/// layer_norm(X W + X) by matmul, add, layer norm.
TEST(Fusion, LayerNormFollowsAMatmul) {
  const Description desc = Description::asic();
  const unsigned rows = 32, width = 96;
  std::mt19937 rng(32);
  Codes x = random(rows * width, rng), w = random(width * width, rng);
  Codes gamma = random(width, rng), beta = random(width, rng);
  Driver driver(desc);
  driver.load(0, pack(w.data(), width, width, Layout::Tiled));
  driver.load(1, pack(x.data(), rows, width, Layout::Tiled));
  Codes parameters = gamma;
  parameters.insert(parameters.end(), beta.begin(), beta.end());
  driver.loadAux(parameters);
  const uint64_t bytesIn = driver.stats().bytesIn;

  MatmulConfig matmul;
  matmul.n0 = width;
  matmul.n1 = rows;
  matmul.m = width;
  matmul.accumRightShift = 10;
  matmul.adfAccumBias = 4;
  const uint32_t productAt = 8192 + 256, sumAt = 16384 + 512,
                 normAt = 24576 + 1024;
  driver.matmul(matmul, {}, {}, productAt, 1);

  AddConfig add{{width / 16, rows}, 4, 3, 4};
  UnitPlacement place;
  place.input = {productAt, 0};
  place.input2 = {0, 0};
  place.output = sumAt;
  place.decoder = 1;
  place.layout = Layout::Tiled;
  driver.setUnit(Command::ElemAdd, place, add.shape, {4, 3, 4});
  driver.run(Command::ElemAdd);

  LayerNormConfig norm{{width / 16, rows}, 4, 4, 3, 5};
  place.input = {sumAt, 0};
  place.output = normAt;
  driver.setLayerNorm(norm, place, 0, width / 16);
  driver.run(Command::LayerNorm);

  Codes product(rows * width), sum(product), expected(product);
  units::matmul(desc, matmul, w.data(), x.data(), product.data());
  units::add(desc, add, product.data(), x.data(), sum.data());
  units::layerNorm(desc, norm, sum.data(), gamma.data(), beta.data(),
                   expected.data());
  EXPECT_EQ(
      firstDifference(driver.matrixAt(1, normAt, rows, width, Layout::Tiled),
                      expected),
      "");
  EXPECT_EQ(driver.stats().bytesIn, bytesIn);
  EXPECT_EQ(driver.stats().bytesOut, 0u);
}

TEST(Fusion, RtlRefusesTheTiledLayout) {
  for (Command command :
       {Command::Softmax, Command::LayerNorm, Command::ElemAdd}) {
    Driver driver(Description::rtl());
    UnitPlacement place;
    place.output = 1024;
    place.layout = Layout::Tiled;
    driver.setUnit(command, place, {2, 16}, {3, 3, 3});
    driver.write(Register::PeriphConfig, 0);
    std::string refused = driver.refusal(command);
    EXPECT_NE(refused.find("this machine's units know no tiled layout"),
              std::string::npos)
        << refused;
  }
}

TEST(Fusion, ATiledUnitNeedsWholeBlocksOfRows) {
  Driver driver(Description::asic());
  UnitPlacement place;
  place.output = 1024;
  place.layout = Layout::Tiled;
  driver.setUnit(Command::ElemAdd, place, {2, 24}, {3, 3, 3});
  EXPECT_EQ(driver.refusal(Command::ElemAdd),
            "elem_add in the tiled layout with num_timestep = 24; expected a "
            "multiple of 16, as 32");
}

} // namespace
