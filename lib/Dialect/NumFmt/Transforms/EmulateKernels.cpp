//===- EmulateKernels.cpp - run an f32 module in number formats -----------===//
//
// Rounds what matrix products and convolutions read and give, by class of
// tensor. Constants are rounded here; everything else at run time, under
// metadata that the running program chooses from the tensor itself.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

namespace edgebert::numfmt {
#define GEN_PASS_DEF_NUMFMTEMULATE
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h.inc"
} // namespace edgebert::numfmt

using namespace mlir;
using namespace edgebert;
using namespace edgebert::numfmt;

namespace {

/// The format and the blocks of one class of tensors; no format: left alone.
struct TensorClass {
  FormatTypeInterface format;
  numerics::BlockRule blocks;
};

bool isKernel(linalg::LinalgOp op) {
  return linalg::isaContractionOpInterface(op) ||
         linalg::isaConvolutionOpInterface(op);
}

/// Whether values of `type` are rounded.
bool isReal(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isF32();
}

/// The operand through which an op only moves elements, or null.
Value getMovedSource(Operation *op) {
  if (!op)
    return Value();
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp,
          tensor::ExtractSliceOp>(op))
    return op->getOperand(0);
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op))
    return transpose.getInput();
  if (auto broadcast = dyn_cast<linalg::BroadcastOp>(op))
    return broadcast.getInput();
  return Value();
}

