//===- Tiling.h - how an operation is cut to fit the machine ----*- C++ -*-===//
//
// Pure functions of shapes and the machine description; no IR. Extents are in
// blocks of 16 unless they say otherwise; a *row* is one vector of a stream:
// 16 data bytes and one mask row.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_TILING_H
#define EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_TILING_H

#include "edgebert/Machine/Registers.h"
#include "edgebert/Machine/Transfers.h"

#include <cstdint>
#include <optional>
#include <string>

namespace edgebert::accel {

/// The lowest address at which `rowsNeeded` rows can be placed in a decoder
/// whose first mask and data rows are taken. One number is both the data byte
/// and, modulo the mask memory, the mask row (fact sheet 0.8), so both ranges
/// must be free at once. None if there is no room.
std::optional<int64_t> placeAfter(const machine::Description &machine,
                                  int64_t maskRowsUsed, int64_t dataRowsUsed,
                                  int64_t rowsNeeded);

/// out (n1 x n0) = lhs (n1 x m) rhs (n0 x m)^T in tiles of lhsBlocks x
/// rhsBlocks blocks over the whole contraction.
struct MatmulTiling {
  int64_t contraction = 0;
  int64_t lhsBlocks = 0, lhsTiles = 0;
  int64_t rhsBlocks = 0, rhsTiles = 0;
  /// The outer loop runs over lhs tiles, so that lhs is loaded once.
  bool lhsOuter = true;
  unsigned outDecoder = 1;
  int64_t outAddress = 0;
  /// Cycles of transfers and computation by the published formulas.
  int64_t cycles = 0;

  int64_t lhsRows() const { return lhsBlocks * contraction * 16; }
  int64_t rhsRows() const { return rhsBlocks * contraction * 16; }
  int64_t outRows() const { return lhsBlocks * rhsBlocks * 16; }
};

/// How many rows the transfers of a stream's two parts move: as many as asked
/// for, or more on a machine that moves only some counts exactly.
struct StreamTransfer {
  int64_t maskRows = 0, dataRows = 0;
};

/// The shortest exact transfers of at least this many rows, or none.
std::optional<StreamTransfer> getTransfer(const machine::Description &machine,
                                          machine::TransferDirection direction,
                                          int64_t maskRows, int64_t dataRows);

/// The tiling of fewest cycles for extents in blocks, or none; then `why` says
/// which limit no tiling meets.
std::optional<MatmulTiling>
chooseMatmulTiling(const machine::Description &machine, int64_t lhsBlocks,
                   int64_t rhsBlocks, int64_t contraction, std::string &why);

/// The tiling of the thesis's driver (fact sheet 7.3), with smaller tiles where
/// the result would land on an operand: columns first, as many as fit, then
/// rows. Both operands are loaded for every tile.
std::optional<MatmulTiling>
chooseThesisTiling(const machine::Description &machine, int64_t lhsBlocks,
                   int64_t rhsBlocks, int64_t contraction, std::string &why);

/// The register field's limit.
inline constexpr int64_t kMaxTimesteps = machine::field::numTimestep.max();

/// A row-wise operation on `numTiles` tiles of `numTimestep` rows of
/// `numVector` vectors; rhsAddress is used by operations of two operands,
/// nextAddress for the result of a second operation that follows on the chip.
struct RowTiling {
  int64_t numVector = 0, numTimestep = 0, numTiles = 0;
  int64_t rhsAddress = 0, outAddress = 0, nextAddress = 0;

  int64_t rows() const { return numVector * numTimestep; }
};

/// The fewest tiles for `numRows` rows of `numVector` vectors each, evenly
/// filled, or none with the reason in `why`. The operation also reads
/// `numParameters` rows from the aux memory (span, gamma, beta), and takes at
/// most `maxTimesteps` rows. With two results, the second one is that of an
/// operation that reads the first one where it is.
std::optional<RowTiling>
chooseRowTiling(const machine::Description &machine, int64_t numRows,
                int64_t numVector, unsigned numOperands, unsigned numParameters,
                std::string &why, int64_t maxTimesteps = kMaxTimesteps,
                unsigned numResults = 1);

/// softmax(lhs rhs^T) values^T in tiles of `rowBlocks` blocks of lhs, over all
/// keys. lhs is at the start of decoder 1, the scores, the weights they become,
/// and the result behind it; rhs and values take turns in decoder 0.
struct AttentionTiling {
  int64_t rowBlocks = 0, rowTiles = 0;
  int64_t keyBlocks = 0, depthBlocks = 0, valueBlocks = 0;
  int64_t scoresAddress = 0, weightsAddress = 0, outAddress = 0;
};

/// The fewest tiles for extents in blocks (lhs rowBlocks x depthBlocks, rhs
/// keyBlocks x depthBlocks, values valueBlocks x keyBlocks), or none. The aux
/// memory holds one span, or one for each row of a tile.
std::optional<AttentionTiling>
chooseAttentionTiling(const machine::Description &machine, int64_t rowBlocks,
                      int64_t keyBlocks, int64_t depthBlocks,
                      int64_t valueBlocks, bool spanPerRow = false);

/// How many rows a softmax may take: the published decoder advances too late
/// from the third on. With more than one span, the aux memory has to hold one
/// for each row; where a span is for all rows of a command, a row is a command.
int64_t getMaxSoftmaxTimesteps(const machine::Description &machine,
                               int64_t numVector = 1, int64_t numSpans = 0);

} // namespace edgebert::accel

#endif // EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_TILING_H
