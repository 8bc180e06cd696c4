//===- FuzzTest.cpp - no register sequence is undefined -------------------===//

#include "edgebert/Machine/Machine.h"

#include "gtest/gtest.h"

#include <chrono>
#include <random>

using namespace edgebert::machine;

namespace {

class Generator {
public:
  explicit Generator(unsigned seed) : rng(seed) {}

  uint32_t below(uint32_t n) { return uint32_t(rng() % n); }
  uint32_t any() { return uint32_t(rng()); }
  template <typename T, size_t n>
  T oneOf(const T (&values)[n]) {
    return values[below(n)];
  }

  /// A value with which the register often makes sense.
  uint32_t plausible(Register reg) {
    static constexpr uint32_t modes[] = {0x81, 4, 8, 16, 32, 0x800, 0x204};
    static constexpr uint32_t external[] = {0x1000, 0x8000, 0x10ff8, 0};
    switch (reg) {
    case Register::SoftReset:
      return below(4) == 0;
    case Register::Command:
      return below(14);
    case Register::MatrixConfig:
      return 16 * below(6) | (16 * below(6)) << 10 | (16 * below(6)) << 20;
    case Register::GBControlConfig:
      return below(6) | below(40) << 8 | (any() & 0xffff0000);
    case Register::GBModeConfig:
      return 1u << below(4) | (below(4) == 0 ? kGBTiled : 0);
    case Register::ResetMode:
      return oneOf(modes);
    case Register::MaskReadBase:
    case Register::MaskWriteBase:
    case Register::InputReadBase:
    case Register::InputWriteBase:
    case Register::AuxReadBase:
    case Register::AuxWriteBase:
      return oneOf(external);
    case Register::VectorCount:
    case Register::AuxCount:
      return below(64) * 4 + 3;
    case Register::UseAxi:
    case Register::UseGB:
    case Register::FlipMem:
      return below(2);
    case Register::InputBufferConfig:
    case Register::BaseOffset:
    case Register::BaseOutput:
      return any() & 0x0fff0fff;
    default:
      return any();
    }
  }

  /// Register writes that start `command`, were it not for bad luck with
  /// their values.
  std::vector<std::pair<Register, uint32_t>> sequence(Command command) {
    std::vector<std::pair<Register, uint32_t>> writes;
    // A reset makes room on the one-shot machine, and forgets the entropy
    // that DVFS needs.
    if (command != Command::Dvfs && below(4) != 0)
      writes.push_back({Register::SoftReset, 1});
    for (unsigned i = 2; i < kNumRegisters; ++i)
      writes.push_back({Register(4 * i), plausible(Register(4 * i))});
    auto set = [&](Register reg, uint32_t value) {
      writes[writes.size() - kNumRegisters + index(reg)].second = value;
    };
    bool store = command == Command::MaskStore ||
                 command == Command::InputStore || command == Command::AuxStore;
    set(Register::UseAxi, store);
    set(Register::UseGB, command != Command::Matmul);
    if (command == Command::Matmul)
      set(Register::ResetMode, kMatmulResetMode);
    static constexpr Command units[] = {Command::LayerNorm, Command::Softmax,
                                        Command::ElemAdd, Command::Entropy};
    static constexpr uint32_t modes[][2] = {{kGBLayerNorm, kDecodeLayerNorm},
                                            {kGBSoftmax, kDecodeSoftmax},
                                            {kGBElemAdd, kDecodeElemAdd},
                                            {kGBEntropy, kDecodeEntropy}};
    for (unsigned i = 0; i < 4; ++i)
      if (command == units[i]) {
        set(Register::GBModeConfig, modes[i][0] | (below(3) == 0 ? 16 : 0));
        set(Register::ResetMode, modes[i][1] << (below(2) * kDecoder1Shift));
      }
    writes.push_back({Register::Command, uint32_t(command)});
    return writes;
  }

private:
  std::mt19937 rng;
};

/// What matters is what sanitizers and asserts say, and that every refusal has
/// a reason and leaves the machine usable.
class Fuzz : public testing::TestWithParam<const char *> {};

TEST_P(Fuzz, AnySequence) {
  Generator random(12345);
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(4);
  std::vector<uint8_t> memory(1 << 16);
  for (uint8_t &byte : memory)
    byte = uint8_t(random.any());
  uint64_t started[kNumCommands] = {}, refused = 0;
  for (unsigned round = 0;
       round < 1000 && std::chrono::steady_clock::now() < deadline; ++round) {
    Machine m(llvm::cantFail(Description::named(GetParam())));
    m.attachMemory(memory.data(), memory.size(), 0x1000);
    for (unsigned decoder = 0; decoder < 2; ++decoder) {
      for (uint16_t &mask : m.mutableMaskMemory(decoder))
        mask = uint16_t(random.any() & random.any());
      for (uint8_t &code : m.mutableDataMemory(decoder))
        code = uint8_t(random.any());
    }
    auto write = [&](uint32_t offset, uint32_t value) {
      if (llvm::Error error = m.writeRegister(offset, value)) {
        EXPECT_NE(llvm::toString(std::move(error)), "");
        ++refused;
      } else if (offset == uint32_t(Register::Command)) {
        ++started[value];
      }
    };
    auto wait = [&] {
      if (llvm::Error error = m.wait())
        llvm::consumeError(std::move(error));
    };
    for (unsigned step = 0; step < 200; ++step) {
      switch (random.below(4)) {
      case 0:
        for (auto [reg, value] : random.sequence(Command(1 + random.below(12))))
          // Now and then something else in between.
          write(random.below(200) == 0 ? random.any() : uint32_t(reg), value);
        if (random.below(4) != 0)
          wait();
        break;
      case 1: {
        auto reg = Register(4 * random.below(kNumRegisters));
        write(uint32_t(reg), random.plausible(reg));
        break;
      }
      case 2:
        write(4 * random.below(40), random.any());
        break;
      case 3:
        if (auto value = m.readRegister(4 * random.below(40)); !value)
          llvm::consumeError(value.takeError());
        wait();
        break;
      }
    }
  }
  EXPECT_GT(refused, 100u);
  // The generator reaches every command.
  for (unsigned command = 1; command < kNumCommands; ++command)
    EXPECT_GT(started[command], 3u) << commandName(command).str();
}

INSTANTIATE_TEST_SUITE_P(Both, Fuzz, testing::Values("rtl", "asic"));

} // namespace
