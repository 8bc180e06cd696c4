//===- ConstantEvaluation.cpp - codecs over constant tensors --------------===//

#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::numfmt;

ElementsAttr numfmt::getConstantElements(Value value) {
  Attribute attr;
  if (!value || !matchPattern(value, m_Constant(&attr)))
    return {};
  return dyn_cast<ElementsAttr>(attr);
}

FailureOr<SmallVector<numerics::Metadata>>
numfmt::getConstantMetadata(FormatTypeInterface format, Value metadata) {
  if (!metadata)
    return SmallVector<numerics::Metadata>(1);
  ElementsAttr attr = getConstantElements(metadata);
  if (!attr)
    return failure();
  SmallVector<numerics::Metadata> values;
  if (isa<FloatType>(format.getMetadataType())) {
    SmallVector<float> storage;
    FailureOr<ArrayRef<float>> scales = getElements(attr, storage);
    if (failed(scales))
      return failure();
    for (float scale : *scales)
      values.push_back(numerics::Metadata::ofReal(scale));
    return values;
  }
  if (format.getMetadataType().isInteger(64)) {
    SmallVector<uint64_t> storage;
    FailureOr<ArrayRef<uint64_t>> pairs = getElements(attr, storage);
    if (failed(pairs))
      return failure();
    for (uint64_t pair : *pairs)
      values.push_back({uint32_t(pair), uint32_t(pair >> 32)});
    return values;
  }
  SmallVector<int8_t> storage;
  FailureOr<ArrayRef<int8_t>> biases = getElements(attr, storage);
  if (failed(biases))
    return failure();
  for (int8_t bias : *biases)
    values.push_back(numerics::Metadata::ofInteger(bias));
  return values;
}

DenseElementsAttr
numfmt::getMetadataElements(FormatTypeInterface format, ArrayRef<int64_t> shape,
                            ArrayRef<numerics::Metadata> metadata) {
  SmallVector<Attribute> values;
  for (numerics::Metadata value : metadata)
    values.push_back(format.getMetadataAttr(value));
  return DenseElementsAttr::get(
      RankedTensorType::get(shape, format.getMetadataType()), values);
}
