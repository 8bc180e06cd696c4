//===- Persistent.cpp - what the published machine never forgets ----------===//

#include "edgebert/Machine/Persistent.h"

#include "llvm/ADT/StringExtras.h"

using namespace edgebert::machine;

std::optional<uint32_t> Channel::pop() {
  if (words.empty())
    return std::nullopt;
  uint32_t word = words.front();
  words.erase(words.begin());
  return word;
}

void Encoder::advance(uint16_t mask) {
  for (unsigned lane = 0; lane < 16; ++lane)
    lanes[lane] = uint16_t(lanes[lane] + (mask >> lane & 1));
  ++vectors;
  if (std::optional<uint32_t> next = bases.pop())
    base = next;
}

void Encoder::advance(const std::array<uint32_t, 16> &counts, uint64_t count) {
  for (unsigned lane = 0; lane < 16; ++lane)
    lanes[lane] = uint16_t(lanes[lane] + counts[lane]);
  vectors = uint16_t(vectors + count);
}

void StoreBase::take() { captured = waiting.pop().value_or(0); }

bool AddressUnit::send(Token token, uint32_t word) {
  if (channels[token].full())
    return false;
  channels[token].push(word);
  return true;
}

void AddressUnit::settle(bool gated) {
  for (bool moved = true; moved && !armed;) {
    moved = false;
    for (unsigned token : {Base, Offset, Config})
      if (std::optional<uint32_t> word = channels[token].pop()) {
        words[token] = *word;
        ready |= 1u << token;
        moved = true;
      }
    armed = gated ? ready == 7 : field::numVector.extract(words[Config]) != 0;
  }
}

void AddressUnit::finish(bool gated) {
  armed = false;
  ready = 0;
  // Without the gate this arms it again, with the last operation's words.
  settle(gated);
}

unsigned LiteralState::addressUnit(Command command) {
  switch (command) {
  case Command::LayerNorm:
    return LayerNorm;
  case Command::Softmax:
    return Softmax;
  case Command::ElemAdd:
    return ElemAdd;
  default:
    return Entropy;
  }
}

/// The place of a unit's bit in gb_mode_config.
static unsigned configIndex(Command command) {
  switch (command) {
  case Command::LayerNorm:
    return 0;
  case Command::Softmax:
    return 1;
  case Command::ElemAdd:
    return 2;
  default:
    return 3;
  }
}

//===----------------------------------------------------------------------===//
// Register writes
//===----------------------------------------------------------------------===//

void LiteralState::sendToDecoder(unsigned decoder, unsigned first,
                                 unsigned last, AddressUnit::Token token,
                                 uint32_t word) {
  for (unsigned unit = first; unit <= last; ++unit) {
    if (!(decoderModes[decoder] >> unit & 1))
      continue; // dropped
    if (!units[decoder][unit].send(token, word))
      blocked = ("decoder " + llvm::Twine(decoder) +
                 " is configured for an operation that has not started, and "
                 "two more values wait behind that")
                    .str();
    units[decoder][unit].settle(isGated(unit));
  }
}

void LiteralState::settleBases() {
  for (bool moved = true; moved;) {
    moved = false;
    for (unsigned d = 0; d < 2; ++d)
      if (!bases.captured[d] && !bases.waiting[d].empty()) {
        bases.captured[d] = bases.waiting[d].pop();
        moved = true;
      }
    // Decoder 1 gets its base only when decoder 0's mask reader has room.
    while (bases.inSetup && !bases.waiting[bases.handedTo].full()) {
      bases.waiting[bases.handedTo].push(*bases.inSetup);
      moved = true;
      if (bases.handedTo == 1) {
        bases.inSetup.reset();
        break;
      }
      bases.handedTo = 1;
      sendToDecoder(1, N0, Entropy, AddressUnit::Base, *bases.inSetup);
    }
    if (!bases.inSetup && !bases.toSetup.empty()) {
      bases.inSetup = bases.toSetup.pop();
      bases.handedTo = 0;
      sendToDecoder(0, N0, Entropy, AddressUnit::Base, *bases.inSetup);
      moved = true;
    }
    if (bases.forked && !bases.toSetup.full()) {
      bases.toSetup.push(*bases.forked);
      bases.forked.reset();
      moved = true;
    }
    if (!bases.forked && !bases.fromControl.empty()) {
      bases.forked = bases.fromControl.pop();
      for (unsigned d = 0; d < 2; ++d)
        sendToDecoder(d, ElemAdd, ElemAdd, AddressUnit::Base, *bases.forked);
      moved = true;
    }
  }
}

