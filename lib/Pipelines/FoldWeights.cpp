//===- FoldWeights.cpp - edgebert-fold-weights ----------------------------===//

#include "CompressLayers.h"

#include "edgebert/Pipelines/CompressionPasses.h"

namespace edgebert {
#define GEN_PASS_DEF_FOLDWEIGHTSPASS
#include "edgebert/Pipelines/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

namespace {

struct FoldWeightsPass : edgebert::impl::FoldWeightsPassBase<FoldWeightsPass> {
  using FoldWeightsPassBase::FoldWeightsPassBase;
  void runOnOperation() override {
    LayerOptions options;
    options.data.entry = entry;
    options.exclude.assign(exclude.begin(), exclude.end());
    auto fold = [](WeightLayer &layer, const compression::Gram *) {
      foldWeight(layer);
      return success();
    };
    if (failed(forEachLayer(getOperation(), options, false, fold)))
      signalPassFailure();
  }
};

} // namespace
