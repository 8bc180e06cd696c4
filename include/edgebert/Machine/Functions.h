//===- Functions.h - exp, log and 1/sqrt of the machine ---------*- C++ -*-===//
//
// The piecewise linear functions of the special-function units in closed form
// (fact sheet 5.7): raw fixed-point numbers with 10 fraction bits in and out.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_FUNCTIONS_H
#define EDGEBERT_MACHINE_FUNCTIONS_H

#include <cstdint>

namespace edgebert::machine {

/// e^v. Results of 64.0 and more wrap; 32.0 and more look negative as int16_t.
/// `fractionBits` (11 or 12) is Description::expFractionBits.
uint16_t expFixed(int16_t v, unsigned fractionBits);

/// Whether e^v is 32.0 or more.
bool expOverflows(int16_t v, unsigned fractionBits);

/// ln u; for u = 0 it is 0, or -32.0 with Description::logOfZeroIsMinimum.
/// Published for 16 bits; a wider u is normalised to its 16 most significant
/// bits first.
int16_t logFixed(uint32_t u, bool ofZeroIsMinimum);

/// 1 / sqrt(u); 65535 for u = 0.
uint16_t invSqrtFixed(uint16_t u);

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_FUNCTIONS_H
