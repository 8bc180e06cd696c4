//===- OutlineKernels.cpp - linalg operations into shared functions -------===//

#include "edgebert/Execution/Passes.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/StringMap.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;

namespace {

class Outliner {
public:
  Outliner(ModuleOp module) : module(module), builder(module.getContext()) {}

  void outline(linalg::LinalgOp op) {
    // Everything the operation uses; constants move along.
    SetVector<Value> used(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), used);
    SmallVector<Value> arguments;
    SmallVector<Operation *> constants;
    for (Value value : used) {
      Operation *def = value.getDefiningOp();
      if (def && matchPattern(def, m_Constant()))
        constants.push_back(def);
      else
        arguments.push_back(value);
    }
    func::FuncOp kernel = build(op, arguments, constants);
    std::string text;
    llvm::raw_string_ostream os(text);
    kernel.print(os, OpPrintingFlags().useLocalScope().printGenericOpForm());
    auto [entry, isNew] = kernels.try_emplace(text, kernel);
    if (isNew) {
      symbols.insert(kernel, module.getBody()->end());
    } else {
      kernel.erase();
    }
    builder.setInsertionPoint(op);
    func::CallOp::create(builder, op.getLoc(), entry->second, arguments);
    op.erase();
  }

private:
  func::FuncOp build(linalg::LinalgOp op, ArrayRef<Value> arguments,
                     ArrayRef<Operation *> constants) {
    Location loc = op.getLoc();
    SmallVector<Type> types;
    for (Value value : arguments)
      types.push_back(value.getType());
    auto kernel = func::FuncOp::create(loc, "edgebert_kernel",
                                       builder.getFunctionType(types, {}));
    kernel.setPrivate();
    // Inlined, the kernels would be one large function again.
    kernel->setAttr("passthrough", builder.getStrArrayAttr({"noinline"}));
    Block *block = kernel.addEntryBlock();
    builder.setInsertionPointToStart(block);
    IRMapping mapping;
    mapping.map(arguments, block->getArguments());
    for (Operation *constant : constants)
      builder.clone(*constant, mapping);
    builder.clone(*op, mapping);
    func::ReturnOp::create(builder, loc);
    return kernel;
  }

  ModuleOp module;
  OpBuilder builder;
  SymbolTable symbols{module};
  llvm::StringMap<func::FuncOp> kernels;
};

struct OutlineKernelsPass
    : public edgebert::execution::impl::OutlineKernelsBase<OutlineKernelsPass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> work;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics())
        work.push_back(op);
    });
    Outliner outliner(getOperation());
    for (linalg::LinalgOp op : work)
      outliner.outline(op);
  }
};

} // namespace
