//===- Images.h - streams of codes as masks and data ------------*- C++ -*-===//
//
// The bitmask encoding of the chip's memories (fact sheet 2.1 to 2.3). A
// matrix becomes a stream of vectors in one of two orders; a stream becomes
//
//   masks  one 16-bit word per vector, bit i = lane i is stored
//   data   per lane its stored bytes in order; the n-th of lane i is byte
//          16 n + i. Rows of 16 bytes; cells past a lane's end are 0.
//
// Exact masks store the non-zero bytes (0x80 counts as non-zero), dense masks
// store all.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_IMAGES_H
#define EDGEBERT_MACHINE_IMAGES_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace edgebert::machine {

/// The order of a matrix's vectors in its stream.
enum class Layout {
  /// Row by row (the special-function units).
  RowMajor,
  /// Blocks of 16 rows; in a block tiles of 16 columns; in a tile its 16 rows
  /// (matmul). Vector (r, t) is at (r / 16) columns + 16 t + r % 16.
  Tiled,
};

enum class Masks { Exact, Dense };

struct Image {
  std::vector<uint16_t> masks;
  /// A multiple of 16 bytes.
  std::vector<uint8_t> data;

  unsigned vectors() const { return unsigned(masks.size()); }
  unsigned dataRows() const { return unsigned(data.size() / 16); }
  /// The masks as bytes of external memory, two per row, low byte first,
  /// padded with zero rows to whole beats of four.
  std::vector<uint8_t> maskBytes() const;
};

/// Encodes a row-major matrix. `columns` is a multiple of 16; `rows` too where
/// the layout is tiled.
Image pack(const uint8_t *codes, unsigned rows, unsigned columns, Layout layout,
           Masks masks = Masks::Exact);

/// The row-major matrix of an image of rows x columns codes.
std::vector<uint8_t> unpack(const Image &image, unsigned rows, unsigned columns,
                            Layout layout);

/// The position in the stream of vector `tile` of row `row`.
inline unsigned streamIndex(unsigned row, unsigned tile, unsigned tilesPerRow,
                            Layout layout) {
  if (layout == Layout::RowMajor)
    return row * tilesPerRow + tile;
  return (row / 16 * tilesPerRow + tile) * 16 + row % 16;
}

/// Rows of data that a stream with these masks has: the largest number of
/// stored bytes of a lane.
unsigned dataRows(llvm::ArrayRef<uint16_t> masks);

/// The vectors (16 bytes each, in stream order) of an encoded stream; bytes
/// beyond the end of `data` read as 0.
std::vector<uint8_t> expand(llvm::ArrayRef<uint16_t> masks,
                            llvm::ArrayRef<uint8_t> data);

/// Encodes vectors that are already in stream order.
Image compact(llvm::ArrayRef<uint8_t> vectors, Masks masks = Masks::Exact);

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_IMAGES_H
