//===- DeviceProgram.h - a program and the device it drives -----*- C++ -*-===//

#ifndef EDGEBERT_EXECUTION_DEVICEPROGRAM_H
#define EDGEBERT_EXECUTION_DEVICEPROGRAM_H

#include "edgebert/Execution/Accelerator.h"
#include "edgebert/Execution/FaultSession.h"
#include "edgebert/Execution/RunRequest.h"

namespace edgebert::execution {

struct DeviceProgramOptions {
  std::string entry = "main";
  machine::Description machine = machine::Description::asic();
  int threads = 1;
  /// Whether probes call back; without, they are not in the code.
  bool probes = false;
  /// Whether the program has its fault sites; without, they are not in the
  /// code.
  bool keepSites = false;
  /// HostPipelineOptions::fixedOrder.
  bool fixedOrder = false;
};

/// A module in any form, compiled for the host, with the simulated accelerator
/// that its edgebert ops act on.
class DeviceProgram {
public:
  static llvm::Expected<std::unique_ptr<DeviceProgram>>
  load(mlir::ModuleOp module, const DeviceProgramOptions &options = {});

  Program &getProgram() { return *program; }
  machine::Machine &getMachine() { return device->getMachine(); }
  /// The faults of later runs; null without `keepSites`.
  FaultSession *getFaults() { return faults.get(); }
  /// Those of the machine's memories and registers.
  machine::MachineFaults &getMachineFaults() { return device->getFaults(); }
  /// Calls `callback` at every probe of later runs.
  void setProbe(std::function<void(const ProbedValue &)> callback) {
    device->onProbe = std::move(callback);
  }

  /// Program::run and Program::runRows on the device; an error of the machine
  /// is the run's error.
  llvm::Expected<std::vector<NamedArray>>
  run(llvm::ArrayRef<NamedArray> arrays);
  llvm::Expected<std::vector<NamedArray>>
  runRows(llvm::ArrayRef<NamedArray> arrays,
          std::optional<int64_t> limit = std::nullopt);

  /// execution::fulfil on the device.
  llvm::Expected<std::vector<NamedArray>> fulfil(const RunRequest &request,
                                                 llvm::raw_ostream &os);

private:
  FaultSession *getFaultsOrOuter() const;

  std::unique_ptr<Accelerator> device;
  std::unique_ptr<FaultSession> faults;
  std::unique_ptr<Program> program;
};

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_DEVICEPROGRAM_H
