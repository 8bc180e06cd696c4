//===- PackArguments.cpp - arguments as a table ---------------------------===//

#include "edgebert/Execution/Passes.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_PACKARGUMENTS
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;

namespace {

struct PackArgumentsPass
    : public edgebert::execution::impl::PackArgumentsBase<PackArgumentsPass> {
  using PackArgumentsBase::PackArgumentsBase;

  void runOnOperation() override {
    auto function = getOperation().lookupSymbol<LLVM::LLVMFuncOp>(entry);
    if (!function || function.isExternal()) {
      getOperation().emitError("expected a function '")
          << entry << "' with a body";
      return signalPassFailure();
    }
    if (!SymbolTable::symbolKnownUseEmpty(function, getOperation())) {
      function.emitOpError("cannot be executed: the entry function is called");
      return signalPassFailure();
    }
    Block &block = function.getBody().front();
    OpBuilder builder = OpBuilder::atBlockBegin(&block);
    Location loc = function.getLoc();
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    Value table = block.addArgument(pointer, loc);
    unsigned count = block.getNumArguments() - 1;
    for (unsigned i = 0; i < count; ++i) {
      BlockArgument argument = block.getArgument(i);
      if (argument.use_empty())
        continue;
      Value address = LLVM::GEPOp::create(
          builder, loc, pointer, builder.getI64Type(), table,
          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      argument.replaceAllUsesWith(
          LLVM::LoadOp::create(builder, loc, argument.getType(), address));
    }
    block.eraseArguments(0, count);
    function.removeArgAttrsAttr();
    function.setFunctionType(LLVM::LLVMFunctionType::get(
        function.getFunctionType().getReturnType(), {pointer}));
  }
};

} // namespace
