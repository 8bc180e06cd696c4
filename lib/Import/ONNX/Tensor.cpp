//===- Tensor.cpp - values of an ONNX graph during import -----------------===//

#include "Tensor.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;

namespace edgebert::onnx {

unsigned bitWidth(DType type) {
  switch (type) {
  case DType::I64:
  case DType::U64:
    return 64;
  case DType::F32:
  case DType::I32:
  case DType::U32:
    return 32;
  case DType::I16:
  case DType::U16:
    return 16;
  case DType::I8:
  case DType::U8:
    return 8;
  case DType::Bool:
    return 1;
  }
  llvm_unreachable("covered switch");
}

llvm::StringRef nameOf(DType type) {
  switch (type) {
  case DType::F32:
    return "f32";
  case DType::I64:
    return "i64";
  case DType::I32:
    return "i32";
  case DType::I16:
    return "i16";
  case DType::I8:
    return "i8";
  case DType::U64:
    return "u64";
  case DType::U32:
    return "u32";
  case DType::U16:
    return "u16";
  case DType::U8:
    return "u8";
  case DType::Bool:
    return "bool";
  }
  llvm_unreachable("covered switch");
}

Type toMLIR(DType type, MLIRContext *context) {
  if (isFloat(type))
    return Float32Type::get(context);
  return IntegerType::get(context, bitWidth(type));
}

int64_t wrap(DType type, int64_t value) {
  switch (type) {
  case DType::F32:
  case DType::I64:
  case DType::U64:
    return value;
  case DType::I32:
    return static_cast<int32_t>(value);
  case DType::I16:
    return static_cast<int16_t>(value);
  case DType::I8:
    return static_cast<int8_t>(value);
  case DType::U32:
    return static_cast<uint32_t>(value);
  case DType::U16:
    return static_cast<uint16_t>(value);
  case DType::U8:
    return static_cast<uint8_t>(value);
  case DType::Bool:
    return value != 0;
  }
  llvm_unreachable("covered switch");
}

std::optional<DType> computeType(int onnxType) {
  using P = ::onnx::TensorProto;
  switch (onnxType) {
  case P::FLOAT:
  case P::FLOAT16:
  case P::BFLOAT16:
  case P::DOUBLE:
    return DType::F32;
  case P::INT64:
    return DType::I64;
  case P::INT32:
    return DType::I32;
  case P::INT16:
    return DType::I16;
  case P::INT8:
    return DType::I8;
  case P::UINT64:
    return DType::U64;
  case P::UINT32:
    return DType::U32;
  case P::UINT16:
    return DType::U16;
  case P::UINT8:
    return DType::U8;
  case P::BOOL:
    return DType::Bool;
  default:
    return std::nullopt;
  }
}

bool computesInOtherWidth(int onnxType) {
  using P = ::onnx::TensorProto;
  return onnxType == P::FLOAT16 || onnxType == P::BFLOAT16 ||
         onnxType == P::DOUBLE;
}

std::string onnxTypeName(int onnxType) {
  if (!::onnx::TensorProto::DataType_IsValid(onnxType))
    return "type " + std::to_string(onnxType);
  return llvm::StringRef(
             ::onnx::TensorProto::DataType_Name(
                 static_cast<::onnx::TensorProto::DataType>(onnxType)))
      .lower();
}

std::optional<int64_t> countElements(ShapeRef shape) {
  int64_t count = 1;
  bool empty = false;
  for (int64_t dim : shape) {
    if (dim < 0)
      return std::nullopt;
    // Zero-sized tensors must still have representable strides.
    int64_t factor = dim == 0 ? 1 : dim;
    empty |= dim == 0;
    if (factor > maxElements / count)
      return std::nullopt;
    count *= factor;
  }
  return empty ? 0 : count;
}

std::string toString(ShapeRef shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (int64_t dim : shape) {
    if (!text.empty())
      text += 'x';
    text += std::to_string(dim);
  }
  return text;
}

HostTensor::HostTensor(DType type, ShapeRef shape)
    : type(type), shape(shape.begin(), shape.end()) {
  int64_t count = *countElements(shape);
  if (isFloat(type))
    floats.resize(count);
  else
    ints.resize(count);
}

Scalar HostTensor::get(int64_t index) const {
  Scalar scalar;
  if (isFloat(type))
    scalar.f = floats[index];
  else
    scalar.i = ints[index];
  return scalar;
}

void HostTensor::set(int64_t index, Scalar value) {
  if (isFloat(type))
    floats[index] = value.f;
  else
    ints[index] = wrap(type, value.i);
}

} // namespace edgebert::onnx
