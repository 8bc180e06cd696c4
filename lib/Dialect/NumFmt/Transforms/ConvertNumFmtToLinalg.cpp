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
using namespace edgebert;
using namespace edgebert::numfmt;

namespace {

/// Builds the body's result from an element of the input, of the metadata and
/// of the noise (null where there is none).
using BodyBuilder = llvm::function_ref<Value(
    OpBuilder &, Location, Value element, Value metadata, Value noise)>;

/// Splits each dimension of `input` that `sizes` cut into blocks and places in
/// a block, where all blocks are whole; else returns null.
Value splitBlocks(OpBuilder &builder, Location loc, Value input,
                  ArrayRef<int64_t> sizes,
                  SmallVectorImpl<ReassociationIndices> &groups) {
  auto type = cast<RankedTensorType>(input.getType());
  if (!type.hasStaticShape())
    return Value();
  SmallVector<int64_t> shape;
  for (auto [extent, size] : llvm::zip(type.getShape(), sizes)) {
    if (size != 0 && extent % size != 0)
      return Value();
    int64_t first = int64_t(shape.size());
    groups.push_back({first, first + 1});
    llvm::append_values(shape, size == 0 ? 1 : extent / size,
                        size == 0 ? extent : size);
  }
  return tensor::ExpandShapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), input,
      groups);
}

/// The map from the element's index to that of its metadata.
AffineMap getMetadataMap(OpBuilder &builder, int64_t rank,
                         const numerics::Blocks &blocks) {
  SmallVector<AffineExpr> results;
  if (std::optional<int64_t> axis = blocks.getAxis())
    results.push_back(builder.getAffineDimExpr(*axis));
  if (auto sizes = blocks.getSizes())
    for (auto [d, size] : llvm::enumerate(*sizes)) {
      AffineExpr dim = builder.getAffineDimExpr(d);
      results.push_back(size == 0   ? builder.getAffineConstantExpr(0)
                        : size == 1 ? dim
                                    : dim.floorDiv(size));
    }
  return AffineMap::get(rank, 0, results, builder.getContext());
}

/// In the body of a linalg op over a tensor of `shape`: the noise of its
/// element. `sizes` are the dynamic extents, by dimension.
Value buildNoise(OpBuilder &builder, Location loc, RankedTensorType type,
                 ArrayRef<Value> sizes, uint64_t stream) {
  Type i64 = builder.getI64Type();
  Value index;
  for (int64_t d = 0; d < type.getRank(); ++d) {
    Value at = linalg::IndexOp::create(builder, loc, d);
    if (index) {
      Value extent = type.isDynamicDim(d)
                         ? sizes[d]
                         : Value(arith::ConstantIndexOp::create(
                               builder, loc, type.getDimSize(d)));
      index = arith::MulIOp::create(builder, loc, index, extent);
      index = arith::AddIOp::create(builder, loc, index, at);
    } else {
      index = at;
    }
  }
  if (!index)
    index = arith::ConstantIndexOp::create(builder, loc, 0);
  index = arith::IndexCastOp::create(builder, loc, i64, index);
  return materializeNoise(builder, loc, stream, index);
}

