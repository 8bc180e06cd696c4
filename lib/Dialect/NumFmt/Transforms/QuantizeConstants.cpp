//===- QuantizeConstants.cpp - encode constant tensors --------------------===//
//
// Folding is for small constants; weights are encoded here, once, straight from
// their resource into a new one.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace edgebert::numfmt {
#define GEN_PASS_DEF_NUMFMTQUANTIZECONSTANTS
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h.inc"
} // namespace edgebert::numfmt

using namespace mlir;
using namespace edgebert;
using namespace edgebert::numfmt;

namespace {

/// The codes of constant `x` as an attribute of the storage type.
FailureOr<ElementsAttr> encodeConstant(QuantizeOp op, ElementsAttr x) {
  FormatTypeInterface format = op.getFormat();
  auto metadata = getConstantMetadata(format, op.getMetadata());
  SmallVector<float> storage;
  auto elements = getElements(x, storage);
  if (failed(metadata) || failed(elements))
    return failure();
  numerics::Format codec = format.getFormat();
  auto type =
      cast<RankedTensorType>(x.getShapedType()).clone(format.getStorageType());
  size_t bytes = elements->size() * codec.storageBytes();
  auto encode = [&](MutableArrayRef<uint8_t> codes) {
    codec.encode(type.getShape(), op.getMetadataBlocks(), *metadata, *elements,
                 codes, op.getNoiseStream());
  };
  auto resource = dyn_cast<DenseResourceElementsAttr>(x);
  if (!resource) {
    SmallVector<uint8_t> codes(bytes);
    encode(codes);
    return ElementsAttr(DenseElementsAttr::getFromRawBuffer(
        type, ArrayRef(reinterpret_cast<const char *>(codes.data()), bytes)));
  }
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(bytes, /*align=*/64);
  MutableArrayRef<char> data = blob.getMutableData();
  encode(MutableArrayRef(reinterpret_cast<uint8_t *>(data.data()), bytes));
  std::string name = (resource.getRawHandle().getKey() + "_codes").str();
  return ElementsAttr(
      DenseResourceElementsAttr::get(type, name, std::move(blob)));
}

struct NumFmtQuantizeConstantsPass
    : edgebert::numfmt::impl::NumFmtQuantizeConstantsBase<
          NumFmtQuantizeConstantsPass> {
  void runOnOperation() override {
    // What decides the codes: the input, the metadata, the format, and the
    // axis, the blocks and the stream.
    using Key = std::tuple<Attribute, Attribute, Type, Attribute>;
    DenseMap<Key, ElementsAttr> made;
    getOperation()->walk([&](QuantizeOp op) {
      ElementsAttr x = getConstantElements(op.getInput());
      if (!x || !op.getType().hasStaticShape())
        return;
      Attribute rest[] = {op.getAxisAttr(), op.getBlocksAttr(),
                          op.getStreamAttr()};
      for (Attribute &attr : rest)
        if (!attr)
          attr = UnitAttr::get(&getContext());
      Key key(x, getConstantElements(op.getMetadata()), op.getFormat(),
              ArrayAttr::get(&getContext(), rest));
      ElementsAttr &codes = made[key];
      if (!codes) {
        FailureOr<ElementsAttr> encoded = encodeConstant(op, x);
        if (failed(encoded))
          return;
        codes = *encoded;
      }
      replace(op, codes);
    });
  }

  /// Puts from_bits of a constant in the op's place and drops the operands that
  /// nothing uses any more.
  static void replace(QuantizeOp op, ElementsAttr codes) {
    OpBuilder builder(op);
    auto bits =
        arith::ConstantOp::create(builder, op.getLoc(), cast<TypedAttr>(codes));
    Value formatted =
        FromBitsOp::create(builder, op.getLoc(), op.getType(), bits);
    op.replaceAllUsesWith(formatted);
    SmallVector<Value, 2> operands = llvm::to_vector<2>(op->getOperands());
    op.erase();
    for (Value operand : operands)
      if (operand.use_empty())
        operand.getDefiningOp()->erase();
  }
};

} // namespace
