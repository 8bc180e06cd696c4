//===- Import.cpp - ONNX models to linalg on tensors ----------------------===//

#include "edgebert/Import/ONNX.h"

#include "GraphImport.h"
#include "ModelFile.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using llvm::StringRef;

namespace edgebert::onnx {

void registerImportDialects(DialectRegistry &registry) {
  registry.insert<func::FuncDialect, arith::ArithDialect, math::MathDialect,
                  tensor::TensorDialect, linalg::LinalgDialect>();
}

llvm::Error parseInputShape(StringRef text, ImportOptions &options) {
  auto fail = [&](const llvm::Twine &found) {
    return llvm::createStringError(
        llvm::inconvertibleErrorCode(),
        "expected --input-shape=NAME:D0,D1,… with positive dimensions, got '" +
            text + "'" + found);
  };
  auto [name, list] = text.rsplit(':');
  if (name.empty() || !text.contains(':'))
    return fail("");
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<StringRef> dims;
  if (!list.empty())
    list.split(dims, ',');
  for (StringRef dim : dims) {
    int64_t extent;
    if (dim.trim().getAsInteger(10, extent) || extent < 1)
      return fail(" ('" + dim + "')");
    shape.push_back(extent);
  }
  if (!options.inputShapes.try_emplace(name, shape).second)
    return fail(" (a second shape for '" + name + "')");
  return llvm::Error::success();
}

OwningOpRef<ModuleOp> importOnnx(StringRef path, MLIRContext &context,
                                 const ImportOptions &options) {
  DialectRegistry registry;
  registerImportDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadDialect<func::FuncDialect, arith::ArithDialect, math::MathDialect,
                      tensor::TensorDialect, linalg::LinalgDialect>();
  auto file = ModelFile::open(path);
  if (!file) {
    emitError(FileLineColLoc::get(&context, path, 0, 0))
        << llvm::toString(file.takeError());
    return nullptr;
  }
  return GraphImport(path, **file, options, context).run();
}

} // namespace edgebert::onnx
