//===- Check.h - numeric assertions in IR -----------------------*- C++ -*-===//

#ifndef EDGEBERT_DIALECT_CHECK_IR_CHECK_H
#define EDGEBERT_DIALECT_CHECK_IR_CHECK_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"

#include "edgebert/Dialect/Check/IR/CheckDialect.h.inc"

#define GET_OP_CLASSES
#include "edgebert/Dialect/Check/IR/CheckOps.h.inc"

#endif // EDGEBERT_DIALECT_CHECK_IR_CHECK_H
