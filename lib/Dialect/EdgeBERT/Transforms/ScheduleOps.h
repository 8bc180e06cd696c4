//===- ScheduleOps.h - schedule one operation -------------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_SCHEDULEOPS_H
#define EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_SCHEDULEOPS_H

#include "HostCode.h"

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Machine/Description.h"

#include "llvm/ADT/DenseMap.h"

#include <optional>
#include <vector>

namespace edgebert::accel {

struct Attention;

/// A sum that stays on the chip for its layer norm, by both operations.
using SumsOfNorms = llvm::DenseMap<mlir::Operation *, AddOp>;

/// Those of `module` that the machine can keep. Before anything has been
/// scheduled.
SumsOfNorms findSumsOfNorms(mlir::ModuleOp module,
                            const machine::Description &machine);

struct ScheduleContext {
  const machine::Description &machine;
  RegionAllocator &regions;
  ScheduleStrategy strategy;
  /// By each of their operations.
  llvm::DenseMap<mlir::Operation *, const Attention *> attentions;
  SumsOfNorms sums;
};

/// Each replaces its op by loops, transfers and run_* ops, or emits an error
/// that says which limit of the machine the op exceeds.
mlir::LogicalResult schedule(MatmulOp op, ScheduleContext &context);
mlir::LogicalResult schedule(SoftmaxOp op, ScheduleContext &context);
mlir::LogicalResult schedule(LayerNormOp op, ScheduleContext &context);
mlir::LogicalResult schedule(AddOp op, ScheduleContext &context);
mlir::LogicalResult schedule(EntropyOp op, ScheduleContext &context);

/// A place in a memory of the chip; see ScratchpadOp.
mlir::Value createScratchpad(HostCode &host, Memory memory, unsigned decoder,
                             int64_t address, int64_t rows);

/// Both parts of a stream of `rows` vectors in a decoder.
struct Stream {
  mlir::Value data, mask;
};
Stream createStream(HostCode &host, const machine::Description &machine,
                    unsigned decoder, int64_t address, int64_t rows,
                    int64_t dataRows);

/// An image of all-ones masks for dense streams.
RegionOp getDenseMasks(HostCode &host, ScheduleContext &context);

/// The bytes of a constant i8 buffer (memref.get_global of an initialized
/// constant), or none.
std::optional<std::vector<char>> getConstantBytes(mlir::Value buffer);

} // namespace edgebert::accel

#endif // EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_SCHEDULEOPS_H
