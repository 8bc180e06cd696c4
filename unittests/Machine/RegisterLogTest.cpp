//===- RegisterLogTest.cpp - register logs, as files and as text ----------===//

#include "edgebert/Machine/RegisterLog.h"
#include "edgebert/Machine/LogRecorder.h"

#include "edgebert/Machine/Registers.h"

#include "llvm/ADT/StringExtras.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <random>

using namespace edgebert::machine;
using testing::HasSubstr;

namespace {

std::string textOf(const RegisterLog &log) {
  std::string text;
  llvm::raw_string_ostream os(text);
  log.print(os);
  return text;
}

/// The text without its first comment and with single blanks.
std::string bodyOf(const RegisterLog &log) {
  std::string text = textOf(log), body;
  llvm::StringRef rest = text;
  while (!rest.empty()) {
    auto [line, tail] = rest.split('\n');
    rest = tail;
    line = line.split(';').first.trim();
    if (!line.empty())
      body += line.str() + "\n";
  }
  return body;
}

RegisterLog assemble(llvm::StringRef text,
                     const Description &machine = Description::asic()) {
  return llvm::cantFail(RegisterLog::assemble(text, "f.s", machine));
}

std::string assemblyError(llvm::StringRef text,
                          const Description &machine = Description::asic()) {
  auto log = RegisterLog::assemble(text, "f.s", machine);
  return log ? "no error" : llvm::toString(log.takeError());
}

std::string decodingError(llvm::StringRef file) {
  auto log = RegisterLog::decode(file);
  return log ? "no error" : llvm::toString(log.takeError());
}

void expectRoundTrips(const RegisterLog &log) {
  std::string file = log.encode();
  auto decoded = RegisterLog::decode(file);
  ASSERT_TRUE(bool(decoded)) << llvm::toString(decoded.takeError());
  EXPECT_TRUE(*decoded == log);
  EXPECT_EQ(decoded->encode(), file);
  std::string text = textOf(*decoded);
  auto assembled = RegisterLog::assemble(text, "f.s");
  ASSERT_TRUE(bool(assembled)) << llvm::toString(assembled.takeError());
  EXPECT_TRUE(*assembled == log) << text;
  EXPECT_EQ(assembled->encode(), file);
  EXPECT_EQ(textOf(*assembled), text);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

TEST(RegisterLogText, NamesEveryField) {
  RegisterLog log(Description::asic());
  log.setOrigin("/layer/MatMul");
  log.write(0x00, 1);
  log.write(0x0c, 0x00207f11 | 0xfe << 8);
  log.write(0x10, 0x30004010);
  log.write(0x30, 0x1000);
  log.write(0x40, 191);
  log.write(0x48, 256);
  log.write(0x54, 18);
  log.write(0x58, 0x81);
  log.write(0x64, 0x3f | 5 << 24);
  log.write(0x04, 7);
  log.wait();
  log.read(0x5c, 0x1073);
  EXPECT_EQ(textOf(log).substr(0, 120),
            "; register log: 10 writes, 1 reads, 1 waits\n"
            ".machine \"asic\" address_bits=16\n\n"
            ".origin \"/layer/MatMul\"\n"
            "write soft_reset 1 ");
  EXPECT_EQ(bodyOf(log),
            ".machine \"asic\" address_bits=16\n"
            ".origin \"/layer/MatMul\"\n"
            "write soft_reset 1\n"
            "write accel_config is_relu=1 is_bias=1 weight_bias=-1 "
            "adf_accum_bias=0 accum_right_shift=2\n"
            "write matrix_config n0=16 n1=16 m=768\n"
            "write input_read_base 0x00001000\n"
            "write vector_count m_1=191\n"
            "write base_output base_output=256\n"
            "write gb_mode_config gb_mode=softmax|tiled\n"
            "write reset_mode mode_of_decoder_0=n0 mode_of_decoder_1=n1\n"
            "write dco_a val0=63 val1=0 val2=0 val3=0 val4=5\n"
            "write command matmul\n"
            "wait\n"
            "read status enpy_status=3 dco_sel=28 ldo_sel=4\n");
  EXPECT_THAT(textOf(log), HasSubstr("m=768                   ; 0x10 = "
                                     "0x30004010\n"));
  expectRoundTrips(log);
}

TEST(RegisterLogText, KeepsWhatHasNoName) {
  RegisterLog log(Description::rtl());
  log.write(0x14, 0xf123e456); // 12-bit fields leave bits 15:12 and 31:28.
  log.write(0x04, 13);
  log.write(0x80, 5);
  log.write(0x02, 5);
  log.read(0xfffffffc, ~0u);
  log.write(0x54, 0xffffffc0); // no named bits
  log.write(0x18, 0);
  log.setOrigin("a \"b\"\n\\\xff;");
  log.setOrigin("");
  log.addMemory(0x123456789, {0x00, 0xab});
  log.addStored(16, 128, 0xbadcafe);
  log.setOrigin("a \"b\"\n\\\xff;");
  EXPECT_EQ(bodyOf(log).substr(0, 321),
            ".machine \"rtl\" address_bits=12\n"
            "write input_buffer_config base_input0=1110 base_input1=291 "
            "reserved=0xf000e000\n"
            "write command 13\n"
            "write 0x00000080 0x00000005\n"
            "write 0x00000002 0x00000005\n"
            "read 0xfffffffc 0xffffffff\n"
            "write gb_mode_config gb_mode=0 reserved=0xffffffc0\n"
            "write base_offset base_input_offset0=0 "
            "base_input_offset1=0\n");
  EXPECT_THAT(textOf(log),
              HasSubstr("\n.origin \"a \\22b\\22\\0A\\\\\\FF;\"\n"));
  EXPECT_THAT(textOf(log), HasSubstr("\n.memory 0x123456789 00ab\n"
                                     ".stored 0x00000010 128 "
                                     "crc32=0x0badcafe\n"));
  expectRoundTrips(log);
}

TEST(RegisterLogText, LayoutFollowsTheMachine) {
  llvm::StringRef text = "write base_output base_output=4096";
  EXPECT_EQ(assemble(text).getEntries()[0].value, 4096u);
  EXPECT_EQ(assemble(text).getMachine(), "asic");
  EXPECT_EQ(
      assemblyError(text, Description::rtl()),
      "f.s:1:31: error: 4096 does not fit field base_output of base_output "
      "(bits 11 to 0); expected 0 to 4095");
  // The text's own machine decides.
  std::string own = ".machine \"mine\" address_bits=16\n" + text.str();
  EXPECT_EQ(assemble(own, Description::rtl()).getMachine(), "mine");
}

TEST(RegisterLogText, AcceptsWhatItDoesNotPrint) {
  RegisterLog log = assemble(" \t; nothing\r\n"
                             "write MATRIX_CONFIG M=0x300 N0=16;comment\n"
                             "write 0x10 3\r\n"
                             "write matrix_config 805306384\n"
                             "write command 7\n"
                             "write reset_mode mode_of_decoder_1=0x3f\n"
                             "write accel_config weight_bias=-128 "
                             "reserved=0x80\n"
                             ".memory 16 ABcd ; bytes\n"
                             "wait");
  ASSERT_EQ(log.getEntries().size(), 8u);
  EXPECT_EQ(log.getEntries()[0].value, 0x30000010u);
  EXPECT_EQ(log.getEntries()[1].address, 0x10u);
  EXPECT_EQ(log.getEntries()[1].value, 3u);
  EXPECT_EQ(log.getEntries()[2].value, 0x30000010u);
  EXPECT_EQ(log.getEntries()[3].value, 7u);
  EXPECT_EQ(log.getEntries()[4].value, 0xfc0u);
  EXPECT_EQ(log.getEntries()[5].value, 0x8080u);
  EXPECT_EQ(log.getBytes(log.getEntries()[6])[1], 0xcdu);
  expectRoundTrips(log);
}

TEST(RegisterLogText, Errors) {
  EXPECT_EQ(assemblyError("wait\nwirte command 1"),
            "f.s:2:1: error: unknown statement 'wirte'; did you mean 'write'?");
  EXPECT_EQ(assemblyError("  write matrx_config 1"),
            "f.s:1:9: error: unknown register 'matrx_config'; did you mean "
            "'matrix_config'?");
  EXPECT_EQ(
      assemblyError("write matrix_config n0=1 n3=1"),
      "f.s:1:26: error: register matrix_config has no field 'n3'; did you mean "
      "'n0'? (fields: n0, n1, m)");
  EXPECT_EQ(
      assemblyError("write matrix_config n0=1024"),
      "f.s:1:24: error: 1024 does not fit field n0 of matrix_config (bits 9 to "
      "0); expected 0 to 1023");
  EXPECT_EQ(
      assemblyError("write accel_config weight_bias=-129"),
      "f.s:1:32: error: -129 does not fit field weight_bias of accel_config "
      "(bits 15 to 8); expected -128 to 127");
  EXPECT_THAT(assemblyError("write matrix_config n0=99999999999999999999"),
              HasSubstr("does not fit field n0"));
  EXPECT_EQ(
      assemblyError("write matrix_config n0=x"),
      "f.s:1:24: error: expected a number for field n0 of matrix_config, found "
      "'x'");
  EXPECT_EQ(
      assemblyError("write matrix_config n0=1 n0=1"),
      "f.s:1:26: error: field n0 of matrix_config is given a second time");
  EXPECT_EQ(
      assemblyError("write matrix_config n0=1 5"),
      "f.s:1:26: error: expected FIELD=VALUE of matrix_config, found '5'");
  EXPECT_EQ(assemblyError("write accel_config reserved=0x1"),
            "f.s:1:29: error: bits of fields among the reserved bits 0x1 of "
            "accel_config; expected only bits of 0xfe0800ee");
  EXPECT_EQ(assemblyError("write reset_mode mode_of_decoder_0=n0|softmx"),
            "f.s:1:39: error: field mode_of_decoder_0 of reset_mode has no bit "
            "'softmx'; did you mean 'softmax'?");
  EXPECT_EQ(
      assemblyError("write command matmull"),
      "f.s:1:15: error: unknown command 'matmull'; did you mean 'matmul'?");
  EXPECT_EQ(assemblyError("write soft_reset"),
            "f.s:1:17: error: expected a value");
  EXPECT_EQ(assemblyError("write ; soft_reset"),
            "f.s:1:7: error: expected a register");
  EXPECT_EQ(assemblyError("write use_gb 4294967296"),
            "f.s:1:14: error: a value 4294967296 does not fit 32 bits");
  EXPECT_EQ(assemblyError("write use_gb -1"),
            "f.s:1:14: error: expected a value, found '-1'");
  EXPECT_EQ(assemblyError("write 0x64 1 2"),
            "f.s:1:14: error: expected the end of the line, found '2'");
  EXPECT_EQ(
      assemblyError("write 0x81 n0=2"),
      "f.s:1:12: error: expected one value: this offset is no register's");
  EXPECT_EQ(assemblyError("wait 3"),
            "f.s:1:6: error: expected the end of the line, found '3'");
  EXPECT_EQ(
      assemblyError("wait\n.machine \"asic\" address_bits=16"),
      "f.s:2:1: error: expected .machine before all accesses and directives");
  EXPECT_EQ(assemblyError(".machine \"asic\" address_bits=13"),
            "f.s:1:30: error: expected address_bits 12 or 16, found 13");
  EXPECT_EQ(assemblyError(".machine \"asic\" bits=13"),
            "f.s:1:17: error: expected address_bits=NUMBER, found 'bits=13'");
  EXPECT_EQ(assemblyError(".origin x"),
            "f.s:1:9: error: expected a string in quotes, found 'x'");
  EXPECT_EQ(assemblyError(".origin \"x"),
            "f.s:1:9: error: string without a closing quote");
  EXPECT_EQ(
      assemblyError(".origin \"x\\4\""),
      "f.s:1:11: error: expected two hexadecimal digits or '\\' after '\\'");
  EXPECT_EQ(assemblyError(".memory 0x10 123"),
            "f.s:1:14: error: expected bytes of two hexadecimal digits each");
  EXPECT_EQ(assemblyError(".memory 0x10"),
            "f.s:1:13: error: expected bytes in hexadecimal");
  EXPECT_EQ(assemblyError(".stored 0x10 4 crc=5"),
            "f.s:1:16: error: expected crc32=NUMBER, found 'crc=5'");
  // Whatever the word, the message stays short and printable.
  EXPECT_EQ(assemblyError(std::string(1000, '\xff')).size(),
            std::string("f.s:1:1: error: unknown statement '").size() + 60 * 3 +
                std::string("...'; did you mean 'write'?").size());
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// A file of that body, with right sizes and checksum.
std::string fileOf(llvm::StringRef body) {
  std::string file("EBLOG\0\1\0", 8);
  for (unsigned i = 0; i < 8; ++i)
    file += char(uint64_t(body.size()) >> (8 * i));
  file += body;
  uint32_t crc = storedChecksum(llvm::arrayRefFromStringRef(file));
  for (unsigned i = 0; i < 4; ++i)
    file += char(crc >> (8 * i));
  return file;
}

std::string bodyError(llvm::StringRef entries) {
  return decodingError(fileOf("\x10\x04"
                              "asic" +
                              entries.str()));
}

TEST(RegisterLogFile, Layout) {
  RegisterLog log(Description::asic());
  log.setOrigin("ab");
  log.write(0x10, 0x80);
  log.read(0x5c, 3);
  log.wait();
  log.setOrigin("ab");
  log.write(0x84, 1);
  log.addMemory(5, {7, 8});
  log.addStored(5, 2, 0x01020304);
  EXPECT_EQ(log.encode(), fileOf(std::string("\x10\x04"
                                             "asic"
                                             "\x41\x00\x02"
                                             "ab"
                                             "\x04\x80\x01"
                                             "\x37\x03"
                                             "\x40"
                                             "\x41\x00"
                                             "\x42\x84\x01\x01"
                                             "\x44\x05\x02\x07\x08"
                                             "\x45\x05\x02\x04\x03\x02\x01",
                                             35)));
  expectRoundTrips(log);
  expectRoundTrips(RegisterLog());
}

TEST(RegisterLogFile, Errors) {
  EXPECT_EQ(decodingError(""), "not a register log: expected it to begin with "
                               "\"EBLOG\\0\"");
  EXPECT_EQ(decodingError("write command matmul"), decodingError(""));
  RegisterLog log(Description::asic());
  log.write(0, 1);
  std::string file = log.encode();
  EXPECT_EQ(decodingError(llvm::StringRef(file).drop_back(1)),
            "register log with a body of 7 bytes; expected 8: the file is cut "
            "off");
  EXPECT_EQ(decodingError(file + "x"), "register log with a body of 9 bytes; "
                                       "expected 8: something follows it");
  EXPECT_EQ(decodingError(file.substr(0, 10)),
            "register log of 10 bytes; expected at least 20");
  std::string other = file;
  other[6] = 2;
  EXPECT_EQ(decodingError(other), "register log of version 2; expected 1");
  other = file;
  other[20] ^= 1;
  EXPECT_THAT(decodingError(other),
              HasSubstr("register log with the checksum"));

  EXPECT_EQ(decodingError(fileOf("")),
            "byte 16: expected 1 bytes of the width of addresses, found 0");
  EXPECT_EQ(decodingError(fileOf(llvm::StringRef("\x0d\0", 2))),
            "byte 16: expected addresses of 12 or 16 bits, found 13");
  EXPECT_EQ(bodyError("\x7f"), "byte 22: expected an entry, found 0x7f");
  EXPECT_EQ(bodyError("\x46"), "byte 22: expected an entry, found 0x46");
  EXPECT_THAT(bodyError("\x01"), HasSubstr("byte 23: a value: "));
  EXPECT_EQ(bodyError("\x01\x80\x80\x80\x80\x10"),
            "byte 23: expected a value up to 4294967295, found 4294967296");
  // Only one encoding of each log.
  EXPECT_EQ(bodyError(std::string("\x01\x81\x00", 3)),
            "byte 23: a value 1 in 2 bytes; expected 1");
  EXPECT_EQ(bodyError("\x42\x04\x01"), "byte 22: expected the offset of no "
                                       "register, found that of command");
  EXPECT_EQ(bodyError(std::string("\x41\0\1a\x41\1\1a", 8)),
            "byte 26: expected a new name of origin 1, found that of an "
            "earlier one");
  EXPECT_EQ(bodyError("\x41\x05"),
            "byte 23: expected the number of an origin up to 0, found 5");
  EXPECT_EQ(bodyError(std::string("\x44\x05\0", 3)),
            "byte 22: expected at least 1 byte of memory");
  EXPECT_EQ(bodyError("\x44\x05\x09\x01"),
            "byte 25: expected 9 bytes of memory, found 1");
}

//===----------------------------------------------------------------------===//
// Any log, any bytes
//===----------------------------------------------------------------------===//

class RandomLogs {
public:
  explicit RandomLogs(unsigned seed) : rng(seed) {}
  uint32_t below(uint32_t n) { return uint32_t(rng() % n); }
  uint32_t any() { return uint32_t(rng()) >> below(32); }

  RegisterLog log() {
    static constexpr const char *machines[] = {"asic", "rtl", "", "a\"\n\\;"};
    RegisterLog log(machines[below(4)], below(2) ? 12 : 16);
    for (unsigned i = below(60); i > 0; --i) {
      uint32_t offset = below(8) ? 4 * below(kNumRegisters) : any();
      switch (below(8)) {
      default:
        log.write(offset, any());
        break;
      case 1:
        log.read(offset, any());
        break;
      case 2:
        log.wait();
        break;
      case 3:
        log.setOrigin(bytes(below(3)));
        break;
      case 4: {
        std::string data = bytes(below(80));
        log.addMemory(uint64_t(any()) << below(33),
                      llvm::arrayRefFromStringRef(data));
        break;
      }
      case 5:
        log.addStored(uint64_t(any()) << below(33), any(), any());
        break;
      }
    }
    return log;
  }

  std::string bytes(unsigned size) {
    std::string text;
    for (unsigned i = 0; i < size; ++i)
      text += char(any());
    return text;
  }

private:
  std::mt19937 rng;
};

TEST(RegisterLogProperty, RandomLogsRoundTrip) {
  RandomLogs random(1);
  for (unsigned round = 0; round < 2000 && !testing::Test::HasFailure();
       ++round)
    expectRoundTrips(random.log());
}

TEST(RegisterLogProperty, DamagedFilesAreDecodedOrRefused) {
  RandomLogs random(2);
  unsigned refused = 0;
  for (unsigned round = 0; round < 5000; ++round) {
    std::string file = random.log().encode();
    // The body, so that the checksum does not catch it.
    std::string body = file.substr(16, file.size() - 20);
    for (unsigned i = 1 + random.below(4); i > 0; --i)
      switch (random.below(3)) {
      case 0:
        body[random.below(body.size())] = char(random.any());
        break;
      case 1:
        body.resize(random.below(body.size()) + 1);
        break;
      case 2:
        body.insert(random.below(body.size()), random.bytes(random.below(4)));
        break;
      }
    std::string damaged = fileOf(body);
    if (auto log = RegisterLog::decode(damaged)) {
      // What is accepted is some log, and the file is its only one.
      EXPECT_EQ(log->encode(), damaged);
      expectRoundTrips(*log);
    } else {
      EXPECT_NE(llvm::toString(log.takeError()), "");
      ++refused;
    }
  }
  EXPECT_GT(refused, 500u);
}

TEST(RegisterLogProperty, DamagedTextIsAssembledOrRefused) {
  RandomLogs random(3);
  unsigned refused = 0, accepted = 0;
  for (unsigned round = 0; round < 3000; ++round) {
    std::string text = textOf(random.log());
    static constexpr llvm::StringRef interesting("\";=|\\- \nx0;\r\xff");
    for (unsigned i = 1 + random.below(3); i > 0; --i) {
      size_t at = random.below(text.size());
      switch (random.below(3)) {
      case 0:
        text[at] = interesting[random.below(interesting.size())];
        break;
      case 1:
        text.erase(at, random.below(6));
        break;
      case 2:
        text.insert(at, text.substr(random.below(text.size()), 8));
        break;
      }
    }
    if (auto log = RegisterLog::assemble(text, "f.s")) {
      expectRoundTrips(*log);
      ++accepted;
    } else {
      EXPECT_THAT(llvm::toString(log.takeError()), testing::StartsWith("f.s:"));
      ++refused;
    }
  }
  EXPECT_GT(refused, 500u);
  EXPECT_GT(accepted, 100u);
}

} // namespace
