//===- Schedule.cpp - tile accelerator operations, place their data -------===//

#include "HostCode.h"
#include "ScheduleAttention.h"

#include "edgebert/Machine/Description.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/TypeSwitch.h"

namespace edgebert::accel {
#define GEN_PASS_DEF_SCHEDULEPASS
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h.inc"
} // namespace edgebert::accel

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

namespace {

struct SchedulePass : accel::impl::SchedulePassBase<SchedulePass> {
  using SchedulePassBase::SchedulePassBase;
  void runOnOperation() override;
};

/// Weights that have become images are no longer read by the host.
void eraseDeadGlobals(ModuleOp module) {
  module.walk([](memref::GetGlobalOp get) {
    if (get->use_empty())
      get.erase();
  });
  for (auto global :
       llvm::make_early_inc_range(module.getOps<memref::GlobalOp>()))
    if (global.isPrivate() && SymbolTable::symbolKnownUseEmpty(global, module))
      global.erase();
}

} // namespace

void SchedulePass::runOnOperation() {
  ModuleOp module = getOperation();
  llvm::Expected<machine::Description> description =
      machine::Description::load(machine);
  if (!description) {
    module.emitError(llvm::toString(description.takeError()));
    return signalPassFailure();
  }

  RegionAllocator regions(module);
  std::vector<Attention> attentions;
  SumsOfNorms sums;
  if (strategy == ScheduleStrategy::Best) {
    attentions = findAttentions(module, *description);
    sums = findSumsOfNorms(module, *description);
  }
  llvm::DenseMap<Operation *, const Attention *> byOperation;
  for (Attention &attention : attentions) {
    byOperation[attention.scores] = &attention;
    byOperation[attention.softmax] = &attention;
    byOperation[attention.context] = &attention;
  }
  ScheduleContext context{*description, regions, strategy, byOperation, sums};
  bool anyFailed = false;
  unsigned found = 0;
  module.walk([&](Operation *op) {
    LogicalResult result =
        llvm::TypeSwitch<Operation *, LogicalResult>(op)
            .Case<MatmulOp, SoftmaxOp, LayerNormOp, AddOp, EntropyOp>(
                [&](auto typed) -> LogicalResult {
                  ++found;
                  // All operands that are not scalars are of one kind.
                  if (!isa<MemRefType>(typed->getOperand(0).getType()))
                    return typed.emitOpError(
                        "expected buffers, got tensors; bufferize first");
                  regions.resetStages();
                  return schedule(typed, context);
                })
            .Default(success());
    if (failed(result))
      anyFailed = true;
  });
  if (anyFailed || failed(regions.assignAddresses()))
    return signalPassFailure();
  if (found == 0)
    module.emitRemark("edgebert-schedule found no accelerator operation");
  eraseDeadGlobals(module);
}
