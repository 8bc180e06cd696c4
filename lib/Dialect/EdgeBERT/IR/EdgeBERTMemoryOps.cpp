//===- EdgeBERTMemoryOps.cpp - verifiers of the scheduled and command form ===//

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace edgebert::accel;

#define GET_OP_CLASSES
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTOps.cpp.inc"

using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

static SpaceAttr getSpace(Value buffer) {
  return cast<SpaceAttr>(cast<MemRefType>(buffer.getType()).getMemorySpace());
}

static int64_t getNumRows(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getDimSize(0);
}

static int64_t getNumBytes(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

//===----------------------------------------------------------------------===//
// DRAM
//===----------------------------------------------------------------------===//

LogicalResult RegionOp::verify() {
  if (int64_t(getAddress()) < 0 || int64_t(getSize()) <= 0)
    return emitOpError("expected a non-negative address and a positive size, "
                       "got address ")
           << int64_t(getAddress()) << " and size " << int64_t(getSize());
  if (auto init = getInitAttr()) {
    ShapedType type = init.getShapedType();
    if (!type.getElementType().isSignlessInteger(8) ||
        type.getNumElements() != int64_t(getSize()))
      return emitOpError("expected init to hold ")
             << getSize() << " i8 elements, got " << type;
  }
  return success();
}

static FailureOr<RegionOp> lookUpRegion(Operation *op, FlatSymbolRefAttr name,
                                        SymbolTableCollection &symbols) {
  auto region = symbols.lookupNearestSymbolFrom<RegionOp>(op, name);
  if (!region)
    return op->emitOpError("expected an edgebert.region named ") << name;
  return region;
}

LogicalResult GetRegionOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<RegionOp> region = lookUpRegion(*this, getRegionAttr(), symbols);
  if (failed(region))
    return failure();
  auto type = cast<MemRefType>(getType());
  if (type.getNumElements() != int64_t(region->getSize()))
    return emitOpError("expected a view of all ")
           << region->getSize() << " bytes of the region, got " << type;
  return success();
}

template <typename Transfer>
static LogicalResult verifyTransfer(Transfer op,
                                    SymbolTableCollection &symbols) {
  FailureOr<RegionOp> region = lookUpRegion(op, op.getRegionAttr(), symbols);
  if (failed(region))
    return failure();
  if (getNumBytes(op.getBuffer()) > int64_t(region->getSize()))
    return op.emitOpError("transfers ")
           << getNumBytes(op.getBuffer()) << " bytes, more than the "
           << region->getSize() << " of region @" << region->getSymName();
  return success();
}

LogicalResult LoadOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyTransfer(*this, symbols);
}

LogicalResult StoreOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyTransfer(*this, symbols);
}

void LoadOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Read::get());
  effects.emplace_back(MemoryEffects::Write::get(), &getBufferMutable());
}

void StoreOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Write::get());
  effects.emplace_back(MemoryEffects::Read::get(), &getBufferMutable());
}

LogicalResult LoadOp::verify() {
  // A buffer may also be a block argument of an outlined function.
  if (auto pad = getBuffer().getDefiningOp<ScratchpadOp>())
    if (pad.getAddress() != 0) {
      InFlightDiagnostic diag =
          emitOpError("expected a buffer at address 0, where the machine's "
                      "loads go, got address ")
          << pad.getAddress();
      diag.attachNote(pad.getLoc()) << "the buffer is placed here";
      return diag;
    }
  return success();
}

LogicalResult ScratchpadOp::verify() {
  if (int64_t(getAddress()) < 0)
    return emitOpError("expected a non-negative address, got ")
           << int64_t(getAddress());
  return success();
}

//===----------------------------------------------------------------------===//
// On-chip operations
//===----------------------------------------------------------------------===//

/// A stream: a data and a mask buffer of the same decoder, with at least
/// `vectors` masks and no more data rows than masks.
static LogicalResult verifyStream(Operation *op, StringRef name, Value data,
                                  Value mask, int64_t vectors) {
  if (getSpace(data).getDecoder() != getSpace(mask).getDecoder())
    return op->emitOpError("expected data and mask of ")
           << name << " in the same decoder, got "
           << getSpace(data).getDecoder() << " and "
           << getSpace(mask).getDecoder();
  if (getNumRows(mask) != vectors)
    return op->emitOpError("expected ") << vectors << " mask rows for " << name
                                        << ", got " << getNumRows(mask);
  if (getNumRows(data) > vectors)
    return op->emitOpError("expected at most ")
           << vectors << " data rows for " << name << ", got "
           << getNumRows(data);
  return success();
}

static LogicalResult verifyDecoder(Operation *op, StringRef name, Value data,
                                   unsigned decoder) {
  if (getSpace(data).getDecoder() == decoder)
    return success();
  return op->emitOpError("expected ")
         << name << " in decoder " << decoder << ", got "
         << getSpace(data).getDecoder();
}

/// `value` is signed, other than what the getters of I32Attr return.
static LogicalResult verifyField(Operation *op, StringRef name, int32_t value,
                                 int32_t low, int32_t high) {
  if (value >= low && value <= high)
    return success();
  return op->emitOpError("expected ")
         << name << " in " << low << ".." << high << ", got " << value;
}

