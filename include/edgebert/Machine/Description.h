//===- Description.h - what a machine is, as parameters ---------*- C++ -*-===//
//
// One struct with every number in which the two shipped machines differ, and
// every what-if number:
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

#include <cstdint>
#include <string>

namespace edgebert::machine {

/// What survives from one operation to the next.
enum class PersistentState {
  /// The published source: output counters are never cleared, M is latched
  /// once, bases lag by one operation (fact sheet 3.5). Only the first
  /// operation of a kind after a reset is defined; the simulator refuses a
  /// second one.
  OneShot,
  /// Every operation starts from its registers alone.
  ClearedPerOperation,
};

/// Which register field gives the exponent bias that softmax and layer norm
/// encode their result with.
enum class OutputBias {
  Input, ///< adpbias_act1, the bias of the input too
  Act3,  ///< adpbias_act3, which ElemAdd already uses for its result
};

/// Cycles the host spends, per unit of work. A core that runs one operation
/// per cycle from its L1 cache unless said otherwise.
struct HostCosts {
  /// One 32-bit write to the accelerator's registers. Source: fact sheet 5.9.
  double registerWriteCycles = 5;
  /// One 32-bit read; assumed the same crossing as a write.
  double registerReadCycles = 5;
  /// Copying one byte between two places of DRAM; assumed an 8-byte load and
  /// store per 2 cycles.
  double copyCyclesPerByte = 0.25;
  /// Moving one byte in a transpose or re-layout; assumed a byte load, a byte
  /// store and half of the address arithmetic.
  double transposeCyclesPerByte = 3;
  /// One element of any other host operation (encode, add, gelu...); assumed.
  double opCyclesPerElement = 10;
  /// One element read through a 256-entry table; assumed an index load, a
  /// table load, a store and the address arithmetic.
  double lookupCyclesPerElement = 4;
  /// Setting one byte of DRAM; assumed an 8-byte store per cycle.
  double memsetCyclesPerByte = 0.125;
  /// Taking one interrupt: entry, acknowledge, return. Assumed free, since the
  /// published driver polls.
  double interruptCycles = 0;
  /// Call and loop set-up of one copy, transpose, other operation; assumed.
  double copyCyclesPerCall = 20;
  double transposeCyclesPerCall = 20;
  double opCyclesPerCall = 20;
  /// One allocation and its release; assumed.
  double mallocCyclesPerCall = 200;
};

/// Voltage, frequency and power. The two corners are published for the chip
/// (ISSCC 2023, 22.9); see Energy.h for the points between them.
struct EnergyTable {
  /// Voltage/frequency points; published.
  unsigned points = 16;
  double lowVolts = 0.62, highVolts = 1.0;
  double lowMegahertz = 77, highMegahertz = 717;
  /// Power while computing on 8-bit codes.
  double lowMilliwatt8 = 10, highMilliwatt8 = 122;
  /// Power while computing on 4-bit codes.
  double lowMilliwatt4 = 9, highMilliwatt4 = 111;
  /// Power between runs; assumed: the leakage that the corners imply, at 0.5 V.
  double standbyMilliwatt = 4;
  /// The point a run is reported at, 0 (lowest) to points - 1.
  unsigned operatingPoint = 15;
};

/// A machine. Every field's comment says why the profiles differ, or "what-if"
/// where they do not.
struct Description {
  std::string name = "asic";

  // Sizes.

  /// Codes per vector and lanes per multiplier. Not a parameter: the register
  /// fields, the mask word and the kernels are built on it.
  static constexpr unsigned vectorSize = 16;
  /// 4-bit codes per vector (thesis 9.1.4).
  static constexpr unsigned vectorSize4 = 32;
  /// Bytes of each of the two data memories (fact sheet 2); what-if.
  unsigned dataBytes = 65536;
  /// Bytes of each of the two mask memories, two per vector; what-if.
  unsigned maskBytes = 8192;
  /// Bytes of the auxiliary memory; what-if.
  unsigned auxBytes = 4096;
  /// Beats of 8 bytes in the longest DMA burst (fact sheet 6); what-if.
  unsigned burstBeats = 256;

  // Addresses and state.

