//===- CollectStatistics.cpp - edgebert-collect-statistics ----------------===//

#include "CompressLayers.h"

#include "edgebert/Pipelines/CompressionPasses.h"

namespace edgebert {
#define GEN_PASS_DEF_COLLECTSTATISTICSPASS
#include "edgebert/Pipelines/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;

namespace {

struct CollectStatisticsPass
    : edgebert::impl::CollectStatisticsPassBase<CollectStatisticsPass> {
  using CollectStatisticsPassBase::CollectStatisticsPassBase;
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto fail = [&](const Twine &message) {
      module.emitError(message);
      signalPassFailure();
    };
    if (data.empty() || output.empty())
      return fail("expected options 'data' (.npz with the model's inputs) and "
                  "'output' (the file to write)");
    llvm::Expected<ModelStatistics> collected =
        collectStatistics(module, {entry, data, rows, tokenMask, threads});
    if (!collected)
      return fail(llvm::toString(collected.takeError()));
    if (collected->layers.empty())
      module.emitRemark("no weights of matrix products in @") << entry;
    if (llvm::Error error = collected->write(output))
      return fail("cannot write the statistics: " +
                  llvm::toString(std::move(error)));
    markAllAnalysesPreserved();
  }
};

} // namespace
