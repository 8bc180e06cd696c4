//===- FaultModel.cpp - what a fault does to a stored word ----------------===//

#include "edgebert/Numerics/FaultModel.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

#include <cassert>
#include <cstring>

using namespace edgebert::numerics;

//===----------------------------------------------------------------------===//
// Random numbers
//===----------------------------------------------------------------------===//

static uint64_t mix(uint64_t z) {
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t edgebert::numerics::randomWord(uint64_t seed, uint64_t stream,
                                        uint64_t counter) {
  return mix(mix(mix(seed) ^ stream) ^ counter);
}

uint64_t edgebert::numerics::below(uint64_t word, uint64_t bound) {
  return uint64_t((unsigned __int128)word * bound >> 64);
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

WordLayout WordLayout::ofCodes(const Format &format) {
  return {format, format.bits(), format.storageBytes(), false, false};
}

WordLayout WordLayout::ofValues(const Format &format) {
  return {format, format.bits(), 4, true, false};
}

WordLayout WordLayout::ofF32() { return {std::nullopt, 32, 4, false, true}; }

WordLayout WordLayout::ofBits(unsigned bits) {
  return {std::nullopt, bits,
          bits <= 8    ? 1u
          : bits <= 16 ? 2u
                       : 4u,
          false, false};
}

std::vector<BitField> WordLayout::fields() const {
  if (format)
    return format->fields();
  if (isF32)
    return {{"sign", 31, 1}, {"exponent", 23, 8}, {"mantissa", 0, 23}};
  return {{"bits", 0, bits}};
}

std::string WordLayout::name() const {
  if (format)
    return format->name();
  return isF32 ? "f32" : "i" + std::to_string(bits);
}

uint32_t WordLayout::read(const void *data, int64_t element,
                          Metadata metadata) const {
  uint32_t stored = 0;
  std::memcpy(&stored, static_cast<const char *>(data) + element * storageBytes,
              storageBytes);
  if (!asValues)
    return stored & llvm::maskTrailingOnes<uint32_t>(bits);
  float value;
  std::memcpy(&value, &stored, sizeof(value));
  return format->encode(value, metadata);
}

void WordLayout::write(void *data, int64_t element, uint32_t word,
                       Metadata metadata) const {
  char *place = static_cast<char *>(data) + element * storageBytes;
  if (asValues) {
    float value = format->decode(word, metadata);
    std::memcpy(place, &value, sizeof(value));
    return;
  }
  uint32_t stored = 0;
  std::memcpy(&stored, place, storageBytes);
  stored = (stored & ~llvm::maskTrailingOnes<uint32_t>(bits)) |
           (word & llvm::maskTrailingOnes<uint32_t>(bits));
  std::memcpy(place, &stored, storageBytes);
}

float WordLayout::value(uint32_t word, Metadata metadata) const {
  if (format)
    return format->decode(word, metadata);
  if (isF32)
    return NativeArithmetic::fromBits(word);
  return bits == 1 ? float(word) : float(llvm::SignExtend64(word, bits));
}

/// The name of the field that holds `bit`.
static std::string fieldOf(const WordLayout &layout, unsigned bit) {
  for (const BitField &field : layout.fields())
    if (bit >= field.offset && bit < field.offset + field.width)
      return field.name;
  return "none";
}

//===----------------------------------------------------------------------===//
// Faults
//===----------------------------------------------------------------------===//

llvm::StringRef edgebert::numerics::stringifyFaultModel(FaultModel model) {
  switch (model) {
  case FaultModel::Flip:
    return "flip";
  case FaultModel::StuckAt0:
    return "stuck-at-0";
  case FaultModel::StuckAt1:
    return "stuck-at-1";
  case FaultModel::Random:
    return "random";
  }
  llvm_unreachable("unknown fault model");
}

WordFault WordFault::burst(unsigned bit, unsigned count, FaultModel model) {
  WordFault fault;
  fault.model = model;
  fault.mask =
      uint32_t(uint64_t(llvm::maskTrailingOnes<uint32_t>(count)) << bit);
  return fault;
}

uint32_t WordFault::apply(const WordLayout &layout, uint32_t word,
                          Metadata metadata) const {
  uint32_t all = llvm::maskTrailingOnes<uint32_t>(layout.bits);
  switch (model) {
  case FaultModel::Flip:
    return word ^ (mask & all);
  case FaultModel::StuckAt0:
    return word & ~mask;
  case FaultModel::StuckAt1:
    return word | (mask & all);
  case FaultModel::Random: {
    uint64_t random = randomWord(seed, stream, 0);
    if (!(low <= high))
      return uint32_t(random >> 32) & all;
    // 53 bits make a double in [0, 1).
    double unit = double(random >> 11) * 0x1p-53;
    float value = float(low + (double(high) - low) * unit);
    if (layout.format)
      return layout.format->encode(value, metadata) & all;
    return layout.isF32 ? NativeArithmetic::bits(value)
                        : uint32_t(int64_t(value)) & all;
  }
  }
  llvm_unreachable("unknown fault model");
}

FaultRecord edgebert::numerics::strike(const WordFault &fault,
                                       const WordLayout &layout, void *data,
                                       int64_t element, Metadata metadata) {
  FaultRecord record;
  record.element = element;
  record.model = fault.model;
  std::memcpy(&record.stored,
              static_cast<const char *>(data) + element * layout.storageBytes,
              layout.storageBytes);
  record.oldCode = layout.read(data, element, metadata);
  record.newCode = fault.apply(layout, record.oldCode, metadata);
  uint32_t aimed = record.oldCode ^ record.newCode;
  if (!aimed)
    aimed = fault.model == FaultModel::Random ? 1 : fault.mask;
  record.bit = aimed ? llvm::countr_zero(aimed) : 0;
  record.field = fieldOf(layout, record.bit);
  record.oldValue = layout.value(record.oldCode, metadata);
  record.newValue = layout.value(record.newCode, metadata);
  if (record.changed())
    layout.write(data, element, record.newCode, metadata);
  return record;
}

void edgebert::numerics::undo(const FaultRecord &record,
                              const WordLayout &layout, void *data) {
  if (record.changed())
    std::memcpy(static_cast<char *>(data) +
                    record.element * layout.storageBytes,
                &record.stored, layout.storageBytes);
}
