//===- Passes.h - passes of the host pipeline -------------------*- C++ -*-===//

#ifndef EDGEBERT_EXECUTION_PASSES_H
#define EDGEBERT_EXECUTION_PASSES_H

#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace edgebert::execution {

/// The patterns of edgebert-expand-math: what transcendental functions of f32
/// are to every program.
void populateExpandMathPatterns(mlir::RewritePatternSet &patterns);

/// The pattern of numfmt-tabulate.
void populateTabulatePatterns(mlir::RewritePatternSet &patterns);

#define GEN_PASS_DECL
#include "edgebert/Execution/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "edgebert/Execution/Passes.h.inc"

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_PASSES_H
