//===- ConvertConvToMatmul.cpp - im2col -----------------------------------===//

#include "edgebert/Execution/Passes.h"
#include "mlir/IR/PatternMatch.h"

namespace edgebert::execution {
#define GEN_PASS_DEF_CONVERTCONVTOMATMUL
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;

namespace {

/// Whether the body is c + a * b on floats.
bool isMultiplyAdd(linalg::LinalgOp op) {
  Block *body = op.getBlock();
  auto add =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add || body->getNumArguments() != 3)
    return false;
  for (Value operand : add->getOperands())
    if (auto product = operand.getDefiningOp<arith::MulFOp>())
      return isa<BlockArgument>(product.getLhs()) &&
             isa<BlockArgument>(product.getRhs());
  return false;
}

/// The loops of the patch tensor, outermost first: what a matrix product
/// repeats over, then the two matrix dimensions in the order of the output.
SmallVector<unsigned> getPatchOrder(linalg::LinalgOp op,
                                    const linalg::ConvolutionDimensions &dims) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  auto appendInOrder = [](SmallVector<unsigned> &order, AffineMap map,
                          ArrayRef<unsigned> set) {
    for (AffineExpr expr : map.getResults())
      for (unsigned dim : set)
        if (expr == getAffineDimExpr(dim, map.getContext()))
          order.push_back(dim);
  };
  SmallVector<unsigned> order, taps, pixels;
  SmallVector<unsigned> repeated = llvm::to_vector(dims.batch);
  llvm::append_range(repeated, dims.depth);
  SmallVector<unsigned> reduced = llvm::to_vector(dims.inputChannel);
  llvm::append_range(reduced, dims.filterLoop);
  appendInOrder(order, maps[2], repeated);
  appendInOrder(taps, maps[1], reduced);
  appendInOrder(pixels, maps[2], dims.outputImage);
  // Channels before pixels in the output: patches are columns.
  auto position = [&](unsigned dim) {
    return *maps[2].getResultPosition(getAffineDimExpr(dim, op.getContext()));
  };
  bool columns =
      position(dims.outputChannel[0]) < position(dims.outputImage[0]);
  llvm::append_range(order, columns ? taps : pixels);
  llvm::append_range(order, columns ? pixels : taps);
  return order;
}

void convert(RewriterBase &rewriter, linalg::LinalgOp op) {
  FailureOr<linalg::ConvolutionDimensions> dims =
      linalg::inferConvolutionDims(op);
  if (failed(dims) || dims->outputChannel.empty() ||
      dims->outputImage.empty() || !isMultiplyAdd(op))
    return;
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  if (llvm::any_of(extents, ShapedType::isDynamic) ||
      llvm::all_of(dims->filterLoop,
                   [&](unsigned dim) { return extents[dim] == 1; }))
    return;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<unsigned> order = getPatchOrder(op, *dims);
  // Every loop of the input must be found in the filter or in the output.
  for (unsigned dim = 0; dim < extents.size(); ++dim)
    if (maps[0].isFunctionOfDim(dim) != llvm::is_contained(order, dim))
      return;

  Location loc = op.getLoc();
  MLIRContext *context = op.getContext();
  rewriter.setInsertionPoint(op);
  Value input = op.getDpsInputs()[0];
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> fromPatch(extents.size(),
                                    getAffineConstantExpr(0, context));
  SmallVector<AffineExpr> toPatch;
  for (auto [position, dim] : llvm::enumerate(order)) {
    shape.push_back(extents[dim]);
    fromPatch[dim] = getAffineDimExpr(position, context);
    toPatch.push_back(getAffineDimExpr(dim, context));
  }
  AffineMap gather =
      maps[0].replaceDimsAndSymbols(fromPatch, {}, order.size(), 0);
  Value empty = tensor::EmptyOp::create(rewriter, loc, shape,
                                        getElementTypeOrSelf(input));
  SmallVector<utils::IteratorType> parallel(order.size(),
                                            utils::IteratorType::parallel);
  auto patches = linalg::GenericOp::create(
      rewriter, loc, empty.getType(), input, empty,
      ArrayRef<AffineMap>{gather,
                          rewriter.getMultiDimIdentityMap(order.size())},
      parallel, [](OpBuilder &builder, Location loc, ValueRange arguments) {
        linalg::YieldOp::create(builder, loc, arguments[0]);
      });
  maps[0] = AffineMap::get(extents.size(), 0, toPatch, context);
  auto product = linalg::GenericOp::create(
      rewriter, loc, op->getResultTypes(),
      ValueRange{patches.getResult(0), op.getDpsInputs()[1]}, op.getDpsInits(),
      maps, op.getIteratorTypesArray());
  IRMapping mapping;
  op->getRegion(0).cloneInto(&product.getRegion(), mapping);
  rewriter.replaceOp(op, product.getResults());
}

struct ConvertConvToMatmulPass
    : public edgebert::execution::impl::ConvertConvToMatmulBase<
          ConvertConvToMatmulPass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> work;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (op.hasPureTensorSemantics() && op.getNumDpsInputs() == 2 &&
          linalg::isaConvolutionOpInterface(op))
        work.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : work)
      convert(rewriter, op);
  }
};

} // namespace
