//===- Envm.cpp - tables in embedded non-volatile memory ------------------===//

#include "edgebert/Machine/Envm.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>

using namespace edgebert::machine;

/// Of an entry of the index.
static constexpr unsigned kIndexBytes = 4;

llvm::StringRef edgebert::machine::stringifyEnvmPart(EnvmPart part) {
  static constexpr llvm::StringLiteral names[] = {"index", "mask", "value"};
  return names[size_t(part)];
}

EnvmCost &EnvmCost::operator+=(const EnvmCost &other) {
  reads += other.reads;
  nanoseconds += other.nanoseconds;
  picojoule += other.picojoule;
  return *this;
}

EnvmTable::EnvmTable(llvm::ArrayRef<uint8_t> codes, unsigned rows,
                     unsigned columns)
    : numRows(rows), numColumns(columns) {
  assert(codes.size() == size_t(rows) * columns && "not rows x columns");
  auto &[index, masks, values] = parts;
  masks.assign(size_t(rows) * maskRowBytes(), 0);
  index.resize(size_t(rows) * kIndexBytes);
  for (unsigned row = 0; row < rows; ++row) {
    starts.push_back(uint32_t(values.size()));
    llvm::support::endian::write32le(&index[size_t(row) * kIndexBytes],
                                     starts.back());
    for (unsigned column = 0; column < columns; ++column) {
      uint8_t code = codes[size_t(row) * columns + column];
      if (code == 0)
        continue;
      masks[size_t(row) * maskRowBytes() + column / 8] |=
          uint8_t(1u << (column % 8));
      values.push_back(code);
    }
  }
}

uint64_t EnvmTable::totalBytes() const {
  uint64_t total = 0;
  for (const auto &part : parts)
    total += part.size();
  return total;
}

void EnvmTable::appendImage(std::string &image) const {
  for (const auto &part : parts)
    image.append(part.begin(), part.end());
}

uint32_t EnvmTable::firstValue(unsigned row) const {
  return llvm::support::endian::read32le(
      &stored(EnvmPart::Index)[size_t(row) * kIndexBytes]);
}

void EnvmTable::readRow(unsigned row, uint8_t *codes) const {
  const uint8_t *mask =
      stored(EnvmPart::Mask).data() + size_t(row) * maskRowBytes();
  const std::vector<uint8_t> &values = stored(EnvmPart::Value);
  uint64_t next = firstValue(row);
  for (unsigned column = 0; column < numColumns; ++column) {
    codes[column] = 0;
    if (mask[column / 8] >> (column % 8) & 1) {
      // Only wrong cells point behind the last value, where nothing is.
      codes[column] = next < values.size() ? values[next] : uint8_t(0);
      ++next;
    }
  }
}

/// Reads of `width` bytes that cover [first, first + bytes).
static uint64_t countReads(uint64_t first, uint64_t bytes, unsigned width) {
  return bytes == 0 ? 0 : (first + bytes - 1) / width - first / width + 1;
}

EnvmCost EnvmTable::readCost(const Description &desc, unsigned row) const {
  unsigned width = desc.envmAccessBytes;
  const uint8_t *mask =
      stored(EnvmPart::Mask).data() + size_t(row) * maskRowBytes();
  uint64_t values = 0;
  for (unsigned byte = 0; byte < maskRowBytes(); ++byte)
    values += unsigned(llvm::popcount(mask[byte]));
  uint64_t single =
      countReads(uint64_t(row) * kIndexBytes, kIndexBytes, width) +
      countReads(uint64_t(row) * maskRowBytes(), maskRowBytes(), width);
  uint64_t multi = countReads(firstValue(row), values, width);
  EnvmCost cost;
  cost.reads = single + multi;
  cost.nanoseconds = double(single) * desc.envmMaskReadNanoseconds +
                     double(multi) * desc.envmValueReadNanoseconds;
  cost.picojoule = 8.0 * width *
                   (double(single) * desc.envmMaskReadPicojoule +
                    double(multi) * desc.envmValueReadPicojoule);
  return cost;
}

EnvmCost EnvmTable::dramCost(const Description &desc) const {
  EnvmCost cost;
  cost.reads = llvm::divideCeil(totalBytes(), desc.envmAccessBytes);
  cost.nanoseconds = double(totalBytes()) / desc.dramBytesPerNanosecond;
  cost.picojoule = 8.0 * double(totalBytes()) * desc.dramReadPicojoule;
  return cost;
}

static unsigned bitsPerCell(const Description &desc, EnvmPart part) {
  return part == EnvmPart::Value ? desc.envmValueBitsPerCell
                                 : desc.envmMaskBitsPerCell;
}

uint64_t EnvmTable::numCells(const Description &desc, EnvmPart part) const {
  return llvm::divideCeil(8 * bytes(part), uint64_t(bitsPerCell(desc, part)));
}

std::pair<uint64_t, unsigned> EnvmTable::cellBits(const Description &desc,
                                                  EnvmPart part,
                                                  uint64_t cell) const {
  unsigned width = bitsPerCell(desc, part);
  uint64_t first = cell * width;
  assert(first < 8 * bytes(part) && "no such cell");
  return {first, unsigned(std::min<uint64_t>(width, 8 * bytes(part) - first))};
}

unsigned EnvmTable::rowOfBit(EnvmPart part, uint64_t bit) const {
  assert(bit < 8 * bytes(part) && "no such bit");
  switch (part) {
  case EnvmPart::Index:
    return unsigned(bit / (8 * kIndexBytes));
  case EnvmPart::Mask:
    return unsigned(bit / (8 * uint64_t(maskRowBytes())));
  case EnvmPart::Value:
    break;
  }
  auto next = std::upper_bound(starts.begin(), starts.end(), bit / 8);
  return unsigned(next - starts.begin()) - 1;
}

llvm::Error edgebert::machine::checkEnvmFits(const Description &desc,
                                             uint64_t bytes) {
  if (bytes <= desc.envmBytes)
    return llvm::Error::success();
  return llvm::createStringError(
      "the tables need " + llvm::Twine(bytes) + " bytes of eNVM; machine '" +
      desc.name + "' has " + llvm::Twine(desc.envmBytes) + " (envm.bytes)");
}
