//===- RuntimeCall.h - calls of run-time functions --------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_EXECUTION_RUNTIMECALL_H
#define EDGEBERT_LIB_EXECUTION_RUNTIMECALL_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace edgebert::execution {

/// Calls the function `name` of the runtime, which returns nothing, and
/// declares it in `module` if nobody has.
inline void callRuntime(mlir::OpBuilder &builder, mlir::ModuleOp module,
                        mlir::Location loc, llvm::StringRef name,
                        mlir::ValueRange arguments) {
  auto function = module.lookupSymbol<mlir::func::FuncOp>(name);
  if (!function) {
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    function = mlir::func::FuncOp::create(
        builder, module.getLoc(), name,
        builder.getFunctionType(arguments.getTypes(), {}));
    function.setPrivate();
  }
  mlir::func::CallOp::create(builder, loc, function, arguments);
}

/// `buffer`, or a copy of it if its elements do not lie in row-major order.
inline mlir::Value getRowMajor(mlir::OpBuilder &builder, mlir::Location loc,
                               mlir::Value buffer) {
  auto type = mlir::cast<mlir::MemRefType>(buffer.getType());
  if (type.getLayout().isIdentity())
    return buffer;
  mlir::Value copy = mlir::memref::AllocOp::create(
      builder, loc,
      mlir::MemRefType::get(type.getShape(), type.getElementType()));
  mlir::memref::CopyOp::create(builder, loc, buffer, copy);
  return copy;
}

/// The address of a buffer's first element, without its offset.
inline mlir::Value getAddress(mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::Value buffer) {
  return mlir::memref::ExtractAlignedPointerAsIndexOp::create(
      builder, loc, builder.getIndexType(), buffer);
}

} // namespace edgebert::execution

#endif // EDGEBERT_LIB_EXECUTION_RUNTIMECALL_H
