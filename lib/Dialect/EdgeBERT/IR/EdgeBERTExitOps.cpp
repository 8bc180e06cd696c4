//===- EdgeBERTExitOps.cpp - verifiers and effects of the exits' ops ------===//

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"

using namespace mlir;
using namespace edgebert::accel;

using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

/// Lanes of a vector, and the most vectors of the unit's 8-bit field.
static constexpr int64_t kLanes = 16, kMaxVectors = 255;

LogicalResult EntropyOp::verify() {
  auto type = cast<ShapedType>(getInput().getType());
  if (!type.hasStaticShape() || type.getNumElements() < kLanes ||
      type.getNumElements() % kLanes != 0 ||
      type.getNumElements() > kLanes * kMaxVectors)
    return emitOpError("expected a multiple of ")
           << kLanes << " codes up to " << kLanes * kMaxVectors
           << ", got input of type " << type;
  if (auto bias = int32_t(getInBias()); bias < 0 || bias > 7)
    return emitOpError("expected in_bias in 0..7, got ") << bias;
  return success();
}

void EntropyOp::getEffects(Effects &effects) {
  if (isa<BaseMemRefType>(getInput().getType()))
    effects.emplace_back(MemoryEffects::Read::get(), &getInputMutable());
}

void DvfsOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Write::get());
}
