//===- Storage.h - sparse and quantized weights as bytes --------*- C++ -*-===//
//
// The stored forms are really made, so that a size is the length of what is
// stored. Values are packed to their width, least significant bit first.
//
//   dense     all values
//   bitmask   one bit per weight, then the values that stay
//   csr       row starts (u32), column numbers, values that stay
//   csc       the same by columns
//   n:m       ceil(log2 m) bits of position and a value for each of the n
//   places
//             of a group; a group that keeps fewer stores zeros
//
// Column (row) numbers take 1, 2 or 4 bytes, as the shape needs.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_COMPRESSION_STORAGE_H
#define EDGEBERT_COMPRESSION_STORAGE_H

#include "edgebert/Compression/Grid.h"
#include "edgebert/Compression/Mask.h"

namespace edgebert::compression {

enum class StoredForm { Dense, Bitmask, Csr, Csc, NM };

/// Codes of a matrix and which of them matter. `codes` are 1, 2 or 4 bytes each
/// (`storageBytes`), with `bits` significant bits.
struct CodedMatrix {
  const Mask *mask = nullptr;
  llvm::ArrayRef<uint8_t> codes;
  unsigned storageBytes = 1;
  unsigned bits = 8;
  /// The code of the value zero.
  uint32_t zeroCode = 0;
};

/// The bytes of a form. `pattern` gives n and m of StoredForm::NM; a mask that
/// does not follow it is an error.
llvm::Expected<std::vector<uint8_t>>
store(const CodedMatrix &matrix, StoredForm form, const Pattern &pattern = {});
/// The codes back, `storageBytes` each; weights that do not stay get
/// `shape.zeroCode`. Of `shape` the mask only counts by its size, the codes not
/// at all.
llvm::Expected<std::vector<uint8_t>> load(llvm::ArrayRef<uint8_t> stored,
                                          const CodedMatrix &shape,
                                          StoredForm form,
                                          const Pattern &pattern = {});

/// Bytes of all metadata of a grid: 4 for an f32 scale, 1 for an
/// exponent, 8 for a scale with a zero point.
int64_t metadataBytes(const Grid &grid);

/// 8 (stored + metadata) / weights.
double bitsPerWeight(int64_t storedBytes, int64_t metadataBytes,
                     int64_t weights);

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_STORAGE_H
