//===- Passes.h - passes on the way to C ------------------------*- C++ -*-===//

#ifndef EDGEBERT_TARGET_PASSES_H
#define EDGEBERT_TARGET_PASSES_H

#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Pass/Pass.h"

namespace edgebert::target {

#define GEN_PASS_DECL
#include "edgebert/Target/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "edgebert/Target/Passes.h.inc"

} // namespace edgebert::target

#endif // EDGEBERT_TARGET_PASSES_H
