//===- LowerCheck.cpp - numeric assertions become calls -------------------===//

#include "RuntimeCall.h"
#include "edgebert/Dialect/Check/IR/Check.h"
#include "edgebert/Execution/Passes.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/Format.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_LOWERCHECK
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;
using namespace edgebert;

namespace {

class CheckLowering {
public:
  CheckLowering(ModuleOp module)
      : module(module), rewriter(module.getContext()) {}

  LogicalResult lower(Operation *op) {
    rewriter.setInsertionPoint(op);
    auto type = dyn_cast<MemRefType>(op->getOperand(0).getType());
    if (!type || !type.hasStaticShape() ||
        !type.getElementType().isIntOrIndexOrFloat())
      return op->emitOpError("cannot be executed: expected a memref of static "
                             "shape, found ")
             << op->getOperand(0).getType();
    std::string kind = "eq";
    double atol = 0, rtol = 0;
    Value expected;
    if (auto bits = dyn_cast<check::ExpectBitsOp>(op)) {
      kind = "bits";
      expected = createConstant(op->getLoc(), bits.getExpected());
    } else {
      expected = op->getOperand(1);
    }
    if (auto close = dyn_cast<check::ExpectCloseOp>(op)) {
      kind = "close";
      atol = close.getAtol().convertToDouble();
      rtol = close.getRtol().convertToDouble();
    }
    std::string text;
    llvm::raw_string_ostream os(text);
    os << kind << '|' << type.getElementType() << '|';
    llvm::interleave(type.getShape(), os, "x");
    os << '|' << llvm::format("%.17g", atol) << '|'
       << llvm::format("%.17g", rtol) << '|';
    printLocation(os, op->getLoc());
    Value description = LLVM::createGlobalString(
        op->getLoc(), rewriter, "edgebert_check_" + std::to_string(counter++),
        StringRef(text.c_str(), text.size() + 1), LLVM::Linkage::Internal);
    SmallVector<Value> arguments = {description,
                                    getPointer(op->getLoc(), op->getOperand(0)),
                                    getPointer(op->getLoc(), expected)};
    execution::callRuntime(rewriter, module, op->getLoc(), "edgebert_rt_check",
                           arguments);
    rewriter.eraseOp(op);
    return success();
  }

private:
  static void printLocation(llvm::raw_ostream &os, Location loc) {
    if (auto file = loc->findInstanceOf<FileLineColLoc>())
      os << file.getFilename().getValue() << ':' << file.getLine() << ':'
         << file.getColumn();
    else
      os << loc;
  }

  Value createConstant(Location loc, ElementsAttr value) {
    auto shaped = cast<ShapedType>(value.getType());
    auto type = MemRefType::get(shaped.getShape(), shaped.getElementType());
    std::string name = "edgebert_expected_" + std::to_string(counter++);
    OpBuilder::InsertionGuard guard(rewriter);
    {
      OpBuilder::InsertionGuard inner(rewriter);
      rewriter.setInsertionPointToStart(module.getBody());
      memref::GlobalOp::create(rewriter, loc, name,
                               rewriter.getStringAttr("private"), type, value,
                               /*constant=*/true, /*alignment=*/nullptr);
    }
    return memref::GetGlobalOp::create(rewriter, loc, type, name);
  }

  /// A pointer to the elements in row-major order, copied if need be.
  Value getPointer(Location loc, Value value) {
    return execution::getAddress(rewriter, loc,
                                 execution::getRowMajor(rewriter, loc, value));
  }

  ModuleOp module;
  IRRewriter rewriter;
  unsigned counter = 0;
};

struct LowerCheckPass
    : public edgebert::execution::impl::LowerCheckBase<LowerCheckPass> {
  void runOnOperation() override {
    SmallVector<Operation *> work;
    getOperation().walk([&](Operation *op) {
      if (isa<check::ExpectEqOp, check::ExpectCloseOp, check::ExpectBitsOp>(op))
        work.push_back(op);
    });
    CheckLowering lowering(getOperation());
    for (Operation *op : work)
      if (failed(lowering.lower(op)))
        return signalPassFailure();
  }
};

} // namespace
