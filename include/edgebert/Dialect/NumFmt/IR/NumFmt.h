//===- NumFmt.h - number formats as element types ---------------*- C++ -*-===//
//
// The dialect, its interface and its ops. The concrete types are in
// NumFmtTypes.h: passes need only the interface.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_DIALECT_NUMFMT_IR_NUMFMT_H
#define EDGEBERT_DIALECT_NUMFMT_IR_NUMFMT_H

#include "edgebert/Numerics/Format.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "edgebert/Dialect/NumFmt/IR/NumFmtInterfaces.h.inc"

#include "edgebert/Dialect/NumFmt/IR/NumFmtDialect.h.inc"

namespace edgebert::numfmt {

/// Folding leaves constants of more elements alone: codes of weights are made
/// once, by the pass numfmt-quantize-constants.
inline constexpr int64_t kFoldLimit = 65536;

/// Builds the ops that compute the noise (i32) of element `index` (i64) of a
/// stream, as numerics::getNoise.
mlir::Value materializeNoise(mlir::OpBuilder &builder, mlir::Location loc,
                             uint64_t stream, mlir::Value index);

} // namespace edgebert::numfmt

#define GET_OP_CLASSES
#include "edgebert/Dialect/NumFmt/IR/NumFmtOps.h.inc"

#endif // EDGEBERT_DIALECT_NUMFMT_IR_NUMFMT_H
