//===- ONNX.h - ONNX models to linalg on tensors ----------------*- C++ -*-===//
//
// Reads an ONNX file and builds the model form: one `func.func @main` with
// static shapes, linalg/tensor/arith/math on f32 (integers for ids), weights as
// `arith.constant dense_resource` that share the bytes of the parsed file.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_IMPORT_ONNX_H
#define EDGEBERT_IMPORT_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace mlir {
class DialectRegistry;
class MLIRContext;
} // namespace mlir

namespace edgebert::onnx {

/// The oldest and the newest opset of the default domain that is understood.
constexpr int64_t minOpset = 9;
constexpr int64_t maxOpset = 17;

struct ImportOptions {
  /// Shapes by input name, for inputs with dynamic dimensions. A dimension that
  /// the file fixes must agree; inputs that share a symbolic dimension with a
  /// given one need no entry.
  llvm::StringMap<llvm::SmallVector<int64_t>> inputShapes;
};

/// Imports the ONNX file at `path`. External data is looked up relative to the
/// file's directory. Emits diagnostics located at the file and returns null if
/// the file is malformed or uses something unsupported; the latter is one error
/// that lists every such node. The context must have the dialects of
/// registerImportDialects().
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(llvm::StringRef path,
                                             mlir::MLIRContext &context,
                                             const ImportOptions &options = {});

/// Parses `NAME:D0,D1,…` (the argument of --input-shape) into `options`.
/// Dimensions are positive; a scalar is `NAME:`. The last colon separates,
/// since names may hold colons.
llvm::Error parseInputShape(llvm::StringRef text, ImportOptions &options);

/// The dialects whose ops the importer creates.
void registerImportDialects(mlir::DialectRegistry &registry);

} // namespace edgebert::onnx

#endif // EDGEBERT_IMPORT_ONNX_H
