//===- ConvertQuantToNumFmt.cpp - upstream's uniform quantization ---------===//
//
// A uniform quantized type holds its scales and zero points; here they become
// constant metadata beside a format.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace edgebert::numfmt {
#define GEN_PASS_DEF_CONVERTQUANTTONUMFMT
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h.inc"
} // namespace edgebert::numfmt

using namespace mlir;
using namespace edgebert;
using namespace edgebert::numfmt;

namespace {

/// A quantized tensor type in this dialect's terms.
struct Uniform {
  FormatTypeInterface format;
  IntegerAttr axis;
  DenseI64ArrayAttr blocks;
  /// The metadata, of the shape that goes with `axis` and `blocks`.
  DenseElementsAttr metadata;
};

/// The format of signed codes with these limits: symmetric ones are
/// `int`, all codes of the width `affine`.
FailureOr<FormatTypeInterface> getFormat(quant::QuantizedType type,
                                         bool hasZeroPoints) {
  unsigned bits = type.getStorageTypeIntegralWidth();
  if (!type.isSigned() || !type.getExpressedType().isF32() || bits < 2 ||
      bits > 16)
    return failure();
  int64_t most = (int64_t(1) << (bits - 1)) - 1;
  bool isNarrow = type.getStorageTypeMin() == -most;
  if (type.getStorageTypeMax() != most ||
      (!isNarrow && type.getStorageTypeMin() != -most - 1) ||
      (isNarrow && hasZeroPoints))
    return failure();
  std::string spelling = (isNarrow ? "!numfmt.int<" : "!numfmt.affine<") +
                         std::to_string(bits) + ">";
  return cast<FormatTypeInterface>(parseType(spelling, type.getContext()));
}

FailureOr<Uniform> getUniform(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return failure();
  Builder builder(type.getContext());
  Uniform result;
  SmallVector<double> scales;
  SmallVector<int64_t> zeros, shape;
  Type element = tensor.getElementType();
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(element)) {
    scales = {uniform.getScale()};
    zeros = {uniform.getZeroPoint()};
  } else if (auto perAxis =
                 dyn_cast<quant::UniformQuantizedPerAxisType>(element)) {
    scales.append(perAxis.getScales().begin(), perAxis.getScales().end());
    zeros.append(perAxis.getZeroPoints().begin(),
                 perAxis.getZeroPoints().end());
    result.axis = builder.getI64IntegerAttr(perAxis.getQuantizedDimension());
    shape = {int64_t(scales.size())};
  } else if (auto blocked =
                 dyn_cast<quant::UniformQuantizedSubChannelType>(element)) {
    SmallVector<int64_t> sizes(tensor.getRank(), 0);
    for (auto [dimension, size] :
         llvm::zip(blocked.getQuantizedDimensions(), blocked.getBlockSizes()))
      sizes[dimension] = size;
    result.blocks = builder.getDenseI64ArrayAttr(sizes);
    for (const APFloat &scale : blocked.getScales().getValues<APFloat>())
      scales.push_back(scale.convertToDouble());
    for (const APInt &zero : blocked.getZeroPoints().getValues<APInt>())
      zeros.push_back(zero.getSExtValue());
    shape = llvm::to_vector(blocked.getScales().getType().getShape());
  } else {
    return failure();
  }
  bool hasZeroPoints = llvm::any_of(zeros, [](int64_t z) { return z != 0; });
  auto format = getFormat(cast<quant::QuantizedType>(element), hasZeroPoints);
  if (failed(format))
    return failure();
  result.format = *format;
  bool isAffine = format->getFormat().metadataKind() ==
                  numerics::MetadataKind::ScaleAndZero;
  SmallVector<numerics::Metadata> metadata;
  for (auto [scale, zero] : llvm::zip(scales, zeros))
    metadata.push_back(
        isAffine ? numerics::Metadata::ofScaleAndZero(float(scale), int(zero))
                 : numerics::Metadata::ofReal(float(scale)));
  result.metadata = getMetadataElements(*format, shape, metadata);
  return result;
}

/// What the quantized `value` is made of, as a formatted tensor; null if
/// another op makes it.
Value buildFormatted(PatternRewriter &rewriter, Location loc, Value value,
                     const Uniform &uniform, Value metadata) {
  auto shape = cast<RankedTensorType>(value.getType());
  Type type = shape.clone(Type(uniform.format));
  if (auto quantize = value.getDefiningOp<quant::QuantizeCastOp>())
    return QuantizeOp::create(rewriter, loc, type, quantize.getInput(),
                              metadata, uniform.axis, uniform.blocks,
                              IntegerAttr());
  auto storage = value.getDefiningOp<quant::StorageCastOp>();
  if (storage &&
      cast<RankedTensorType>(storage.getInput().getType()).getElementType() ==
          uniform.format.getStorageType())
    return FromBitsOp::create(rewriter, loc, type, storage.getInput());
  return Value();
}

/// dcast(qcast or scast) -> dequantize(quantize or from_bits)
/// scast(qcast) -> to_bits(quantize)
template <typename CastOp>
struct ConvertCast : OpRewritePattern<CastOp> {
  using OpRewritePattern<CastOp>::OpRewritePattern;
  LogicalResult matchAndRewrite(CastOp op,
                                PatternRewriter &rewriter) const override {
    FailureOr<Uniform> uniform = getUniform(op.getInput().getType());
    if (failed(uniform))
      return rewriter.notifyMatchFailure(
          op, "not signed uniform codes of a format");
    constexpr bool isStorage = std::is_same_v<CastOp, quant::StorageCastOp>;
    auto type = cast<RankedTensorType>(op.getResult().getType());
    if (isStorage &&
        (type.getElementType() != uniform->format.getStorageType() ||
         !op.getInput().template getDefiningOp<quant::QuantizeCastOp>()))
      return rewriter.notifyMatchFailure(op, "not codes as stored");
    Location loc = op.getLoc();
    Value metadata =
        arith::ConstantOp::create(rewriter, loc, uniform->metadata);
    Value formatted =
        buildFormatted(rewriter, loc, op.getInput(), *uniform, metadata);
    if (!formatted) {
      rewriter.eraseOp(metadata.getDefiningOp());
      return rewriter.notifyMatchFailure(op, "made by another op");
    }
    if constexpr (isStorage)
      rewriter.replaceOpWithNewOp<ToBitsOp>(op, type, formatted);
    else
      rewriter.replaceOpWithNewOp<DequantizeOp>(op, type, formatted, metadata,
                                                uniform->axis, uniform->blocks,
                                                IntegerAttr());
    return success();
  }
};

struct ConvertQuantToNumFmtPass
    : edgebert::numfmt::impl::ConvertQuantToNumFmtBase<
          ConvertQuantToNumFmtPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertCast<quant::DequantizeCastOp>,
                 ConvertCast<quant::StorageCastOp>>(&getContext());
    // No folding: upstream folds dcast(qcast(x)) to x.
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    getOperation()->walk([](Operation *op) {
      if (isa<quant::QuantizeCastOp, quant::StorageCastOp>(op) &&
          op->use_empty())
        op->erase();
    });
  }
};

} // namespace
