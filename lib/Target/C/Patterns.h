//===- Patterns.h - from the host program's dialects to EmitC ---*- C++ -*-===//

#ifndef EDGEBERT_LIB_TARGET_C_PATTERNS_H
#define EDGEBERT_LIB_TARGET_C_PATTERNS_H

#include "edgebert/Target/C.h"
#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/Transforms/DialectConversion.h"

namespace edgebert::target {

/// arith and math: operators, libm's functions, helpers.
void populateScalarPatterns(mlir::TypeConverter &converter,
                            mlir::RewritePatternSet &patterns);
/// memref: pointers to the first element.
void populateMemRefPatterns(mlir::TypeConverter &converter,
                            mlir::RewritePatternSet &patterns,
                            const DramLayout &layout);
/// edgebert: register accesses, regions, accounts.
void populateCommandPatterns(mlir::TypeConverter &converter,
                             mlir::RewritePatternSet &patterns,
                             mlir::ModuleOp module);

/// `uint8_t *`, what a buffer becomes.
mlir::emitc::PointerType getMemoryType(mlir::MLIRContext *context);
/// An expression that is printed where its value is used.
mlir::Value createLiteral(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Type type, const llvm::Twine &text);
/// The integer as an expression of type int64_t.
mlir::Value createIndex(mlir::OpBuilder &builder, mlir::Location loc,
                        int64_t value);
/// `base` advanced by `bytes`.
mlir::Value createOffset(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Value base, int64_t bytes);
/// The place of byte `address` of the DRAM.
mlir::Value createDramPointer(mlir::OpBuilder &builder, mlir::Location loc,
                              uint64_t address);

} // namespace edgebert::target

#endif // EDGEBERT_LIB_TARGET_C_PATTERNS_H
