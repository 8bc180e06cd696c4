//===- CodeTensors.cpp - tensors of codes behind f32 values ---------------===//

#include "CodeTensors.h"

#include "edgebert/Analysis/Calibration.h"
#include "edgebert/Analysis/Gather.h"
#include "edgebert/Dialect/Fault/IR/Fault.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.h"
#include "edgebert/Numerics/AdaptivFloat.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace edgebert;

Type CodeTensors::getCodeType() {
  return numfmt::AdaptivFloatType::get(builder.getContext(), 8, 3);
}

std::optional<int> CodeTensors::getConstantBias(Value metadata) {
  // A fault cannot reach what becomes a field of a register from here.
  if (metadata)
    if (auto site = metadata.getDefiningOp<fault::SiteOp>())
      metadata = site.getInput();
  DenseElementsAttr attr;
  if (!metadata || !matchPattern(metadata, m_Constant(&attr)) ||
      !attr.getElementType().isSignlessInteger(8) || !attr.isSplat())
    return std::nullopt;
  return int(attr.getSplatValue<APInt>().getSExtValue());
}

std::optional<Codes> CodeTensors::get(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (auto dequantize = dyn_cast<numfmt::DequantizeOp>(op)) {
    std::optional<int> bias = getConstantBias(dequantize.getMetadata());
    if (!bias || dequantize.getAxis() ||
        !accel::isCodeType(dequantize.getFormat()))
      return std::nullopt;
    return Codes{dequantize.getInput(), *bias};
  }
  if (!analysis::isDataMovement(op))
    return std::nullopt;
  std::optional<Codes> source = get(op->getOperand(0));
  if (!source)
    return std::nullopt;
  auto type = cast<RankedTensorType>(value.getType());
  if (auto transposeOp = dyn_cast<linalg::TransposeOp>(op))
    return Codes{transpose(source->codes, transposeOp.getPermutation()),
                 source->bias};
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
    return Codes{reshape(source->codes, type.getShape()), source->bias};
  // A slice: the same op on codes.
  IRMapping mapping;
  mapping.map(op->getOperand(0), source->codes);
  Operation *moved = builder.clone(*op, mapping);
  moved->getResult(0).setType(type.clone(getCodeType()));
  return Codes{moved->getResult(0), source->bias};
}

Value CodeTensors::transpose(Value codes, ArrayRef<int64_t> permutation) {
  if (isIdentityPermutation(permutation))
    return codes;
  auto type = cast<RankedTensorType>(codes.getType());
  SmallVector<int64_t> shape;
  for (int64_t p : permutation)
    shape.push_back(type.getDimSize(p));
  Location loc = codes.getLoc();

  if (std::optional<std::vector<char>> bytes = getConstantCodes(codes)) {
    Value &cached =
        transposed[{codes, builder.getDenseI64ArrayAttr(permutation)}];
    if (cached)
      return cached;
    std::vector<char> result =
        analysis::transpose<char>(*bytes, type.getShape(), permutation);
    // Next to the source, so that it dominates every later user.
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfterValue(codes);
    cached = createConstant(loc, shape, result, "weights_transposed");
    return cached;
  }
  Value init = tensor::EmptyOp::create(builder, loc, shape, getCodeType());
  return linalg::TransposeOp::create(builder, loc, codes, init, permutation)
      ->getResult(0);
}

Value CodeTensors::reshape(Value codes, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(codes.getType());
  if (type.getShape() == shape)
    return codes;
  Location loc = codes.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  if (getConstantCodes(codes))
    builder.setInsertionPointAfterValue(codes);
  auto target = RankedTensorType::get(shape, type.getElementType());
  // Directly where dimensions only merge or only split, else through 1-D.
  if (auto groups = getReassociationIndicesForReshape(type, target)) {
    if (type.getRank() > target.getRank())
      return tensor::CollapseShapeOp::create(builder, loc, target, codes,
                                             *groups);
    return tensor::ExpandShapeOp::create(builder, loc, target, codes, *groups);
  }
  auto flatType =
      RankedTensorType::get({type.getNumElements()}, type.getElementType());
  auto all = [](int64_t rank) {
    return SmallVector<ReassociationIndices>{
        llvm::to_vector<2>(llvm::seq<int64_t>(0, rank))};
  };
  Value flat = type.getRank() == 1
                   ? codes
                   : Value(tensor::CollapseShapeOp::create(
                         builder, loc, flatType, codes, all(type.getRank())));
  if (target.getRank() == 1)
    return flat;
  return tensor::ExpandShapeOp::create(builder, loc, target, flat,
                                       all(target.getRank()));
}

Value CodeTensors::repeatColumns(Location loc, Value codes, int64_t repeats) {
  if (repeats == 1)
    return codes;
  ArrayRef<int64_t> shape = cast<RankedTensorType>(codes.getType()).getShape();
  Value init = tensor::EmptyOp::create(
      builder, loc, {shape[0], repeats, shape[1]}, getCodeType());
  Value repeated = linalg::BroadcastOp::create(builder, loc, codes, init,
                                               ArrayRef<int64_t>{1})
                       ->getResult(0);
  return reshape(repeated, {shape[0], repeats * shape[1]});
}

