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
  SmallVector<int8_t> storage;
  FailureOr<ArrayRef<int8_t>> biases = getElements(attr, storage);
  if (failed(biases))
    return failure();
  for (int8_t bias : *biases)
    values.push_back(numerics::Metadata::ofInteger(bias));
  return values;
}

void numfmt::encodeTensor(const numerics::Format &format,
                          ArrayRef<int64_t> shape, std::optional<int64_t> axis,
                          ArrayRef<numerics::Metadata> metadata,
                          ArrayRef<float> x, MutableArrayRef<uint8_t> codes) {
  unsigned bytes = format.storageBytes();
  numerics::forEachMetadataRun(
      shape, axis, [&](int64_t offset, int64_t length, int64_t index) {
        format.encode(x.slice(offset, length),
                      codes.slice(offset * bytes, length * bytes),
                      metadata[index]);
      });
}

void numfmt::decodeTensor(const numerics::Format &format,
                          ArrayRef<int64_t> shape, std::optional<int64_t> axis,
                          ArrayRef<numerics::Metadata> metadata,
                          ArrayRef<uint8_t> codes, MutableArrayRef<float> x) {
  unsigned bytes = format.storageBytes();
  numerics::forEachMetadataRun(
      shape, axis, [&](int64_t offset, int64_t length, int64_t index) {
        format.decode(codes.slice(offset * bytes, length * bytes),
                      x.slice(offset, length), metadata[index]);
      });
}
