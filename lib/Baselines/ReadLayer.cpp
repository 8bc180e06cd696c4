//===- ReadLayer.cpp - the operations of a model --------------------------===//

#include "edgebert/Baselines/Layer.h"

#include "edgebert/Analysis/Kernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::baselines;
using namespace edgebert::analysis;

llvm::StringRef baselines::stringifyModule(Module module) {
  switch (module) {
  case Module::Attention:
    return "attention";
  case Module::PostProcessing:
    return "post-processing";
  case Module::FeedForward:
    return "ffn";
  }
  llvm_unreachable("covered switch");
}

llvm::StringRef baselines::stringifyOpKind(OpKind kind) {
  switch (kind) {
  case OpKind::Matmul:
    return "matmul";
  case OpKind::Softmax:
    return "softmax";
  case OpKind::LayerNorm:
    return "layer norm";
  case OpKind::Add:
    return "add";
  case OpKind::AddRow:
    return "add row";
  case OpKind::Elementwise:
    return "elementwise";
  case OpKind::Move:
    return "move";
  }
  llvm_unreachable("covered switch");
}

namespace {

/// Reads one function. `stage` counts modules from the inputs on, three per
/// layer: an op is in the latest stage of its operands.
class LayerReader {
public:
  explicit LayerReader(func::FuncOp func) : func(func) {}
  FailureOr<Layer> read();

private:
  void readKernel(const Kernel &kernel);
  void readMatmul(const MatmulKernel &matmul);
  LogicalResult readHostOp(const Rejection &rejection);
  LogicalResult readScalars(linalg::LinalgOp op);
  LayerOp start(OpKind kind, Operation *op, StringRef name, Value result);
  void splitHeads();

  const Kernel *kernelOf(Value value) const {
    return roots.lookup(value.getDefiningOp());
  }
  bool comesFromSoftmax(Value value) const;
  bool onlyIntoLayerNorm(const Kernel &add) const;

  func::FuncOp func;
  KernelSet set;
  DenseMap<Operation *, const Kernel *> roots;
  DenseMap<Value, unsigned> stages;
  unsigned stage = 0;
  Layer layer;
};

} // namespace

/// Looks through ops that only change a tensor's shape or order.
static Value skipViews(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp,
             tensor::ReshapeOp, linalg::TransposeOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

bool LayerReader::comesFromSoftmax(Value value) const {
  const Kernel *kernel = kernelOf(skipViews(value));
  return kernel && kernel->kind == KernelKind::Softmax;
}

bool LayerReader::onlyIntoLayerNorm(const Kernel &add) const {
  for (const std::unique_ptr<Kernel> &other : set.kernels) {
    auto *norm = dyn_cast<LayerNormKernel>(other.get());
    if (!norm || skipViews(norm->input) != add.result)
      continue;
    return llvm::all_of(add.result.getUsers(), [&](Operation *user) {
      return llvm::is_contained(norm->body, user);
    });
  }
  return false;
}

LayerOp LayerReader::start(OpKind kind, Operation *op, StringRef name,
                           Value result) {
  LayerOp out;
  out.kind = kind;
  out.module = Module(stage % 3);
  out.name = name.str();
  out.loc = op->getLoc();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(result.getType()).getShape();
  if (!shape.empty()) {
    out.n = shape.back();
    shape = shape.drop_back();
  }
  if (!shape.empty()) {
    out.m = shape.back();
    shape = shape.drop_back();
  }
  for (int64_t extent : shape)
    out.batch *= extent;
  return out;
}

void LayerReader::readMatmul(const MatmulKernel &matmul) {
  LayerOp out = start(OpKind::Matmul, matmul.root, matmul.id, matmul.result);
  out.batch = matmul.batch;
  out.m = matmul.m;
  out.n = matmul.n;
  out.k = matmul.k;
  // A naive product walks rows of [m, k] and columns of [k, n]: an operand
  // whose innermost dimension in memory is the other one is transposed first.
  // The permutations lead to [batch, m, k] and [batch, n, k]. Constants are
  // stored as needed.
  auto keepsInnermost = [](ArrayRef<int64_t> perm) {
    return perm.back() == int64_t(perm.size()) - 1;
  };
  out.transposeLhs =
      !isConstantDerived(matmul.lhs) && !keepsInnermost(matmul.lhsPerm);
  out.transposeRhs =
      !isConstantDerived(matmul.rhs) && keepsInnermost(matmul.rhsPerm);
  layer.push_back(out);
  LayerOp after = start(OpKind::AddRow, matmul.root, matmul.id, matmul.result);
  if (matmul.addend)
    layer.push_back(after);
  after.kind = OpKind::Elementwise;
  after.byConstant = true;
  if (matmul.scale != 1.0) {
    after.scalar = arith::MulFOp::getOperationName().str();
    layer.push_back(after);
  }
  if (matmul.relu) {
    after.scalar = arith::MaximumFOp::getOperationName().str();
    layer.push_back(after);
  }
  if (stage % 3 == 0 &&
      (comesFromSoftmax(matmul.lhs) || comesFromSoftmax(matmul.rhs)))
    ++stage;
}

void LayerReader::readKernel(const Kernel &kernel) {
  switch (kernel.kind) {
  case KernelKind::Matmul:
    return readMatmul(cast<MatmulKernel>(kernel));
  case KernelKind::Softmax:
    layer.push_back(
        start(OpKind::Softmax, kernel.root, kernel.id, kernel.result));
    return;
  case KernelKind::LayerNorm:
    layer.push_back(
        start(OpKind::LayerNorm, kernel.root, kernel.id, kernel.result));
    if (stage % 3 != 0)
      ++stage;
    return;
  case KernelKind::Add:
    layer.push_back(start(OpKind::Add, kernel.root, kernel.id, kernel.result));
    layer.back().intoLayerNorm = onlyIntoLayerNorm(kernel);
    return;
  }
}

/// Whether `value`, an operand in the body of `op`, is the same number in every
/// iteration.
static bool isUniform(linalg::LinalgOp op, Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != op.getBlock())
    return matchPattern(value, m_Constant());
  OpOperand *operand = op.getMatchingOpOperand(argument);
  return op.getMatchingIndexingMap(operand).getNumResults() == 0 &&
         isConstantDerived(operand->get());
}

