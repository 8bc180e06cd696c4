//===- FuzzTest.cpp - no register sequence is undefined -------------------===//

#include "edgebert/Machine/Machine.h"

#include "gtest/gtest.h"

#include <chrono>
#include <random>

using namespace edgebert::machine;

namespace {

/// Random writes, mostly to real registers and with plausible values, so that
/// commands often run. What matters is what sanitizers and asserts say, and
/// that failures leave the machine usable.
class Fuzz : public testing::TestWithParam<const char *> {};

TEST_P(Fuzz, AnySequence) {
  std::mt19937 rng(12345);
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  std::vector<uint8_t> memory(1 << 16);
  for (uint8_t &byte : memory)
    byte = uint8_t(rng());
  uint64_t started = 0, refused = 0;
  for (unsigned round = 0;
       round < 400 && std::chrono::steady_clock::now() < deadline; ++round) {
    Machine m(llvm::cantFail(Description::named(GetParam())));
    m.attachMemory(memory.data(), memory.size(), 0x1000);
    for (uint16_t &mask : m.mutableMaskMemory(0))
      mask = uint16_t(rng());
    for (uint16_t &mask : m.mutableMaskMemory(1))
      mask = uint16_t(rng() | rng());
    for (uint8_t &code : m.mutableDataMemory(rng() % 2))
      code = uint8_t(rng());
    for (unsigned step = 0; step < 400; ++step) {
      uint32_t offset = 4 * (rng() % 32), value = uint32_t(rng());
      switch (rng() % 40) {
      case 0:
        offset = uint32_t(rng());
        break;
      case 1:
        if (llvm::Expected<uint32_t> read = m.readRegister(offset); !read)
          llvm::consumeError(read.takeError());
        continue;
      default:
        break;
      }
      switch (rng() % 4) {
      case 0:
        break;
      case 1:
        value = rng() % 3;
        break;
      default: {
        // A plausible value for the register.
        static constexpr uint32_t modes[] = {0x81, 4, 8, 16, 32, 0x800};
        static constexpr uint32_t bases[] = {0x1000, 0x8000, 0x10ff8, 0};
        if (offset == 0x04)
          value = rng() % 14;
        else if (offset == 0x10)
          value = 16 * (rng() % 6) | (16 * (rng() % 6)) << 10 |
                  (16 * (rng() % 6)) << 20;
        else if (offset == 0x20)
          value = (rng() % 6) | (rng() % 40) << 8 | (value & 0xffff0000);
        else if (offset == 0x54)
          value = (1u << rng() % 4) | (rng() % 4 == 0 ? 16 : 0);
        else if (offset == 0x58)
          value = modes[rng() % 6];
        else if (offset >= 0x28 && offset <= 0x3c)
          value = bases[rng() % 4];
        else if (offset == 0x40 || offset == 0x44)
          value = rng() % 64 * 4 + 3;
        else if (offset == 0x14 || offset == 0x18 || offset == 0x48)
          value &= 0x0fff0fff;
        else if (offset == 0x00)
          value = rng() % 8 == 0;
        break;
      }
      }
      if (llvm::Error error = m.writeRegister(offset, value)) {
        EXPECT_NE(llvm::toString(std::move(error)), "");
        ++refused;
      } else if (offset == 0x04) {
        ++started;
      }
      if (rng() % 2)
        if (llvm::Error error = m.wait())
          llvm::consumeError(std::move(error));
    }
  }
  // The generator reaches both.
  EXPECT_GT(started, 100u);
  EXPECT_GT(refused, 100u);
}

INSTANTIATE_TEST_SUITE_P(Both, Fuzz, testing::Values("rtl", "asic"));

} // namespace
