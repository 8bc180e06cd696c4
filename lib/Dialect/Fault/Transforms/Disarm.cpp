//===- Disarm.cpp - remove all sites --------------------------------------===//

#include "edgebert/Dialect/Fault/Transforms/Passes.h"

namespace edgebert::fault {
#define GEN_PASS_DEF_FAULTDISARM
#include "edgebert/Dialect/Fault/Transforms/Passes.h.inc"
} // namespace edgebert::fault

using namespace mlir;
using namespace edgebert::fault;

namespace {

struct FaultDisarmPass
    : edgebert::fault::impl::FaultDisarmBase<FaultDisarmPass> {
  void runOnOperation() override {
    getOperation()->walk([](SiteOp site) {
      if (site.getResult())
        site.getResult().replaceAllUsesWith(site.getInput());
      site.erase();
    });
  }
};

} // namespace
