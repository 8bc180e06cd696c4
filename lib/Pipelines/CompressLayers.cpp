//===- CompressLayers.cpp - visit the weight layers of a model ------------===//

#include "CompressLayers.h"

#include "edgebert/Pipelines/Compile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/GlobPattern.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

FailureOr<WeightSet> edgebert::findLayers(ModuleOp module,
                                          const LayerOptions &options) {
  auto func = module.lookupSymbol<func::FuncOp>(options.data.entry);
  if (!func || func.isDeclaration())
    return module.emitError("there is no function @") << options.data.entry;
  WeightSet set = findWeights(func);
  std::vector<llvm::GlobPattern> patterns;
  for (const std::string &glob : options.exclude) {
    llvm::Expected<llvm::GlobPattern> pattern = llvm::GlobPattern::create(glob);
    if (!pattern)
      return module.emitError("option 'exclude': ")
             << llvm::toString(pattern.takeError());
    patterns.push_back(std::move(*pattern));
  }
  std::vector<bool> used(patterns.size());
  llvm::erase_if(set.layers, [&](const WeightLayer &layer) {
    bool excluded = false;
    for (size_t i = 0; i < patterns.size(); ++i)
      if (patterns[i].match(layer.name))
        used[i] = excluded = true;
    return excluded;
  });
  for (size_t i = 0; i < patterns.size(); ++i)
    if (!used[i])
      return module.emitError("option 'exclude': no layer is called '")
             << options.exclude[i] << "'; the layers are "
             << llvm::join(
                    llvm::map_range(set.layers,
                                    [](auto &layer) { return layer.name; }),
                    ", ");
  for (const SkippedWeight &skipped : set.skipped)
    func.emitRemark("the weight of '")
        << skipped.name << "' is left alone: " << skipped.reason;
  if (set.layers.empty())
    func.emitRemark("no weights of matrix products in @") << func.getName();
  return set;
}

FailureOr<ModelStatistics>
edgebert::readStatistics(ModuleOp module, const LayerOptions &options) {
  llvm::Expected<ModelStatistics> read =
      ModelStatistics::read(options.statistics);
  if (!read)
    return module.emitError(llvm::toString(read.takeError()));
  uint64_t wanted = getModelFingerprint(
      module.lookupSymbol<func::FuncOp>(options.data.entry));
  if (read->fingerprint != wanted)
    return module.emitError("the statistics ")
           << options.statistics << " were collected on another model (its "
           << "fingerprint is " << llvm::utohexstr(read->fingerprint)
           << ", this model's is " << llvm::utohexstr(wanted) << ")";
  return std::move(*read);
}

/// The sums of the inputs of one layer of `module` as it is now.
static FailureOr<compression::Gram>
stream(ModuleOp module, const LayerOptions &options, const WeightLayer &layer) {
  compression::Gram gram(layer.columns);
  llvm::Error error = streamLayerInputs(
      module, options.data, {layer.name},
      [&](size_t, compression::MatrixView x) { gram.add(x); });
  if (error)
    return module.emitError("cannot collect the inputs of '")
           << layer.name << "': " << llvm::toString(std::move(error));
  if (gram.samples() == 0)
    return module.emitError("there is no calibration data for '")
           << layer.name << "'";
  return gram;
}

LogicalResult edgebert::forEachLayer(ModuleOp module,
                                     const LayerOptions &options,
                                     bool needsGram, LayerFunction visit) {
  FailureOr<WeightSet> set = findLayers(module, options);
  if (failed(set))
    return failure();
  size_t done = 0;
  auto run = [&](WeightLayer &layer, const compression::Gram *gram) {
    if (options.progress)
      llvm::errs() << llvm::formatv("[{0}/{1}] {2} ({3}x{4})\n", ++done,
                                    set->layers.size(), layer.name, layer.rows,
                                    layer.columns);
    return visit(layer, gram);
  };
  if (!needsGram) {
    for (WeightLayer &layer : set->layers)
      if (failed(run(layer, nullptr)))
        return failure();
    return success();
  }
  if (options.statistics.empty() && options.data.data.empty())
    return module.emitError("this strategy needs to know what layers read: "
                            "give option 'data' (.npz with the model's inputs) "
                            "or 'statistics' (of edgebert-collect-statistics)");
  FailureOr<ModelStatistics> statistics = ModelStatistics();
  if (!options.statistics.empty()) {
    statistics = readStatistics(module, options);
    if (failed(statistics))
      return failure();
  }
  for (const std::vector<size_t> &group : groupByInput(*set)) {
    WeightLayer &first = set->layers[group.front()];
    compression::Gram streamed;
    const compression::Gram *gram = &streamed;
    if (options.statistics.empty()) {
      FailureOr<compression::Gram> made = stream(module, options, first);
      if (failed(made))
        return failure();
      streamed = std::move(*made);
    } else {
      auto known = statistics->layers.find(first.name);
      if (known == statistics->layers.end() ||
          known->second.gram.inputs() != first.columns)
        return module.emitError("the statistics ")
               << options.statistics << " know nothing of '" << first.name
               << "' with " << first.columns << " inputs";
      gram = &known->second.gram;
    }
    for (size_t i : group)
      if (failed(run(set->layers[i], gram)))
        return failure();
  }
  return success();
}

llvm::Expected<OtherWeights> OtherWeights::load(StringRef path, StringRef entry,
                                                MLIRContext &context,
                                                bool stored) {
  // A context of its own: passes may not load dialects into theirs.
  MLIRContext own(context.getDialectRegistry(),
                  MLIRContext::Threading::DISABLED);
  own.printOpOnDiagnostic(false);
  std::string messages;
  ScopedDiagnosticHandler handler(&own, [&](Diagnostic &diagnostic) {
    messages += (messages.empty() ? "" : "; ") + diagnostic.str();
  });
  OwningOpRef<ModuleOp> module = loadModule(path, {}, own);
  if (!module)
    return llvm::createStringError("cannot load " + path + ": " + messages);
  auto func = module->lookupSymbol<func::FuncOp>(entry);
  if (!func || func.isDeclaration())
    return llvm::createStringError(path + ": there is no function @" + entry);
  OtherWeights result;
  for (const WeightLayer &layer : findWeights(func).layers) {
    result.matrices[layer.name] =
        stored ? layer.getStoredMatrix() : layer.getMatrix();
    if (std::optional<compression::Mask> mask = layer.getMask())
      result.masks[layer.name] = std::move(*mask);
  }
  return result;
}

llvm::json::Object edgebert::toJson(StringRef layer,
                                    const compression::Report &report) {
  llvm::json::Object object{{"layer", layer},
                            {"weights", report.weights},
                            {"zeros", report.zeros},
                            {"weight_error", report.weightError},
                            {"output_error", report.outputError},
                            {"dead_inputs", report.deadInputs}};
  if (!report.fallback.empty())
    object["fallback"] = report.fallback;
  return object;
}
