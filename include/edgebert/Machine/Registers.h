//===- Registers.h - the register map ---------------------------*- C++ -*-===//
//
// The one definition of register offsets, bit fields and commands (fact sheet
// 3.1, 3.2), for the simulator, the compiler and the disassembler.
//
// The machines differ in the width of base addresses. With 12 bits (rtl) a
// base's two fields sit at bits 11:0 and 27:16, as published. With 16 bits
// (asic) they are 15:0 and 31:16, and base_output and M_1 have 16 bits too.
//
// A base is a mask row and a data byte at once: a stream at `base` has its
// masks from row base mod (number of mask rows), its data from byte
// base - offset.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_REGISTERS_H
#define EDGEBERT_MACHINE_REGISTERS_H

#include "edgebert/Machine/Description.h"

#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace edgebert::machine {

/// Byte offsets of the registers.
enum class Register : uint32_t {
  SoftReset = 0x00,
  Command = 0x04,
  FlipMem = 0x08,
  AccelConfig = 0x0c,
  MatrixConfig = 0x10,
  InputBufferConfig = 0x14,
  BaseOffset = 0x18,
  PeriphConfig = 0x1c,
  GBControlConfig = 0x20,
  EntropyConfig = 0x24,
  MaskReadBase = 0x28,
  MaskWriteBase = 0x2c,
  InputReadBase = 0x30,
  InputWriteBase = 0x34,
  AuxReadBase = 0x38,
  AuxWriteBase = 0x3c,
  VectorCount = 0x40,
  AuxCount = 0x44,
  BaseOutput = 0x48,
  UseAxi = 0x4c,
  UseGB = 0x50,
  GBModeConfig = 0x54,
  ResetMode = 0x58,
  Status = 0x5c,
  MacWidth = 0x60,
  DcoA = 0x64,
  DcoB = 0x68,
  DcoC = 0x6c,
  LdoA = 0x70,
  LdoB = 0x74,
  LdoC = 0x78,
  LdoD = 0x7c,
};

inline constexpr unsigned kNumRegisters = 32;
inline constexpr unsigned index(Register r) { return unsigned(r) / 4; }

/// What a write to Register::Command starts.
enum class Command : uint32_t {
  MaskLoad = 1,
  MaskStore = 2,
  InputLoad = 3,
  InputStore = 4,
  AuxLoad = 5,
  AuxStore = 6,
  Matmul = 7,
  LayerNorm = 8,
  Softmax = 9,
  ElemAdd = 10,
  Entropy = 11,
  Dvfs = 12,
};

inline constexpr unsigned kNumCommands = 13;

/// Bits of gb_mode_config.
enum GBMode : uint32_t {
  kGBLayerNorm = 1,
  kGBSoftmax = 2,
  kGBElemAdd = 4,
  kGBEntropy = 8,
  /// Streams are in the matmul's tiled layout (Description::tiledLayout).
  kGBTiled = 16,
  /// Softmax: a span per row (Description::softmaxSpanPerRow).
  kGBSpanPerRow = 32,
};

/// Bits of one decoder's part of reset_mode; decoder 1's part is shifted by
/// kDecoder1Shift.
enum DecoderMode : uint32_t {
  kDecodeN0 = 1,
  kDecodeN1 = 2,
  kDecodeLayerNorm = 4,
  kDecodeSoftmax = 8,
  kDecodeEntropy = 16,
  kDecodeElemAdd = 32,
};
inline constexpr unsigned kDecoder1Shift = 6;
/// reset_mode of a matmul: decoder 0 reads N0, decoder 1 reads N1.
inline constexpr uint32_t kMatmulResetMode = kDecodeN0 | kDecodeN1
                                                             << kDecoder1Shift;

/// A bit field of a register; bits hi..lo.
struct Field {
  const char *name;
  Register reg;
  unsigned lo, hi;
  bool isSigned = false;

  constexpr unsigned width() const { return hi - lo + 1; }
  constexpr uint32_t mask() const {
    return width() == 32 ? ~0u : (1u << width()) - 1;
  }
  constexpr int64_t min() const {
    return isSigned ? -(int64_t(1) << (width() - 1)) : 0;
  }
  constexpr int64_t max() const {
    return isSigned ? (int64_t(1) << (width() - 1)) - 1 : int64_t(mask());
  }
  constexpr bool fits(int64_t value) const {
    return value >= min() && value <= max();
  }
  /// The field's value in a register's word.
  constexpr int64_t extract(uint32_t word) const {
    int64_t value = (word >> lo) & mask();
    return value > max() ? value - (int64_t(mask()) + 1) : value;
  }
  /// `word` with the field set to `value`, which fits.
  constexpr uint32_t insert(uint32_t word, int64_t value) const {
    return (word & ~(mask() << lo)) | ((uint32_t(value) & mask()) << lo);
  }
};