LogicalResult RunMatmulOp::verify() {
  std::pair<StringRef, uint32_t> extents[] = {
      {"n0", getN0()}, {"n1", getN1()}, {"m", getM()}};
  for (auto [name, value] : extents)
    if (value == 0 || value % 16 != 0)
      return emitOpError("expected ")
             << name << " to be a positive multiple of 16, got " << value;
  int64_t n0 = getN0(), n1 = getN1(), m = getM();
  if (failed(verifyStream(*this, "lhs", getLhs(), getLhsMask(), n1 * m / 16)) ||
      failed(verifyStream(*this, "rhs", getRhs(), getRhsMask(), n0 * m / 16)) ||
      failed(
          verifyStream(*this, "outs", getOut(), getOutMask(), n0 * n1 / 16)) ||
      failed(verifyDecoder(*this, "lhs", getLhs(), 1)) ||
      failed(verifyDecoder(*this, "rhs", getRhs(), 0)) ||
      failed(verifyField(*this, "right_shift", getRightShift(), 0, 31)))
    return failure();
  return verifyField(*this, "accum_bias", getAccumBias(), 0, 7);
}

template <typename RunRows>
static LogicalResult verifyRows(RunRows op) {
  int64_t vectors = int64_t(op.getNumVector()) * op.getNumTimestep();
  if (failed(verifyField(op, "num_vector", op.getNumVector(), 1, 255)) ||
      failed(verifyField(op, "num_timestep", op.getNumTimestep(), 1, 255)) ||
      failed(verifyStream(op, "input", op.getInput(), op.getInputMask(),
                          vectors)) ||
      failed(verifyStream(op, "outs", op.getOut(), op.getOutMask(), vectors)) ||
      failed(verifyDecoder(op, "outs", op.getOut(),
                           getSpace(op.getInput()).getDecoder())) ||
      failed(verifyField(op, "in_bias", op.getInBias(), 0, 7)))
    return failure();
  if (op.getTiled() && op.getNumTimestep() % 16 != 0)
    return op.emitOpError("expected num_timestep of tiled streams to be a "
                          "multiple of 16, got ")
           << op.getNumTimestep();
  return verifyField(op, "out_bias", op.getOutBias(), 0, 7);
}

static LogicalResult verifyParameters(Operation *op, StringRef name,
                                      Value buffer, int64_t numVector) {
  if (getNumRows(buffer) == numVector)
    return success();
  return op->emitOpError("expected ")
         << numVector << " rows of " << name << ", got " << getNumRows(buffer);
}

LogicalResult RunSoftmaxOp::verify() {
  if (failed(verifyRows(*this)))
    return failure();
  int64_t each = getNumVector(), all = each * getNumTimestep();
  if (int64_t rows = getNumRows(getSpan()); rows != each && rows != all)
    return emitOpError("expected ") << each << " rows of span, or " << all
                                    << " for a span per row, got " << rows;
  return verifyField(*this, "span_bias", getSpanBias(), 0, 7);
}

LogicalResult RunLayerNormOp::verify() {
  if (failed(verifyRows(*this)) ||
      failed(verifyParameters(*this, "gamma", getGamma(), getNumVector())) ||
      failed(verifyParameters(*this, "beta", getBeta(), getNumVector())) ||
      failed(verifyField(*this, "gamma_bias", getGammaBias(), 0, 7)))
    return failure();
  return verifyField(*this, "beta_bias", getBetaBias(), 0, 7);
}

LogicalResult RunAddOp::verify() {
  int64_t vectors = int64_t(getNumVector()) * getNumTimestep();
  if (failed(verifyRows(*this)) ||
      failed(verifyStream(*this, "rhs", getRhs(), getRhsMask(), vectors)) ||
      failed(verifyDecoder(*this, "rhs", getRhs(),
                           getSpace(getInput()).getDecoder())))
    return failure();
  return verifyField(*this, "rhs_bias", getRhsBias(), 0, 7);
}

LogicalResult RunEntropyOp::verify() {
  if (failed(verifyField(*this, "num_vector", getNumVector(), 1, 255)) ||
      failed(verifyStream(*this, "input", getInput(), getInputMask(),
                          getNumVector())))
    return failure();
  return verifyField(*this, "in_bias", getInBias(), 0, 7);
}

/// Every run op with rows of results reads its first operands and writes its
/// `out` pair.
template <typename RunOp>
static void addRunEffects(RunOp op, Effects &effects) {
  OpOperand *out = &op.getOutMutable(), *mask = &op.getOutMaskMutable();
  for (OpOperand &operand : op->getOpOperands()) {
    if (&operand == out || &operand == mask)
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

void RunMatmulOp::getEffects(Effects &effects) {
  addRunEffects(*this, effects);
}
void RunSoftmaxOp::getEffects(Effects &effects) {
  addRunEffects(*this, effects);
}
void RunLayerNormOp::getEffects(Effects &effects) {
  addRunEffects(*this, effects);
}
void RunAddOp::getEffects(Effects &effects) { addRunEffects(*this, effects); }

void RunEntropyOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getInputMutable());
  effects.emplace_back(MemoryEffects::Read::get(), &getInputMaskMutable());
  // What the unit keeps.
  effects.emplace_back(MemoryEffects::Write::get());
}
