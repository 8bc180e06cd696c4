//===- FaultOps.cpp - places where faults can strike ----------------------===//

#include "edgebert/Dialect/Fault/IR/Fault.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::fault;

#include "edgebert/Dialect/Fault/IR/FaultDialect.cpp.inc"
#include "edgebert/Dialect/Fault/IR/FaultEnums.cpp.inc"

#define GET_OP_CLASSES
#include "edgebert/Dialect/Fault/IR/FaultOps.cpp.inc"

void FaultDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "edgebert/Dialect/Fault/IR/FaultOps.cpp.inc"
      >();
}

/// The result of a tensor is a tensor; buffers are changed in place.
static LogicalResult inferResult(ValueRange operands,
                                 SmallVectorImpl<Type> &types) {
  if (operands.empty())
    return failure();
  if (isa<RankedTensorType>(operands[0].getType()))
    types.push_back(operands[0].getType());
  return success();
}

void SiteOp::build(OpBuilder &builder, OperationState &state, Value input,
                   Kind kind, int64_t id, StringRef name,
                   numfmt::FormatTypeInterface format, ElementsAttr metadata,
                   std::optional<int64_t> axis) {
  SmallVector<Type, 1> types;
  (void)inferResult(input, types);
  build(builder, state, types, input, kind, uint64_t(id), name,
        format ? TypeAttr::get(format) : TypeAttr(), metadata,
        axis ? builder.getI64IntegerAttr(*axis) : IntegerAttr());
}

LogicalResult SiteOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                       ValueRange operands, DictionaryAttr,
                                       OpaqueProperties, RegionRange,
                                       SmallVectorImpl<Type> &types) {
  return inferResult(operands, types);
}

numfmt::FormatTypeInterface SiteOp::getCodeFormat() {
  if (TypeAttr format = getFormatAttr())
    return cast<numfmt::FormatTypeInterface>(format.getValue());
  return dyn_cast<numfmt::FormatTypeInterface>(
      getElementTypeOrSelf(getInput().getType()));
}

SmallVector<numerics::Metadata> SiteOp::getMetadataValues() {
  ElementsAttr metadata = getMetadataAttr();
  if (!metadata)
    return SmallVector<numerics::Metadata>(1);
  SmallVector<numerics::Metadata> values;
  numfmt::FormatTypeInterface format = getCodeFormat();
  for (Attribute value : metadata.getValues<Attribute>())
    values.push_back(format.getMetadata(value));
  return values;
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

static LogicalResult verifyResult(SiteOp op) {
  Type input = op.getInput().getType();
  bool isTensor = isa<TensorType>(input);
  if (op->getNumResults() != unsigned(isTensor))
    return op.emitOpError()
           << "expected " << (isTensor ? "one" : "no") << " result for "
           << input << ", got " << op->getNumResults();
  if (isTensor && op->getResult(0).getType() != input)
    return op.emitOpError() << "expected a result of type " << input << ", got "
                            << op->getResult(0).getType();
  return success();
}

/// (C4)
static LogicalResult verifyMetadata(SiteOp op) {
  ElementsAttr metadata = op.getMetadataAttr();
  std::optional<int64_t> axis = op.getAxis();
  if (!metadata) {
    if (axis)
      return op.emitOpError("expected metadata with an axis");
    return success();
  }
  numfmt::FormatTypeInterface format = op.getCodeFormat();
  if (!format)
    return op.emitOpError("expected a format with metadata");
  ShapedType type = metadata.getShapedType();
  if (type.getElementType() != format.getMetadataType())
    return op.emitOpError()
           << "expected metadata of " << format.getMetadataType() << " for "
           << format << ", got " << type;
  auto input = cast<ShapedType>(op.getInput().getType());
  if (!axis) {
    if (type.getRank() != 0)
      return op.emitOpError()
             << "expected metadata of rank 0 without an axis, got " << type;
    return success();
  }
  if (*axis < 0 || *axis >= input.getRank())
    return op.emitOpError() << "expected an axis from 0 to "
                            << input.getRank() - 1 << ", got " << *axis;
  if (type.getRank() != 1 || (!input.isDynamicDim(*axis) &&
                              type.getDimSize(0) != input.getDimSize(*axis)))
    return op.emitOpError()
           << "expected metadata of " << input.getDimSize(*axis)
           << " elements for axis " << *axis << ", got " << type;
  return success();
}

LogicalResult SiteOp::verify() {
  if (failed(verifyResult(*this)))
    return failure();
  // (C1)
  Type element = getElementTypeOrSelf(getInput().getType());
  auto elementFormat = dyn_cast<numfmt::FormatTypeInterface>(element);
  bool isPlain = element.isF32() || (isa<IntegerType>(element) &&
                                     element.getIntOrFloatBitWidth() <= 32);
  if (!elementFormat && !isPlain)
    return emitOpError() << "expected elements of a number format, f32 or "
                            "integers of at most 32 bits, got "
                         << element;
  // (C2), as far as one op can tell
  if (int64_t(getId()) < 0)
    return emitOpError() << "expected an id of at least 0, got "
                         << int64_t(getId());
  // (C3)
  if (TypeAttr attr = getFormatAttr()) {
    auto format = cast<numfmt::FormatTypeInterface>(attr.getValue());
    bool fits = elementFormat
                    ? elementFormat == format
                    : element == format.getStorageType() || element.isF32();
    if (!fits) {
      if (elementFormat)
        return emitOpError() << "expected format " << element << " of the "
                             << "elements, got " << format;
      return emitOpError() << "expected elements of " << format << ", "
                           << format.getStorageType() << " or f32, got "
                           << element;
    }
  }
  return verifyMetadata(*this);
}

//===----------------------------------------------------------------------===//
// Effects and bufferization
//===----------------------------------------------------------------------===//

void SiteOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  if (!isa<BaseMemRefType>(getInput().getType()))
    return;
  effects.emplace_back(MemoryEffects::Read::get(), &getInputMutable());
  effects.emplace_back(MemoryEffects::Write::get(), &getInputMutable());
}

bool SiteOp::bufferizesToMemoryRead(OpOperand &,
                                    const bufferization::AnalysisState &) {
  return true;
}

bool SiteOp::bufferizesToMemoryWrite(OpOperand &,
                                     const bufferization::AnalysisState &) {
  // What is put back was never written; so weights are not copied every run.
  return !isStorage();
}

bufferization::AliasingValueList
SiteOp::getAliasingValues(OpOperand &, const bufferization::AnalysisState &) {
  if (!getResult())
    return {};
  return {{getResult(), bufferization::BufferRelation::Equivalent}};
}

LogicalResult
SiteOp::bufferize(RewriterBase &rewriter,
                  const bufferization::BufferizationOptions &options,
                  bufferization::BufferizationState &state) {
  FailureOr<Value> buffer =
      bufferization::getBuffer(rewriter, getInput(), options, state);
  if (failed(buffer))
    return failure();
  Operation *op = getOperation();
  OperationState onBuffer(op->getLoc(), op->getName(), *buffer, TypeRange(),
                          llvm::to_vector(op->getDiscardableAttrs()));
  onBuffer.propertiesAttr = op->getPropertiesAsAttribute();
  rewriter.create(onBuffer);
  bufferization::replaceOpWithBufferizedValues(rewriter, op, *buffer);
  return success();
}
