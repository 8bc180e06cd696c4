//===- WriteBaseline.cpp - write the program of a baseline ----------------===//

#include "edgebert/Baselines/Passes.h"
#include "edgebert/Baselines/Program.h"

#include "llvm/Support/FileUtilities.h"

namespace edgebert::baselines {
#define GEN_PASS_DEF_WRITEBASELINEPASS
#include "edgebert/Baselines/Passes.h.inc"
} // namespace edgebert::baselines

using namespace mlir;
using namespace edgebert;
using namespace edgebert::baselines;

namespace {
struct WriteBaseline : baselines::impl::WriteBaselinePassBase<WriteBaseline> {
  using WriteBaselinePassBase::WriteBaselinePassBase;

  void runOnOperation() override {
    if (failed(write()))
      signalPassFailure();
    markAllAnalysesPreserved();
  }

  LogicalResult write();
  FailureOr<Program> lower(const Layer &layer, const machine::Description &soc);
};
} // namespace

FailureOr<Program> WriteBaseline::lower(const Layer &layer,
                                        const machine::Description &soc) {
  switch (program) {
  case ProgramKind::Core:
    return lowerToCore(layer, soc);
  case ProgramKind::Systolic:
    return lowerToSystolic(layer, soc, SystolicArray());
  case ProgramKind::ThesisDriver:
    return lowerToThesisDriver(layer, soc);
  }
  llvm_unreachable("covered switch");
}

LogicalResult WriteBaseline::write() {
  ModuleOp module = getOperation();
  if (format == ProgramFormat::C && program != ProgramKind::Core)
    return module.emitError("only the program 'core' can be written as C: the "
                            "others drive hardware");
  auto functions = llvm::to_vector(module.getOps<func::FuncOp>());
  size_t bodies = llvm::count_if(
      functions, [](func::FuncOp func) { return !func.isExternal(); });
  if (functions.size() != 1 || bodies != 1)
    return module.emitError("expected one function with a body, found ")
           << functions.size() << ", " << bodies << " with a body";
  auto soc = machine::Description::load(machine);
  if (!soc)
    return module.emitError(llvm::toString(soc.takeError()));
  FailureOr<Layer> layer = readLayer(functions[0]);
  if (failed(layer))
    return failure();
  FailureOr<Program> lowered = lower(*layer, *soc);
  if (failed(lowered))
    return failure();
  llvm::Error error = llvm::writeToOutput(output, [&](llvm::raw_ostream &os) {
    if (format == ProgramFormat::C)
      writeC(*lowered, os);
    else
      writeJson(*lowered, *layer, os);
    return llvm::Error::success();
  });
  if (error)
    return module.emitError(output) << ": " << llvm::toString(std::move(error));
  return success();
}
