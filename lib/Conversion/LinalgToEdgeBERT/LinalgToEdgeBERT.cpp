//===- LinalgToEdgeBERT.cpp - put kernels onto the chip -------------------===//
//
// Kernels are found by Analysis/Kernels.h; here their operands are traced to
// codes, their scales folded, and their ops replaced.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Conversion/LinalgToEdgeBERT.h"

#include "CodeTensors.h"

#include "edgebert/Analysis/Gather.h"
#include "edgebert/Conversion/Passes.h"
#include "edgebert/Dialect/EdgeBERT/Transforms/Tiling.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Machine/Registers.h"
#include "edgebert/Numerics/AdaptivFloat.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <numeric>

namespace edgebert {
#define GEN_PASS_DEF_CONVERTLINALGTOEDGEBERTPASS
#include "edgebert/Conversion/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;
using namespace edgebert::analysis;

namespace {

/// The special-function units' exponent biases are register fields.
constexpr int kMaxUnitBias = int(machine::field::biasAct1.max());

class KernelConverter {
public:
  KernelConverter(func::FuncOp func, const machine::Description &machine,
                  const Calibration *calibration)
      : func(func), machine(machine), calibration(calibration),
        builder(func.getContext()), codes(builder) {}

  KernelConversion run();

private:
  // Each returns the reason the kernel stays, or "" when it has been replaced.
  std::string convert(const MatmulKernel &kernel);
  std::string convert(const SoftmaxKernel &kernel);
  std::string convert(const LayerNormKernel &kernel);
  std::string convert(const AddKernel &kernel);

  /// The one quantize of a kernel's result; sets `why` if there is none.
  numfmt::QuantizeOp getResultQuantize(const Kernel &kernel, int &bias,
                                       std::string &why);
  /// Names the kernel, and the op whose result it computes.
  Location getLocation(const Kernel &kernel) {
    Location root = kernel.root->getLoc();
    if (getLocationName(root) == kernel.id)
      return root;
    return builder.getFusedLoc(
        {NameLoc::get(builder.getStringAttr(kernel.id)), root});
  }
  /// Replaces the kernel by `result` (codes of the shape of its result).
  void replace(const Kernel &kernel, numfmt::QuantizeOp quantize, Value result);
  /// `value` as codes in rows x columns; reshapes what is not.
  Value getRows(Value value, int64_t columns) {
    auto type = cast<RankedTensorType>(value.getType());
    return codes.reshape(value, {type.getNumElements() / columns, columns});
  }
  /// Why a row-wise operation on `shape` has no tiling, or "".
  std::string getRowMisfit(ArrayRef<int64_t> shape, unsigned numOperands,
                           unsigned numParameters,
                           int64_t maxTimesteps = kMaxTimesteps);
  Value createInit(Location loc, ArrayRef<int64_t> shape) {
    return tensor::EmptyOp::create(builder, loc, shape, codes.getCodeType());
  }
  /// The bias of constants up to `largest`; sets `why` if the units cannot hold
  /// it.
  int chooseUnitBias(float largest, StringRef what, std::string &why);
  /// The codes of a softmax's span, as few as there are different ones.
  std::string getSpan(const SoftmaxKernel &kernel, Location loc, Value &span,
                      int &bias);
  /// Codes of per-column constants under a bias that the units can hold.
  /// They are stored as often as the row that they belong to.
  std::pair<Value, int> getParameter(Location loc, Value value, int64_t columns,
                                     int64_t repeats, float defaultValue,
                                     std::string &why);

