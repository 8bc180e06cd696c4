//===- Passes.h - analysis passes ------------------------------*- C++ -*-===//

#ifndef EDGEBERT_ANALYSIS_PASSES_H
#define EDGEBERT_ANALYSIS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace edgebert::analysis {

#define GEN_PASS_DECL
#include "edgebert/Analysis/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "edgebert/Analysis/Passes.h.inc"

} // namespace edgebert::analysis

#endif // EDGEBERT_ANALYSIS_PASSES_H
