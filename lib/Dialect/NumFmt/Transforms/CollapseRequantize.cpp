//===- CollapseRequantize.cpp - forward codes past a round trip -----------===//

#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace edgebert::numfmt {
#define GEN_PASS_DEF_NUMFMTCOLLAPSEREQUANTIZE
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h.inc"
} // namespace edgebert::numfmt

using namespace mlir;
using namespace edgebert;
using namespace edgebert::numfmt;

namespace {

/// The same SSA value, or equal constants.
bool isSameMetadata(Value a, Value b) {
  if (a == b)
    return true;
  ElementsAttr constant = getConstantElements(a);
  return constant && constant == getConstantElements(b);
}

/// quantize(dequantize(c, m), m) -> c
struct CollapseRequantize : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto dequantize = op.getInput().getDefiningOp<DequantizeOp>();
    if (!dequantize)
      return rewriter.notifyMatchFailure(op, "not a dequantized value");
    if (dequantize.getInput().getType() != op.getType() ||
        dequantize.getAxis() != op.getAxis() ||
        dequantize.getBlocks() != op.getBlocks() ||
        !isSameMetadata(dequantize.getMetadata(), op.getMetadata()))
      return rewriter.notifyMatchFailure(op, "format or metadata differs");
    if (!op.getFormat().getFormat().requantizesExactly())
      return rewriter.notifyMatchFailure(op, "a code's value would change");
    rewriter.replaceOp(op, dequantize.getInput());
    return success();
  }
};

struct NumFmtCollapseRequantizePass
    : edgebert::numfmt::impl::NumFmtCollapseRequantizeBase<
          NumFmtCollapseRequantizePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateCollapseRequantizePatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace

void edgebert::numfmt::populateCollapseRequantizePatterns(
    RewritePatternSet &patterns) {
  patterns.add<CollapseRequantize>(patterns.getContext());
}
