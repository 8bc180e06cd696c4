//===- HoistConstants.cpp - large constants become arguments --------------===//

#include "edgebert/Dialect/Fault/IR/Fault.h"
#include "edgebert/Execution/Passes.h"
#include "llvm/ADT/MapVector.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_HOISTCONSTANTS
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;

/// A fault changes the constant where it is stored, so it must be stored.
static bool isStorage(arith::ConstantOp constant) {
  return llvm::any_of(constant->getUsers(), [](Operation *user) {
    auto site = dyn_cast<edgebert::fault::SiteOp>(user);
    return site && site.isStorage();
  });
}

namespace {

struct HoistConstantsPass
    : public edgebert::execution::impl::HoistConstantsBase<HoistConstantsPass> {
  using HoistConstantsBase::HoistConstantsBase;

  void runOnOperation() override {
    auto function = getOperation().lookupSymbol<func::FuncOp>(entry);
    if (!function || function.isExternal()) {
      getOperation().emitError("expected a function '")
          << entry << "' with a body";
      return signalPassFailure();
    }
    llvm::MapVector<Attribute, SmallVector<arith::ConstantOp>> constants;
    function.walk([&](arith::ConstantOp constant) {
      auto type = dyn_cast<RankedTensorType>(constant.getType());
      if (type && type.getElementType().isIntOrIndexOrFloat() &&
          isa<ElementsAttr>(constant.getValue()) &&
          (type.getNumElements() >= minElements || isStorage(constant)))
        constants[constant.getValue()].push_back(constant);
    });
    Builder builder(&getContext());
    for (auto &[value, ops] : constants) {
      unsigned position = function.getNumArguments();
      Type type = cast<ElementsAttr>(value).getType();
      auto attributes = builder.getDictionaryAttr(
          builder.getNamedAttr("edgebert.constant", value));
      if (failed(function.insertArgument(position, type, attributes,
                                         ops.front().getLoc())))
        return signalPassFailure();
      for (arith::ConstantOp op : ops) {
        op.getResult().replaceAllUsesWith(function.getArgument(position));
        op.erase();
      }
    }
    // Nobody may write into the caller's arrays or into the weights.
    for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
      if (isa<TensorType>(function.getArgument(i).getType()))
        function.setArgAttr(i, "bufferization.writable",
                            builder.getBoolAttr(false));
  }
};

} // namespace
