//===- Faults.h - faults in the machine's memories and registers -*- C++-*-===//
//
// Strikes between commands, so that the machine itself knows nothing of faults
// and pays nothing for them. What is struck stays until something overwrites
// it, as in the hardware.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_FAULTS_H
#define EDGEBERT_MACHINE_FAULTS_H

#include "edgebert/Machine/Machine.h"
#include "edgebert/Numerics/FaultPlan.h"

namespace edgebert::machine {

/// One fault in a place that holds bits. FaultRecord::site of its record is -1,
/// FaultRecord::element the address.
struct MachineFault {
  numerics::MachineUnit unit = numerics::MachineUnit::Data;
  unsigned decoder = 0;
  uint64_t address = 0;
  numerics::WordFault word;
  /// It strikes before the first command that starts with at least so many
  /// cycles, or so many completed commands, since the statistics were cleared.
  std::optional<uint64_t> cycle, command;
  int64_t number = 0;
};

class MachineFaults {
public:
  explicit MachineFaults(Machine &machine) : machine(machine) {}

  /// The machine's part of a plan. Data, mask and aux memories and registers
  /// can be struck; an address outside, a register that holds no
  /// configuration, and other units are errors that name the entry.
  static llvm::Expected<std::vector<MachineFault>>
  resolve(const numerics::FaultPlan &plan, const Machine &machine);

  void arm(std::vector<MachineFault> faults);
  bool isArmed() const { return !pending.empty(); }
  /// Strikes with what is due; to be called before each command.
  llvm::Error beforeCommand();

  llvm::ArrayRef<numerics::FaultRecord> getRecords() const { return records; }
  /// The armed faults that are still to come.
  llvm::ArrayRef<MachineFault> getPending() const { return pending; }

private:
  llvm::Error strike(const MachineFault &fault);

  Machine &machine;
  std::vector<MachineFault> pending;
  std::vector<numerics::FaultRecord> records;
};

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_FAULTS_H