Value CodeTensors::takeColumns(Location loc, Value codes, int64_t columns) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(codes.getType()).getShape();
  if (shape[1] == columns)
    return codes;
  SmallVector<OpFoldResult> offsets(2, builder.getIndexAttr(0));
  SmallVector<OpFoldResult> sizes = {builder.getIndexAttr(shape[0]),
                                     builder.getIndexAttr(columns)};
  SmallVector<OpFoldResult> strides(2, builder.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(builder, loc, codes, offsets, sizes,
                                        strides);
}

Value CodeTensors::createConstant(Location loc, ArrayRef<int64_t> shape,
                                  ArrayRef<char> codes, StringRef hint) {
  auto type = RankedTensorType::get(shape, builder.getI8Type());
  auto attr = DenseResourceElementsAttr::get(
      type, hint, HeapAsmResourceBlob::allocateAndCopyInferAlign(codes));
  Value bits = arith::ConstantOp::create(builder, loc, attr);
  return numfmt::FromBitsOp::create(
      builder, loc, RankedTensorType::get(shape, getCodeType()), bits);
}

Value CodeTensors::getSharedConstant(Location loc, ArrayRef<int64_t> shape,
                                     ArrayRef<char> codes, StringRef hint) {
  Value &value = shared[{hint.str(), shape.vec(), codes.vec()}];
  if (value)
    return value;
  OpBuilder::InsertionGuard guard(builder);
  Operation *func = builder.getInsertionBlock()->getParentOp();
  if (!isa<func::FuncOp>(func))
    func = func->getParentOfType<func::FuncOp>();
  builder.setInsertionPointToStart(&func->getRegion(0).front());
  value = createConstant(loc, shape, codes, hint);
  return value;
}

Value CodeTensors::keepSite(Value constant, int bias, Value original) {
  while (Operation *op = original ? original.getDefiningOp() : nullptr) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      break;
    original = op->getOperand(0);
  }
  auto dequantize =
      original ? original.getDefiningOp<numfmt::DequantizeOp>() : nullptr;
  auto site = dequantize ? dequantize.getInput().getDefiningOp<fault::SiteOp>()
                         : nullptr;
  if (!site || getConstantBias(dequantize.getMetadata()) != bias ||
      getConstantCodes(site.getInput()) != getConstantCodes(constant))
    return constant;
  Value &kept = withSite[int64_t(site.getId())];
  if (kept)
    return kept;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(constant);
  kept = fault::SiteOp::create(builder, site.getLoc(), constant, site.getKind(),
                               int64_t(site.getId()), site.getName(),
                               site.getCodeFormat(), site.getMetadataAttr())
             .getResult();
  return kept;
}

Value CodeTensors::multiply(Location loc, Value value, double factor) {
  auto type = cast<RankedTensorType>(value.getType());
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                       type.getElementType());
  SmallVector<AffineMap> maps(2,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, TypeRange{type}, ValueRange{value}, ValueRange{init},
             maps, iterators,
             [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
               Value constant = arith::ConstantOp::create(
                   nested, nestedLoc, nested.getF32FloatAttr(float(factor)));
               Value product =
                   arith::MulFOp::create(nested, nestedLoc, args[0], constant);
               linalg::YieldOp::create(nested, nestedLoc, product);
             })
      .getResult(0);
}

/// The raw little-endian bytes of a constant of the given element type.
static std::optional<std::vector<char>> getConstantBytes(Value value,
                                                         Type elementType) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  if (!constant)
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(constant.getType());
  if (!type || type.getElementType() != elementType)
    return std::nullopt;
  if (auto resource =
          dyn_cast<DenseResourceElementsAttr>(constant.getValue())) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    ArrayRef<char> data = blob->getData();
    return std::vector<char>(data.begin(), data.end());
  }
  auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
  if (!dense)
    return std::nullopt;
  ArrayRef<char> raw = dense.getRawData();
  std::vector<char> bytes;
  int64_t copies = dense.isSplat() ? dense.getNumElements() : 1;
  for (int64_t i = 0; i < copies; ++i)
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  return bytes;
}

std::optional<std::vector<char>> CodeTensors::getConstantCodes(Value codes) {
  while (Operation *op = codes.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      break;
    codes = op->getOperand(0);
  }
  auto fromBits = codes.getDefiningOp<numfmt::FromBitsOp>();
  if (!fromBits)
    return std::nullopt;
  return getConstantBytes(fromBits.getInput(),
                          IntegerType::get(codes.getContext(), 8));
}

/// The value behind reshapes and sites of faults.
static Value skipReshapesAndSites(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, fault::SiteOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

std::optional<std::vector<float>> CodeTensors::getConstantFloats(Value value) {
  value = skipReshapesAndSites(value);
  std::vector<float> result;
  if (auto dequantize = value.getDefiningOp<numfmt::DequantizeOp>()) {
    std::optional<std::vector<char>> codes =
        getConstantCodes(skipReshapesAndSites(dequantize.getInput()));
    std::optional<int> bias = getConstantBias(dequantize.getMetadata());
    if (!codes || !bias || dequantize.getAxis() ||
        !accel::isCodeType(dequantize.getFormat()))
      return std::nullopt;
    for (char code : *codes)
      result.push_back(numerics::kAfp8.decode(uint8_t(code), *bias));
    return result;
  }
  std::optional<std::vector<char>> bytes =
      getConstantBytes(value, Float32Type::get(value.getContext()));
  if (!bytes)
    return std::nullopt;
  result.resize(bytes->size() / sizeof(float));
  std::memcpy(result.data(), bytes->data(), bytes->size());
  return result;
}
