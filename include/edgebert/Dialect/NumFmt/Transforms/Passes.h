//===- Passes.h - passes of the numfmt dialect ------------------*- C++ -*-===//

#ifndef EDGEBERT_DIALECT_NUMFMT_TRANSFORMS_PASSES_H
#define EDGEBERT_DIALECT_NUMFMT_TRANSFORMS_PASSES_H

#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::linalg {
class LinalgDialect;
} // namespace mlir::linalg
namespace mlir::tensor {
class TensorDialect;
} // namespace mlir::tensor

namespace edgebert::numfmt {

/// Formats to their storage integers, in shaped types too; everything else
/// stays.
void populateStorageTypeConversions(mlir::TypeConverter &converter);

/// The patterns of convert-numfmt-to-linalg, those for other dialects' ops
/// included.
void populateNumFmtToLinalgPatterns(const mlir::TypeConverter &converter,
                                    mlir::RewritePatternSet &patterns);

/// The pattern of numfmt-collapse-requantize.
void populateCollapseRequantizePatterns(mlir::RewritePatternSet &patterns);

#define GEN_PASS_DECL
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h.inc"

} // namespace edgebert::numfmt

#endif // EDGEBERT_DIALECT_NUMFMT_TRANSFORMS_PASSES_H
