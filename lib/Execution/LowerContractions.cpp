//===- LowerContractions.cpp - matrix products become calls ---------------===//

#include "RuntimeCall.h"
#include "StridedNest.h"
#include "edgebert/Execution/Passes.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_LOWERCONTRACTIONS
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;
using namespace edgebert::execution;

namespace {

/// c + a * b in any order of operands, nothing else.
bool isMultiplyAdd(linalg::LinalgOp op) {
  Block *body = op.getBlock();
  if (body->getNumArguments() != 3 || body->getOperations().size() != 3)
    return false;
  auto add =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add)
    return false;
  auto isProduct = [&](Value value) {
    auto product = value.getDefiningOp<arith::MulFOp>();
    Value a = body->getArgument(0), b = body->getArgument(1);
    return product && ((product.getLhs() == a && product.getRhs() == b) ||
                       (product.getLhs() == b && product.getRhs() == a));
  };
  Value c = body->getArgument(2);
  return (add.getLhs() == c && isProduct(add.getRhs())) ||
         (add.getRhs() == c && isProduct(add.getLhs()));
}

/// A matrix product in strides: which loop plays which role.
struct Gemm {
  SmallVector<StridedLoop> batch;
  std::optional<StridedLoop> m, n, k;
};

/// Splits the loops of `nest` into at most two batch loops, m, n and k.
std::optional<Gemm> classify(const StridedNest &nest) {
  Gemm gemm;
  // The largest loop of a kind becomes the matrix dimension, others repeat.
  auto place = [&](std::optional<StridedLoop> &slot, const StridedLoop &loop) {
    if (!slot) {
      slot = loop;
    } else if (slot->extent < loop.extent) {
      gemm.batch.push_back(*slot);
      slot = loop;
    } else {
      gemm.batch.push_back(loop);
    }
  };
  for (const StridedLoop &loop : nest.loops) {
    bool inA = loop.strides[0], inB = loop.strides[1], inC = loop.strides[2];
    if (loop.kind == utils::IteratorType::reduction) {
      if (!inA || !inB || inC || gemm.k)
        return std::nullopt;
      gemm.k = loop;
    } else if (!inC) {
      return std::nullopt;
    } else if (inA && !inB) {
      place(gemm.m, loop);
    } else if (inB && !inA) {
      place(gemm.n, loop);
    } else {
      gemm.batch.push_back(loop);
    }
  }
  // Without a sum, or with vectors on both sides only, loops do as well.
  if (!gemm.k || (!gemm.m && !gemm.n) || gemm.batch.size() > 2)
    return std::nullopt;
  return gemm;
}

class ContractionLowering {
public:
  ContractionLowering(ModuleOp module)
      : module(module), rewriter(module.getContext()) {}

  void lower(linalg::LinalgOp op) {
    FailureOr<StridedNest> nest = StridedNest::get(op);
    if (failed(nest) || !isMultiplyAdd(op))
      return;
    Type element = op.getBlock()->getArgument(0).getType();
    if (!(element.isF32() || element.isF64()) ||
        llvm::any_of(nest->operands, [&](const StridedOperand &operand) {
          return !operand.isMemRef;
        }))
      return;
    nest->collapse();
    std::optional<Gemm> gemm = classify(*nest);
    if (!gemm)
      return;
    rewriter.setInsertionPoint(op);
    loc = op.getLoc();
    bool accumulate = !eraseZeroFill(op);
    SmallVector<Value> arguments;
    auto push = [&](int64_t value) {
      arguments.push_back(arith::ConstantIndexOp::create(rewriter, loc, value));
    };
    auto extent = [](const std::optional<StridedLoop> &loop) {
      return loop ? loop->extent : 1;
    };
    auto stride = [](const std::optional<StridedLoop> &loop, int operand) {
      return loop ? loop->strides[operand] : 0;
    };
    push(accumulate);
    std::optional<StridedLoop> batch[2];
    for (auto [slot, loop] : llvm::zip(batch, gemm->batch))
      slot = loop;
    push(extent(batch[0]));
    push(extent(batch[1]));
    push(extent(gemm->m));
    push(extent(gemm->n));
    push(extent(gemm->k));
    for (int operand = 0; operand < 3; ++operand) {
      arguments.push_back(getPointer(nest->operands[operand], element));
      push(stride(batch[0], operand));
      push(stride(batch[1], operand));
      push(stride(operand == 1 ? gemm->k : gemm->m, operand));
      push(stride(operand == 0 ? gemm->k : gemm->n, operand));
    }
    StringRef name =
        element.isF32() ? "edgebert_rt_gemm_f32" : "edgebert_rt_gemm_f64";
    callRuntime(rewriter, module, loc, name, arguments);
    rewriter.eraseOp(op);
  }

private:
  /// Removes a fill of zero that only this operation would read.
  bool eraseZeroFill(linalg::LinalgOp op) {
    Value output = op.getDpsInits()[0];
    for (Operation *before = op->getPrevNode(); before;
         before = before->getPrevNode()) {
      auto fill = dyn_cast<linalg::FillOp>(before);
      if (fill && fill.output() == output) {
        if (!matchPattern(fill.value(), m_AnyZeroFloat()) ||
            llvm::is_contained(op.getDpsInputs(), output))
          return false;
        rewriter.eraseOp(fill);
        return true;
      }
      if (!isMemoryEffectFree(before) && !isa<memref::AllocOp>(before))
        return false;
    }
    return false;
  }

  /// Address of the element of iteration 0.
  Value getPointer(const StridedOperand &operand, Type element) {
    Value base = operand.value;
    int64_t bytes = element.getIntOrFloatBitWidth() / 8;
    Value offset =
        arith::ConstantIndexOp::create(rewriter, loc, operand.offset * bytes);
    if (operand.dynamicOffset) {
      auto metadata =
          memref::ExtractStridedMetadataOp::create(rewriter, loc, base);
      base = metadata.getBaseBuffer();
      Value scaled = arith::MulIOp::create(
          rewriter, loc, metadata.getOffset(),
          arith::ConstantIndexOp::create(rewriter, loc, bytes));
      offset = arith::AddIOp::create(rewriter, loc, offset, scaled);
    }
    return arith::AddIOp::create(rewriter, loc, getAddress(rewriter, loc, base),
                                 offset);
  }

  ModuleOp module;
  IRRewriter rewriter;
  Location loc = module.getLoc();
};

struct LowerContractionsPass
    : public edgebert::execution::impl::LowerContractionsBase<
          LowerContractionsPass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> work;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics())
        work.push_back(op);
    });
    ContractionLowering lowering(getOperation());
    for (linalg::LinalgOp op : work)
      lowering.lower(op);
  }
};

} // namespace
