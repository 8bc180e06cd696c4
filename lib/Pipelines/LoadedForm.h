//===- LoadedForm.h - a program in some form, ready to run ------*- C++ -*-===//

#ifndef EDGEBERT_LIB_PIPELINES_LOADEDFORM_H
#define EDGEBERT_LIB_PIPELINES_LOADEDFORM_H

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Execution/DeviceProgram.h"
#include "edgebert/Pipelines/Run.h"

namespace edgebert {

/// A program ready to run, with what it came from.
struct LoadedForm {
  std::string path;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  accel::Form form = accel::Form::Model;
  std::unique_ptr<execution::DeviceProgram> program;

  bool usesDevice() const { return form >= accel::Form::Accelerator; }
};

/// Compiles `run.program` for the host; an error if it is not for `run.device`.
llvm::Expected<LoadedForm> loadForm(const FormRun &run,
                                    mlir::MLIRContext &context, bool probes);

} // namespace edgebert

#endif // EDGEBERT_LIB_PIPELINES_LOADEDFORM_H
