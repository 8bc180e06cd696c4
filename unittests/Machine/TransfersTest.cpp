//===- TransfersTest.cpp - lengths that the DMA moves exactly -------------===//

#include "edgebert/Machine/Transfers.h"

#include "edgebert/Machine/Machine.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

#include <cstring>
#include <random>

using namespace edgebert::machine;

namespace {

constexpr uint32_t kExternal = 0x10000;

/// Whether a machine moves the vectors and nothing else, by trying.
class Trial {
public:
  explicit Trial(const Description &desc) : machine(desc), external(1 << 19) {
    std::mt19937 random(7);
    for (uint8_t &byte : external)
      byte = uint8_t(random());
    initial = external;
    machine.attachMemory(external.data(), external.size(), kExternal);
  }

  bool load(MemoryKind kind, unsigned vectors) {
    clear();
    if (llvm::Error error = machine.load(kind, 0, kExternal, vectors)) {
      llvm::consumeError(std::move(error));
      return false;
    }
    std::vector<uint8_t> moved = bytes(kind);
    size_t size = sizeOf(kind, vectors);
    return size <= moved.size() &&
           std::memcmp(moved.data(), external.data(), size) == 0;
  }

  bool store(MemoryKind kind, unsigned vectors) {
    // The memory holds what lies in DRAM further up.
    const uint8_t *other = initial.data() + (1 << 17);
    std::memcpy(machine.mutableDataMemory(0).data(), other,
                machine.mutableDataMemory(0).size());
    std::memcpy(machine.mutableMaskMemory(0).data(), other,
                machine.mutableMaskMemory(0).size() * 2);
    std::vector<uint8_t> source = bytes(kind);
    llvm::Error error = machine.store(kind, 0, kExternal, 0, vectors);
    bool refused = bool(error);
    llvm::consumeError(std::move(error));
    size_t size = sizeOf(kind, vectors);
    bool exact = !refused && size <= source.size() &&
                 std::memcmp(external.data(), source.data(), size) == 0;
    std::memcpy(external.data(), initial.data(), 1 << 17);
    return exact;
  }

private:
  static size_t sizeOf(MemoryKind kind, unsigned vectors) {
    return size_t(vectors) * (kind == MemoryKind::Mask ? 2 : 16);
  }
  void clear() {
    for (uint8_t &byte : machine.mutableDataMemory(0))
      byte = 0;
    for (uint16_t &mask : machine.mutableMaskMemory(0))
      mask = 0;
  }
  std::vector<uint8_t> bytes(MemoryKind kind) {
    if (kind == MemoryKind::Data)
      return std::vector<uint8_t>(machine.mutableDataMemory(0).begin(),
                                  machine.mutableDataMemory(0).end());
    std::vector<uint8_t> result;
    for (uint16_t mask : machine.mutableMaskMemory(0)) {
      result.push_back(uint8_t(mask));
      result.push_back(uint8_t(mask >> 8));
    }
    return result;
  }

  Machine machine;
  std::vector<uint8_t> external, initial;
};

TEST(Transfers, ExactIsWhatTheMachineMoves) {
  Description shortBursts = Description::rtl();
  shortBursts.burstBeats = 24;
  Description oddBursts = Description::rtl();
  oddBursts.burstBeats = 7;
  Description small = Description::asic();
  small.dataBytes = 4096;
  small.maskBytes = 256;
  for (const Description &desc :
       {Description::rtl(), shortBursts, oddBursts, small}) {
    Trial trial(desc);
    for (MemoryKind kind : {MemoryKind::Data, MemoryKind::Mask})
      for (auto direction :
           {TransferDirection::Load, TransferDirection::Store}) {
        unsigned exact = 0, most = desc.burstBeats == 256 ? 2100 : 300;
        // Downwards, so that the next exact length is known.
        std::optional<unsigned> next;
        std::vector<std::optional<unsigned>> expected(most + 1);
        for (unsigned n = most; n > 0; --n) {
          bool moved = direction == TransferDirection::Load
                           ? trial.load(kind, n)
                           : trial.store(kind, n);
          if (moved) {
            next = n;
            ++exact;
          }
          expected[n] = next;
        }
        EXPECT_GT(exact, 1u);
        for (unsigned n = 1; n <= most; ++n)
          ASSERT_EQ(exactTransfer(desc, kind, direction, n), expected[n])
              << desc.name << ", bursts of " << desc.burstBeats << ", kind "
              << int(kind) << ", direction " << int(direction) << ": " << n;
      }
  }
}

TEST(Transfers, PublishedLimits) {
  // Fact sheet 6.
  Description rtl = Description::rtl();
  auto load = TransferDirection::Load, store = TransferDirection::Store;
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Data, load, 128), 128u);
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Data, load, 129), 256u);
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Data, load, 1920), 1920u);
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Data, load, 1921), std::nullopt);
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Data, store, 1024), 1024u);
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Data, store, 1025), std::nullopt);
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Mask, load, 1021), 1024u);
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Mask, load, 1025), std::nullopt);
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Aux, load, 128), 128u);
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Aux, load, 129), 256u);
  EXPECT_EQ(exactTransfer(rtl, MemoryKind::Aux, load, 257), std::nullopt);
  Description asic = Description::asic();
  EXPECT_EQ(exactTransfer(asic, MemoryKind::Data, load, 129), 129u);
  EXPECT_EQ(exactTransfer(asic, MemoryKind::Data, store, 4096), 4096u);
  EXPECT_EQ(exactTransfer(asic, MemoryKind::Data, store, 4097), std::nullopt);
}

TEST(Transfers, LoadsGoToBaseOutputIfTheMachineSaysSo) {
  for (bool destination : {false, true}) {
    Description desc;
    desc.dmaDestination = destination;
    Machine machine(desc);
    std::vector<uint8_t> external(256);
    for (size_t i = 0; i < external.size(); ++i)
      external[i] = uint8_t(i + 1);
    machine.attachMemory(external.data(), external.size(), kExternal);
    auto write = [&](Register reg, uint32_t value) {
      llvm::cantFail(machine.writeRegister(uint32_t(reg), value));
    };
    write(Register::FlipMem, 1);
    write(Register::BaseOutput, 0x1200);
    write(Register::InputReadBase, kExternal);
    write(Register::MaskReadBase, kExternal);
    write(Register::VectorCount, 3);
    for (Command command : {Command::MaskLoad, Command::InputLoad}) {
      write(Register::Command, uint32_t(command));
      llvm::cantFail(machine.wait());
    }
    uint32_t byte = destination ? 0x1200 : 0, row = destination ? 0x200 : 0;
    for (uint32_t i = 0; i < 64; ++i)
      EXPECT_EQ(machine.dataMemory(1)[byte + i], i + 1);
    for (uint32_t i = 0; i < 4; ++i)
      EXPECT_EQ(machine.maskMemory(1)[row + i], (2 * i + 1) | (2 * i + 2) << 8);
    // And nowhere else.
    EXPECT_EQ(llvm::count(machine.dataMemory(1), 0), 65536 - 64);
    EXPECT_EQ(llvm::count(machine.maskMemory(1), 0), 4096 - 4);
    // A destination near the end of a memory is checked.
    write(Register::BaseOutput, 0xfff0);
    llvm::Error error = machine.writeRegister(uint32_t(Register::Command),
                                              uint32_t(Command::InputLoad));
    EXPECT_EQ(bool(error), destination);
    llvm::consumeError(std::move(error));
  }
}

} // namespace
