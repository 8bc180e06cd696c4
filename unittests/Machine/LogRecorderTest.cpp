//===- LogRecorderTest.cpp - record a machine, replay the log -------------===//

#include "WorkedExample.h"

#include "edgebert/Machine/LogRecorder.h"

#include "llvm/ADT/StringExtras.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace edgebert::machine;
using testing::HasSubstr;

namespace {

/// The worked example's matmul as a host would do it, on data that it puts
/// into external memory: operand 0's masks at 0x1000, its data at 0x1100,
/// operand 1's at 0x1200 and 0x1300; results at 0x1400 and 0x1500.
class Host {
public:
  explicit Host(const Description &desc) : machine(desc), memory(0x800, 0xee) {
    machine.attachMemory(memory.data(), memory.size(), 0x1000);
    putMasks(0x1000, worked_example::kMasksA);
    putData(0x1100, worked_example::kDataA);
    putMasks(0x1200, worked_example::kMasksB);
    putData(0x1300, worked_example::kDataB);
  }

  void write(Register reg, uint32_t value) {
    llvm::cantFail(machine.writeRegister(uint32_t(reg), value));
  }
  void run(Command command) {
    write(Register::Command, uint32_t(command));
    llvm::cantFail(machine.wait());
  }
  void load(unsigned decoder, uint32_t masks, uint32_t data, unsigned rows) {
    write(Register::FlipMem, decoder);
    write(Register::MaskReadBase, masks);
    write(Register::VectorCount, 15);
    run(Command::MaskLoad);
    write(Register::InputReadBase, data);
    write(Register::VectorCount, rows - 1);
    run(Command::InputLoad);
  }
  void matmul() {
    write(Register::SoftReset, 1);
    load(0, 0x1000, 0x1100, 9);
    load(1, 0x1200, 0x1300, 7);
    write(Register::ResetMode, kMatmulResetMode);
    write(Register::AccelConfig, 0x00240000);
    write(Register::MatrixConfig, 0x01004010);
    write(Register::InputBufferConfig, 0);
    write(Register::BaseOffset, 0);
    write(Register::BaseOutput, 256);
    run(Command::Matmul);
  }
  void store() {
    write(Register::UseAxi, 1);
    write(Register::MaskWriteBase, 0x1400);
    write(Register::VectorCount, 15);
    run(Command::MaskStore);
    write(Register::InputWriteBase, 0x1500);
    write(Register::VectorCount, 14);
    run(Command::InputStore);
    llvm::cantFail(machine.readRegister(uint32_t(Register::VectorCount)));
  }

