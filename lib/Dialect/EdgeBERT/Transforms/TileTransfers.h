//===- TileTransfers.h - operands to the chip, results back -----*- C++ -*-===//
//
// What schedules of all operations share: operands packed in DRAM in the
// matmul's layout, loads of their tiles, and results put together again.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_TILETRANSFERS_H
#define EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_TILETRANSFERS_H

#include "ScheduleOps.h"

#include "edgebert/Dialect/EdgeBERT/Transforms/Tiling.h"

namespace edgebert::accel {

/// Where an operand's encoded tiles are in DRAM.
struct Tiles {
  RegionOp data;
  /// Of each tile; none if all masks are ones, which are loaded once.
  std::optional<RegionOp> masks;
  int64_t dataRows = 0;
  /// Rows that a load of a tile moves; those past dataRows are not used.
  int64_t loadedRows = 0;
  /// Bytes from one tile to the next.
  int64_t dataStride = 0, maskStride = 0;
};

/// Host code that packs a matrix into a stage as `numTiles` tiles of `blocks`
/// blocks of rows and `contraction` blocks of columns. `lanes` fills the last
/// block of columns with one vector, `addend` with a matrix of 16 columns.
Tiles packActivation(HostCode &host, ScheduleContext &context,
                     mlir::Value matrix, int64_t blocks, int64_t numTiles,
                     int64_t contraction, mlir::Value lanes = {},
                     mlir::Value addend = {});

/// Loads a tile to the start of a decoder's memories.
void loadTile(HostCode &host, Tiles tiles, const Stream &stream,
              mlir::Value tile);

/// Loads masks of ones for `rows` vectors from the start on. Results never
/// overwrite an operand's masks, so that once is enough for an operation.
void loadDenseMasks(HostCode &host, ScheduleContext &context, unsigned decoder,
                    int64_t rows);

/// Copies vectors of codes, padded to `numVector` vectors with zeros, into the
/// aux memory one after the other; returns the place of each.
llvm::SmallVector<mlir::Value> loadParameters(HostCode &host,
                                              ScheduleContext &context,
                                              mlir::ValueRange vectors,
                                              int64_t numVector);

/// The weights of a softmax's columns: its span, or ones.
mlir::Value getSpanOrOnes(HostCode &host, ScheduleContext &context,
                          SoftmaxOp op, int64_t columns);

/// The matrix `index` of a batch, or the matrix itself.
mlir::Value getMatrix(HostCode &host, mlir::Value buffer, mlir::Value index);

/// The tiles of a product on their way back to a row-major matrix.
class MatmulResult {
public:
  /// `stream` is where the chip leaves each tile.
  MatmulResult(HostCode &host, ScheduleContext &context, Stream stream,
               int64_t lhsTiles, int64_t rhsTiles, int64_t lhsBlocks,
               int64_t rhsBlocks);
  /// After a tile has been computed.
  void store(mlir::Value lhsTile, mlir::Value rhsTile);
  void unpackInto(mlir::Value out);

private:
  HostCode &host;
  Stream stream;
  int64_t lhsTiles, rhsTiles, lhsBlocks, rhsBlocks;
  mlir::Value stored;
  RegionOp masks, data, vectors;
};

} // namespace edgebert::accel

#endif // EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_TILETRANSFERS_H
