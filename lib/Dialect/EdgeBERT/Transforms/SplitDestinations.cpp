//===- SplitDestinations.cpp - no destinations across blocks --------------===//

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace edgebert::accel {
#define GEN_PASS_DEF_SPLITDESTINATIONSPASS
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h.inc"
} // namespace edgebert::accel

using namespace mlir;
using namespace edgebert;

namespace {

struct SplitDestinationsPass
    : accel::impl::SplitDestinationsPassBase<SplitDestinationsPass> {
  using SplitDestinationsPassBase::SplitDestinationsPassBase;
  void runOnOperation() override;
};

} // namespace

void SplitDestinationsPass::runOnOperation() {
  SmallVector<tensor::EmptyOp> empties;
  getOperation().walk([&](tensor::EmptyOp op) { empties.push_back(op); });
  for (tensor::EmptyOp empty : empties) {
    DenseMap<Block *, Value> copies = {{empty->getBlock(), empty}};
    for (OpOperand &use : llvm::make_early_inc_range(empty->getUses())) {
      Value &copy = copies[use.getOwner()->getBlock()];
      if (!copy) {
        OpBuilder builder = OpBuilder::atBlockBegin(use.getOwner()->getBlock());
        copy = builder.clone(*empty)->getResult(0);
      }
      use.set(copy);
    }
    if (empty->use_empty())
      empty->erase();
  }
}
