//===- Stats.h - what a machine counted -------------------------*- C++ -*-===//

#ifndef EDGEBERT_MACHINE_STATS_H
#define EDGEBERT_MACHINE_STATS_H

#include "edgebert/Machine/Registers.h"
#include "edgebert/Machine/Units.h"

#include "llvm/ADT/StringRef.h"

#include <array>
#include <cstdint>

namespace edgebert::machine {

/// What the host's cycles are spent on, waiting included: the total is the sum.
enum class CycleKind {
  RegisterWrite,
  RegisterRead,
  DmaRead,  ///< external memory to the chip
  DmaWrite, ///< the chip to external memory
  Compute,
  Interrupt,
  HostCopy,
  HostTranspose,
  HostOp,
  HostExpand,
};
inline constexpr unsigned kNumCycleKinds = 10;
llvm::StringRef cycleKindName(CycleKind kind);

/// What works at the same time.
enum class Resource {
  Host,    ///< the core: copies and operations; not its register accesses
  Bus,     ///< the bus to the accelerator's registers
  Dma,     ///< the transfers
  Matrix,  ///< decoders, multipliers and accumulators
  Special, ///< softmax, layer norm, add, entropy, voltage
};
inline constexpr unsigned kNumResources = 5;
llvm::StringRef resourceName(Resource resource);

/// Host work, which the host program reports itself.
enum class HostWork {
  Copy,      ///< amount in bytes
  Transpose, ///< amount in bytes
  Op,        ///< amount in elements
  Rows,      ///< amount in bytes, 16 or more of them contiguous
  Expand,    ///< amount in bytes of expanded vectors
  Lookup,    ///< amount in elements, each read from a table by its code
};
inline constexpr unsigned kNumHostWorks = 6;

struct Stats {
  std::array<uint64_t, kNumCycleKinds> cycles{};
  /// Cycles each resource worked; their sum says nothing about the total.
  std::array<uint64_t, kNumResources> busy{};
  /// Completed commands by Command's value.
  std::array<uint64_t, kNumCommands> commands{};
  uint64_t registerWrites = 0, registerReads = 0;
  /// DMA traffic in bytes, masks and auxiliary data included.
  uint64_t bytesIn = 0, bytesOut = 0;
  /// Useful multiply-accumulates, n0 n1 m of each matmul.
  uint64_t macs = 0;
  /// Of those, the ones in a pair of vectors of which one is all zero.
  uint64_t zeroMacs = 0;
  /// Vectors the decoders delivered to the matmul and how many were all zero.
  uint64_t operandVectors = 0, zeroOperandVectors = 0;
  /// Compute cycles that Description::skipZeroVectors saved.
  uint64_t skippedCycles = 0;
  /// Of `macs` and of the compute cycles, those of 4-bit operands.
  uint64_t macs4 = 0, computeCycles4 = 0;
  /// What the units lost.
  UnitStats units;

  Stats &operator+=(const Stats &other);

  uint64_t &operator[](CycleKind kind) { return cycles[unsigned(kind)]; }
  uint64_t operator[](CycleKind kind) const { return cycles[unsigned(kind)]; }
  uint64_t totalCycles() const {
    uint64_t sum = 0;
    for (uint64_t c : cycles)
      sum += c;
    return sum;
  }
};

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_STATS_H
