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
  }
  return "";
}