std::string LiteralState::write(Register reg, uint32_t word) {
  LiteralState before = *this;
  std::string why = send(reg, word);
  if (why.empty())
    why = blocked;
  if (!why.empty())
    *this = before;
  return why;
}

std::string LiteralState::send(Register reg, uint32_t word) {
  /// Sends to the units whose bit in gb_mode_config is on.
  auto sendToUnits = [&](std::optional<uint32_t> UnitConfig::*config) {
    for (unsigned unit = 0; unit < configs.size(); ++unit)
      if (gbModes >> unit & 1)
        configs[unit].*config = word;
  };
  switch (reg) {
  case Register::ResetMode:
    decoderModes = {uint32_t(field::mode0.extract(word)),
                    uint32_t(field::mode1.extract(word))};
    return "";
  case Register::GBModeConfig:
    gbModes = uint32_t(field::gbMode.extract(word));
    return "";
  case Register::InputBufferConfig:
    if (bases.fromControl.full())
      return "no matmul has taken the bases of the last nine writes";
    bases.fromControl.push(word);
    settleBases();
    sendToUnits(&UnitConfig::input);
    return "";
  case Register::BaseOffset:
    for (unsigned d = 0; d < 2; ++d)
      sendToDecoder(d, N0, ElemAdd, AddressUnit::Offset, word);
    return "";
  case Register::GBControlConfig:
    for (unsigned d = 0; d < 2; ++d)
      sendToDecoder(d, LayerNorm, ElemAdd, AddressUnit::Config, word);
    sendToUnits(&UnitConfig::control);
    return "";
  case Register::PeriphConfig:
    sendToUnits(&UnitConfig::periph);
    return "";
  case Register::EntropyConfig:
    entropyConfig = word;
    return "";
  case Register::BaseOutput: {
    auto base = uint32_t(fields.baseOutput.extract(word));
    struct {
      const char *unit;
      std::optional<uint32_t> &current;
      Channel &waiting;
    } takers[] = {{"the encoder", encoder.base, encoder.bases},
                  {"the store of masks", maskStore.captured, maskStore.waiting},
                  {"the store of data", dataStore.captured, dataStore.waiting}};
    for (auto &taker : takers) {
      if (!taker.current)
        taker.current = base;
      else if (taker.waiting.full())
        return std::string(taker.unit) +
               " has not used the last three values yet";
      else
        taker.waiting.push(base);
    }
    return "";
  }
  default:
    return "";
  }
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

static void addReason(std::string &hang, const llvm::Twine &reason) {
  hang += (hang.empty() ? reason : "; " + reason).str();
}

void LiteralState::describeMissing(std::string &hang, unsigned decoder,
                                   unsigned unit,
                                   llvm::StringRef configuration) const {
  const AddressUnit &u = units[decoder][unit];
  if (u.isArmed())
    return;
  std::string missing;
  auto need = [&](AddressUnit::Token token, llvm::StringRef name) {
    if (!u.has(token))
      missing += (missing.empty() ? "" : ", ") + name.str();
  };
  need(AddressUnit::Base, "input_buffer_config (0x14)");
  need(AddressUnit::Offset, "base_offset (0x18)");
  need(AddressUnit::Config, configuration);
  addReason(hang, "decoder " + llvm::Twine(decoder) +
                      " needs for each operation, after reset_mode (0x58), a "
                      "new " +
                      missing);
}

LiteralState::View LiteralState::startMatmul(uint32_t matrixConfig) {
  View view;
  unsigned tiles = unsigned(field::m.extract(matrixConfig)) / 16;
  if (latchedTiles && unreadTiles.full()) {
    view.hang = "the datapath reads M once after a reset, and the channel "
                "to it is full: the fourth matmul since the reset";
    return view;
  }
  if (latchedTiles)
    unreadTiles.push(tiles);
  else
    latchedTiles = tiles;
  for (unsigned d = 0; d < 2; ++d)
    sendToDecoder(d, N0, N1, AddressUnit::Config, matrixConfig);

  if (!encoder.base)
    addReason(view.hang, "the encoder has no base_output (0x48)");
  for (unsigned d = 0; d < 2; ++d) {
    if (!bases.captured[d])
      addReason(view.hang, "the mask reader of decoder " + llvm::Twine(d) +
                               " has no input_buffer_config (0x14)");
    describeMissing(view.hang, d, d == 0 ? N0 : N1, "matrix_config (0x10)");
  }
  int64_t n1 = field::n1.extract(matrixConfig);
  if (n1 % 16 != 0)
    addReason(view.hang, "N1 = " + llvm::Twine(n1) +
                             " results are awaited for each row "
                             "of operand 0, and only whole blocks of 16 come");
  if (leftOver)
    addReason(view.hang, "the datapath still holds tiles of an earlier matmul");
  if (tiles < *latchedTiles)
    addReason(view.hang, "the datapath sums " + llvm::Twine(*latchedTiles) +
                             " tiles, as M was at the first matmul since the "
                             "reset, and gets " +
                             llvm::Twine(tiles));
  if (!view.hang.empty())
    return view;

  leftOver = tiles > *latchedTiles || field::m.extract(matrixConfig) % 16 != 0;
  view.latchedTiles = *latchedTiles;
  const AddressUnit *unit[] = {&units[0][N0], &units[1][N1]};
  const Field base[] = {fields.baseInput0, fields.baseInput1};
  const Field offset[] = {fields.baseInputOffset0, fields.baseInputOffset1};
  for (unsigned d = 0; d < 2; ++d) {
    view.maskBase[d] = uint32_t(base[d].extract(*bases.captured[d]));
    view.dataByte[d] =
        uint32_t(base[d].extract(unit[d]->word(AddressUnit::Base)) -
                 offset[d].extract(unit[d]->word(AddressUnit::Offset)));
  }
  return view;
}

void LiteralState::finishMatmul() {
  units[0][N0].finish(true);
  units[1][N1].finish(true);
  bases.captured = {};
  settleBases();
}

LiteralState::View LiteralState::startUnit(Command command, unsigned decoder) {
  View view;
  const UnitConfig &config = configs[configIndex(command)];
  unsigned index = addressUnit(command);
  const AddressUnit &unit = units[decoder][index];
  bool parameters =
      command == Command::LayerNorm || command == Command::Softmax;

  std::string missing;
  auto need = [&](bool there, llvm::StringRef name) {
    if (!there)
      missing += (missing.empty() ? "" : ", ") + name.str();
  };
  need(config.input.has_value(), "input_buffer_config (0x14)");
  need(config.control.has_value(), "gb_control_config (0x20)");
  need(config.periph || !parameters, "periph_config (0x1c)");
  need(entropyConfig || command != Command::Entropy, "entropy_config (0x24)");
  if (!missing.empty())
    addReason(view.hang,
              "the unit needs once, after gb_mode_config (0x54), " + missing);
  describeMissing(view.hang, decoder, index, "gb_control_config (0x20)");
  if (!encoder.base && command != Command::Entropy)
    addReason(view.hang, "the encoder has no base_output (0x48)");
  if (!view.hang.empty())
    return view;

  auto differs = [&](const Field &f) {
    return f.extract(*config.control) !=
           f.extract(unit.word(AddressUnit::Config));
  };
  if (differs(field::numVector) ||
      (command != Command::Entropy && differs(field::numTimestep))) {
    view.hang = "the unit and decoder " + llvm::utostr(decoder) +
                " have different num_vector or num_timestep";
    return view;
  }
  view.control = *config.control;
  view.periph = config.periph.value_or(0);
  auto baseOf = [&](unsigned i, uint32_t word) {
    return uint32_t((i ? fields.baseInput1 : fields.baseInput0).extract(word));
  };
  uint32_t data = unit.word(AddressUnit::Base);
  auto offset =
      uint32_t((decoder ? fields.baseInputOffset1 : fields.baseInputOffset0)
                   .extract(unit.word(AddressUnit::Offset)));
  view.maskBase = {baseOf(0, *config.input), baseOf(1, *config.input)};
  // ElemAdd reads two streams of one decoder; the other units' masks are
  // always at base_input0, their data at the decoder's own base.
  if (command == Command::ElemAdd)
    view.dataByte = {baseOf(0, data) - offset, baseOf(1, data) - offset};
  else
    view.dataByte = {baseOf(decoder, data) - offset, 0};
  return view;
}

void LiteralState::finishUnit(Command command, unsigned decoder) {
  unsigned unit = addressUnit(command);
  units[decoder][unit].finish(isGated(unit));
}
