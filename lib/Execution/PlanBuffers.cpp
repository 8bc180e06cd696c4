//===- PlanBuffers.cpp - results and temporaries as arguments -------------===//

#include "edgebert/Execution/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_PLANBUFFERS
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;

namespace {

/// Cache lines, and the widest vector loads.
constexpr int64_t alignment = 64;

int64_t getByteSize(MemRefType type) {
  Type element = type.getElementType();
  int64_t bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  return type.getNumElements() * llvm::divideCeil(bits, 8);
}

bool isPlain(MemRefType type) {
  return type.hasStaticShape() && type.getLayout().isIdentity() &&
         type.getElementType().isIntOrIndexOrFloat();
}

/// A temporary: live in the operations [start, end] of the entry block.
struct Temporary {
  memref::AllocOp alloc;
  int64_t start, end;
  int64_t size;
  int64_t offset = 0;
};

/// The allocation of which `value` is the whole, through reshapes.
memref::AllocOp getWholeAllocation(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      return alloc;
    if (!isa<memref::ExpandShapeOp, memref::CollapseShapeOp, memref::CastOp>(
            op))
      return nullptr;
    value = op->getOperand(0);
  }
  return nullptr;
}

class Planner {
public:
  Planner(func::FuncOp function)
      : function(function), entry(function.getBody().front()),
        rewriter(function.getContext()) {}

  LogicalResult run() {
    if (!function.getBody().hasOneBlock())
      return function.emitOpError("cannot be executed: expected one block, "
                                  "found several (use scf for control flow)");
    function.walk([&](memref::DeallocOp op) { rewriter.eraseOp(op); });
    if (failed(passResultsAsArguments()) || failed(collect()))
      return failure();
    int64_t total = assignOffsets();
    useArena(total);
    return success();
  }

private:
  LogicalResult passResultsAsArguments();
  LogicalResult collect();
  int64_t assignOffsets();
  void useArena(int64_t total);
  int64_t getLastUse(Value value, BufferViewFlowAnalysis &views);

  func::FuncOp function;
  Block &entry;
  IRRewriter rewriter;
  SmallVector<Temporary> temporaries;
  DenseMap<Operation *, int64_t> order;
};

LogicalResult Planner::passResultsAsArguments() {
  auto returnOp = cast<func::ReturnOp>(entry.getTerminator());
  DenseSet<Operation *> taken;
  for (auto [number, value] : llvm::enumerate(returnOp.getOperands())) {
    auto type = dyn_cast<MemRefType>(value.getType());
    if (!type || !type.hasStaticShape() ||
        !type.getElementType().isIntOrIndexOrFloat())
      return function.emitOpError("cannot be executed: expected result ")
             << number << " to be a tensor or memref of static shape, found "
             << value.getType();
    auto plain = MemRefType::get(type.getShape(), type.getElementType());
    unsigned position = function.getNumArguments();
    if (failed(function.insertArgument(position, plain,
                                       function.getResultAttrDict(number),
                                       function.getLoc())))
      return failure();
    BlockArgument argument = function.getArgument(position);
    memref::AllocOp alloc = getWholeAllocation(value);
    if (alloc && alloc->getBlock() == &entry && isPlain(alloc.getType()) &&
        alloc.getType().getNumElements() == plain.getNumElements() &&
        alloc.getType().getElementType() == plain.getElementType() &&
        taken.insert(alloc).second) {
      // Compute in the caller's array instead of copying into it.
      rewriter.setInsertionPoint(alloc);
      Value whole = argument;
      if (alloc.getType() != plain) {
        SmallVector<int64_t> strides;
        int64_t offset;
        if (failed(alloc.getType().getStridesAndOffset(strides, offset)))
          return failure();
        whole = memref::ReinterpretCastOp::create(
            rewriter, alloc.getLoc(), alloc.getType(), argument, 0,
            alloc.getType().getShape(), strides);
      }
      rewriter.replaceOp(alloc, whole);
      continue;
    }
    rewriter.setInsertionPoint(returnOp);
    memref::CopyOp::create(rewriter, returnOp.getLoc(),
                           returnOp.getOperand(number), argument);
  }
  rewriter.modifyOpInPlace(returnOp,
                           [&] { returnOp.getOperandsMutable().clear(); });
  llvm::BitVector results(function.getNumResults(), true);
  return function.eraseResults(results);
}

