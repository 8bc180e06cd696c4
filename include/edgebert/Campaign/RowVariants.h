//===- RowVariants.h - segments on some rows --------------------*- C++ -*-===//
//
// Where each row of a segment's results depends on the same row of some inputs
// and on the whole of others, rows can be computed apart: only those that a
// fault has changed, or those of many trials at once. Which dimension counts
// rows is found from the access functions of the operations: the tokens of a
// transformer, the batch of a convolutional network.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_CAMPAIGN_ROWVARIANTS_H
#define EDGEBERT_CAMPAIGN_ROWVARIANTS_H

#include "edgebert/Campaign/SegmentGraph.h"

namespace edgebert::campaign {

/// Chooses a row dimension for each value (Value::rowDim) and adds to `module`,
/// for each segment that has rows, a function that computes `numRows` of them
/// (Segment::variant).
void addRowVariants(mlir::ModuleOp module, SegmentGraph &graph,
                    int64_t numRows);

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_ROWVARIANTS_H
