//===- NumFmtOps.cpp - verification and folding of numfmt ops -------------===//

#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::numfmt;

#include "edgebert/Dialect/NumFmt/IR/NumFmtDialect.cpp.inc"

#define GET_OP_CLASSES
#include "edgebert/Dialect/NumFmt/IR/NumFmtOps.cpp.inc"

void NumFmtDialect::initialize() {
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "edgebert/Dialect/NumFmt/IR/NumFmtOps.cpp.inc"
      >();
}

Operation *NumFmtDialect::materializeConstant(OpBuilder &builder,
                                              Attribute value, Type type,
                                              Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// (C3)-(C5): metadata of `type` for an op's input.
template <typename BlockedOp>
static LogicalResult verifyBlocks(BlockedOp op, RankedTensorType type) {
  RankedTensorType input = op.getInput().getType();
  bool hasAxis = op.getAxis().has_value(),
       hasBlocks = op.getBlocks().has_value();
  if (hasAxis && hasBlocks)
    return op.emitOpError("expected an axis or block sizes, got both");
  // (C3)
  int64_t rank = hasAxis ? 1 : hasBlocks ? input.getRank() : 0;
  if (type.getRank() != rank)
    return op.emitOpError() << "expected metadata of rank " << rank
                            << (hasAxis     ? " with an axis"
                                : hasBlocks ? ", the input's, with block sizes"
                                            : " without an axis")
                            << ", got " << type;
  // (C4)
  numerics::Blocks blocks = op.getMetadataBlocks();
  std::string reason = blocks.invalid(input.getRank());
  if (!reason.empty())
    return op.emitOpError() << reason;
  // (C5)
  SmallVector<int64_t> expected = blocks.getMetadataShape(input.getShape());
  for (int64_t d = 0; d < rank; ++d) {
    if (type.isDynamicDim(d) || ShapedType::isDynamic(expected[d]) ||
        type.getDimSize(d) == expected[d])
      continue;
    if (hasAxis)
      return op.emitOpError()
             << "expected " << expected[d]
             << " metadata values, the input's size at axis " << *op.getAxis()
             << ", got " << type.getDimSize(d);
    return op.emitOpError()
           << "expected " << expected[d] << " metadata values for blocks of "
           << (*op.getBlocks())[d] << " along dimension " << d << ", got "
           << type.getDimSize(d);
  }
  return success();
}

/// (C1)-(C6) of the codec ops.
template <typename CodecOp>
static LogicalResult verifyCodecOp(CodecOp op, FormatTypeInterface format) {
  Type expected = format.getMetadataType();
  Value metadata = op.getMetadata();
  // (C6)
  if (op.getStream() && !format.getFormat().isStochastic())
    return op.emitOpError() << "expected no stream for " << Type(format)
                            << ", whose rounding takes no noise";
  // (C1)
  if (!expected && metadata)
    return op.emitOpError() << "expected no metadata for " << Type(format)
                            << ", got " << metadata.getType();
  if (expected && !metadata)
    return op.emitOpError() << "expected metadata of type " << expected
                            << " for " << Type(format) << ", got none";
  if (!metadata) {
    if (op.getAxis())
      return op.emitOpError()
             << "expected no axis without metadata, got " << *op.getAxis();
    if (op.getBlocks())
      return op.emitOpError("expected no block sizes without metadata");
    return success();
  }
  // (C2)
  auto type = cast<RankedTensorType>(metadata.getType());
  if (type.getElementType() != expected)
    return op.emitOpError()
           << "expected metadata of type " << expected << " for "
           << Type(format) << ", got " << type.getElementType();
  return verifyBlocks(op, type);
}

LogicalResult ChooseMetadataOp::verify() {
  auto format = cast<FormatTypeInterface>(getFormat());
  // (C1)
  Type expected = format.getMetadataType();
  if (!expected)
    return emitOpError() << "expected a format with metadata, got "
                         << Type(format);
  // (C2)
  RankedTensorType type = getResult().getType();
  if (type.getElementType() != expected)
    return emitOpError() << "expected metadata of type " << expected << " for "
                         << Type(format) << ", got " << type.getElementType();
  return verifyBlocks(*this, type);
}

LogicalResult QuantizeOp::verify() { return verifyCodecOp(*this, getFormat()); }
LogicalResult DequantizeOp::verify() {
  return verifyCodecOp(*this, getFormat());
}
LogicalResult EmulateOp::verify() {
  return verifyCodecOp(*this, cast<FormatTypeInterface>(getFormat()));
}

/// (C1) of the bits ops.
static LogicalResult verifyBits(Operation *op, RankedTensorType formatted,
                                RankedTensorType bits) {
  auto format = cast<FormatTypeInterface>(formatted.getElementType());
  if (bits.getElementType() == format.getStorageType())
    return success();
  return op->emitOpError() << "expected codes of " << Type(format) << " in "
                           << format.getStorageType() << ", got "
                           << bits.getElementType();
}

LogicalResult ToBitsOp::verify() {
  return verifyBits(*this, getInput().getType(), getResult().getType());
}
LogicalResult FromBitsOp::verify() {
  return verifyBits(*this, getResult().getType(), getInput().getType());
}

LogicalResult LookupOp::verify() {
  auto from = cast<FormatTypeInterface>(getInput().getType().getElementType());
  auto to = cast<FormatTypeInterface>(getResult().getType().getElementType());
  RankedTensorType table = getTable().getType();
  // (C1)
  int64_t entries = int64_t(1) << from.getBitWidth();
  if (table.getRank() != 1 || table.getDimSize(0) != entries)
    return emitOpError() << "expected a table of rank 1 with " << entries
                         << " entries, one for each code of " << Type(from)
                         << ", got " << table;
  // (C2)
  if (table.getElementType() != to.getStorageType())
    return emitOpError() << "expected entries of " << to.getStorageType()
                         << ", codes of " << Type(to) << ", got "
                         << table.getElementType();
  return success();
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

/// Whether `attr` is small enough to fold; splats are one element.
static bool isFoldable(ElementsAttr attr, RankedTensorType result) {
  return attr && result.hasStaticShape() && isa<DenseElementsAttr>(attr) &&
         (attr.isSplat() || attr.getNumElements() <= kFoldLimit);
}

/// Whether all elements of a splat get the same result, which is worked out
/// once.
static bool isOneElement(ElementsAttr attr, const numerics::Blocks &blocks,
                         const numerics::Format &codec) {
  return attr.isSplat() && !blocks.getAxis() && !blocks.getSizes() &&
         !codec.isStochastic();
}

static DenseElementsAttr getDense(RankedTensorType type,
                                  ArrayRef<uint8_t> bytes) {
  return DenseElementsAttr::getFromRawBuffer(
      type,
      ArrayRef(reinterpret_cast<const char *>(bytes.data()), bytes.size()));
}

/// The constant codes of a constant input, as an attribute of the storage
/// type; null where an operand is not constant or too large.
template <typename CodecOp>
static DenseElementsAttr foldEncode(CodecOp op, FormatTypeInterface format) {
  ElementsAttr attr = getConstantElements(op.getInput());
  RankedTensorType resultType = op.getResult().getType();
  if (!isFoldable(attr, resultType))
    return {};
  auto values = getConstantMetadata(format, op.getMetadata());
  if (failed(values))
    return {};
  numerics::Format codec = format.getFormat();
  numerics::Blocks blocks = op.getMetadataBlocks();
  SmallVector<int64_t> shape;
  if (!isOneElement(attr, blocks, codec))
    llvm::append_range(shape, resultType.getShape());
  int64_t size = ShapedType::getNumElements(shape);
  SmallVector<float> storage;
  auto x = getElements(attr, storage);
  if (failed(x))
    return {};
  SmallVector<uint8_t> codes(size * codec.storageBytes());
  codec.encode(shape, blocks, *values, x->take_front(size), codes,
               op.getNoiseStream());
  return getDense(resultType.clone(format.getStorageType()), codes);
}

/// The constant values of constant codes; null as above.
template <typename CodecOp>
static DenseElementsAttr foldDecode(CodecOp op, FormatTypeInterface format,
                                    ElementsAttr attr) {
  RankedTensorType resultType = op.getResult().getType();
  if (!isFoldable(attr, resultType))
    return {};
  auto values = getConstantMetadata(format, op.getMetadata());
  if (failed(values))
    return {};
  numerics::Format codec = format.getFormat();
  numerics::Blocks blocks = op.getMetadataBlocks();
  SmallVector<int64_t> shape;
  if (!isOneElement(attr, blocks, codec))
    llvm::append_range(shape, resultType.getShape());
  int64_t size = ShapedType::getNumElements(shape);
  auto dense = cast<DenseElementsAttr>(attr);
  SmallVector<uint8_t> expanded;
  ArrayRef<char> raw = dense.getRawData();
  ArrayRef<uint8_t> codes(reinterpret_cast<const uint8_t *>(raw.data()),
                          raw.size());
  if (dense.isSplat())
    for (int64_t i = 0; i < size; ++i)
      llvm::append_range(expanded, codes);
  SmallVector<float> x(size);
  codec.decode(shape, blocks, *values,
               dense.isSplat() ? ArrayRef<uint8_t>(expanded) : codes, x);
  return DenseElementsAttr::get(resultType, ArrayRef<float>(x));
}

OpFoldResult DequantizeOp::fold(FoldAdaptor) {
  auto source = getInput().getDefiningOp<FromBitsOp>();
  if (!source)
    return {};
  return foldDecode(*this, getFormat(), getConstantElements(source.getInput()));
}

OpFoldResult EmulateOp::fold(FoldAdaptor) {
  auto format = cast<FormatTypeInterface>(getFormat());
  DenseElementsAttr codes = foldEncode(*this, format);
  return codes ? foldDecode(*this, format, codes) : DenseElementsAttr();
}

OpFoldResult ChooseMetadataOp::fold(FoldAdaptor) {
  ElementsAttr attr = getConstantElements(getInput());
  RankedTensorType resultType = getResult().getType();
  if (!isFoldable(attr, resultType) || attr.getNumElements() > kFoldLimit)
    return {};
  SmallVector<float> storage;
  auto x = getElements(attr, storage);
  if (failed(x))
    return {};
  auto format = cast<FormatTypeInterface>(getFormat());
  return getMetadataElements(
      format, resultType.getShape(),
      format.getFormat().chooseMetadata(attr.getShapedType().getShape(),
                                        getMetadataBlocks(), *x));
}

/// to_bits(from_bits(x)) = x
OpFoldResult ToBitsOp::fold(FoldAdaptor) {
  auto source = getInput().getDefiningOp<FromBitsOp>();
  if (source && source.getInput().getType() == getResult().getType())
    return source.getInput();
  return {};
}

/// from_bits(to_bits(x)) = x
OpFoldResult FromBitsOp::fold(FoldAdaptor) {
  auto source = getInput().getDefiningOp<ToBitsOp>();
  if (source && source.getInput().getType() == getResult().getType())
    return source.getInput();
  return {};
}

namespace {

/// quantize(constant, constant) -> from_bits(constant)
struct QuantizeConstant : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    DenseElementsAttr codes = foldEncode(op, op.getFormat());
    if (!codes)
      return rewriter.notifyMatchFailure(
          op, "operands are not constant, or too large to fold");
    auto bits = arith::ConstantOp::create(rewriter, op.getLoc(), codes);
    rewriter.replaceOpWithNewOp<FromBitsOp>(op, op.getType(), bits);
    return success();
  }
};

/// lookup(from_bits(constant), constant) -> from_bits(constant)
struct LookupConstant : OpRewritePattern<LookupOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LookupOp op,
                                PatternRewriter &rewriter) const override {
    auto source = op.getInput().getDefiningOp<FromBitsOp>();
    ElementsAttr codes =
        source ? getConstantElements(source.getInput()) : ElementsAttr();
    auto table =
        dyn_cast_or_null<DenseElementsAttr>(getConstantElements(op.getTable()));
    if (!isFoldable(codes, op.getType()) || !table)
      return rewriter.notifyMatchFailure(
          op, "operands are not constant, or too large to fold");
    auto entries = llvm::to_vector(table.getValues<APInt>());
    auto getEntry = [&](const APInt &code) {
      return entries[code.getZExtValue() % entries.size()];
    };
    auto dense = cast<DenseElementsAttr>(codes);
    SmallVector<APInt> results;
    if (dense.isSplat())
      results.push_back(getEntry(dense.getSplatValue<APInt>()));
    else
      for (const APInt &code : dense.getValues<APInt>())
        results.push_back(getEntry(code));
    auto type = op.getType().clone(table.getElementType());
    auto bits = arith::ConstantOp::create(
        rewriter, op.getLoc(), DenseElementsAttr::get(type, results));
    rewriter.replaceOpWithNewOp<FromBitsOp>(op, op.getType(), bits);
    return success();
  }
};

} // namespace

void LookupOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                           MLIRContext *context) {
  results.add<LookupConstant>(context);
}

void QuantizeOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                             MLIRContext *context) {
  results.add<QuantizeConstant>(context);
}
