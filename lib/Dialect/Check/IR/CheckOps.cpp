//===- CheckOps.cpp - numeric assertions in IR ----------------------------===//

#include "edgebert/Dialect/Check/IR/Check.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;
using namespace edgebert::check;

#include "edgebert/Dialect/Check/IR/CheckDialect.cpp.inc"

#define GET_OP_CLASSES
#include "edgebert/Dialect/Check/IR/CheckOps.cpp.inc"

void CheckDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "edgebert/Dialect/Check/IR/CheckOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

LogicalResult ExpectCloseOp::verify() {
  // (C1)
  Type element = getElementTypeOrSelf(getActual());
  if (!isa<FloatType>(element))
    return emitOpError() << "expected float elements, got " << element
                         << "; compare them with check.expect_eq";
  // (C2)
  for (auto [name, tolerance] :
       {std::pair("atol", getAtol().convertToDouble()),
        std::pair("rtol", getRtol().convertToDouble())})
    if (!std::isfinite(tolerance) || tolerance < 0)
      return emitOpError() << "expected a finite " << name
                           << " of at least 0, got " << tolerance;
  return success();
}

LogicalResult ExpectBitsOp::verify() {
  // (C1)
  auto actual = cast<ShapedType>(getActual().getType());
  Type element = actual.getElementType();
  if (!element.isIntOrFloat())
    return emitOpError() << "expected integer or float elements, got "
                         << element;
  // (C2)
  ShapedType expected = getExpected().getShapedType();
  if (failed(verifyCompatibleShape(actual.getShape(), expected.getShape())))
    return emitOpError() << "expected bit patterns of the shape of " << actual
                         << ", got " << expected;
  unsigned width = element.getIntOrFloatBitWidth();
  if (!expected.getElementType().isInteger(width))
    return emitOpError() << "expected bit patterns of type i" << width
                         << " for " << element << ", got "
                         << expected.getElementType();
  return success();
}

//===----------------------------------------------------------------------===//
// Bufferization: every operand is read, nothing is written
//===----------------------------------------------------------------------===//

static LogicalResult
bufferizeReader(Operation *op, RewriterBase &rewriter,
                const bufferization::BufferizationOptions &options,
                bufferization::BufferizationState &state) {
  SmallVector<Value> buffers;
  for (Value operand : op->getOperands()) {
    if (!isa<TensorType>(operand.getType())) {
      buffers.push_back(operand);
      continue;
    }
    FailureOr<Value> buffer =
        bufferization::getBuffer(rewriter, operand, options, state);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
  }
  // Two operands of the same tensor type may have got buffers of different
  // layouts; the op compares equal types, so both get the most general one.
  if (buffers.size() == 2 && buffers[0].getType() != buffers[1].getType())
    for (Value &buffer : buffers) {
      auto type = cast<MemRefType>(buffer.getType());
      auto general =
          cast<MemRefType>(bufferization::getMemRefTypeWithFullyDynamicLayout(
              RankedTensorType::get(type.getShape(), type.getElementType()),
              type.getMemorySpace()));
      if (type != general)
        buffer =
            memref::CastOp::create(rewriter, op->getLoc(), general, buffer);
    }
  rewriter.modifyOpInPlace(op, [&] { op->setOperands(buffers); });
  return success();
}

#define DEFINE_READER(OP)                                                      \
  bool OP::bufferizesToMemoryRead(OpOperand &,                                 \
                                  const bufferization::AnalysisState &) {      \
    return true;                                                               \
  }                                                                            \
  bool OP::bufferizesToMemoryWrite(OpOperand &,                                \
                                   const bufferization::AnalysisState &) {     \
    return false;                                                              \
  }                                                                            \
  bufferization::AliasingValueList OP::getAliasingValues(                      \
      OpOperand &, const bufferization::AnalysisState &) {                     \
    return {};                                                                 \
  }                                                                            \
  LogicalResult OP::bufferize(                                                 \
      RewriterBase &rewriter,                                                  \
      const bufferization::BufferizationOptions &options,                      \
      bufferization::BufferizationState &state) {                              \
    return bufferizeReader(*this, rewriter, options, state);                   \
  }
DEFINE_READER(ExpectEqOp)
DEFINE_READER(ExpectCloseOp)
DEFINE_READER(ExpectBitsOp)
#undef DEFINE_READER