/// The fields that are the same on every machine.
namespace field {
inline constexpr Field softReset{"reset", Register::SoftReset, 0, 31};
inline constexpr Field command{"command", Register::Command, 0, 31};
inline constexpr Field flipMem{"flip_mem", Register::FlipMem, 0, 31};

inline constexpr Field isRelu{"is_relu", Register::AccelConfig, 0, 0};
inline constexpr Field isBias{"is_bias", Register::AccelConfig, 4, 4};
inline constexpr Field weightBias{"weight_bias", Register::AccelConfig, 8, 15,
                                  true};
inline constexpr Field adfAccumBias{"adf_accum_bias", Register::AccelConfig, 16,
                                    18};
inline constexpr Field accumRightShift{"accum_right_shift",
                                       Register::AccelConfig, 20, 24};

inline constexpr Field n0{"N0", Register::MatrixConfig, 0, 9};
inline constexpr Field n1{"N1", Register::MatrixConfig, 10, 19};
inline constexpr Field m{"M", Register::MatrixConfig, 20, 31};

inline constexpr Field baseAttnSpan{"base_attn_span", Register::PeriphConfig, 0,
                                    6};
inline constexpr Field baseGamma{"base_gamma", Register::PeriphConfig, 7, 14};
inline constexpr Field baseBeta{"base_beta", Register::PeriphConfig, 15, 22};
inline constexpr Field biasAttnSpan{"adpbias_attn_span", Register::PeriphConfig,
                                    23, 25};
inline constexpr Field biasGamma{"adpbias_gamma", Register::PeriphConfig, 26,
                                 28};
inline constexpr Field biasBeta{"adpbias_beta", Register::PeriphConfig, 29, 31};

inline constexpr Field numVector{"num_vector", Register::GBControlConfig, 0, 7};
inline constexpr Field numTimestep{"num_timestep", Register::GBControlConfig, 8,
                                   15};
inline constexpr Field biasAct1{"adpbias_act1", Register::GBControlConfig, 16,
                                18};
inline constexpr Field biasAct2{"adpbias_act2", Register::GBControlConfig, 20,
                                22};
inline constexpr Field biasAct3{"adpbias_act3", Register::GBControlConfig, 24,
                                26};

inline constexpr Field entropyThreshold{"enpy_threshold",
                                        Register::EntropyConfig, 0, 15, true};
inline constexpr Field entropyScale{"enpy_scale", Register::EntropyConfig, 16,
                                    23};

inline constexpr Field maskReadBase{"mask_read_base", Register::MaskReadBase, 0,
                                    31};
inline constexpr Field maskWriteBase{"mask_write_base", Register::MaskWriteBase,
                                     0, 31};
inline constexpr Field inputReadBase{"input_read_base", Register::InputReadBase,
                                     0, 31};
inline constexpr Field inputWriteBase{"input_write_base",
                                      Register::InputWriteBase, 0, 31};
inline constexpr Field auxReadBase{"aux_read_base", Register::AuxReadBase, 0,
                                   31};
inline constexpr Field auxWriteBase{"aux_write_base", Register::AuxWriteBase, 0,
                                    31};
inline constexpr Field auxCountM1{"M_1 (aux)", Register::AuxCount, 0, 7};
inline constexpr Field useAxi{"use_axi", Register::UseAxi, 0, 31};
inline constexpr Field useGB{"use_gb", Register::UseGB, 0, 31};
inline constexpr Field gbMode{"gb_mode", Register::GBModeConfig, 0, 5};
inline constexpr Field mode0{"mode of decoder 0", Register::ResetMode, 0, 5};
inline constexpr Field mode1{"mode of decoder 1", Register::ResetMode, 6, 11};
/// Where Description::afp4; elsewhere the register has no effect, and a matmul
/// with another value than 0 is refused.
inline constexpr Field afp4Operands{"afp4_operands", Register::MacWidth, 0, 0};
inline constexpr Field afp4Result{"afp4_result", Register::MacWidth, 1, 1};
inline constexpr Field entropyStatus{"enpy_status", Register::Status, 0, 1};
inline constexpr Field dcoSelect{"dco_sel", Register::Status, 2, 7};
inline constexpr Field ldoSelect{"ldo_sel", Register::Status, 10, 17};

inline constexpr unsigned kNumDcoValues = 15, kNumLdoValues = 16;
inline constexpr const char *kSelectableNames[] = {
    "val0", "val1", "val2",  "val3",  "val4",  "val5",  "val6",  "val7",
    "val8", "val9", "val10", "val11", "val12", "val13", "val14", "val15"};
/// Value `i` of those from which the DVFS unit selects dco_sel, five a
/// register, and ldo_sel, four a register.
constexpr Field dcoValue(unsigned i) {
  return {kSelectableNames[i], Register(uint32_t(Register::DcoA) + i / 5 * 4),
          i % 5 * 6, i % 5 * 6 + 5};
}
constexpr Field ldoValue(unsigned i) {
  return {kSelectableNames[i], Register(uint32_t(Register::LdoA) + i / 4 * 4),
          i % 4 * 8, i % 4 * 8 + 7};
}
} // namespace field

/// The fields whose width is Description::addressBits.
struct AddressFields {
  Field baseInput0, baseInput1, baseInputOffset0, baseInputOffset1, baseOutput,
      vectorCountM1;

  static constexpr AddressFields of(unsigned addressBits) {
    unsigned hi = addressBits - 1;
    return {{"base_input0", Register::InputBufferConfig, 0, hi},
            {"base_input1", Register::InputBufferConfig, 16, 16 + hi},
            {"base_input_offset0", Register::BaseOffset, 0, hi},
            {"base_input_offset1", Register::BaseOffset, 16, 16 + hi},
            {"base_output", Register::BaseOutput, 0, hi},
            {"M_1", Register::VectorCount, 0, hi}};
  }
  static constexpr AddressFields of(const Description &desc) {
    return of(desc.addressBits);
  }
};

/// The register's name; "" for a number that is no register's offset.
llvm::StringRef registerName(uint32_t offset);
/// The command's name; "" for a number that is no command.
llvm::StringRef commandName(uint32_t command);
/// The fields of a register on a machine, lowest first; for disassembly.
llvm::SmallVector<Field, 8> fieldsOf(const Description &desc, Register reg);

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_REGISTERS_H
