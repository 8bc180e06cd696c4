//===- Machine.cpp - registers, interrupt and statistics --------*- C++ -*-===//

#include "edgebert/Machine/Machine.h"

#include "OperandCache.h"

#include "edgebert/Machine/Timing.h"

#include "llvm/ADT/StringExtras.h"

#include <cassert>

using namespace edgebert::machine;

Machine::Machine(const Description &desc)
    : desc(desc), fields(AddressFields::of(desc)), literal(desc),
      operands(std::make_shared<OperandCache>()), timeline(desc) {
  assert(desc.invalid().empty() && "invalid description");
  for (Side &s : side) {
    s.data.resize(desc.dataBytes);
    s.masks.resize(desc.maskRows());
  }
  aux.resize(desc.auxBytes);
}

void Machine::attachMemory(uint8_t *base, uint64_t size, uint32_t address) {
  external = base;
  externalSize = size;
  externalAddress = address;
}

void Machine::softReset() {
  registers.fill(0);
  written = 0;
  literal = LiteralState(desc);
  busy = false;
  hang.clear();
  entropyResult.reset();
}

static llvm::Error unknownRegister(uint32_t offset) {
  if (offset % 4 != 0)
    return llvm::createStringError(
        "register offset 0x" + llvm::utohexstr(offset, true) +
        " is not a multiple of 4; the nearest register is " +
        (registerName(offset & ~3u).empty()
             ? llvm::Twine("ldo_d (0x7c)")
             : registerName(offset & ~3u) + " (0x" +
                   llvm::utohexstr(offset & ~3u, true) + ")"));
  return llvm::createStringError("no register at offset 0x" +
                                 llvm::utohexstr(offset, true) +
                                 "; registers are at 0x0 to 0x7c");
}

llvm::Error Machine::writeRegister(uint32_t offset, uint32_t value) {
  if (registerName(offset).empty())
    return unknownRegister(offset);
  auto reg = Register(offset);
  if (busy && !(reg == Register::SoftReset && value != 0 && !hang.empty()))
    return llvm::createStringError(
        "write of 0x" + llvm::utohexstr(value, true) + " to " +
        registerName(offset) + " (0x" + llvm::utohexstr(offset, true) +
        ") while command " + llvm::Twine(uint32_t(running)) + " (" +
        commandName(uint32_t(running)) +
        (hang.empty() ? ") is running; wait for its interrupt first"
                      : ") waits forever; write 1 to soft_reset (0x0)"));

  unsigned i = index(reg);
  if (desc.persistentState == PersistentState::Literal)
    if (std::string why = literal.write(reg, value); !why.empty())
      return llvm::createStringError(
          "write of 0x" + llvm::utohexstr(value, true) + " to " +
          registerName(offset) + " (0x" + llvm::utohexstr(offset, true) +
          "): the chip would wait forever: " + why +
          "; write 1 to soft_reset (0x0) between operations");

  timeline.registerWrite(counters);
  if (reg == Register::SoftReset && value != 0) {
    drain();
    softReset();
  } else if (reg == Register::Command) {
    startedByRegister = true;
    llvm::Error error = start(value);
    startedByRegister = false;
    if (error)
      return error;
    registers[i] = value;
    written |= 1u << i;
    running = Command(value);
    busy = true;
  } else {
    registers[i] = value;
    written |= 1u << i;
  }
  if (observer)
    observer(Access::Write, offset, value);
  return llvm::Error::success();
}

llvm::Expected<uint32_t> Machine::readRegister(uint32_t offset) {
  if (registerName(offset).empty())
    return unknownRegister(offset);
  timeline.registerRead(counters);
  uint32_t value = registers[offset / 4];
  if (observer)
    observer(Access::Read, offset, value);
  return value;
}

llvm::Error Machine::wait() {
  if (!busy)
    return llvm::createStringError(
        "wait for an interrupt while no command is running: the host would "
        "hang; write a command (1 to 12) to command (0x4) first");
  if (!hang.empty())
    return llvm::createStringError(
        "command " + llvm::Twine(uint32_t(running)) + " (" +
        commandName(uint32_t(running)) + "): the chip would wait forever: " +
        hang + "; write 1 to soft_reset (0x0) and configure it again");
  busy = false;
  timeline.wait(counters, running == Command::ElemAdd
                              ? timing::kInterruptElemAdd
                              : timing::kInterrupt);
  if (observer)
    observer(Access::Wait, 0, 0);
  return llvm::Error::success();
}

void Machine::addHostWork(HostWork kind, uint64_t amount) {
  timeline.hostWork(counters, kind, amount);
}

void Machine::setOrigin(llvm::StringRef name) {
  unsigned index =
      operationIndex.try_emplace(name, operationStats.size()).first->second;
  if (index == operation)
    return;
  if (index == operationStats.size())
    operationStats.push_back({name.str(), {}});
  operationStats[operation].stats += counters;
  counters = Stats();
  operation = index;
  timeline.setOrigin(index);
}

std::vector<Machine::Operation> Machine::operations() const {
  std::vector<Operation> all = operationStats;
  all[operation].stats += counters;
  return all;
}

Stats Machine::stats() const {
  Stats sum = counters;
  for (const Operation &operation : operationStats)
    sum += operation.stats;
  return sum;
}

void Machine::clearStats() {
  bool recording = timeline.isRecording();
  timeline = Timeline(desc);
  if (recording)
    timeline.record();
  timeline.setOrigin(operation);
  counters = Stats();
  changes.clear();
  for (Operation &operation : operationStats)
    operation.stats = Stats();
}

void Machine::complete(const CommandTime &command, const Footprint &footprint) {
  timeline.start(counters, command, footprint);
  if (!startedByRegister)
    timeline.wait(counters, 0);
}

Footprint &Machine::addFootprint(Footprint &to, unsigned decoder,
                                 StreamBase from, uint64_t vectors,
                                 bool written) const {
  to.addStream(decoder, maskRow(from.base), dataByte(from), vectors, written);
  return to;
}

llvm::MutableArrayRef<uint8_t> Machine::mutableDataMemory(unsigned decoder) {
  ++side[decoder & 1].version;
  return side[decoder & 1].data;
}

llvm::MutableArrayRef<uint16_t> Machine::mutableMaskMemory(unsigned decoder) {
  ++side[decoder & 1].version;
  return side[decoder & 1].masks;
}
