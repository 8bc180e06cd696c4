//===- EdgeBERTExitOps.cpp - verifiers and effects of the exits' ops ------===//

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"

using namespace mlir;
using namespace edgebert::accel;

using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

/// Lanes of a vector, and the most vectors of the unit's 8-bit field.
static constexpr int64_t kLanes = 16, kMaxVectors = 255;

static LogicalResult verifyBias(Operation *op, int32_t bias) {
  if (bias >= 0 && bias <= 7)
    return success();
  return op->emitOpError("expected in_bias in 0..7, got ") << bias;
}

LogicalResult EntropyOp::verify() {
  auto type = cast<ShapedType>(getInput().getType());
  if (!type.hasStaticShape() || type.getNumElements() < kLanes ||
      type.getNumElements() % kLanes != 0 ||
      type.getNumElements() > kLanes * kMaxVectors)
    return emitOpError("expected a multiple of ")
           << kLanes << " codes up to " << kLanes * kMaxVectors
           << ", got input of type " << type;
  return verifyBias(*this, int32_t(getInBias()));
}

void EntropyOp::getEffects(Effects &effects) {
  if (isa<BaseMemRefType>(getInput().getType()))
    effects.emplace_back(MemoryEffects::Read::get(), &getInputMutable());
}

LogicalResult RunEntropyOp::verify() {
  auto space = [](Value buffer) {
    return cast<SpaceAttr>(cast<MemRefType>(buffer.getType()).getMemorySpace());
  };
  auto rows = [](Value buffer) {
    return cast<MemRefType>(buffer.getType()).getDimSize(0);
  };
  if (space(getInput()).getDecoder() != space(getInputMask()).getDecoder())
    return emitOpError("expected data and mask of input in the same decoder, "
                       "got ")
           << space(getInput()).getDecoder() << " and "
           << space(getInputMask()).getDecoder();
  int64_t vectors = int32_t(getNumVector());
  if (vectors < 1 || vectors > kMaxVectors)
    return emitOpError("expected num_vector in 1..")
           << kMaxVectors << ", got " << vectors;
  if (rows(getInputMask()) != vectors)
    return emitOpError("expected ")
           << vectors << " mask rows for input, got " << rows(getInputMask());
  if (rows(getInput()) > vectors)
    return emitOpError("expected at most ")
           << vectors << " data rows for input, got " << rows(getInput());
  return verifyBias(*this, int32_t(getInBias()));
}

void RunEntropyOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getInputMutable());
  effects.emplace_back(MemoryEffects::Read::get(), &getInputMaskMutable());
  // What the unit keeps.
  effects.emplace_back(MemoryEffects::Write::get());
}

void DvfsOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Write::get());
}