LogicalResult LayerReader::readScalars(linalg::LinalgOp op) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  LayerOp out = start(OpKind::Elementwise, op, getLocationName(op.getLoc()),
                      op->getResult(0));
  out.batch = out.m = 1;
  out.n = 1;
  for (int64_t extent : extents) {
    if (ShapedType::isDynamic(extent))
      return op.emitOpError("has a dynamic extent; the baselines need static "
                            "shapes");
    out.n *= extent;
  }
  for (Operation &scalar : op.getBlock()->without_terminator()) {
    if (isa<arith::ConstantOp, linalg::IndexOp>(scalar))
      continue;
    out.scalar = scalar.getName().getStringRef().str();
    out.byConstant = llvm::any_of(scalar.getOperands(), [&](Value value) {
      return isUniform(op, value);
    });
    layer.push_back(out);
  }
  return success();
}

/// Whether `op` copies elements whose indices are data.
static bool isGather(Operation *op) {
  if (isa<tensor::GatherOp>(op))
    return true;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return linalgOp &&
         llvm::any_of(*linalgOp.getBlock(), llvm::IsaPred<tensor::ExtractOp>);
}

LogicalResult LayerReader::readHostOp(const Rejection &rejection) {
  Operation *op = rejection.op;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (rejection.kind == RejectionKind::DataMovement || isGather(op)) {
    if (!cast<RankedTensorType>(op->getResult(0).getType()).hasStaticShape())
      return op->emitOpError("has a dynamic shape; the baselines need static "
                             "shapes");
    layer.push_back(start(OpKind::Move, op, getLocationName(op->getLoc()),
                          op->getResult(0)));
    return success();
  }
  if (linalgOp && !isa<linalg::ConvolutionOpInterface>(op))
    return readScalars(linalgOp);
  return op->emitOpError("has no baseline: ") << rejection.reason;
}

/// The thesis computes each head's query, key and value by itself: a product
/// with weights in the attention, as often as the attention's products have
/// matrices.
void LayerReader::splitHeads() {
  int64_t heads = 1;
  for (const LayerOp &op : layer)
    if (op.kind == OpKind::Matmul && op.module == Module::Attention)
      heads = std::max(heads, op.batch);
  for (LayerOp &op : layer)
    if (op.kind == OpKind::Matmul && op.module == Module::Attention &&
        op.batch == 1 && op.n % heads == 0)
      op.heads = heads;
}

FailureOr<Layer> LayerReader::read() {
  if (!func.getBody().hasOneBlock())
    return func.emitOpError("has more than one block; the model form has one");
  set = findKernels(func);
  for (const std::unique_ptr<Kernel> &kernel : set.kernels)
    roots[kernel->root] = kernel.get();
  DenseMap<Operation *, const Rejection *> hostOps;
  for (const Rejection &rejection : set.rejections)
    hostOps[rejection.op] = &rejection;
  for (Operation &op : func.getBody().front()) {
    stage = 0;
    for (Value operand : op.getOperands())
      stage = std::max(stage, stages.lookup(operand));
    if (const Kernel *kernel = roots.lookup(&op)) {
      for (Value operand : kernel->getOperands())
        stage = std::max(stage, stages.lookup(operand));
      readKernel(*kernel);
    } else if (const Rejection *rejection = hostOps.lookup(&op)) {
      if (failed(readHostOp(*rejection)))
        return failure();
    }
    for (Value result : op.getResults())
      stages[result] = stage;
  }
  splitHeads();
  return std::move(layer);
}

FailureOr<Layer> baselines::readLayer(func::FuncOp func) {
  return LayerReader(func).read();
}
