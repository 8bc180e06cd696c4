//===- PruneWeights.cpp - mask-prune --------------------------------------===//

#include "CompressLayers.h"

#include "edgebert/Execution/Npy.h"
#include "edgebert/Pipelines/CompressionPasses.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/Support/xxhash.h"

namespace edgebert {
#define GEN_PASS_DEF_PRUNEWEIGHTSPASS
#include "edgebert/Pipelines/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;
using compression::Mask;
using compression::Matrix;
using compression::PruneStrategy;
using compression::Scope;

namespace {

struct PruneWeightsPass
    : edgebert::impl::PruneWeightsPassBase<PruneWeightsPass> {
  using PruneWeightsPassBase::PruneWeightsPassBase;
  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult readOptions();
  LogicalResult run();
  LogicalResult prune(WeightLayer &layer, const compression::Gram *gram);
  LogicalResult pruneGlobally();
  /// Sets `zeros` from how each layer's output error grows with its sparsity.
  LogicalResult allocate();
  LogicalResult pruneAndQuantize(WeightLayer &layer,
                                 const compression::Gram &gram);
  /// The mask by the options' scores, of the layer's weights or of the other
  /// model's.
  FailureOr<Mask> select(const WeightLayer &layer, const Matrix &current,
                         const compression::Gram *gram);
  LogicalResult put(WeightLayer &layer, OpBuilder &builder, Value weight,
                    const Mask &mask);
  LogicalResult fail(const WeightLayer &layer, llvm::Error error) {
    return getOperation().emitError("cannot prune '")
           << layer.name << "': " << llvm::toString(std::move(error));
  }
  LayerOptions layers;
  compression::PruneOptions options;
  mask::PatternAttrInterface patternAttr;
  numfmt::FormatTypeInterface format;
  std::optional<OtherWeights> others;
  /// Per layer, instead of the same share everywhere.
  std::map<std::string, int64_t> zeros;
  llvm::json::Array table;
  std::vector<execution::NamedArray> made;
};

} // namespace

LogicalResult PruneWeightsPass::readOptions() {
  ModuleOp module = getOperation();
  layers.data = {entry, data, rows, tokenMask, threads};
  layers.statistics = statistics;
  layers.exclude.assign(exclude.begin(), exclude.end());
  layers.progress = progress;

  options.strategy = strategy;
  options.sparsity = sparsity;
  options.seed = seed;
  options.solver.damping = damping;
  if (!(sparsity >= 0 && sparsity <= 1))
    return module.emitError("expected option 'sparsity' from 0 to 1, got ")
           << double(sparsity);
  llvm::Expected<compression::Pattern> parsed =
      compression::Pattern::parse(pattern);
  if (!parsed)
    return module.emitError("option 'pattern': ")
           << llvm::toString(parsed.takeError());
  options.pattern = *parsed;
  patternAttr = mask::getPatternAttr(&getContext(), *parsed);
  if (!patternAttr)
    return module.emitError("option 'pattern': expected unstructured, N:M or "
                            "RxC, got '")
           << pattern << "'";
  if (scope == "tensor")
    options.scope = Scope::Tensor;
  else if (scope == "row")
    options.scope = Scope::Row;
  else if (scope == "global")
    options.scope = Scope::Global;
  else if (!scope.empty())
    return module.emitError("expected option 'scope' to be tensor, row or "
                            "global, got '")
           << scope << "'";
  if (!quantize.empty()) {
    format = dyn_cast_or_null<numfmt::FormatTypeInterface>(
        parseType(quantize, &getContext()));
    if (!format)
      return module.emitError("expected option 'quantize' to be a numfmt type "
                              "such as !numfmt.int<4>, got '")
             << quantize << "'";
    if (strategy != PruneStrategy::SparseGpt || !scoresOf.empty())
      return module.emitError("option 'quantize' needs strategy=sparsegpt and "
                              "scores of its own");
  }
  if (sensitivity &&
      (options.scope == Scope::Global ||
       options.pattern.kind != compression::PatternKind::Unstructured))
    return module.emitError("option 'by-sensitivity' divides single weights "
                            "among layers: it needs pattern=unstructured and "
                            "another scope than global");
  if (!scoresOf.empty()) {
    auto loaded =
        OtherWeights::load(scoresOf, entry, getContext(), scoresStored);
    if (!loaded)
      return module.emitError("option 'scores-of': ")
             << llvm::toString(loaded.takeError());
    others = std::move(*loaded);
  }
  return success();
}

LogicalResult PruneWeightsPass::put(WeightLayer &layer, OpBuilder &builder,
                                    Value weight, const Mask &mask) {
  table.push_back(llvm::json::Object{{"layer", layer.name},
                                     {"weights", mask.size()},
                                     {"removed", mask.zeros()}});
  if (!masks.empty()) {
    execution::Array array = execution::Array::zeros(
        execution::DType::Bool, {layer.rows, layer.columns});
    for (int64_t i = 0; i < mask.size(); ++i)
      array.data[i] = mask.keeps(i);
    made.push_back({layer.name, std::move(array)});
  }
  replaceWeight(layer, buildMask(builder, layer, weight, mask, patternAttr));
  return success();
}

FailureOr<Mask> PruneWeightsPass::select(const WeightLayer &layer,
                                         const Matrix &current,
                                         const compression::Gram *gram) {
  Matrix stored;
  const Matrix *scored = &current;
  if (others) {
    if (auto known = others->masks.find(layer.name);
        known != others->masks.end())
      return known->second;
    auto other = others->matrices.find(layer.name);
    if (other == others->matrices.end() || other->second.rows != layer.rows ||
        other->second.columns != layer.columns)
      return getOperation().emitError()
             << scoresOf << " has no weight '" << layer.name << "' of "
             << layer.rows << "x" << layer.columns;
    scored = &other->second;
  } else if (scoresStored) {
    stored = layer.getStoredMatrix();
    scored = &stored;
  }
  llvm::Expected<Matrix> scores = compression::score(*scored, gram, options);
  if (!scores)
    return fail(layer, scores.takeError());
  Scope where = options.scope.value_or(compression::defaultScope(strategy));
  llvm::Expected<Mask> mask =
      compression::select(*scores, options.sparsity, options.pattern, where);
  if (!mask)
    return fail(layer, mask.takeError());
  return std::move(*mask);
}

/// `mask` without what an earlier mask removed.
static Mask combine(Mask mask, const std::optional<Mask> &earlier) {
  if (earlier)
    for (int64_t i = 0; i < mask.size(); ++i)
      if (!earlier->keeps(i))
        mask.keep(i, false);
  return mask;
}

LogicalResult
PruneWeightsPass::pruneAndQuantize(WeightLayer &layer,
                                   const compression::Gram &gram) {
  compression::GridOptions grid(format.getFormat());
  grid.granularity = granularity;
  grid.groupSize = groupSize;
  auto result =
      compression::pruneAndQuantize(layer.getMatrix(), gram, options, grid);
  if (!result)
    return fail(layer, result.takeError());
  OpBuilder builder = getBuilder(layer);
  FailureOr<Value> weight =
      f32 ? FailureOr<Value>(
                buildFloats(builder, layer, result->quantized.values))
          : buildCodes(builder, layer, result->quantized, format);
  if (failed(weight))
    return failure();
  return put(layer, builder, *weight, result->mask);
}

LogicalResult PruneWeightsPass::prune(WeightLayer &layer,
                                      const compression::Gram *gram) {
  // Layers of one shape must not lose the same weights.
  options.seed = seed ^ llvm::xxh3_64bits(layer.name);
  if (auto own = zeros.find(layer.name); own != zeros.end())
    options.sparsity = double(own->second) / double(layer.rows * layer.columns);
  if (format)
    return pruneAndQuantize(layer, *gram);
  Matrix current = layer.getMatrix();
  OpBuilder builder = getBuilder(layer);
  bool rewrites =
      strategy == PruneStrategy::SparseGpt || strategy == PruneStrategy::Obc;
  if (!rewrites) {
    FailureOr<Mask> mask = select(layer, current, gram);
    if (failed(mask))
      return failure();
    return put(layer, builder, layer.root, combine(*mask, layer.getMask()));
  }
  llvm::Expected<compression::Pruned> pruned = [&] {
    if (!others)
      return compression::prune(current, gram, options);
    FailureOr<Mask> mask = select(layer, current, gram);
    if (failed(mask))
      return llvm::Expected<compression::Pruned>(
          llvm::createStringError("no mask to transfer"));
    return compression::pruneWithMask(
        current, gram, *mask,
        strategy == PruneStrategy::SparseGpt
            ? compression::Reconstruction::Columns
            : compression::Reconstruction::LeastSquares,
        options.solver);
  }();
  if (!pruned)
    return fail(layer, pruned.takeError());
  Mask mask = combine(pruned->mask, layer.getMask());
  return put(layer, builder, buildFloats(builder, layer, pruned->values), mask);
}

LogicalResult PruneWeightsPass::allocate() {
  std::vector<compression::SensitivityCurve> curves;
  std::vector<std::string> names;
  auto measure = [&](WeightLayer &layer,
                     const compression::Gram *gram) -> LogicalResult {
    Matrix matrix = layer.getMatrix();
    double whole = gram->halfProduct(matrix, matrix);
    compression::SensitivityCurve curve;
    curve.weights = matrix.size();
    llvm::Expected<Matrix> scores = compression::score(matrix, gram, options);
    if (!scores)
      return fail(layer, scores.takeError());
    for (double level : {0.0, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0}) {
      llvm::Expected<Mask> mask =
          compression::select(*scores, level, options.pattern);
      if (!mask)
        return fail(layer, mask.takeError());
      Matrix change = mask->apply(matrix);
      for (auto [x, w] : llvm::zip(change.storage, matrix.storage))
        x -= w;
      curve.sparsities.push_back(level);
      curve.errors.push_back(
          whole > 0 ? gram->halfProduct(change, change) / whole : 0);
    }
    curves.push_back(std::move(curve));
    names.push_back(layer.name);
    return success();
  };
  if (failed(forEachLayer(getOperation(), layers, /*needsGram=*/true, measure)))
    return failure();
  auto allocated = compression::allocateZeros(curves, sparsity);
  if (!allocated)
    return getOperation().emitError(llvm::toString(allocated.takeError()));
  for (auto [name, count] : llvm::zip(names, *allocated))
    zeros[name] = count;
  return success();
}

LogicalResult PruneWeightsPass::pruneGlobally() {
  if (compression::needsData(strategy))
    return getOperation().emitError("scope=global compares all layers at once, "
                                    "by magnitude or random only");
  std::vector<Matrix> scores;
  FailureOr<WeightSet> set = findLayers(getOperation(), layers);
  if (failed(set))
    return failure();
  for (const WeightLayer &layer : set->layers) {
    Matrix scored;
    if (others) {
      auto other = others->matrices.find(layer.name);
      if (other == others->matrices.end())
        return getOperation().emitError()
               << scoresOf << " has no weight '" << layer.name << "'";
      scored = other->second;
    } else {
      scored = scoresStored ? layer.getStoredMatrix() : layer.getMatrix();
    }
    llvm::Expected<Matrix> score = compression::score(scored, nullptr, options);
    if (!score)
      return fail(layer, score.takeError());
    scores.push_back(std::move(*score));
  }
  std::vector<compression::MatrixView> views(scores.begin(), scores.end());
  auto selected = compression::selectGlobally(views, sparsity, options.pattern);
  if (!selected)
    return getOperation().emitError(llvm::toString(selected.takeError()));
  for (auto [layer, mask] : llvm::zip(set->layers, *selected)) {
    OpBuilder builder = getBuilder(layer);
    if (failed(put(layer, builder, layer.root, combine(mask, layer.getMask()))))
      return failure();
  }
  return success();
}

LogicalResult PruneWeightsPass::run() {
  if (failed(readOptions()) || (sensitivity && failed(allocate())))
    return failure();
  if (options.scope == Scope::Global) {
    if (failed(pruneGlobally()))
      return failure();
  } else if (failed(forEachLayer(
                 getOperation(), layers, compression::needsData(strategy),
                 [&](WeightLayer &layer, const compression::Gram *gram) {
                   return prune(layer, gram);
                 }))) {
    return failure();
  }
  if (!masks.empty())
    if (llvm::Error error = execution::writeNpz(masks, made))
      return getOperation().emitError("cannot write the masks: ")
             << llvm::toString(std::move(error));
  if (!report.empty())
    if (llvm::Error error = writeJson(report, std::move(table)))
      return getOperation().emitError("cannot write the report: ")
             << llvm::toString(std::move(error));
  return success();
}