/// An element-wise op over `input`, with the metadata of each element's block.
template <typename CodecOp>
Value buildElementwise(OpBuilder &builder, CodecOp op, Value input,
                       Value metadata, FormatTypeInterface format,
                       RankedTensorType resultType, BodyBuilder body) {
  Location loc = op.getLoc();
  numerics::Blocks blocks = op.getMetadataBlocks();
  bool isNoisy = format.getFormat().isStochastic();
  RankedTensorType type = resultType;
  AffineMap metadataMap;
  SmallVector<ReassociationIndices> groups;
  Value split;
  if (metadata && blocks.getSizes())
    split = splitBlocks(builder, loc, input, *blocks.getSizes(), groups);
  if (split) {
    input = split;
    type = cast<RankedTensorType>(split.getType())
               .clone(resultType.getElementType());
    SmallVector<AffineExpr> results;
    for (int64_t d = 0; d < type.getRank(); d += 2)
      results.push_back(builder.getAffineDimExpr(d));
    metadataMap =
        AffineMap::get(type.getRank(), 0, results, builder.getContext());
  } else {
    metadataMap = getMetadataMap(builder, type.getRank(), blocks);
  }
  SmallVector<Value> sizes(type.getRank()), dynamicSizes;
  for (int64_t d = 0; d < type.getRank(); ++d)
    if (type.isDynamicDim(d)) {
      sizes[d] = tensor::DimOp::create(builder, loc, input, d);
      dynamicSizes.push_back(sizes[d]);
    }
  Value init = tensor::EmptyOp::create(builder, loc, type, dynamicSizes);

  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<Value> inputs = {input};
  SmallVector<AffineMap> maps = {identity};
  if (metadata) {
    inputs.push_back(metadata);
    maps.push_back(metadataMap);
  }
  maps.push_back(identity);
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, type, inputs, init, maps, iterators,
      [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
        Value noise;
        if (isNoisy)
          noise = buildNoise(nested, nestedLoc, type, sizes,
                             op.getNoiseStream().stream);
        Value result = body(nested, nestedLoc, args[0],
                            metadata ? args[1] : Value(), noise);
        linalg::YieldOp::create(nested, nestedLoc, result);
      });
  Value result = generic.getResult(0);
  if (split)
    result = tensor::CollapseShapeOp::create(builder, loc, resultType, result,
                                             groups);
  return result;
}

