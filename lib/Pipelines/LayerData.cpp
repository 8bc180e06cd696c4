//===- LayerData.cpp - what weight layers read on calibration data --------===//

#include "edgebert/Pipelines/LayerData.h"

#include "CompressLayers.h"
#include "LayerInputs.h"

#include "edgebert/Execution/DeviceProgram.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;
using compression::MatrixView;

void LayerStatistics::add(MatrixView x) {
  gram.add(x);
  for (float value : x.all()) {
    min = std::min(min, value);
    max = std::max(max, value);
    if (value == 0) {
      ++zeros;
      continue;
    }
    int bin = int(std::floor(4 * std::log2(std::fabs(value)))) + kBins / 2;
    ++histogram[std::clamp<int>(bin, 0, kBins - 1)];
  }
}

//===----------------------------------------------------------------------===//
// Where inputs are
//===----------------------------------------------------------------------===//

/// Two uses with equal keys read the same matrix.
static Value getInputKey(const MatmulKernel &kernel) {
  Value value = kernel.lhs;
  if (!isIdentityPermutation(kernel.lhsPerm))
    return value;
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

std::vector<std::vector<size_t>>
edgebert::groupByInput(const WeightSet &weights) {
  llvm::MapVector<std::pair<Value, int64_t>, std::vector<size_t>> groups;
  std::vector<std::vector<size_t>> result;
  for (auto [i, layer] : llvm::enumerate(weights.layers)) {
    // Only layers with a single use can share all of their inputs.
    Value key =
        layer.uses.size() == 1 ? getInputKey(*layer.uses.front()) : layer.root;
    groups[{key, layer.columns}].push_back(i);
  }
  for (auto &group : groups)
    result.push_back(std::move(group.second));
  return result;
}

/// The kernel's lhs as a matrix [tokens x k].
static Value buildInput(OpBuilder &builder, const MatmulKernel &kernel) {
  Location loc = kernel.root->getLoc();
  Value value = kernel.lhs;
  auto type = cast<RankedTensorType>(value.getType());
  if (!isIdentityPermutation(kernel.lhsPerm)) {
    SmallVector<int64_t> shape;
    for (int64_t p : kernel.lhsPerm)
      shape.push_back(type.getDimSize(p));
    type = RankedTensorType::get(shape, type.getElementType());
    Value init = tensor::EmptyOp::create(builder, loc, type, ValueRange());
    value =
        linalg::TransposeOp::create(builder, loc, value, init, kernel.lhsPerm)
            ->getResult(0);
  }
  return value;
}

namespace {

/// Which elements of an image [n, c, h, w] a convolution reads.
struct Patches {
  int64_t images, channels, height, width;
  int64_t kernelHeight, kernelWidth;
  int64_t strideH, strideW, dilationH, dilationW;
};

/// An output of the truncated function: whose input it is, of how many columns.
struct InputSource {
  size_t layer;
  int64_t columns;
  std::optional<Patches> patches;
};

} // namespace

static Patches getPatches(linalg::Conv2DNchwFchwOp conv) {
  auto image = cast<RankedTensorType>(conv.getInputs()[0].getType()).getShape();
  auto filter =
      cast<RankedTensorType>(conv.getInputs()[1].getType()).getShape();
  auto strides = llvm::to_vector(conv.getStrides().getValues<int64_t>());
  auto dilations = llvm::to_vector(conv.getDilations().getValues<int64_t>());
  return {image[0],  image[1],   image[2],   image[3],     filter[2],
          filter[3], strides[0], strides[1], dilations[0], dilations[1]};
}

/// The patches as rows of `to`, channels first.
static void gather(const Patches &p, ArrayRef<float> image,
                   std::vector<float> &to) {
  int64_t rows =
      (p.height - (p.kernelHeight - 1) * p.dilationH - 1) / p.strideH + 1;
  int64_t columns =
      (p.width - (p.kernelWidth - 1) * p.dilationW - 1) / p.strideW + 1;
  to.resize(p.images * rows * columns * p.channels * p.kernelHeight *
            p.kernelWidth);
  float *next = to.data();
  for (int64_t n = 0; n < p.images; ++n)
    for (int64_t y = 0; y < rows; ++y)
      for (int64_t x = 0; x < columns; ++x)
        for (int64_t c = 0; c < p.channels; ++c)
          for (int64_t i = 0; i < p.kernelHeight; ++i)
            for (int64_t j = 0; j < p.kernelWidth; ++j)
              *next++ = image[((n * p.channels + c) * p.height + y * p.strideH +
                               i * p.dilationH) *
                                  p.width +
                              x * p.strideW + j * p.dilationW];
}

/// Makes `func` return the values and nothing else, and drops what is dead.
static void truncate(func::FuncOp func, ValueRange values) {
  auto old = cast<func::ReturnOp>(func.front().getTerminator());
  OpBuilder builder(old);
  func::ReturnOp::create(builder, old.getLoc(), values);
  old.erase();
  func.removeResAttrsAttr();
  func.setType(
      builder.getFunctionType(func.getArgumentTypes(), TypeRange(values)));
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(func.front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

llvm::Expected<std::vector<execution::NamedArray>>
edgebert::readProgramInputs(const execution::Program &program, StringRef path) {
  auto file = execution::NpzReader::open(path);
  if (!file)
    return file.takeError();
  std::vector<execution::NamedArray> arrays;
  for (const execution::Port &input : program.getInputs()) {
    if (!file->contains(input.name))
      return llvm::createStringError(llvm::formatv(
          "{0}: expected an array '{1}' {2}, found {3}", path, input.name,
          input.describe(), llvm::join(file->getNames(), ", ")));
    auto array = file->read(input.name);
    if (!array)
      return array.takeError();
    arrays.push_back({input.name, std::move(*array)});
  }
  return arrays;
}

/// Which tokens are real, or nothing if that is not known.
static std::vector<bool> getTokens(ArrayRef<execution::NamedArray> row,
                                   StringRef name) {
  std::vector<bool> tokens;
  for (const execution::NamedArray &array : row)
    if (array.name == name)
      for (int64_t i = 0; i < array.array.getNumElements(); ++i)
        tokens.push_back(array.array.getAsDouble(i) != 0);
  return tokens;
}

static llvm::Expected<func::FuncOp> findEntry(ModuleOp module,
                                              const LayerDataRequest &request) {
  auto func = module.lookupSymbol<func::FuncOp>(request.entry);
  if (!func || func.isDeclaration())
    return llvm::createStringError("there is no function @" + request.entry);
  return func;
}

llvm::Error
edgebert::streamLayerInputs(ModuleOp module, const LayerDataRequest &request,
                            ArrayRef<std::string> names,
                            llvm::function_ref<void(size_t, MatrixView)> add) {
  OwningOpRef<ModuleOp> copy(module.clone());
  llvm::Expected<func::FuncOp> entry = findEntry(*copy, request);
  if (!entry)
    return entry.takeError();
  func::FuncOp func = *entry;
  WeightSet weights = findWeights(func);
  // Codes and masks are worked out once, not for every row.
  for (WeightLayer &layer : weights.layers)
    foldWeight(layer);
  llvm::StringMap<const WeightLayer *> byName;
  for (const WeightLayer &layer : weights.layers)
    byName[layer.name] = &layer;
  SmallVector<Value> values;
  std::vector<InputSource> sources;
  OpBuilder builder(func.front().getTerminator());
  for (size_t i = 0; i < names.size(); ++i) {
    const WeightLayer *layer = byName.lookup(names[i]);
    assert(layer && "asked for a layer that is not there");
    auto watch = [&](Operation *op) -> llvm::Error {
      if (op->getBlock() == &func.front())
        return llvm::Error::success();
      return llvm::createStringError(
          llvm::formatv("the input of '{0}' is read in a loop or a branch, "
                        "where it cannot be watched",
                        names[i]));
    };
    for (const MatmulKernel *kernel : layer->uses) {
      if (llvm::Error error = watch(kernel->root))
        return error;
      values.push_back(buildInput(builder, *kernel));
      sources.push_back({i, layer->columns, {}});
    }
    for (linalg::Conv2DNchwFchwOp conv : layer->convolutions) {
      if (llvm::Error error = watch(conv))
        return error;
      values.push_back(conv.getInputs()[0]);
      sources.push_back({i, layer->columns, getPatches(conv)});
    }
  }
  truncate(func, values);

  execution::DeviceProgramOptions options;
  options.entry = request.entry;
  options.threads = request.threads;
  auto program = execution::DeviceProgram::load(*copy, options);
  if (!program)
    return program.takeError();
  auto arrays = readProgramInputs((*program)->getProgram(), request.data);
  if (!arrays)
    return arrays.takeError();
  llvm::Expected<int64_t> numRows =
      (*program)->getProgram().getNumRows(*arrays);
  if (!numRows)
    return numRows.takeError();
  int64_t limit =
      request.rows > 0 ? std::min(*numRows, request.rows) : *numRows;
  std::vector<float> real, patches;
  for (int64_t r = 0; r < limit; ++r) {
    std::vector<execution::NamedArray> row =
        (*program)->getProgram().getRow(*arrays, r);
    auto outputs = (*program)->run(row);
    if (!outputs)
      return outputs.takeError();
    std::vector<bool> tokens = getTokens(row, request.tokenMask);
    for (auto [i, output] : llvm::enumerate(*outputs)) {
      const InputSource &source = sources[i];
      ArrayRef<float> x = output.array.as<float>();
      if (source.patches) {
        gather(*source.patches, x, patches);
        x = patches;
      }
      int64_t k = source.columns, count = x.size() / k;
      if (int64_t(tokens.size()) == count) {
        real.clear();
        for (int64_t t = 0; t < count; ++t)
          if (tokens[t])
            llvm::append_range(real, x.slice(t * k, k));
        x = real;
        count = x.size() / k;
      }
      if (count > 0)
        add(source.layer, {x.data(), count, k});
    }
  }
  return llvm::Error::success();
}

llvm::Expected<ModelStatistics>
edgebert::collectStatistics(ModuleOp module, const LayerDataRequest &request) {
  llvm::Expected<func::FuncOp> func = findEntry(module, request);
  if (!func)
    return func.takeError();
  WeightSet weights = findWeights(*func);
  ModelStatistics result;
  result.fingerprint = getModelFingerprint(*func);
  std::vector<std::string> names;
  std::vector<std::vector<size_t>> groups = groupByInput(weights);
  std::vector<LayerStatistics> statistics;
  for (const std::vector<size_t> &group : groups) {
    const WeightLayer &layer = weights.layers[group.front()];
    names.push_back(layer.name);
    statistics.emplace_back();
    statistics.back().gram = compression::Gram(layer.columns);
  }
  if (llvm::Error error = streamLayerInputs(
          module, request, names,
          [&](size_t i, MatrixView x) { statistics[i].add(x); }))
    return std::move(error);
  for (auto [group, found] : llvm::zip(groups, statistics)) {
    if (!std::isfinite(found.min) || !std::isfinite(found.max))
      return llvm::createStringError(llvm::formatv(
          "the inputs of '{0}' are not finite on the calibration data",
          weights.layers[group.front()].name));
    for (size_t i : group)
      result.layers[weights.layers[i].name] = found;
  }
  return result;
}
