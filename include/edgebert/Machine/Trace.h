//===- Trace.h - a timeline for Perfetto and chrome://tracing ---*- C++ -*-===//

#ifndef EDGEBERT_MACHINE_TRACE_H
#define EDGEBERT_MACHINE_TRACE_H

#include "edgebert/Machine/Machine.h"

#include "llvm/Support/raw_ostream.h"

namespace edgebert::machine {

/// Writes the events of `machine` as a trace in the Trace Event Format (JSON),
/// one track per resource. Times are microseconds at the clock of the
/// description's operating point; each event's arguments have its cycles and
/// the operation it belongs to.
void writeTrace(const Machine &machine, llvm::raw_ostream &os);

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_TRACE_H
