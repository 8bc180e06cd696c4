//===- Passes.h - conversions between forms ---------------------*- C++ -*-===//

#ifndef EDGEBERT_CONVERSION_PASSES_H
#define EDGEBERT_CONVERSION_PASSES_H

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace edgebert {

#define GEN_PASS_DECL
#include "edgebert/Conversion/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "edgebert/Conversion/Passes.h.inc"

} // namespace edgebert

#endif // EDGEBERT_CONVERSION_PASSES_H
