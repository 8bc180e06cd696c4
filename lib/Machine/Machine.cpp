//===- Machine.cpp - registers, interrupt and statistics --------*- C++ -*-===//

#include "edgebert/Machine/Machine.h"

#include "edgebert/Machine/Timing.h"

#include "llvm/ADT/StringExtras.h"

#include <cassert>

using namespace edgebert::machine;

Machine::Machine(const Description &desc)
    : desc(desc), fields(AddressFields::of(desc)) {
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
  done = 0;
  busy = false;
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
  if (busy)
    return llvm::createStringError(
        "write of 0x" + llvm::utohexstr(value, true) + " to " +
        registerName(offset) + " (0x" + llvm::utohexstr(offset, true) +
        ") while command " + llvm::Twine(uint32_t(running)) + " (" +
        commandName(uint32_t(running)) +
        ") is running; wait for its interrupt first");

  auto reg = Register(offset);
  unsigned i = index(reg);
  // The published machine queues base addresses and uses the older one.
  if (desc.persistentState == PersistentState::OneShot &&
      (reg == Register::BaseOutput || reg == Register::InputBufferConfig) &&
      (written >> i & 1))
    return llvm::createStringError(
        registerName(offset) + " (0x" + llvm::utohexstr(offset, true) +
        ") is written a second time since the reset; machine '" + desc.name +
        "' would use the first value for some of the next operation: write 1 "
        "to soft_reset (0x0) before each operation");

  counters[CycleKind::RegisterWrite] += uint64_t(desc.host.registerWriteCycles);
  ++counters.registerWrites;
  if (reg == Register::SoftReset && value != 0) {
    softReset();
  } else if (reg == Register::Command) {
    if (llvm::Error error = start(value))
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
  counters[CycleKind::RegisterRead] += uint64_t(desc.host.registerReadCycles);
  ++counters.registerReads;
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
  busy = false;
  counters[CycleKind::Interrupt] += running == Command::ElemAdd
                                        ? timing::kInterruptElemAdd
                                        : timing::kInterrupt;
  if (observer)
    observer(Access::Wait, 0, 0);
  return llvm::Error::success();
}

void Machine::addHostWork(HostWork kind, uint64_t amount) {
  auto cycles = [&](double perUnit) {
    return uint64_t(perUnit * double(amount) + 0.5);
  };
  switch (kind) {
  case HostWork::Copy:
    counters[CycleKind::HostCopy] += cycles(desc.host.copyCyclesPerByte);
    break;
  case HostWork::Transpose:
    counters[CycleKind::HostTranspose] +=
        cycles(desc.host.transposeCyclesPerByte);
    break;
  case HostWork::Op:
    counters[CycleKind::HostOp] += cycles(desc.host.opCyclesPerElement);
    break;
  }
}

void Machine::complete(Command command, CycleKind kind, uint64_t cycles) {
  counters[kind] += cycles;
  ++counters.commands[unsigned(command)];
  done |= 1u << unsigned(command);
}

llvm::MutableArrayRef<uint8_t> Machine::mutableDataMemory(unsigned decoder) {
  ++side[decoder & 1].version;
  return side[decoder & 1].data;
}

llvm::MutableArrayRef<uint16_t> Machine::mutableMaskMemory(unsigned decoder) {
  ++side[decoder & 1].version;
  return side[decoder & 1].masks;
}
