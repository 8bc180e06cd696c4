//===- Transfers.cpp - which transfers move what they say -----------------===//

#include "edgebert/Machine/Transfers.h"

#include "edgebert/Machine/Registers.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace edgebert::machine;

/// The vectors that a memory holds and the register can ask for.
static uint64_t mostVectors(const Description &desc, MemoryKind kind) {
  uint64_t most = AddressFields::of(desc).vectorCountM1.max() + 1;
  switch (kind) {
  case MemoryKind::Mask:
    return std::min<uint64_t>(desc.maskRows(), most);
  case MemoryKind::Data:
    return std::min<uint64_t>(desc.dataBytes / Description::vectorSize, most);
  case MemoryKind::Aux:
    return std::min<uint64_t>(desc.auxBytes / Description::vectorSize,
                              field::auxCountM1.max() + 1);
  }
  return 0;
}

std::optional<unsigned>
edgebert::machine::exactTransfer(const Description &desc, MemoryKind kind,
                                 TransferDirection direction,
                                 unsigned vectors) {
  // A beat is 8 bytes: four mask rows, or half a vector.
  bool isMask = kind == MemoryKind::Mask;
  uint64_t beats =
      isMask ? llvm::divideCeil(vectors, 4) : 2 * uint64_t(vectors);
  if (desc.dmaDefects && beats > desc.burstBeats) {
    // Further bursts of masks go half as far as they should outside.
    if (isMask)
      return std::nullopt;
    // The last burst must be as long as the others; its number must fit the
    // counter, and all beats theirs.
    beats = llvm::alignTo(beats, std::lcm(2u, desc.burstBeats));
    unsigned bits = direction == TransferDirection::Load
                        ? kLoadBurstCounterBits
                        : kStoreBurstCounterBits;
    if (beats / desc.burstBeats > 1u << bits || beats >> kBeatCounterBits != 0)
      return std::nullopt;
  }
  uint64_t exact = isMask ? 4 * beats : beats / 2;
  if (exact > mostVectors(desc, kind))
    return std::nullopt;
  return unsigned(exact);
}
