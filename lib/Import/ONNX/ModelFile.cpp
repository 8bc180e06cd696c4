//===- ModelFile.cpp - an ONNX file and its weights -----------------------===//

#include "ModelFile.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <limits>

using namespace mlir;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
using Proto = ::onnx::TensorProto;

namespace edgebert::onnx {

static Error fail(const Twine &message) {
  return createStringError(llvm::inconvertibleErrorCode(), message);
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

Expected<std::unique_ptr<ModelFile>> ModelFile::open(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fail("cannot read the file: " + buffer.getError().message());
  size_t size = (*buffer)->getBufferSize();
  if (size == 0)
    return fail("the file is empty, expected an ONNX model");
  if (size > size_t(std::numeric_limits<int>::max()))
    return fail("expected at most 2147483647 bytes of protobuf, got " +
                Twine(size) + "; store the weights as external data");

  // protobuf reports through its own log; the diagnostic below says it all.
  google::protobuf::LogSilencer silence;
  auto file = std::make_unique<ModelFile>();
  file->model = std::make_shared<::onnx::ModelProto>();
  google::protobuf::io::CodedInputStream stream(
      reinterpret_cast<const uint8_t *>((*buffer)->getBufferStart()),
      static_cast<int>(size));
  stream.SetTotalBytesLimit(std::numeric_limits<int>::max());
  if (!file->model->ParseFromCodedStream(&stream) ||
      !stream.ConsumedEntireMessage())
    return fail("not an ONNX model: protobuf parsing stops after byte " +
                Twine(stream.CurrentPosition()) + " of " + Twine(size) +
                " (a truncated file or another format)");
  if (!file->model->has_graph())
    return fail("not an ONNX model: expected a graph, found none");
  file->directory = llvm::sys::path::parent_path(path).str();
  return file;
}

Expected<std::shared_ptr<llvm::MemoryBuffer>> ModelFile::map(StringRef name) {
  auto found = external.find(name);
  if (found != external.end())
    return found->second;
  llvm::SmallString<128> relative(name);
  llvm::sys::path::remove_dots(relative, /*remove_dot_dot=*/true);
  if (name.empty() || name.contains('\0') ||
      llvm::sys::path::is_absolute(relative) ||
      *llvm::sys::path::begin(relative) == "..")
    return fail("expected an external data location inside the model's "
                "directory, got '" +
                name + "'");
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, relative);
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fail("cannot read external data '" + path +
                "': " + buffer.getError().message());
  std::shared_ptr<llvm::MemoryBuffer> shared = std::move(*buffer);
  external[name] = shared;
  return shared;
}

//===----------------------------------------------------------------------===//
// Where the elements of a tensor lie
//===----------------------------------------------------------------------===//

/// Bytes of one element in raw_data.
static unsigned storedBytes(int onnxType) {
  switch (onnxType) {
  case Proto::DOUBLE:
  case Proto::INT64:
  case Proto::UINT64:
    return 8;
  case Proto::FLOAT:
  case Proto::INT32:
  case Proto::UINT32:
    return 4;
  case Proto::FLOAT16:
  case Proto::BFLOAT16:
  case Proto::INT16:
  case Proto::UINT16:
    return 2;
  default:
    return 1;
  }
}

/// The low `width` bytes of each element: how raw_data stores what the wider
/// typed fields (int32_data, uint64_data) hold. Little endian, as raw_data is.
template <typename T>
static std::shared_ptr<std::vector<char>>
pack(const google::protobuf::RepeatedField<T> &field, unsigned width) {
  auto packed = std::make_shared<std::vector<char>>(field.size() * width);
  for (int i = 0, e = field.size(); i < e; ++i) {
    T element = field.Get(i);
    std::memcpy(packed->data() + size_t(i) * width, &element, width);
  }
  return packed;
}

template <typename T>
static llvm::ArrayRef<char>
viewOf(const google::protobuf::RepeatedField<T> &field) {
  return {reinterpret_cast<const char *>(field.data()),
          field.size() * sizeof(T)};
}

Error ModelFile::locateExternal(const Proto &tensor, uint64_t size,
                                Weight &weight) {
  StringRef location;
  uint64_t offset = 0, length = size;
  for (const auto &entry : tensor.external_data()) {
    if (entry.key() == "location")
      location = entry.value();
    uint64_t *number = entry.key() == "offset"   ? &offset
                       : entry.key() == "length" ? &length
                                                 : nullptr;
    if (number && StringRef(entry.value()).getAsInteger(10, *number))
      return fail("expected a number of bytes as external data " + entry.key() +
                  ", got '" + entry.value() + "'");
  }
  auto buffer = map(location);
  if (!buffer)
    return buffer.takeError();
  uint64_t available = (*buffer)->getBufferSize();
  if (length != size)
    return fail("expected " + Twine(size) + " bytes of external data, got " +
                "length " + Twine(length));
  if (offset > available || length > available - offset)
    return fail("external data out of range: expected offset + length within " +
                Twine(available) + " bytes of '" + location + "', got " +
                Twine(offset) + " + " + Twine(length));
  weight.data = {(*buffer)->getBufferStart() + offset, size_t(length)};
  weight.owner = *buffer;
  return Error::success();
}

Expected<std::shared_ptr<Weight>> ModelFile::locate(const Proto &tensor) {
  auto weight = std::make_shared<Weight>();
  std::optional<DType> type = computeType(tensor.data_type());
  if (!type)
    return fail("expected numeric or bool elements, got " +
                onnxTypeName(tensor.data_type()));
  if (tensor.has_segment())
    return fail("segmented tensors are not part of ONNX models");
  weight->onnxType = tensor.data_type();
  weight->computeType = *type;
  weight->shape.assign(tensor.dims().begin(), tensor.dims().end());
  std::optional<int64_t> count = countElements(weight->shape);
  if (!count)
    return fail("expected dimensions of at least 0 with at most 2^40 elements, "
                "got " +
                toString(weight->shape));
  unsigned width = storedBytes(tensor.data_type());
  uint64_t size = uint64_t(*count) * width;

  if (tensor.data_location() == Proto::EXTERNAL) {
    if (Error error = locateExternal(tensor, size, *weight))
      return std::move(error);
    return weight;
  }

  weight->owner = model;
  if (tensor.has_raw_data()) {
    weight->data = {tensor.raw_data().data(), tensor.raw_data().size()};
  } else {
    switch (tensor.data_type()) {
    case Proto::FLOAT:
      weight->data = viewOf(tensor.float_data());
      break;
    case Proto::DOUBLE:
      weight->data = viewOf(tensor.double_data());
      break;
    case Proto::INT64:
      weight->data = viewOf(tensor.int64_data());
      break;
    case Proto::INT32:
      weight->data = viewOf(tensor.int32_data());
      break;
    case Proto::UINT64:
      weight->data = viewOf(tensor.uint64_data());
      break;
    default: {
      auto packed = tensor.data_type() == Proto::UINT32
                        ? pack(tensor.uint64_data(), width)
                        : pack(tensor.int32_data(), width);
      weight->data = *packed;
      weight->owner = packed;
    }
    }
  }
  if (weight->data.size() != size)
    return fail("expected " + Twine(*count) + " elements (" +
                toString(weight->shape) + ") of " +
                onnxTypeName(tensor.data_type()) + " in " + Twine(size) +
                " bytes, got " + Twine(weight->data.size()) + " bytes");
  return weight;
}

} // namespace edgebert::onnx
