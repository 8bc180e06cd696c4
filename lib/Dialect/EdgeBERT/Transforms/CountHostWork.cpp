//===- CountHostWork.cpp - account for what the host does -----------------===//

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

namespace edgebert::accel {
#define GEN_PASS_DEF_COUNTHOSTWORKPASS
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h.inc"
} // namespace edgebert::accel

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

namespace {

struct Work {
  HostWork kind;
  int64_t amount;
};

struct CountHostWorkPass
    : accel::impl::CountHostWorkPassBase<CountHostWorkPass> {
  using CountHostWorkPassBase::CountHostWorkPassBase;
  void runOnOperation() override;
};

} // namespace

static std::optional<int64_t> getNumBytes(Value buffer) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  Type element = type.getElementType();
  int64_t bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  return type.getNumElements() * llvm::divideCeil(bits, 8);
}

/// Pieces of this size move as well as a copy does, but for their addresses.
static constexpr int64_t kRowBytes = 16;

/// The bytes that follow each other on both sides when the innermost loop of a
/// data-moving op runs; at least one element.
static int64_t getContiguousBytes(linalg::LinalgOp op) {
  Value init = op.getDpsInits()[0];
  int64_t bytes = llvm::divideCeil(
      getElementTypeOrSelf(init.getType()).getIntOrFloatBitWidth(), 8);
  unsigned inner = op.getNumLoops() - 1;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type || map.getNumResults() == 0)
      return bytes;
    // The loop moves along the last dimension only, by steps of one element.
    int64_t offset;
    SmallVector<int64_t> strides;
    if (failed(type.getStridesAndOffset(strides, offset)) ||
        strides.back() != 1)
      return bytes;
    for (AffineExpr result : map.getResults().drop_back())
      if (result.isFunctionOfDim(inner))
        return bytes;
    AffineExpr last = map.getResults().back();
    AffineExpr step = simplifyAffineExpr(
        last - last.replace(getAffineDimExpr(inner, op.getContext()),
                            getAffineConstantExpr(0, op.getContext())),
        map.getNumDims(), 0);
    if (step != getAffineDimExpr(inner, op.getContext()))
      return bytes;
  }
  return bytes * op.getStaticLoopRanges()[inner];
}

/// Tables of codes of up to 8 bits stay in the host's caches.
static constexpr int64_t kTableEntries = 256;

/// Whether the body only loads an entry of a small table by an input's code:
/// what numfmt.lookup becomes.
static bool isLookup(linalg::LinalgOp op) {
  unsigned loads = 0;
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (auto load = dyn_cast<memref::LoadOp>(inner)) {
      MemRefType table = load.getMemRefType();
      ++loads;
      if (table.getRank() != 1 || !table.hasStaticShape() ||
          table.getNumElements() > kTableEntries ||
          op.getBlock()->getTerminator()->getOperands() !=
              ValueRange(load.getResult()))
        return false;
    } else if (!isa<arith::ConstantOp, arith::AndIOp, arith::IndexCastUIOp>(
                   inner)) {
      return false;
    }
  }
  return loads == 1;
}

/// The work of a linalg op: a body that only yields an input moves data, in
/// order (a copy), in rows, or element by element (a transpose); any other body
/// computes.
static std::optional<Work> getWork(linalg::LinalgOp op) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  int64_t iterations = 1;
  for (int64_t extent : extents) {
    if (ShapedType::isDynamic(extent))
      return std::nullopt;
    iterations *= extent;
  }
  bool computes = llvm::any_of(*op.getBlock(), [](Operation &inner) {
    return !inner.hasTrait<OpTrait::IsTerminator>() &&
           !isa<linalg::IndexOp>(inner);
  });
  if (isLookup(op))
    return Work{HostWork::Lookup, iterations};
  if (computes)
    return Work{HostWork::Op, iterations};
  std::optional<int64_t> bytes = getNumBytes(op.getDpsInits()[0]);
  if (!bytes)
    return std::nullopt;
  bool ordered = llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
    return map.isIdentity() || map.getNumResults() == 0;
  });
  HostWork kind = ordered                               ? HostWork::Copy
                  : getContiguousBytes(op) >= kRowBytes ? HostWork::Rows
                                                        : HostWork::Transpose;
  return Work{kind, *bytes};
}

void CountHostWorkPass::runOnOperation() {
  SmallVector<std::pair<Operation *, std::optional<Work>>> counted;
  getOperation().walk([&](Operation *op) {
    if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      std::optional<int64_t> bytes = getNumBytes(copy.getSource());
      counted.push_back(
          {op, bytes ? std::optional<Work>(Work{HostWork::Copy, *bytes})
                     : std::nullopt});
    } else if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
      if (linalgOp.hasPureBufferSemantics())
        counted.push_back({op, getWork(linalgOp)});
    }
  });
  for (auto [op, work] : counted) {
    if (!work) {
      op->emitRemark("not counted as host work: its extents are not static");
      continue;
    }
    OpBuilder builder(op);
    HostWorkOp::create(builder, op->getLoc(), work->kind, work->amount);
  }
}
