//===- QuantizeKernels.cpp - put formats on kernels' boundaries -----------===//

#include "edgebert/Conversion/QuantizeKernels.h"

#include "../LinalgToEdgeBERT/CodeTensors.h"
#include "../RowReduction.h"

#include "edgebert/Conversion/Passes.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <limits>

namespace edgebert {
#define GEN_PASS_DEF_QUANTIZEKERNELSPASS
#include "edgebert/Conversion/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using namespace edgebert::analysis;

namespace {

struct MinMaxStrategy : RangeStrategy {
  TypedAttr choose(numfmt::FormatTypeInterface format, const ValueStats &stats,
                   RangeLimits limits) const override {
    return format.chooseMetadata(limits.apply(stats.maxAbs()));
  }
};

struct QuantizeKernelsPass
    : edgebert::impl::QuantizeKernelsPassBase<QuantizeKernelsPass> {
  using QuantizeKernelsPassBase::QuantizeKernelsPassBase;
  void runOnOperation() override;
};

/// Inserts quantize and dequantize behind values.
class Quantizer {
public:
  Quantizer(func::FuncOp func, numfmt::FormatTypeInterface format,
            const RangeStrategy &strategy)
      : func(func), format(format), strategy(strategy),
        kernels(findKernels(func)) {
    for (const auto &kernel : kernels.kernels)
      inKernel.insert(kernel->body.begin(), kernel->body.end());
  }

  LogicalResult run(const Calibration &calibration);
  std::vector<QuantizedTensor> takeTable() { return std::move(table); }

private:
  void quantizeConstant(Value operand);
  /// `value` from here on reads back from its codes; all uses, or only those
  /// on the way to kernels.
  void insert(Value value, TypedAttr metadata, bool allUses);
  /// The softmaxes' inputs become differences to their rows' maxima before they
  /// are quantized, where `stats` say that the unit's range is too small.
  bool makeRelative(const QuantizedValue &value, const ValueStats &stats);
  void addRow(std::string name, Value value, bool isWeight,
              const ValueStats &stats, TypedAttr metadata);

  func::FuncOp func;
  numfmt::FormatTypeInterface format;
  const RangeStrategy &strategy;
  KernelSet kernels;
  llvm::DenseSet<Operation *> inKernel;
  llvm::DenseSet<Value> done;
  std::vector<QuantizedTensor> table;
};

} // namespace

std::unique_ptr<RangeStrategy> RangeStrategy::create(StringRef name) {
  if (name == "min-max")
    return std::make_unique<MinMaxStrategy>();
  return nullptr;
}

void Quantizer::insert(Value value, TypedAttr metadata, bool allUses) {
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : value.getUses()) {
    Operation *owner = use.getOwner();
    // Uses inside a linalg body belong to the linalg op.
    if (allUses || inKernel.contains(owner) || isDataMovement(owner))
      uses.push_back(&use);
  }
  OpBuilder builder(func.getContext());
  builder.setInsertionPointAfterValue(value);
  Location loc = value.getLoc();
  auto type = cast<RankedTensorType>(value.getType());
  Value metadataValue;
  if (metadata)
    metadataValue = arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(RankedTensorType::get({}, metadata.getType()),
                               Attribute(metadata)));
  Value codes = numfmt::QuantizeOp::create(builder, loc, type.clone(format),
                                           value, metadataValue, IntegerAttr());
  Value back = numfmt::DequantizeOp::create(builder, loc, type, codes,
                                            metadataValue, IntegerAttr());
  for (OpOperand *use : uses)
    use->set(back);
}

/// A softmax's result does not depend on what is added to a row, only on
/// differences; the unit takes those below 32. Scores above half of that would
/// be cut off at the top, where the weights are made.
static bool needsRelative(const QuantizedValue &value,
                          const ValueStats &stats) {
  return value.limits.largest > 0 && stats.max > value.limits.largest;
}

/// x - max(x) along the last dimension.
static Value subtractRowMaximum(OpBuilder &builder, Location loc, Value x) {
  auto type = cast<RankedTensorType>(x.getType());
  int64_t rank = type.getRank();
  AffineMap all = builder.getMultiDimIdentityMap(rank);
  AffineMap row = all.getMajorSubMap(rank - 1);
  SmallVector<utils::IteratorType> parallel(rank,
                                            utils::IteratorType::parallel);
  Value maxima = reduceRows<arith::MaximumFOp>(
      builder, loc, x, std::numeric_limits<float>::lowest());
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                       type.getElementType());
  return linalg::GenericOp::create(builder, loc, TypeRange{type},
                                   ValueRange{x, maxima}, ValueRange{init},
                                   {all, row, all}, parallel,
                                   emitBinary<arith::SubFOp>)
      .getResult(0);
}

bool Quantizer::makeRelative(const QuantizedValue &value,
                             const ValueStats &stats) {
  if (!needsRelative(value, stats))
    return false;
  for (const auto &kernel : kernels.kernels) {
    auto *softmax = dyn_cast<SoftmaxKernel>(kernel.get());
    if (!softmax || getMovedSource(softmax->input) != value.value)
      continue;
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : softmax->input.getUses())
      if (llvm::is_contained(softmax->body, use.getOwner()))
        uses.push_back(&use);
    OpBuilder builder(func.getContext());
    builder.setInsertionPointAfterValue(softmax->input);
    Value relative =
        subtractRowMaximum(builder, softmax->input.getLoc(), softmax->input);
    for (OpOperand *use : uses)
      use->set(relative);
    ValueStats differences;
    differences.min = -value.limits.largest;
    TypedAttr metadata = strategy.choose(format, differences, value.limits);
    addRow(value.name + " - row maximum", relative, false, differences,
           metadata);
    insert(relative, metadata, true);
  }
  return true;
}

