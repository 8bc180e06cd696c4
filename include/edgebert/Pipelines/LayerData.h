//===- LayerData.h - what weight layers read on calibration data *- C++ -*-===//
//
// Compression looks at a layer's inputs through sums only (ranges, histograms,
// Gram matrices). They are streamed: a copy of the function that ends at the
// layers' inputs runs row by row, so that no activations are kept.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_PIPELINES_LAYERDATA_H
#define EDGEBERT_PIPELINES_LAYERDATA_H

#include "edgebert/Analysis/Weights.h"
#include "edgebert/Compression/Gram.h"
#include "mlir/IR/BuiltinOps.h"

#include <array>
#include <functional>
#include <map>

namespace edgebert {

/// What was seen of one layer's inputs.
struct LayerStatistics {
  compression::Gram gram;
  float min = 0, max = 0;
  /// Numbers of inputs by magnitude: 4 bins per octave from 2^-16 to 2^16
  /// (smaller in the first, larger in the last), zeros apart.
  static constexpr int64_t kBins = 128;
  std::array<int64_t, kBins> histogram{};
  int64_t zeros = 0;

  void add(compression::MatrixView x);
};

struct LayerDataRequest {
  std::string entry = "main";
  /// .npz with the model's inputs.
  std::string data;
  /// Rows used; 0: all.
  int64_t rows = 0;
  /// An input of 0 and 1 that says which tokens are real; what a layer reads of
  /// the others does not count. Ignored where the model has no such input or a
  /// layer has another number of input rows.
  std::string tokenMask = "attention_mask";
  int threads = 1;
};

/// Indices of layers that read the same values.
std::vector<std::vector<size_t>>
groupByInput(const analysis::WeightSet &weights);

/// Runs `module` on the request's data and calls `add(i, X)` for the inputs X
/// [tokens x inputs] of layer `names[i]`, for every row and every use. Layers
/// with the same input may be asked for once, for one of them.
llvm::Error streamLayerInputs(
    mlir::ModuleOp module, const LayerDataRequest &request,
    llvm::ArrayRef<std::string> names,
    llvm::function_ref<void(size_t, compression::MatrixView)> add);

/// Statistics of all layers of a model in its f32 form, as stored in FILE.json
/// (names, ranges, the model's fingerprint) and FILE.json.npz (the sums).
struct ModelStatistics {
  uint64_t fingerprint = 0;
  std::map<std::string, LayerStatistics> layers;

  llvm::Error write(llvm::StringRef path) const;
  static llvm::Expected<ModelStatistics> read(llvm::StringRef path);
};

llvm::Expected<ModelStatistics>
collectStatistics(mlir::ModuleOp module, const LayerDataRequest &request);

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_LAYERDATA_H
