//===- FaultPlan.h - which faults strike where and when ---------*- C++ -*-===//
//
// A plan is data of a run: a YAML file (or JSON, which is YAML) that any form
// of an instrumented program reads. Sites are named by id or by name and kind;
// memories and registers of the machine by what they are.
//
//   seed: 7                    # decides what is left open; default 0
//   faults:
//     - site: 2874015          # an id of fault-list-sites
//       element: 5             # row-major; or index: [0, 5]; else drawn
//       bit: 3                 # 0 is the least significant; or bits: [3, 7];
//       field: exponent        # counted in this field; without bits, one is
//                              # drawn, of the field or of the word
//       run: 2                 # transient: in this run (row) only
//     - name: layer.query.weight
//       kind: weight           # activation unless said
//       bit: 6
//       count: 2               # two neighbouring bits from `bit` up
//       model: stuck-at-1      # flip, stuck-at-0, stuck-at-1, random
//     - name: /layer/Add
//       model: random          # another code, or, with low and high, the code
//       low: -1.0              # of a number in [low, high)
//       high: 1.0
//     - machine: data          # data, mask, aux, accumulator, register, dma
//       decoder: 0             # data and mask memories
//       address: 4096          # byte, mask row, aux byte, lane, register
//                              # offset
//       bit: 2                 # of the byte, the row, the word
//       cycle: 12000           # or command: 3, before the operation of that
//                              # number since the machine's reset
//
//   protect:                   # storage that notices faults (Protection.h)
//     - kind: weight           # or site: 2874015
//       code: secded           # parity, secded, tmr
//
// Without `run` a fault is permanent: it strikes in every run.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_FAULTPLAN_H
#define EDGEBERT_NUMERICS_FAULTPLAN_H

#include "edgebert/Numerics/FaultModel.h"
#include "edgebert/Numerics/Protection.h"

namespace edgebert::numerics {

/// A part of the machine that holds bits.
enum class MachineUnit {
  Data,        ///< a scratchpad's codes, by byte address
  Mask,        ///< a mask memory, by row
  Aux,         ///< the auxiliary memory, by byte address
  Accumulator, ///< the sum of a lane, as it is written back
  Register,    ///< a configuration register, by offset
  Dma,         ///< a word on its way over the bus, by beat
};

llvm::StringRef stringifyMachineUnit(MachineUnit unit);

/// One entry of a plan, as it was written.
struct PlannedFault {
  // Where, in the program ...
  std::optional<int64_t> site;
  std::string name;
  std::string kind = "activation";
  std::optional<int64_t> element;
  std::vector<int64_t> index;
  // ... or in the machine.
  std::optional<MachineUnit> machine;
  unsigned decoder = 0;
  std::optional<uint64_t> address;
  std::optional<uint64_t> cycle, command;

  // What.
  FaultModel model = FaultModel::Flip;
  std::vector<unsigned> bits;
  std::string field;
  unsigned count = 1;
  std::optional<float> low, high;

  /// When; none: in every run.
  std::optional<int64_t> run;

  /// The word fault on words of `layout`; `number` is the entry's place in its
  /// plan. Draws the bit if the entry leaves it open. Errors name the field or
  /// bit and what the layout has.
  llvm::Expected<WordFault> getWordFault(const WordLayout &layout,
                                         uint64_t seed, int64_t number) const;
};

/// Which sites are stored with check bits; later entries prevail.
struct PlannedProtection {
  std::optional<int64_t> site;
  std::string kind;
  Protection code = Protection::None;
};

struct FaultPlan {
  uint64_t seed = 0;
  std::vector<PlannedFault> faults;
  std::vector<PlannedProtection> protect;

  /// Errors name `file`, line and column, and what was expected.
  static llvm::Expected<FaultPlan> parse(llvm::StringRef text,
                                         llvm::StringRef file);
  static llvm::Expected<FaultPlan> load(llvm::StringRef path);
};

/// "fault 3: " in front of a message.
llvm::Error makeFaultError(int64_t number, const llvm::Twine &message);

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_FAULTPLAN_H
