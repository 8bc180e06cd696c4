//===- Compile.cpp - a model in, every form of it out ---------------------===//

#include "edgebert/Pipelines/Compile.h"

#include "edgebert/Conversion/LinalgToEdgeBERT.h"
#include "edgebert/Conversion/Passes.h"
#include "edgebert/Conversion/PlaceEmbeddings.h"
#include "edgebert/Pipelines/CompressionPasses.h"
#include "edgebert/Pipelines/Pipelines.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace edgebert;
using accel::Form;

std::string edgebert::getFormPath(StringRef directory, Form form,
                                  bool bytecode) {
  SmallString<128> path(directory);
  llvm::sys::path::append(path, accel::stringifyForm(form) +
                                    (bytecode ? ".mlirbc" : ".mlir"));
  return path.str().str();
}

OwningOpRef<ModuleOp> edgebert::loadModule(StringRef path,
                                           const onnx::ImportOptions &import,
                                           MLIRContext &context) {
  if (path.ends_with(".onnx"))
    return onnx::importOnnx(path, context, import);
  return parseSourceFile<ModuleOp>(path, ParserConfig(&context));
}

static LogicalResult writeModule(ModuleOp module, StringRef path,
                                 bool bytecode) {
  auto print = [&](llvm::raw_ostream &os) -> llvm::Error {
    if (bytecode)
      return succeeded(writeBytecodeToFile(module, os))
                 ? llvm::Error::success()
                 : llvm::createStringError("cannot write bytecode");
    // Locations are the way back to the model's nodes.
    module.print(os, OpPrintingFlags().enableDebugInfo());
    return llvm::Error::success();
  };
  llvm::Error error = llvm::writeToOutput(path, print);
  if (!error)
    return success();
  return module.emitError("cannot write ")
         << path << ": " << llvm::toString(std::move(error));
}

static std::string formatShape(ArrayRef<int64_t> shape) {
  return shape.empty() ? "scalar"
                       : llvm::join(llvm::map_range(shape,
                                                    [](int64_t d) {
                                                      return std::to_string(d);
                                                    }),
                                    "x");
}

static void printTable(llvm::raw_ostream &log,
                       ArrayRef<QuantizedTensor> table) {
  log << llvm::formatv("{0,-48} {1,-10} {2,-14} {3,10} {4,8} {5,9}\n",
                       "quantized tensor", "role", "shape", "max |x|", "bias",
                       "SQNR dB");
  for (const QuantizedTensor &row : table) {
    std::string sqnr = std::isnan(row.sqnr) ? "-"
                       : std::isinf(row.sqnr)
                           ? "exact"
                           : llvm::formatv("{0:f1}", row.sqnr).str();
    log << llvm::formatv(
        "{0,-48} {1,-10} {2,-14} {3,10} {4,8} {5,9}\n", row.name,
        row.isWeight ? "weight" : "activation", formatShape(row.shape),
        llvm::formatv("{0:f4}", row.maxAbs).str(), row.metadata, sqnr);
  }
}

static void printPlacement(llvm::raw_ostream &log,
                           ArrayRef<Placement> placements) {
  // Equal reasons are one line: layers repeat themselves.
  std::map<std::string, unsigned> onChip;
  std::map<std::pair<std::string, std::string>,
           std::pair<unsigned, std::string>>
      onHost;
  for (const Placement &placement : placements) {
    if (placement.onChip) {
      ++onChip[placement.kind];
      continue;
    }
    auto &[count, example] = onHost[{placement.reason, placement.kind}];
    if (count++ == 0)
      example = placement.name;
  }
  log << "on the accelerator:";
  for (const auto &[kind, count] : onChip)
    log << " " << count << " " << kind;
  log << (onChip.empty() ? " nothing\n" : "\n");
  if (onHost.empty())
    return;
  log << "on the host:\n";
  for (const auto &[key, value] : onHost)
    log << llvm::formatv("  {0,4} x {1}: {2} (first: {3})\n", value.first,
                         key.second, key.first, value.second);
}

namespace {

/// One compilation.
class Compiler {
public:
  Compiler(const CompileRequest &request, MLIRContext &context,
           llvm::raw_ostream &log)
      : request(request), context(context), log(log) {}

  LogicalResult run();

private:
  LogicalResult runStep(Form form);
  LogicalResult compressWeights();
  LogicalResult prepareCalibration();
  /// What the request changes in the model itself.
  LogicalResult changeModel();
  bool wants(Form form) const {
    return request.emit.empty() || llvm::is_contained(request.emit, form);
  }
  std::string getPath(StringRef name) const {
    SmallString<128> path(request.outputDirectory);
    llvm::sys::path::append(path, name);
    return path.str().str();
  }

  const CompileRequest &request;
  MLIRContext &context;
  llvm::raw_ostream &log;
  OwningOpRef<ModuleOp> module;
  std::string calibrationPath;
};

} // namespace

LogicalResult Compiler::prepareCalibration() {
  if (request.calibrate.empty())
    return module->emitError(
        "leaving the model form needs calibration data: give --calibrate=FILE, "
        "an .npz with the model's inputs or a calibration .json");
  if (StringRef(request.calibrate).ends_with(".json")) {
    calibrationPath = request.calibrate;
    return success();
  }
  auto format = dyn_cast_or_null<numfmt::FormatTypeInterface>(
      parseType(request.format, &context));
  if (!format)
    return module->emitError("expected a numfmt type such as !numfmt.afp<8,3> "
                             "as format, got '")
           << request.format << "'";
  std::unique_ptr<RangeStrategy> strategy =
      RangeStrategy::create(request.strategy);
  if (!strategy)
    return module->emitError("unknown strategy '")
           << request.strategy << "'; expected min-max";
  CalibrationRequest data;
  data.data = request.calibrate;
  data.limit = request.calibrationRows;
  data.threads = request.threads;
  llvm::Expected<CalibrationResult> result =
      calibrate(*module, request.entry, data, format, *strategy);
  if (!result)
    return module->emitError("calibration failed: ")
           << llvm::toString(result.takeError());
  log << "calibrated on " << result->numUsed << " of " << result->numRows
      << " rows"
      << (result->numUsed < result->numRows
              ? " (--calibration-rows=0 takes all)\n"
              : "\n");
  calibrationPath = getPath("calibration.json");
  if (llvm::Error error = result->calibration.write(calibrationPath))
    return module->emitError("cannot write the calibration: ")
           << llvm::toString(std::move(error));
  log << "wrote " << calibrationPath << "\n";
  return success();
}