void Quantizer::addRow(std::string name, Value value, bool isWeight,
                       const ValueStats &stats, TypedAttr metadata) {
  QuantizedTensor row;
  row.name = std::move(name);
  row.isWeight = isWeight;
  row.shape = cast<RankedTensorType>(value.getType()).getShape().vec();
  row.maxAbs = stats.maxAbs();
  if (metadata) {
    llvm::raw_string_ostream os(row.metadata);
    metadata.print(os, /*elideType=*/true);
  }
  row.sqnr = stats.signal > 0 ? 10 * std::log10(stats.signal / stats.noise)
                              : std::numeric_limits<double>::quiet_NaN();
  table.push_back(std::move(row));
}

void Quantizer::quantizeConstant(Value operand) {
  if (!operand || !isConstantDerived(operand))
    return;
  Value source = getMovedSource(operand);
  if (!done.insert(source).second)
    return;
  std::optional<std::vector<float>> values =
      CodeTensors::getConstantFloats(source);
  if (!values || values->empty())
    return; // computed from constants: left to constant folding
  ValueStats stats;
  for (float x : *values) {
    stats.min = std::min(stats.min, x);
    stats.max = std::max(stats.max, x);
  }
  TypedAttr metadata = strategy.choose(format, stats, RangeLimits());
  numerics::Format codec = format.getFormat();
  numerics::Metadata word = format.getMetadata(metadata);
  std::vector<float> rounded(values->size());
  codec.emulate(*values, rounded, word);
  for (auto [x, y] : llvm::zip(*values, rounded)) {
    stats.signal += double(x) * x;
    stats.noise += (double(x) - y) * (double(x) - y);
  }
  addRow(getLocationName(source.getLoc()).str(), source, true, stats, metadata);
  insert(source, metadata, false);
}

LogicalResult Quantizer::run(const Calibration &calibration) {
  std::vector<QuantizedValue> values = findQuantizedValues(func, kernels);
  std::string missing;
  for (const QuantizedValue &value : values)
    if (!calibration.values.count(value.name))
      missing += (missing.empty() ? "'" : ", '") + value.name + "'";
  if (!missing.empty())
    return func.emitError("the calibration knows nothing of ")
           << missing << "; it was made for another model";

  for (const QuantizedValue &value : values) {
    const ValueStats &stats = calibration.values.find(value.name)->second;
    RangeLimits limits = value.limits;
    if (makeRelative(value, stats)) {
      // What the chip computes still leaves it as codes, of any range.
      if (!value.isKernelResult)
        continue;
      limits.largest = 0;
    }
    TypedAttr metadata = strategy.choose(format, stats, limits);
    addRow(value.name, value.value, false, stats, metadata);
    insert(value.value, metadata, value.isKernelResult);
  }
  for (const auto &kernel : kernels.kernels) {
    if (auto *matmul = dyn_cast<MatmulKernel>(kernel.get())) {
      quantizeConstant(matmul->lhs);
      quantizeConstant(matmul->rhs);
    } else if (auto *norm = dyn_cast<LayerNormKernel>(kernel.get())) {
      quantizeConstant(norm->gamma);
      quantizeConstant(norm->beta);
    } else if (auto *softmax = dyn_cast<SoftmaxKernel>(kernel.get())) {
      quantizeConstant(softmax->span);
    }
  }
  return success();
}

FailureOr<std::vector<QuantizedTensor>>
edgebert::quantizeKernels(func::FuncOp func, numfmt::FormatTypeInterface format,
                          const Calibration &calibration,
                          const RangeStrategy &strategy) {
  Quantizer quantizer(func, format, strategy);
  if (failed(quantizer.run(calibration)))
    return failure();
  return quantizer.takeTable();
}

void QuantizeKernelsPass::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration())
    return;
  auto type = dyn_cast_or_null<numfmt::FormatTypeInterface>(
      parseType(format, func.getContext()));
  if (!type) {
    func.emitError("expected option 'format' to be a numfmt type such as "
                   "!numfmt.afp<8,3>, got '")
        << format << "'";
    return signalPassFailure();
  }
  std::unique_ptr<RangeStrategy> ranges = RangeStrategy::create(strategy);
  if (!ranges) {
    func.emitError("expected option 'strategy' to be min-max, got '")
        << strategy << "'";
    return signalPassFailure();
  }
  if (calibration.empty()) {
    func.emitError("expected option 'calibration' to name a calibration file");
    return signalPassFailure();
  }
  llvm::Expected<Calibration> file = Calibration::read(calibration);
  if (!file) {
    func.emitError(llvm::toString(file.takeError()));
    return signalPassFailure();
  }
  FailureOr<std::vector<QuantizedTensor>> table =
      quantizeKernels(func, type, *file, *ranges);
  if (failed(table))
    return signalPassFailure();
  if (table->empty())
    func.emitRemark("numfmt-quantize-kernels found no kernel in @")
        << func.getName();
  if (report.empty())
    return;
  if (llvm::Error error = writeQuantizationReport(report, *table)) {
    func.emitError("cannot write the report: ")
        << llvm::toString(std::move(error));
    signalPassFailure();
  }
}
