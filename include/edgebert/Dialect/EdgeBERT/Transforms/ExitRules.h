//===- ExitRules.h - the numbers of early exit ------------------*- C++ -*-===//
//
// What a compiled program and the evaluation of a recording both do: how an
// exit's logits become codes for the entropy unit, in which steps the entropy
// after the first exit is looked up, and which voltage/frequency point follows
// from the cycles and the time that are left. Here for numbers; ExitHostCode.h
// builds the same as host code, operation by operation in f32.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_EXITRULES_H
#define EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_EXITRULES_H

#include "edgebert/Machine/Energy.h"

#include <cstdint>

namespace edgebert::accel::exits {

// The unit takes a row of 16 V lanes, and lanes without a logit take part. They
// get the most negative code of the largest exponent bias, which needs logits
// between -7.5 and 7.5: the difference to the largest is then below -8, of
// which EXP is 0, and above -32, where 16 bits would wrap. Other logits are
// moved there by subtracting the largest: adding a constant to all logits
// changes no entropy.

/// The exponent bias with the widest range that the unit's 16 bits hold: +-15.5
/// with 10 of fraction.
inline constexpr int kBias = 6;
inline constexpr float kLargestLogit = 7.5f;
/// Saturates to the smallest code, -15.5, whatever is subtracted.
inline constexpr float kPadding = -1048576.0f;

/// Units of an entropy or a threshold in a nat.
inline constexpr float kPerNat = 1024.0f;
/// The threshold that the unit compares with: rounded to even, saturated.
int16_t toThreshold(float nats);
/// In nats.
inline double toNats(int16_t threshold) { return threshold / double(kPerNat); }

/// The entropy after the first exit is looked up in steps of 1/16 nat; those
/// beyond 4 nats share the last entry.
inline constexpr unsigned kBins = 64, kBinWidth = 64;
unsigned getBin(int16_t entropy);

/// The lowest point at which `cycles` fit into what is left of `target`
/// milliseconds when `elapsed` cycles have passed at the operating point; the
/// operating point if they fit into none.
unsigned choosePoint(const machine::EnergyTable &table, int64_t elapsed,
                     int64_t cycles, float target);

} // namespace edgebert::accel::exits

#endif // EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_EXITRULES_H
