//===- Commands.cpp - from registers to operations --------------*- C++ -*-===//
//
// A write to the command register: checks what would hang or be lost on the
// chip, gathers the fields of the registers, and runs the operation.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Machine/Machine.h"

#include "llvm/ADT/StringExtras.h"

using namespace edgebert::machine;

/// "name (0x1c)".
static std::string describe(Register reg) {
  return (registerName(uint32_t(reg)) + " (0x" +
          llvm::utohexstr(uint32_t(reg), true) + ")")
      .str();
}

static std::string describe(Command command) {
  return ("command " + llvm::Twine(uint32_t(command)) + " (" +
          commandName(uint32_t(command)) + ")")
      .str();
}

/// The registers that a command needs to have been written since the reset.
static llvm::ArrayRef<Register> requiredRegisters(Command command) {
  using R = Register;
  static const R maskLoad[] = {R::MaskReadBase, R::VectorCount};
  static const R maskStore[] = {R::MaskWriteBase, R::VectorCount,
                                R::BaseOutput};
  static const R inputLoad[] = {R::InputReadBase, R::VectorCount};
  static const R inputStore[] = {R::InputWriteBase, R::VectorCount,
                                 R::BaseOutput};
  static const R auxLoad[] = {R::AuxReadBase, R::AuxCount};
  static const R auxStore[] = {R::AuxWriteBase, R::AuxCount};
  static const R matmul[] = {R::AccelConfig,       R::MatrixConfig,
                             R::InputBufferConfig, R::BaseOffset,
                             R::BaseOutput,        R::ResetMode};
  static const R withParameters[] = {R::InputBufferConfig, R::BaseOffset,
                                     R::PeriphConfig,      R::GBControlConfig,
                                     R::BaseOutput,        R::GBModeConfig,
                                     R::ResetMode};
  static const R add[] = {R::InputBufferConfig, R::BaseOffset,
                          R::GBControlConfig,   R::BaseOutput,
                          R::GBModeConfig,      R::ResetMode};
  static const R entropy[] = {R::InputBufferConfig, R::BaseOffset,
                              R::GBControlConfig,   R::EntropyConfig,
                              R::GBModeConfig,      R::ResetMode};
  static const R dvfs[] = {R::EntropyConfig, R::DcoA, R::DcoB, R::DcoC,
                           R::LdoA,          R::LdoB, R::LdoC, R::LdoD};
  switch (command) {
  case Command::MaskLoad:
    return maskLoad;
  case Command::MaskStore:
    return maskStore;
  case Command::InputLoad:
    return inputLoad;
  case Command::InputStore:
    return inputStore;
  case Command::AuxLoad:
    return auxLoad;
  case Command::AuxStore:
    return auxStore;
  case Command::Matmul:
    return matmul;
  case Command::LayerNorm:
  case Command::Softmax:
    return withParameters;
  case Command::ElemAdd:
    return add;
  case Command::Entropy:
    return entropy;
  case Command::Dvfs:
    return dvfs;
  }
  return {};
}

llvm::Error Machine::checkConfigured(Command command) const {
  std::string missing;
  for (Register reg : requiredRegisters(command))
    if (!(written >> index(reg) & 1))
      missing += (missing.empty() ? "" : ", ") + describe(reg);
  if (missing.empty())
    return llvm::Error::success();
  return llvm::createStringError(describe(command) +
                                 " without its configuration since the reset: "
                                 "the chip would wait forever; missing: " +
                                 missing);
}

/// One unit of the global buffer: its bit in gb_mode_config and reset_mode.
static std::pair<uint32_t, uint32_t> unitModes(Command command) {
  switch (command) {
  case Command::LayerNorm:
    return {kGBLayerNorm, kDecodeLayerNorm};
  case Command::Softmax:
    return {kGBSoftmax, kDecodeSoftmax};
  case Command::ElemAdd:
    return {kGBElemAdd, kDecodeElemAdd};
  default:
    return {kGBEntropy, kDecodeEntropy};
  }
}

