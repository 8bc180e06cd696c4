//===- VectorsTest.cpp - the rtl machine against the published source -----===//
//
// Replays every golden vector (inputs, registers, outputs, cycles recorded
// from the executed SystemC) through registers and memories. Skipped, visibly,
// where the shared material is absent.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Machine/Machine.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"
#include "gtest/gtest.h"

using namespace edgebert::machine;

namespace {

std::vector<uint8_t> bytesOf(llvm::StringRef hex) {
  std::string text = llvm::fromHex(hex);
  return std::vector<uint8_t>(text.begin(), text.end());
}

std::string hexOf(llvm::ArrayRef<uint8_t> bytes) {
  return llvm::toHex(bytes, true);
}

uint32_t number(const llvm::json::Value &value) {
  if (auto text = value.getAsString()) {
    uint32_t result = 0;
    EXPECT_FALSE(text->getAsInteger(0, result)) << text->str();
    return result;
  }
  return uint32_t(*value.getAsInteger());
}

uint32_t number(const llvm::json::Object &object, llvm::StringRef key) {
  const llvm::json::Value *value = object.get(key);
  EXPECT_TRUE(value) << key.str();
  return value ? number(*value) : 0;
}

/// The concatenated vectors of an array of hex strings.
std::vector<uint8_t> vectorsOf(const llvm::json::Object &object,
                               llvm::StringRef key) {
  std::vector<uint8_t> all;
  if (const llvm::json::Array *array = object.getArray(key))
    for (const llvm::json::Value &vector : *array)
      llvm::append_range(all, bytesOf(*vector.getAsString()));
  return all;
}

/// Masks in hex: one string of 4 digits per row, or all in one.
std::vector<uint16_t> masksOf(const llvm::json::Value &value) {
  std::string text;
  if (const llvm::json::Array *array = value.getAsArray())
    for (const llvm::json::Value &mask : *array)
      text += mask.getAsString()->str();
  else
    text = value.getAsString()->str();
  std::vector<uint16_t> masks;
  for (size_t i = 0; i + 4 <= text.size(); i += 4)
    masks.push_back(uint16_t(std::stoul(text.substr(i, 4), nullptr, 16)));
  return masks;
}

std::string sha256(llvm::ArrayRef<uint8_t> bytes) {
  return llvm::toHex(llvm::SHA256::hash(bytes), true);
}

std::string sha256(llvm::ArrayRef<uint16_t> masks) {
  std::vector<uint8_t> bytes;
  for (uint16_t mask : masks) {
    bytes.push_back(uint8_t(mask));
    bytes.push_back(uint8_t(mask >> 8));
  }
  return sha256(bytes);
}

/// Stores an encoded stream at `base`.
void place(Machine &machine, unsigned decoder, llvm::ArrayRef<uint8_t> vectors,
           uint32_t base, uint32_t offset) {
  Image image = compact(vectors);
  for (auto [i, mask] : llvm::enumerate(image.masks))
    machine.mutableMaskMemory(decoder)[(base + i) % 4096] = mask;
  unsigned counters[16] = {};
  for (auto [v, mask] : llvm::enumerate(image.masks))
    for (unsigned lane = 0; lane < 16; ++lane)
      if (mask >> lane & 1)
        machine.mutableDataMemory(
            decoder)[(base - offset + 16 * counters[lane]++ + lane) % 65536] =
            vectors[16 * v + lane];
}

/// The cycles of everything but register accesses.
uint64_t commandCycles(const Stats &stats) {
  return stats[CycleKind::Compute] + stats[CycleKind::DmaRead] +
         stats[CycleKind::DmaWrite];
}

class Vectors : public testing::TestWithParam<const char *> {
protected:
  void checkSha(const Machine &machine, const llvm::json::Object &out) {
    const llvm::json::Object *sums = out.getObject("sha256_after");
    if (!sums)
      return;
    auto check = [&](const std::string &memory, const std::string &actual) {
      if (std::optional<llvm::StringRef> expected = sums->getString(memory))
        EXPECT_EQ(actual, expected->str()) << memory;
    };
    for (unsigned d = 0; d < 2; ++d) {
      std::string mem = "mem" + std::to_string(d);
      check(mem + "_data", sha256(machine.dataMemory(d)));
      check(mem + "_mask", sha256(machine.maskMemory(d)));
    }
    check("aux", sha256(machine.auxMemory()));
  }

