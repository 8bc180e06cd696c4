//===- Energy.h - power and energy of the accelerator -----------*- C++ -*-===//
//
// The chip has 16 voltage/frequency points, of which the two corners are
// published (Description.def, group energy). Assumed for the others:
//
//   voltage    equal steps from the low to the high corner
//   frequency  linear in the voltage
//   power      P(V, f) = a V^2 f + b V
//
// a, the switched capacitance, and b, a leakage current, are what makes both
// corners exact: 0.158 nF and 8.6 mA for 8-bit codes, 0.144 nF and 7.6 mA for
// 4-bit codes. Dynamic power alone does not fit: energy per cycle rises by a
// third between the corners, V^2 by a factor of 2.6.
//
// Which selectors of the DVFS unit (command 12) mean which point is assumed,
// too: those after a reset (fact sheet 3.1: dco 63, ldo 0) are the operating
// point, and each point below it is one less of dco, the oscillator's step, and
// one more of ldo, the regulator's drop.
//
// Points count from 0 (lowest) to points - 1. `bits` is 8 or 4, the width of
// the codes that are multiplied.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_ENERGY_H
#define EDGEBERT_MACHINE_ENERGY_H

#include "edgebert/Machine/Description.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace edgebert::machine::energy {

/// What makes the unit select a point.
struct Selectors {
  uint8_t dco, ldo;
};
/// The lowest point that has selectors, of which there are 64.
unsigned lowestPoint(const EnergyTable &table);
/// Of a point from the lowest to the operating point.
Selectors selectorsOf(const EnergyTable &table, unsigned point);
/// The point that the selectors mean, or none.
std::optional<unsigned> pointOf(const EnergyTable &table, Selectors selectors);

double volts(const EnergyTable &table, unsigned point);
double frequencyMHz(const EnergyTable &table, unsigned point);
/// While computing.
double powerMilliwatt(const EnergyTable &table, unsigned point, unsigned bits);
/// While the clock runs at a point and nothing switches: the b V above.
double leakageMilliwatt(const EnergyTable &table, unsigned point,
                        unsigned bits);

double milliseconds(const EnergyTable &table, uint64_t cycles, unsigned point);
/// Of computing for `cycles`, in microjoules.
double energyOf(const EnergyTable &table, uint64_t cycles, unsigned point,
                unsigned bits);
/// Of waiting between runs, in microjoules.
double standbyEnergyOf(const EnergyTable &table, double milliseconds);

/// Operations per energy, in TOPS/W; a multiply-accumulate is two operations.
/// Published peaks (8.24 at 8 bit, 18.1 at 4 bit) count the dense operations
/// of sparse runs that skip; compare them with `dense` of such a run.
struct Efficiency {
  /// All multiply-accumulates of the operation, as if nothing was zero.
  double dense;
  /// Without those that have an all-zero operand vector.
  double effective;
};
Efficiency efficiencyOf(const EnergyTable &table, uint64_t denseMacs,
                        uint64_t zeroMacs, uint64_t cycles, unsigned point,
                        unsigned bits);

/// The powers of the high corner for which neither a nor b is negative.
std::pair<double, double> highMilliwattRange(const EnergyTable &table,
                                             unsigned bits);

} // namespace edgebert::machine::energy

#endif // EDGEBERT_MACHINE_ENERGY_H
