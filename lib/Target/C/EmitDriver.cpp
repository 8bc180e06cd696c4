//===- EmitDriver.cpp - a command-form module as a C driver ---------------===//

#include "DramImage.h"
#include "PrintDriver.h"

#include "edgebert/Analysis/Origins.h"
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"
#include "edgebert/Execution/HostPipeline.h"
#include "edgebert/Target/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::target;

/// Inputs and results of the entry function by name.
static LogicalResult readPorts(func::FuncOp entry, DriverDescription &driver) {
  StringRef attribute = accel::EdgeBERTDialect::kNameAttr;
  auto add = [&](SmallVectorImpl<execution::Port> &ports, Type type,
                 StringAttr name, const Twine &fallback) -> LogicalResult {
    llvm::Expected<execution::Port> port =
        execution::getPort(type, name, fallback);
    if (!port)
      return entry.emitOpError(llvm::toString(port.takeError()));
    ports.push_back(std::move(*port));
    return success();
  };
  for (unsigned i = 0; i < entry.getNumArguments(); ++i)
    if (failed(add(driver.inputs, entry.getArgument(i).getType(),
                   entry.getArgAttrOfType<StringAttr>(i, attribute),
                   "arg" + Twine(i))))
      return failure();
  for (unsigned i = 0; i < entry.getNumResults(); ++i)
    if (failed(add(driver.outputs, entry.getResultTypes()[i],
                   entry.getResultAttrOfType<StringAttr>(i, attribute),
                   "result" + Twine(i))))
      return failure();
  return success();
}

/// Says in the program where the model's operations begin.
static void insertOrigins(ModuleOp module) {
  analysis::forEachOrigin(module, [](Operation *op, StringRef name) {
    OpBuilder builder(op);
    emitc::VerbatimOp::create(builder, op->getLoc(),
                              "EDGEBERT_ORIGIN(" + quote(name) + ");");
  });
}

/// Says that arguments are unused on purpose: a kernel does not read the output
/// that it overwrites, nor a scalar that was folded.
static void markUnusedArguments(emitc::FuncOp function) {
  OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
  for (Value argument : function.getArguments())
    if (argument.use_empty())
      emitc::VerbatimOp::create(builder, function.getLoc(),
                                builder.getStringAttr("(void){};"), argument);
}

/// All functions are the driver's own, declared before they are defined.
static void declareFunctions(ModuleOp module, emitc::FuncOp program) {
  OpBuilder builder(module.getContext());
  builder.setInsertionPointToStart(module.getBody());
  for (auto function : module.getOps<emitc::FuncOp>()) {
    function.setSpecifiersAttr(builder.getStrArrayAttr({"static"}));
    markUnusedArguments(function);
    if (function != program)
      emitc::DeclareFuncOp::create(builder, function.getLoc(),
                                   function.getSymName());
  }
}

FailureOr<CDriver>
edgebert::target::emitCDriver(ModuleOp original,
                              const CDriverOptions &options) {
  OwningOpRef<ModuleOp> module(original.clone());
  MLIRContext *context = module->getContext();
  execution::HostPipelineOptions host;
  host.entry = options.entry;
  host.beforeBufferization = [](OpPassManager &pm) {
    pm.addPass(numfmt::createConvertNumFmtToLinalg());
    pm.addPass(createSpecializeShapes());
  };
  host.fixedOrder = true;
  host.scalar = true;

  PassManager prepare(context);
  accel::VerifyFormPassOptions form;
  form.form = accel::Form::Command;
  prepare.addPass(accel::createVerifyFormPass(form));
  execution::buildHostPreparePipeline(prepare, host);
  prepare.addPass(createSymbolDCEPass());
  if (failed(prepare.run(*module)))
    return failure();

  DriverDescription driver;
  driver.name = options.name;
  auto entry = module->lookupSymbol<func::FuncOp>(options.entry);
  if (failed(readPorts(entry, driver)))
    return failure();

  context->getOrLoadDialect<emitc::EmitCDialect>();
  insertOrigins(*module);
  PassManager lower(context);
  execution::buildHostLoopPipeline(lower, host);
  if (failed(lower.run(*module)))
    return failure();
  if (auto size = entry->getAttrOfType<IntegerAttr>("edgebert.arena"))
    driver.arenaSize = size.getInt();
  driver.dram = DramLayout::of(*module);
  FailureOr<std::vector<char>> image = buildDramImage(*module, driver.dram);
  if (failed(image))
    return failure();
  driver.imageSize = image->size();

  entry.setPrivate();
  if (failed(SymbolTable(*module).rename(
          entry, StringAttr::get(context, kProgramFunction))))
    return failure();
  PassManager convert(context);
  convert.addPass(createConvertCommandToEmitC());
  convert.addPass(createCSEPass());
  if (failed(convert.run(*module)))
    return failure();
  auto program = module->lookupSymbol<emitc::FuncOp>(kProgramFunction);
  declareFunctions(*module, program);
  // After the functions it calls.
  program->moveBefore(module->getBody(), module->getBody()->end());

  FailureOr<std::string> source = printSource(driver, *module);
  if (failed(source))
    return failure();
  CDriver result;
  result.source = std::move(*source);
  result.header = printHeader(driver);
  result.image = std::move(*image);
  return result;
}

llvm::Error edgebert::target::writeCDriver(const CDriver &driver,
                                           StringRef path) {
  if (llvm::sys::path::extension(path) != ".c")
    return llvm::createStringError("expected the name of a C file, NAME.c, "
                                   "found '" +
                                   path + "'");
  auto write = [&](StringRef extension, StringRef contents) {
    SmallString<128> name(path);
    llvm::sys::path::replace_extension(name, extension);
    return llvm::writeToOutput(name, [&](llvm::raw_ostream &os) {
      os << contents;
      return llvm::Error::success();
    });
  };
  // The source last: who sees it has the others.
  if (llvm::Error error =
          write("bin", StringRef(driver.image.data(), driver.image.size())))
    return error;
  if (llvm::Error error = write("h", driver.header))
    return error;
  return write("c", driver.source);
}
