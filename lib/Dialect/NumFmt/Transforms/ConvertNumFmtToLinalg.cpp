//===- ConvertNumFmtToLinalg.cpp - formatted tensors become integers ------===//
//
// Codec ops become element-wise linalg.generic ops whose bodies the format
// itself builds; all other ops only change types.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/DialectConversion.h"

namespace edgebert::numfmt {
#define GEN_PASS_DEF_CONVERTNUMFMTTOLINALG
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h.inc"
} // namespace edgebert::numfmt

using namespace mlir;
using namespace edgebert::numfmt;

namespace {

/// Builds the body's result from an element of the input and of the metadata
/// (null if there is none).
using BodyBuilder = llvm::function_ref<Value(OpBuilder &, Location,
                                             Value element, Value metadata)>;

/// An element-wise op over `input` with the metadata broadcast along `axis`.
Value buildElementwise(OpBuilder &builder, Location loc, Value input,
                       Value metadata, std::optional<int64_t> axis,
                       RankedTensorType resultType, BodyBuilder body) {
  MLIRContext *context = builder.getContext();
  int64_t rank = resultType.getRank();
  SmallVector<Value> sizes;
  for (int64_t d = 0; d < rank; ++d)
    if (resultType.isDynamicDim(d))
      sizes.push_back(tensor::DimOp::create(builder, loc, input, d));
  Value init = tensor::EmptyOp::create(builder, loc, resultType, sizes);

  AffineMap identity = builder.getMultiDimIdentityMap(rank);
  SmallVector<Value> inputs = {input};
  SmallVector<AffineMap> maps = {identity};
  if (metadata) {
    inputs.push_back(metadata);
    maps.push_back(
        axis ? AffineMap::get(rank, 0, builder.getAffineDimExpr(*axis))
             : AffineMap::get(rank, 0, context));
  }
  maps.push_back(identity);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, resultType, inputs, init, maps, iterators,
      [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
        Value result =
            body(nested, nestedLoc, args[0], metadata ? args[1] : Value());
        linalg::YieldOp::create(nested, nestedLoc, result);
      });
  return generic.getResult(0);
}

/// quantize -> linalg.generic { encode }
struct ConvertQuantize : OpConversionPattern<QuantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(QuantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FormatTypeInterface format = op.getFormat();
    rewriter.replaceOp(
        op,
        buildElementwise(
            rewriter, op.getLoc(), adaptor.getInput(), adaptor.getMetadata(),
            op.getMetadataAxis(), op.getType().clone(format.getStorageType()),
            [&](OpBuilder &builder, Location loc, Value x, Value metadata) {
              return format.materializeEncode(builder, loc, x, metadata);
            }));
    return success();
  }
};

/// dequantize -> linalg.generic { decode }
struct ConvertDequantize : OpConversionPattern<DequantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(DequantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FormatTypeInterface format = op.getFormat();
    rewriter.replaceOp(
        op,
        buildElementwise(
            rewriter, op.getLoc(), adaptor.getInput(), adaptor.getMetadata(),
            op.getMetadataAxis(), op.getType(),
            [&](OpBuilder &builder, Location loc, Value code, Value metadata) {
              return format.materializeDecode(builder, loc, code, metadata);
            }));
    return success();
  }
};

/// emulate -> linalg.generic { decode(encode) }
struct ConvertEmulate : OpConversionPattern<EmulateOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(EmulateOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto format = cast<FormatTypeInterface>(op.getFormat());
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, op.getLoc(), adaptor.getInput(),
                adaptor.getMetadata(), op.getMetadataAxis(), op.getType(),
                [&](OpBuilder &builder, Location loc, Value x, Value metadata) {
                  Value code =
                      format.materializeEncode(builder, loc, x, metadata);
                  return format.materializeDecode(builder, loc, code, metadata);
                }));
    return success();
  }
};

