//===- Weights.cpp - the weight matrices of a function --------------------===//

#include "edgebert/Analysis/Weights.h"

#include "edgebert/Analysis/Gather.h"
#include "edgebert/Dialect/Mask/IR/Mask.h"
#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/xxhash.h"

#include <numeric>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

/// An op that changes where elements are, and nothing else.
static bool isMovement(Operation *op) {
  return isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp,
                         linalg::TransposeOp>(op);
}

/// What stands for the whole weight behind a product's operand.
static Value getRoot(Value operand) {
  while (Operation *op = operand.getDefiningOp()) {
    if (!isMovement(op))
      break;
    operand = op->getOperand(0);
  }
  return operand;
}

/// For each element of `value`, where in `root` it is.
static std::vector<int32_t> getPositions(Value value, Value root) {
  if (value == root) {
    std::vector<int32_t> all(
        cast<RankedTensorType>(root.getType()).getNumElements());
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  Operation *op = value.getDefiningOp();
  std::vector<int32_t> from = getPositions(op->getOperand(0), root);
  auto transpose = dyn_cast<linalg::TransposeOp>(op);
  if (!transpose)
    return from;
  auto shape = cast<RankedTensorType>(op->getOperand(0).getType()).getShape();
  return analysis::transpose<int32_t>(from, shape, transpose.getPermutation());
}

/// Sets `layer`'s layout from one use; false where it has none.
static bool setLayout(WeightLayer &layer, const MatmulKernel &kernel) {
  auto shape = cast<RankedTensorType>(kernel.rhs.getType()).getShape();
  // By output and input of the product.
  std::vector<int32_t> places = transpose<int32_t>(
      getPositions(kernel.rhs, layer.root), shape, kernel.rhsPerm);
  layer.rows = kernel.n;
  layer.columns = kernel.k;
  ArrayRef<int64_t> rootShape = layer.getType().getShape();
  for (auto [dim, size] : llvm::enumerate(rootShape)) {
    if (size != kernel.n)
      continue;
    layer.outputs = dim;
    layer.inner = computeProduct(rootShape.drop_front(dim + 1));
    bool fits = true;
    for (int64_t r = 0; r < layer.rows && fits; ++r)
      for (int64_t c = 0; c < layer.columns && fits; ++c)
        fits = places[r * layer.columns + c] == layer.getRootIndex(r, c);
    if (fits)
      return true;
  }
  return false;
}

/// The same of a weight of convolutions, which is the filter as it is.
static bool setConvolutionLayout(WeightLayer &layer) {
  RankedTensorType type = layer.getType();
  layer.outputs = 0;
  layer.rows = type.getDimSize(0);
  layer.columns = layer.inner = type.getNumElements() / layer.rows;
  return llvm::all_of(layer.convolutions, [&](auto conv) {
    return conv.getInputs()[1] == layer.root &&
           cast<ShapedType>(conv.getInputs()[0].getType()).hasStaticShape();
  });
}

/// A user of the weight that is none of its products, or null.
static Operation *
findOtherUser(Value value, const llvm::SmallDenseSet<Operation *> &products) {
  for (Operation *user : value.getUsers()) {
    if (products.contains(user))
      continue;
    if (!isMovement(user))
      return user;
    if (Operation *other = findOtherUser(user->getResult(0), products))
      return other;
  }
  return nullptr;
}

WeightSet analysis::findWeights(func::FuncOp func) {
  WeightSet set;
  set.kernels = findKernels(func);
  llvm::MapVector<Value, WeightLayer> byRoot;
  for (const auto &kernel : set.kernels.kernels) {
    auto *matmul = dyn_cast<MatmulKernel>(kernel.get());
    if (!matmul || !isConstantDerived(matmul->rhs) ||
        isConstantDerived(matmul->lhs))
      continue;
    WeightLayer &layer = byRoot[getRoot(matmul->rhs)];
    if (layer.uses.empty())
      layer.name = matmul->id;
    layer.uses.push_back(matmul);
  }
  // Convolutions are not kernels of the accelerator, but have weights.
  llvm::DenseMap<Operation *, unsigned> position;
  llvm::StringSet<> names;
  for (auto &item : byRoot)
    names.insert(item.second.name);
  func.walk([&](Operation *op) {
    position[op] = position.size();
    auto conv = dyn_cast<linalg::Conv2DNchwFchwOp>(op);
    if (!conv || !conv.hasPureTensorSemantics() ||
        !isConstantDerived(conv.getInputs()[1]))
      return;
    WeightLayer &layer = byRoot[getRoot(conv.getInputs()[1])];
    layer.convolutions.push_back(conv);
    if (!layer.name.empty())
      return;
    StringRef stem = getLocationName(conv.getLoc());
    layer.name = stem.empty() ? "conv" : stem.str();
    for (unsigned repeat = 2; !names.insert(layer.name).second; ++repeat)
      layer.name = (stem + "#" + Twine(repeat)).str();
  });
  for (auto &item : byRoot) {
    Value root = item.first;
    WeightLayer &layer = item.second;
    layer.root = root;
    auto skip = [&](const Twine &reason) {
      set.skipped.push_back({layer.name, reason.str()});
    };
    if (llvm::any_of(layer.uses,
                     [](auto *kernel) { return kernel->batch != 1; })) {
      skip("a different matrix for each batch");
      continue;
    }
    llvm::SmallDenseSet<Operation *> products;
    for (const MatmulKernel *kernel : layer.uses)
      products.insert(kernel->body.begin(), kernel->body.end());
    products.insert(layer.convolutions.begin(), layer.convolutions.end());
    if (!layer.uses.empty() && !layer.convolutions.empty()) {
      skip("a product and a convolution read it");
      continue;
    }
    if (Operation *other = findOtherUser(root, products)) {
      skip("'" + other->getName().getStringRef() +
           "' reads it too (an embedding table?)");
      continue;
    }
    bool fits = layer.uses.empty() ? setConvolutionLayout(layer)
                                   : setLayout(layer, *layer.uses.front());
    int64_t outputs = layer.outputs;
    for (const MatmulKernel *kernel :
         ArrayRef(layer.uses).drop_front(layer.uses.empty() ? 0 : 1))
      fits = fits && kernel->n == layer.rows && setLayout(layer, *kernel) &&
             layer.outputs == outputs;
    if (!fits) {
      skip("its outputs are not one dimension of the constant");
      continue;
    }
    if (!evaluateConstant(root)) {
      skip("computed from constants by '" +
           (root.getDefiningOp()
                ? root.getDefiningOp()->getName().getStringRef()
                : StringRef("an argument")) +
           "'");
      continue;
    }
    set.layers.push_back(layer);
  }
  // Each op reads one weight, so that no two layers begin at the same op.
  auto getPosition = [&](const WeightLayer &layer) {
    if (!layer.uses.empty())
      return position.lookup(layer.uses.front()->contraction);
    linalg::Conv2DNchwFchwOp conv = layer.convolutions.front();
    return position.lookup(conv);
  };
  llvm::sort(set.layers, [&](const WeightLayer &a, const WeightLayer &b) {
    return getPosition(a) < getPosition(b);
  });
  return set;
}

compression::Matrix WeightLayer::getMatrix() const {
  compression::Matrix matrix(rows, columns);
  matrix.storage = toMatrix<float>(*evaluateConstant(root));
  return matrix;
}

compression::Matrix WeightLayer::getStoredMatrix() const {
  WeightLayer stored = *this;
  while (auto apply = stored.root.getDefiningOp<mask::ApplyOp>())
    stored.root = apply.getInput();
  auto divide = stored.root.getDefiningOp<arith::DivFOp>();
  if (!divide)
    return getMatrix();
  stored.root = divide.getLhs();
  compression::Matrix matrix = stored.getMatrix();
  std::optional<compression::Mask> mask = getMask();
  return mask ? mask->apply(matrix) : matrix;
}

std::optional<compression::Mask> WeightLayer::getMask() const {
  std::optional<compression::Mask> mask;
  for (auto apply = root.getDefiningOp<mask::ApplyOp>(); apply;
       apply = apply.getInput().getDefiningOp<mask::ApplyOp>()) {
    auto constant = apply.getMask().getDefiningOp<arith::ConstantOp>();
    auto keep =
        mask::getMaskElements(constant ? constant.getValue() : TypedAttr());
    if (failed(keep))
      continue;
    if (!mask)
      mask.emplace(rows, columns);
    std::vector<uint8_t> bytes = toMatrix<uint8_t>(*keep);
    for (auto [i, stays] : llvm::enumerate(bytes))
      if (!stays)
        mask->keep(i, false);
  }
  return mask;
}

uint64_t analysis::getModelFingerprint(func::FuncOp func) {
  WeightSet set = findWeights(func);
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::DenseSet<Operation *> ofLayers;
  for (const WeightLayer &layer : set.layers) {
    os << layer.name << " " << layer.rows << "x" << layer.columns << "\n";
    SmallVector<Value> pending = {layer.root};
    while (!pending.empty())
      if (Operation *op = pending.pop_back_val().getDefiningOp())
        if (ofLayers.insert(op).second)
          pending.append(op->operand_begin(), op->operand_end());
  }
  func.walk([&](arith::ConstantOp op) {
    auto elements = dyn_cast<ElementsAttr>(op.getValue());
    if (!elements || ofLayers.contains(op) ||
        !elements.getElementType().isF32() || elements.getNumElements() < 16)
      return;
    SmallVector<float> storage;
    auto data = numfmt::getElements(elements, storage);
    if (succeeded(data))
      os << llvm::xxh3_64bits(
                ArrayRef(reinterpret_cast<const uint8_t *>(data->data()),
                         data->size() * sizeof(float)))
         << "\n";
  });
  return llvm::xxh3_64bits(text);
}
