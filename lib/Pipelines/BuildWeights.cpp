//===- BuildWeights.cpp - weight matrices into the IR ---------------------===//

#include "CompressLayers.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;
using compression::Granularity;

OpBuilder edgebert::getBuilder(const WeightLayer &layer) {
  OpBuilder builder(layer.root.getContext());
  builder.setInsertionPointAfterValue(layer.root);
  return builder;
}

/// What the constant of a layer is called.
static std::string getResourceName(const WeightLayer &layer, StringRef suffix) {
  std::string name;
  for (char c : layer.name)
    name += llvm::isAlnum(c) ? c : '_';
  return name + "_" + suffix.str();
}

template <typename T>
static Value makeConstant(OpBuilder &builder, Location loc,
                          RankedTensorType type, ArrayRef<T> data,
                          StringRef name) {
  ArrayRef<char> bytes(reinterpret_cast<const char *>(data.data()),
                       data.size() * sizeof(T));
  constexpr int64_t kLargestDense = 64;
  TypedAttr attr;
  if (type.getNumElements() <= kLargestDense)
    attr = DenseElementsAttr::getFromRawBuffer(type, bytes);
  else
    attr = DenseResourceElementsAttr::get(
        type, name,
        HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64));
  return arith::ConstantOp::create(builder, loc, attr);
}

Value edgebert::buildFloats(OpBuilder &builder, const WeightLayer &layer,
                            const compression::Matrix &matrix) {
  return makeConstant<float>(builder, layer.root.getLoc(), layer.getType(),
                             layer.toRoot<float>(matrix.all()),
                             getResourceName(layer, "f32"));
}

/// Metadata and which weights share it.
struct GridMetadata {
  Value value;
  IntegerAttr axis;
  DenseI64ArrayAttr blocks;
};

/// The metadata of a grid as a constant; nothing for a format without.
static GridMetadata buildMetadata(OpBuilder &builder, const WeightLayer &layer,
                                  const compression::Grid &grid,
                                  numfmt::FormatTypeInterface format) {
  GridMetadata metadata;
  Type element = format.getMetadataType();
  if (!element)
    return metadata;
  SmallVector<Attribute> values;
  for (numerics::Metadata value : grid.metadata())
    values.push_back(format.getMetadataAttr(value));
  SmallVector<int64_t> shape;
  switch (grid.options().granularity) {
  case Granularity::Tensor:
    break;
  case Granularity::Channel:
    shape = {layer.rows};
    metadata.axis = builder.getI64IntegerAttr(layer.outputs);
    break;
  case Granularity::Group: {
    int64_t groups = grid.groupsPerRow();
    if (layer.outputs == 0) {
      shape = {layer.rows, groups};
      metadata.blocks = builder.getDenseI64ArrayAttr({1, grid.groupColumns()});
      break;
    }
    shape = {groups, layer.rows};
    metadata.blocks = builder.getDenseI64ArrayAttr({grid.groupColumns(), 1});
    SmallVector<Attribute> transposed(values.size());
    for (int64_t r = 0; r < layer.rows; ++r)
      for (int64_t g = 0; g < groups; ++g)
        transposed[g * layer.rows + r] = values[r * groups + g];
    values = std::move(transposed);
    break;
  }
  }
  metadata.value = arith::ConstantOp::create(
      builder, layer.root.getLoc(),
      DenseElementsAttr::get(RankedTensorType::get(shape, element), values));
  return metadata;
}

/// s_j as a tensor of the weight's type.
static Value buildScales(OpBuilder &builder, const WeightLayer &layer,
                         ArrayRef<float> scales) {
  Location loc = layer.root.getLoc();
  RankedTensorType type = layer.getType();
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + layer.outputs);
  Value constant = makeConstant<float>(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), scales,
      getResourceName(layer, "scales"));
  Value init = tensor::EmptyOp::create(builder, loc, type, ValueRange());
  return linalg::BroadcastOp::create(builder, loc, constant, init,
                                     {layer.outputs})
      ->getResult(0);
}

