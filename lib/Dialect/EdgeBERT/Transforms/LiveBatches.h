//===- LiveBatches.h - heads that are computed, and their spans -*- C++ -*-===//

#ifndef EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_LIVEBATCHES_H
#define EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_LIVEBATCHES_H

#include "ScheduleOps.h"
#include "TileTransfers.h"

namespace edgebert::accel {

/// Calls `body` in a loop over the elements of the batch that `op` computes and
/// sets the matrices of the others to zero codes.
void forEachLive(HostCode &host, MatmulOp op,
                 llvm::function_ref<void(mlir::Value)> body);

/// How often a softmax's span has to be loaded.
enum class SpanKind {
  /// One for all rows, or none.
  Shared,
  /// One for all rows of each matrix of a batch.
  PerMatrix,
  /// One for each row.
  PerRow,
  /// Another division of the rows, or spans that are not constant.
  Other
};
SpanKind getSpanKind(SoftmaxOp op, int64_t batch);

/// The constant spans of a softmax as the aux memory takes them.
class SpanImage {
public:
  /// For `batch` matrices of `numTiles` tiles of `tileRows` rows, the last one
  /// padded; a row has `numVector` vectors. Only for PerMatrix and PerRow.
  SpanImage(HostCode &host, ScheduleContext &context, SoftmaxOp op,
            SpanKind kind, int64_t batch, int64_t numTiles, int64_t tileRows,
            int64_t numVector);

  /// Loads the span of a matrix, or the spans of a tile's rows, to the start of
  /// the aux memory; `tile` counts through the whole batch.
  mlir::Value load(HostCode &host, mlir::Value matrixOrTile);

private:
  RegionOp region;
  int64_t rows, loadedRows;
};

} // namespace edgebert::accel

#endif // EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_LIVEBATCHES_H
