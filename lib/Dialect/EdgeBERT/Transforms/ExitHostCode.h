//===- ExitHostCode.h - host code around early exits ------------*- C++ -*-===//
//
// The rules of ExitRules.h as operations on tensors.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_EXITHOSTCODE_H
#define EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_EXITHOSTCODE_H

#include "edgebert/Dialect/EdgeBERT/Transforms/ExitRules.h"
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"

namespace edgebert::accel::exits {

/// The f32 logits of static shape as codes for the entropy unit.
mlir::Value createCodes(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value logits);
/// toThreshold of an f32, as i32.
mlir::Value createThreshold(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Value nats);
/// Whether the entropy of the codes is at most an i32 threshold.
mlir::Value createDecision(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value codes, mlir::Value threshold);
/// getBin of the entropy of the codes, as index: the unit only compares, so
/// that each bit takes one comparison.
mlir::Value createBin(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Value codes);
/// choosePoint as i32; elapsed and cycles are i64, target is f32.
mlir::Value createPoint(mlir::OpBuilder &builder, mlir::Location loc,
                        const machine::EnergyTable &table, mlir::Value elapsed,
                        mlir::Value cycles, mlir::Value target);

} // namespace edgebert::accel::exits

#endif // EDGEBERT_LIB_DIALECT_EDGEBERT_TRANSFORMS_EXITHOSTCODE_H
