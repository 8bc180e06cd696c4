//===- MemRefPatterns.cpp - memref to pointers ----------------------------===//
//
// A buffer becomes the address of its first element, offset included; strides
// are static and go into the index of every access. So views, casts and
// reshapes are additions of bytes, or nothing.
//
//===----------------------------------------------------------------------===//

#include "COperators.h"
#include "Patterns.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace edgebert::target;

namespace {

/// Static strides and the bytes of an element; the offset may be dynamic.
struct Geometry {
  SmallVector<int64_t> strides;
  int64_t offset;
  int64_t elementBytes;

  static FailureOr<Geometry> get(Type type) {
    Geometry geometry;
    auto memref = dyn_cast<MemRefType>(type);
    if (!memref || getCType(memref.getElementType()).empty() ||
        failed(memref.getStridesAndOffset(geometry.strides, geometry.offset)) ||
        llvm::any_of(geometry.strides, ShapedType::isDynamic))
      return failure();
    Type element = memref.getElementType();
    geometry.elementBytes =
        element.isIndex()
            ? 8
            : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
    return geometry;
  }
};

/// The sum of indices times strides, in elements.
Value createLinearIndex(OpBuilder &builder, Location loc, ValueRange indices,
                        ArrayRef<int64_t> strides) {
  Type type = builder.getI64Type();
  Value sum;
  for (auto [index, stride] : llvm::zip_equal(indices, strides)) {
    Value term = index;
    if (stride != 1)
      term = emitc::MulOp::create(builder, loc, type, index,
                                  createIndex(builder, loc, stride));
    sum = sum ? emitc::AddOp::create(builder, loc, type, sum, term) : term;
  }
  return sum ? sum : createIndex(builder, loc, 0);
}

/// `base` advanced by `elements` of `bytes` each.
Value createDynamicOffset(OpBuilder &builder, Location loc, Value base,
                          Value elements, int64_t bytes) {
  if (bytes != 1)
    elements = emitc::MulOp::create(builder, loc, builder.getI64Type(),
                                    elements, createIndex(builder, loc, bytes));
  return emitc::AddOp::create(builder, loc, base.getType(), base, elements);
}

struct LoadPattern : public OpConversionPattern<memref::LoadOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::LoadOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FailureOr<Geometry> geometry = Geometry::get(op.getMemRefType());
    if (failed(geometry))
      return failure();
    Value index = createLinearIndex(rewriter, op.getLoc(), adaptor.getIndices(),
                                    geometry->strides);
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(
        op, getTypeConverter()->convertType(op.getType()),
        getHelperName("load", op.getType()),
        ValueRange{adaptor.getMemref(), index});
    return success();
  }
};

struct StorePattern : public OpConversionPattern<memref::StoreOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::StoreOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FailureOr<Geometry> geometry = Geometry::get(op.getMemRefType());
    if (failed(geometry))
      return failure();
    Value index = createLinearIndex(rewriter, op.getLoc(), adaptor.getIndices(),
                                    geometry->strides);
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(
        op, TypeRange(), getHelperName("store", op.getValue().getType()),
        ValueRange{adaptor.getMemref(), index, adaptor.getValue()});
    return success();
  }
};

/// Copies between contiguous buffers; others are loops by now.
struct CopyPattern : public OpConversionPattern<memref::CopyOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::CopyOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<MemRefType>(op.getSource().getType());
    auto target = dyn_cast<MemRefType>(op.getTarget().getType());
    FailureOr<Geometry> geometry = Geometry::get(type);
    if (failed(geometry) || !type.hasStaticShape() ||
        !type.getLayout().isIdentity() || !target.getLayout().isIdentity())
      return failure();
    Value bytes = createIndex(rewriter, op.getLoc(),
                              type.getNumElements() * geometry->elementBytes);
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(
        op, TypeRange(), "memcpy",
        ValueRange{adaptor.getTarget(), adaptor.getSource(), bytes});
    return success();
  }
};

/// Another type of the same place.
template <typename Op>
struct SamePlacePattern : public OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;

  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getOperands().front());
    return success();
  }
};

struct ViewPattern : public OpConversionPattern<memref::ViewOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::ViewOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (std::optional<int64_t> bytes = getConstantIntValue(op.getByteShift()))
      rewriter.replaceOp(
          op, createOffset(rewriter, op.getLoc(), adaptor.getSource(), *bytes));
    else
      rewriter.replaceOp(op, createDynamicOffset(rewriter, op.getLoc(),
                                                 adaptor.getSource(),
                                                 adaptor.getByteShift(), 1));
    return success();
  }
};

