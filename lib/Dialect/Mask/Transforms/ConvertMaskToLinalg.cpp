//===- ConvertMaskToLinalg.cpp - masks as selects and loops ---------------===//

#include "edgebert/Dialect/Mask/Transforms/Passes.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace edgebert::mask {
#define GEN_PASS_DEF_CONVERTMASKTOLINALG
#include "edgebert/Dialect/Mask/Transforms/Passes.h.inc"
} // namespace edgebert::mask

using namespace mlir;
using namespace edgebert::mask;

namespace {

Value makeZero(OpBuilder &builder, Location loc, Type type) {
  return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
}

/// A tensor of zeros.
Value makeZeros(OpBuilder &builder, Location loc, RankedTensorType type) {
  Value empty = tensor::EmptyOp::create(builder, loc, type, ValueRange());
  Value zero = makeZero(builder, loc, type.getElementType());
  return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
}

/// `value` as a tensor of rank 1, or `type` of one.
Value reshape(OpBuilder &builder, Location loc, Value value,
              RankedTensorType type) {
  auto from = cast<RankedTensorType>(value.getType());
  if (from == type)
    return value;
  auto all = llvm::to_vector<2>(
      llvm::seq<int64_t>(0, std::max(from.getRank(), type.getRank())));
  SmallVector<ReassociationIndices> groups;
  if (from.getRank() != 0 && type.getRank() != 0)
    groups.push_back(ReassociationIndices(all.begin(), all.end()));
  if (from.getRank() > type.getRank())
    return tensor::CollapseShapeOp::create(builder, loc, type, value, groups);
  return tensor::ExpandShapeOp::create(builder, loc, type, value, groups);
}

RankedTensorType getFlat(RankedTensorType type) {
  return RankedTensorType::get({type.getNumElements()}, type.getElementType());
}

/// apply -> linalg.generic { select }
struct ConvertApply : OpRewritePattern<ApplyOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ApplyOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType();
    Value init = tensor::EmptyOp::create(rewriter, loc, type, ValueRange());
    AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
    SmallVector<utils::IteratorType> iterators(type.getRank(),
                                               utils::IteratorType::parallel);
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(
        op, type, ValueRange{op.getInput(), op.getMask()}, init,
        ArrayRef<AffineMap>{identity, identity, identity}, iterators,
        [&](OpBuilder &builder, Location loc, ValueRange args) {
          Value zero = makeZero(builder, loc, type.getElementType());
          Value kept =
              arith::SelectOp::create(builder, loc, args[1], args[0], zero);
          linalg::YieldOp::create(builder, loc, kept);
        });
    return success();
  }
};

/// Bit `i` of packed `bits`, as an i1.
Value readBit(OpBuilder &builder, Location loc, Value bits, Value i) {
  Value eight = arith::ConstantIndexOp::create(builder, loc, 8);
  Value byte = tensor::ExtractOp::create(
      builder, loc, bits,
      arith::DivUIOp::create(builder, loc, i, eight).getResult());
  Value shift = arith::IndexCastUIOp::create(
      builder, loc, builder.getI8Type(),
      arith::RemUIOp::create(builder, loc, i, eight).getResult());
  Value moved = arith::ShRUIOp::create(builder, loc, byte, shift);
  return arith::TruncIOp::create(builder, loc, builder.getI1Type(), moved);
}

/// Whether `keep` and place `position` is one of `places`.
Value isStored(OpBuilder &builder, Location loc, Value keep, Value position,
               int64_t places) {
  Value end = arith::ConstantIndexOp::create(builder, loc, places);
  Value inside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                       position, end);
  return arith::AndIOp::create(builder, loc, keep, inside);
}

/// position + (keep ? 1 : 0)
Value advance(OpBuilder &builder, Location loc, Value position, Value keep) {
  Value step =
      arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), keep);
  return arith::AddIOp::create(builder, loc, position, step);
}

