//===- VectorsTest.cpp - the rtl machine against the published source -----===//
//
// Replays every golden vector (inputs, registers, outputs, cycles recorded
// from the executed SystemC) through registers and memories; skipped, visibly,
// where the shared material is absent. That the replay sees what is wrong is
// tested on a case made from the fact sheet's worked example.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Machine/Images.h"
#include "edgebert/Machine/VectorReplay.h"

#include "WorkedExample.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace edgebert::machine;
using testing::HasSubstr;
namespace json = llvm::json;

namespace {

struct Replayed {
  ReplayCounts counts;
  /// What was printed, or the error.
  std::string text;
};

Replayed replay(llvm::StringRef path, Description desc = Description::rtl()) {
  Replayed result;
  llvm::raw_string_ostream os(result.text);
  llvm::Expected<ReplayCounts> counts = replayVectors(desc, path, os);
  if (counts)
    result.counts = *counts;
  else
    result.text += llvm::toString(counts.takeError());
  return result;
}

struct SharedFile {
  const char *op;
  unsigned passed, overlaps;
};

class SharedVectors : public testing::TestWithParam<SharedFile> {};

TEST_P(SharedVectors, Match) {
  std::string path =
      EDGEBERT_SHARED_DIR "/vectors/" + std::string(GetParam().op) + ".json";
  if (!llvm::sys::fs::exists(path))
    GTEST_SKIP() << "no " << path;
  Replayed result = replay(path);
  EXPECT_EQ(result.counts.failed, 0u) << result.text;
  EXPECT_EQ(result.counts.passed, GetParam().passed) << result.text;
  EXPECT_EQ(result.counts.overlaps, GetParam().overlaps) << result.text;
}

INSTANTIATE_TEST_SUITE_P(All, SharedVectors,
                         testing::Values(SharedFile{"matmul", 48, 0},
                                         SharedFile{"softmax", 32, 0},
                                         SharedFile{"layernorm", 29, 0},
                                         SharedFile{"elemadd", 28, 0},
                                         SharedFile{"entropy", 24, 0},
                                         SharedFile{"axi", 37, 0}),
                         [](const testing::TestParamInfo<SharedFile> &info) {
                           return std::string(info.param.op);
                         });

/// A file in memory, changed and replayed.
class ReplayTest : public testing::Test {
protected:
  json::Object &theCase() {
    return *(*file.getArray("cases"))[0].getAsObject();
  }
  json::Object &out() { return *theCase().getObject("out"); }

  Replayed run(Description desc = Description::rtl()) {
    return write(llvm::formatv("{0}", json::Value(json::Object(file))), desc);
  }
  /// The path is printed as FILE.
  Replayed write(const std::string &text,
                 Description desc = Description::rtl()) {
    llvm::SmallString<64> path;
    int fd = -1;
    EXPECT_FALSE(
        bool(llvm::sys::fs::createTemporaryFile("vectors", "json", fd, path)));
    llvm::scope_exit remove([&] { llvm::sys::fs::remove(path); });
    llvm::raw_fd_ostream(fd, /*shouldClose=*/true) << text;
    Replayed result = replay(path, desc);
    std::string named;
    llvm::StringRef rest = result.text;
    for (size_t at; (at = rest.find(path)) != llvm::StringRef::npos;) {
      named += rest.take_front(at).str() + "FILE";
      rest = rest.drop_front(at + path.size());
    }
    result.text = named + rest.str();
    return result;
  }