llvm::Error Machine::checkRouting(Command command) const {
  auto mismatch = [&](const Field &f, int64_t expected, llvm::StringRef why) {
    return llvm::createStringError(describe(command) + " with " + f.name +
                                   " of " + describe(f.reg) + " = " +
                                   llvm::Twine(get(f)) + "; expected " +
                                   llvm::Twine(expected) + ": " + why);
  };
  bool axi = get(field::useAxi) != 0;
  switch (command) {
  case Command::MaskStore:
  case Command::InputStore:
  case Command::AuxStore:
    if (!axi)
      return mismatch(field::useAxi, 1,
                      "a store's data would go to the decoders and never "
                      "arrive");
    return llvm::Error::success();
  case Command::MaskLoad:
  case Command::InputLoad:
  case Command::AuxLoad:
  case Command::Dvfs:
    return llvm::Error::success();
  default:
    break;
  }
  if (axi)
    return mismatch(field::useAxi, 0,
                    "the operands would go to the bus and never arrive");
  if (command == Command::Matmul) {
    if (get(field::useGB) != 0)
      return mismatch(field::useGB, 0,
                      "the operands would go to the special-function units");
    if (get(field::mode0) != kDecodeN0)
      return mismatch(field::mode0, kDecodeN0, "decoder 0 reads operand 0");
    if (get(field::mode1) != kDecodeN1)
      return mismatch(field::mode1, kDecodeN1, "decoder 1 reads operand 1");
    uint32_t width = registers[index(Register::MacWidth)];
    if (width > (desc.afp4 ? 3 : 0))
      return llvm::createStringError(
          describe(command) + " with " + describe(Register::MacWidth) + " = " +
          llvm::Twine(width) + "; machine '" + desc.name +
          (desc.afp4 ? "' has bit 0 (4-bit operands) and bit 1 (4-bit result)"
                     : "' multiplies 8-bit codes only; write 0"));
    return llvm::Error::success();
  }
  if (get(field::useGB) == 0)
    return mismatch(field::useGB, 1,
                    "the operands would go to the multipliers");
  auto [unitMode, decoderMode] = unitModes(command);
  uint32_t gbMode = uint32_t(get(field::gbMode));
  uint32_t options =
      kGBTiled | (command == Command::Softmax ? uint32_t(kGBSpanPerRow) : 0u);
  if ((gbMode & ~options) != unitMode)
    return mismatch(field::gbMode, unitMode | (gbMode & options),
                    "it selects the unit that receives the operands");
  if ((gbMode & kGBSpanPerRow) && !desc.softmaxSpanPerRow)
    return mismatch(field::gbMode, gbMode & ~uint32_t(kGBSpanPerRow),
                    "this machine's softmax reads one span for all rows");
  if ((gbMode & kGBTiled) && !desc.tiledLayout)
    return mismatch(field::gbMode, unitMode,
                    "this machine's units know no tiled layout");
  const Field &mode = get(field::flipMem) ? field::mode1 : field::mode0;
  if (get(mode) != decoderMode)
    return mismatch(mode, decoderMode,
                    "the decoder that flip_mem (0x8) selects must read for "
                    "this unit");
  return llvm::Error::success();
}

llvm::Error Machine::start(uint32_t value) {
  if (commandName(value).empty())
    return llvm::createStringError(
        "unknown command " + llvm::Twine(value) + " written to " +
        describe(Register::Command) +
        ": nothing would start and no interrupt would come; commands are 1 to "
        "12");
  auto command = Command(value);
  bool isLiteral = desc.persistentState == PersistentState::Literal;
  // A literal machine knows itself what has not arrived.
  if (!isLiteral || command == Command::Dvfs)
    if (llvm::Error error = checkConfigured(command))
      return error;
  if (llvm::Error error = checkRouting(command))
    return error;
  if (isLiteral)
    return startLiteral(command);
  switch (command) {
  case Command::Matmul:
    return startMatmul();
  case Command::LayerNorm:
  case Command::Softmax:
  case Command::ElemAdd:
  case Command::Entropy:
    return runUnit(command, unitPlacement(),
                   registers[index(Register::GBControlConfig)],
                   registers[index(Register::PeriphConfig)]);
  case Command::Dvfs:
    return startDvfs();
  default:
    return startTransfer(command, uint32_t(get(fields.baseOutput)));
  }
}

