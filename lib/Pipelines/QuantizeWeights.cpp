//===- QuantizeWeights.cpp - numfmt-quantize-weights ----------------------===//

#include "CompressLayers.h"
#include "WeightLoss.h"

#include "edgebert/Compression/Lapq.h"
#include "edgebert/Pipelines/CompressionPasses.h"
#include "mlir/AsmParser/AsmParser.h"

namespace edgebert {
#define GEN_PASS_DEF_QUANTIZEWEIGHTSPASS
#include "edgebert/Pipelines/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;
using compression::QuantizeStrategy;
using compression::RangeSearch;

namespace {

struct QuantizeWeightsPass
    : edgebert::impl::QuantizeWeightsPassBase<QuantizeWeightsPass> {
  using QuantizeWeightsPassBase::QuantizeWeightsPassBase;
  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  LogicalResult quantize(WeightLayer &layer, const compression::Gram *gram,
                         const compression::QuantizeOptions &quantizer);
  /// Clippings of all layers by the loss of the model.
  FailureOr<std::map<std::string, double>>
  searchRatios(const compression::GridOptions &grid);
  LayerOptions getLayerOptions() const;

  numfmt::FormatTypeInterface type;
  llvm::json::Array table;
};

} // namespace

LayerOptions QuantizeWeightsPass::getLayerOptions() const {
  LayerOptions layers;
  layers.data = {entry, data, rows, tokenMask, threads};
  layers.statistics = statistics;
  layers.exclude.assign(exclude.begin(), exclude.end());
  layers.progress = progress;
  return layers;
}

static QuantizeStrategy getAlgorithm(WeightStrategy strategy) {
  switch (strategy) {
  case WeightStrategy::Rtn:
  case WeightStrategy::Mse:
  case WeightStrategy::Percentile:
  case WeightStrategy::Lapq:
    return QuantizeStrategy::RoundToNearest;
  case WeightStrategy::AdaRound:
    return QuantizeStrategy::AdaRound;
  case WeightStrategy::Obq:
    return QuantizeStrategy::Obq;
  case WeightStrategy::Gptq:
    return QuantizeStrategy::Gptq;
  case WeightStrategy::Awq:
    return QuantizeStrategy::Awq;
  }
  llvm_unreachable("all strategies covered");
}

LogicalResult
QuantizeWeightsPass::quantize(WeightLayer &layer, const compression::Gram *gram,
                              const compression::QuantizeOptions &quantizer) {
  std::optional<compression::Mask> mask;
  if (keepMask)
    mask = layer.getMask();
  llvm::Expected<compression::Quantized> made = compression::quantize(
      layer.getMatrix(), gram, quantizer, mask ? &*mask : nullptr);
  if (!made)
    return getOperation().emitError("cannot quantize '")
           << layer.name << "': " << llvm::toString(made.takeError());
  if (!made->report.fallback.empty())
    getOperation().emitWarning("'")
        << layer.name << "': " << made->report.fallback;
  OpBuilder builder = getBuilder(layer);
  FailureOr<Value> weight =
      f32 ? FailureOr<Value>(buildFloats(builder, layer, made->effective()))
          : buildCodes(builder, layer, *made, type);
  if (failed(weight))
    return failure();
  table.push_back(toJson(layer.name, made->report));
  replaceWeight(layer,
                mask ? copyMasks(builder, layer.root, *weight) : *weight);
  return success();
}

FailureOr<std::map<std::string, double>>
QuantizeWeightsPass::searchRatios(const compression::GridOptions &grid) {
  LayerOptions options = getLayerOptions();
  FailureOr<WeightSet> set = findLayers(getOperation(), options);
  if (failed(set))
    return failure();
  std::map<std::string, double> ratios;
  if (set->layers.empty())
    return ratios;
  if (data.empty())
    return getOperation().emitError(
        "strategy=lapq runs the model: give option 'data', an .npz with the "
        "model's inputs");
  std::vector<compression::Matrix> originals;
  std::vector<compression::MatrixView> views;
  for (const WeightLayer &layer : set->layers)
    originals.push_back(layer.getMatrix());
  views.assign(originals.begin(), originals.end());
  llvm::Expected<WeightLoss> loss =
      WeightLoss::create(getOperation(), options.data, *set);
  if (!loss)
    return getOperation().emitError(llvm::toString(loss.takeError()));
  auto evaluate = [&](ArrayRef<double> candidates) -> llvm::Expected<double> {
    for (auto [i, ratio] : llvm::enumerate(candidates))
      loss->set(i, compression::roundWithRatio(views[i], grid, ratio));
    return loss->evaluate();
  };
  llvm::Expected<compression::LapqResult> result =
      compression::lapq(views, grid, evaluate);
  if (!result)
    return getOperation().emitError("lapq: ")
           << llvm::toString(result.takeError());
  for (auto [layer, ratio] : llvm::zip(set->layers, result->ratios))
    ratios[layer.name] = ratio;
  return ratios;
}

LogicalResult QuantizeWeightsPass::run() {
  ModuleOp module = getOperation();
  type = dyn_cast_or_null<numfmt::FormatTypeInterface>(
      parseType(format, &getContext()));
  if (!type)
    return module.emitError("expected option 'format' to be a numfmt type such "
                            "as !numfmt.int<8>, got '")
           << format << "'";
  compression::GridOptions grid(type.getFormat());
  grid.granularity = granularity;
  grid.groupSize = groupSize;
  grid.percentile = percentile;
  if (strategy == WeightStrategy::Mse)
    grid.search = RangeSearch::Error;
  if (strategy == WeightStrategy::Percentile)
    grid.search = RangeSearch::Percentile;
  if (llvm::Error error = grid.check())
    return module.emitError(llvm::toString(std::move(error)));
  std::map<std::string, double> ratios;
  if (strategy == WeightStrategy::Lapq) {
    auto found = searchRatios(grid);
    if (failed(found))
      return failure();
    ratios = std::move(*found);
    grid.search = RangeSearch::Fixed;
  }

  compression::QuantizeOptions quantizer(grid);
  quantizer.strategy = getAlgorithm(strategy);
  quantizer.solver.damping = damping;
  quantizer.solver.actOrder = actOrder;
  quantizer.adaRound.iterations = iterations;
  if (!clip)
    quantizer.awq.clipSteps = 0;
  // With data at hand, the report has the errors of the layers' outputs.
  bool reportsOutputs =
      !report.empty() && (!data.empty() || !statistics.empty());
  LogicalResult done = forEachLayer(
      module, getLayerOptions(),
      compression::needsData(quantizer.strategy) || reportsOutputs,
      [&](WeightLayer &layer, const compression::Gram *gram) {
        if (auto ratio = ratios.find(layer.name); ratio != ratios.end())
          quantizer.grid.ratio = ratio->second;
        return quantize(layer, gram, quantizer);
      });
  if (failed(done))
    return failure();
  if (!report.empty())
    if (llvm::Error error = writeJson(report, std::move(table)))
      return module.emitError("cannot write the report: ")
             << llvm::toString(std::move(error));
  return success();
}