  json::Object file = workedExample();

private:
  static json::Array rows(llvm::ArrayRef<const char *> text) {
    json::Array array;
    for (const char *row : text)
      array.push_back(llvm::StringRef(row).lower());
    return array;
  }
  static json::Object workedExample();
};

/// Fact sheet 10 as a case.
json::Object ReplayTest::workedExample() {
  using namespace worked_example;
  json::Array masks, regs;
  for (uint16_t mask : kMasksC)
    masks.push_back(llvm::utohexstr(mask, true, 4));
  std::string data;
  for (const char *row : kDataC)
    data += row;
  for (auto [offset, value] : {std::pair{0x48, 256},
                               {0x50, 0},
                               {0x58, 0x81},
                               {0x0c, 0x00240000},
                               {0x14, 0},
                               {0x18, 0},
                               {0x4c, 0},
                               {0x08, 1},
                               {0x10, 0x01004010},
                               {0x04, 7}})
    regs.push_back(json::Array{"0x" + llvm::utohexstr(offset), value});
  json::Object test{
      {"name", "worked"},
      {"regs", std::move(regs)},
      {"cfg", json::Object{{"base_input", json::Array{0, 0}},
                           {"base_input_offset", json::Array{0, 0}},
                           {"flip_mem", 1}}},
      {"in",
       json::Object{{"mem0_vectors", rows(kA)}, {"mem1_vectors", rows(kB)}}},
      {"out", json::Object{{"mem", 1},
                           {"num_vectors", 16},
                           {"mask_addr", 256},
                           {"masks", std::move(masks)},
                           {"data_addr", 256},
                           {"data_rows", 15},
                           {"data", data},
                           {"vectors", rows(kC)}}},
      {"cycles",
       json::Object{{"start_to_done", 66}, {"write_to_interrupt", 72}}}};
  return json::Object{{"op", "matmul"},
                      {"vector_size", 16},
                      {"cases", json::Array{std::move(test)}}};
}

TEST_F(ReplayTest, WorkedExampleMatches) {
  Description asic = Description::asic();
  asic.skipZeroVectors = false; // the operands have some
  for (const Description &desc : {Description::rtl(), asic}) {
    Replayed result = run(desc);
    EXPECT_EQ(result.text, "");
    EXPECT_EQ(result.counts.passed, 1u);
    EXPECT_EQ(result.counts.failed + result.counts.overlaps, 0u);
  }
}

TEST_F(ReplayTest, EveryDifferenceIsNamed) {
  json::Object before = file;
  auto expectMismatch = [&](const std::string &text) {
    Replayed result = run();
    EXPECT_EQ(result.counts.failed, 1u) << text;
    EXPECT_EQ(result.counts.passed, 0u) << text;
    EXPECT_EQ(result.text, "FILE: case 'worked': " + text + "\n");
    file = before;
  };
  theCase()["cycles"] =
      json::Object{{"start_to_done", 67}, {"write_to_interrupt", 72}};
  expectMismatch("cycles.start_to_done: expected 67, got 66");
  theCase()["cycles"] =
      json::Object{{"start_to_done", 66}, {"write_to_interrupt", 73}};
  expectMismatch("cycles.write_to_interrupt: expected 73, got 72");
  (*out().getArray("masks"))[3] = "ffd6";
  Replayed result = run();
  EXPECT_EQ(result.text, "FILE: case 'worked': out.masks[3]: expected ffd6, "
                         "got ffd7 (1 of 16 differ)\n");
  file = before;
  // A cell that no mask counts.
  std::string data = out().getString("data")->str();
  data.replace(2 * (16 * 14 + 1), 2, "11");
  out()["data"] = data;
  expectMismatch("out.data[14]: expected d91100000000000000000000000000e2, got "
                 "d90000000000000000000000000000e2 (1 of 15 differ)");
  (*out().getArray("vectors"))[2] = "000000000000000000000000000000ff";
  expectMismatch("out.vectors[2]: expected 000000000000000000000000000000ff, "
                 "got 00000000000000000000000000000000 (1 of 16 differ)");
  out()["sha256_after"] = json::Object{{"aux", "00"}};
  expectMismatch("out.sha256_after.aux: expected 00, got "
                 "ad7facb2586fc6e966c004d7d1d16b024f5805ff7cb47c7a85dabd8b48892"
                 "ca7");
  theCase().getArray("regs")->erase(theCase().getArray("regs")->begin());
  expectMismatch(
      "interrupt: expected 72 cycles, got none: command 7 (matmul): the chip "
      "would wait forever: the encoder has no base_output (0x48); write 1 to "
      "soft_reset (0x0) and configure it again");
  (*theCase().getArray("regs"))[0] = json::Array{0x49, 0};
  expectMismatch("regs[0]: expected an accepted write, got refusal: register "
                 "offset 0x49 is not a multiple of 4; the nearest register is "
                 "base_output (0x48)");
}

TEST_F(ReplayTest, OnlyContentsOfAnOverlapMayDiffer) {
  theCase()["overlap"] = true;
  EXPECT_EQ(run().counts.passed, 1u);
  (*out().getArray("masks"))[3] = "ffd6";
  Replayed result = run();
  EXPECT_EQ(result.text,
            "overlap: FILE: case 'worked': out.masks[3]: expected ffd6, got "
            "ffd7 (1 of 16 differ)\n");
  EXPECT_EQ(result.counts.overlaps, 1u);
  EXPECT_EQ(result.counts.failed, 0u);
  theCase()["cycles"] =
      json::Object{{"start_to_done", 67}, {"write_to_interrupt", 72}};
  EXPECT_EQ(run().counts.failed, 1u);
}

TEST_F(ReplayTest, EveryMissingKeyIsNamed) {
  json::Object before = file;
  auto expectMissing = [&](json::Object &object, llvm::StringRef key,
                           const std::string &name) {
    object.erase(key);
    EXPECT_EQ(run().text, "FILE: case 'worked': missing key '" + name + "'");
    file = before;
  };
  for (const char *key : {"regs", "cfg", "in", "out", "cycles"})
    expectMissing(theCase(), key, key);
  for (const char *outer : {"cfg", "in", "out", "cycles"}) {
    std::vector<std::string> keys;
    for (const auto &[key, value] : *theCase().getObject(outer))
      keys.push_back(key.str());
    for (const std::string &key : keys)
      expectMissing(*theCase().getObject(outer), key,
                    std::string(outer) + "." + key);
  }
  theCase().erase("name");
  EXPECT_EQ(run().text, "FILE: case 0: missing key 'name'");
  file = before;
  for (const char *key : {"op", "vector_size", "cases"}) {
    file.erase(key);
    EXPECT_EQ(run().text, "FILE: missing key '" + std::string(key) + "'");
    file = before;
  }
}

TEST_F(ReplayTest, WrongValuesAreNamed) {
  json::Object before = file;
  auto expectError = [&](const std::string &text) {
    EXPECT_EQ(run().text, "FILE: " + text);
    file = before;
  };
  file["op"] = "gelu";
  expectError("unknown op 'gelu'; expected one of matmul, softmax, layernorm, "
              "elemadd, entropy, axi");
  file["vector_size"] = 32;
  expectError("expected an integer in 16..16 in 'vector_size', got 32");
  file["cases"] = 3;
  expectError("expected an array in 'cases', got 3");
  (*theCase().getArray("regs"))[2] = json::Array{"0x58"};
  expectError("case 'worked': expected 2 elements in 'regs[2]', got 1");
  (*theCase().getArray("regs"))[2] = json::Array{"0x58", "x"};
  expectError("case 'worked': expected an integer in 0..4294967295 in "
              "'regs[2][1]', got \"x\"");
  theCase()["regs"] = json::Array();
  expectError("case 'worked': expected register writes in 'regs', got none");
  theCase()["cfg"] = "none";
  expectError("case 'worked': expected an object in 'cfg', got \"none\"");
  (*out().getArray("vectors"))[2] = "00";
  expectError("case 'worked': expected hex digits in groups of 32 in "
              "'out.vectors[2]', got \"00\"");
  out()["data_rows"] = 14;
  expectError("case 'worked': expected 'out.data_rows' to be 15, the number of "
              "data rows that follow");
  theCase()["overlap"] = 1;
  expectError("case 'worked': expected true or false in 'overlap', got 1");
  file["op"] = "axi";
  theCase()["kind"] = "input_erase";
  expectError("case 'worked': unknown kind 'input_erase' of transfer; expected "
              "input_, mask_ or aux_ and read or write");
  EXPECT_THAT(write("{\"op\": ").text, HasSubstr("FILE: not JSON: "));
  EXPECT_THAT(write("[]").text, HasSubstr("FILE: expected an object, got []"));
  EXPECT_THAT(replay("/no/such.json").text,
              HasSubstr("/no/such.json: No such file"));
}

TEST(ReplayCountsTest, Print) {
  std::string text;
  llvm::raw_string_ostream os(text);
  ReplayCounts counts{3, 1, 0};
  os << counts << "; ";
  counts += {1, 0, 2};
  os << counts;
  EXPECT_EQ(text, "3 passed, 1 failed; 4 passed, 1 failed, 2 not reproducible "
                  "(overlap)");
}

} // namespace
