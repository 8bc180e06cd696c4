//===- Registers.cpp - the register map -------------------------*- C++ -*-===//

#include "edgebert/Machine/Registers.h"

#include "llvm/ADT/STLExtras.h"

using namespace edgebert::machine;

static constexpr const char *kRegisterNames[kNumRegisters] = {
    "soft_reset",
    "command",
    "flip_mem",
    "accel_config",
    "matrix_config",
    "input_buffer_config",
    "base_offset",
    "periph_config",
    "gb_control_config",
    "entropy_config",
    "mask_read_base",
    "mask_write_base",
    "input_read_base",
    "input_write_base",
    "aux_read_base",
    "aux_write_base",
    "vector_count",
    "aux_count",
    "base_output",
    "use_axi",
    "use_gb",
    "gb_mode_config",
    "reset_mode",
    "status",
    "mac_width",
    "dco_a",
    "dco_b",
    "dco_c",
    "ldo_a",
    "ldo_b",
    "ldo_c",
    "ldo_d"};

static constexpr const char *kCommandNames[kNumCommands] = {
    "",         "mask_load", "mask_store", "input_load", "input_store",
    "aux_load", "aux_store", "matmul",     "layer_norm", "softmax",
    "elem_add", "entropy",   "dvfs"};

llvm::StringRef edgebert::machine::registerName(uint32_t offset) {
  if (offset % 4 != 0 || offset / 4 >= kNumRegisters)
    return "";
  return kRegisterNames[offset / 4];
}

llvm::StringRef edgebert::machine::commandName(uint32_t command) {
  return command < kNumCommands ? kCommandNames[command] : "";
}

llvm::SmallVector<Field, 8> edgebert::machine::fieldsOf(const Description &desc,
                                                        Register reg) {
  AddressFields a = AddressFields::of(desc);
  const Field all[] = {field::softReset,
                       field::command,
                       field::flipMem,
                       field::isRelu,
                       field::isBias,
                       field::weightBias,
                       field::adfAccumBias,
                       field::accumRightShift,
                       field::n0,
                       field::n1,
                       field::m,
                       a.baseInput0,
                       a.baseInput1,
                       a.baseInputOffset0,
                       a.baseInputOffset1,
                       field::baseAttnSpan,
                       field::baseGamma,
                       field::baseBeta,
                       field::biasAttnSpan,
                       field::biasGamma,
                       field::biasBeta,
                       field::numVector,
                       field::numTimestep,
                       field::biasAct1,
                       field::biasAct2,
                       field::biasAct3,
                       field::entropyThreshold,
                       field::entropyScale,
                       field::maskReadBase,
                       field::maskWriteBase,
                       field::inputReadBase,
                       field::inputWriteBase,
                       field::auxReadBase,
                       field::auxWriteBase,
                       a.vectorCountM1,
                       field::auxCountM1,
                       a.baseOutput,
                       field::useAxi,
                       field::useGB,
                       field::gbMode,
                       field::mode0,
                       field::mode1,
                       field::afp4Operands,
                       field::afp4Result,
                       field::entropyStatus,
                       field::dcoSelect,
                       field::ldoSelect};
  llvm::SmallVector<Field, 8> fields;
  for (const Field &f : all)
    if (f.reg == reg && (desc.afp4 || reg != Register::MacWidth))
      fields.push_back(f);
  for (unsigned i = 0; i < field::kNumDcoValues; ++i)
    if (Field f = field::dcoValue(i); f.reg == reg)
      fields.push_back(f);
  for (unsigned i = 0; i < field::kNumLdoValues; ++i)
    if (Field f = field::ldoValue(i); f.reg == reg)
      fields.push_back(f);
  return fields;
}
