//===- ConstantBytes.cpp - the bytes of constants in memory ---------------===//

#include "edgebert/Execution/ConstantBytes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir;

llvm::Expected<llvm::ArrayRef<char>>
edgebert::execution::getRowMajorBytes(ElementsAttr value,
                                      std::vector<char> &storage) {
  auto type = cast<ShapedType>(value.getType());
  Type element = type.getElementType();
  unsigned bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  unsigned width = llvm::divideCeil(bits, 8);
  size_t size = type.getNumElements() * width;
  auto align = [&](llvm::ArrayRef<char> data) -> llvm::ArrayRef<char> {
    if (reinterpret_cast<uintptr_t>(data.data()) % width == 0)
      return data;
    storage.assign(data.begin(), data.end());
    return storage;
  };
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    StringRef key = resource.getRawHandle().getKey();
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return llvm::createStringError("resource '" + key + "' has no data");
    if (blob->getData().size() != size)
      return llvm::createStringError(
          llvm::formatv("resource '{0}': expected {1} bytes, found {2}", key,
                        size, blob->getData().size()));
    return align(blob->getData());
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense)
    return llvm::createStringError("a constant cannot be passed: expected "
                                   "dense or dense_resource elements");
  if (!dense.isSplat() && bits % 8 == 0 && dense.getRawData().size() == size)
    return align(dense.getRawData());
  storage.assign(size, 0);
  char *to = storage.data();
  auto put = [&](const llvm::APInt &number) {
    uint64_t word = number.getZExtValue();
    std::memcpy(to, &word, width);
    to += width;
  };
  if (isa<FloatType>(element))
    for (const llvm::APFloat &number : dense.getValues<llvm::APFloat>())
      put(number.bitcastToAPInt());
  else
    for (const llvm::APInt &number : dense.getValues<llvm::APInt>())
      put(number);
  return llvm::ArrayRef<char>(storage);
}
