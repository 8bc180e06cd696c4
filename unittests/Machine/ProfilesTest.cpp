//===- ProfilesTest.cpp - rtl and asic side by side -----------------------===//
//
// One experiment per parameter in which the shipped machines differ: the same
// registers written to both, and what each shows. The expected results follow
// from the fact sheet; the comment of an experiment says how. Two tests of the
// table itself: it lists exactly the parameters that differ, and each
// parameter alone, set in asic to rtl's value, changes what asic shows.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Machine/Envm.h"
#include "edgebert/Machine/Parameters.h"

#include "Driver.h"

#include "llvm/ADT/StringExtras.h"

using namespace edgebert::machine;

namespace {

/// What a machine shows, in words.
using Experiment = std::string (*)(const Description &);

struct Difference {
  const char *parameter;
  Experiment experiment;
  std::string rtl, asic;
};
void PrintTo(const Difference &difference, std::ostream *os) {
  *os << difference.parameter;
}

std::string hex(llvm::ArrayRef<uint8_t> codes) {
  std::string text;
  for (uint8_t code : codes)
    text += (text.empty() ? "" : " ") + llvm::utohexstr(code, false, 2);
  return text;
}

Codes constant(size_t n, uint8_t code) { return Codes(n, code); }

/// 16 codes: `even`, `odd`, `even`...
Codes alternating(uint8_t even, uint8_t odd) {
  Codes codes(16);
  for (unsigned i = 0; i < 16; ++i)
    codes[i] = i % 2 ? odd : even;
  return codes;
}

/// 16 x 16 codes, `first` + step r in lane 0 of row r.
Codes column(unsigned first, unsigned step) {
  Codes codes(256);
  for (unsigned r = 0; r < 16; ++r)
    codes[16 * r] = uint8_t(first + step * r);
  return codes;
}

void load(Driver &driver, unsigned decoder, const Codes &matrix,
          unsigned columns = 16) {
  driver.load(decoder, pack(matrix.data(), unsigned(matrix.size() / columns),
                            columns, Layout::Tiled));
}

/// The usual operands: 0x20 + j is (16 + j) 4, 0x20 is 64, so that element
/// (i, j) of the accumulators is 4096 (1 + j / 16), code 0x60 + j of bias 4.
void loadRamp(Driver &driver) {
  load(driver, 0, column(0x20, 1));
  load(driver, 1, column(0x20, 0));
}
MatmulConfig withBias4() {
  MatmulConfig cfg;
  cfg.adfAccumBias = 4;
  return cfg;
}

//===----------------------------------------------------------------------===//
// Addresses, state, transfers
//===----------------------------------------------------------------------===//

/// base_output = 0x1234 is byte 0x234 where the field has 12 bits.
std::string addressBits(const Description &desc) {
  Driver driver(desc);
  loadRamp(driver);
  driver.setMatmul(withBias4(), {}, {}, 0x1234, 1);
  driver.run(Command::Matmul);
  llvm::ArrayRef<uint8_t> data = driver.chip.dataMemory(1).drop_front(256);
  const uint8_t *first =
      std::find_if(data.begin(), data.end(), [](uint8_t b) { return b != 0; });
  return "result at byte 0x" +
         llvm::utohexstr(uint64_t(first - data.begin()) + 256, true);
}

struct LayerNormRun {
  Codes x = alternating(0x50, 0xd0);
  /// Bytes of the auxiliary memory by address.
  std::vector<std::pair<unsigned, Codes>> aux;
  unsigned gammaBase = 0, betaBase = 0;
  LayerNormConfig cfg = {{1, 1}, 5, 5, 0, 5};
};

/// The first two lanes of a layer norm of one vector.
std::string layerNorm(const Description &desc, const LayerNormRun &run) {
  Driver driver(desc);
  Codes aux(2048);
  for (const auto &[at, bytes] : run.aux)
    std::copy(bytes.begin(), bytes.end(), aux.begin() + at);
  driver.loadAux(aux);
  driver.load(0, pack(run.x.data(), 1, 16, Layout::RowMajor));
  UnitPlacement place;
  place.output = 1024;
  driver.setLayerNorm(run.cfg, place, run.gammaBase, run.betaBase);
  driver.run(Command::LayerNorm);
  Codes out = driver.matrixAt(0, 1024, 1, 16, Layout::RowMajor);
  return hex(llvm::ArrayRef(out).take_front(2));
}

/// gamma at base 2: byte 2 (1.0) or byte 32 (2.0). x is +-1, so 1/sqrt(var) is
/// 1023/1024 and the product with gamma is +-1023 or +-2046. rtl's beta is its
/// gamma under bias 0, 32/1024: 1055 and -991, codes 50 and CF of bias 5.
std::string auxBaseUnit(const Description &desc) {
  LayerNormRun run;
  run.aux = {{2, constant(16, 0x50)}, {32, constant(16, 0x60)}};
  run.gammaBase = 2;
  run.betaBase = 100;
  return layerNorm(desc, run);
}

/// 16 mask rows from row 4090 on: the counters wrap, or it is an error.
std::string checksAddresses(const Description &desc) {
  Driver driver(desc);
  loadRamp(driver);
  auto masks = driver.chip.mutableMaskMemory(0);
  auto data = driver.chip.mutableDataMemory(0);
  for (unsigned r = 0; r < 16; ++r)
    masks[(4090 + r) % masks.size()] = 1;
  for (unsigned r = 0; r < 16; ++r)
    data[4090 + 16 * r] = uint8_t(0x20 + r);
  driver.setMatmul(withBias4(), {4090, 0}, {}, 1024, 1);
  std::string refused = driver.refusal(Command::Matmul);
  if (!refused.empty())
    return refused.substr(0, refused.find(" (base"));
  Codes out = driver.matrixAt(1, 1024, 1, 16, Layout::RowMajor);
  return hex(llvm::ArrayRef(out).take_front(4));
}

/// Softmax of 16 rows in the matmul's layout. Each row is constant, another in
/// each row, so that 1/32 in all lanes shows that rows were kept apart. In the
/// machine's numbers it is 31/1024, code 4F of bias 0.
std::string tiledLayout(const Description &desc) {
  Driver driver(desc);
  driver.loadAux(constant(32, 0x50)); // span 1.0
  Codes x(16 * 32);
  for (unsigned i = 0; i < x.size(); ++i)
    x[i] = uint8_t(0x40 + i / 32);
  load(driver, 0, x, 32);
  UnitPlacement place;
  place.output = 1024;
  place.layout = Layout::Tiled;
  driver.setSoftmax({{2, 16}, 5, 5, 0}, place, 0);
  std::string refused = driver.refusal(Command::Softmax);
  if (!refused.empty())
    return refused.substr(refused.find("expected"));
  Codes out = driver.matrixAt(0, 1024, 16, 32, Layout::Tiled);
  bool equal = std::equal(out.begin() + 1, out.end(), out.begin());
  return equal ? "all " + hex(out[0]) : "mixed";
}

/// Two matmuls without a reset, results to 1024 and 2048. Published: the row
/// counter goes on at 16, and the first vector still uses the older base.
std::string persistentState(const Description &desc) {
  Driver driver(desc);
  loadRamp(driver);
  for (unsigned base : {1024, 2048})
    driver.matmul(withBias4(), {}, {}, base, 1);
  llvm::ArrayRef<uint16_t> masks = driver.chip.maskMemory(1);
  std::string rows = "mask rows";
  for (unsigned r = 1024; r < masks.size(); ++r)
    if (masks[r] != 0 && (masks[r - 1] == 0 || masks[r + 1] == 0 || r == 1024))
      rows += (masks[r - 1] != 0 && r != 1024 ? ".." : " ") + std::to_string(r);
  return rows;
}

/// 129 vectors are 258 beats, bursts of 256 and 2. Published: the short last
/// burst goes to byte 8 b L = 16 for 2048, on both sides.
std::string dmaDefects(const Description &desc) {
  Driver driver(desc);
  for (unsigned i = 0; i < 129 * 16; ++i)
    driver.memory[Driver::kData + i] = uint8_t(i / 16 + 1);
  driver.write(Register::InputReadBase, Driver::kDram + Driver::kData);
  driver.write(Register::VectorCount, 128);
  driver.run(Command::InputLoad);
  return "vector 128 is " + hex(driver.chip.dataMemory(0)[128 * 16]);
}

//===----------------------------------------------------------------------===//
// Matmul
//===----------------------------------------------------------------------===//

/// 32 products of the code 4, 4-bit 2.0 x 2^-8 or 64 to the multipliers: 2^17,
/// shifted by 5 is 4096, 1.0.
std::string afp4(const Description &desc) {
  Driver driver(desc);
  load(driver, 0, constant(256, 0x44));
  load(driver, 1, constant(256, 0x44));
  MatmulConfig cfg = withBias4();
  cfg.m = 32;
  cfg.accumRightShift = 5;
  driver.setMatmul(cfg, {}, {}, 1024, 1);
  driver.write(Register::MacWidth, 1);
  std::string refused = driver.refusal(Command::Matmul);
  if (!refused.empty())
    return refused.substr(refused.find("multiplies"));
  return hex(driver.matrixAt(1, 1024, 1, 16, Layout::RowMajor)[0]);
}

/// 16 products of 256 x 256: each is 0 modulo 2^16. Exact, 2^20 >> 8 is 4096.
std::string accumulatorBits(const Description &desc) {
  Driver driver(desc);
  load(driver, 0, constant(256, 0x40));
  load(driver, 1, constant(256, 0x40));
  MatmulConfig cfg = withBias4();
  cfg.accumRightShift = 8;
  driver.matmul(cfg, {}, {}, 1024, 1);
  return hex(driver.matrixAt(1, 1024, 1, 16, Layout::RowMajor)[0]);
}

/// 128 x -128 fits 16 bits; -4.0 is beyond the 0.24 of bias 0.
std::string loseSign(const Description &desc) {
  Driver driver(desc);
  load(driver, 0, column(0x30, 0));
  load(driver, 1, column(0xb0, 0));
  driver.matmul(MatmulConfig(), {}, {}, 1024, 1);
  return hex(driver.matrixAt(1, 1024, 1, 16, Layout::RowMajor)[0]);
}

/// 15 of 16 vectors of operand 1 are zero; one tile takes 66 cycles.
std::string skipZeroVectors(const Description &desc) {
  Driver driver(desc);
  load(driver, 0, column(0x20, 1));
  Codes b(256);
  b[0] = 0x20;
  load(driver, 1, b);
  driver.matmul(withBias4(), {}, {}, 1024, 1);
  return std::to_string(driver.stats()[CycleKind::Compute]) + " cycles";
}

/// A table of one byte.
std::string envmBytes(const Description &desc) {
  llvm::Error error = checkEnvmFits(desc, 1);
  if (!error)
    return "fits";
  std::string text = llvm::toString(std::move(error));
  return text.substr(text.find("has"), 5);
}

//===----------------------------------------------------------------------===//
// Softmax and entropy
//===----------------------------------------------------------------------===//

struct SoftmaxRun {
  Codes x, span;
  unsigned timesteps = 1;
  SoftmaxConfig cfg = {{}, 5, 5, 5};
};

Codes softmaxCodes(const Description &desc, SoftmaxRun run,
                   Driver *use = nullptr) {
  run.cfg.shape.timesteps = run.timesteps;
  run.cfg.shape.vectors = unsigned(run.x.size() / 16 / run.timesteps);
  Driver own(desc);
  Driver &driver = use ? *use : own;
  driver.loadAux(run.span);
  driver.load(0,
              pack(run.x.data(), 1, unsigned(run.x.size()), Layout::RowMajor));
  UnitPlacement place;
  place.output = 2048;
  driver.setSoftmax(run.cfg, place, 0);
  driver.run(Command::Softmax);
  return driver.matrixAt(0, 2048, 1, unsigned(run.x.size()), Layout::RowMajor);
}

/// The codes of some lanes. Code em (hexadecimal) of bias b is
/// (1 + m / 16) 2^(e + b - 10).
std::string softmaxOf(const Description &desc, const SoftmaxRun &run,
                      std::initializer_list<unsigned> lanes) {
  Codes out = softmaxCodes(desc, run), some;
  for (unsigned lane : lanes)
    some.push_back(out[lane]);
  return hex(some);
}

/// Lanes 0 and 1 of scores 1.0, 0, 0... Raw, lane 0 is 0x0050, 80/1024, and
/// the others 0: e^0.078 : 1, which is 0.067 and 0.062. Decoded it is e : 1,
/// 0.153 and 0.056. Codes of bias 5.
std::string rawInput(const Description &desc) {
  SoftmaxRun run{constant(16, 0), constant(16, 0x50)};
  run.x[0] = 0x50;
  return softmaxOf(desc, run, {0, 1});
}

/// The third of three rows. The published decoder advances after the wrong
/// passes: row 2 takes its maximum, 15.0 here, from row 1.
std::string decoderPeriod(const Description &desc) {
  SoftmaxRun run{Codes(), constant(16, 0x50), 3};
  for (unsigned row = 0; row < 3; ++row)
    for (unsigned i = 0; i < 16; ++i)
      run.x.push_back(row < 2 && i == 0 ? 0x7e : uint8_t(0x31 + i % 8));
  run.cfg.inputBias = 6;
  Codes out = softmaxCodes(desc, run);
  SoftmaxConfig cfg = run.cfg;
  const uint8_t *x = run.x.data(), *rows[] = {x, x + 16, x + 32};
  for (unsigned max : {1, 2}) {
    Codes expected(16);
    units::softmaxRow(desc, cfg, {rows[max], rows[2], rows[2]}, run.span.data(),
                      expected.data());
    if (std::equal(expected.begin(), expected.end(), out.begin() + 32))
      return "maximum of row " + std::to_string(max);
  }
  return "neither";
}

/// Two vectors of zeros: all 31/1024, code 0F of bias 4. For the second vector
/// the published unit subtracts ln(ln 32) = 1.24: 0.287, code 42.
std::string repeatsLog(const Description &desc) {
  SoftmaxRun run{constant(32, 0), constant(32, 0x50)};
  run.cfg.inputBias = run.cfg.outputBias = 4;
  return softmaxOf(desc, run, {0, 16});
}

/// Sixteen zeros under a span of 0.5: 1/32, or 1/16 after normalising.
std::string renormalise(const Description &desc) {
  SoftmaxRun run{constant(16, 0), constant(16, 0x40)};
  run.cfg.inputBias = run.cfg.outputBias = 4;
  return softmaxOf(desc, run, {0});
}

/// 128 terms of 1022 wrap to 65280 in 16 bits, 63.75: e^-ln is 1/64, not
/// 1/128.
std::string sumBits(const Description &desc) {
  SoftmaxRun run{constant(128, 0), constant(128, 0x50)};
  run.cfg.inputBias = run.cfg.outputBias = 2;
  return softmaxOf(desc, run, {0});
}

/// 4 (58 2 + 1) + 2 cycles, or 11 2 + 2 4 + 2.
std::string skipZeroSpan(const Description &desc) {
  SoftmaxRun run{constant(128, 0x42), constant(32, 0), 4};
  Driver driver(desc);
  Codes out = softmaxCodes(desc, run, &driver);
  return std::to_string(driver.stats()[CycleKind::Compute]) + " cycles, all " +
         (out == constant(128, 0) ? "zero" : "garbage");
}

/// A column of score 15 has span 0. As the maximum it makes every other
/// exponential 0; without it 15 columns have 1/15.
std::string maxOverSpan(const Description &desc) {
  SoftmaxRun run{constant(16, 0), constant(16, 0x50)};
  run.x[14] = 0x7e;
  run.span[14] = 0;
  run.cfg.inputBias = 6;
  run.cfg.outputBias = 4;
  return softmaxOf(desc, run, {0});
}

/// Two rows of zeros, each with the other half of the columns in its span.
std::string spanPerRow(const Description &desc) {
  Driver driver(desc);
  Codes spans(32, 0);
  std::fill_n(spans.begin(), 8, 0x50);
  std::fill_n(spans.begin() + 24, 8, 0x50);
  driver.loadAux(spans);
  driver.load(0, pack(constant(32, 0).data(), 1, 32, Layout::RowMajor));
  UnitPlacement place;
  place.output = 2048;
  driver.setSoftmax({{1, 2}, 5, 5, 5}, place, 0);
  driver.write(Register::GBModeConfig, kGBSoftmax | kGBSpanPerRow);
  std::string refused = driver.refusal(Command::Softmax);
  if (!refused.empty())
    return refused.substr(refused.find("expected"));
  Codes out = driver.matrixAt(0, 2048, 1, 32, Layout::RowMajor);
  return hex({out[7], out[8], out[23], out[24]});
}

/// Sixteen zeros. ln of 16 exponentials of 1022/1024 is 2837/1024. Published:
/// less the integer quotient sum e^(x (x - max)) / sum e^(x - max) = 1.
std::string entropyDefects(const Description &desc) {
  Driver driver(desc);
  driver.load(0, pack(constant(16, 0).data(), 1, 16, Layout::RowMajor));
  driver.write({{&field::entropyThreshold, 0}, {&field::entropyScale, 1}});
  driver.setUnit(Command::Entropy, UnitPlacement(), {1, 1}, {5, 0, 0});
  driver.run(Command::Entropy);
  return std::to_string(driver.chip.lastEntropy()->entropy);
}

//===----------------------------------------------------------------------===//
// Layer norm. gamma is 1.0 (50 under bias 5). On rtl beta is gamma under
// biasBeta = 0, 32/1024, unless said otherwise.
//===----------------------------------------------------------------------===//

/// act1 = 5, act3 = 7: 1055 and -991 with bias 5, +-1023 with bias 7.
std::string outputBias(const Description &desc) {
  LayerNormRun run;
  run.aux = {{0, constant(16, 0x50)}};
  run.betaBase = 100;
  run.cfg.outputBias = 7;
  return layerNorm(desc, run);
}

/// beta is 0.5, read as gamma it is 1.0: +-1 + beta.
std::string betaFromGamma(const Description &desc) {
  LayerNormRun run;
  run.aux = {{0, constant(16, 0x50)},
             {16, constant(16, 0x40)},
             {256, constant(16, 0x40)}};
  run.betaBase = 16;
  run.cfg.betaBias = 5;
  return layerNorm(desc, run);
}

/// x = 1.5 and 0.5: mean^2 is 2^20, 0 in 17 bits, so that the variance is
/// mean(x^2) = 1.25 for 0.25: (x - mean) / sqrt = +-0.447 for +-1. With beta
/// 0.478 and -0.416.
std::string meanSquareBits(const Description &desc) {
  LayerNormRun run;
  run.x = alternating(0x58, 0x40);
  run.aux = {{0, constant(16, 0x50)}};
  run.betaBase = 100;
  return layerNorm(desc, run);
}

/// x = +-1.5: 16 squares are 36.0, beyond 16 bits: -28672 / 16 as an unsigned
/// variance is 62.25, +-1.5 / sqrt = +-0.19 for +-1. With beta 0.22 and -0.16.
std::string vectorSumBits(const Description &desc) {
  LayerNormRun run;
  run.x = alternating(0x58, 0xd8);
  run.aux = {{0, constant(16, 0x50)}};
  run.betaBase = 100;
  return layerNorm(desc, run);
}

/// x = +-16/1024: the squares are 0 in 10 fraction bits. An inverse of -1 gives
/// -1 and 0, plus 32: 31 and 32. A variance of 1 gives 32744: +-511.
std::string minVariance(const Description &desc) {
  LayerNormRun run;
  run.x = alternating(0x20, 0xa0);
  run.aux = {{0, constant(16, 0x50)}};
  run.betaBase = 100;
  run.cfg.inputBias = run.cfg.outputBias = 2;
  return layerNorm(desc, run);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

const Difference kDifferences[] = {
    {"addresses.address_bits", addressBits, "result at byte 0x234",
     "result at byte 0x1234"},
    {"addresses.aux_base_unit", auxBaseUnit, "50 CF", "60 E0"},
    {"addresses.checks_addresses", checksAddresses, "60 61 62 63",
     "operand 0 has 16 vectors from mask row 4090"},
    {"addresses.tiled_layout", tiledLayout,
     "expected 2: this machine's units know no tiled layout", "all 4F"},
    {"state.persistent_state", persistentState,
     "mask rows 1024..1040 2065..2079", "mask rows 1024..1039 2048..2063"},
    {"dma.defects", dmaDefects, "vector 128 is 00", "vector 128 is 81"},
    {"precision.afp4", afp4, "multiplies 8-bit codes only; write 0", "60"},
    {"matmul.accumulator_bits", accumulatorBits, "00", "60"},
    {"matmul.lose_sign_on_overflow", loseSign, "7F", "FF"},
    {"matmul.skip_zero_vectors", skipZeroVectors, "66 cycles", "51 cycles"},
    {"special_functions.output_bias", outputBias, "50 CF", "30 B0"},
    {"softmax.raw_input", rawInput, "11 10", "24 0D"},
    {"softmax.decoder_period", decoderPeriod, "maximum of row 1",
     "maximum of row 2"},
    {"softmax.repeats_log", repeatsLog, "0F 42", "0F 0F"},
    {"softmax.renormalise", renormalise, "10", "20"},
    {"softmax.sum_bits", sumBits, "20", "10"},
    {"softmax.skip_zero_span", skipZeroSpan, "470 cycles, all zero",
     "32 cycles, all zero"},
    {"softmax.max_over_span", maxOverSpan, "00", "21"},
    {"softmax.span_per_row", spanPerRow,
     "expected 2: this machine's softmax reads one span for all rows",
     "20 00 00 20"},
    {"envm.bytes", envmBytes, "has 0", "fits"},
    {"layer_norm.beta_from_gamma", betaFromGamma, "60 00", "58 C0"},
    {"layer_norm.mean_square_bits", meanSquareBits, "3F BB", "50 D0"},
    {"layer_norm.vector_sum_bits", vectorSumBits, "2C A4", "50 D0"},
    {"layer_norm.min_variance", minVariance, "2F 30", "70 F0"},
    {"entropy.defects", entropyDefects, "2836", "2837"},
};

class Profiles : public testing::TestWithParam<Difference> {};

TEST_P(Profiles, RtlBesideAsic) {
  const Difference &difference = GetParam();
  std::string rtl = difference.experiment(Description::rtl());
  std::string asic = difference.experiment(Description::asic());
  EXPECT_EQ(rtl, difference.rtl) << difference.parameter << " on rtl";
  EXPECT_EQ(asic, difference.asic) << difference.parameter << " on asic";
  EXPECT_NE(rtl, asic);
}

/// The experiment shows this parameter: it alone changes asic's result.
TEST_P(Profiles, TheParameterMakesTheDifference) {
  const Difference &difference = GetParam();
  for (const Parameter &parameter : parameters())
    if (parameter.path() == difference.parameter) {
      Description desc = Description::asic();
      parameter.set(desc, parameter.get(Description::rtl()));
      ASSERT_EQ(desc.invalid(), "");
      EXPECT_NE(difference.experiment(desc), difference.asic)
          << difference.parameter;
      return;
    }
  FAIL() << "no parameter " << difference.parameter;
}

INSTANTIATE_TEST_SUITE_P(Table, Profiles, testing::ValuesIn(kDifferences),
                         [](const auto &info) {
                           std::string name = info.param.parameter;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

/// A parameter in which the machines differ needs a row above.
TEST(ProfilesTable, IsComplete) {
  Description rtl = Description::rtl(), asic = Description::asic();
  std::vector<std::string> differing, listed;
  for (const Parameter &parameter : parameters())
    if (parameter.get(rtl) != parameter.get(asic))
      differing.push_back(parameter.path());
  for (const Difference &difference : kDifferences)
    listed.push_back(difference.parameter);
  llvm::sort(differing);
  llvm::sort(listed);
  EXPECT_EQ(differing, listed);
}

} // namespace
