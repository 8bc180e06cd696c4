//===- YieldInPlace.cpp - loops that keep their buffers -------------------===//

#include "edgebert/Execution/Passes.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_YIELDINPLACE
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;

namespace {

/// Whether `value` is made by a chain of operations that each write into their
/// predecessor's buffer, starting with `argument`.
bool isComputedIn(Value value, BlockArgument argument) {
  while (value != argument) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return false;
    if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
      value = insert.getDest();
    else if (auto insert = dyn_cast<tensor::InsertOp>(op))
      value = insert.getDest();
    else if (auto loop = dyn_cast<scf::ForOp>(op))
      value = loop.getInitArgs()[cast<OpResult>(value).getResultNumber()];
    else if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
      value = destination.getTiedOpOperand(cast<OpResult>(value))->get();
    else
      return false;
  }
  return true;
}

struct YieldInPlacePass
    : public edgebert::execution::impl::YieldInPlaceBase<YieldInPlacePass> {
  void runOnOperation() override {
    getOperation()->walk([](scf::ForOp loop) {
      Operation *yield = loop.getBody()->getTerminator();
      OpBuilder builder(yield);
      for (auto [operand, argument] :
           llvm::zip_equal(yield->getOpOperands(), loop.getRegionIterArgs())) {
        Value value = operand.get();
        if (!isa<RankedTensorType>(value.getType()) ||
            isComputedIn(value, argument))
          continue;
        auto copy = linalg::CopyOp::create(builder, loop.getLoc(), value,
                                           Value(argument));
        operand.set(copy->getResult(0));
      }
    });
  }
};

} // namespace
