//===- CompressLayers.h - weight matrices through compression ---*- C++ -*-===//
//
// What the compression passes share: visiting layers with the sums of their
// inputs, and putting matrices back into the IR.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_PIPELINES_COMPRESSLAYERS_H
#define EDGEBERT_LIB_PIPELINES_COMPRESSLAYERS_H

#include "edgebert/Compression/Quantize.h"
#include "edgebert/Dialect/Mask/IR/Mask.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Pipelines/LayerData.h"
#include "edgebert/Support/JsonFile.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringMap.h"

namespace edgebert {

/// Where sums of inputs come from, and which layers are meant.
struct LayerOptions {
  LayerDataRequest data;
  /// Statistics file; empty: stream `data.data`.
  std::string statistics;
  /// Globs; layers with such a name are left alone.
  std::vector<std::string> exclude;
  bool progress = false;
};

using LayerFunction = llvm::function_ref<mlir::LogicalResult(
    analysis::WeightLayer &, const compression::Gram *)>;

/// Visits the layers of the entry function in order. With `needsGram`, the sums
/// come from the statistics file, or are streamed group by group through the
/// module as changed so far, so that a layer sees what the compressed layers
/// before it make; one group's sums are in memory at a time. Fails with a
/// diagnostic; remarks on what was left out and if nothing was found.
mlir::LogicalResult forEachLayer(mlir::ModuleOp module,
                                 const LayerOptions &options, bool needsGram,
                                 LayerFunction visit);

/// The layers the options mean.
mlir::FailureOr<analysis::WeightSet> findLayers(mlir::ModuleOp module,
                                                const LayerOptions &options);

/// The file's statistics, if they are of this module; else emits an error.
mlir::FailureOr<ModelStatistics> readStatistics(mlir::ModuleOp module,
                                                const LayerOptions &options);

/// Weights and masks of another state of the model, by layer name.
struct OtherWeights {
  std::map<std::string, compression::Matrix> matrices;
  std::map<std::string, compression::Mask> masks;

  /// From an .onnx or MLIR file; the matrices as they are stored
  /// (WeightLayer::getStoredMatrix) or as they act.
  static llvm::Expected<OtherWeights> load(llvm::StringRef path,
                                           llvm::StringRef entry,
                                           mlir::MLIRContext &context,
                                           bool stored = false);
};

//===----------------------------------------------------------------------===//
// Into the IR
//===----------------------------------------------------------------------===//

/// A constant of the matrix, in the layout of the layer's weight.
mlir::Value buildFloats(mlir::OpBuilder &builder,
                        const analysis::WeightLayer &layer,
                        const compression::Matrix &matrix);
/// from_bits and dequantize of constant codes; fails with a diagnostic for
/// groups in a weight that is not of rank 2.
mlir::FailureOr<mlir::Value> buildCodes(mlir::OpBuilder &builder,
                                        const analysis::WeightLayer &layer,
                                        const compression::Quantized &quantized,
                                        numfmt::FormatTypeInterface format);
/// mask.apply of a constant mask.
mlir::Value buildMask(mlir::OpBuilder &builder,
                      const analysis::WeightLayer &layer, mlir::Value weight,
                      const compression::Mask &mask,
                      mask::PatternAttrInterface pattern);
/// The mask.apply ops of `from` on top of `weight`.
mlir::Value copyMasks(mlir::OpBuilder &builder, mlir::Value from,
                      mlir::Value weight);
/// Puts `weight` in the place of the layer's and drops what is dead.
void replaceWeight(analysis::WeightLayer &layer, mlir::Value weight);

/// Makes the layer's weight one f32 constant, decoded and masked.
void foldWeight(analysis::WeightLayer &layer);

/// A builder that inserts behind the layer's weight.
mlir::OpBuilder getBuilder(const analysis::WeightLayer &layer);

/// One layer's part of the report of a compression pass.
llvm::json::Object toJson(llvm::StringRef layer,
                          const compression::Report &report);

} // namespace edgebert

#endif // EDGEBERT_LIB_PIPELINES_COMPRESSLAYERS_H