  Machine machine;
  std::vector<uint8_t> memory;

private:
  template <size_t n>
  void putMasks(uint32_t address, const uint64_t (&beats)[n]) {
    for (unsigned i = 0; i < 8 * n; ++i)
      memory[address - 0x1000 + i] = uint8_t(beats[i / 8] >> (8 * (i % 8)));
  }
  template <size_t n>
  void putData(uint32_t address, const char *const (&rows)[n]) {
    for (unsigned i = 0; i < n; ++i)
      llvm::copy(llvm::fromHex(rows[i]),
                 memory.begin() + address - 0x1000 + 16 * i);
  }
};

RegisterLog recordExample(const Description &desc) {
  Host host(desc);
  LogRecorder recorder(host.machine);
  host.machine.setOrigin("/layer/MatMul");
  host.matmul();
  host.machine.setOrigin("/layer/Add");
  host.store();
  return recorder.getLog();
}

TEST(LogRecorder, RecordsAccessesOriginsAndMemory) {
  RegisterLog log = recordExample(Description::asic());
  using Kind = RegisterLog::Kind;
  EXPECT_EQ(log.count(Kind::Origin), 2u);
  EXPECT_EQ(log.getOrigin(log.getEntries()[0]), "/layer/MatMul");
  EXPECT_EQ(log.count(Kind::Write), 29u);
  EXPECT_EQ(log.count(Kind::Read), 1u);
  EXPECT_EQ(log.count(Kind::Wait), 7u);
  EXPECT_EQ(log.count(Kind::Stored), 2u);
  // Each byte of the operands once, in lines of at most 64.
  uint64_t bytes = 0;
  for (const RegisterLog::Entry &entry : log.getEntries())
    if (entry.kind == Kind::Memory) {
      EXPECT_LE(entry.size, 64u);
      bytes += entry.size;
    }
  EXPECT_EQ(bytes, 2 * 32u + (9 + 7) * 16u);
}

TEST(LogRecorder, ReplayIsTheSame) {
  for (const Description &desc : {Description::asic(), Description::rtl()}) {
    Host host(desc);
    host.matmul();
    host.store();
    auto result = llvm::cantFail(replay(recordExample(desc), desc));
    EXPECT_EQ(result.writes, 29u);
    EXPECT_EQ(result.reads, 1u);
    EXPECT_EQ(result.waits, 7u);
    EXPECT_EQ(result.stores, 2u);
    EXPECT_EQ(result.differences, 0u) << result.firstDifference;
    EXPECT_EQ(result.cycles, host.machine.stats().totalCycles());
  }
}

TEST(LogRecorder, MemoryIsRecordedWhenItChanges) {
  Host host(Description::asic());
  LogRecorder recorder(host.machine);
  host.matmul();
  size_t first = recorder.getLog().count(RegisterLog::Kind::Memory);
  host.matmul();
  EXPECT_EQ(recorder.getLog().count(RegisterLog::Kind::Memory), first);
  // Two bytes between which there are 10.
  host.memory[0x105] ^= 1;
  host.memory[0x110] ^= 1;
  host.matmul();
  EXPECT_EQ(recorder.getLog().count(RegisterLog::Kind::Memory), first + 1);
  // What a store left needs no entry, until the host changes it.
  host.store();
  host.write(Register::UseAxi, 0);
  host.load(0, 0x1400, 0x1500, 15);
  EXPECT_EQ(recorder.getLog().count(RegisterLog::Kind::Memory), first + 1);
  auto result =
      llvm::cantFail(replay(recorder.getLog(), host.machine.description()));
  EXPECT_EQ(result.differences, 0u) << result.firstDifference;
}

TEST(LogRecorder, ReplayFindsDifferences) {
  RegisterLog log = recordExample(Description::asic()), other(log);
  // The same log with another operand, result and read.
  other = RegisterLog(Description::asic());
  for (const RegisterLog::Entry &entry : log.getEntries()) {
    switch (entry.kind) {
    case RegisterLog::Kind::Write:
      other.write(uint32_t(entry.address), entry.value);
      break;
    case RegisterLog::Kind::Read:
      other.read(uint32_t(entry.address), entry.value + 1);
      break;
    case RegisterLog::Kind::Wait:
      other.wait();
      break;
    case RegisterLog::Kind::Origin:
      other.setOrigin(log.getOrigin(entry));
      break;
    case RegisterLog::Kind::Memory: {
      std::vector<uint8_t> bytes = log.getBytes(entry).vec();
      bytes[0] ^= entry.address == 0x1100;
      other.addMemory(entry.address, bytes);
      break;
    }
    case RegisterLog::Kind::Stored:
      other.addStored(entry.address, entry.size, entry.value);
      break;
    }
  }
  auto result = llvm::cantFail(replay(other, Description::asic()));
  EXPECT_EQ(result.differences, 2u);
  EXPECT_THAT(result.firstDifference,
              HasSubstr("(.stored 0x00001500 240 crc32=0x"));
  EXPECT_THAT(result.firstDifference, HasSubstr(", of /layer/Add): found "
                                                "other bytes, crc32=0x"));
}

TEST(LogRecorder, ReplayErrors) {
  auto error = [](llvm::StringRef text, const Description &desc) {
    auto log = RegisterLog::assemble(text, "f.s");
    auto result = replay(llvm::cantFail(std::move(log)), desc);
    return result ? "no error" : llvm::toString(result.takeError());
  };
  EXPECT_THAT(
      error(".origin \"/a\"\nwrite command matmul", Description::asic()),
      HasSubstr("entry 1 (write command matmul, of /a): command 7 "
                "(matmul) without its configuration"));
  EXPECT_THAT(error("wait", Description::asic()),
              HasSubstr("entry 0 (wait): wait for an interrupt"));
  EXPECT_THAT(error("read 0x80 0", Description::asic()),
              HasSubstr("entry 0 (read 0x00000080 0x00000000): no register"));
  EXPECT_THAT(error("write aux_count m_1_aux=3\nwrite aux_read_base 0\n"
                    "write command aux_load",
                    Description::asic()),
              HasSubstr("no external memory is attached"));
  EXPECT_THAT(error(".memory 0xffffffff 0000", Description::asic()),
              HasSubstr("expected them below 0x100000000"));
  EXPECT_THAT(error(".stored 0xffffffffffffffff 18446744073709551615 crc32=0",
                    Description::asic()),
              HasSubstr("expected them below 0x100000000"));
}

TEST(LogRecorder, DetachesItself) {
  Host host(Description::asic());
  {
    LogRecorder recorder(host.machine);
  }
  host.matmul();
  host.store();
}

} // namespace
