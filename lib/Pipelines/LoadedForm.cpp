//===- LoadedForm.cpp - a program in some form, ready to run --------------===//

#include "LoadedForm.h"

#include "FaultRun.h"

#include "edgebert/Pipelines/Compile.h"
#include "edgebert/Pipelines/Pipelines.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::execution;
using accel::Form;

/// The file that stands for `program`; see FormRun::program.
static llvm::Expected<std::string> findProgram(const FormRun &run) {
  if (!llvm::sys::fs::is_directory(run.program))
    return run.program;
  std::vector<Form> forms = {Form::Command, Form::Scheduled, Form::Accelerator};
  if (run.device == "host")
    forms = {Form::Model};
  else if (run.device.empty())
    forms.push_back(Form::Model);
  for (Form form : forms)
    for (bool bytecode : {false, true}) {
      std::string path = getFormPath(run.program, form, bytecode);
      if (llvm::sys::fs::exists(path))
        return path;
    }
  return llvm::createStringError(
      run.program + ": expected " +
      (run.device == "host" ? "model.mlir"
                            : "command.mlir, scheduled.mlir or "
                              "accelerator.mlir") +
      " in the directory; edgebert-compile makes them");
}

llvm::Expected<LoadedForm>
edgebert::loadForm(const FormRun &run, MLIRContext &context, bool probes) {
  LoadedForm loaded;
  llvm::Expected<std::string> path = findProgram(run);
  if (!path)
    return path.takeError();
  loaded.path = *path;
  loaded.module = loadModule(*path, run.import, context);
  if (!loaded.module)
    return llvm::createStringError("cannot load " + *path);
  loaded.form = accel::inferForm(*loaded.module);
  if (run.device == "sim" && !loaded.usesDevice())
    return llvm::createStringError(
        "--device=sim: " + *path + " is in the " +
        accel::stringifyForm(loaded.form).str() +
        " form, which does not use the accelerator; compile it first "
        "(edgebert-compile)");
  if (run.device == "host" && loaded.usesDevice())
    return llvm::createStringError("--device=host: " + *path + " is in the " +
                                   accel::stringifyForm(loaded.form).str() +
                                   " form, which needs --device=sim");
  DeviceProgramOptions options;
  options.entry = run.entry;
  options.threads = run.threads;
  options.probes = probes;
  options.keepSites = !run.faultPlan.empty();
  // What is compared with generated drivers must not depend on this host.
  options.fixedOrder = loaded.usesDevice();
  llvm::Expected<machine::Description> machine =
      machine::Description::load(run.machine);
  if (!machine)
    return machine.takeError();
  options.machine = *machine;
  auto program = DeviceProgram::load(*loaded.module, options);
  if (!program)
    return program.takeError();
  loaded.program = std::move(*program);
  if (llvm::Error error = armFaults(run, loaded.form, *loaded.program))
    return std::move(error);
  return loaded;
}
