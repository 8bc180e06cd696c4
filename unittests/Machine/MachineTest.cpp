//===- MachineTest.cpp - whole operations through registers ---------------===//

#include "edgebert/Machine/Machine.h"
#include "edgebert/Machine/Timing.h"

#include "WorkedExample.h"

#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

#include <random>

using namespace edgebert::machine;

namespace {

using Codes = std::vector<uint8_t>;

Codes rowsOf(llvm::ArrayRef<const char *> rows) {
  Codes codes;
  for (const char *row : rows)
    llvm::append_range(codes, llvm::fromHex(row));
  return codes;
}

Codes beatsOf(llvm::ArrayRef<uint64_t> beats) {
  Codes bytes;
  for (uint64_t beat : beats)
    for (unsigned i = 0; i < 8; ++i)
      bytes.push_back(uint8_t(beat >> 8 * i));
  return bytes;
}

void write(Machine &machine, uint32_t offset, uint32_t value) {
  llvm::Error error = machine.writeRegister(offset, value);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
}

void command(Machine &machine, uint32_t value) {
  write(machine, 0x04, value);
  ASSERT_TRUE(machine.isBusy());
  ASSERT_FALSE(bool(machine.wait()));
}

void ok(llvm::Error error) {
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
}

class WorkedExample : public testing::TestWithParam<const char *> {};

TEST_P(WorkedExample, RegisterByRegister) {
  using namespace worked_example;
  Codes a = rowsOf(kA), b = rowsOf(kB), c = rowsOf(kC);
  Image imageA = pack(a.data(), 16, 16, Layout::Tiled);
  Image imageB = pack(b.data(), 16, 16, Layout::Tiled);
  EXPECT_EQ(imageA.maskBytes(), beatsOf(kMasksA));
  EXPECT_EQ(imageB.maskBytes(), beatsOf(kMasksB));
  EXPECT_EQ(imageA.data, rowsOf(kDataA));
  EXPECT_EQ(imageB.data, rowsOf(kDataB));

  Codes memory(8192);
  auto put = [&](size_t at, const Codes &bytes) {
    std::copy(bytes.begin(), bytes.end(), memory.begin() + at);
  };
  put(0x000, imageA.maskBytes());
  put(0x100, imageA.data);
  put(0x400, imageB.maskBytes());
  put(0x500, imageB.data);

  Machine m(llvm::cantFail(Description::named(GetParam())));
  const uint32_t dram = 0x80000000;
  m.attachMemory(memory.data(), memory.size(), dram);
  write(m, 0x48, 256);
  write(m, 0x50, 0);
  write(m, 0x58, 0x81);
  write(m, 0x0c, 0x00240000);
  write(m, 0x14, 0);
  write(m, 0x18, 0);
  write(m, 0x4c, 0);
  write(m, 0x08, 0);
  write(m, 0x28, dram);
  write(m, 0x40, 15);
  command(m, 1);
  write(m, 0x30, dram + 0x100);
  write(m, 0x40, 8);
  command(m, 3);
  write(m, 0x08, 1);
  write(m, 0x28, dram + 0x400);
  write(m, 0x40, 15);
  command(m, 1);
  write(m, 0x30, dram + 0x500);
  write(m, 0x40, 6);
  command(m, 3);
  write(m, 0x10, 0x01004010);
  command(m, 7);
  write(m, 0x4c, 1);
  write(m, 0x2c, dram + 0x1000);
  write(m, 0x40, 15);
  command(m, 2);
  write(m, 0x34, dram + 0x1400);
  write(m, 0x40, 14);
  command(m, 4);

  Image result;
  for (unsigned i = 0; i < 16; ++i)
    result.masks.push_back(
        uint16_t(memory[0x1000 + 2 * i] | memory[0x1001 + 2 * i] << 8));
  result.data.assign(memory.begin() + 0x1400, memory.begin() + 0x1400 + 240);
  EXPECT_EQ(result.masks,
            std::vector<uint16_t>(std::begin(kMasksC), std::end(kMasksC)));
  EXPECT_EQ(result.data, rowsOf(kDataC));
  EXPECT_EQ(unpack(result, 16, 16, Layout::Tiled), c);

  // The statistics add up.
  const Stats &s = m.stats();
  EXPECT_EQ(s.registerWrites, 30u);
  EXPECT_EQ(s[CycleKind::RegisterWrite], 150u);
  // Row 2 of B is zero: one of the tile's cycles, where a machine skips it.
  uint64_t compute = m.description().skipZeroVectors ? 65 : 66;
  EXPECT_EQ(s[CycleKind::Compute], compute);
  EXPECT_EQ(s[CycleKind::DmaRead], 2 * (16 + 6) + (18 + 6) + (14 + 6u));
  EXPECT_EQ(s[CycleKind::DmaWrite], (16 + 13) + (30 + 13u));
  EXPECT_EQ(s[CycleKind::Interrupt], 7 * 6u);
  EXPECT_EQ(s.totalCycles(), 150 + compute + 88 + 72 + 42);
  EXPECT_EQ(s.bytesIn, 32 + 144 + 32 + 112u);
  EXPECT_EQ(s.bytesOut, 32 + 240u);
  EXPECT_EQ(s.macs, 4096u);
  EXPECT_EQ(s.operandVectors, 32u);
  EXPECT_EQ(s.zeroOperandVectors, 2u);
  EXPECT_EQ(s.units.accumulatorWraps, 0u);
  EXPECT_EQ(s.commands[7], 1u);
  EXPECT_EQ(s.commands[1], 2u);
}

INSTANTIATE_TEST_SUITE_P(Both, WorkedExample, testing::Values("rtl", "asic"));

Codes randomCodes(size_t n, unsigned keepPercent, std::mt19937 &rng) {
  Codes codes(n);
  for (uint8_t &c : codes)
    c = rng() % 100 < keepPercent ? uint8_t(rng() % 0x50 | (rng() & 0x80)) : 0;
  return codes;
}

/// Puts an image into a decoder's memories at a stream base.
void place(Machine &machine, unsigned decoder, const Image &image,
           StreamBase at) {
  uint32_t row = at.base % machine.description().maskRows();
  std::copy(image.masks.begin(), image.masks.end(),
            machine.mutableMaskMemory(decoder).begin() + row);
  std::copy(image.data.begin(), image.data.end(),
            machine.mutableDataMemory(decoder).begin() +
                uint16_t(at.base - at.offset));
}

/// The matrix encoded at `base`.
Codes fetch(const Machine &machine, unsigned decoder, uint32_t base,
            unsigned rows, unsigned columns, Layout layout) {
  Image image;
  unsigned vectors = rows * columns / 16;
  image.masks = machine.maskMemory(decoder)
                    .slice(base % machine.description().maskRows(), vectors)
                    .vec();
  image.data = machine.dataMemory(decoder)
                   .slice(base, 16 * size_t(dataRows(image.masks)))
                   .vec();
  return unpack(image, rows, columns, layout);
}

TEST(Asic, MatmulThenSoftmaxInTheScratchpad) {
  // Scores in the matmul's layout feed softmax without leaving the chip.
  std::mt19937 rng(1);
  const unsigned rows = 32, columns = 48, depth = 64;
  Codes q = randomCodes(rows * depth, 70, rng),
        k = randomCodes(columns * depth, 70, rng),
        span = randomCodes(columns, 80, rng);
  for (uint8_t &c : span)
    c &= 0x7f;
  Machine m(Description::asic());
  StreamBase baseK{7, 7}, baseQ{100, uint16_t(100 - 40000)};
  place(m, 0, pack(k.data(), columns, depth, Layout::Tiled), baseK);
  place(m, 1, pack(q.data(), rows, depth, Layout::Tiled), baseQ);
  std::copy(span.begin(), span.end(), m.mutableAuxMemory().begin() + 32);

  MatmulConfig matmul;
  matmul.n0 = columns;
  matmul.n1 = rows;
  matmul.m = depth;
  matmul.accumRightShift = 10;
  matmul.adfAccumBias = 5;
  ok(m.runMatmul(matmul, {baseK, baseQ, 8192 + 1000, 0}));
  Codes scores(rows * columns);
  units::matmul(m.description(), matmul, k.data(), q.data(), scores.data());
  EXPECT_EQ(fetch(m, 0, 9192, rows, columns, Layout::Tiled), scores);

  SoftmaxConfig softmax{{columns / 16, rows}, 5, 4, 3};
  UnitPlacement place;
  place.input = {9192, 0};
  place.output = 20480 + 1200;
  place.layout = Layout::Tiled;
  ok(m.runSoftmax(softmax, place, 32));
  Codes expected(rows * columns);
  units::softmax(m.description(), softmax, scores.data(), span.data(),
                 expected.data());
  EXPECT_EQ(fetch(m, 0, 21680, rows, columns, Layout::Tiled), expected);
  EXPECT_EQ(m.stats()[CycleKind::Compute],
            timing::matmul(m.description(), columns, rows, depth) +
                timing::softmax(columns / 16, rows));
}

TEST(Asic, OperationsNeedNoResetBetween) {
  std::mt19937 rng(2);
  Machine m(Description::asic());
  for (unsigned trial = 0; trial < 5; ++trial) {
    unsigned n0 = 16 * (1 + unsigned(rng() % 4)),
             n1 = 16 * (1 + unsigned(rng() % 3)),
             depth = 16 * (1 + unsigned(rng() % 8));
    Codes a = randomCodes(n0 * depth, 100, rng),
          b = randomCodes(n1 * depth, 50, rng);
    place(m, 0, pack(a.data(), n0, depth, Layout::Tiled), {});
    place(m, 1, pack(b.data(), n1, depth, Layout::Tiled), {});
    MatmulConfig cfg;
    cfg.n0 = n0;
    cfg.n1 = n1;
    cfg.m = depth;
    cfg.accumRightShift = 12;
    cfg.adfAccumBias = 5;
    write(m, 0x58, kMatmulResetMode);
    write(m, 0x0c, 12u << 20 | 5u << 16);
    write(m, 0x10, n0 | n1 << 10 | depth << 20);
    write(m, 0x14, 0);
    write(m, 0x18, 0);
    write(m, 0x48, 40960 + 1024);
    write(m, 0x08, 1);
    command(m, 7);
    Codes expected(n0 * n1);
    units::matmul(m.description(), cfg, a.data(), b.data(), expected.data());
    EXPECT_EQ(fetch(m, 1, 41984, n1, n0, Layout::Tiled), expected);
  }
}

TEST(Asic, LongTransfersArriveWhole) {
  Codes memory(1 << 18);
  std::mt19937 rng(3);
  for (uint8_t &byte : memory)
    byte = uint8_t(rng());
  Machine m(Description::asic());
  m.attachMemory(memory.data(), memory.size());
  ok(m.load(MemoryKind::Data, 1, 1000, 4096));
  EXPECT_TRUE(std::equal(memory.begin() + 1000, memory.begin() + 66536,
                         m.dataMemory(1).begin()));
  EXPECT_EQ(m.stats()[CycleKind::DmaRead], 2 * 4096 + 6 + 5 * 31u);
  ok(m.load(MemoryKind::Mask, 0, 0, 4096));
  EXPECT_EQ(m.maskMemory(0)[4095], memory[8190] | memory[8191] << 8);
  ok(m.store(MemoryKind::Data, 1, 131072, 32, 4094));
  EXPECT_TRUE(std::equal(m.dataMemory(1).begin() + 32, m.dataMemory(1).end(),
                         memory.begin() + 131072));
  ok(m.load(MemoryKind::Aux, 0, 8, 256));
  EXPECT_TRUE(std::equal(m.auxMemory().begin(), m.auxMemory().end(),
                         memory.begin() + 8));
  ok(m.store(MemoryKind::Mask, 0, 200000, 4, 4092));
  EXPECT_TRUE(std::equal(memory.begin() + 200000,
                         memory.begin() + 200000 + 2 * 4092,
                         memory.begin() + 8));
}

TEST(Asic, InPlaceSoftmaxOfDenseRows) {
  // A result may take the place of an operand that has been read.
  std::mt19937 rng(4);
  Machine m(Description::asic());
  Codes x(64 * 8);
  for (uint8_t &c : x)
    c = uint8_t(0x41 + rng() % 16);
  Codes span(64, 0x70);
  std::copy(span.begin(), span.end(), m.mutableAuxMemory().begin());
  place(m, 0, pack(x.data(), 8, 64, Layout::RowMajor), {});
  SoftmaxConfig cfg{{4, 8}, 3, 3, 1};
  ok(m.runSoftmax(cfg, UnitPlacement(), 0));
  Codes expected(x.size());
  units::softmax(m.description(), cfg, x.data(), span.data(), expected.data());
  EXPECT_EQ(fetch(m, 0, 0, 8, 64, Layout::RowMajor), expected);
}

TEST(Asic, SkippedSoftmaxIsCheaper) {
  Machine m(Description::asic());
  UnitPlacement place;
  place.output = 4096 + 512;
  ok(m.runSoftmax({{8, 16}, 3, 3, 3}, place, 0)); // the span is zero
  EXPECT_EQ(m.stats()[CycleKind::Compute], timing::skippedSoftmax(8, 16));
  EXPECT_LT(timing::skippedSoftmax(8, 16), timing::softmax(8, 16));
}

TEST(Machine, HostWork) {
  Description desc = Description::asic();
  desc.host.copyCyclesPerByte = 0.5;
  desc.host.transposeCyclesPerByte = 2;
  desc.host.opCyclesPerElement = 7;
  desc.host.lookupCyclesPerElement = 4;
  desc.host.copyCyclesPerCall = 1;
  desc.host.transposeCyclesPerCall = 2;
  desc.host.opCyclesPerCall = 3;
  Machine m(desc);
  m.addHostWork(HostWork::Copy, 100);
  m.addHostWork(HostWork::Transpose, 100);
  m.addHostWork(HostWork::Op, 100);
  EXPECT_EQ(m.stats()[CycleKind::HostCopy], 51u);
  EXPECT_EQ(m.stats()[CycleKind::HostTranspose], 202u);
  EXPECT_EQ(m.stats()[CycleKind::HostOp], 703u);
  EXPECT_EQ(m.stats().totalCycles(), 956u);
  m.addHostWork(HostWork::Lookup, 100);
  EXPECT_EQ(m.stats()[CycleKind::HostOp], 1106u);
  EXPECT_EQ(m.stats().totalCycles(), 1359u);
  m.clearStats();
  EXPECT_EQ(m.stats().totalCycles(), 0u);
}

TEST(Machine, ObserverSeesTheTrace) {
  Machine m(Description::asic());
  std::string trace;
  m.setObserver([&](Machine::Access access, uint32_t offset, uint32_t value) {
    trace += (access == Machine::Access::Write  ? "w"
              : access == Machine::Access::Read ? "r"
                                                : "i") +
             std::to_string(offset) + "=" + std::to_string(value) + " ";
  });
  write(m, 0x48, 5);
  EXPECT_EQ(llvm::cantFail(m.readRegister(0x48)), 5u);
  llvm::consumeError(m.writeRegister(0x04, 99)); // failed: not in the trace
  write(m, 0x00, 1);
  EXPECT_EQ(llvm::cantFail(m.readRegister(0x48)), 0u);
  EXPECT_EQ(trace, "w72=5 r72=5 w0=1 r72=0 ");
}

TEST(Machine, ResetKeepsTheMemories) {
  Machine m(Description::asic());
  m.mutableDataMemory(0)[5] = 7;
  m.mutableMaskMemory(1)[5] = 8;
  m.mutableAuxMemory()[5] = 9;
  m.softReset();
  EXPECT_EQ(m.dataMemory(0)[5], 7);
  EXPECT_EQ(m.maskMemory(1)[5], 8);
  EXPECT_EQ(m.auxMemory()[5], 9);
}

TEST(Registers, FieldsTileTheirRegisters) {
  for (const Description &desc : {Description::rtl(), Description::asic()})
    for (unsigned i = 0; i < kNumRegisters; ++i) {
      EXPECT_FALSE(registerName(4 * i).empty());
      uint32_t seen = 0;
      for (const Field &field : fieldsOf(desc, Register(4 * i))) {
        uint32_t bits = field.mask() << field.lo;
        EXPECT_EQ(seen & bits, 0u) << field.name;
        seen |= bits;
        for (int64_t value : {field.min(), field.max()}) {
          EXPECT_TRUE(field.fits(value));
          EXPECT_EQ(field.extract(field.insert(~0u, value)), value);
          EXPECT_EQ(field.insert(~bits, value) | bits, ~0u);
        }
        EXPECT_FALSE(field.fits(field.max() + 1));
      }
    }
  EXPECT_EQ(AddressFields::of(12).baseInput1.lo, 16u);
  EXPECT_EQ(AddressFields::of(12).baseInput1.hi, 27u);
  EXPECT_EQ(AddressFields::of(16).baseInput1.hi, 31u);
  EXPECT_EQ(registerName(0x80), "");
  EXPECT_EQ(registerName(0x2), "");
  EXPECT_EQ(commandName(13), "");
}

} // namespace
