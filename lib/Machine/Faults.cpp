//===- Faults.cpp - faults in the machine's memories and registers --------===//

#include "edgebert/Machine/Faults.h"
#include "llvm/Support/FormatVariadic.h"

#include <numeric>

using namespace edgebert;
using namespace edgebert::machine;
using namespace edgebert::numerics;

/// How words of a unit are read.
static WordLayout getLayout(MachineUnit unit) {
  switch (unit) {
  case MachineUnit::Data:
  case MachineUnit::Aux:
    return WordLayout::ofBits(8);
  case MachineUnit::Mask:
    return WordLayout::ofBits(16);
  default:
    return WordLayout::ofBits(32);
  }
}

/// Configuration, not a register whose write does something.
static bool isConfiguration(uint64_t offset) {
  return offset % 4 == 0 && offset / 4 < kNumRegisters &&
         offset != uint64_t(Register::SoftReset) &&
         offset != uint64_t(Register::Command) &&
         offset != uint64_t(Register::FlipMem) &&
         offset != uint64_t(Register::ResetMode) &&
         offset != uint64_t(Register::Status);
}

llvm::Expected<std::vector<MachineFault>>
MachineFaults::resolve(const FaultPlan &plan, const Machine &machine) {
  std::vector<MachineFault> faults;
  for (size_t i = 0; i < plan.faults.size(); ++i) {
    const PlannedFault &planned = plan.faults[i];
    auto number = int64_t(i);
    if (!planned.machine)
      continue;
    std::string unit = stringifyMachineUnit(*planned.machine).str();
    uint64_t size = 0;
    switch (*planned.machine) {
    case MachineUnit::Data:
      size = machine.dataMemory(planned.decoder).size();
      break;
    case MachineUnit::Mask:
      size = machine.maskMemory(planned.decoder).size();
      break;
    case MachineUnit::Aux:
      size = machine.auxMemory().size();
      break;
    case MachineUnit::Register:
      break;
    case MachineUnit::Accumulator:
    case MachineUnit::Dma:
      return makeFaultError(number, "the simulator keeps no state of '" + unit +
                                        "' between commands; expected data, "
                                        "mask, aux or register");
    }
    if (planned.decoder > 1)
      return makeFaultError(number, "expected decoder 0 or 1, found " +
                                        llvm::Twine(planned.decoder));
    if (!planned.address)
      return makeFaultError(number, "expected an address in '" + unit + "'");
    if (!planned.cycle && !planned.command)
      return makeFaultError(number, "expected cycle or command");
    if (*planned.machine == MachineUnit::Register) {
      if (!isConfiguration(*planned.address))
        return makeFaultError(
            number,
            llvm::formatv("expected the offset of a configuration register, "
                          "found {0:x}",
                          *planned.address)
                .str());
    } else if (*planned.address >= size) {
      return makeFaultError(
          number, llvm::formatv("expected an address from 0 to {0} of '{1}', "
                                "found {2}",
                                size - 1, unit, *planned.address)
                      .str());
    }
    auto word =
        planned.getWordFault(getLayout(*planned.machine), plan.seed, number);
    if (!word)
      return word.takeError();
    faults.push_back({*planned.machine, planned.decoder, *planned.address,
                      *word, planned.cycle, planned.command, number});
  }
  return faults;
}

void MachineFaults::arm(std::vector<MachineFault> faults) {
  pending = std::move(faults);
  records.clear();
}

llvm::Error MachineFaults::strike(const MachineFault &fault) {
  WordLayout layout = getLayout(fault.unit);
  FaultRecord record;
  auto inMemory = [&](void *memory) {
    record = numerics::strike(fault.word, layout, memory,
                              int64_t(fault.address), Metadata());
  };
  switch (fault.unit) {
  case MachineUnit::Data:
    inMemory(machine.mutableDataMemory(fault.decoder).data());
    break;
  case MachineUnit::Mask:
    inMemory(machine.mutableMaskMemory(fault.decoder).data());
    break;
  case MachineUnit::Aux:
    inMemory(machine.mutableAuxMemory().data());
    break;
  default: {
    auto offset = uint32_t(fault.address);
    llvm::Expected<uint32_t> value = machine.readRegister(offset);
    if (!value)
      return value.takeError();
    uint32_t word = *value;
    record = numerics::strike(fault.word, layout, &word, 0, Metadata());
    record.element = int64_t(fault.address);
    if (llvm::Error error = machine.writeRegister(offset, word))
      return error;
  }
  }
  record.site = -1;
  record.fault = fault.number;
  records.push_back(record);
  return llvm::Error::success();
}

llvm::Error MachineFaults::beforeCommand() {
  if (pending.empty())
    return llvm::Error::success();
  Stats stats = machine.stats();
  uint64_t cycles = stats.totalCycles();
  uint64_t commands = std::accumulate(stats.commands.begin(),
                                      stats.commands.end(), uint64_t(0));
  for (size_t i = 0; i < pending.size();) {
    bool due = pending[i].cycle ? cycles >= *pending[i].cycle
                                : commands >= *pending[i].command;
    if (!due) {
      ++i;
      continue;
    }
    MachineFault fault = pending[i];
    pending.erase(pending.begin() + i);
    if (llvm::Error error = strike(fault))
      return error;
  }
  return llvm::Error::success();
}
