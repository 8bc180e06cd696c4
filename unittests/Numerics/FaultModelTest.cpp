//===- FaultModelTest.cpp - what a fault does to a stored word ------------===//

#include "edgebert/Numerics/FaultModel.h"
#include "edgebert/Numerics/FaultPlan.h"
#include "gtest/gtest.h"

#include <cmath>
#include <set>

using namespace edgebert::numerics;

static Format parse(llvm::StringRef spelling) {
  return llvm::cantFail(Format::parse(spelling));
}

TEST(FaultModel, FlipsAreInvolutionsOnEveryCode) {
  WordLayout layout = WordLayout::ofCodes(parse("afp<8,3>"));
  for (unsigned code = 0; code < 256; ++code)
    for (unsigned bit = 0; bit < 8; ++bit) {
      uint8_t word = uint8_t(code);
      FaultRecord record =
          strike(WordFault::burst(bit), layout, &word, 0, Metadata());
      EXPECT_EQ(word, code ^ (1u << bit));
      EXPECT_EQ(record.oldCode, code);
      EXPECT_EQ(record.newCode, word);
      EXPECT_EQ(record.bit, bit);
      EXPECT_EQ(record.field, bit == 7   ? "sign"
                              : bit >= 4 ? "exponent"
                                         : "mantissa");
      undo(record, layout, &word);
      EXPECT_EQ(word, code);
    }
}

TEST(FaultModel, StuckBits) {
  WordLayout layout = WordLayout::ofBits(8);
  uint8_t word = 0xa5;
  FaultRecord record = strike(WordFault::burst(0, 4, FaultModel::StuckAt0),
                              layout, &word, 0, Metadata());
  EXPECT_EQ(word, 0xa0);
  EXPECT_EQ(record.bit, 0u);
  record = strike(WordFault::burst(6, 2, FaultModel::StuckAt1), layout, &word,
                  0, Metadata());
  EXPECT_EQ(word, 0xe0);
  // A bit stuck at what it was changes nothing, and the record says so.
  record = strike(WordFault::burst(5, 1, FaultModel::StuckAt1), layout, &word,
                  0, Metadata());
  EXPECT_FALSE(record.changed());
  EXPECT_EQ(record.bit, 5u);
  EXPECT_EQ(word, 0xe0);
}

TEST(FaultModel, OnlyTheWordsBitsChange) {
  // 6 of 8 stored bits.
  WordLayout layout = WordLayout::ofCodes(parse("int<6>"));
  ASSERT_EQ(layout.bits, 6u);
  uint8_t words[3] = {0x15, 0x15, 0x15};
  WordFault all;
  all.mask = ~0u;
  strike(all, layout, words, 1, Metadata::ofReal(1));
  EXPECT_EQ(words[0], 0x15);
  EXPECT_EQ(words[1], 0x2a);
  EXPECT_EQ(words[2], 0x15);
}

TEST(FaultModel, ValuesGoThroughTheCodec) {
  // The same fault on codes and on the values they stand for.
  Format format = parse("afp<8,3>");
  WordLayout codes = WordLayout::ofCodes(format);
  WordLayout values = WordLayout::ofValues(format);
  Metadata bias = Metadata::ofInteger(4);
  for (unsigned code = 0; code < 256; ++code)
    for (unsigned bit = 0; bit < 8; ++bit) {
      // The codec has one code for each value, but two zeros.
      if (format.encode(format.decode(code, bias), bias) != code)
        continue;
      uint8_t word = uint8_t(code);
      float value = format.decode(code, bias), before = value;
      FaultRecord onCode = strike(WordFault::burst(bit), codes, &word, 0, bias);
      FaultRecord onValue =
          strike(WordFault::burst(bit), values, &value, 0, bias);
      EXPECT_EQ(onValue.oldCode, onCode.oldCode);
      EXPECT_EQ(onValue.newCode, onCode.newCode);
      EXPECT_EQ(value, format.decode(word, bias));
      EXPECT_EQ(value, onCode.newValue);
      undo(onValue, values, &value);
      EXPECT_EQ(value, before);
    }
}

TEST(FaultModel, F32) {
  float x = 1.0f;
  FaultRecord record =
      strike(WordFault::burst(30), WordLayout::ofF32(), &x, 0, Metadata());
  EXPECT_TRUE(std::isinf(x));
  EXPECT_EQ(record.field, "exponent");
  EXPECT_EQ(record.oldCode, 0x3f800000u);
  EXPECT_EQ(WordLayout::ofF32().name(), "f32");
}

TEST(FaultModel, RandomValuesStayInTheirRange) {
  WordLayout layout = WordLayout::ofF32();
  WordFault fault;
  fault.model = FaultModel::Random;
  fault.low = -2, fault.high = 3;
  std::set<float> values;
  for (unsigned stream = 0; stream < 1000; ++stream) {
    float x = 100;
    fault.stream = stream;
    strike(fault, layout, &x, 0, Metadata());
    EXPECT_GE(x, -2.0f);
    EXPECT_LE(x, 3.0f);
    values.insert(x);
  }
  EXPECT_GT(values.size(), 990u);
  EXPECT_LT(*values.begin(), -1.9f);
  EXPECT_GT(*values.rbegin(), 2.9f);
}

