//===- SpecializeShapes.cpp - functions for their callers' shapes ---------===//

#include "edgebert/Target/Passes.h"
#include "llvm/ADT/MapVector.h"

namespace edgebert::target {
#define GEN_PASS_DEF_SPECIALIZESHAPES
#include "edgebert/Target/Passes.h.inc"
} // namespace edgebert::target

using namespace mlir;

namespace {

/// The buffer of static shape behind a cast to a dynamic one, or `value`.
Value getStatic(Value value) {
  auto cast = value.getDefiningOp<memref::CastOp>();
  if (!cast)
    return value;
  auto from = dyn_cast<MemRefType>(cast.getSource().getType());
  auto to = dyn_cast<MemRefType>(cast.getType());
  if (from && to && from.hasStaticShape() && !to.hasStaticShape())
    return cast.getSource();
  return value;
}

struct SpecializeShapesPass
    : public edgebert::target::impl::SpecializeShapesBase<
          SpecializeShapesPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    // A copy may hold calls that its shapes make static in turn.
    SmallVector<func::CallOp> work;
    getOperation().walk([&](func::CallOp call) { work.push_back(call); });
    while (!work.empty()) {
      func::CallOp call = work.pop_back_val();
      SmallVector<Value> operands =
          llvm::map_to_vector(call.getOperands(), getStatic);
      auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
      if (!callee || callee.isExternal() ||
          llvm::equal(operands, call.getOperands()))
        continue;
      SmallVector<Type> types = llvm::to_vector(TypeRange(operands));
      func::FuncOp &copy =
          copies[{callee, FunctionType::get(&getContext(), types, {})}];
      if (!copy) {
        copy = specialize(callee, types);
        symbols.insert(copy);
        copy.walk([&](func::CallOp inner) { work.push_back(inner); });
      }
      call.getOperandsMutable().assign(operands);
      call.setCallee(copy.getName());
    }
    copies.clear();
  }

private:
  func::FuncOp specialize(func::FuncOp callee, ArrayRef<Type> types) {
    func::FuncOp copy = callee.clone();
    copy.setPrivate();
    Block &entry = copy.getBody().front();
    OpBuilder builder = OpBuilder::atBlockBegin(&entry);
    for (auto [argument, type] : llvm::zip_equal(entry.getArguments(), types)) {
      Type before = argument.getType();
      if (before == type)
        continue;
      argument.setType(type);
      auto cast =
          memref::CastOp::create(builder, copy.getLoc(), before, argument);
      argument.replaceAllUsesExcept(cast, cast);
    }
    copy.setFunctionType(
        builder.getFunctionType(types, copy.getFunctionType().getResults()));
    return copy;
  }

  llvm::MapVector<std::pair<func::FuncOp, FunctionType>, func::FuncOp> copies;
};

} // namespace
