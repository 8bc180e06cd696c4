//===- ErrorsTest.cpp - every refusal and its message ---------------------===//

#include "edgebert/Machine/Machine.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace edgebert::machine;
using testing::HasSubstr;

namespace {

std::string message(llvm::Error error) {
  return llvm::toString(std::move(error));
}
template <typename T>
std::string message(llvm::Expected<T> value) {
  return value ? "" : llvm::toString(value.takeError());
}

class Errors : public testing::Test {
protected:
  void write(uint32_t offset, uint32_t value) {
    ASSERT_EQ(message(m.writeRegister(offset, value)), "");
  }
  std::string start(uint32_t command) {
    return message(m.writeRegister(0x04, command));
  }
  /// All registers of a 16 x 16 x 16 matmul.
  void configureMatmul() {
    write(0x58, 0x81);
    write(0x0c, 0);
    write(0x10, 0x01004010);
    write(0x14, 0);
    write(0x18, 0);
    write(0x48, 1024);
  }
  /// All registers of a unit of 2 vectors and 16 timesteps.
  void configureUnit(uint32_t gbMode, uint32_t resetMode) {
    write(0x50, 1);
    write(0x54, gbMode);
    write(0x58, resetMode);
    write(0x1c, 0);
    write(0x20, 2 | 16 << 8);
    write(0x24, 1 << 16);
    write(0x14, 0);
    write(0x18, 0);
    write(0x48, 4096 + 1024);
  }