TEST(FaultModel, RandomWordsDependOnTheirCounterAlone) {
  std::set<uint64_t> words;
  for (uint64_t seed = 0; seed < 10; ++seed)
    for (uint64_t stream = 0; stream < 10; ++stream)
      for (uint64_t counter = 0; counter < 10; ++counter) {
        uint64_t word = randomWord(seed, stream, counter);
        EXPECT_EQ(word, randomWord(seed, stream, counter));
        words.insert(word);
      }
  EXPECT_EQ(words.size(), 1000u);
  // All of 0 to 6, about equally often.
  unsigned counts[7] = {};
  for (uint64_t i = 0; i < 70000; ++i)
    ++counts[below(randomWord(1, 2, i), 7)];
  for (unsigned count : counts)
    EXPECT_NEAR(count, 10000, 400);
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

static std::string errorOf(llvm::StringRef text) {
  auto plan = FaultPlan::parse(text, "plan.yaml");
  return plan ? "" : llvm::toString(plan.takeError());
}

TEST(FaultPlan, ReadsYamlAndJson) {
  auto plan = FaultPlan::parse(R"(
seed: 7
faults:
  - site: 12
    element: 5
    bit: 3
    run: 2
  - name: layer.query.weight
    kind: weight
    index: [1, 2]
    bit: 6
    count: 2
    model: stuck-at-1
  - machine: mask
    decoder: 1
    address: 40
    bit: 15
    cycle: 1000
)",
                               "plan.yaml");
  ASSERT_TRUE(bool(plan)) << llvm::toString(plan.takeError());
  EXPECT_EQ(plan->seed, 7u);
  ASSERT_EQ(plan->faults.size(), 3u);
  EXPECT_EQ(plan->faults[0].site, 12);
  EXPECT_EQ(plan->faults[0].run, 2);
  EXPECT_EQ(plan->faults[1].model, FaultModel::StuckAt1);
  EXPECT_EQ(plan->faults[1].index, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(plan->faults[2].machine, MachineUnit::Mask);
  EXPECT_EQ(plan->faults[2].cycle, 1000u);

  auto json = FaultPlan::parse(
      R"({"faults": [{"site": 3, "field": "exponent"}]})", "plan.json");
  ASSERT_TRUE(bool(json)) << llvm::toString(json.takeError());
  EXPECT_EQ(json->faults[0].field, "exponent");
}

TEST(FaultPlan, Errors) {
  EXPECT_EQ(errorOf("faults:\n  - site: 1\n    bitt: 3\n"),
            "plan.yaml:3:5: unknown key 'bitt'");
  EXPECT_NE(errorOf("faults:\n  - bit: 3\n")
                .find("expected one of site, name and machine"),
            std::string::npos);
  EXPECT_NE(errorOf("faults:\n  - {site: 1, model: flop}\n")
                .find("unknown enumerated scalar"),
            std::string::npos);
  EXPECT_NE(errorOf("faults:\n  - {machine: data, run: 1}\n")
                .find("expected cycle or command, not run"),
            std::string::npos);
  EXPECT_NE(errorOf("faults:\n  - {site: 1, low: 1, high: 2}\n")
                .find("low and high belong to model: random"),
            std::string::npos);
}

TEST(FaultPlan, Protection) {
  auto plan = FaultPlan::parse("faults: []\nprotect:\n"
                               "  - {kind: weight, code: secded}\n"
                               "  - {site: 3, code: tmr}\n",
                               "plan.yaml");
  ASSERT_TRUE(bool(plan)) << llvm::toString(plan.takeError());
  ASSERT_EQ(plan->protect.size(), 2u);
  EXPECT_EQ(plan->protect[0].kind, "weight");
  EXPECT_EQ(plan->protect[0].code, Protection::Secded);
  EXPECT_EQ(plan->protect[1].site, 3);
  EXPECT_NE(errorOf("faults: []\nprotect: [{code: tmr}]\n")
                .find("expected either site or kind"),
            std::string::npos);
}

TEST(FaultPlan, FieldsAndDraws) {
  WordLayout layout = WordLayout::ofCodes(parse("afp<8,3>"));
  PlannedFault planned;
  planned.field = "exponent";
  planned.bits = {2};
  auto fault = planned.getWordFault(layout, 0, 0);
  ASSERT_TRUE(bool(fault));
  EXPECT_EQ(fault->mask, 0x40u);

  planned.bits = {3};
  fault = planned.getWordFault(layout, 0, 4);
  EXPECT_EQ(llvm::toString(fault.takeError()),
            "fault 4: expected bits 0 to 2 of field 'exponent', found 3");
  planned.field = "fraction";
  fault = planned.getWordFault(layout, 0, 4);
  EXPECT_EQ(llvm::toString(fault.takeError()),
            "fault 4: expected a field of afp<8,3> (sign, exponent, mantissa), "
            "found 'fraction'");

  // Drawn bits are the same each time, and all of them occur.
  planned = PlannedFault();
  planned.count = 2;
  std::set<uint32_t> masks;
  for (int64_t number = 0; number < 200; ++number) {
    uint32_t mask =
        llvm::cantFail(planned.getWordFault(layout, 1, number)).mask;
    EXPECT_EQ(mask,
              llvm::cantFail(planned.getWordFault(layout, 1, number)).mask);
    masks.insert(mask);
  }
  EXPECT_EQ(masks, (std::set<uint32_t>{3, 6, 12, 24, 48, 96, 192}));
}
