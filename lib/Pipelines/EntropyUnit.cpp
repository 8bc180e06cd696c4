//===- EntropyUnit.cpp - the entropy of logits, by command 11 -------------===//

#include "edgebert/Machine/Registers.h"
#include "edgebert/Numerics/AdaptivFloat.h"
#include "edgebert/Pipelines/EarlyExit.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace edgebert;
using namespace edgebert::machine;

static constexpr unsigned kLanes = Description::vectorSize;
/// Addresses of masks and data in DRAM.
static constexpr uint32_t kMasks = 0, kData = 1 << 12;

EntropyUnit::EntropyUnit(const Description &desc)
    : chip(desc), memory(1 << 14) {
  chip.attachMemory(memory.data(), memory.size());
}

llvm::Expected<EntropyUnit::Result>
EntropyUnit::run(llvm::ArrayRef<float> logits, int16_t threshold) {
  unsigned vectors = llvm::divideCeil(logits.size(), size_t(kLanes));
  if (logits.empty() || vectors > 255)
    return llvm::createStringError(
        "entropy: expected 1 to " + llvm::Twine(255 * kLanes) +
        " logits, found " + llvm::Twine(logits.size()));
  float largest = logits[0], magnitude = 0;
  for (float logit : logits) {
    if (!std::isfinite(logit))
      return llvm::createStringError(
          "entropy: expected finite logits, found one that is not");
    largest = std::max(largest, logit);
    magnitude = std::max(magnitude, std::fabs(logit));
  }
  float shift = magnitude > accel::exits::kLargestLogit ? largest : 0;
  // As in ExitRules.h.
  std::vector<uint8_t> codes(size_t(vectors) * kLanes);
  for (size_t i = 0; i < codes.size(); ++i)
    codes[i] = uint8_t(numerics::kAfp8.encode(
        (i < logits.size() ? logits[i] : accel::exits::kPadding) - shift,
        accel::exits::kBias));
  chip.clearStats();
  // Masks, and per lane its codes other than 0 from the first row on.
  std::vector<uint16_t> masks(llvm::alignTo(vectors, 4));
  std::vector<uint8_t> data(size_t(vectors) * kLanes);
  unsigned rows = 0, height[kLanes] = {};
  for (unsigned i = 0; i < vectors * kLanes; ++i) {
    uint8_t code = codes[i];
    unsigned lane = i % kLanes;
    if (code == 0)
      continue;
    masks[i / kLanes] |= uint16_t(1u << lane);
    data[height[lane]++ * kLanes + lane] = code;
    rows = std::max(rows, height[lane]);
  }
  for (size_t i = 0; i < masks.size(); ++i) {
    memory[kMasks + 2 * i] = uint8_t(masks[i]);
    memory[kMasks + 2 * i + 1] = uint8_t(masks[i] >> 8);
  }
  std::copy(data.begin(), data.end(), memory.begin() + kData);
  chip.addHostWork(HostWork::Op, logits.size());

  llvm::Error error = llvm::Error::success();
  auto write = [&](Register reg, uint32_t value) {
    if (!error)
      error = chip.writeRegister(uint32_t(reg), value);
  };
  auto start = [&](Command command) {
    write(Register::Command, uint32_t(command));
    if (!error)
      error = chip.wait();
  };
  write(Register::SoftReset, 1);
  write(Register::UseAxi, 0);
  write(Register::FlipMem, 0);
  write(Register::MaskReadBase, kMasks);
  write(Register::VectorCount, uint32_t(masks.size()) - 1);
  start(Command::MaskLoad);
  if (rows) {
    write(Register::InputReadBase, kData);
    write(Register::VectorCount, rows - 1);
    start(Command::InputLoad);
  }
  write(Register::UseGB, 1);
  write(Register::ResetMode, kDecodeEntropy);
  write(Register::GBModeConfig, kGBEntropy);
  write(Register::InputBufferConfig, 0);
  write(Register::BaseOffset, 0);
  uint32_t shape = field::numVector.insert(0, vectors);
  shape = field::numTimestep.insert(shape, 1);
  write(Register::GBControlConfig,
        field::biasAct1.insert(shape, accel::exits::kBias));
  write(Register::EntropyConfig, field::entropyThreshold.insert(0, threshold));
  start(Command::Entropy);
  if (error)
    return std::move(error);
  llvm::Expected<uint32_t> status =
      chip.readRegister(uint32_t(Register::Status));
  if (!status)
    return status.takeError();
  chip.drain();
  Result result;
  result.stats = chip.stats();
  // The host sees the decision only; the entropy is what the unit computes
  // from the same codes.
  result.entropy = units::entropy(
      chip.description(), {vectors, unsigned(accel::exits::kBias), threshold},
      codes.data());
  if (result.entropy.below != (field::entropyStatus.extract(*status) == 3))
    return llvm::createStringError(
        "entropy: the chip's decision is not that of its entropy");
  return result;
}
