//===- ModelFile.h - an ONNX file and its weights ---------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_IMPORT_ONNX_MODELFILE_H
#define EDGEBERT_LIB_IMPORT_ONNX_MODELFILE_H

#include "Tensor.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace onnx {
class ModelProto;
class TensorProto;
} // namespace onnx

namespace edgebert::onnx {

class ModelFile;

/// The elements of one TensorProto, where they lie: in the parsed model, in a
/// mapped external file or, for packed layouts only, in a buffer of its own.
class Weight {
public:
  /// The elements in the layout of TensorProto.raw_data.
  llvm::ArrayRef<char> bytes() const { return data; }
  DType type() const { return computeType; }
  /// Decodes every element (float16, bfloat16 and double to f32).
  HostTensor decode() const;
  /// A constant of the compute type: a dense attribute up to 16 elements, else
  /// a `dense_resource` named after `name`. Its blob refers to the bytes in
  /// place and keeps them alive; only elements that change their type or lie
  /// at an address that is not a multiple of their size are copied.
  mlir::TypedAttr toAttr(llvm::StringRef name,
                         mlir::MLIRContext *context) const;

private:
  friend class ModelFile;
  int onnxType = 0;
  DType computeType = DType::F32;
  Shape shape;
  llvm::ArrayRef<char> data;
  std::shared_ptr<const void> owner;
};

/// A constant with the elements of `tensor`, which moves into it.
mlir::TypedAttr toAttr(const HostTensor &tensor, llvm::StringRef name,
                       mlir::MLIRContext *context);

/// A parsed ONNX file together with the external files it refers to.
class ModelFile {
public:
  /// Reads and parses `path`; errors name the rule that the bytes violate.
  static llvm::Expected<std::unique_ptr<ModelFile>> open(llvm::StringRef path);

  const ::onnx::ModelProto &proto() const { return *model; }

  /// Finds the elements of `tensor`, a message of this file, and checks type,
  /// shape and size.
  llvm::Expected<std::shared_ptr<Weight>>
  locate(const ::onnx::TensorProto &tensor);

private:
  llvm::Error locateExternal(const ::onnx::TensorProto &tensor, uint64_t size,
                             Weight &weight);
  llvm::Expected<std::shared_ptr<llvm::MemoryBuffer>>
  map(llvm::StringRef location);

  std::string directory;
  std::shared_ptr<::onnx::ModelProto> model;
  llvm::StringMap<std::shared_ptr<llvm::MemoryBuffer>> external;
};

} // namespace edgebert::onnx

#endif // EDGEBERT_LIB_IMPORT_ONNX_MODELFILE_H
