//===- Energy.cpp - power and energy of the accelerator -------------------===//

#include "edgebert/Machine/Energy.h"

#include <cassert>

namespace edgebert::machine::energy {

/// Power at a corner, with its voltage and frequency.
namespace {
struct Corner {
  double volts, megahertz, milliwatt;
};
} // namespace

static Corner lowCorner(const EnergyTable &table, unsigned bits) {
  assert((bits == 8 || bits == 4) && "no such width");
  return {table.lowVolts, table.lowMegahertz,
          bits == 8 ? table.lowMilliwatt8 : table.lowMilliwatt4};
}

static Corner highCorner(const EnergyTable &table, unsigned bits) {
  assert((bits == 8 || bits == 4) && "no such width");
  return {table.highVolts, table.highMegahertz,
          bits == 8 ? table.highMilliwatt8 : table.highMilliwatt4};
}

/// Leakage per volt: the b of P / V = a V f + b through both corners.
static double leakageMilliampere(const EnergyTable &table, unsigned bits) {
  Corner low = lowCorner(table, bits), high = highCorner(table, bits);
  double lowVf = low.volts * low.megahertz,
         highVf = high.volts * high.megahertz;
  double lowCurrent = low.milliwatt / low.volts;
  double highCurrent = high.milliwatt / high.volts;
  return (lowCurrent * highVf - highCurrent * lowVf) / (highVf - lowVf);
}

/// Between the corners' values; exactly those at the ends.
static double interpolate(const EnergyTable &table, double low, double high,
                          unsigned point) {
  assert(point < table.points && "no such point");
  double t = double(point) / (table.points - 1);
  return low * (1 - t) + high * t;
}

/// After a reset.
static constexpr uint8_t kResetDco = 63;

unsigned lowestPoint(const EnergyTable &table) {
  return table.operatingPoint > kResetDco ? table.operatingPoint - kResetDco
                                          : 0;
}

Selectors selectorsOf(const EnergyTable &table, unsigned point) {
  assert(point >= lowestPoint(table) && point <= table.operatingPoint &&
         "no such point");
  auto below = uint8_t(table.operatingPoint - point);
  return {uint8_t(kResetDco - below), below};
}

std::optional<unsigned> pointOf(const EnergyTable &table, Selectors selectors) {
  unsigned below = selectors.ldo;
  if (selectors.dco + below != kResetDco ||
      below > table.operatingPoint - lowestPoint(table))
    return std::nullopt;
  return table.operatingPoint - below;
}

double volts(const EnergyTable &table, unsigned point) {
  return interpolate(table, table.lowVolts, table.highVolts, point);
}

double frequencyMHz(const EnergyTable &table, unsigned point) {
  return interpolate(table, table.lowMegahertz, table.highMegahertz, point);
}

double leakageMilliwatt(const EnergyTable &table, unsigned point,
                        unsigned bits) {
  return leakageMilliampere(table, bits) * volts(table, point);
}

double powerMilliwatt(const EnergyTable &table, unsigned point, unsigned bits) {
  Corner low = lowCorner(table, bits), high = highCorner(table, bits);
  // The corners are published, so they are not rounded.
  if (point == 0)
    return low.milliwatt;
  if (point == table.points - 1)
    return high.milliwatt;
  double leakage = leakageMilliampere(table, bits);
  double capacitance =
      (high.milliwatt / high.volts - leakage) / (high.volts * high.megahertz);
  double v = volts(table, point);
  return capacitance * v * v * frequencyMHz(table, point) + leakage * v;
}

double milliseconds(const EnergyTable &table, uint64_t cycles, unsigned point) {
  return double(cycles) / (frequencyMHz(table, point) * 1e3);
}

double energyOf(const EnergyTable &table, uint64_t cycles, unsigned point,
                unsigned bits) {
  return powerMilliwatt(table, point, bits) *
         milliseconds(table, cycles, point);
}

double standbyEnergyOf(const EnergyTable &table, double milliseconds) {
  return table.standbyMilliwatt * milliseconds;
}

Efficiency efficiencyOf(const EnergyTable &table, uint64_t denseMacs,
                        uint64_t zeroMacs, uint64_t cycles, unsigned point,
                        unsigned bits) {
  assert(zeroMacs <= denseMacs && "more zero than all");
  double microjoules = energyOf(table, cycles, point, bits);
  if (microjoules == 0)
    return {0, 0};
  // Operations per joule are operations per second and watt.
  double perMac = 2 * 1e6 / microjoules * 1e-12;
  return {double(denseMacs) * perMac, double(denseMacs - zeroMacs) * perMac};
}

std::pair<double, double> highMilliwattRange(const EnergyTable &table,
                                             unsigned bits) {
  Corner low = lowCorner(table, bits), high = highCorner(table, bits);
  double v = high.volts / low.volts;
  double f = high.megahertz / low.megahertz;
  return {low.milliwatt * v, low.milliwatt * v * v * f};
}

} // namespace edgebert::machine::energy
