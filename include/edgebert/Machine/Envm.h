//===- Envm.h - tables in embedded non-volatile memory ----------*- C++ -*-===//
//
// Embedding tables that stay when the power goes (thesis 9.3.1). A table is
// stored bitmask-encoded: a mask bit per code, which says whether the code is
// not 0x00, and the codes that are not. Masks lie in single-level cells, values
// in multi-level ones, which are denser and less reliable. An index with the
// place of each row's first value is what lets one row be read alone; a wrong
// entry would shift a whole row, so that it lies in single-level cells too.
//
// Cells have addresses (part, number), so that faults can be placed in them; a
// table is read from the bits that its cells hold, however wrong they are.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_ENVM_H
#define EDGEBERT_MACHINE_ENVM_H

#include "edgebert/Machine/Description.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <array>
#include <string>
#include <vector>

namespace edgebert::machine {

enum class EnvmPart { Index, Mask, Value };
inline constexpr unsigned kNumEnvmParts = 3;
/// "index", "mask", "value".
llvm::StringRef stringifyEnvmPart(EnvmPart part);

/// What reading costs.
struct EnvmCost {
  /// Reads of the memory's width.
  uint64_t reads = 0;
  double nanoseconds = 0, picojoule = 0;

  EnvmCost &operator+=(const EnvmCost &other);
};

class EnvmTable {
public:
  /// Rows of codes, `columns` each.
  EnvmTable(llvm::ArrayRef<uint8_t> codes, unsigned rows, unsigned columns);

  unsigned rows() const { return numRows; }
  unsigned columns() const { return numColumns; }
  uint64_t bytes(EnvmPart part) const { return stored(part).size(); }
  uint64_t totalBytes() const;

  /// Appends index, masks and values, one after the other.
  void appendImage(std::string &image) const;
  /// What the cells of a row give: columns() codes.
  void readRow(unsigned row, uint8_t *codes) const;
  EnvmCost readCost(const Description &desc, unsigned row) const;
  /// Of reading all that is stored from DRAM instead, as after power-on.
  EnvmCost dramCost(const Description &desc) const;

  /// Cells that hold a part.
  uint64_t numCells(const Description &desc, EnvmPart part) const;
  /// The bits of a part, from the least significant of byte 0 on, that a cell
  /// holds: the first, and how many.
  std::pair<uint64_t, unsigned> cellBits(const Description &desc, EnvmPart part,
                                         uint64_t cell) const;
  unsigned readBit(EnvmPart part, uint64_t bit) const {
    return stored(part)[bit / 8] >> (bit % 8) & 1;
  }
  void flipBit(EnvmPart part, uint64_t bit) {
    parts[size_t(part)][bit / 8] ^= uint8_t(1u << (bit % 8));
  }
  /// The row whose reading looks at a bit; of a value, as encoded.
  unsigned rowOfBit(EnvmPart part, uint64_t bit) const;

private:
  const std::vector<uint8_t> &stored(EnvmPart part) const {
    return parts[size_t(part)];
  }
  unsigned maskRowBytes() const { return (numColumns + 7) / 8; }
  /// As the index's cells have it.
  uint32_t firstValue(unsigned row) const;

  unsigned numRows, numColumns;
  std::array<std::vector<uint8_t>, kNumEnvmParts> parts;
  /// As encoded, for rowOfBit.
  std::vector<uint32_t> starts;
};

/// Whether tables of these bytes together fit the machine's eNVM; the error
/// says what it holds.
llvm::Error checkEnvmFits(const Description &desc, uint64_t bytes);

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_ENVM_H
