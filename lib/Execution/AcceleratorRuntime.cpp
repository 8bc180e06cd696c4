//===- AcceleratorRuntime.cpp - what compiled code calls ------------------===//
//
// The functions of edgebert/Conversion/RuntimeFunctions.h. Tensor ops run the
// machine's units on whole, padded operands: no tiles, no memories, no
// transfers. They are what the lower forms are compared with.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Conversion/RuntimeFunctions.h"
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "edgebert/Execution/Accelerator.h"
#include "edgebert/Machine/Energy.h"
#include "edgebert/Machine/Kernels.h"
#include "edgebert/Numerics/AdaptivFloat.h"
#include "mlir/ExecutionEngine/CRunnerUtils.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace edgebert;
using namespace edgebert::execution;
using machine::Description;

namespace {

constexpr int64_t kVector = Description::vectorSize;

Accelerator &device() { return *getCurrentAccelerator(); }

const uint8_t *codes(int64_t address) {
  return reinterpret_cast<const uint8_t *>(address);
}

/// A rows x columns matrix with zero codes up to the next multiples of 16 and
/// `extra` zero columns behind them.
struct Padded {
  Padded(const uint8_t *source, int64_t rows, int64_t columns,
         int64_t extra = 0)
      : rows(llvm::alignTo(rows, kVector)),
        columns(llvm::alignTo(columns, kVector) + extra) {
    bytes.assign(this->rows * this->columns, 0);
    for (int64_t r = 0; r < rows; ++r)
      std::memcpy(&bytes[r * this->columns], source + r * columns, columns);
  }
  uint8_t *row(int64_t r) { return &bytes[r * columns]; }

  int64_t rows, columns;
  std::vector<uint8_t> bytes;
};

/// The first `rows` x `columns` of a wider matrix.
void crop(const std::vector<uint8_t> &source, int64_t stride, uint8_t *target,
          int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; ++r)
    std::memcpy(target + r * columns, &source[r * stride], columns);
}

machine::StreamBase at(int64_t address) {
  machine::StreamBase base;
  base.base = uint32_t(address);
  return base;
}

machine::MemoryKind memoryKind(int64_t memory) {
  switch (accel::Memory(memory)) {
  case accel::Memory::Data:
    return machine::MemoryKind::Data;
  case accel::Memory::Mask:
    return machine::MemoryKind::Mask;
  case accel::Memory::Aux:
    return machine::MemoryKind::Aux;
  }
  llvm_unreachable("unknown memory");
}

/// The fields all row-wise units share.
template <typename Config>
Config rowConfig(int64_t vectors, int64_t timesteps) {
  Config config;
  config.shape.vectors = unsigned(vectors);
  config.shape.timesteps = unsigned(timesteps);
  return config;
}

machine::UnitPlacement unitPlacement(int64_t decoder, int64_t input,
                                     int64_t output, int64_t tiled) {
  machine::UnitPlacement place;
  place.input = at(input);
  place.input2 = at(input);
  place.output = uint32_t(output);
  place.decoder = unsigned(decoder);
  place.layout = tiled ? machine::Layout::Tiled : machine::Layout::RowMajor;
  return place;
}

//===----------------------------------------------------------------------===//
// Tensor ops
//===----------------------------------------------------------------------===//

