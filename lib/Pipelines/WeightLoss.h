//===- WeightLoss.h - the loss of a model as its weights change -*- C++ -*-===//

#ifndef EDGEBERT_LIB_PIPELINES_WEIGHTLOSS_H
#define EDGEBERT_LIB_PIPELINES_WEIGHTLOSS_H

#include "edgebert/Execution/DeviceProgram.h"
#include "edgebert/Pipelines/LayerData.h"

namespace edgebert {

/// A compiled copy of a model whose weights can be set without compiling again.
/// The loss is the mean squared difference of its outputs from those of the
/// model as it was.
class WeightLoss {
public:
  /// `weights` are layers of `module`.
  static llvm::Expected<WeightLoss> create(mlir::ModuleOp module,
                                           const LayerDataRequest &request,
                                           const analysis::WeightSet &weights);

  /// Sets the weights of layer `i`.
  void set(size_t i, const compression::Matrix &matrix);
  llvm::Expected<double> evaluate();

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<execution::DeviceProgram> program;
  std::vector<execution::NamedArray> inputs;
  std::vector<execution::NamedArray> wanted;
  std::optional<int64_t> limit;
  std::vector<analysis::WeightLayer> layers;
  /// The memory that the program reads each layer's weights from.
  std::vector<llvm::MutableArrayRef<float>> memory;
};

} // namespace edgebert

#endif // EDGEBERT_LIB_PIPELINES_WEIGHTLOSS_H
