//===- Drivers.cpp - --edgebert-to-c --------------------------------------===//

#include "Drivers.h"

#include "edgebert/InitAll.h"
#include "edgebert/Target/C.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

LogicalResult
emitDriver(StringRef input, StringRef output, StringRef entry,
           llvm::function_ref<LogicalResult(Diagnostic &)> print) {
  DialectRegistry registry;
  edgebert::registerAllDialects(registry);
  MLIRContext context(registry);
  // The place is enough; a function may be thousands of lines.
  context.printOpOnDiagnostic(false);
  context.getDiagEngine().registerHandler(
      [&](Diagnostic &diagnostic) { return print(diagnostic); });
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(input, ParserConfig(&context));
  if (!module)
    return failure();
  edgebert::target::CDriverOptions options;
  options.entry = entry;
  options.name = llvm::sys::path::stem(output);
  FailureOr<edgebert::target::CDriver> driver =
      edgebert::target::emitCDriver(*module, options);
  if (failed(driver))
    return failure();
  if (llvm::Error error = edgebert::target::writeCDriver(*driver, output)) {
    llvm::WithColor::error() << llvm::toString(std::move(error)) << '\n';
    return failure();
  }
  return success();
}