void matmul(int64_t lhs, int64_t rhs, int64_t addend, int64_t out,
            int64_t batch, int64_t rhsBatched, int64_t m, int64_t n, int64_t k,
            int64_t shift, int64_t relu, int64_t lanesLow, int64_t lanesHigh,
            int64_t live) {
  machine::Machine &chip = device().getMachine();
  int64_t extra = addend ? kVector : 0;
  machine::kernels::Operand weights;
  for (int64_t b = 0; b < batch; ++b) {
    if (live && codes(live)[b] == '0') {
      std::memset(reinterpret_cast<uint8_t *>(out) + b * m * n, 0, m * n);
      continue;
    }
    if (weights.rows() == 0 || rhsBatched) {
      Padded matrix(codes(rhs) + b * n * k, n, k, extra);
      for (int64_t row = 0; addend && row < n; ++row)
        std::memcpy(matrix.row(row) + matrix.columns - kVector,
                    codes(addend) + row * kVector, kVector);
      weights = machine::kernels::Operand(matrix.bytes.data(), matrix.rows,
                                          matrix.columns);
    }
    Padded matrix(codes(lhs) + b * m * k, m, k, extra);
    for (int64_t row = 0; addend && row < m; ++row) {
      std::memcpy(matrix.row(row) + matrix.columns - kVector, &lanesLow, 8);
      std::memcpy(matrix.row(row) + matrix.columns - 8, &lanesHigh, 8);
    }
    machine::MatmulConfig config;
    config.n0 = weights.rows();
    config.n1 = matrix.rows;
    config.m = matrix.columns;
    config.accumRightShift = unsigned(shift);
    config.adfAccumBias = accel::MatmulOp::kAccumBias;
    config.relu = relu;
    std::vector<uint8_t> result(size_t(config.n0) * config.n1);
    machine::kernels::matmul(chip.description(), config, weights,
                             machine::kernels::Operand(matrix.bytes.data(),
                                                       matrix.rows,
                                                       matrix.columns),
                             result.data());
    crop(result, config.n0, reinterpret_cast<uint8_t *>(out) + b * m * n, m, n);
  }
}

void softmax(int64_t input, int64_t span, int64_t out, int64_t rows,
             int64_t columns, int64_t numSpans, int64_t inputBias,
             int64_t spanBias, int64_t outputBias) {
  Padded matrix(codes(input), rows, columns);
  std::vector<uint8_t> weights(matrix.bytes.size(), 0);
  for (int64_t row = 0; row < rows; ++row) {
    uint8_t *weight = weights.data() + row * matrix.columns;
    if (span)
      std::memcpy(weight, codes(span) + row * numSpans / rows * columns,
                  columns);
    else
      std::memset(weight, int(numerics::kAfp8.encode(1.0f, int(spanBias))),
                  columns);
  }
  auto config =
      rowConfig<machine::SoftmaxConfig>(matrix.columns / kVector, matrix.rows);
  config.spanPerRow = true;
  config.inputBias = unsigned(inputBias);
  config.spanBias = unsigned(spanBias);
  config.outputBias = unsigned(outputBias);
  std::vector<uint8_t> result(matrix.bytes.size());
  machine::kernels::softmax(device().getMachine().description(), config,
                            matrix.bytes.data(), weights.data(), result.data());
  crop(result, matrix.columns, reinterpret_cast<uint8_t *>(out), rows, columns);
}

void layerNorm(int64_t input, int64_t gamma, int64_t beta, int64_t out,
               int64_t rows, int64_t columns, int64_t inputBias,
               int64_t gammaBias, int64_t betaBias, int64_t outputBias) {
  auto config = rowConfig<machine::LayerNormConfig>(columns / kVector, rows);
  config.inputBias = unsigned(inputBias);
  config.gammaBias = unsigned(gammaBias);
  config.betaBias = unsigned(betaBias);
  config.outputBias = unsigned(outputBias);
  machine::kernels::layerNorm(device().getMachine().description(), config,
                              codes(input), codes(gamma), codes(beta),
                              reinterpret_cast<uint8_t *>(out));
}

void add(int64_t lhs, int64_t rhs, int64_t out, int64_t rows, int64_t columns,
         int64_t lhsBias, int64_t rhsBias, int64_t outputBias) {
  Padded a(codes(lhs), rows, columns), b(codes(rhs), rows, columns);
  auto config = rowConfig<machine::AddConfig>(a.columns / kVector, a.rows);
  config.bias0 = unsigned(lhsBias);
  config.bias1 = unsigned(rhsBias);
  config.outputBias = unsigned(outputBias);
  std::vector<uint8_t> result(a.bytes.size());
  machine::kernels::add(device().getMachine().description(), config,
                        a.bytes.data(), b.bytes.data(), result.data());
  crop(result, a.columns, reinterpret_cast<uint8_t *>(out), rows, columns);
}

machine::EntropyConfig entropyConfig(int64_t vectors, int64_t bias,
                                     int64_t threshold) {
  machine::EntropyConfig config;
  config.vectors = unsigned(vectors);
  config.inputBias = unsigned(bias);
  config.threshold = int16_t(threshold);
  return config;
}

