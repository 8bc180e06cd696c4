//===- Stats.cpp - what a machine counted -----------------------*- C++ -*-===//

#include "edgebert/Machine/Stats.h"

using namespace edgebert::machine;

UnitStats &UnitStats::operator+=(const UnitStats &other) {
  accumulatorWraps += other.accumulatorWraps;
  narrowingSaturations += other.narrowingSaturations;
  fixedWraps += other.fixedWraps;
  encodeSaturations += other.encodeSaturations;
  encodeFlushes += other.encodeFlushes;
  return *this;
}

bool edgebert::machine::operator==(const UnitStats &a, const UnitStats &b) {
  return a.accumulatorWraps == b.accumulatorWraps &&
         a.narrowingSaturations == b.narrowingSaturations &&
         a.fixedWraps == b.fixedWraps &&
         a.encodeSaturations == b.encodeSaturations &&
         a.encodeFlushes == b.encodeFlushes;
}

Stats &Stats::operator+=(const Stats &other) {
  auto add = [](auto &to, const auto &from) {
    for (size_t i = 0; i < to.size(); ++i)
      to[i] += from[i];
  };
  add(cycles, other.cycles);
  add(busy, other.busy);
  add(commands, other.commands);
  registerWrites += other.registerWrites;
  registerReads += other.registerReads;
  bytesIn += other.bytesIn;
  bytesOut += other.bytesOut;
  macs += other.macs;
  zeroMacs += other.zeroMacs;
  operandVectors += other.operandVectors;
  zeroOperandVectors += other.zeroOperandVectors;
  skippedCycles += other.skippedCycles;
  macs4 += other.macs4;
  computeCycles4 += other.computeCycles4;
  units += other.units;
  return *this;
}

llvm::StringRef edgebert::machine::resourceName(Resource resource) {
  switch (resource) {
  case Resource::Host:
    return "host";
  case Resource::Bus:
    return "register bus";
  case Resource::Dma:
    return "dma";
  case Resource::Matrix:
    return "matrix unit";
  case Resource::Special:
    return "special-function units";
  }
  return "";
}

llvm::StringRef edgebert::machine::cycleKindName(CycleKind kind) {
  switch (kind) {
  case CycleKind::RegisterWrite:
    return "register write";
  case CycleKind::RegisterRead:
    return "register read";
  case CycleKind::DmaRead:
    return "dma read";
  case CycleKind::DmaWrite:
    return "dma write";
  case CycleKind::Compute:
    return "compute";
  case CycleKind::Interrupt:
    return "interrupt";
  case CycleKind::HostCopy:
    return "host copy";
  case CycleKind::HostTranspose:
    return "host transpose";
  case CycleKind::HostOp:
    return "host op";
  case CycleKind::HostExpand:
    return "host expand";
  }
  return "";
}