  /// Bits of the base and offset register fields. 12 in the published source,
  /// which cannot address most of the data memory; 16 as the driver assumes.
  unsigned addressBits = 16;
  /// Bytes per unit of base_attn_span, base_gamma and base_beta. In the
  /// published source they count bytes, so that beta cannot lie behind a gamma
  /// of more than 255 columns; counting vectors of 16 (asic) reaches all of the
  /// auxiliary memory with the same fields.
  unsigned auxBaseUnit = 16;
  /// Whether a stream that runs past the end of a memory, or a result that
  /// lands on an operand still to be read, is an error (asic) or wraps and
  /// overwrites silently as the counters do (rtl).
  bool checksAddresses = true;
  /// See PersistentState. rtl needs a reset before each operation.
  PersistentState persistentState = PersistentState::ClearedPerOperation;
  /// The published DMA puts a short last burst at a wrong address, advances
  /// the external mask address by half of what it moved, and counts beats in
  /// 12 bits (fact sheet 6). rtl only.
  bool dmaDefects = false;
  /// Whether a load takes base_output as its destination. Every published load
  /// lands at address 0 (fact sheet 6); what-if, for double buffering.
  bool dmaDestination = false;
  /// Whether bit 4 of gb_mode_config lets the special-function units read and
  /// write the 16x16-tiled layout of the matmul, so that they can follow it in
  /// the scratchpad (thesis 9.5.3). Needs a multiple of 16 timesteps. The
  /// published units know only the row-major layout.
  bool tiledLayout = true;

  // Matmul.

  /// Bits of an accumulator, wrapping. 16 in the published source, where real
  /// layers wrap; 32 holds the exact sum of any realistic layer.
  unsigned accumulatorBits = 32;
  /// The published encoder forgets the sign when it saturates: a large
  /// negative value becomes +max. rtl only.
  bool loseSignOnOverflow = false;
  /// Whether an all-zero vector of decoder 1 costs no compute cycle (thesis
  /// 9.1.3). Off in both: the published timing does not (what-if).
  bool skipZeroVectors = false;

  // Special-function units.

  /// Fraction bits inside EXP: 11 as in ac_math <= 3.4.2, which the published
  /// source was executed with; 12 as in later versions (what-if).
  unsigned expFractionBits = 11;
  /// softmax and layer norm encode with the input's bias in the published
  /// source, where a softmax of scores in +-31 would be encoded with bias 7.
  OutputBias sfuOutputBias = OutputBias::Act3;

  /// The published softmax and entropy units reinterpret raw code bytes as
  /// 16-bit numbers in their second and third pass. rtl only.
  bool softmaxRawInput = false;
  /// Passes over a row after which the softmax decoder advances: 3 is right,
  /// 4 is what the published counter does. Right for 2 timesteps either way.
  unsigned softmaxDecoderPeriod = 3;
  /// The published softmax takes the logarithm of the sum again for every
  /// vector of a row. rtl only.
  bool softmaxRepeatsLog = false;
  /// out = Normalize(span * softmax(x)): the sum weighs each term with its
  /// span (thesis 9.1.2). Off: the result is only multiplied by the span.
  bool softmaxRenormalise = true;
  /// Bits of the sum. The published 16 wrap beyond 32 or 64 equal terms; with
  /// 32, LOG normalises the wider integer and uses the same segments.
  unsigned softmaxSumBits = 32;
  /// An all-zero span writes zeros and computes nothing (thesis 9.1.2). The
  /// published unit computes all of it.
  bool skipZeroSpan = true;
  /// The maximum is taken over columns with a non-zero span only, so that
  /// masked and padding columns cannot push the others' exponentials to 0.
  /// The published unit reads the span after the maximum.
  bool softmaxMaxOverSpan = true;

  /// The published layer norm reads beta from gamma's address. rtl only.
  bool layerNormBetaFromGamma = false;
  /// Bits of the product mean * mean: the published 17 wrap for |mean| >=
  /// 0.25; 32 is exact.
  unsigned layerNormMeanSquareBits = 32;
  /// Bits of the sums over a row, of x and of x^2; what-if.
  unsigned layerNormSumBits = 20;
  /// Bits of the sum over one vector that is added to those. The published 16
  /// wrap where 16 squares reach 32.0; asic keeps all bits.
  unsigned layerNormVectorSumBits = 20;
  /// The variance in 2^-10 is at least this. The published unit has no
  /// epsilon: 0 gives an inverse of -1, a negative rounding error about 1/8.
  unsigned layerNormMinVariance = 1;

  /// The published entropy unit computes sum exp(x (x - max)) for
  /// sum x exp(x - max), in 16 bits, and an integer quotient. rtl only.
  bool entropyDefects = false;

  // Precision.

  /// Whether the multipliers also take 4-bit codes, 32 per vector (thesis
  /// 9.1.4). The published source has 8 bits only.
  bool afp4 = true;

  // Time.

  /// Commands the host may have in flight. 1: it waits for each interrupt
  /// before it writes a register again, as published; more lets commands
  /// overlap (what-if).
  unsigned commandQueueDepth = 1;

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
};

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_DESCRIPTION_H
