//===- BufferizableOpInterfaceImpl.cpp - tensors to buffers ---------------===//
//
// The tensor ops write their `outs`; probes and the entropy only read.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bufferization;

namespace edgebert::accel {
namespace {

template <typename OpTy>
struct DestinationOpInterface
    : DstBufferizableOpInterfaceExternalModel<DestinationOpInterface<OpTy>,
                                              OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    SmallVector<Value> buffers;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    OperationState newOp(op->getLoc(), op->getName(), buffers, TypeRange(),
                         llvm::to_vector(op->getDiscardableAttrs()));
    newOp.propertiesAttr = op->getPropertiesAsAttribute();
    Operation *created = rewriter.create(newOp);
    Value out = cast<DestinationStyleOpInterface>(created).getDpsInits()[0];
    replaceOpWithBufferizedValues(rewriter, op, out);
    return success();
  }
};

/// An op with one tensor operand, which it reads, and no tensor result.
template <typename OpTy>
struct ReaderInterface
    : BufferizableOpInterface::ExternalModel<ReaderInterface<OpTy>, OpTy> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    OpOperand &operand = op->getOpOperand(0);
    FailureOr<Value> buffer =
        getBuffer(rewriter, operand.get(), options, state);
    if (failed(buffer))
      return failure();
    rewriter.modifyOpInPlace(op, [&] { operand.set(*buffer); });
    return success();
  }
};

} // namespace

void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, EdgeBERTDialect *) {
    MatmulOp::attachInterface<DestinationOpInterface<MatmulOp>>(*context);
    SoftmaxOp::attachInterface<DestinationOpInterface<SoftmaxOp>>(*context);
    LayerNormOp::attachInterface<DestinationOpInterface<LayerNormOp>>(*context);
    AddOp::attachInterface<DestinationOpInterface<AddOp>>(*context);
    ProbeOp::attachInterface<ReaderInterface<ProbeOp>>(*context);
    EntropyOp::attachInterface<ReaderInterface<EntropyOp>>(*context);
  });
}

} // namespace edgebert::accel
