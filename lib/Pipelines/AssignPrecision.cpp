//===- AssignPrecision.cpp - numfmt-assign-precision ----------------------===//

#include "CompressLayers.h"

#include "edgebert/Compression/Assignment.h"
#include "edgebert/Pipelines/CompressionPasses.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

#include <limits>

namespace edgebert {
#define GEN_PASS_DEF_ASSIGNPRECISIONPASS
#include "edgebert/Pipelines/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

namespace {

struct AssignPrecisionPass
    : edgebert::impl::AssignPrecisionPassBase<AssignPrecisionPass> {
  using AssignPrecisionPassBase::AssignPrecisionPassBase;
  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  LogicalResult readFormats();
  /// The expected loss of each layer.
  FailureOr<std::vector<double>> readScores(const WeightSet &set);
  FailureOr<compression::Quantized> round(const WeightLayer &layer,
                                          numfmt::FormatTypeInterface format);
  LogicalResult writeReport(const WeightSet &set,
                            const compression::Assignment &chosen,
                            ArrayRef<compression::Assignment> front);

  std::vector<numfmt::FormatTypeInterface> types;
};

} // namespace

LogicalResult AssignPrecisionPass::readFormats() {
  SmallVector<StringRef> spellings;
  StringRef(formats).split(spellings, ';');
  for (StringRef spelling : spellings) {
    auto type = dyn_cast_or_null<numfmt::FormatTypeInterface>(
        parseType(spelling.trim(), &getContext()));
    if (!type)
      return getOperation().emitError("option 'formats': expected numfmt types "
                                      "such as !numfmt.afp<4,2>, got '")
             << spelling << "'";
    if (!types.empty() && type.getBitWidth() < types.back().getBitWidth())
      return getOperation().emitError(
                 "option 'formats': expected the least precise first, got ")
             << Type(types.back()) << " before " << Type(type);
    types.push_back(type);
  }
  return success();
}

FailureOr<std::vector<double>>
AssignPrecisionPass::readScores(const WeightSet &set) {
  ModuleOp module = getOperation();
  auto buffer = llvm::MemoryBuffer::getFile(scores);
  if (!buffer)
    return module.emitError("option 'scores': cannot read '")
           << scores << "': " << buffer.getError().message();
  llvm::Expected<llvm::json::Value> root =
      llvm::json::parse((*buffer)->getBuffer());
  if (!root)
    return module.emitError()
           << scores << ": not JSON: " << llvm::toString(root.takeError());
  llvm::json::Array *list = root->getAsArray();
  if (!list)
    return module.emitError()
           << scores << ": expected a list of {\"layer\", \"loss\"}";
  llvm::StringMap<double> known;
  for (auto [i, item] : llvm::enumerate(*list)) {
    llvm::json::Object *entry = item.getAsObject();
    auto layer = entry ? entry->getString("layer") : std::nullopt;
    auto loss = entry ? entry->getNumber("loss") : std::nullopt;
    if (!layer || !loss || !(*loss >= 0))
      return module.emitError() << scores << ": item " << i
                                << ": expected a string \"layer\" and a number "
                                   "\"loss\" of at least 0";
    known[*layer] = *loss;
  }
  std::vector<double> result;
  for (const WeightLayer &layer : set.layers) {
    auto loss = known.find(layer.name);
    if (loss == known.end())
      return module.emitError()
             << scores << " has no loss of the layer '" << layer.name << "'";
    result.push_back(loss->second);
  }
  return result;
}

FailureOr<compression::Quantized>
AssignPrecisionPass::round(const WeightLayer &layer,
                           numfmt::FormatTypeInterface format) {
  compression::GridOptions grid(format.getFormat());
  grid.granularity = granularity;
  grid.groupSize = groupSize;
  std::optional<compression::Mask> mask = layer.getMask();
  auto quantized = compression::quantize(layer.getMatrix(), nullptr,
                                         compression::QuantizeOptions(grid),
                                         mask ? &*mask : nullptr);
  if (!quantized)
    return getOperation().emitError("cannot quantize '")
           << layer.name << "': " << llvm::toString(quantized.takeError());
  return std::move(*quantized);
}

LogicalResult
AssignPrecisionPass::writeReport(const WeightSet &set,
                                 const compression::Assignment &chosen,
                                 ArrayRef<compression::Assignment> front) {
  if (report.empty())
    return success();
  int64_t weights = 0;
  for (const WeightLayer &layer : set.layers)
    weights += layer.rows * layer.columns;
  auto toJson = [&](const compression::Assignment &assignment) {
    llvm::json::Array list;
    for (auto [layer, format] : llvm::zip(set.layers, assignment.formats))
      list.push_back(llvm::json::Object{
          {"layer", layer.name}, {"format", types[format].getFormat().name()}});
    return llvm::json::Object{
        {"bits_per_weight", assignment.costs[0] / double(weights)},
        {"loss", assignment.costs[1]},
        {"layers", std::move(list)}};
  };
  llvm::json::Array all;
  for (const compression::Assignment &assignment : front)
    all.push_back(toJson(assignment));
  llvm::json::Object root{{"chosen", toJson(chosen)},
                          {"front", std::move(all)}};
  if (llvm::Error error = writeJson(report, std::move(root)))
    return getOperation().emitError("cannot write the report: ")
           << llvm::toString(std::move(error));
  return success();
}

LogicalResult AssignPrecisionPass::run() {
  ModuleOp module = getOperation();
  LayerOptions layers;
  layers.data.entry = entry;
  layers.exclude.assign(exclude.begin(), exclude.end());
  FailureOr<WeightSet> set = findLayers(module, layers);
  if (failed(set) || failed(readFormats()))
    return failure();
  if (set->layers.empty())
    return success();
  FailureOr<std::vector<double>> losses = readScores(*set);
  if (failed(losses))
    return failure();

  // Objective 0: bits. Objective 1: loss x relative error.
  compression::LayerCosts costs(2);
  std::vector<int64_t> sizes;
  int64_t weights = 0;
  std::vector<std::vector<compression::Quantized>> rounded;
  for (auto [layer, loss] : llvm::zip(set->layers, *losses)) {
    compression::Matrix matrix = layer.getMatrix();
    double signal = 0;
    for (float w : matrix.all())
      signal += double(w) * w;
    sizes.push_back(matrix.size());
    weights += matrix.size();
    for (auto &objective : costs)
      objective.emplace_back();
    rounded.emplace_back();
    for (numfmt::FormatTypeInterface type : types) {
      FailureOr<compression::Quantized> made = round(layer, type);
      if (failed(made))
        return failure();
      double error = signal > 0 ? made->report.weightError / signal : 0;
      costs[0].back().push_back(double(matrix.size()) * type.getBitWidth());
      costs[1].back().push_back(loss * error);
      rounded.back().push_back(std::move(*made));
    }
  }
  auto front = compression::paretoFront(
      compression::orderByScore(*losses, sizes), costs);
  if (!front)
    return module.emitError(llvm::toString(front.takeError()));
  auto chosen = compression::choose(
      *front, {0.0, 1.0},
      {maxBits * double(weights), std::numeric_limits<double>::infinity()});
  if (!chosen)
    return module.emitError("no assignment takes at most ")
           << double(maxBits)
           << " bits per weight: " << llvm::toString(chosen.takeError());
  for (size_t i = 0; i < set->layers.size(); ++i) {
    WeightLayer &layer = set->layers[i];
    OpBuilder builder = getBuilder(layer);
    unsigned format = chosen->formats[i];
    FailureOr<Value> weight =
        buildCodes(builder, layer, rounded[i][format], types[format]);
    if (failed(weight))
      return failure();
    replaceWeight(layer, copyMasks(builder, layer.root, *weight));
  }
  return writeReport(*set, *chosen, *front);
}
