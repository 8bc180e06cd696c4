//===- Calibration.cpp - names and statistics of quantized values ---------===//

#include "edgebert/Analysis/Calibration.h"

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "edgebert/Dialect/Fault/IR/Fault.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Support/JsonFile.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static llvm::json::Object toJson(llvm::StringRef name,
                                 const ValueStats &stats) {
  return llvm::json::Object{
      {"name", name},           {"min", stats.min},
      {"max", stats.max},       {"max_row_squares", stats.maxRowSquares},
      {"signal", stats.signal}, {"noise", stats.noise}};
}

llvm::Error Calibration::write(llvm::StringRef path) const {
  // Sorted, so that equal calibrations are equal files.
  std::vector<llvm::StringRef> names;
  for (const auto &entry : values)
    names.push_back(entry.getKey());
  llvm::sort(names);
  llvm::json::Array list;
  for (llvm::StringRef name : names)
    list.push_back(toJson(name, values.lookup(name)));
  llvm::json::Object root{{"format", 1}, {"values", std::move(list)}};
  return writeJson(path, std::move(root));
}

llvm::Expected<Calibration> Calibration::read(llvm::StringRef path) {
  auto fail = [&](const llvm::Twine &what) {
    return llvm::createStringError(llvm::Twine(path) + ": " + what);
  };
  llvm::Expected<llvm::json::Value> root =
      readJson(path, "cannot read the calibration file: ", "not JSON: ");
  if (!root)
    return root.takeError();
  llvm::json::Object *object = root->getAsObject();
  if (!object || object->getInteger("format") != 1)
    return fail("expected a calibration file with \"format\": 1");
  llvm::json::Array *list = object->getArray("values");
  if (!list)
    return fail("expected a list \"values\"");
  Calibration calibration;
  for (auto [i, item] : llvm::enumerate(*list)) {
    llvm::json::Object *entry = item.getAsObject();
    std::string where = "values[" + std::to_string(i) + "]";
    if (!entry)
      return fail(where + ": expected an object");
    std::optional<llvm::StringRef> name = entry->getString("name");
    if (!name)
      return fail(where + ": expected a string \"name\"");
    double numbers[5];
    const char *keys[5] = {"min", "max", "max_row_squares", "signal", "noise"};
    for (auto [number, key] : llvm::zip(numbers, keys)) {
      std::optional<double> value = entry->getNumber(key);
      if (!value)
        return fail(where + " (" + *name + "): expected a number \"" + key +
                    "\"");
      number = *value;
    }
    if (numbers[0] > numbers[1])
      return fail(where + " (" + *name + "): expected min <= max, got " +
                  llvm::formatv("{0} and {1}", numbers[0], numbers[1]).str());
    calibration.values[*name] = {float(numbers[0]), float(numbers[1]),
                                 numbers[2], numbers[3], numbers[4]};
  }
  return calibration;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

bool analysis::isDataMovement(Operation *op) {
  return isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp,
             linalg::TransposeOp, tensor::ExtractSliceOp>(op);
}

Value analysis::getMovedSource(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto dequantize = dyn_cast<numfmt::DequantizeOp>(op)) {
      Value codes = dequantize.getInput();
      if (auto site = codes.getDefiningOp<fault::SiteOp>())
        codes = site.getInput();
      auto quantize = codes.getDefiningOp<numfmt::QuantizeOp>();
      if (!quantize)
        break;
      value = quantize.getInput();
      continue;
    }
    if (!isDataMovement(op) && !isa<fault::SiteOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// A softmax takes differences of its inputs, which must stay inside the unit's
/// +-32 or they wrap; and exp(-15.5) is 2e-7, far below what its 10 fraction
/// bits tell from 0. So a mask of -10000 may as well be -15.5.
static constexpr float kSoftmaxLargest = 15.5f;

/// The largest code times 2^-3: the range whose smallest codes are at the 2^-10
/// of the special-function units' fixed point.
static constexpr float kUnitSmallest = 1.9375f / 8;

/// What to call a value that no kernel computes.
static std::string getName(func::FuncOp func, Value value) {
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    if (arg.getOwner() == &func.front())
      if (auto name = func.getArgAttrOfType<StringAttr>(
              arg.getArgNumber(), accel::EdgeBERTDialect::kNameAttr))
        return name.getValue().str();
    return "arg" + std::to_string(arg.getArgNumber());
  }
  llvm::StringRef name = getLocationName(value.getLoc());
  return name.empty() ? value.getDefiningOp()->getName().getStringRef().str()
                      : name.str();
}

std::vector<QuantizedValue>
analysis::findQuantizedValues(func::FuncOp func, const KernelSet &kernels) {
  std::vector<QuantizedValue> result;
  llvm::DenseMap<Value, size_t> indexOf;
  llvm::StringMap<unsigned> timesUsed;
  auto add = [&](Value value, std::string name, RangeLimits limits,
                 bool isResult) {
    auto [it, isNew] = indexOf.try_emplace(value, result.size());
    if (!isNew) {
      // Every unit that touches the value has to be able to hold its range.
      RangeLimits &known = result[it->second].limits;
      known.smallest = std::max(known.smallest, limits.smallest);
      known.largest = known.largest == 0 || limits.largest == 0
                          ? 0
                          : std::max(known.largest, limits.largest);
      return;
    }
    if (unsigned count = ++timesUsed[name]; count > 1)
      name += "#" + std::to_string(count);
    result.push_back({value, std::move(name), limits, isResult});
  };

  llvm::DenseMap<Value, const Kernel *> kernelOf;
  for (const auto &kernel : kernels.kernels)
    kernelOf[kernel->result] = kernel.get();
  // Operands first, in the order in which kernels read them; then the results
  // that no kernel reads. Results of the units have the units' resolution.
  auto ofResult = [](const Kernel *kernel) {
    RangeLimits limits;
    if (isa_and_nonnull<SoftmaxKernel, LayerNormKernel>(kernel))
      limits.smallest = kUnitSmallest;
    return limits;
  };
  for (const auto &kernel : kernels.kernels) {
    for (Value operand : kernel->getOperands()) {
      if (isConstantDerived(operand))
        continue;
      Value source = getMovedSource(operand);
      const Kernel *producer = kernelOf.lookup(source);
      RangeLimits limits = ofResult(producer);
      if (isa<SoftmaxKernel>(*kernel)) {
        limits.smallest = kUnitSmallest;
        limits.largest = kSoftmaxLargest;
      }
      add(source, producer ? producer->id : getName(func, source), limits,
          producer != nullptr);
    }
  }
  for (const auto &kernel : kernels.kernels)
    if (!indexOf.count(kernel->result))
      add(kernel->result, kernel->id, ofResult(kernel.get()), true);
  return result;
}
