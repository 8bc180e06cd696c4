//===- Tensor.h - values of an ONNX graph during import ---------*- C++ -*-===//
//
// Element types, tensors whose elements the importer knows (HostTensor) and the
// handle that names a value whether it is known, a weight or run-time data.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_IMPORT_ONNX_TENSOR_H
#define EDGEBERT_LIB_IMPORT_ONNX_TENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace edgebert::onnx {

using Shape = llvm::SmallVector<int64_t, 4>;
using ShapeRef = llvm::ArrayRef<int64_t>;

/// What the importer computes with. MLIR integers are signless, so the sign
/// that ONNX has in the type is kept here.
enum class DType { F32, I64, I32, I16, I8, U64, U32, U16, U8, Bool };

inline bool isFloat(DType type) { return type == DType::F32; }
inline bool isBool(DType type) { return type == DType::Bool; }
inline bool isUnsigned(DType type) {
  return type == DType::U64 || type == DType::U32 || type == DType::U16 ||
         type == DType::U8 || type == DType::Bool;
}
unsigned bitWidth(DType type);
llvm::StringRef nameOf(DType type);
mlir::Type toMLIR(DType type, mlir::MLIRContext *context);
/// `value` as a two's complement number of the type's width.
int64_t wrap(DType type, int64_t value);

/// The compute type of an ONNX element type (a TensorProto_DataType); float16,
/// bfloat16 and double compute as f32. None for strings and complex numbers.
std::optional<DType> computeType(int onnxType);
/// True where computeType() changes the width (so a remark is due).
bool computesInOtherWidth(int onnxType);
/// "float16", "string", …
std::string onnxTypeName(int onnxType);

/// The largest tensor the importer accepts, in elements: far above any model,
/// far below where sizes in bytes overflow.
constexpr int64_t maxElements = int64_t(1) << 40;
/// Number of elements; none if a dimension is negative or the product exceeds
/// maxElements.
std::optional<int64_t> countElements(ShapeRef shape);
/// "2x3x4", "scalar" for rank 0.
std::string toString(ShapeRef shape);

/// One element: `f` for floats, `i` for everything else.
struct Scalar {
  int64_t i = 0;
  float f = 0;
};

/// A tensor whose elements the importer knows, in row-major order.
struct HostTensor {
  DType type = DType::F32;
  Shape shape;
  std::vector<int64_t> ints;
  std::vector<float> floats;

  HostTensor(DType type, ShapeRef shape);
  int64_t size() const { return isFloat(type) ? floats.size() : ints.size(); }
  Scalar get(int64_t index) const;
  void set(int64_t index, Scalar value);
};

class Weight;

/// A value of the graph. Exactly one of these holds it, or several at once:
/// `value` (IR, made on demand for the others), `host` (known elements),
/// `weight` (elements in the file, decoded on demand).
struct Tensor {
  DType type;
  Shape shape;
  mlir::Location loc;
  std::string name;
  mlir::Value value;
  std::shared_ptr<HostTensor> host;
  std::shared_ptr<Weight> weight;

  Tensor(DType type, ShapeRef shape, mlir::Location loc)
      : type(type), shape(shape.begin(), shape.end()), loc(loc) {}
  int64_t rank() const { return shape.size(); }
  int64_t elements() const { return *countElements(shape); }
};
using TensorRef = std::shared_ptr<Tensor>;

} // namespace edgebert::onnx

#endif // EDGEBERT_LIB_IMPORT_ONNX_TENSOR_H
