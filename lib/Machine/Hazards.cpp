//===- Hazards.cpp - results that land on operands still needed -*- C++ -*-===//

#include "Hazards.h"

#include "llvm/ADT/DenseMap.h"

using namespace edgebert::machine;

static bool intersect(uint64_t a, uint64_t aSize, uint64_t b, uint64_t bSize) {
  return a < b + bSize && b < a + aSize;
}

llvm::Error Machine::Hazards::check(uint32_t maskRow, uint32_t dataByte,
                                    llvm::ArrayRef<uint16_t> masks) const {
  for (const Operand &operand : operands)
    if (llvm::Error error = checkAgainst(operand, maskRow, dataByte, masks))
      return error;
  return llvm::Error::success();
}

llvm::Error
Machine::Hazards::checkAgainst(const Operand &operand, uint32_t maskRow,
                               uint32_t dataByte,
                               llvm::ArrayRef<uint16_t> masks) const {
  uint64_t resultBytes = 16 * uint64_t(dataRows(masks));
  uint64_t operandBytes = 16 * uint64_t(dataRows(operand.masks));
  auto conflict = [&](llvm::StringRef memory, llvm::StringRef unit,
                      uint32_t result, uint64_t resultSize, uint32_t cells,
                      uint64_t size, uint32_t at) {
    return llvm::createStringError(
        "the result would overwrite " + operand.name +
        " before it is read: result in " + unit + " " + llvm::Twine(result) +
        ".." + llvm::Twine(result + resultSize - 1) + " of the " + memory +
        " memory, operand in " + llvm::Twine(cells) + ".." +
        llvm::Twine(cells + size - 1) + ", first conflict at " +
        llvm::Twine(at) +
        "; move base_output past the operand, or send the result to the other "
        "decoder (flip_mem)");
  };

  if (intersect(maskRow, masks.size(), operand.maskRow, operand.masks.size())) {
    for (uint64_t v = 0; v < masks.size(); ++v) {
      uint64_t row = maskRow + v;
      if (row < operand.maskRow ||
          row >= operand.maskRow + operand.masks.size())
        continue;
      if (operand.lastRead(row - operand.maskRow) > written(v))
        return conflict("mask", "rows", maskRow, masks.size(), operand.maskRow,
                        operand.masks.size(), uint32_t(row));
    }
  }
  if (!intersect(dataByte, resultBytes, operand.dataByte, operandBytes))
    return llvm::Error::success();

  // The step after which each byte of the operand is free.
  llvm::DenseMap<uint32_t, uint64_t> lastRead;
  LaneCounters counters{};
  for (uint64_t v = 0; v < operand.masks.size(); ++v)
    forEachLane(operand.masks[v], [&](unsigned lane) {
      lastRead[operand.dataByte + 16 * counters[lane]++ + lane] =
          operand.lastRead(v);
    });
  counters = {};
  for (uint64_t v = 0; v < masks.size(); ++v) {
    uint32_t at = ~0u;
    forEachLane(masks[v], [&](unsigned lane) {
      uint32_t byte = dataByte + 16 * counters[lane]++ + lane;
      auto found = lastRead.find(byte);
      if (found != lastRead.end() && found->second > written(v))
        at = std::min(at, byte);
    });
    if (at != ~0u)
      return conflict("data", "bytes", dataByte, resultBytes, operand.dataByte,
                      operandBytes, at);
  }
  return llvm::Error::success();
}
