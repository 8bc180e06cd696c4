//===- Passes.h - baseline programs ----------------------------*- C++ -*-===//

#ifndef EDGEBERT_BASELINES_PASSES_H
#define EDGEBERT_BASELINES_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace edgebert::baselines {

enum class ProgramKind { Core, Systolic, ThesisDriver };
enum class ProgramFormat { Json, C };

#define GEN_PASS_DECL
#include "edgebert/Baselines/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "edgebert/Baselines/Passes.h.inc"

} // namespace edgebert::baselines

#endif // EDGEBERT_BASELINES_PASSES_H