/// The stream whose masks are at `maskBase` and whose data are at `dataByte`.
static StreamBase streamAt(uint32_t maskBase, uint32_t dataByte) {
  return {maskBase, maskBase - dataByte};
}

llvm::Error Machine::startLiteral(Command command) {
  LiteralState before = literal;
  unsigned decoder = get(field::flipMem) != 0;
  auto run = [&]() -> llvm::Error {
    switch (command) {
    case Command::Matmul: {
      LiteralState::View view =
          literal.startMatmul(registers[index(Register::MatrixConfig)]);
      hang = view.hang;
      if (!hang.empty())
        return llvm::Error::success();
      MatmulPlacement place;
      place.operand0 = streamAt(view.maskBase[0], view.dataByte[0]);
      place.operand1 = streamAt(view.maskBase[1], view.dataByte[1]);
      place.output = *literal.encoder.base;
      place.outputDecoder = decoder;
      place.encoder = &literal.encoder;
      place.latchedTiles = view.latchedTiles;
      MatmulConfig cfg = matmulConfig();
      cfg.n0 -= cfg.n0 % 16; // the rest is dropped (fact sheet 2.4)
      if (llvm::Error error = runMatmul(cfg, place))
        return error;
      literal.finishMatmul();
      return llvm::Error::success();
    }
    case Command::LayerNorm:
    case Command::Softmax:
    case Command::ElemAdd:
    case Command::Entropy: {
      LiteralState::View view = literal.startUnit(command, decoder);
      hang = view.hang;
      if (!hang.empty())
        return llvm::Error::success();
      UnitPlacement place = unitPlacement();
      place.input = streamAt(view.maskBase[0], view.dataByte[0]);
      place.input2 = streamAt(view.maskBase[1], view.dataByte[1]);
      place.output = literal.encoder.base.value_or(0);
      place.encoder = &literal.encoder;
      if (llvm::Error error =
              runUnit(command, place, view.control, view.periph))
        return error;
      literal.finishUnit(command, decoder);
      return llvm::Error::success();
    }
    case Command::Dvfs:
      return startDvfs();
    case Command::MaskStore:
    case Command::InputStore: {
      StoreBase &base =
          command == Command::MaskStore ? literal.maskStore : literal.dataStore;
      if (!base.captured) {
        hang = "it has no " + describe(Register::BaseOutput);
        return llvm::Error::success();
      }
      if (llvm::Error error = startTransfer(command, *base.captured))
        return error;
      base.take();
      return llvm::Error::success();
    }
    default:
      return startTransfer(command, 0);
    }
  };
  hang.clear();
  llvm::Error error = run();
  if (error)
    literal = before;
  return error;
}

llvm::Error Machine::startTransfer(Command command, uint32_t storeBase) {
  unsigned decoder = get(field::flipMem) != 0;
  unsigned vectors = unsigned(get(fields.vectorCountM1)) + 1;
  unsigned auxRows = unsigned(get(field::auxCountM1)) + 1;
  auto address = [&](const Field &f) { return uint32_t(get(f)); };
  uint32_t destination = desc.dmaDestination ? address(fields.baseOutput) : 0;
  switch (command) {
  case Command::MaskLoad:
    return load(MemoryKind::Mask, decoder, address(field::maskReadBase),
                vectors, destination);
  case Command::InputLoad:
    return load(MemoryKind::Data, decoder, address(field::inputReadBase),
                vectors, destination);
  case Command::AuxLoad:
    return load(MemoryKind::Aux, 0, address(field::auxReadBase), auxRows);
  case Command::MaskStore:
    return store(MemoryKind::Mask, decoder, address(field::maskWriteBase),
                 storeBase, vectors);
  case Command::InputStore:
    return store(MemoryKind::Data, decoder, address(field::inputWriteBase),
                 storeBase, vectors);
  default:
    return store(MemoryKind::Aux, 0, address(field::auxWriteBase), 0, auxRows);
  }
}