int64_t Planner::getLastUse(Value value, BufferViewFlowAnalysis &views) {
  int64_t last = 0;
  SmallVector<Value> work = llvm::to_vector_of<Value>(views.resolve(value));
  DenseSet<Value> seen(work.begin(), work.end());
  while (!work.empty()) {
    Value alias = work.pop_back_val();
    for (Operation *user : alias.getUsers()) {
      Operation *outer = entry.findAncestorOpInBlock(*user);
      last = std::max(last, order.lookup(outer));
      // A pointer taken from the buffer keeps it alive.
      if (!isa<MemRefType>(alias.getType()) ||
          isa<memref::ExtractAlignedPointerAsIndexOp>(user))
        if (isMemoryEffectFree(user))
          for (Value result : user->getResults())
            if (seen.insert(result).second)
              work.push_back(result);
    }
  }
  return last;
}

LogicalResult Planner::collect() {
  for (auto [number, op] : llvm::enumerate(entry))
    order[&op] = number;
  BufferViewFlowAnalysis views(function);
  WalkResult result = function.walk([&](memref::AllocOp alloc) {
    if (!isPlain(alloc.getType())) {
      alloc.emitOpError("cannot be executed: expected a buffer of static "
                        "shape, found ")
          << alloc.getType();
      return WalkResult::interrupt();
    }
    Operation *outer = entry.findAncestorOpInBlock(*alloc);
    int64_t start = order.lookup(outer);
    temporaries.push_back({alloc, start,
                           std::max(start, getLastUse(alloc, views)),
                           getByteSize(alloc.getType())});
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// First fit in order of size: large buffers first, each at the lowest offset
/// that no buffer with an overlapping lifetime covers.
int64_t Planner::assignOffsets() {
  SmallVector<Temporary *> bySize;
  for (Temporary &temporary : temporaries)
    bySize.push_back(&temporary);
  llvm::sort(bySize, [](Temporary *lhs, Temporary *rhs) {
    // The address in the list breaks ties: program order.
    return std::make_pair(-lhs->size, lhs) < std::make_pair(-rhs->size, rhs);
  });
  int64_t total = 0;
  SmallVector<Temporary *> placed;
  for (Temporary *temporary : bySize) {
    int64_t offset = 0;
    for (Temporary *other : placed) {
      if (other->end < temporary->start || temporary->end < other->start ||
          other->offset >= offset + temporary->size)
        continue;
      offset = std::max<int64_t>(
          offset, llvm::alignTo(other->offset + other->size, alignment));
    }
    temporary->offset = offset;
    total = std::max<int64_t>(
        total, llvm::alignTo(offset + temporary->size, alignment));
    placed.push_back(temporary);
    llvm::sort(placed, [](Temporary *lhs, Temporary *rhs) {
      return std::make_pair(lhs->offset, lhs) <
             std::make_pair(rhs->offset, rhs);
    });
  }
  return total;
}

void Planner::useArena(int64_t total) {
  Location loc = function.getLoc();
  auto type = MemRefType::get({total}, rewriter.getI8Type());
  if (failed(function.insertArgument(function.getNumArguments(), type,
                                     rewriter.getDictionaryAttr({}), loc)))
    return;
  function->setAttr("edgebert.arena", rewriter.getI64IntegerAttr(total));
  Value arena = entry.getArguments().back();
  for (Temporary &temporary : temporaries) {
    rewriter.setInsertionPoint(temporary.alloc);
    Value offset = arith::ConstantIndexOp::create(
        rewriter, temporary.alloc.getLoc(), temporary.offset);
    rewriter.replaceOpWithNewOp<memref::ViewOp>(temporary.alloc,
                                                temporary.alloc.getType(),
                                                arena, offset, ValueRange{});
  }
}

struct PlanBuffersPass
    : public edgebert::execution::impl::PlanBuffersBase<PlanBuffersPass> {
  using PlanBuffersBase::PlanBuffersBase;

  void runOnOperation() override {
    auto function = getOperation().lookupSymbol<func::FuncOp>(entry);
    if (!function || function.isExternal()) {
      getOperation().emitError("expected a function '")
          << entry << "' with a body";
      return signalPassFailure();
    }
    if (failed(Planner(function).run()))
      signalPassFailure();
  }
};

} // namespace
