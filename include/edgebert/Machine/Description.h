//===- Description.h - what a machine is, as parameters ---------*- C++ -*-===//
//
// One struct with every number in which the two shipped machines differ, and
// every what-if number (listed in Description.def):
//
//   rtl    the published source, literally
//   asic   the intended machine: the same structure without the defects
//
// "Fact sheet" in this library is reference/edgebert-hardware.md of the shared
// material. Cycle formulas, which no parameter changes, are in Timing.h.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_DESCRIPTION_H
#define EDGEBERT_MACHINE_DESCRIPTION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <string>

namespace edgebert::machine {

/// What survives from one operation to the next.
enum class PersistentState {
  /// The published source: output counters are never cleared, M is latched
  /// once, bases lag by one operation (fact sheet 3.5, Persistent.h). A
  /// program that wants none of it resets the machine before each operation.
  Literal,
  /// Every operation starts from its registers alone.
  ClearedPerOperation,
};

/// Which register field gives the exponent bias that softmax and layer norm
/// encode their result with.
enum class OutputBias {
  Input, ///< adpbias_act1, the bias of the input too
  Act3,  ///< adpbias_act3, which ElemAdd already uses for its result
};

/// What each member means, its unit, its range and its source are in
/// Description.def, from which the members come; `edgebert-run --print-machine`
/// prints all of it.
#define EDGEBERT_MEMBER(GROUP, KEY, TYPE, MEMBER, ASIC, ...) TYPE MEMBER = ASIC;

/// Cycles the host spends, per unit of work.
struct HostCosts {
#define EDGEBERT_HOST EDGEBERT_MEMBER
#include "edgebert/Machine/Description.def"
};

/// Voltage, frequency and power; see Energy.h.
struct EnergyTable {
#define EDGEBERT_ENERGY EDGEBERT_MEMBER
#include "edgebert/Machine/Description.def"
};

/// A machine. The default is asic.
struct Description {
  std::string name = "asic";

#define EDGEBERT_PARAMETER EDGEBERT_MEMBER
#define EDGEBERT_FIXED(GROUP, KEY, TYPE, MEMBER, VALUE, ...)                   \
  static constexpr TYPE MEMBER = VALUE;
#include "edgebert/Machine/Description.def"

  HostCosts host;
  EnergyTable energy;

  unsigned maskRows() const { return maskBytes / 2; }

  /// Why there is no such machine, or the empty string.
  std::string invalid() const;

  static Description rtl();
  static Description asic();
  /// The shipped names.
  static llvm::ArrayRef<llvm::StringRef> names();
  /// The shipped machine `name`; the error names the nearest one.
  static llvm::Expected<Description> named(llvm::StringRef name);

  /// The machine that a user means by `nameOrPath`: a shipped name, or the path
  /// of a .yaml file.
  static llvm::Expected<Description> load(llvm::StringRef nameOrPath);
  /// The machine that the YAML `text` describes:
  ///
  ///   base: rtl              # a shipped name, first; asic if not given
  ///   name: small            # the file's name if not given
  ///   sizes:                 # any keys of Description.def, in any order
  ///     data_bytes: 32768
  ///
  /// An error starts with "FILE:LINE:COLUMN: " and names the key, the value and
  /// what is allowed, or for an unknown key the nearest one.
  static llvm::Expected<Description> parse(llvm::StringRef text,
                                           llvm::StringRef file);
  /// Writes every key with its documentation; `parse` of that is this machine.
  void print(llvm::raw_ostream &os) const;
};

#undef EDGEBERT_MEMBER

bool operator==(const Description &a, const Description &b);
inline bool operator!=(const Description &a, const Description &b) {
  return !(a == b);
}

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_DESCRIPTION_H