/// quantize -> linalg.generic { encode }
struct ConvertQuantize : OpConversionPattern<QuantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(QuantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FormatTypeInterface format = op.getFormat();
    rewriter.replaceOp(
        op, buildElementwise(rewriter, op, adaptor.getInput(),
                             adaptor.getMetadata(), format,
                             op.getType().clone(format.getStorageType()),
                             [&](OpBuilder &builder, Location loc, Value x,
                                 Value metadata, Value noise) {
                               return format.materializeEncode(builder, loc, x,
                                                               metadata, noise);
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
        op, buildElementwise(rewriter, op, adaptor.getInput(),
                             adaptor.getMetadata(), format, op.getType(),
                             [&](OpBuilder &builder, Location loc, Value code,
                                 Value metadata, Value) {
                               return format.materializeDecode(builder, loc,
                                                               code, metadata);
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
        op, buildElementwise(rewriter, op, adaptor.getInput(),
                             adaptor.getMetadata(), format, op.getType(),
                             [&](OpBuilder &builder, Location loc, Value x,
                                 Value metadata, Value noise) {
                               return format.materializeEmulate(
                                   builder, loc, x, metadata, noise);
                             }));
    return success();
  }
};

/// choose_metadata -> a reduction to the least and the greatest of each block,
/// as integers in the order of the numbers, and a linalg.generic over those.
struct ConvertChooseMetadata : OpConversionPattern<ChooseMetadataOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ChooseMetadataOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto format = cast<FormatTypeInterface>(op.getFormat());
    RankedTensorType type = op.getType();
    numerics::Blocks blocks = op.getMetadataBlocks();
    Value input = adaptor.getInput();
    SmallVector<ReassociationIndices> groups;
    if (auto sizes = blocks.getSizes()) {
      input = splitBlocks(rewriter, loc, input, *sizes, groups);
      if (!input)
        return op.emitOpError("cannot be lowered: expected a static shape "
                              "that the block sizes divide, got ")
               << op.getInput().getType();
    }
    if (!type.hasStaticShape())
      return op.emitOpError("cannot be lowered: expected a static shape of "
                            "the metadata, got ")
             << type;
    int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
    SmallVector<utils::IteratorType> iterators(rank,
                                               utils::IteratorType::reduction);
    SmallVector<AffineExpr> kept;
    for (int64_t d = 0; d < rank; ++d)
      if (groups.empty() ? blocks.getAxis() == d : d % 2 == 0) {
        iterators[d] = utils::IteratorType::parallel;
        kept.push_back(rewriter.getAffineDimExpr(d));
      }
    // Formats that look at magnitudes only need one of the two.
    bool isAffine = format.getFormat().metadataKind() ==
                    numerics::MetadataKind::ScaleAndZero;
    auto keyType =
        RankedTensorType::get(type.getShape(), rewriter.getI32Type());
    auto fill = [&](int32_t start) -> Value {
      return arith::ConstantOp::create(rewriter, loc,
                                       DenseElementsAttr::get(keyType, start));
    };
    AffineMap outMap = AffineMap::get(rank, 0, kept, rewriter.getContext());
    SmallVector<AffineMap> maps = {rewriter.getMultiDimIdentityMap(rank),
                                   outMap};
    SmallVector<Value> inits = {fill(isAffine ? INT32_MIN : 0)};
    SmallVector<Type> types = {keyType};
    if (isAffine) {
      maps.push_back(outMap);
      inits.push_back(fill(INT32_MAX));
      types.push_back(keyType);
    }
    auto reduce = linalg::GenericOp::create(
        rewriter, loc, types, input, inits, maps, iterators,
        [&](OpBuilder &b, Location at, ValueRange args) {
          Value word = arith::BitcastOp::create(b, at, b.getI32Type(), args[0]);
          Value mask = arith::ConstantIntOp::create(b, at, 0x7fffffff, 32);
          if (!isAffine) {
            Value magnitude = arith::AndIOp::create(b, at, word, mask);
            Value most = arith::MaxUIOp::create(b, at, magnitude, args[1]);
            linalg::YieldOp::create(b, at, most);
            return;
          }
          Value amount = arith::ConstantIntOp::create(b, at, 31, 32);
          Value sign = arith::ShRSIOp::create(b, at, word, amount);
          Value flip = arith::AndIOp::create(b, at, sign, mask);
          Value key = arith::XOrIOp::create(b, at, word, flip);
          Value greatest = arith::MaxSIOp::create(b, at, key, args[1]);
          Value least = arith::MinSIOp::create(b, at, key, args[2]);
          linalg::YieldOp::create(b, at, ValueRange{greatest, least});
        });
    Value init = tensor::EmptyOp::create(rewriter, loc, type.getShape(),
                                         type.getElementType());
    AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
    SmallVector<AffineMap> each(reduce.getNumResults() + 1, identity);
    SmallVector<utils::IteratorType> parallel(type.getRank(),
                                              utils::IteratorType::parallel);
    auto choose = linalg::GenericOp::create(
        rewriter, loc, type, reduce.getResults(), init, each, parallel,
        [&](OpBuilder &b, Location at, ValueRange args) {
          auto toReal = [&](Value key) -> Value {
            if (isAffine) {
              Value mask = arith::ConstantIntOp::create(b, at, 0x7fffffff, 32);
              Value amount = arith::ConstantIntOp::create(b, at, 31, 32);
              Value sign = arith::ShRSIOp::create(b, at, key, amount);
              Value flip = arith::AndIOp::create(b, at, sign, mask);
              key = arith::XOrIOp::create(b, at, key, flip);
            }
            return arith::BitcastOp::create(b, at, b.getF32Type(), key);
          };
          Value greatest = toReal(args[0]);
          Value least = isAffine ? toReal(args[1]) : greatest;
          linalg::YieldOp::create(
              b, at, format.materializeChooseMetadata(b, at, least, greatest));
        });
    rewriter.replaceOp(op, choose.getResults());
    return success();
  }
};

/// An element-wise op of one operand.
Value buildMap(OpBuilder &builder, Location loc, Value input,
               RankedTensorType type,
               llvm::function_ref<Value(OpBuilder &, Location, Value)> body) {
  SmallVector<Value> sizes;
  for (int64_t d = 0; d < type.getRank(); ++d)
    if (type.isDynamicDim(d))
      sizes.push_back(tensor::DimOp::create(builder, loc, input, d));
  Value init = tensor::EmptyOp::create(builder, loc, type, sizes);
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, type, input, init, {identity, identity}, iterators,
      [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
        linalg::YieldOp::create(nested, nestedLoc,
                                body(nested, nestedLoc, args[0]));
      });
  return generic.getResult(0);
}

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
        buildMap(rewriter, op.getLoc(), adaptor.getInput(),
                 cast<RankedTensorType>(type),
                 [&](OpBuilder &builder, Location loc, Value code) -> Value {
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
  patterns.add<ConvertQuantize, ConvertDequantize, ConvertEmulate,
               ConvertChooseMetadata, ConvertLookup, ConvertBits<ToBitsOp>,
               ConvertBits<FromBitsOp>, ConvertTypes>(converter,
                                                      patterns.getContext());
  populateAnyFunctionOpInterfaceTypeConversionPattern(patterns, converter);
}
