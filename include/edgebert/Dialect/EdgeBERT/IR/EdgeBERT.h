//===- EdgeBERT.h - the edgebert dialect ------------------------*- C++ -*-===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERT_H
#define EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTDialect.h.inc"
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTAttrs.h.inc"

namespace edgebert::accel {

/// True for AdaptivFloat<8,3> and for i8, its storage.
bool isCodeType(mlir::Type type);

/// True for a memref that `edgebert.space` places in `memory`, of the element
/// type and row shape of that memory.
bool isBufferIn(mlir::Type type, Memory memory);

/// Lets the tensor ops be bufferized (they write their `outs`).
void registerBufferizableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);

} // namespace edgebert::accel

#define GET_OP_CLASSES
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTOps.h.inc"

#endif // EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERT_H