LogicalResult Compiler::changeModel() {
  PassManager pm(&context);
  if (!request.attentionSpans.empty()) {
    ApplyAttentionSpansPassOptions options;
    options.spans = request.attentionSpans;
    pm.addNestedPass<func::FuncOp>(createApplyAttentionSpansPass(options));
  }
  std::string report = getPath("envm.json");
  if (request.envmEmbeddings) {
    PlaceEmbeddingsPassOptions options;
    options.machine = request.machine;
    options.report = report;
    options.image = getPath("envm.bin");
    pm.addNestedPass<func::FuncOp>(createPlaceEmbeddingsPass(options));
  }
  if (failed(pm.run(*module)))
    return failure();
  if (request.envmEmbeddings)
    if (llvm::Error error = printEnvmReport(report, log))
      return module->emitError(llvm::toString(std::move(error)));
  return success();
}

LogicalResult Compiler::compressWeights() {
  PassManager pm(&context);
  std::string messages;
  llvm::raw_string_ostream os(messages);
  if (failed(parsePassPipeline(request.compress, pm, os)))
    return module->emitError("--compress: ") << StringRef(messages).rtrim();
  if (failed(pm.run(*module)))
    return failure();
  std::string path = getPath(request.bytecode ? "model-compressed.mlirbc"
                                              : "model-compressed.mlir");
  if (failed(writeModule(*module, path, request.bytecode)))
    return failure();
  log << "wrote " << path << "\n";
  PassManager fold(&context);
  FoldWeightsPassOptions options;
  options.entry = request.entry;
  fold.addPass(createFoldWeightsPass(options));
  return fold.run(*module);
}

LogicalResult Compiler::runStep(Form form) {
  FormOptions options;
  options.format = request.format;
  options.strategy = request.strategy;
  options.machine = request.machine;
  options.schedule = request.schedule;
  options.tabulate = request.tabulate;
  for (const std::string &kind : request.faultSites)
    options.faultSites.push_back(kind);
  options.earlyExit = request.earlyExit;
  options.dvfs = request.dvfs;
  options.calibration = calibrationPath;
  options.reports = request.outputDirectory;
  PassManager pm(&context);
  buildStepTo(form, pm, options);
  return pm.run(*module);
}

LogicalResult Compiler::run() {
  // Options name types, and files are parsed, before any pass loads dialects.
  context.getOrLoadDialect<numfmt::NumFmtDialect>();
  module = loadModule(request.input, request.import, context);
  if (!module)
    return failure();
  if (std::error_code error =
          llvm::sys::fs::create_directories(request.outputDirectory))
    return module->emitError("cannot create the directory ")
           << request.outputDirectory << ": " << error.message();

  Form first = accel::inferForm(*module);
  if (!request.attentionSpans.empty() || request.envmEmbeddings) {
    if (first != Form::Model)
      return module->emitError(request.envmEmbeddings
                                   ? "embeddings are placed in"
                                   : "attention spans are applied to")
             << " the model form; the input is in the "
             << accel::stringifyForm(first) << " form";
    if (failed(changeModel()))
      return failure();
  }
  if (!request.compress.empty()) {
    if (first > Form::Compressed)
      return module->emitError("--compress works on the weights of the model "
                               "form; the input is in the ")
             << accel::stringifyForm(first) << " form";
    if (failed(compressWeights()))
      return failure();
    first = accel::inferForm(*module);
  }
  Form last =
      request.emit.empty() ? Form::Command : *llvm::max_element(request.emit);
  for (Form form : request.emit)
    if (form < first)
      return module->emitError("cannot emit the ")
             << accel::stringifyForm(form) << " form: the input is already in "
             << "the " << accel::stringifyForm(first) << " form";
  for (int step = int(first); step <= int(last); ++step) {
    Form form = Form(step);
    if (form != first) {
      if (form == Form::Compressed && failed(prepareCalibration()))
        return failure();
      if (failed(runStep(form)))
        return failure();
    }
    if (!wants(form))
      continue;
    std::string path =
        getFormPath(request.outputDirectory, form, request.bytecode);
    if (failed(writeModule(*module, path, request.bytecode)))
      return failure();
    log << "wrote " << path << "\n";
  }

  if (first < Form::Compressed && last >= Form::Compressed) {
    llvm::Expected<std::vector<QuantizedTensor>> table =
        readQuantizationReport(getPath(kQuantizationReport));
    if (!table)
      return module->emitError(llvm::toString(table.takeError()));
    printTable(log, *table);
  }
  if (first < Form::Accelerator && last >= Form::Accelerator) {
    llvm::Expected<std::vector<Placement>> placements =
        readPlacementReport(getPath(kPlacementReport));
    if (!placements)
      return module->emitError(llvm::toString(placements.takeError()));
    printPlacement(log, *placements);
  }
  return success();
}

LogicalResult edgebert::compile(const CompileRequest &request,
                                MLIRContext &context, llvm::raw_ostream &log) {
  return Compiler(request, context, log).run();
}
