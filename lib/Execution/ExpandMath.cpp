//===- ExpandMath.cpp - transcendental functions as polynomials -----------===//

#include "edgebert/Execution/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_EXPANDMATH
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;
using namespace edgebert::execution;

namespace {

struct ExpandMathPass
    : public edgebert::execution::impl::ExpandMathBase<ExpandMathPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateExpandMathPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      getOperation()->emitError("expansion of math operations did not "
                                "converge");
      signalPassFailure();
    }
  }
};

} // namespace

void edgebert::execution::populateExpandMathPatterns(
    RewritePatternSet &patterns) {
  populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
    return llvm::is_contained({"math.exp", "math.expm1", "math.log",
                               "math.log1p", "math.log2", "math.tanh",
                               "math.erf", "math.erfc", "math.sin", "math.cos",
                               "math.atan", "math.atan2"},
                              name);
  });
}
