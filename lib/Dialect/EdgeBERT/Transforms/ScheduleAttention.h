//===- ScheduleAttention.h - scores to context on the chip ------*- C++ -*-===//

#ifndef EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_SCHEDULEATTENTION_H
#define EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_SCHEDULEATTENTION_H

#include "ScheduleOps.h"

#include "edgebert/Dialect/EdgeBERT/Transforms/Tiling.h"

#include <vector>

namespace edgebert::accel {

/// softmax(lhs rhs^T) values^T, of which only the last product's result is
/// needed.
struct Attention {
  MatmulOp scores;
  SoftmaxOp softmax;
  MatmulOp context;
  AttentionTiling tiling;
};

/// The attentions of `module` that the machine can run without leaving its
/// memories. Before anything has been scheduled.
std::vector<Attention> findAttentions(mlir::ModuleOp module,
                                      const machine::Description &machine);

/// Replaces the three operations, where the last one is.
void schedule(const Attention &attention, ScheduleContext &context);

/// Whether nothing but `reader` needs what `writer` writes to `buffer`: other
/// uses are probes, before it, or after something has overwritten it. All in
/// one block.
bool isOnlyReadBy(mlir::Value buffer, mlir::Operation *writer,
                  mlir::Operation *reader);

/// Removes the probes of `buffer` between two operations: the value is not in
/// it any more.
void eraseProbes(mlir::Value buffer, mlir::Operation *from,
                 mlir::Operation *to);

} // namespace edgebert::accel

#endif // EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_SCHEDULEATTENTION_H
