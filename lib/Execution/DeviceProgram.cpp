//===- DeviceProgram.cpp - a program and the device it drives -------------===//

#include "edgebert/Execution/DeviceProgram.h"

#include "edgebert/Conversion/Passes.h"
#include "edgebert/Dialect/Mask/Transforms/Passes.h"
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::execution;

llvm::Expected<std::unique_ptr<DeviceProgram>>
DeviceProgram::load(ModuleOp module, const DeviceProgramOptions &options) {
  std::unique_ptr<DeviceProgram> result(new DeviceProgram());
  auto device = Accelerator::create(options.machine, module);
  if (!device)
    return device.takeError();
  result->device = std::move(*device);

  ProgramOptions program;
  program.threads = options.threads;
  program.pipeline.entry = options.entry;
  program.pipeline.fixedOrder = options.fixedOrder;
  program.pipeline.keepSites = options.keepSites;
  if (options.keepSites) {
    FailureOr<std::vector<fault::Site>> sites = fault::getSites(module);
    if (failed(sites))
      return llvm::createStringError("the program's fault sites are not valid");
    result->faults = std::make_unique<FaultSession>(std::move(*sites));
  }
  program.pipeline.beforeBufferization = [](OpPassManager &pm) {
    pm.addPass(mask::createConvertMaskToLinalg());
    pm.addPass(numfmt::createConvertNumFmtToLinalg());
  };
  program.pipeline.afterBufferization = [&](OpPassManager &pm) {
    ConvertEdgeBERTToRuntimePassOptions runtime;
    runtime.probes = options.probes;
    pm.addPass(createConvertEdgeBERTToRuntimePass(runtime));
  };
  for (auto [name, address] : getDeviceSymbols())
    program.symbols.push_back({name, address});
  auto compiled = Program::load(module, program);
  if (!compiled)
    return compiled.takeError();
  result->program = std::move(*compiled);
  return result;
}

/// The outcome of a run, or the error the machine met during it.
static llvm::Expected<std::vector<NamedArray>>
withDeviceError(llvm::Expected<std::vector<NamedArray>> outputs,
                Accelerator &device) {
  if (llvm::Error error = device.takeError()) {
    if (!outputs)
      llvm::consumeError(outputs.takeError());
    return std::move(error);
  }
  return outputs;
}

FaultSession *DeviceProgram::getFaultsOrOuter() const {
  return faults ? faults.get() : FaultSession::getCurrent();
}

llvm::Expected<std::vector<NamedArray>>
DeviceProgram::run(llvm::ArrayRef<NamedArray> arrays) {
  Accelerator::Scope scope(*device);
  FaultSession::Scope faultScope(getFaultsOrOuter());
  return withDeviceError(program->run(arrays), *device);
}

llvm::Expected<std::vector<NamedArray>>
DeviceProgram::runRows(llvm::ArrayRef<NamedArray> arrays,
                       std::optional<int64_t> limit) {
  Accelerator::Scope scope(*device);
  FaultSession::Scope faultScope(getFaultsOrOuter());
  return withDeviceError(program->runRows(arrays, limit), *device);
}

llvm::Expected<std::vector<NamedArray>>
DeviceProgram::fulfil(const RunRequest &request, llvm::raw_ostream &os) {
  Accelerator::Scope scope(*device);
  FaultSession::Scope faultScope(getFaultsOrOuter());
  return withDeviceError(execution::fulfil(request, *program, os), *device);
}
