//===- FoldTransposeIntoContraction.cpp - transposes become strides -------===//

#include "edgebert/Execution/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_FOLDTRANSPOSEINTOCONTRACTION
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;

namespace {

/// The operand of `op` that comes from a transpose.
linalg::TransposeOp getTransposed(OpOperand *use) {
  return use->get().getDefiningOp<linalg::TransposeOp>();
}

/// `map` for a tensor that is the transpose by `permutation` of another one,
/// as a map for that other tensor.
AffineMap composeWithTranspose(AffineMap map, ArrayRef<int64_t> permutation) {
  SmallVector<AffineExpr> exprs(map.getNumResults());
  for (auto [to, from] : llvm::enumerate(permutation))
    exprs[from] = map.getResult(to);
  return AffineMap::get(map.getNumDims(), 0, exprs, map.getContext());
}

class ContractionFolder {
public:
  ContractionFolder(RewriterBase &rewriter) : rewriter(rewriter) {}

  LogicalResult fold(linalg::LinalgOp op) {
    bool any = llvm::any_of(op.getDpsInputOperands(), [](OpOperand *use) {
      return getTransposed(use) != nullptr;
    });
    linalg::TransposeOp result = getFoldableUse(op);
    if (!any && !result)
      return success();
    rewriter.setInsertionPoint(op);
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!generic) {
      FailureOr<linalg::GenericOp> made =
          linalg::generalizeNamedOp(rewriter, op);
      if (failed(made))
        return success();
      generic = *made;
      if (result)
        result =
            cast<linalg::TransposeOp>(*generic.getResult(0).getUsers().begin());
    }
    foldInputs(generic);
    if (result)
      foldResult(generic, result);
    return success();
  }

private:
  /// The transpose that is the only use of the result, if the initial value is
  /// a fill that can be made in the transposed shape.
  static linalg::TransposeOp getFoldableUse(linalg::LinalgOp op) {
    if (op->getNumResults() != 1 || !op->getResult(0).hasOneUse())
      return nullptr;
    auto transpose =
        dyn_cast<linalg::TransposeOp>(*op->getResult(0).getUsers().begin());
    if (!transpose || transpose.getInput() != op->getResult(0) ||
        !op.getDpsInits()[0].getDefiningOp<linalg::FillOp>())
      return nullptr;
    return transpose;
  }

  void foldInputs(linalg::GenericOp generic) {
    SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
    for (OpOperand *use : generic.getDpsInputOperands()) {
      linalg::TransposeOp transpose = getTransposed(use);
      if (!transpose)
        continue;
      AffineMap &map = maps[use->getOperandNumber()];
      map = composeWithTranspose(map, transpose.getPermutation());
      rewriter.modifyOpInPlace(generic,
                               [&] { use->set(transpose.getInput()); });
      if (transpose->use_empty())
        rewriter.eraseOp(transpose);
    }
    rewriter.modifyOpInPlace(generic, [&] {
      generic.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    });
  }

  void foldResult(linalg::GenericOp generic, linalg::TransposeOp transpose) {
    auto fill = generic.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
    auto type = cast<RankedTensorType>(transpose.getResult()[0].getType());
    Location loc = generic.getLoc();
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(),
                                          type.getElementType());
    Value init = linalg::FillOp::create(rewriter, loc, fill.getInputs(), empty)
                     .getResult(0);
    SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
    SmallVector<AffineExpr> exprs;
    for (int64_t from : transpose.getPermutation())
      exprs.push_back(maps.back().getResult(from));
    maps.back() = AffineMap::get(maps.back().getNumDims(), 0, exprs,
                                 rewriter.getContext());
    auto folded =
        linalg::GenericOp::create(rewriter, loc, type, generic.getInputs(),
                                  init, maps, generic.getIteratorTypesArray());
    rewriter.inlineRegionBefore(generic.getRegion(), folded.getRegion(),
                                folded.getRegion().begin());
    rewriter.replaceOp(transpose, folded.getResults());
    rewriter.eraseOp(generic);
  }

  RewriterBase &rewriter;
};

struct FoldTransposeIntoContractionPass
    : public edgebert::execution::impl::FoldTransposeIntoContractionBase<
          FoldTransposeIntoContractionPass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> work;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (op.hasPureTensorSemantics() && linalg::isaContractionOpInterface(op))
        work.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    ContractionFolder folder(rewriter);
    for (linalg::LinalgOp op : work)
      if (failed(folder.fold(op)))
        return signalPassFailure();
  }
};

} // namespace