  func::FuncOp func;
  const machine::Description &machine;
  const Calibration *calibration;
  OpBuilder builder;
  CodeTensors codes;
  /// The calibrated name of each layer norm's input, from before any kernel
  /// was replaced.
  llvm::DenseMap<const Kernel *, std::string> inputNames;
};

struct ConvertLinalgToEdgeBERTPass
    : edgebert::impl::ConvertLinalgToEdgeBERTPassBase<
          ConvertLinalgToEdgeBERTPass> {
  using ConvertLinalgToEdgeBERTPassBase::ConvertLinalgToEdgeBERTPassBase;
  void runOnOperation() override;
};

} // namespace

numfmt::QuantizeOp KernelConverter::getResultQuantize(const Kernel &kernel,
                                                      int &bias,
                                                      std::string &why) {
  numfmt::QuantizeOp quantize;
  for (Operation *user : kernel.result.getUsers()) {
    auto candidate = dyn_cast<numfmt::QuantizeOp>(user);
    if (!candidate || (quantize && candidate != quantize)) {
      why = "its unquantized result is used by " +
            user->getName().getStringRef().str();
      return {};
    }
    quantize = candidate;
  }
  if (!quantize || !isCodeType(quantize.getFormat())) {
    why = "its result is not quantized to AdaptivFloat<8,3>";
    return {};
  }
  std::optional<int> constant =
      CodeTensors::getConstantBias(quantize.getMetadata());
  if (!constant) {
    why = "the exponent bias of its result is not one compile-time constant";
    return {};
  }
  bias = *constant;
  return quantize;
}

void KernelConverter::replace(const Kernel &kernel, numfmt::QuantizeOp quantize,
                              Value result) {
  auto type = cast<RankedTensorType>(quantize.getType());
  result = codes.reshape(result, type.getShape());
  quantize.getResult().replaceAllUsesWith(result);
  quantize.erase();
  for (Operation *op : llvm::reverse(kernel.body))
    op->erase();
}

std::string KernelConverter::getRowMisfit(ArrayRef<int64_t> shape,
                                          unsigned numOperands,
                                          unsigned numParameters,
                                          int64_t maxTimesteps) {
  std::string why;
  int64_t columns = shape.back();
  chooseRowTiling(machine, ShapedType::getNumElements(shape) / columns,
                  llvm::divideCeil(columns, 16), numOperands, numParameters,
                  why, maxTimesteps);
  return why;
}

static std::string noCodes(StringRef operand) {
  return (operand + " is not a dequantized AdaptivFloat<8,3> tensor with one "
                    "constant exponent bias")
      .str();
}

/// [rows x columns] codes of a matmul operand; a batch of 1 is dropped.
static Value getOperand(CodeTensors &codes, Value value,
                        ArrayRef<int64_t> permutation, int64_t batch,
                        int64_t rows, int64_t columns) {
  value = codes.transpose(value, permutation);
  if (batch == 1)
    return codes.reshape(value, {rows, columns});
  return codes.reshape(value, {batch, rows, columns});
}

std::string KernelConverter::convert(const MatmulKernel &kernel) {
  std::string why;
  int outBias;
  numfmt::QuantizeOp quantize = getResultQuantize(kernel, outBias, why);
  if (!quantize)
    return why;
  builder.setInsertionPoint(quantize);
  Location loc = getLocation(kernel);
  std::optional<Codes> lhs = codes.get(kernel.lhs), rhs = codes.get(kernel.rhs);
  if (!lhs || !rhs)
    return noCodes(lhs ? "its right operand" : "its left operand");
  if (!(kernel.scale > 0))
    return llvm::formatv("its scale {0} is not positive", kernel.scale);

  // result = rest * 2^exponent * (lhs rhs^T + addend'), 1 <= rest < 2.
  int exponent = std::ilogb(kernel.scale);
  double rest = kernel.scale / std::ldexp(1.0, exponent);
  int64_t shift =
      16 - lhs->bias - rhs->bias + outBias - MatmulOp::kAccumBias - exponent;
  if (shift < 0 || shift > 31)
    return llvm::formatv("its accumulator shift would be {0}, outside 0..31 "
                         "(operand biases {1} and {2}, result bias {3})",
                         shift, lhs->bias, rhs->bias, outBias);

  int64_t contraction =
      llvm::divideCeil(kernel.k, 16) + (kernel.addend ? 1 : 0);
  if (!chooseMatmulTiling(machine, llvm::divideCeil(kernel.m, 16),
                          llvm::divideCeil(kernel.n, 16), contraction, why))
    return why;

  Value addend;
  DenseI8ArrayAttr lanes;
  if (kernel.addend) {
    std::optional<std::vector<float>> values =
        CodeTensors::getConstantFloats(kernel.addend);
    if (!values)
      return "the bias added to it is not a compile-time constant";
    double unit = std::ldexp(kernel.scale, lhs->bias + rhs->bias - 28) /
                  kernel.addendScale;
    std::vector<double> inUnits;
    for (float value : *values)
      inUnits.push_back(value / unit);
    std::optional<EncodedAddend> encoded = encodeAddend(inUnits);
    if (!encoded)
      return "the bias added to it exceeds what the accumulator's addend tile "
             "can hold";
    addend = codes.getSharedConstant(loc, {int64_t(values->size()), 16},
                                     encoded->codes, "addend");
    lanes = builder.getDenseI8ArrayAttr(encoded->lanes);
  }

  Value lhsCodes = getOperand(codes, lhs->codes, kernel.lhsPerm, kernel.batch,
                              kernel.m, kernel.k);
  Value rhsCodes = getOperand(codes, rhs->codes, kernel.rhsPerm, kernel.batch,
                              kernel.n, kernel.k);
  SmallVector<int64_t> shape = {kernel.m, kernel.n};
  if (kernel.batch != 1)
    shape.insert(shape.begin(), kernel.batch);
  Value init = createInit(loc, shape);
  auto matmul = MatmulOp::create(
      builder, loc, init.getType(), lhsCodes, rhsCodes, addend, init, lhs->bias,
      rhs->bias, outBias, exponent, lanes, kernel.relu, DenseI64ArrayAttr());
  Value result = matmul.getResult(0);
  ProbeOp::create(builder, loc, result, kernel.id);
  result = codes.reshape(result, kernel.resultDims);
  result = codes.transpose(result, kernel.resultPerm);
  if (rest != 1.0) {
    // The part of the scale that is no power of two, on the host.
    auto type = cast<RankedTensorType>(quantize.getInput().getType());
    result = codes.reshape(result, type.getShape());
    Value real = numfmt::DequantizeOp::create(
        builder, loc, type, result, quantize.getMetadata(), IntegerAttr());
    result = numfmt::QuantizeOp::create(builder, loc, result.getType(),
                                        codes.multiply(loc, real, rest),
                                        quantize.getMetadata(), IntegerAttr());
  }
  replace(kernel, quantize, result);
  return "";
}

/// The span of each row of `type`, in row-major order; none if it is unknown.
static std::optional<std::vector<float>> getSpans(const SoftmaxKernel &kernel,
                                                  RankedTensorType type) {
  std::optional<std::vector<float>> constant =
      CodeTensors::getConstantFloats(kernel.span);
  if (!constant)
    return std::nullopt;
  // The stride of each of the result's dimensions in the span, 0 where the span
  // does not depend on it.
  auto spanType = cast<RankedTensorType>(kernel.span.getType());
  SmallVector<int64_t> strides(type.getRank(), 0);
  for (auto [d, stride] : llvm::enumerate(computeStrides(spanType.getShape())))
    if (kernel.spanDims[d] >= 0)
      strides[kernel.spanDims[d]] += stride;
  return gather<float>(*constant, type.getShape(), strides);
}

/// The fewest equal groups of consecutive rows, by leading dimensions of
/// `shape`, whose rows have the same span; keeps one of each.
static int64_t groupSpans(std::vector<char> &spans, ArrayRef<int64_t> shape) {
  int64_t columns = shape.back(), groups = 1;
  int64_t rows = int64_t(spans.size()) / columns;
  auto isSame = [&](int64_t group) {
    int64_t bytes = rows / groups * columns;
    const char *start = spans.data() + group * bytes;
    return std::equal(start + columns, start + bytes, start);
  };
  for (int64_t extent : shape.drop_back()) {
    if (llvm::all_of(llvm::seq<int64_t>(0, groups), isSame))
      break;
    groups *= extent;
  }
  int64_t bytes = rows / groups * columns;
  for (int64_t group = 0; group < groups; ++group)
    std::copy_n(spans.begin() + group * bytes, columns,
                spans.begin() + group * columns);
  spans.resize(groups * columns);
  return groups;
}

int KernelConverter::chooseUnitBias(float largest, StringRef what,
                                    std::string &why) {
  auto format = cast<numfmt::FormatTypeInterface>(codes.getCodeType());
  int bias = int(cast<IntegerAttr>(format.chooseMetadata(largest)).getInt());
  if (bias > kMaxUnitBias)
    why = llvm::formatv("{0} reaches {1}, beyond the unit's 31", what, largest);
  return std::max(bias, 0);
}

std::string KernelConverter::getSpan(const SoftmaxKernel &kernel, Location loc,
                                     Value &span, int &bias) {
  auto type = cast<RankedTensorType>(kernel.result.getType());
  std::optional<std::vector<float>> spans = getSpans(kernel, type);
  if (!spans)
    return "its span is not a compile-time constant";
  float largest = 0;
  for (float weight : *spans) {
    if (!(weight >= 0))
      return llvm::formatv("its span has the weight {0}, not one >= 0", weight);
    largest = std::max(largest, weight);
  }
  std::string why;
  bias = chooseUnitBias(largest, "its span", why);
  if (!why.empty())
    return why;
  std::vector<char> encoded;
  encoded.reserve(spans->size());
  for (float weight : *spans)
    encoded.push_back(char(numerics::kAfp8.encode(weight, bias)));
  int64_t groups = groupSpans(encoded, type.getShape());
  SmallVector<int64_t> shape = {type.getShape().back()};
  if (groups > 1)
    shape.insert(shape.begin(), groups);
  span = codes.getSharedConstant(loc, shape, encoded, "span");
  return "";
}

static std::string biasOutside(StringRef what, int bias) {
  return llvm::formatv("{0} has exponent bias {1}, outside the unit's 0..{2}",
                       what, bias, kMaxUnitBias);
}

static bool isUnitBias(int bias) { return bias >= 0 && bias <= kMaxUnitBias; }

std::string KernelConverter::convert(const SoftmaxKernel &kernel) {
  std::string why;
  int outBias;
  numfmt::QuantizeOp quantize = getResultQuantize(kernel, outBias, why);
  if (!quantize)
    return why;
  builder.setInsertionPoint(quantize);
  std::optional<Codes> input = codes.get(kernel.input);
  if (!input)
    return noCodes("its input");
  if (!isUnitBias(input->bias))
    return biasOutside("its input", input->bias);
  if (!isUnitBias(outBias))
    return biasOutside("its result", outBias);
  Location loc = getLocation(kernel);
  auto type = cast<RankedTensorType>(kernel.input.getType());
  Value span;
  int spanBias = 3;
  if (kernel.span)
    if (why = getSpan(kernel, loc, span, spanBias); !why.empty())
      return why;
  int64_t columns = type.getShape().back(), numSpans = 0;
  if (span)
    numSpans =
        cast<RankedTensorType>(span.getType()).getNumElements() / columns;
  if (why = getRowMisfit(type.getShape(), 1, 1,
                         getMaxSoftmaxTimesteps(
                             machine, llvm::divideCeil(columns, 16), numSpans));
      !why.empty())
    return why;
  Value rows = getRows(input->codes, columns);
  Value init =
      createInit(loc, cast<RankedTensorType>(rows.getType()).getShape());
  auto softmax = SoftmaxOp::create(builder, loc, init.getType(), rows, span,
                                   init, input->bias, outBias, spanBias);
  ProbeOp::create(builder, loc, softmax.getResult(0), kernel.id);
  replace(kernel, quantize, softmax.getResult(0));
  return "";
}

std::pair<Value, int> KernelConverter::getParameter(Location loc, Value value,
                                                    int64_t columns,
                                                    int64_t repeats,
                                                    float defaultValue,
                                                    std::string &why) {
  std::vector<float> values(columns, defaultValue);
  if (value) {
    std::optional<std::vector<float>> constant =
        CodeTensors::getConstantFloats(value);
    if (!constant || int64_t(constant->size()) != columns) {
      why = "its scale or shift is not a compile-time constant per column";
      return {};
    }
    values = *constant;
  }
  float largest = 0;
  for (float x : values)
    largest = std::max(largest, std::fabs(x));
  int bias = chooseUnitBias(largest, "its scale or shift", why);
  if (!why.empty())
    return {};
  std::vector<char> encoded;
  for (int64_t repeat = 0; repeat < repeats; ++repeat)
    for (float x : values)
      encoded.push_back(char(numerics::kAfp8.encode(x, bias)));
  Value constant = codes.getSharedConstant(loc, {columns * repeats}, encoded,
                                           "norm_parameter");
  return {codes.keepSite(constant, bias, value), bias};
}

std::string KernelConverter::convert(const LayerNormKernel &kernel) {
  // The largest input bias whose squares cannot exceed the 16-bit product:
  // 3.875^2 < 32 <= 7.75^2.
  constexpr int kMaxSquareBias = 4;
  // The unit has no epsilon. Its variance counts 2^-10 and is at least some of
  // them, so an epsilon up to that makes no difference it could represent.
  const double maxEpsilon =
      std::ldexp(std::max(machine.layerNormMinVariance, 1u), -10);

  std::string why;
  int outBias;
  numfmt::QuantizeOp quantize = getResultQuantize(kernel, outBias, why);
  if (!quantize)
    return why;
  builder.setInsertionPoint(quantize);
  std::optional<Codes> input = codes.get(kernel.input);
  if (!input)
    return noCodes("its input");
  if (!isUnitBias(outBias))
    return biasOutside("its result", outBias);
  if (kernel.epsilon > maxEpsilon)
    return llvm::formatv("its epsilon {0:e2} is larger than {1:e2}, the "
                         "smallest variance of the unit",
                         kernel.epsilon, maxEpsilon);
  Location loc = getLocation(kernel);
  int64_t columns =
      cast<RankedTensorType>(kernel.input.getType()).getShape().back();
  // Zeros would change the mean; more of the same row changes neither the mean
  // nor the variance, so a row is repeated until it fills its vectors.
  const int64_t repeats = std::lcm(columns, int64_t(16)) / columns;
  const int64_t issued = columns * repeats;
  SmallVector<int64_t> issuedShape(
      cast<RankedTensorType>(kernel.input.getType()).getShape());
  issuedShape.back() = issued;
  if (why = getRowMisfit(issuedShape, 1, 2); !why.empty())
    return repeats == 1
               ? why
               : llvm::formatv("its rows of {0} repeat {1} times to fill "
                               "vectors of 16, and {2}",
                               columns, repeats, why);

  // Scaling the input by a power of two changes nothing but which sums fit:
  // take the largest bias whose sum of squares fits (below 512 for asic), with
  // a factor of 2 in hand where it was only seen on calibration data. The sums
  // of a vector's 16 squares may be narrower; a row's sum is no less than
  // those.
  double rowLimit = std::ldexp(1.0, int(machine.layerNormSumBits) - 1 - 10);
  double vectorLimit =
      std::ldexp(1.0, int(machine.layerNormVectorSumBits) - 1 - 10);
  double maxCode = numerics::kAfp8.decode(numerics::kAfp8.maxCode(), 0);
  auto fits = [&](int bias) {
    double largestVector = machine::Description::vectorSize *
                           std::pow(std::ldexp(maxCode, bias), 2);
    double limit = largestVector <= vectorLimit
                       ? rowLimit
                       : std::min(rowLimit, vectorLimit);
    if (calibration) {
      auto seen = calibration->values.find(inputNames.lookup(&kernel));
      if (seen != calibration->values.end())
        return seen->second.maxRowSquares * double(repeats) *
                   std::ldexp(1.0, 2 * (bias - input->bias)) <=
               limit / 2;
    }
    double largest = std::ldexp(maxCode, bias);
    return issued * largest * largest <= limit;
  };
  int inBias = kMaxSquareBias;
  while (inBias > 0 && !fits(inBias))
    --inBias;
  if (!fits(inBias))
    return "the sum of squares of its rows exceeds the unit's sums";

  auto [gamma, gammaBias] =
      getParameter(loc, kernel.gamma, columns, repeats, 1, why);
  if (!gamma)
    return why;
  auto [beta, betaBias] =
      getParameter(loc, kernel.beta, columns, repeats, 0, why);
  if (!beta)
    return why;
  Value rows =
      codes.repeatColumns(loc, getRows(input->codes, columns), repeats);
  Value init =
      createInit(loc, cast<RankedTensorType>(rows.getType()).getShape());
  auto norm =
      LayerNormOp::create(builder, loc, init.getType(), rows, gamma, beta, init,
                          inBias, gammaBias, betaBias, outBias);
  Value result = codes.takeColumns(loc, norm.getResult(0), columns);
  ProbeOp::create(builder, loc, result, kernel.id);
  replace(kernel, quantize, result);
  return "";
}

std::string KernelConverter::convert(const AddKernel &kernel) {
  std::string why;
  int outBias;
  numfmt::QuantizeOp quantize = getResultQuantize(kernel, outBias, why);
  if (!quantize)
    return why;
  builder.setInsertionPoint(quantize);
  std::optional<Codes> lhs = codes.get(kernel.lhs), rhs = codes.get(kernel.rhs);
  if (!lhs || !rhs)
    return noCodes(lhs ? "its right operand" : "its left operand");
  // All biases move together. As high as possible for the fixed point's
  // resolution; operands up to 6 (15.5), so that the sum stays below 32.
  int down = std::max(std::max(lhs->bias, rhs->bias) - (kMaxUnitBias - 1),
                      outBias - kMaxUnitBias);
  if (std::min({lhs->bias, rhs->bias, outBias}) - down < 0)
    return llvm::formatv("its exponent biases {0}, {1} and {2} are too far "
                         "apart for the unit's 0..{3}",
                         lhs->bias, rhs->bias, outBias, kMaxUnitBias);
  Location loc = getLocation(kernel);
  auto type = cast<RankedTensorType>(kernel.result.getType());
  if (why = getRowMisfit(type.getShape(), 2, 0); !why.empty())
    return why;
  int64_t columns = type.getShape().back();
  Value a = getRows(lhs->codes, columns), b = getRows(rhs->codes, columns);
  Value init = createInit(loc, cast<RankedTensorType>(a.getType()).getShape());
  auto add = AddOp::create(builder, loc, init.getType(), a, b, init,
                           lhs->bias - down, rhs->bias - down, outBias - down);
  ProbeOp::create(builder, loc, add.getResult(0), kernel.id);
  replace(kernel, quantize, add.getResult(0));
  return "";
}

KernelConversion KernelConverter::run() {
  KernelConversion result;
  KernelSet kernels = findKernels(func);
  llvm::DenseMap<Value, std::string> names;
  for (const QuantizedValue &value : findQuantizedValues(func, kernels))
    names[value.value] = value.name;
  // Described now: the ops may be gone when kernels have been replaced.
  std::vector<Placement> hostOps;
  for (const Rejection &rejection : kernels.rejections)
    hostOps.push_back({getLocationName(rejection.op->getLoc()).str(),
                       rejection.op->getName().getStringRef().str(), false,
                       false, rejection.reason});
  for (const auto &kernel : kernels.kernels)
    if (auto *norm = dyn_cast<LayerNormKernel>(kernel.get()))
      inputNames[norm] = names.lookup(getMovedSource(norm->input));
  for (const auto &kernel : kernels.kernels) {
    std::string reason =
        llvm::TypeSwitch<const Kernel *, std::string>(kernel.get())
            .Case<MatmulKernel, SoftmaxKernel, LayerNormKernel, AddKernel>(
                [&](auto typed) { return convert(*typed); });
    bool onChip = reason.empty();
    if (!onChip)
      result.kept.push_back({result.placements.size(), kernel->root->getLoc()});
    int64_t macs = 0;
    if (auto *matmul = dyn_cast<MatmulKernel>(kernel.get()); matmul && onChip)
      macs = matmul->batch * matmul->m * matmul->n * matmul->k;
    result.placements.push_back(
        {kernel->id, stringifyKernelKind(kernel->kind).str(), onChip,
         /*isKernel=*/true, std::move(reason), macs});
  }
  result.placements.insert(result.placements.end(), hostOps.begin(),
                           hostOps.end());
  // The f32 views of codes that only the replaced kernels read.
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(func.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  return result;
}

size_t KernelConversion::getNumConverted() const {
  return llvm::count_if(placements,
                        [](const Placement &p) { return p.onChip; });
}

KernelConversion edgebert::convertKernels(func::FuncOp func,
                                          const machine::Description &machine,
                                          const Calibration *calibration) {
  return KernelConverter(func, machine, calibration).run();
}

void ConvertLinalgToEdgeBERTPass::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration())
    return;
  llvm::Expected<machine::Description> description =
      machine::Description::load(machine);
  if (!description) {
    func.emitError(llvm::toString(description.takeError()));
    return signalPassFailure();
  }
  Calibration read;
  if (!calibration.empty()) {
    llvm::Expected<Calibration> file = Calibration::read(calibration);
    if (!file) {
      func.emitError(llvm::toString(file.takeError()));
      return signalPassFailure();
    }
    read = std::move(*file);
  }
  KernelConversion result =
      convertKernels(func, *description, calibration.empty() ? nullptr : &read);
  for (auto [index, loc] : result.kept)
    emitRemark(loc) << "kernel '" << result.placements[index].name
                    << "' stays on the host: "
                    << result.placements[index].reason;
  if (result.getNumConverted() == 0)
    func.emitRemark("convert-linalg-to-edgebert put no kernel of @")
        << func.getName() << " on the chip";
  if (report.empty())
    return;
  if (llvm::Error error = writePlacementReport(report, result.placements)) {
    func.emitError("cannot write the report: ")
        << llvm::toString(std::move(error));
    signalPassFailure();
  }
}
