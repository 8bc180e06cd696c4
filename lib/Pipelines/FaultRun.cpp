//===- FaultRun.cpp - a run under a plan of faults ------------------------===//

#include "FaultRun.h"

#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace edgebert;
using namespace edgebert::execution;
using accel::Form;
using numerics::FaultPlan;
using numerics::FaultRecord;

llvm::Error edgebert::armFaults(const FormRun &run, Form form,
                                DeviceProgram &program) {
  if (run.faultPlan.empty())
    return llvm::Error::success();
  llvm::Expected<FaultPlan> plan = FaultPlan::load(run.faultPlan);
  if (!plan)
    return plan.takeError();
  FaultSession &session = *program.getFaults();
  auto inFile = [&](llvm::Error error) {
    return llvm::createStringError(run.faultPlan + ": " +
                                   llvm::toString(std::move(error)));
  };
  auto inMachine = machine::MachineFaults::resolve(*plan, program.getMachine());
  if (!inMachine)
    return inFile(inMachine.takeError());
  for (const machine::MachineFault &fault : *inMachine) {
    Form needed = fault.unit == numerics::MachineUnit::Register
                      ? Form::Command
                      : Form::Scheduled;
    if (form < needed)
      return inFile(numerics::makeFaultError(
          fault.number,
          "the " + accel::stringifyForm(form) + " form has no machine '" +
              numerics::stringifyMachineUnit(fault.unit) + "'; expected the " +
              accel::stringifyForm(needed) + " form"));
  }
  program.getMachineFaults().arm(std::move(*inMachine));
  auto faults = session.resolve(*plan);
  if (!faults)
    return inFile(faults.takeError());
  if (llvm::Error error = session.protect(*plan))
    return inFile(std::move(error));
  session.arm(std::move(*faults));
  return llvm::Error::success();
}

/// A number as JSON has it: no infinities, no NaN.
static llvm::json::Value toJson(float value) {
  if (std::isfinite(value))
    return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

/// As many digits as tell two codes apart.
static std::string toText(float value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", double(value));
  return text;
}

static llvm::Error writeLog(const FaultSession &session, llvm::StringRef path) {
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    llvm::json::OStream json(os, /*IndentSize=*/1);
    json.object([&] {
      json.attribute("runs", session.getNumRuns());
      json.attribute("check_bits", session.getNumCheckBits());
      json.attributeArray("records", [&] {
        for (const FaultRecord &record : session.getRecords()) {
          const fault::Site &site = *session.findSite(record.site);
          json.object([&] {
            json.attribute("fault", record.fault);
            json.attribute("run", record.run);
            json.attribute("site", record.site);
            json.attribute("name", site.name);
            json.attribute("kind", fault::stringifyKind(site.kind));
            json.attribute("format", site.layout.name());
            json.attribute("element", record.element);
            json.attribute("model",
                           numerics::stringifyFaultModel(record.model));
            json.attribute("field", record.field);
            json.attribute("bit", int64_t(record.bit));
            json.attribute("old_code", int64_t(record.oldCode));
            json.attribute("new_code", int64_t(record.newCode));
            json.attribute("old_value", toJson(record.oldValue));
            json.attribute("new_value", toJson(record.newValue));
          });
        }
      });
      json.attributeArray("detections", [&] {
        for (const Detection &detection : session.getDetections())
          json.object([&] {
            json.attribute("check", detection.check);
            json.attribute("name", detection.name);
            json.attribute("run", detection.run);
            json.attribute("count", detection.count);
            json.attribute("corrected", detection.corrected);
          });
      });
      json.attributeArray("not_struck", [&] {
        for (const SiteFault *fault : session.getUnstruck())
          json.value(fault->number);
      });
    });
    os << "\n";
    return llvm::Error::success();
  });
}

llvm::Error edgebert::reportFaults(const FormRun &run, DeviceProgram &program,
                                   llvm::raw_ostream &os) {
  if (run.faultPlan.empty())
    return llvm::Error::success();
  const FaultSession &session = *program.getFaults();
  // The first of many are enough to see that it works.
  constexpr size_t kShown = 16;
  for (const FaultRecord &record : session.getRecords().take_front(kShown)) {
    const fault::Site &site = *session.findSite(record.site);
    os << llvm::formatv(
        "fault {0} in run {1}: {2} '{3}' element {4}, {5} bit {6}: "
        "{7:x} ({8}) to {9:x} ({10}){11}\n",
        record.fault, record.run, fault::stringifyKind(site.kind), site.name,
        record.element, record.field, record.bit, record.oldCode,
        toText(record.oldValue), record.newCode, toText(record.newValue),
        record.changed() ? "" : ", no change");
  }
  if (session.getRecords().size() > kShown)
    os << "and " << session.getRecords().size() - kShown
       << " more; --fault-log lists all\n";
  machine::MachineFaults &inMachine = program.getMachineFaults();
  for (const FaultRecord &record : inMachine.getRecords())
    os << llvm::formatv("fault {0} in the machine: address {1}, bit {2}: {3:x} "
                        "to {4:x}{5}\n",
                        record.fault, record.element, record.bit,
                        record.oldCode, record.newCode,
                        record.changed() ? "" : ", no change");
  for (const machine::MachineFault &fault : inMachine.getPending())
    os << "fault " << fault.number
       << " did not strike: the program ended before\n";
  for (const SiteFault *fault : session.getUnstruck())
    os << "fault " << fault->number << " did not strike: site " << fault->site
       << (fault->run ? " was not reached in run " + std::to_string(*fault->run)
                      : std::string(" was not reached"))
       << " of " << session.getNumRuns() << "\n";
  for (const Detection &detection : session.getDetections())
    os << llvm::formatv("detected in run {0}: {1} elements at '{2}'{3}\n",
                        detection.run, detection.count, detection.name,
                        detection.corrected ? ", corrected" : "");
  if (int64_t bits = session.getNumCheckBits())
    os << "protection: " << bits << " check bits\n";
  return run.faultLog.empty() ? llvm::Error::success()
                              : writeLog(session, run.faultLog);
}
