//===- RefineBranches.cpp - buffers of branches keep their layout ---------===//

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace edgebert::accel {
#define GEN_PASS_DEF_REFINEBRANCHESPASS
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h.inc"
} // namespace edgebert::accel

using namespace mlir;
using namespace edgebert;

namespace {

struct RefineBranchesPass
    : accel::impl::RefineBranchesPassBase<RefineBranchesPass> {
  using RefineBranchesPassBase::RefineBranchesPassBase;
  void runOnOperation() override;
};

} // namespace

static Value skipCasts(Value value) {
  while (auto cast = value.getDefiningOp<memref::CastOp>())
    value = cast.getSource();
  return value;
}

void RefineBranchesPass::runOnOperation() {
  // Inner branches first: what they yield, outer ones pass on.
  getOperation().walk([](scf::IfOp branch) {
    if (branch.getElseRegion().empty())
      return;
    for (OpResult result : branch.getResults()) {
      unsigned i = result.getResultNumber();
      OpOperand &then = branch.thenYield()->getOpOperand(i),
                &other = branch.elseYield()->getOpOperand(i);
      Value source = skipCasts(then.get());
      Type before = result.getType(), after = source.getType();
      if (after == before || !isa<MemRefType>(after) ||
          skipCasts(other.get()).getType() != after)
        continue;
      then.set(source);
      other.set(skipCasts(other.get()));
      result.setType(after);
      OpBuilder builder(branch->getContext());
      builder.setInsertionPointAfter(branch);
      auto cast = memref::CastOp::create(builder, branch.getLoc(), before,
                                         Value(result));
      result.replaceAllUsesExcept(cast, cast);
    }
  });
}
