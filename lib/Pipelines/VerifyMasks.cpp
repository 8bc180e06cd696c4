//===- VerifyMasks.cpp - mask-verify --------------------------------------===//

#include "CompressLayers.h"

#include "edgebert/Execution/Npy.h"
#include "edgebert/Pipelines/CompressionPasses.h"

namespace edgebert {
#define GEN_PASS_DEF_VERIFYMASKSPASS
#include "edgebert/Pipelines/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

namespace {

struct VerifyMasksPass : edgebert::impl::VerifyMasksPassBase<VerifyMasksPass> {
  using VerifyMasksPassBase::VerifyMasksPassBase;
  void runOnOperation() override {
    // Both, so that all that is wrong is said at once.
    LogicalResult patterns = checkPatterns();
    if (failed(checkWeights()) || failed(patterns))
      signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  LogicalResult checkPatterns();
  LogicalResult checkWeights();
};

} // namespace

/// The constant mask of `apply` as a matrix, or nothing.
static std::optional<compression::Mask> getConstantMask(mask::ApplyOp apply) {
  auto constant = apply.getMask().getDefiningOp<arith::ConstantOp>();
  auto keep =
      mask::getMaskElements(constant ? constant.getValue() : TypedAttr());
  if (failed(keep) || keep->empty())
    return std::nullopt;
  RankedTensorType type = apply.getInput().getType();
  WeightLayer layer;
  layer.root = apply.getResult();
  layer.outputs = apply.getOutputs();
  layer.rows = type.getDimSize(layer.outputs);
  layer.columns = int64_t(keep->size()) / layer.rows;
  for (int64_t size : type.getShape().drop_front(layer.outputs + 1))
    layer.inner *= size;
  std::vector<uint8_t> bytes = layer.toMatrix<uint8_t>(*keep);
  compression::Mask mask(layer.rows, layer.columns);
  for (auto [i, stays] : llvm::enumerate(bytes))
    if (!stays)
      mask.keep(i, false);
  return mask;
}

LogicalResult VerifyMasksPass::checkPatterns() {
  bool valid = true;
  getOperation().walk([&](mask::ApplyOp apply) {
    std::optional<compression::Mask> mask = getConstantMask(apply);
    if (!mask || compression::follows(*mask, apply.getPattern().getPattern()))
      return;
    apply.emitOpError("has a mask that does not follow ")
        << Attribute(apply.getPattern());
    valid = false;
  });
  return success(valid);
}

LogicalResult VerifyMasksPass::checkWeights() {
  if (against.empty())
    return success();
  ModuleOp module = getOperation();
  auto file = execution::NpzReader::open(against);
  if (!file)
    return module.emitError(llvm::toString(file.takeError()));
  LayerOptions options;
  options.data.entry = entry;
  options.exclude.assign(exclude.begin(), exclude.end());
  FailureOr<WeightSet> set = findLayers(module, options);
  if (failed(set))
    return failure();
  size_t checked = 0;
  bool kept = true;
  for (const WeightLayer &layer : set->layers) {
    if (!file->contains(layer.name))
      continue;
    llvm::Expected<execution::Array> array = file->read(
        layer.name, execution::DType::Bool, {layer.rows, layer.columns});
    if (!array)
      return module.emitError(llvm::toString(array.takeError()));
    ++checked;
    compression::Matrix matrix = layer.getMatrix();
    int64_t broken = 0, first = -1;
    for (int64_t i = 0; i < matrix.size(); ++i)
      if (!array->data[i] && matrix.storage[i] != 0 && broken++ == 0)
        first = i;
    if (!broken)
      continue;
    kept = false;
    module.emitError("the mask of '")
        << layer.name << "' is broken: " << broken << " of "
        << llvm::count(array->data, 0)
        << " removed weights are not zero, first output "
        << first / layer.columns << ", input " << first % layer.columns << " ("
        << matrix.storage[first] << ")";
  }
  if (checked != file->getNames().size())
    return module.emitError()
           << against << " has masks of " << file->getNames().size()
           << " layers, of which this model has " << checked;
  return success(kept);
}