struct SubViewPattern : public OpConversionPattern<memref::SubViewOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::SubViewOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FailureOr<Geometry> geometry = Geometry::get(op.getSourceType());
    if (failed(geometry))
      return failure();
    Location loc = op.getLoc();
    Value place = adaptor.getSource();
    int64_t elements = 0;
    auto dynamic = adaptor.getOffsets().begin();
    for (auto [offset, stride] :
         llvm::zip_equal(op.getStaticOffsets(), geometry->strides)) {
      if (!ShapedType::isDynamic(offset))
        elements += offset * stride;
      else
        place = createDynamicOffset(rewriter, loc, place, *dynamic++,
                                    stride * geometry->elementBytes);
    }
    rewriter.replaceOp(op, createOffset(rewriter, loc, place,
                                        elements * geometry->elementBytes));
    return success();
  }
};

/// A buffer's own place without its offset, where that is known; otherwise the
/// place with its offset and offset 0, which is the same to all users.
struct MetadataPattern
    : public OpConversionPattern<memref::ExtractStridedMetadataOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::ExtractStridedMetadataOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FailureOr<Geometry> geometry = Geometry::get(op.getSource().getType());
    auto type = dyn_cast<MemRefType>(op.getSource().getType());
    if (failed(geometry) || !type.hasStaticShape())
      return failure();
    int64_t offset =
        ShapedType::isDynamic(geometry->offset) ? 0 : geometry->offset;
    SmallVector<Value> results = {
        createOffset(rewriter, op.getLoc(), adaptor.getSource(),
                     -offset * geometry->elementBytes),
        createIndex(rewriter, op.getLoc(), offset)};
    for (int64_t size : type.getShape())
      results.push_back(createIndex(rewriter, op.getLoc(), size));
    for (int64_t stride : geometry->strides)
      results.push_back(createIndex(rewriter, op.getLoc(), stride));
    rewriter.replaceOp(op, results);
    return success();
  }
};

/// Offsets count from the source's place without its own offset.
struct ReinterpretPattern
    : public OpConversionPattern<memref::ReinterpretCastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::ReinterpretCastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FailureOr<Geometry> from = Geometry::get(op.getSource().getType());
    FailureOr<Geometry> to = Geometry::get(op.getType());
    if (failed(from) || failed(to) || ShapedType::isDynamic(from->offset))
      return failure();
    int64_t elements = -from->offset;
    Value place = adaptor.getSource();
    if (!adaptor.getOffsets().empty())
      place =
          createDynamicOffset(rewriter, op.getLoc(), place,
                              adaptor.getOffsets().front(), to->elementBytes);
    else
      elements += op.getStaticOffsets().front();
    rewriter.replaceOp(op, createOffset(rewriter, op.getLoc(), place,
                                        elements * to->elementBytes));
    return success();
  }
};

/// An array of the function. EmitC's arrays do not decay to pointers, so the
/// declaration is text.
struct AllocaPattern : public OpConversionPattern<memref::AllocaOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::AllocaOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    MemRefType type = op.getType();
    StringRef element = getCType(type.getElementType());
    if (element.empty() || !type.hasStaticShape() ||
        !type.getLayout().isIdentity())
      return failure();
    std::string name = "array" + std::to_string(++counter);
    emitc::VerbatimOp::create(
        rewriter, op.getLoc(),
        (element + " " + name + "[" +
         std::to_string(std::max<int64_t>(type.getNumElements(), 1)) + "];")
            .str());
    rewriter.replaceOp(op, createLiteral(rewriter, op.getLoc(),
                                         getMemoryType(getContext()),
                                         "((uint8_t *)" + name + ")"));
    return success();
  }

  mutable unsigned counter = 0;
};

struct GetGlobalPattern : public OpConversionPattern<memref::GetGlobalOp> {
  GetGlobalPattern(TypeConverter &converter, MLIRContext *context,
                   const DramLayout &layout)
      : OpConversionPattern(converter, context), layout(layout) {}

  LogicalResult
  matchAndRewrite(memref::GetGlobalOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto constant = layout.constants.find(op.getName());
    if (constant == layout.constants.end())
      return failure();
    rewriter.replaceOp(
        op, createDramPointer(rewriter, op.getLoc(), constant->second));
    return success();
  }

  const DramLayout &layout;
};

} // namespace

void edgebert::target::populateMemRefPatterns(TypeConverter &converter,
                                              RewritePatternSet &patterns,
                                              const DramLayout &layout) {
  MLIRContext *context = patterns.getContext();
  patterns.add<
      LoadPattern, StorePattern, CopyPattern, SamePlacePattern<memref::CastOp>,
      SamePlacePattern<memref::CollapseShapeOp>,
      SamePlacePattern<memref::ExpandShapeOp>, ViewPattern, SubViewPattern,
      MetadataPattern, ReinterpretPattern, AllocaPattern>(converter, context);
  patterns.add<GetGlobalPattern>(converter, context, layout);
}
