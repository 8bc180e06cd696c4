//===- FuseElementwise.cpp - fuse element-wise chains ---------------------===//

#include "VectorBody.h"
#include "edgebert/Execution/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;
using namespace edgebert::execution;

namespace {

int64_t getIterations(linalg::LinalgOp op) {
  int64_t count = 1;
  for (int64_t extent : op.getStaticLoopRanges())
    count = ShapedType::isDynamic(extent) ? count : count * extent;
  return count;
}

/// Contractions and convolutions keep their form: it selects their code.
bool isKernel(linalg::LinalgOp op) {
  return linalg::isaContractionOpInterface(op) ||
         linalg::isaConvolutionOpInterface(op);
}

bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::LinalgOp>();
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  if (!producer || !consumer || isKernel(consumer) || isKernel(producer) ||
      !operand->get().hasOneUse())
    return false;
  return getIterations(producer) >= getIterations(consumer) ||
         (!VectorBody(producer).isExpensive() &&
          producer.getBlock()->getOperations().size() <= 6);
}

/// Transposes that move the innermost dimension stay apart: fused, they would
/// make every load of their consumer a gather.
bool shouldGeneralize(linalg::LinalgOp op) {
  if (isa<linalg::GenericOp, linalg::FillOp>(op.getOperation()) ||
      !op.hasPureTensorSemantics() || isKernel(op))
    return false;
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op.getOperation())) {
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    return permutation.empty() ||
           permutation.back() == static_cast<int64_t>(permutation.size()) - 1;
  }
  return true;
}

struct FuseElementwisePass
    : public edgebert::execution::impl::FuseElementwiseBase<
          FuseElementwisePass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<linalg::SoftmaxOp> softmaxes;
    getOperation()->walk(
        [&](linalg::SoftmaxOp op) { softmaxes.push_back(op); });
    for (linalg::SoftmaxOp op : softmaxes) {
      rewriter.setInsertionPoint(op);
      FailureOr<SmallVector<Value>> values = op.decomposeOperation(rewriter);
      if (failed(values)) {
        op.emitOpError("cannot be decomposed");
        return signalPassFailure();
      }
      rewriter.replaceOp(op, *values);
    }
    SmallVector<linalg::LinalgOp> named;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (shouldGeneralize(op))
        named.push_back(op);
    });
    for (linalg::LinalgOp op : named) {
      rewriter.setInsertionPoint(op);
      // Operations without a scalar body are left to bufferization.
      (void)linalg::generalizeNamedOp(rewriter, op);
    }
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      getOperation()->emitError("element-wise fusion did not converge");
      signalPassFailure();
    }
  }
};

} // namespace
