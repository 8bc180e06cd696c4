//===- LowerFault.cpp - sites and checks become calls ---------------------===//

#include "RuntimeCall.h"
#include "edgebert/Dialect/Fault/IR/Fault.h"
#include "edgebert/Execution/Passes.h"
#include "mlir/IR/PatternMatch.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_LOWERFAULT
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;
using namespace edgebert;

namespace {

class FaultLowering {
public:
  FaultLowering(ModuleOp module)
      : module(module), rewriter(module.getContext()) {}

  LogicalResult lower(fault::SiteOp site);

private:
  /// A constant that is stored where a fault can change it.
  void makeWritable(Value buffer);

  ModuleOp module;
  IRRewriter rewriter;
};

struct LowerFaultPass
    : public edgebert::execution::impl::LowerFaultBase<LowerFaultPass> {
  void runOnOperation() override {
    SmallVector<fault::SiteOp> sites;
    getOperation().walk([&](fault::SiteOp site) { sites.push_back(site); });
    FaultLowering lowering(getOperation());
    for (fault::SiteOp site : sites)
      if (failed(lowering.lower(site)))
        return signalPassFailure();
  }
};

} // namespace

void FaultLowering::makeWritable(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewLikeOpInterface>())
    buffer = view.getViewSource();
  if (auto get = buffer.getDefiningOp<memref::GetGlobalOp>())
    if (auto global = module.lookupSymbol<memref::GlobalOp>(get.getName()))
      global.setConstant(false);
}

LogicalResult FaultLowering::lower(fault::SiteOp site) {
  auto type = dyn_cast<MemRefType>(site.getInput().getType());
  if (!type || !type.hasStaticShape())
    return site.emitOpError("cannot be executed: expected a memref of static "
                            "shape, found ")
           << site.getInput().getType();
  Location loc = site.getLoc();
  rewriter.setInsertionPoint(site);
  Value buffer = site.getInput();
  makeWritable(buffer);
  // The runtime counts elements in row-major order.
  Value plain = execution::getRowMajor(rewriter, loc, buffer);
  Value id =
      arith::ConstantIndexOp::create(rewriter, loc, int64_t(site.getId()));
  Value pointer = execution::getAddress(rewriter, loc, plain);
  execution::callRuntime(rewriter, module, loc, "edgebert_rt_fault_site",
                         {id, pointer});
  if (plain != buffer)
    memref::CopyOp::create(rewriter, loc, plain, buffer);
  rewriter.eraseOp(site);
  return success();
}
