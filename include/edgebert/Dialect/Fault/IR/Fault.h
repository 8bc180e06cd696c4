//===- Fault.h - places where faults can strike -----------------*- C++ -*-===//

#ifndef EDGEBERT_DIALECT_FAULT_IR_FAULT_H
#define EDGEBERT_DIALECT_FAULT_IR_FAULT_H

#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "edgebert/Dialect/Fault/IR/FaultDialect.h.inc"
#include "edgebert/Dialect/Fault/IR/FaultEnums.h.inc"

#define GET_OP_CLASSES
#include "edgebert/Dialect/Fault/IR/FaultOps.h.inc"

#endif // EDGEBERT_DIALECT_FAULT_IR_FAULT_H
