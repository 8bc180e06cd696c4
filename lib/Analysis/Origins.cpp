//===- Origins.cpp - where work of the host begins to belong --------------===//

#include "edgebert/Analysis/Origins.h"

#include "edgebert/Analysis/Kernels.h"
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "mlir/Interfaces/CallInterfaces.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

/// Transfers, on-chip operations, register accesses, accounts.
static bool isWork(Operation *op) {
  return isa<LoadOp, StoreOp, RunMatmulOp, RunSoftmaxOp, RunLayerNormOp,
             RunAddOp, WriteRegOp, ReadRegOp, WaitOp, HostWorkOp>(op);
}

/// Whether there may be work in the op's regions or in what it calls.
static bool mayHoldWork(Operation &op) {
  if (isa<CallOpInterface>(op))
    return true;
  return op.getNumRegions() != 0 &&
         op.walk([](Operation *inner) {
             return isWork(inner) || isa<CallOpInterface>(inner)
                        ? WalkResult::interrupt()
                        : WalkResult::advance();
           }).wasInterrupted();
}

void analysis::forEachOrigin(
    ModuleOp module,
    llvm::function_ref<void(Operation *, llvm::StringRef)> insert) {
  module.walk([&](Block *block) {
    std::optional<StringRef> current;
    for (Operation &op : llvm::make_early_inc_range(*block)) {
      if (mayHoldWork(op))
        current.reset();
      StringRef name = getLocationName(op.getLoc());
      if (!isWork(&op) || name.empty() || current == name)
        continue;
      insert(&op, name);
      current = name;
    }
  });
}
