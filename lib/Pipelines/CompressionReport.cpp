//===- CompressionReport.cpp - edgebert-compression-report ----------------===//

#include "CompressLayers.h"

#include "edgebert/Compression/Interaction.h"
#include "edgebert/Compression/Storage.h"
#include "edgebert/Pipelines/CompressionPasses.h"
#include "llvm/Support/FormatVariadic.h"

namespace edgebert {
#define GEN_PASS_DEF_COMPRESSIONREPORTPASS
#include "edgebert/Pipelines/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;
using compression::Matrix;
using compression::StoredForm;

namespace {

/// What one layer takes.
struct LayerStorage {
  std::string format = "f32";
  int64_t weights = 0, zeros = 0, metadata = 0;
  int64_t dense = 0, bitmask = 0, csr = 0;
  int64_t smallest() const { return std::min({dense, bitmask, csr}); }
  double bitsPerWeight() const {
    return compression::bitsPerWeight(smallest(), metadata, weights);
  }
};

struct CompressionReportPass
    : edgebert::impl::CompressionReportPassBase<CompressionReportPass> {
  using CompressionReportPassBase::CompressionReportPassBase;
  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  LogicalResult run();
  FailureOr<LayerStorage> measure(const WeightLayer &layer,
                                  const Matrix &matrix);
};

} // namespace

/// The op that decodes the layer's codes, if it has some.
static numfmt::DequantizeOp getDecode(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto decode = dyn_cast<numfmt::DequantizeOp>(op))
      return decode;
    if (op->getNumOperands() == 0)
      break;
    value = op->getOperand(0);
  }
  return {};
}

FailureOr<LayerStorage> CompressionReportPass::measure(const WeightLayer &layer,
                                                       const Matrix &matrix) {
  LayerStorage storage;
  storage.weights = matrix.size();
  compression::CodedMatrix coded;
  // Sizes depend on which weights are zero and on how wide the others are.
  compression::Mask mask = compression::Mask::ofNonZeros(matrix);
  storage.zeros = mask.zeros();
  coded.mask = &mask;
  coded.storageBytes = 4;
  coded.bits = 32;
  std::vector<uint8_t> codes(matrix.size() * 4);
  coded.codes = codes;
  if (numfmt::DequantizeOp decode = getDecode(layer.root)) {
    numfmt::FormatTypeInterface format = decode.getFormat();
    storage.format = format.getFormat().name();
    coded.bits = format.getBitWidth();
    coded.storageBytes = format.getStorageType().getWidth() / 8;
    coded.codes =
        ArrayRef(codes).take_front(matrix.size() * coded.storageBytes);
    if (Value metadata = decode.getMetadata()) {
      auto type = cast<RankedTensorType>(metadata.getType());
      storage.metadata =
          type.getNumElements() * type.getElementTypeBitWidth() / 8;
    }
  }
  for (auto [form, size] : {std::pair(StoredForm::Dense, &storage.dense),
                            std::pair(StoredForm::Bitmask, &storage.bitmask),
                            std::pair(StoredForm::Csr, &storage.csr)}) {
    llvm::Expected<std::vector<uint8_t>> bytes =
        compression::store(coded, form);
    if (!bytes)
      return getOperation().emitError("cannot store '")
             << layer.name << "': " << llvm::toString(bytes.takeError());
    *size = bytes->size();
  }
  return storage;
}

LogicalResult CompressionReportPass::run() {
  ModuleOp module = getOperation();
  LayerOptions layers;
  layers.data = {entry, data, rows, tokenMask, threads};
  layers.statistics = statistics;
  layers.exclude.assign(exclude.begin(), exclude.end());
  layers.progress = progress;
  std::optional<OtherWeights> before;
  if (!original.empty()) {
    auto loaded = OtherWeights::load(original, entry, getContext());
    if (!loaded)
      return module.emitError("option 'original': ")
             << llvm::toString(loaded.takeError());
    before = std::move(*loaded);
  }
  bool hasData = !data.empty() || !statistics.empty();
  llvm::json::Array table;
  int64_t weights = 0, bytes = 0, zeros = 0;
  LogicalResult done = forEachLayer(
      module, layers, before && hasData,
      [&](WeightLayer &layer, const compression::Gram *gram) -> LogicalResult {
        Matrix matrix = layer.getMatrix();
        FailureOr<LayerStorage> storage = measure(layer, matrix);
        if (failed(storage))
          return failure();
        weights += storage->weights;
        zeros += storage->zeros;
        bytes += storage->smallest() + storage->metadata;
        llvm::json::Object row{{"layer", layer.name},
                               {"format", storage->format},
                               {"weights", storage->weights},
                               {"zeros", storage->zeros},
                               {"metadata_bytes", storage->metadata},
                               {"dense_bytes", storage->dense},
                               {"bitmask_bytes", storage->bitmask},
                               {"csr_bytes", storage->csr},
                               {"bits_per_weight", storage->bitsPerWeight()}};
        if (auto known = before ? before->matrices.find(layer.name)
                                : std::map<std::string, Matrix>::iterator();
            before && gram && known != before->matrices.end() &&
            known->second.size() == matrix.size()) {
          // What the mask took from the original, and what the grid added.
          std::optional<compression::Mask> mask = layer.getMask();
          Matrix between = mask ? mask->apply(known->second) : known->second;
          compression::SecondOrderTerms terms = compression::secondOrderTerms(
              known->second, between, matrix, *gram);
          row["sparsity_term"] = terms.first;
          row["cross_term"] = terms.cross;
          row["quantization_term"] = terms.second;
        }
        table.push_back(std::move(row));
        return success();
      });
  if (failed(done))
    return failure();
  double average = weights ? 8.0 * double(bytes) / double(weights) : 0;
  module.emitRemark(llvm::formatv(
      "{0} layers, {1} weights, {2:P1} zeros, {3:f2} bits per weight with "
      "metadata and masks",
      table.size(), weights, weights ? double(zeros) / double(weights) : 0.0,
      average));
  if (output.empty())
    return success();
  llvm::json::Object root{{"bits_per_weight", average},
                          {"weights", weights},
                          {"zeros", zeros},
                          {"bytes", bytes},
                          {"layers", std::move(table)}};
  if (llvm::Error error = writeJson(output, std::move(root)))
    return module.emitError("cannot write the report: ")
           << llvm::toString(std::move(error));
  return success();
}