  Machine m{Description::asic()};
};

TEST_F(Errors, Registers) {
  EXPECT_EQ(message(m.writeRegister(0x80, 1)),
            "no register at offset 0x80; registers are at 0x0 to 0x7c");
  EXPECT_EQ(message(m.writeRegister(0x0e, 1)),
            "register offset 0xe is not a multiple of 4; the nearest register "
            "is accel_config (0xc)");
  EXPECT_EQ(message(m.writeRegister(0xffffffff, 1)),
            "register offset 0xffffffff is not a multiple of 4; the nearest "
            "register is ldo_d (0x7c)");
  EXPECT_THAT(message(m.readRegister(0x84)), HasSubstr("no register"));
}

TEST_F(Errors, Commands) {
  EXPECT_THAT(start(0), HasSubstr("unknown command 0 written to command "
                                  "(0x4)"));
  EXPECT_THAT(start(13), HasSubstr("commands are 1 to 12"));
  EXPECT_EQ(message(m.wait()),
            "wait for an interrupt while no command is running: the host would "
            "hang; write a command (1 to 12) to command (0x4) first");
  write(0x58, 0x81);
  write(0x10, 0x01004010);
  EXPECT_EQ(start(7),
            "command 7 (matmul) without its configuration since the reset: the "
            "chip would wait forever; missing: accel_config (0xc), "
            "input_buffer_config (0x14), base_offset (0x18), base_output "
            "(0x48)");
  EXPECT_FALSE(m.isBusy());
}

TEST_F(Errors, EveryCommandNeedsItsRegisters) {
  for (uint32_t command = 1; command <= 12; ++command)
    EXPECT_THAT(start(command), HasSubstr("missing: ")) << command;
}

TEST_F(Errors, ResetForgetsTheConfiguration) {
  configureMatmul();
  write(0x00, 1);
  EXPECT_THAT(start(7), HasSubstr("missing: accel_config"));
}

TEST_F(Errors, WriteWhileBusy) {
  configureMatmul();
  ASSERT_EQ(start(7), "");
  EXPECT_EQ(message(m.writeRegister(0x48, 16)),
            "write of 0x10 to base_output (0x48) while command 7 (matmul) is "
            "running; wait for its interrupt first");
  EXPECT_EQ(message(m.readRegister(0x48)), "");
  EXPECT_EQ(message(m.wait()), "");
  EXPECT_EQ(message(m.writeRegister(0x48, 16)), "");
}

TEST_F(Errors, MatmulRouting) {
  configureMatmul();
  write(0x4c, 1);
  EXPECT_THAT(start(7), HasSubstr("use_axi of use_axi (0x4c) = 1; expected 0"));
  write(0x4c, 0);
  write(0x50, 1);
  EXPECT_THAT(start(7), HasSubstr("use_gb of use_gb (0x50) = 1; expected 0"));
  write(0x50, 0);
  write(0x58, 0x82);
  EXPECT_THAT(start(7), HasSubstr("mode of decoder 0 of reset_mode (0x58) = 2; "
                                  "expected 1"));
  write(0x58, 0x41);
  EXPECT_THAT(start(7), HasSubstr("mode of decoder 1 of reset_mode (0x58) = 1; "
                                  "expected 2"));
}

TEST_F(Errors, UnitRouting) {
  configureUnit(kGBSoftmax, kDecodeSoftmax);
  ASSERT_EQ(start(9), "");
  ASSERT_EQ(message(m.wait()), "");
  EXPECT_THAT(start(8), HasSubstr("gb_mode of gb_mode_config (0x54) = 2; "
                                  "expected 1"));
  write(0x08, 1);
  EXPECT_THAT(start(9), HasSubstr("mode of decoder 1 of reset_mode (0x58) = 0; "
                                  "expected 8"));
  write(0x50, 0);
  EXPECT_THAT(start(9), HasSubstr("use_gb"));
  Machine rtl(Description::rtl());
  for (auto [offset, value] : {std::pair{0x50u, 1u},
                               {0x54u, kGBSoftmax | kGBTiled},
                               {0x58u, 8u},
                               {0x1cu, 0u},
                               {0x20u, 0x1001u},
                               {0x14u, 0u},
                               {0x18u, 0u},
                               {0x48u, 512u}})
    ASSERT_EQ(message(rtl.writeRegister(offset, value)), "");
  EXPECT_THAT(message(rtl.writeRegister(4, 9)),
              HasSubstr("units know no tiled layout"));
}

TEST_F(Errors, Dimensions) {
  configureMatmul();
  write(0x10, 0x01004011);
  EXPECT_EQ(start(7), "N0 = 17 of matrix_config (0x10); expected a multiple of "
                      "16 in 16..1008; the nearest is 32");
  write(0x10, 0x01000010);
  EXPECT_THAT(start(7), HasSubstr("N1 = 0 of matrix_config"));
  write(0x10, 0xfff04010);
  EXPECT_EQ(start(7), "M = 4095 of matrix_config (0x10); expected a multiple "
                      "of 16 in 16..4080; the nearest is 4080");
  configureUnit(kGBLayerNorm, kDecodeLayerNorm);
  write(0x20, 2);
  EXPECT_EQ(start(8), "layer norm with num_timestep = 0 of gb_control_config "
                      "(0x20); expected 1..255");
  write(0x20, 0x100);
  EXPECT_THAT(start(8), HasSubstr("num_vector = 0"));
  write(0x54, kGBLayerNorm | kGBTiled);
  write(0x20, 2 | 17 << 8);
  EXPECT_THAT(start(8),
              HasSubstr("tiled layout with num_timestep = 17; expected a "
                        "multiple of 16, as 32"));
}

TEST_F(Errors, StreamsPastTheEnd) {
  configureMatmul();
  write(0x14, 4090u);
  EXPECT_EQ(start(7), "operand 0 has 16 vectors from mask row 4090 (base 4090) "
                      "on, past the end of the mask memory of decoder 0 (4096 "
                      "rows); at most 6 fit");
  std::fill(m.mutableMaskMemory(0).begin(), m.mutableMaskMemory(0).end(),
            uint16_t(0xffff));
  write(0x14, 65408u - 65408u % 4096u + 128u); // row 128, byte 61568
  write(0x18, uint16_t(61568 - 65520));
  EXPECT_EQ(start(7),
            "operand 0 has 16 data rows from byte 65520 on, past the end of "
            "the data memory (65536 bytes); at most 1 fit");
  write(0x14, 0);
  write(0x18, 0);
  write(0x48, 4095);
  EXPECT_EQ(start(7), "the result has 16 vectors from mask row 4095 on "
                      "(base_output = 4095), past the end of the mask memory "
                      "(4096 rows); at most 1 fit");
  std::fill(m.mutableMaskMemory(1).begin(), m.mutableMaskMemory(1).end(),
            uint16_t(0xffff));
  std::fill(m.mutableDataMemory(0).begin(), m.mutableDataMemory(0).end(), 0x11);
  std::fill(m.mutableDataMemory(1).begin(), m.mutableDataMemory(1).end(), 0x11);
  write(0x0c, 5u << 16);
  write(0x48, 65408);
  EXPECT_EQ(start(7),
            "the result has 16 data rows from byte 65408 on, past the end of "
            "the data memory (65536 bytes); at most 8 fit");
  configureUnit(kGBSoftmax, kDecodeSoftmax);
  write(0x20, 255 | 1 << 8);
  write(0x1c, 127);
  EXPECT_EQ(start(9), "the attention span has 255 vectors from byte 2032 on, "
                      "past the end of the auxiliary memory (4096 bytes); at "
                      "most 129 fit");
}

TEST_F(Errors, ResultOverOperand) {
  configureMatmul();
  std::fill(m.mutableMaskMemory(1).begin(), m.mutableMaskMemory(1).end(),
            uint16_t(0xffff));
  std::fill(m.mutableDataMemory(1).begin(), m.mutableDataMemory(1).end(), 0x11);
  m.mutableMaskMemory(0)[0] = 0xffff;
  std::fill(m.mutableDataMemory(0).begin(), m.mutableDataMemory(0).end(), 0x11);
  write(0x0c, 5u << 16);
  write(0x08, 1);
  // One pair of blocks: everything has been read before anything is written.
  write(0x48, 0);
  ASSERT_EQ(start(7), "");
  ASSERT_EQ(message(m.wait()), "");
  // Two blocks of operand 0: operand 1 is read twice.
  std::fill(m.mutableMaskMemory(1).begin(), m.mutableMaskMemory(1).end(),
            uint16_t(0xffff));
  write(0x10, 0x01004020);
  EXPECT_THAT(start(7),
              HasSubstr("the result would overwrite operand 1 before it is "
                        "read: result in rows 0..31 of the mask memory, "
                        "operand in 0..15, first conflict at 0"));
  // Row 32 is free, byte 32 is not.
  write(0x48, 32);
  EXPECT_THAT(start(7), HasSubstr("of the data memory, operand in 0..255, "
                                  "first conflict at 32; move base_output"));
  // To the other decoder.
  write(0x08, 0);
  write(0x48, 1024);
  EXPECT_EQ(start(7), "");
}

TEST_F(Errors, FailedCommandChangesNothing) {
  configureMatmul();
  m.mutableMaskMemory(0)[0] = 0xffff;
  m.mutableMaskMemory(1)[0] = 0xffff;
  std::fill(m.mutableDataMemory(0).begin(), m.mutableDataMemory(0).end(), 0x55);
  std::fill(m.mutableDataMemory(1).begin(), m.mutableDataMemory(1).end(), 0x55);
  write(0x48, 4090);
  Stats before = m.stats();
  auto data = m.dataMemory(0).vec();
  EXPECT_NE(start(7), "");
  EXPECT_EQ(m.dataMemory(0).vec(), data);
  EXPECT_EQ(m.stats().macs, before.macs);
  EXPECT_TRUE(m.stats().units == before.units);
  EXPECT_EQ(m.stats()[CycleKind::Compute], 0u);
  EXPECT_FALSE(m.isBusy());
}

TEST_F(Errors, Dma) {
  std::vector<uint8_t> memory(4096);
  EXPECT_EQ(message(m.load(MemoryKind::Data, 0, 0, 1)),
            "data load of external bytes 0x0..0xf, but no external memory is "
            "attached");
  m.attachMemory(memory.data(), memory.size(), 0x1000);
  EXPECT_EQ(message(m.load(MemoryKind::Data, 0, 0x1ff8, 1)),
            "data load of external bytes 0x1ff8..0x2007, outside the external "
            "memory 0x1000..0x1fff");
  EXPECT_THAT(message(m.load(MemoryKind::Aux, 0, 0xff8, 1)),
              HasSubstr("auxiliary load of external bytes 0xff8..0x1007"));
  EXPECT_EQ(message(m.load(MemoryKind::Mask, 0, 0x1000, 6)),
            "mask load of 6 rows (M_1 of vector_count (0x40) = 5); expected a "
            "multiple of 4, the rows of a beat: use 8");
  EXPECT_THAT(message(m.load(MemoryKind::Data, 0, 0x1000, 0)),
              HasSubstr("0 vectors"));
  EXPECT_EQ(message(m.store(MemoryKind::Data, 0, 0x1000, 65520, 2)),
            "data store up to byte 65551 of the data memory, which ends at "
            "65535");
  EXPECT_EQ(message(m.store(MemoryKind::Mask, 0, 0x1000, 4092, 8)),
            "mask store up to row 4099 of the mask memory, which ends at 4095");
  write(0x34, 0x1000);
  write(0x40, 0);
  write(0x48, 0);
  EXPECT_THAT(start(4), HasSubstr("command 4 (input_store) with use_axi of "
                                  "use_axi (0x4c) = 0; expected 1"));
}

TEST_F(Errors, Dvfs) {
  for (uint32_t offset = 0x64; offset <= 0x7c; offset += 4)
    write(offset, 0);
  write(0x24, 0);
  EXPECT_THAT(start(12),
              HasSubstr("without an entropy result since the reset"));
  configureUnit(kGBEntropy, kDecodeEntropy);
  write(0x24, 0);
  ASSERT_EQ(start(11), "");
  ASSERT_EQ(message(m.wait()), "");
  EXPECT_THAT(start(12), HasSubstr("enpy_scale of entropy_config (0x24) = 0"));
  write(0x24, 1 << 16);
  EXPECT_EQ(start(12), "");
}

TEST_F(Errors, DirectCallsCheckTheirBiases) {
  EXPECT_EQ(message(m.runAdd({{1, 1}, 8, 0, 0}, UnitPlacement())),
            "a bias of elem_add = 8; expected an exponent bias in 0..7");
  MatmulConfig cfg;
  cfg.accumRightShift = 32;
  EXPECT_EQ(message(m.runMatmul(cfg, MatmulPlacement())),
            "accum_right_shift = 32; expected 0..31");
  EXPECT_EQ(message(m.runDvfs({0, 0, {}, {}})),
            "enpy_scale of entropy_config (0x24) = 0: the entropy is divided "
            "by it; expected 1..255");
}

TEST(RtlErrors, WaitingForever) {
  Machine m(Description::rtl());
  ASSERT_EQ(message(m.writeRegister(0x58, 0x81)), "");
  // Accepted, as the chip accepts it; it is the wait that never ends.
  ASSERT_EQ(message(m.writeRegister(4, 7)), "");
  std::string expected =
      "command 7 (matmul): the chip would wait forever: the encoder has no "
      "base_output (0x48); the mask reader of decoder 0 has no "
      "input_buffer_config (0x14); decoder 0 needs for each operation, after "
      "reset_mode (0x58), a new input_buffer_config (0x14), base_offset "
      "(0x18); the mask reader of decoder 1 has no input_buffer_config (0x14); "
      "decoder 1 needs for each operation, after reset_mode (0x58), a new "
      "input_buffer_config (0x14), base_offset (0x18); write 1 to soft_reset "
      "(0x0) and configure it again";
  EXPECT_EQ(message(m.wait()), expected);
  EXPECT_EQ(message(m.wait()), expected);
  EXPECT_TRUE(m.isBusy());
  EXPECT_EQ(message(m.writeRegister(0x48, 0)),
            "write of 0x0 to base_output (0x48) while command 7 (matmul) waits "
            "forever; write 1 to soft_reset (0x0)");
  ASSERT_EQ(message(m.writeRegister(0, 1)), "");
  EXPECT_FALSE(m.isBusy());
  for (auto [offset, value] : {std::pair{0x58u, 0x81u},
                               {0x10u, 0x01004010u},
                               {0x14u, 0u},
                               {0x18u, 0u},
                               {0x48u, 1024u},
                               {0x04u, 7u}})
    ASSERT_EQ(message(m.writeRegister(offset, value)), "");
  EXPECT_EQ(message(m.wait()), "");
}

} // namespace
