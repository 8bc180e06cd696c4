//===- Calibrate.cpp - run the model form on calibration data -------------===//

#include "edgebert/Pipelines/Calibrate.h"

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "edgebert/Execution/DeviceProgram.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

namespace {

/// What a probe of the calibration run needs to know of its value.
struct Observed {
  ValueStats stats;
  int64_t columns = 1;
  RangeLimits limits;
  numerics::Metadata metadata;
};

/// Puts a probe behind every quantized value of `func`.
llvm::StringMap<Observed> insertProbes(func::FuncOp func) {
  llvm::StringMap<Observed> observed;
  KernelSet kernels = findKernels(func);
  OpBuilder builder(func.getContext());
  for (const QuantizedValue &value : findQuantizedValues(func, kernels)) {
    builder.setInsertionPointAfterValue(value.value);
    accel::ProbeOp::create(builder, value.value.getLoc(), value.value,
                           value.name);
    Observed &entry = observed[value.name];
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(value.value.getType()).getShape();
    entry.columns = shape.empty() ? 1 : std::max<int64_t>(shape.back(), 1);
    entry.limits = value.limits;
  }
  return observed;
}

ArrayRef<float> getFloats(const execution::ProbedValue &value) {
  return {reinterpret_cast<const float *>(value.bytes.data()),
          value.bytes.size() / sizeof(float)};
}

void updateRange(Observed &observed, ArrayRef<float> values) {
  // Eight partial results, so that the loop vectorises: this runs over every
  // activation of every calibration row.
  constexpr size_t kLanes = 8;
  ValueStats &stats = observed.stats;
  float low[kLanes], high[kLanes], squares[kLanes];
  // Masks put minus infinity, or as good as that, before a softmax. How far the
  // scores reach up decides how they are quantized.
  float largest = observed.limits.largest > 0
                      ? observed.limits.largest
                      : std::numeric_limits<float>::infinity();
  std::fill_n(low, kLanes, stats.min);
  std::fill_n(high, kLanes, stats.max);
  for (size_t row = 0; row < values.size(); row += observed.columns) {
    std::fill_n(squares, kLanes, 0.0f);
    ArrayRef<float> elements = values.slice(row, observed.columns);
    size_t whole = elements.size() / kLanes * kLanes;
    for (size_t i = 0; i < elements.size(); i += kLanes) {
      size_t lanes = i < whole ? kLanes : elements.size() - whole;
      for (size_t lane = 0; lane < lanes; ++lane) {
        // In this order a NaN stays one.
        float x = std::max(elements[i + lane], -largest);
        low[lane] = std::min(low[lane], x);
        high[lane] = std::max(high[lane], x);
        squares[lane] += x * x;
      }
    }
    double sum = 0;
    for (float part : squares)
      sum += part;
    // A NaN anywhere in the row must not be lost.
    if (!(sum <= stats.maxRowSquares))
      stats.maxRowSquares = sum;
  }
  stats.min = *std::min_element(low, low + kLanes);
  stats.max = *std::max_element(high, high + kLanes);
}

void updateNoise(Observed &observed, const numerics::Format &format,
                 ArrayRef<float> values, std::vector<float> &scratch) {
  scratch.resize(values.size());
  format.emulate(values, scratch, observed.metadata);
  for (auto [x, y] : llvm::zip(values, scratch)) {
    // What lies beyond the limit means the same as the limit.
    float largest = observed.limits.largest;
    float wanted = largest > 0 ? std::clamp(x, -largest, largest) : x;
    observed.stats.signal += double(wanted) * wanted;
    observed.stats.noise += (double(wanted) - y) * (double(wanted) - y);
  }
}

} // namespace

llvm::Expected<CalibrationResult> edgebert::calibrate(
    ModuleOp module, StringRef entry, const CalibrationRequest &request,
    numfmt::FormatTypeInterface format, const RangeStrategy &strategy) {
  module.getContext()->getOrLoadDialect<accel::EdgeBERTDialect>();
  OwningOpRef<ModuleOp> probed(module.clone());
  auto func = probed->lookupSymbol<func::FuncOp>(entry);
  if (!func)
    return llvm::createStringError("there is no function @" + entry);
  llvm::StringMap<Observed> observed = insertProbes(func);
  if (observed.empty())
    return llvm::createStringError(
        "@" + entry + " has no kernel that the accelerator could run");

  execution::DeviceProgramOptions options;
  options.entry = entry.str();
  options.threads = int(request.threads);
  options.probes = true;
  auto program = execution::DeviceProgram::load(*probed, options);
  if (!program)
    return program.takeError();
  auto file = execution::NpzReader::open(request.data);
  if (!file)
    return file.takeError();
  std::vector<execution::NamedArray> arrays;
  for (const execution::Port &input : (*program)->getProgram().getInputs()) {
    if (!file->contains(input.name))
      return llvm::createStringError(llvm::formatv(
          "{0}: expected an array '{1}' {2}, found {3}", request.data,
          input.name, input.describe(), llvm::join(file->getNames(), ", ")));
    auto array = file->read(input.name);
    if (!array)
      return array.takeError();
    arrays.push_back({input.name, std::move(*array)});
  }
  CalibrationResult result;
  llvm::Expected<int64_t> numRows = (*program)->getProgram().getNumRows(arrays);
  if (!numRows)
    return numRows.takeError();
  result.numRows = *numRows;
  result.numUsed =
      request.limit > 0 ? std::min(*numRows, request.limit) : *numRows;
  auto runRows = [&](int64_t limit) -> llvm::Error {
    return (*program)->runRows(arrays, limit).takeError();
  };

  (*program)->setProbe([&](const execution::ProbedValue &value) {
    updateRange(observed[value.id], getFloats(value));
  });
  if (llvm::Error error = runRows(result.numUsed))
    return std::move(error);

  for (auto &item : observed)
    item.second.metadata = format.getMetadata(
        strategy.choose(format, item.second.stats, item.second.limits));
  std::vector<float> scratch;
  numerics::Format codec = format.getFormat();
  (*program)->setProbe([&](const execution::ProbedValue &value) {
    updateNoise(observed[value.id], codec, getFloats(value), scratch);
  });
  if (llvm::Error error = runRows(std::min(result.numUsed, request.sqnrRows)))
    return std::move(error);

  for (const auto &item : observed) {
    const ValueStats &stats = item.second.stats;
    if (!std::isfinite(stats.min) || !std::isfinite(stats.max) ||
        !std::isfinite(stats.maxRowSquares))
      return llvm::createStringError(
          llvm::formatv("the value '{0}' is not finite on the calibration data "
                        "(min {1}, max {2})",
                        item.first(), stats.min, stats.max));
    result.calibration.values[item.first()] = stats;
  }
  return result;
}
