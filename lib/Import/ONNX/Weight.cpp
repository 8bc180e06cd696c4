//===- Weight.cpp - ONNX weights to attributes ----------------------------===//

#include "ModelFile.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringExtras.h"

#include <cstring>

using namespace mlir;
using llvm::StringRef;
using Proto = ::onnx::TensorProto;

namespace edgebert::onnx {

/// Tensors up to this size are written into the IR, as one reads them there.
constexpr int64_t inlineElements = 16;

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

/// Element `index` of a packed array of T, at any alignment.
template <typename T>
static T load(llvm::ArrayRef<char> bytes, int64_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

static float fromBits(const llvm::fltSemantics &semantics, uint16_t bits) {
  llvm::APFloat value(semantics, llvm::APInt(16, bits));
  bool losesInfo = false;
  value.convert(llvm::APFloat::IEEEsingle(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToFloat();
}

HostTensor Weight::decode() const {
  HostTensor host(computeType, shape);
  for (int64_t i = 0, e = host.size(); i < e; ++i) {
    Scalar scalar;
    switch (onnxType) {
    case Proto::FLOAT:
      scalar.f = load<float>(data, i);
      break;
    case Proto::DOUBLE:
      scalar.f = static_cast<float>(load<double>(data, i));
      break;
    case Proto::FLOAT16:
      scalar.f = fromBits(llvm::APFloat::IEEEhalf(), load<uint16_t>(data, i));
      break;
    case Proto::BFLOAT16:
      scalar.f = fromBits(llvm::APFloat::BFloat(), load<uint16_t>(data, i));
      break;
    case Proto::INT64:
    case Proto::UINT64:
      scalar.i = load<int64_t>(data, i);
      break;
    case Proto::INT32:
    case Proto::UINT32:
      scalar.i = load<int32_t>(data, i);
      break;
    case Proto::INT16:
    case Proto::UINT16:
      scalar.i = load<int16_t>(data, i);
      break;
    default:
      scalar.i = load<int8_t>(data, i);
      break;
    }
    host.set(i, scalar);
  }
  return host;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// Letters, digits, '_', '.' and '-' survive in a resource key; the rest
/// becomes '_'.
static std::string resourceName(StringRef name) {
  std::string key;
  for (char c : name)
    key += llvm::isAlnum(c) || c == '.' || c == '-' ? c : '_';
  if (key.empty() || !llvm::isAlpha(key.front()))
    key.insert(0, "w_");
  return key;
}

/// The elements as the compute type stores them, in a buffer of their own.
template <typename T>
static TypedAttr ownedResource(std::vector<T> elements, ShapedType type,
                               StringRef name) {
  auto owned = std::make_shared<std::vector<T>>(std::move(elements));
  auto blob = UnmanagedAsmResourceBlob::allocateInferAlign<T>(
      *owned, [owned](void *, size_t, size_t) {});
  return DenseResourceElementsAttr::get(type, resourceName(name),
                                        std::move(blob));
}

static TypedAttr denseAttr(const HostTensor &tensor, ShapedType type) {
  if (isFloat(tensor.type))
    return DenseElementsAttr::get(type, llvm::ArrayRef(tensor.floats));
  unsigned width = bitWidth(tensor.type);
  llvm::SmallVector<llvm::APInt> values;
  values.reserve(tensor.size());
  for (int64_t element : tensor.ints)
    values.push_back(llvm::APInt(64, element).trunc(width));
  return DenseElementsAttr::get(type, values);
}

template <typename T>
static TypedAttr ownedInts(const HostTensor &tensor, ShapedType type,
                           StringRef name) {
  return ownedResource(std::vector<T>(tensor.ints.begin(), tensor.ints.end()),
                       type, name);
}

TypedAttr toAttr(const HostTensor &tensor, StringRef name,
                 MLIRContext *context) {
  auto type = RankedTensorType::get(tensor.shape, toMLIR(tensor.type, context));
  // Blobs hold whole bytes, so bools are always written out.
  if (tensor.size() <= inlineElements || isBool(tensor.type))
    return denseAttr(tensor, type);
  if (isFloat(tensor.type))
    return ownedResource(tensor.floats, type, name);
  switch (bitWidth(tensor.type)) {
  case 64:
    return ownedInts<int64_t>(tensor, type, name);
  case 32:
    return ownedInts<int32_t>(tensor, type, name);
  case 16:
    return ownedInts<int16_t>(tensor, type, name);
  default:
    return ownedInts<int8_t>(tensor, type, name);
  }
}

TypedAttr Weight::toAttr(StringRef name, MLIRContext *context) const {
  int64_t count = *countElements(shape);
  unsigned align = std::max(1u, bitWidth(computeType) / 8);
  bool inPlace = !computesInOtherWidth(onnxType) && !isBool(computeType) &&
                 reinterpret_cast<uintptr_t>(data.data()) % align == 0;
  if (count <= inlineElements || !inPlace)
    return onnx::toAttr(decode(), name, context);
  auto type = RankedTensorType::get(shape, toMLIR(computeType, context));
  auto blob = UnmanagedAsmResourceBlob::allocateWithAlign(
      data, align, [owner = owner](void *, size_t, size_t) {});
  return DenseResourceElementsAttr::get(type, resourceName(name),
                                        std::move(blob));
}

} // namespace edgebert::onnx