  /// Result vectors, masks and compacted data; true if all are right.
  bool matches(const Machine &machine, const llvm::json::Object &out) {
    unsigned mem = number(out, "mem");
    unsigned count = number(out, "num_vectors");
    uint32_t maskAddr = number(out, "mask_addr");
    uint32_t dataAddr = number(out, "data_addr");
    llvm::ArrayRef<uint16_t> masks =
        machine.maskMemory(mem).slice(maskAddr, count);
    llvm::ArrayRef<uint8_t> data = machine.dataMemory(mem).slice(
        dataAddr, 16 * size_t(number(out, "data_rows")));
    return masks.vec() == masksOf(*out.get("masks")) &&
           hexOf(data) == out.getString("data")->str() &&
           expand(masks, data) == vectorsOf(out, "vectors");
  }
};

/// Makes the case's register writes, of which the last starts the operation,
/// waits, and checks both cycle counts.
void runCase(Machine &machine, const llvm::json::Object &test) {
  for (const llvm::json::Value &write : *test.getArray("regs")) {
    const llvm::json::Array &pair = *write.getAsArray();
    llvm::Error error = machine.writeRegister(number(pair[0]), number(pair[1]));
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  }
  uint64_t cycles = commandCycles(machine.stats());
  ASSERT_FALSE(bool(machine.wait()));
  const llvm::json::Object &expected = *test.getObject("cycles");
  EXPECT_EQ(cycles, number(expected, "start_to_done"));
  EXPECT_EQ(cycles + machine.stats()[CycleKind::Interrupt],
            number(expected, "write_to_interrupt"));
}

std::unique_ptr<llvm::json::Value> readFile(llvm::StringRef name) {
  auto buffer = llvm::MemoryBuffer::getFile(EDGEBERT_SHARED_DIR "/vectors/" +
                                            name.str() + ".json");
  if (!buffer)
    return nullptr;
  llvm::Expected<llvm::json::Value> value =
      llvm::json::parse((*buffer)->getBuffer());
  if (!value) {
    ADD_FAILURE() << llvm::toString(value.takeError());
    return nullptr;
  }
  return std::make_unique<llvm::json::Value>(std::move(*value));
}

/// Cases whose stored result depends on the order of the chip's accesses: the
/// result lands on an operand that is still being read. The simulator reads
/// operands first.
bool isOverlap(const llvm::json::Object &test) {
  return test.getBoolean("overlap").value_or(false);
}

TEST_P(Vectors, Match) {
  std::unique_ptr<llvm::json::Value> file = readFile(GetParam());
  if (!file)
    GTEST_SKIP() << "no " EDGEBERT_SHARED_DIR "/vectors/" << GetParam()
                 << ".json";
  unsigned passed = 0, overlaps = 0;
  for (const llvm::json::Value &value :
       *file->getAsObject()->getArray("cases")) {
    const llvm::json::Object &test = *value.getAsObject();
    SCOPED_TRACE(test.getString("name")->str());
    const llvm::json::Object &in = *test.getObject("in");
    const llvm::json::Object &out = *test.getObject("out");
    const llvm::json::Object &cfg = *test.getObject("cfg");
    Machine machine(Description::rtl());

    const llvm::json::Array &bases = *cfg.getArray("base_input");
    uint32_t base[2] = {number(bases[0]), number(bases[1])};
    uint32_t offset[2] = {};
    if (const llvm::json::Array *offsets = cfg.getArray("base_input_offset"))
      for (unsigned i = 0; i < 2; ++i)
        offset[i] = number((*offsets)[i]);
    else
      offset[0] = offset[1] = number(cfg, "base_input_offset");
    unsigned flip = number(cfg, "flip_mem");
    if (in.getArray("mem0_vectors")) {
      place(machine, 0, vectorsOf(in, "mem0_vectors"), base[0], offset[0]);
      place(machine, 1, vectorsOf(in, "mem1_vectors"), base[1], offset[1]);
    } else {
      place(machine, flip, vectorsOf(in, "vectors"), base[0], offset[0]);
      place(machine, flip, vectorsOf(in, "vectors2"), base[1], offset[1]);
    }
    if (const llvm::json::Object *aux = in.getObject("aux")) {
      std::vector<uint8_t> bytes = bytesOf(*aux->getString("data"));
      std::copy(bytes.begin(), bytes.end(),
                machine.mutableAuxMemory().begin() + number(*aux, "base"));
    }

    runCase(machine, test);
    if (HasFatalFailure())
      return;
    if (isOverlap(test)) {
      ++overlaps;
      RecordProperty(test.getString("name")->str(),
                     matches(machine, out) ? "overlap, same" : "overlap");
      continue;
    }
    if (out.get("mem")) {
      EXPECT_TRUE(matches(machine, out));
    } else {
      EXPECT_EQ(uint16_t(machine.lastEntropy()->entropy),
                uint16_t(number(out, "entropy_q10")));
      uint32_t status = llvm::cantFail(machine.readRegister(0x5c));
      EXPECT_EQ(status, number(out, "status_reg_0x5c"));
    }
    checkSha(machine, out);

    if (const llvm::json::Object *dvfs = test.getObject("dvfs")) {
      uint32_t offset = uint32_t(Register::DcoA);
      for (const char *key : {"dco_regs", "ldo_regs"})
        for (const llvm::json::Value &word : *dvfs->getArray(key)) {
          ASSERT_FALSE(bool(machine.writeRegister(offset, number(word))));
          offset += 4;
        }
      machine.clearStats();
      llvm::Error error =
          machine.writeRegister(uint32_t(Register::Command), 12);
      ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
      EXPECT_EQ(commandCycles(machine.stats()), number(*dvfs, "start_to_done"));
      uint32_t status = llvm::cantFail(machine.readRegister(0x5c));
      EXPECT_EQ(status, number(*dvfs, "status_reg_0x5c"));
      EXPECT_EQ(field::dcoSelect.extract(status), number(*dvfs, "dco_pin"));
      EXPECT_EQ(field::ldoSelect.extract(status), number(*dvfs, "ldo_pin"));
    }
    if (!HasFailure())
      ++passed;
  }
  RecordProperty("passed", int(passed));
  std::printf("%s: %u cases match, %u skipped because they overlap\n",
              GetParam(), passed, overlaps);
}

INSTANTIATE_TEST_SUITE_P(All, Vectors,
                         testing::Values("matmul", "softmax", "layernorm",
                                         "elemadd", "entropy"));

TEST(AxiVectors, Match) {
  std::unique_ptr<llvm::json::Value> file = readFile("axi");
  if (!file)
    GTEST_SKIP() << "no " EDGEBERT_SHARED_DIR "/vectors/axi.json";
  unsigned passed = 0;
  for (const llvm::json::Value &value :
       *file->getAsObject()->getArray("cases")) {
    const llvm::json::Object &test = *value.getAsObject();
    SCOPED_TRACE(test.getString("name")->str());
    const llvm::json::Object &in = *test.getObject("in");
    const llvm::json::Object &out = *test.getObject("out");
    llvm::StringRef kind = *test.getString("kind");
    unsigned flip = number(*test.getObject("cfg"), "flip_mem");
    uint32_t extBase = number(*test.getObject("cfg"), "ext_base");

    // The bus model behind the recording has memory everywhere.
    std::vector<uint8_t> external(1 << 18);
    auto fill = [&](llvm::StringRef key, size_t at) {
      if (std::optional<llvm::StringRef> text = in.getString(key)) {
        std::vector<uint8_t> bytes = bytesOf(*text);
        ASSERT_LE(at + bytes.size(), external.size());
        std::copy(bytes.begin(), bytes.end(), external.begin() + at);
      }
    };
    size_t extBytes = in.getString("ext") ? in.getString("ext")->size() / 2 : 0;
    fill("ext", extBase);
    fill("ext_after", extBase + extBytes);
    std::vector<uint8_t> before = external;

    Machine machine(Description::rtl());
    machine.attachMemory(external.data(), external.size());
    if (std::optional<llvm::StringRef> text =
            in.getString("mem_bytes_from_0")) {
      std::vector<uint8_t> bytes = bytesOf(*text);
      auto memory = kind.starts_with("aux") ? machine.mutableAuxMemory()
                                            : machine.mutableDataMemory(flip);
      ASSERT_LE(bytes.size(), memory.size());
      std::copy(bytes.begin(), bytes.end(), memory.begin());
    }
    if (const llvm::json::Value *masks = in.get("mask_mem")) {
      std::vector<uint16_t> rows = masksOf(*masks);
      std::copy(rows.begin(), rows.end(),
                machine.mutableMaskMemory(flip).begin());
    }
    runCase(machine, test);
    if (HasFatalFailure())
      return;

    if (std::optional<llvm::StringRef> text =
            out.getString("mem_bytes_from_0")) {
      std::vector<uint8_t> bytes = bytesOf(*text);
      auto memory = kind.starts_with("aux") ? machine.auxMemory()
                                            : machine.dataMemory(flip);
      bytes.resize(memory.size()); // "rest": "zero"
      EXPECT_TRUE(memory.vec() == bytes);
      EXPECT_EQ(external, before);
    } else if (const llvm::json::Value *masks = out.get("mask_mem")) {
      std::vector<uint16_t> rows = masksOf(*masks);
      rows.resize(4096);
      EXPECT_TRUE(machine.maskMemory(flip).vec() == rows);
      EXPECT_EQ(external, before);
    } else {
      // What the beats wrote, and nothing else.
      std::vector<uint8_t> bytes = bytesOf(out.getString("ext").value_or(""));
      std::vector<bool> touched(external.size());
      if (const llvm::json::Array *beats = out.getArray("beats_addr"))
        for (const llvm::json::Value &beat : *beats)
          for (unsigned i = 0; i < 8; ++i)
            touched[number(beat) + i] = true;
      for (size_t i = 0; i < external.size(); ++i) {
        bool inside = i >= extBase && i < extBase + bytes.size();
        uint8_t wanted = touched[i] && inside ? bytes[i - extBase] : before[i];
        if (external[i] != wanted) {
          ADD_FAILURE() << "external byte " << i << " is " << int(external[i])
                        << ", expected " << int(wanted);
          break;
        }
      }
    }
    if (!HasFailure())
      ++passed;
  }
  std::printf("axi: %u cases match\n", passed);
}

} // namespace
