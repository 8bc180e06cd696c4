//===- ConstantValues.cpp - what a weight is worth after all its ops ------===//

#include "edgebert/Analysis/Weights.h"

#include "edgebert/Analysis/Gather.h"
#include "edgebert/Dialect/Mask/IR/Mask.h"
#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

using Floats = std::optional<std::vector<float>>;

static Floats getConstant(arith::ConstantOp op) {
  auto elements = dyn_cast<ElementsAttr>(op.getValue());
  if (!elements || !elements.getElementType().isF32())
    return std::nullopt;
  SmallVector<float> storage;
  auto data = numfmt::getElements(elements, storage);
  if (failed(data))
    return std::nullopt;
  return std::vector<float>(data->begin(), data->end());
}

static Floats decode(numfmt::DequantizeOp op) {
  auto source = op.getInput().getDefiningOp<numfmt::FromBitsOp>();
  ElementsAttr codes =
      source ? numfmt::getConstantElements(source.getInput()) : ElementsAttr();
  if (!codes || !op.getType().hasStaticShape())
    return std::nullopt;
  numfmt::FormatTypeInterface format = op.getFormat();
  auto metadata = numfmt::getConstantMetadata(format, op.getMetadata());
  if (failed(metadata))
    return std::nullopt;
  numerics::Format codec = format.getFormat();
  size_t size = codes.getNumElements();
  std::vector<uint8_t> bytes(size * codec.storageBytes());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(codes)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != bytes.size())
      return std::nullopt;
    std::memcpy(bytes.data(), blob->getData().data(), bytes.size());
  } else if (auto dense = dyn_cast<DenseElementsAttr>(codes)) {
    ArrayRef<char> raw = dense.getRawData();
    for (size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = uint8_t(raw[i % raw.size()]);
  } else {
    return std::nullopt;
  }
  std::vector<float> values(size);
  op.getMetadataBlocks().forEachRun(
      op.getType().getShape(),
      [&](int64_t offset, int64_t length, int64_t index) {
        codec.decode(ArrayRef(bytes).slice(offset * codec.storageBytes(),
                                           length * codec.storageBytes()),
                     MutableArrayRef(values).slice(offset, length),
                     (*metadata)[index]);
      });
  return values;
}

/// `from` as a tensor of `shape` whose dimension d is dimension perm[d] of it,
/// or is new where perm[d] < 0.
static std::vector<float> permute(ArrayRef<float> from, ArrayRef<int64_t> shape,
                                  ArrayRef<int64_t> fromShape,
                                  ArrayRef<int64_t> perm) {
  SmallVector<int64_t> strides = computeStrides(fromShape), moved;
  for (int64_t p : perm)
    moved.push_back(p < 0 ? 0 : strides[p]);
  return analysis::gather(from, shape, moved);
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

Floats analysis::evaluateConstant(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumResults() != 1)
    return std::nullopt;
  return llvm::TypeSwitch<Operation *, Floats>(op)
      .Case([](arith::ConstantOp constant) { return getConstant(constant); })
      .Case([](numfmt::DequantizeOp dequantize) { return decode(dequantize); })
      .Case([](mask::ApplyOp apply) -> Floats {
        Floats x = evaluateConstant(apply.getInput());
        auto constant = apply.getMask().getDefiningOp<arith::ConstantOp>();
        if (!x || !constant)
          return std::nullopt;
        auto keep = mask::getMaskElements(constant.getValue());
        if (failed(keep))
          return std::nullopt;
        for (auto [element, stays] : llvm::zip(*x, *keep))
          if (!stays)
            element = 0;
        return x;
      })
      .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
          [](auto reshape) { return evaluateConstant(reshape.getSrc()); })
      .Case([](linalg::TransposeOp transpose) -> Floats {
        Floats x = evaluateConstant(transpose.getInput());
        if (!x)
          return std::nullopt;
        return permute(*x, getShape(transpose->getResult(0)),
                       getShape(transpose.getInput()),
                       transpose.getPermutation());
      })
      .Case([](linalg::BroadcastOp broadcast) -> Floats {
        Floats x = evaluateConstant(broadcast.getInput());
        if (!x)
          return std::nullopt;
        ArrayRef<int64_t> shape = getShape(broadcast->getResult(0));
        SmallVector<int64_t> perm;
        int64_t next = 0;
        for (int64_t d = 0; d < int64_t(shape.size()); ++d)
          perm.push_back(
              llvm::is_contained(broadcast.getDimensions(), d) ? -1 : next++);
        return permute(*x, shape, getShape(broadcast.getInput()), perm);
      })
      .Case([](arith::DivFOp divide) -> Floats {
        Floats x = evaluateConstant(divide.getLhs());
        Floats y = x ? evaluateConstant(divide.getRhs()) : std::nullopt;
        if (!y)
          return std::nullopt;
        for (auto [element, divisor] : llvm::zip(*x, *y))
          element /= divisor;
        return x;
      })
      .Default([](Operation *) -> Floats { return std::nullopt; });
}
