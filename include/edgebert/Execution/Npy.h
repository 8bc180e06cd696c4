//===- Npy.h - numpy .npy and .npz files ------------------------*- C++ -*-===//
//
// Arrays in and out of numpy's formats (NEP 1, format versions 1.0 to 3.0).
// Every length in a file is checked against the bytes that are there before
// anything is allocated, so a damaged file gives an error and nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_EXECUTION_NPY_H
#define EDGEBERT_EXECUTION_NPY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cassert>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace edgebert::execution {

/// Element types that both numpy and the compiled code know.
enum class DType { Bool, I8, U8, I16, U16, I32, U32, I64, U64, F16, F32, F64 };

/// numpy's long name, e.g. "float32".
llvm::StringRef getName(DType dtype);
/// numpy's type string without the byte order, e.g. "f4".
llvm::StringRef getTypeString(DType dtype);
/// Bytes of one element.
unsigned getByteWidth(DType dtype);

/// "float32[1, 64]": how messages show an array.
std::string describe(DType dtype, llvm::ArrayRef<int64_t> shape);

/// A dense array in C order, little-endian.
struct Array {
  DType dtype = DType::F32;
  llvm::SmallVector<int64_t> shape;
  std::vector<char> data;

  /// Zero-filled. The shape must be non-negative and fit in memory.
  static Array zeros(DType dtype, llvm::ArrayRef<int64_t> shape);
  /// Of elements in row-major order, as many as the shape has.
  template <typename T>
  static Array of(DType dtype, llvm::ArrayRef<int64_t> shape,
                  llvm::ArrayRef<T> values) {
    Array array = zeros(dtype, shape);
    assert(array.data.size() == values.size() * sizeof(T) && "sizes differ");
    if (!values.empty())
      std::memcpy(array.data.data(), values.data(), array.data.size());
    return array;
  }

  int64_t getNumElements() const;
  std::string describe() const { return execution::describe(dtype, shape); }
  template <typename T>
  llvm::ArrayRef<T> as() const {
    return {reinterpret_cast<const T *>(data.data()), data.size() / sizeof(T)};
  }
  /// Element `index` in row-major order, as a double (exact except for
  /// integers beyond 2^53).
  double getAsDouble(int64_t index) const;
};

struct NamedArray {
  std::string name;
  Array array;
};

/// Parses the bytes of a .npy file. `what` names it in messages.
llvm::Expected<Array> parseNpy(llvm::StringRef bytes, llvm::StringRef what);
/// The bytes of a .npy file (version 1.0; 2.0 when the header needs it).
std::string serializeNpy(const Array &array);

llvm::Expected<Array> readNpy(llvm::StringRef path);
/// Writes atomically: the file appears complete or not at all.
llvm::Error writeNpy(llvm::StringRef path, const Array &array);

/// An open .npz file. Members are read on demand, so a member of a type that
/// we do not know (numpy strings, objects) is an error only when it is read.
class NpzReader {
public:
  static llvm::Expected<NpzReader> open(llvm::StringRef path);
  NpzReader(NpzReader &&);
  NpzReader &operator=(NpzReader &&);
  ~NpzReader();

  /// Member names without ".npy", in file order.
  llvm::ArrayRef<std::string> getNames() const { return names; }
  bool contains(llvm::StringRef name) const;
  llvm::Expected<Array> read(llvm::StringRef name) const;
  /// An error if the array is not of that type and shape.
  llvm::Expected<Array> read(llvm::StringRef name, DType dtype,
                             llvm::ArrayRef<int64_t> shape) const;
  llvm::StringRef getPath() const { return path; }

private:
  struct Zip;
  NpzReader(std::string path, std::unique_ptr<Zip> zip);

  std::string path;
  std::vector<std::string> names;
  std::unique_ptr<Zip> zip;
};

/// Writes atomically an uncompressed .npz whose bytes depend on the arrays
/// only (fixed time stamps).
llvm::Error writeNpz(llvm::StringRef path, llvm::ArrayRef<NamedArray> arrays);

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_NPY_H