int64_t entropy(int64_t input, int64_t length, int64_t bias,
                int64_t threshold) {
  return machine::kernels::entropy(
             device().getMachine().description(),
             entropyConfig(length / kVector, bias, threshold), codes(input))
      .below;
}

void probe(int64_t name, int64_t buffer, int64_t bytes, int64_t element) {
  if (!device().onProbe)
    return;
  ProbedValue value;
  value.id = reinterpret_cast<const char *>(name);
  value.bytes = {reinterpret_cast<const char *>(buffer), size_t(bytes)};
  value.isF32 = runtime::ProbeElement(element) == runtime::ProbeElement::F32;
  device().onProbe(value);
}

//===----------------------------------------------------------------------===//
// Memory ops
//===----------------------------------------------------------------------===//

void load(int64_t memory, int64_t decoder, int64_t address, int64_t rows) {
  device().attemptCommand([&] {
    return device().getMachine().load(memoryKind(memory), unsigned(decoder),
                                      uint32_t(address), unsigned(rows));
  });
}

void store(int64_t memory, int64_t decoder, int64_t address, int64_t rows,
           int64_t place) {
  device().attemptCommand([&] {
    return device().getMachine().store(memoryKind(memory), unsigned(decoder),
                                       uint32_t(address), uint32_t(place),
                                       unsigned(rows));
  });
}

void runMatmul(int64_t n0, int64_t n1, int64_t m, int64_t shift,
               int64_t accumBias, int64_t relu, int64_t rhs, int64_t lhs,
               int64_t outDecoder, int64_t out) {
  machine::MatmulConfig config;
  config.n0 = unsigned(n0);
  config.n1 = unsigned(n1);
  config.m = unsigned(m);
  config.accumRightShift = unsigned(shift);
  config.adfAccumBias = unsigned(accumBias);
  config.relu = relu;
  machine::MatmulPlacement place;
  place.operand0 = at(rhs);
  place.operand1 = at(lhs);
  place.output = uint32_t(out);
  place.outputDecoder = unsigned(outDecoder);
  device().attemptCommand(
      [&] { return device().getMachine().runMatmul(config, place); });
}

void runSoftmax(int64_t vectors, int64_t timesteps, int64_t decoder,
                int64_t input, int64_t output, int64_t inputBias,
                int64_t outputBias, int64_t tiled, int64_t span,
                int64_t spanBias, int64_t spanPerRow) {
  auto config = rowConfig<machine::SoftmaxConfig>(vectors, timesteps);
  config.inputBias = unsigned(inputBias);
  config.spanBias = unsigned(spanBias);
  config.outputBias = unsigned(outputBias);
  config.spanPerRow = spanPerRow;
  device().attemptCommand([&] {
    return device().getMachine().runSoftmax(
        config, unitPlacement(decoder, input, output, tiled), unsigned(span));
  });
}

void runLayerNorm(int64_t vectors, int64_t timesteps, int64_t decoder,
                  int64_t input, int64_t output, int64_t inputBias,
                  int64_t outputBias, int64_t tiled, int64_t gamma,
                  int64_t gammaBias, int64_t beta, int64_t betaBias) {
  auto config = rowConfig<machine::LayerNormConfig>(vectors, timesteps);
  config.inputBias = unsigned(inputBias);
  config.gammaBias = unsigned(gammaBias);
  config.betaBias = unsigned(betaBias);
  config.outputBias = unsigned(outputBias);
  device().attemptCommand([&] {
    return device().getMachine().runLayerNorm(
        config, unitPlacement(decoder, input, output, tiled), unsigned(gamma),
        unsigned(beta));
  });
}

void runAdd(int64_t vectors, int64_t timesteps, int64_t decoder, int64_t input,
            int64_t output, int64_t inputBias, int64_t outputBias,
            int64_t tiled, int64_t rhs, int64_t rhsBias) {
  auto config = rowConfig<machine::AddConfig>(vectors, timesteps);
  config.bias0 = unsigned(inputBias);
  config.bias1 = unsigned(rhsBias);
  config.outputBias = unsigned(outputBias);
  machine::UnitPlacement place = unitPlacement(decoder, input, output, tiled);
  place.input2 = at(rhs);
  device().attemptCommand(
      [&] { return device().getMachine().runAdd(config, place); });
}

