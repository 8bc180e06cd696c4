//===- ScalarFunction.h - what host code makes of one number ----*- C++ -*-===//
//
// The body of element-wise code as a function of one f32, evaluated with the
// results that the compiled code has: transcendental functions are expanded as
// edgebert-expand-math does it, and what is left rounds as IEEE demands.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_EXECUTION_SCALARFUNCTION_H
#define EDGEBERT_LIB_EXECUTION_SCALARFUNCTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace edgebert::execution {

class ScalarFunction {
public:
  explicit ScalarFunction(mlir::MLIRContext *context);

  /// Inserts at the function's end; scalar ops only.
  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Value getArgument() { return function.getArgument(0); }

  /// Makes `result` (f32) the function's result; evaluate may follow.
  mlir::LogicalResult finish(mlir::Value result);

  /// The function's value; none where it depends on the computer: a NaN, whose
  /// sign and payload differ, or an op that is not exactly defined.
  std::optional<float> evaluate(float x);

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  mlir::OpBuilder builder;
};

} // namespace edgebert::execution

#endif // EDGEBERT_LIB_EXECUTION_SCALARFUNCTION_H
