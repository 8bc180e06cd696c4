//===- MaskOps.cpp - verification and folding of mask ops -----------------===//

#include "edgebert/Dialect/Mask/IR/Mask.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::mask;

#include "edgebert/Dialect/Mask/IR/MaskDialect.cpp.inc"

#define GET_OP_CLASSES
#include "edgebert/Dialect/Mask/IR/MaskOps.cpp.inc"

/// Larger constants are compressed by passes, not by folding.
static constexpr int64_t kFoldLimit = 65536;

void MaskDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "edgebert/Dialect/Mask/IR/MaskOps.cpp.inc"
      >();
}

Operation *MaskDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                            Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

LogicalResult ApplyOp::verify() {
  RankedTensorType type = getInput().getType();
  int64_t outputs = getOutputs();
  // (C1)
  if (outputs < 0 || outputs >= type.getRank())
    return emitOpError() << "expected the outputs to be a dimension of " << type
                         << ", got " << outputs;
  // (C2)
  int64_t rows = type.getDimSize(outputs);
  int64_t columns = rows ? type.getNumElements() / rows : 0;
  if (llvm::Error error = getPattern().getPattern().check(rows, columns))
    return emitOpError() << "cannot follow " << Attribute(getPattern()) << ": "
                         << llvm::toString(std::move(error));
  return success();
}

/// The constraints that compress and expand share.
static LogicalResult verifyEncoding(Operation *op, RankedTensorType full,
                                    RankedTensorType values,
                                    RankedTensorType bits) {
  // (C1)
  if (values.getRank() != 1 || values.getElementType() != full.getElementType())
    return op->emitOpError() << "expected values of rank 1 with elements "
                             << full.getElementType() << ", got " << values;
  // (C2)
  int64_t bytes = llvm::divideCeil(full.getNumElements(), 8);
  if (bits.getRank() != 1 || bits.getDimSize(0) != bytes)
    return op->emitOpError()
           << "expected bits of rank 1 with " << bytes << " bytes for "
           << full.getNumElements() << " elements, got " << bits;
  return success();
}

static Attribute getConstant(Value value) {
  Attribute attr;
  return matchPattern(value, m_Constant(&attr)) ? attr : Attribute();
}

LogicalResult CompressOp::verify() {
  if (failed(verifyEncoding(*this, getInput().getType(), getValues().getType(),
                            getBits().getType())))
    return failure();
  // (C3)
  FailureOr<std::vector<uint8_t>> mask =
      getMaskElements(getConstant(getMask()));
  if (failed(mask))
    return success();
  int64_t stay = llvm::count(*mask, 1);
  int64_t places = getValues().getType().getDimSize(0);
  if (stay == places)
    return success();
  return emitOpError() << "expected a place for each of the " << stay
                       << " elements that the mask keeps, got " << places;
}

LogicalResult ExpandOp::verify() {
  return verifyEncoding(*this, getResult().getType(), getValues().getType(),
                        getBits().getType());
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

OpFoldResult ApplyOp::fold(FoldAdaptor adaptor) {
  // apply(x, true) = x
  auto mask = dyn_cast_or_null<DenseElementsAttr>(adaptor.getMask());
  if (mask && mask.isSplat() && mask.getSplatValue<bool>())
    return getInput();
  // apply(apply(x, m), m) = apply(x, m)
  if (auto inner = getInput().getDefiningOp<ApplyOp>();
      inner && inner.getMask() == getMask() &&
      inner.getPattern() == getPattern() && inner.getOutputs() == getOutputs())
    return getInput();
  return {};
}

LogicalResult CompressOp::fold(FoldAdaptor adaptor,
                               SmallVectorImpl<OpFoldResult> &results) {
  auto input = dyn_cast_or_null<DenseElementsAttr>(adaptor.getInput());
  FailureOr<std::vector<uint8_t>> mask = getMaskElements(adaptor.getMask());
  if (!input || failed(mask) || int64_t(mask->size()) > kFoldLimit)
    return failure();
  SmallVector<Attribute> values;
  std::vector<char> bits(llvm::divideCeil(mask->size(), 8));
  for (auto [i, element] : llvm::enumerate(input.getValues<Attribute>()))
    if ((*mask)[i]) {
      values.push_back(element);
      bits[i / 8] |= char(1 << i % 8);
    }
  results.push_back(DenseElementsAttr::get(getValues().getType(), values));
  results.push_back(
      DenseElementsAttr::getFromRawBuffer(getBits().getType(), bits));
  return success();
}