struct NumFmtEmulatePass
    : edgebert::numfmt::impl::NumFmtEmulateBase<NumFmtEmulatePass> {
  using NumFmtEmulateBase::NumFmtEmulateBase;

  void runOnOperation() override {
    if (failed(parse(weights, weightBlocks, "weights", weightClass)) ||
        failed(parse(activations, activationBlocks, "activations",
                     activationClass)) ||
        failed(parse(products, productBlocks, "products", productClass)))
      return signalPassFailure();
    rounded.clear();
    nextTensor = 0;
    SmallVector<linalg::LinalgOp> kernels;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (isKernel(op) && op.hasPureTensorSemantics())
        kernels.push_back(op);
    });
    for (linalg::LinalgOp op : kernels)
      if (failed(emulate(op)))
        return signalPassFailure();
    // Weights that nobody reads any more, and what moved them.
    llvm::SetVector<Operation *> candidates;
    for (Value old : llvm::make_first_range(rounded))
      if (Operation *op = old.getDefiningOp())
        candidates.insert(op);
    rounded.clear();
    for (bool changed = true; std::exchange(changed, false);)
      candidates.remove_if([&](Operation *op) {
        if (!isOpTriviallyDead(op))
          return false;
        op->erase();
        return changed = true;
      });
  }

  LogicalResult parse(StringRef format, StringRef blocks, StringRef what,
                      TensorClass &result) {
    result = {};
    if (format.empty())
      return success();
    auto known = numerics::Format::parse(format);
    if (!known)
      return getOperation()->emitError()
             << what << ": " << llvm::toString(known.takeError());
    auto rule = numerics::BlockRule::parse(blocks);
    if (!rule)
      return getOperation()->emitError()
             << what << ": " << llvm::toString(rule.takeError());
    // A format's name is its type's spelling.
    result.format = cast<FormatTypeInterface>(
        parseType("!numfmt." + known->name(), &getContext()));
    result.blocks = *rule;
    return success();
  }

  LogicalResult emulate(linalg::LinalgOp op) {
    for (OpOperand *operand : op.getDpsInputOperands()) {
      if (!isReal(operand->get().getType()))
        continue;
      FailureOr<Value> value = getRounded(operand->get());
      if (failed(value))
        return failure();
      operand->set(*value);
    }
    if (!productClass.format)
      return success();
    for (Value result : op->getResults()) {
      if (!isReal(result.getType()))
        continue;
      OpBuilder builder(op->getContext());
      builder.setInsertionPointAfter(op);
      FailureOr<Value> value = build(builder, result, productClass);
      if (failed(value))
        return failure();
      result.replaceUsesWithIf(*value, [&](OpOperand &use) {
        return !isa<NumFmtDialect>(use.getOwner()->getDialect());
      });
    }
    return success();
  }

  /// What a kernel reads instead of `value`; one op for all readers.
  FailureOr<Value> getRounded(Value value) {
    if (Value known = rounded.lookup(value))
      return known;
    Value result = value;
    Value root = value;
    while (Value source = getMovedSource(root.getDefiningOp()))
      root = source;
    if (ElementsAttr constant = getConstantElements(root)) {
      if (!weightClass.format)
        return value;
      FailureOr<Value> copy = copyWeights(value, root, constant);
      if (failed(copy))
        return failure();
      result = *copy;
    } else if (activationClass.format) {
      OpBuilder builder(&getContext());
      builder.setInsertionPointAfterValue(value);
      FailureOr<Value> built = build(builder, value, activationClass);
      if (failed(built))
        return failure();
      result = *built;
    }
    rounded[value] = result;
    return result;
  }

  /// emulate(value) under metadata chosen for it at run time.
  FailureOr<Value> build(OpBuilder &builder, Value value,
                         const TensorClass &with) {
    auto type = cast<RankedTensorType>(value.getType());
    Location loc = value.getLoc();
    auto blocks = with.blocks.getBlocks(type.getRank());
    if (!blocks)
      return emitError(loc) << llvm::toString(blocks.takeError());
    IntegerAttr axis;
    DenseI64ArrayAttr sizes;
    Value metadata;
    if (Type element = with.format.getMetadataType()) {
      if (auto number = blocks->getAxis())
        axis = builder.getI64IntegerAttr(*number);
      if (auto list = blocks->getSizes())
        sizes = builder.getDenseI64ArrayAttr(*list);
      metadata = ChooseMetadataOp::create(
          builder, loc,
          RankedTensorType::get(blocks->getMetadataShape(type.getShape()),
                                element),
          value, axis, sizes, TypeAttr::get(with.format));
    }
    return Value(EmulateOp::create(builder, loc, type, value, metadata, axis,
                                   sizes, getStream(builder, with),
                                   TypeAttr::get(with.format)));
  }

  /// A stream for the next tensor; null without stochastic rounding.
  IntegerAttr getStream(OpBuilder &builder, const TensorClass &with) {
    uint64_t tensor = nextTensor++;
    if (!with.format.getFormat().isStochastic())
      return IntegerAttr();
    return builder.getI64IntegerAttr(
        int64_t(numerics::NoiseStream::of(seed, tensor).stream));
  }

  /// Copies what moves the constant `root` to `value`, from rounded elements.
  FailureOr<Value> copyWeights(Value value, Value root, ElementsAttr constant) {
    if (value == root)
      return copyConstant(root, constant);
    Operation *op = value.getDefiningOp();
    Value source = getMovedSource(op);
    if (Value known = rounded.lookup(value))
      return known;
    FailureOr<Value> copy = copyWeights(source, root, constant);
    if (failed(copy))
      return failure();
    OpBuilder builder(op);
    IRMapping mapping;
    mapping.map(source, *copy);
    return rounded[value] = builder.clone(*op, mapping)->getResult(0);
  }

  FailureOr<Value> copyConstant(Value root, ElementsAttr constant) {
    if (Value known = rounded.lookup(root))
      return known;
    auto type = cast<RankedTensorType>(root.getType());
    auto blocks = weightClass.blocks.getBlocks(type.getRank());
    if (!blocks)
      return emitError(root.getLoc()) << llvm::toString(blocks.takeError());
    SmallVector<float> storage;
    auto x = getElements(constant, storage);
    if (failed(x))
      return emitError(root.getLoc())
             << "expected weights whose elements are at hand";
    numerics::Format format = weightClass.format.getFormat();
    auto metadata = format.chooseMetadata(type.getShape(), *blocks, *x);
    AsmResourceBlob blob =
        HeapAsmResourceBlob::allocate(x->size() * sizeof(float), /*align=*/64);
    MutableArrayRef<char> data = blob.getMutableData();
    format.emulate(
        type.getShape(), *blocks, metadata, *x,
        MutableArrayRef(reinterpret_cast<float *>(data.data()), x->size()),
        numerics::NoiseStream::of(seed, nextTensor++));
    std::string name = "emulated";
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
      name = (resource.getRawHandle().getKey() + "_emulated").str();
    OpBuilder builder(root.getDefiningOp());
    auto attr = DenseResourceElementsAttr::get(type, name, std::move(blob));
    Value copy = arith::ConstantOp::create(builder, root.getLoc(), type,
                                           cast<TypedAttr>(attr));
    return rounded[root] = copy;
  }

  TensorClass weightClass, activationClass, productClass;
  /// What kernels read, by what they read before.
  DenseMap<Value, Value> rounded;
  uint64_t nextTensor = 0;
};

} // namespace