int64_t runEntropy(int64_t vectors, int64_t decoder, int64_t input,
                   int64_t bias, int64_t threshold) {
  bool below = false;
  device().attemptCommand([&]() -> llvm::Error {
    llvm::Expected<machine::EntropyResult> result =
        device().getMachine().runEntropy(
            entropyConfig(vectors, bias, threshold),
            unitPlacement(decoder, input, /*output=*/0, /*tiled=*/0));
    if (!result)
      return result.takeError();
    below = result->below;
    return llvm::Error::success();
  });
  return below;
}

void dvfs(int64_t point) {
  device().attemptCommand([&]() -> llvm::Error {
    const machine::EnergyTable &table =
        device().getMachine().description().energy;
    unsigned lowest = machine::energy::lowestPoint(table);
    if (point < lowest || point > table.operatingPoint)
      return llvm::createStringError(
          llvm::formatv("edgebert.dvfs: expected a point in {0}..{1}, got {2}",
                        lowest, table.operatingPoint, point));
    machine::energy::Selectors selectors =
        machine::energy::selectorsOf(table, unsigned(point));
    machine::DvfsConfig config;
    config.dco.fill(selectors.dco);
    config.ldo.fill(selectors.ldo);
    return device().getMachine().runDvfs(config).takeError();
  });
}

//===----------------------------------------------------------------------===//
// Commands and the host
//===----------------------------------------------------------------------===//

void write32(int64_t offset, int64_t value) {
  auto write = [&] {
    return device().getMachine().writeRegister(uint32_t(offset),
                                               uint32_t(value));
  };
  if (offset == int64_t(machine::Register::Command))
    device().attemptCommand(write);
  else
    device().attempt(write);
}

int64_t read32(int64_t offset) {
  int64_t result = 0;
  device().attempt([&]() -> llvm::Error {
    llvm::Expected<uint32_t> value =
        device().getMachine().readRegister(uint32_t(offset));
    if (!value)
      return value.takeError();
    result = *value;
    return llvm::Error::success();
  });
  return result;
}

void wait() {
  device().attempt([&] { return device().getMachine().wait(); });
}

void hostWork(int64_t kind, int64_t amount) {
  // The machine and the dialect have the same kinds in the same order.
  static_assert(accel::getMaxEnumValForHostWork() + 1 ==
                machine::kNumHostWorks);
  device().getMachine().addHostWork(machine::HostWork(kind), uint64_t(amount));
}

void origin(int64_t name) {
  device().getMachine().setOrigin(reinterpret_cast<const char *>(name));
}

void dram(StridedMemRefType<int8_t, 1> *result, int64_t address, int64_t size) {
  char *bytes = device().getDram(uint64_t(address), uint64_t(size));
  result->basePtr = result->data = reinterpret_cast<int8_t *>(bytes);
  result->offset = 0;
  result->sizes[0] = size;
  result->strides[0] = 1;
}

template <typename Function>
std::pair<llvm::StringRef, void *> entry(llvm::StringRef name,
                                         Function *function) {
  return {name, reinterpret_cast<void *>(function)};
}

} // namespace

std::vector<std::pair<llvm::StringRef, void *>> execution::getDeviceSymbols() {
  return {entry(runtime::kMatmul, matmul),
          entry(runtime::kSoftmax, softmax),
          entry(runtime::kLayerNorm, layerNorm),
          entry(runtime::kAdd, add),
          entry(runtime::kEntropy, entropy),
          entry(runtime::kProbe, probe),
          entry(runtime::kLoad, load),
          entry(runtime::kStore, store),
          entry(runtime::kRunMatmul, runMatmul),
          entry(runtime::kRunSoftmax, runSoftmax),
          entry(runtime::kRunLayerNorm, runLayerNorm),
          entry(runtime::kRunAdd, runAdd),
          entry(runtime::kRunEntropy, runEntropy),
          entry(runtime::kDvfs, dvfs),
          entry(runtime::kWrite, write32),
          entry(runtime::kRead, read32),
          entry(runtime::kWait, wait),
          entry(runtime::kHostWork, hostWork),
          entry(runtime::kOrigin, origin),
          entry("_mlir_ciface_edgebertDram", dram)};
}
