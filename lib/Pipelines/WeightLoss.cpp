//===- WeightLoss.cpp - the loss of a model as its weights change ---------===//

#include "WeightLoss.h"

#include "CompressLayers.h"
#include "LayerInputs.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

llvm::Expected<WeightLoss> WeightLoss::create(ModuleOp module,
                                              const LayerDataRequest &request,
                                              const WeightSet &weights) {
  WeightLoss loss;
  loss.module = module.clone();
  auto func = loss.module->lookupSymbol<func::FuncOp>(request.entry);
  WeightSet copied = findWeights(func);
  if (request.rows > 0)
    loss.limit = request.rows;
  for (const WeightLayer &wanted : weights.layers) {
    WeightLayer &layer =
        *llvm::find_if(copied.layers, [&](const WeightLayer &layer) {
          return layer.name == wanted.name;
        });
    compression::Matrix matrix = layer.getMatrix();
    OpBuilder builder = getBuilder(layer);
    // A constant of our own, which compiled code reads where it lies.
    AsmResourceBlob blob = HeapAsmResourceBlob::allocate(
        matrix.size() * sizeof(float), /*align=*/64);
    auto attr = DenseResourceElementsAttr::get(layer.getType(), "loss_weight",
                                               std::move(blob));
    Value constant =
        arith::ConstantOp::create(builder, layer.root.getLoc(), attr);
    MutableArrayRef<char> bytes =
        attr.getRawHandle().getBlob()->getMutableData();
    loss.memory.push_back({reinterpret_cast<float *>(bytes.data()),
                           bytes.size() / sizeof(float)});
    replaceWeight(layer, constant);
    loss.layers.push_back(layer);
    loss.set(loss.layers.size() - 1, matrix);
  }
  execution::DeviceProgramOptions options;
  options.entry = request.entry;
  options.threads = request.threads;
  auto program = execution::DeviceProgram::load(*loss.module, options);
  if (!program)
    return program.takeError();
  loss.program = std::move(*program);
  auto inputs = readProgramInputs(loss.program->getProgram(), request.data);
  if (!inputs)
    return inputs.takeError();
  loss.inputs = std::move(*inputs);
  auto wanted = loss.program->runRows(loss.inputs, loss.limit);
  if (!wanted)
    return wanted.takeError();
  loss.wanted = std::move(*wanted);
  return loss;
}

void WeightLoss::set(size_t i, const compression::Matrix &matrix) {
  std::vector<float> values = layers[i].toRoot<float>(matrix.all());
  std::copy(values.begin(), values.end(), memory[i].begin());
}

llvm::Expected<double> WeightLoss::evaluate() {
  auto outputs = program->runRows(inputs, limit);
  if (!outputs)
    return outputs.takeError();
  double sum = 0;
  int64_t count = 0;
  for (auto [got, expected] : llvm::zip(*outputs, wanted)) {
    if (got.array.dtype != execution::DType::F32)
      continue;
    for (auto [x, y] :
         llvm::zip(got.array.as<float>(), expected.array.as<float>()))
      sum += (double(x) - y) * (double(x) - y);
    count += got.array.getNumElements();
  }
  return sum / double(std::max<int64_t>(count, 1));
}