MatmulConfig Machine::matmulConfig() const {
  MatmulConfig cfg;
  cfg.n0 = unsigned(get(field::n0));
  cfg.n1 = unsigned(get(field::n1));
  cfg.m = unsigned(get(field::m));
  cfg.accumRightShift = unsigned(get(field::accumRightShift));
  cfg.adfAccumBias = unsigned(get(field::adfAccumBias));
  cfg.relu = get(field::isRelu) != 0;
  cfg.isBias = get(field::isBias) != 0;
  cfg.weightBias = int8_t(get(field::weightBias));
  if (get(field::afp4Operands))
    cfg.operands = Precision::Afp4;
  if (get(field::afp4Result))
    cfg.result = Precision::Afp4;
  return cfg;
}

llvm::Error Machine::startMatmul() {
  MatmulPlacement place;
  place.operand0 = {uint32_t(get(fields.baseInput0)),
                    uint32_t(get(fields.baseInputOffset0))};
  place.operand1 = {uint32_t(get(fields.baseInput1)),
                    uint32_t(get(fields.baseInputOffset1))};
  place.output = uint32_t(get(fields.baseOutput));
  place.outputDecoder = get(field::flipMem) != 0;
  return runMatmul(matmulConfig(), place);
}

UnitPlacement Machine::unitPlacement() const {
  UnitPlacement place;
  place.decoder = get(field::flipMem) != 0;
  auto offset = uint32_t(
      get(place.decoder ? fields.baseInputOffset1 : fields.baseInputOffset0));
  place.input = {uint32_t(get(fields.baseInput0)), offset};
  place.input2 = {uint32_t(get(fields.baseInput1)), offset};
  place.output = uint32_t(get(fields.baseOutput));
  place.layout =
      get(field::gbMode) & kGBTiled ? Layout::Tiled : Layout::RowMajor;
  return place;
}

llvm::Error Machine::runUnit(Command command, const UnitPlacement &place,
                             uint32_t control, uint32_t periph) {
  auto number = [](const Field &f, uint32_t word) {
    return unsigned(f.extract(word));
  };
  RowShape shape{number(field::numVector, control),
                 number(field::numTimestep, control)};
  unsigned act1 = number(field::biasAct1, control),
           act2 = number(field::biasAct2, control),
           act3 = number(field::biasAct3, control);
  auto auxByte = [&](const Field &f) {
    return number(f, periph) * desc.auxBaseUnit;
  };
  switch (command) {
  case Command::LayerNorm:
    return runLayerNorm({shape, act1, number(field::biasGamma, periph),
                         number(field::biasBeta, periph), act3},
                        place, auxByte(field::baseGamma),
                        auxByte(field::baseBeta));
  case Command::Softmax:
    return runSoftmax({shape, act1, number(field::biasAttnSpan, periph), act3,
                       (get(field::gbMode) & kGBSpanPerRow) != 0},
                      place, auxByte(field::baseAttnSpan));
  case Command::ElemAdd:
    return runAdd({shape, act1, act2, act3}, place);
  default:
    return runEntropy(
               {shape.vectors, act1, int16_t(get(field::entropyThreshold))},
               place)
        .takeError();
  }
}

llvm::Error Machine::startDvfs() {
  if (!entropyResult)
    return llvm::createStringError(
        describe(Command::Dvfs) +
        " without an entropy result since the reset: the chip would wait "
        "forever; run command 11 (entropy) first");
  DvfsConfig cfg;
  cfg.entropy = entropyResult->entropy;
  cfg.scale = uint8_t(get(field::entropyScale));
  static_assert(cfg.dco.size() == field::kNumDcoValues &&
                cfg.ldo.size() == field::kNumLdoValues);
  for (unsigned i = 0; i < field::kNumDcoValues; ++i)
    cfg.dco[i] = uint8_t(get(field::dcoValue(i)));
  for (unsigned i = 0; i < field::kNumLdoValues; ++i)
    cfg.ldo[i] = uint8_t(get(field::ldoValue(i)));
  return runDvfs(cfg).takeError();
}