FailureOr<Value> edgebert::buildCodes(OpBuilder &builder,
                                      const WeightLayer &layer,
                                      const compression::Quantized &quantized,
                                      numfmt::FormatTypeInterface format) {
  Location loc = layer.root.getLoc();
  const compression::Grid &grid = quantized.grid;
  RankedTensorType type = layer.getType();
  if (grid.options().granularity == Granularity::Group && type.getRank() != 2)
    return mlir::emitError(loc)
           << "groups of inputs are blocks of a weight of rank 2; '"
           << layer.name << "' is " << type << " (f32 takes any)";
  std::vector<uint8_t> codes(quantized.codes.size());
  unsigned bytes = format.getStorageType().getWidth() / 8;
  for (int64_t r = 0; r < layer.rows; ++r)
    for (int64_t c = 0; c < layer.columns; ++c)
      std::copy_n(&quantized.codes[(r * layer.columns + c) * bytes], bytes,
                  &codes[layer.getRootIndex(r, c) * bytes]);
  Value bits =
      makeConstant<uint8_t>(builder, loc, type.clone(format.getStorageType()),
                            codes, getResourceName(layer, "codes"));
  Value formatted =
      numfmt::FromBitsOp::create(builder, loc, type.clone(format), bits);
  GridMetadata metadata = buildMetadata(builder, layer, grid, format);
  Value weight = numfmt::DequantizeOp::create(builder, loc, type, formatted,
                                              metadata.value, metadata.axis,
                                              metadata.blocks, IntegerAttr());
  if (!quantized.inputScales.empty())
    weight = arith::DivFOp::create(
        builder, loc, weight,
        buildScales(builder, layer, quantized.inputScales));
  return weight;
}

Value edgebert::buildMask(OpBuilder &builder, const WeightLayer &layer,
                          Value weight, const compression::Mask &mask,
                          mask::PatternAttrInterface pattern) {
  std::vector<uint8_t> keep(layer.rows * layer.columns);
  for (int64_t r = 0; r < layer.rows; ++r)
    for (int64_t c = 0; c < layer.columns; ++c)
      keep[layer.getRootIndex(r, c)] = mask.keeps(r, c);
  Location loc = layer.root.getLoc();
  ElementsAttr attr =
      mask::makeMaskConstant(layer.getType().clone(builder.getI1Type()), keep,
                             getResourceName(layer, "mask"));
  Value constant =
      arith::ConstantOp::create(builder, loc, cast<TypedAttr>(attr));
  return mask::ApplyOp::create(builder, loc, weight.getType(), weight, constant,
                               layer.outputs, pattern);
}

Value edgebert::copyMasks(OpBuilder &builder, Value from, Value weight) {
  auto apply = from.getDefiningOp<mask::ApplyOp>();
  if (!apply)
    return weight;
  weight = copyMasks(builder, apply.getInput(), weight);
  return mask::ApplyOp::create(builder, apply.getLoc(), weight.getType(),
                               weight, apply.getMask(), apply.getOutputs(),
                               apply.getPattern());
}

void edgebert::replaceWeight(WeightLayer &layer, Value weight) {
  Value old = layer.root;
  if (weight == old)
    return;
  // The new weight may be made of the old one.
  llvm::SmallPtrSet<Operation *, 4> own;
  SmallVector<Value> pending = {weight};
  while (!pending.empty())
    if (Operation *op = pending.pop_back_val().getDefiningOp())
      if (own.insert(op).second && op != old.getDefiningOp())
        pending.append(op->operand_begin(), op->operand_end());
  old.replaceAllUsesExcept(weight, own);
  layer.root = weight;
  llvm::SetVector<Operation *> dead;
  dead.insert(old.getDefiningOp());
  while (!dead.empty()) {
    Operation *op = dead.pop_back_val();
    if (!isOpTriviallyDead(op))
      continue;
    for (Value operand : op->getOperands())
      if (Operation *source = operand.getDefiningOp())
        dead.insert(source);
    op->erase();
  }
}

void edgebert::foldWeight(WeightLayer &layer) {
  if (layer.root.getDefiningOp<arith::ConstantOp>())
    return;
  OpBuilder builder = getBuilder(layer);
  replaceWeight(layer, buildFloats(builder, layer, layer.getMatrix()));
}
