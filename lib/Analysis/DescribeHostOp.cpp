//===- DescribeHostOp.cpp - why an op stays on the host -------------------===//

#include "edgebert/Analysis/Kernels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace edgebert::analysis {

/// "math.tanh", "arith.mulf and math.erf", without repeats.
static std::string listPayload(linalg::LinalgOp op) {
  llvm::SetVector<StringRef> names;
  op.getBlock()->walk([&](Operation *inner) {
    if (!isa<linalg::YieldOp, arith::ConstantOp>(inner))
      names.insert(inner->getName().getStringRef());
  });
  return llvm::join(names, ", ");
}

static bool hasPayload(linalg::LinalgOp op) {
  return !llvm::all_of(op.getBlock()->getOperations(), [](Operation &inner) {
    return isa<linalg::YieldOp>(inner);
  });
}

static Rejection host(Operation *op, const llvm::Twine &reason) {
  return {op, RejectionKind::HostCompute, reason.str()};
}

static Rejection describeLinalg(linalg::LinalgOp op) {
  if (isa<linalg::ConvolutionOpInterface>(op.getOperation()))
    return host(op, "convolution and pooling have no unit on the accelerator");
  bool gathers = false;
  op.getBlock()->walk([&](tensor::ExtractOp) { gathers = true; });
  if (gathers)
    return host(op, "a gather has no unit on the accelerator");
  if (!hasPayload(op))
    return {op, RejectionKind::DataMovement, "only moves data"};
  std::string payload = listPayload(op);
  if (op.getNumReductionLoops() > 0)
    return host(op, "a reduction (" + payload +
                        ") outside a softmax, layer norm or matmul has no unit "
                        "on the accelerator");
  return host(op, payload + " has no unit on the accelerator");
}

std::optional<Rejection> describeHostOp(Operation *op) {
  if (op->getNumResults() == 0 ||
      !llvm::all_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>) ||
      llvm::all_of(op->getResults(), isConstantDerived))
    return std::nullopt;
  if (isa<tensor::EmptyOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
          tensor::ReshapeOp, tensor::CastOp, linalg::FillOp>(op))
    return std::nullopt;
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return describeLinalg(linalgOp);
  if (isa<tensor::GatherOp>(op))
    return host(op, "a gather has no unit on the accelerator");
  if (isa<tensor::TensorDialect>(op->getDialect()))
    return Rejection{op, RejectionKind::DataMovement, "only moves data"};
  if (isa<linalg::LinalgDialect, arith::ArithDialect, math::MathDialect>(
          op->getDialect()))
    return host(op, op->getName().getStringRef() +
                        " has no unit on the accelerator");
  return std::nullopt;
}

} // namespace edgebert::analysis
