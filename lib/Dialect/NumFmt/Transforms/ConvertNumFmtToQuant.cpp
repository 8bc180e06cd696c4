//===- ConvertNumFmtToQuant.cpp - to upstream's uniform quantization ------===//

#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace edgebert::numfmt {
#define GEN_PASS_DEF_CONVERTNUMFMTTOQUANT
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h.inc"
} // namespace edgebert::numfmt

using namespace mlir;
using namespace edgebert;
using namespace edgebert::numfmt;

namespace {

/// The uniform type of an op's codes; null where there is none with their
/// meaning. Codes times a scale are uniform, a zero point is too.
Type getUniformType(QuantizeOp op) {
  numerics::Format format = op.getFormat().getFormat();
  bool isAffine = format.metadataKind() == numerics::MetadataKind::ScaleAndZero;
  if ((!isAffine && format.metadataKind() != numerics::MetadataKind::F32) ||
      format.rounding() != numerics::Rounding::NearestEven)
    return Type();
  auto metadata = getConstantMetadata(op.getFormat(), op.getMetadata());
  if (failed(metadata))
    return Type();
  int64_t most = (int64_t(1) << (format.bits() - 1)) - 1;
  int64_t least = isAffine ? -most - 1 : -most;
  unsigned flags = quant::QuantizationFlags::Signed;
  Builder builder(op.getContext());
  Type storage = builder.getIntegerType(format.bits());
  Type real = builder.getF32Type();
  SmallVector<double> scales;
  SmallVector<int64_t> zeros;
  for (numerics::Metadata value : *metadata) {
    int64_t zero = value.zeroPoint();
    if (!(value.real() > 0) || !std::isfinite(value.real()) || zero < least ||
        zero > most)
      return Type();
    scales.push_back(value.real());
    zeros.push_back(zero);
  }
  if (op.getAxis())
    return quant::UniformQuantizedPerAxisType::get(
        flags, storage, real, scales, zeros, int32_t(*op.getAxis()), least,
        most);
  if (op.getBlocks())
    return Type();
  return quant::UniformQuantizedType::get(flags, storage, real, scales[0],
                                          zeros[0], least, most);
}

/// dequantize(quantize(x, m), m) -> dcast(qcast(x))
struct ConvertRoundTrip : OpRewritePattern<DequantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DequantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto quantize = op.getInput().getDefiningOp<QuantizeOp>();
    if (!quantize || quantize.getMetadata() != op.getMetadata() ||
        quantize.getAxis() != op.getAxis() ||
        quantize.getBlocks() != op.getBlocks())
      return rewriter.notifyMatchFailure(op, "not codes under this metadata");
    Type element = getUniformType(quantize);
    if (!element)
      return rewriter.notifyMatchFailure(op, "no uniform type means the same");
    Value codes = quant::QuantizeCastOp::create(
        rewriter, quantize.getLoc(), quantize.getType().clone(element),
        quantize.getInput());
    rewriter.replaceOpWithNewOp<quant::DequantizeCastOp>(op, op.getType(),
                                                         codes);
    return success();
  }
};

struct ConvertNumFmtToQuantPass
    : edgebert::numfmt::impl::ConvertNumFmtToQuantBase<
          ConvertNumFmtToQuantPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertRoundTrip>(&getContext());
    // No folding: upstream folds dcast(qcast(x)) to x.
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    getOperation()->walk([](QuantizeOp op) {
      if (op.use_empty())
        op.erase();
    });
  }
};

} // namespace