/// lookup -> linalg.generic { tensor.extract table[code] }
struct ConvertLookup : OpConversionPattern<LookupOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(LookupOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto from =
        cast<FormatTypeInterface>(op.getInput().getType().getElementType());
    Value table = adaptor.getTable();
    Type type = getTypeConverter()->convertType(op.getType());
    rewriter.replaceOp(
        op,
        buildElementwise(
            rewriter, op.getLoc(), adaptor.getInput(), Value(), std::nullopt,
            cast<RankedTensorType>(type),
            [&](OpBuilder &builder, Location loc, Value code, Value) -> Value {
              IntegerType storage = from.getStorageType();
              unsigned bits = from.getBitWidth();
              // As decoding does; and no code reads past the table.
              if (bits < storage.getWidth()) {
                Value mask = arith::ConstantOp::create(
                    builder, loc,
                    builder.getIntegerAttr(
                        storage,
                        APInt::getLowBitsSet(storage.getWidth(), bits)));
                code = arith::AndIOp::create(builder, loc, code, mask);
              }
              Value index = arith::IndexCastUIOp::create(
                  builder, loc, builder.getIndexType(), code);
              return tensor::ExtractOp::create(builder, loc, table, index);
            }));
    return success();
  }
};

/// to_bits(x), from_bits(x) -> x
template <typename BitsOp>
struct ConvertBits : OpConversionPattern<BitsOp> {
  using OpConversionPattern<BitsOp>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(BitsOp op, typename BitsOp::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value bits = adaptor.getInput();
    Type type = this->getTypeConverter()->convertType(op.getType());
    // One of the two shapes may be less static than the other.
    if (bits.getType() != type)
      bits = tensor::CastOp::create(rewriter, op.getLoc(), type, bits);
    rewriter.replaceOp(op, bits);
    return success();
  }
};

/// Any op that moves formatted values: the same op on storage integers.
struct ConvertTypes : ConversionPattern {
  ConvertTypes(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/0,
                          context) {}
  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (isa<FunctionOpInterface>(op) ||
        isa_and_nonnull<NumFmtDialect>(op->getDialect()))
      return rewriter.notifyMatchFailure(op, "has a pattern of its own");
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), types)))
      return rewriter.notifyMatchFailure(op, "a result type has no storage");
    OperationState state(op->getLoc(), op->getName(), operands, types,
                         op->getAttrs(), op->getSuccessors());
    for (unsigned i = 0; i < op->getNumRegions(); ++i)
      state.addRegion();
    Operation *converted = rewriter.create(state);
    for (auto [from, to] :
         llvm::zip(op->getRegions(), converted->getRegions())) {
      rewriter.inlineRegionBefore(from, to, to.begin());
      if (failed(rewriter.convertRegionTypes(&to, *getTypeConverter())))
        return failure();
    }
    rewriter.replaceOp(op, converted->getResults());
    return success();
  }
};

struct ConvertNumFmtToLinalgPass
    : edgebert::numfmt::impl::ConvertNumFmtToLinalgBase<
          ConvertNumFmtToLinalgPass> {
  void runOnOperation() override {
    TypeConverter converter;
    populateStorageTypeConversions(converter);
    RewritePatternSet patterns(&getContext());
    populateNumFmtToLinalgPatterns(converter, patterns);

    ConversionTarget target(getContext());
    target.addIllegalDialect<NumFmtDialect>();
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      if (auto function = dyn_cast<FunctionOpInterface>(op))
        if (!converter.isLegal(function.getFunctionType()))
          return false;
      return converter.isLegal(op) &&
             llvm::all_of(op->getRegions(), [&](Region &region) {
               return converter.isLegal(&region);
             });
    });
    ConversionConfig config;
    config.allowPatternRollback = false;
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns),
                                   config)))
      signalPassFailure();
  }
};

} // namespace

void edgebert::numfmt::populateStorageTypeConversions(
    TypeConverter &converter) {
  converter.addConversion([](Type type) { return type; });
  converter.addConversion([](FormatTypeInterface format) -> Type {
    return format.getStorageType();
  });
  converter.addConversion([](ShapedType type) -> std::optional<Type> {
    auto format = dyn_cast<FormatTypeInterface>(type.getElementType());
    if (!format)
      return std::nullopt;
    return type.clone(format.getStorageType());
  });
  converter.addConversion([&converter](FunctionType type) -> Type {
    SmallVector<Type> inputs, results;
    if (failed(converter.convertTypes(type.getInputs(), inputs)) ||
        failed(converter.convertTypes(type.getResults(), results)))
      return nullptr;
    return FunctionType::get(type.getContext(), inputs, results);
  });
}

void edgebert::numfmt::populateNumFmtToLinalgPatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns
      .add<ConvertQuantize, ConvertDequantize, ConvertEmulate, ConvertLookup,
           ConvertBits<ToBitsOp>, ConvertBits<FromBitsOp>, ConvertTypes>(
          converter, patterns.getContext());
  populateAnyFunctionOpInterfaceTypeConversionPattern(patterns, converter);
}