/// for (i, position = 0) { values[position] = x[i] if kept; bits |= ... }
struct ConvertCompress : OpRewritePattern<CompressOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CompressOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType();
    int64_t places = op.getValues().getType().getDimSize(0);
    Value x = reshape(rewriter, loc, op.getInput(), getFlat(type));
    Value mask =
        reshape(rewriter, loc, op.getMask(), getFlat(op.getMask().getType()));
    Value from = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value to =
        arith::ConstantIndexOp::create(rewriter, loc, type.getNumElements());
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    SmallVector<Value> inits = {
        makeZeros(rewriter, loc, op.getValues().getType()),
        makeZeros(rewriter, loc, op.getBits().getType()), from};
    auto loop = scf::ForOp::create(
        rewriter, loc, from, to, one, inits,
        [&](OpBuilder &builder, Location loc, Value i, ValueRange state) {
          Value keep = tensor::ExtractOp::create(builder, loc, mask, i);
          Value stored = isStored(builder, loc, keep, state[2], places);
          auto put = scf::IfOp::create(
              builder, loc, stored,
              [&](OpBuilder &builder, Location loc) {
                Value element = tensor::ExtractOp::create(builder, loc, x, i);
                Value values = tensor::InsertOp::create(builder, loc, element,
                                                        state[0], state[2]);
                scf::YieldOp::create(builder, loc, values);
              },
              [&](OpBuilder &builder, Location loc) {
                scf::YieldOp::create(builder, loc, state[0]);
              });
          Value eight = arith::ConstantIndexOp::create(builder, loc, 8);
          Value byteIndex = arith::DivUIOp::create(builder, loc, i, eight);
          Value shift = arith::IndexCastUIOp::create(
              builder, loc, builder.getI8Type(),
              arith::RemUIOp::create(builder, loc, i, eight).getResult());
          Value bit = arith::ShLIOp::create(
              builder, loc,
              arith::ExtUIOp::create(builder, loc, builder.getI8Type(), keep)
                  .getResult(),
              shift);
          Value byte =
              tensor::ExtractOp::create(builder, loc, state[1], byteIndex);
          Value bits = tensor::InsertOp::create(
              builder, loc,
              arith::OrIOp::create(builder, loc, byte, bit).getResult(),
              state[1], byteIndex);
          Value next = advance(builder, loc, state[2], keep);
          scf::YieldOp::create(builder, loc,
                               ValueRange{put.getResult(0), bits, next});
        });
    rewriter.replaceOp(op, loop.getResults().take_front(2));
    return success();
  }
};

/// for (i, position = 0) { result[i] = values[position] if bit i is set }
struct ConvertExpand : OpRewritePattern<ExpandOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ExpandOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getResult().getType();
    int64_t places = op.getValues().getType().getDimSize(0);
    Value from = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value to =
        arith::ConstantIndexOp::create(rewriter, loc, type.getNumElements());
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    SmallVector<Value> inits = {makeZeros(rewriter, loc, getFlat(type)), from};
    auto loop = scf::ForOp::create(
        rewriter, loc, from, to, one, inits,
        [&](OpBuilder &builder, Location loc, Value i, ValueRange state) {
          Value keep = readBit(builder, loc, op.getBits(), i);
          Value stored = isStored(builder, loc, keep, state[1], places);
          auto put = scf::IfOp::create(
              builder, loc, stored,
              [&](OpBuilder &builder, Location loc) {
                Value element = tensor::ExtractOp::create(
                    builder, loc, op.getValues(), state[1]);
                Value values = tensor::InsertOp::create(builder, loc, element,
                                                        state[0], i);
                scf::YieldOp::create(builder, loc, values);
              },
              [&](OpBuilder &builder, Location loc) {
                scf::YieldOp::create(builder, loc, state[0]);
              });
          Value next = advance(builder, loc, state[1], keep);
          scf::YieldOp::create(builder, loc,
                               ValueRange{put.getResult(0), next});
        });
    rewriter.replaceOp(op, reshape(rewriter, loc, loop.getResult(0), type));
    return success();
  }
};

struct ConvertMaskToLinalgPass
    : edgebert::mask::impl::ConvertMaskToLinalgBase<ConvertMaskToLinalgPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertApply, ConvertCompress, ConvertExpand>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
