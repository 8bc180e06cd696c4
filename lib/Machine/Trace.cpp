//===- Trace.cpp - a timeline for Perfetto and chrome://tracing -*- C++ -*-===//

#include "edgebert/Machine/Trace.h"

#include "edgebert/Machine/Energy.h"

#include "llvm/Support/JSON.h"

using namespace edgebert::machine;

/// What an event's amount counts.
static llvm::StringRef amountName(const Event &event) {
  switch (event.kind) {
  case CycleKind::RegisterWrite:
  case CycleKind::RegisterRead:
    return "accesses";
  case CycleKind::DmaRead:
  case CycleKind::DmaWrite:
  case CycleKind::HostCopy:
  case CycleKind::HostTranspose:
  case CycleKind::HostExpand:
    return "bytes";
  case CycleKind::HostOp:
    return "elements";
  case CycleKind::Compute:
  case CycleKind::Interrupt:
    return event.resource == Resource::Matrix ? "macs" : "";
  }
  return "";
}

static void writeName(llvm::json::OStream &json, llvm::StringRef what,
                      unsigned track, llvm::StringRef name) {
  json.object([&] {
    json.attribute("ph", "M");
    json.attribute("name", what);
    json.attribute("pid", 1);
    json.attribute("tid", track);
    json.attributeObject("args", [&] { json.attribute("name", name); });
  });
}

void edgebert::machine::writeTrace(const Machine &machine,
                                   llvm::raw_ostream &os) {
  const EnergyTable &table = machine.description().energy;
  double cyclesPerMicrosecond =
      energy::frequencyMHz(table, table.operatingPoint);
  std::vector<Machine::Operation> operations = machine.operations();
  llvm::json::OStream json(os, 0);
  json.object([&] {
    json.attribute("displayTimeUnit", "ns");
    json.attributeObject("otherData", [&] {
      json.attribute("machine", machine.description().name);
      json.attribute("megahertz", cyclesPerMicrosecond);
    });
    json.attributeArray("traceEvents", [&] {
      writeName(json, "process_name", 0,
                "EdgeBERT (" + machine.description().name + ")");
      for (unsigned r = 0; r < kNumResources; ++r)
        writeName(json, "thread_name", r + 1, resourceName(Resource(r)));
      for (const Event &event : machine.events()) {
        json.object([&] {
          json.attribute("ph", "X");
          json.attribute("pid", 1);
          json.attribute("tid", unsigned(event.resource) + 1);
          json.attribute("name", event.command
                                     ? commandName(uint32_t(*event.command))
                                     : cycleKindName(event.kind));
          json.attribute("ts", double(event.begin) / cyclesPerMicrosecond);
          json.attribute("dur", double(event.end - event.begin) /
                                    cyclesPerMicrosecond);
          json.attributeObject("args", [&] {
            json.attribute("operation", operations[event.origin].name);
            json.attribute("cycle", event.begin);
            json.attribute("cycles", event.end - event.begin);
            if (!amountName(event).empty())
              json.attribute(amountName(event), event.amount);
          });
        });
      }
    });
  });
  os << "\n";
}
