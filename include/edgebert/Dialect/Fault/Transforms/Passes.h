//===- Passes.h - passes of the fault dialect -------------------*- C++ -*-===//

#ifndef EDGEBERT_DIALECT_FAULT_TRANSFORMS_PASSES_H
#define EDGEBERT_DIALECT_FAULT_TRANSFORMS_PASSES_H

#include "edgebert/Dialect/Fault/IR/Fault.h"
#include "edgebert/Dialect/Fault/Transforms/Sites.h"
#include "mlir/Pass/Pass.h"

namespace edgebert::fault {

#define GEN_PASS_DECL
#include "edgebert/Dialect/Fault/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "edgebert/Dialect/Fault/Transforms/Passes.h.inc"

} // namespace edgebert::fault

#endif // EDGEBERT_DIALECT_FAULT_TRANSFORMS_PASSES_H
