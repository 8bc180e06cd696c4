//===- ElementwiseOperators.cpp - ONNX arithmetic -------------------------===//
//
// Add, Mul, Pow, Max … with numpy broadcasting, and the unary math functions.
//
//===----------------------------------------------------------------------===//

#include "NodeImport.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "onnx/onnx_pb.h"

#include <cmath>
#include <limits>

using namespace mlir;
using Body = ImplicitLocOpBuilder;

namespace edgebert::onnx {

//===----------------------------------------------------------------------===//
// Binary operators as a table
//===----------------------------------------------------------------------===//

namespace {
struct Binary {
  Value (*floats)(Body &, Value, Value);
  Value (*ints)(Body &, Value, Value);
  Value (*unsignedInts)(Body &, Value, Value);
  float (*foldFloats)(float, float);
  std::optional<int64_t> (*foldInts)(int64_t, int64_t);
};
} // namespace

template <typename Op>
static Value emit(Body &b, Value x, Value y) {
  return Op::create(b, x, y);
}

static Value intConstant(Body &b, Type type, int64_t value) {
  return arith::ConstantOp::create(b, b.getIntegerAttr(type, value));
}

/// Signed division that traps for no operands: x/0 is undefined in ONNX, and
/// x/-1 overflows for the smallest x.
static Value emitDivS(Body &b, Value x, Value y) {
  Type type = x.getType();
  Value zero = intConstant(b, type, 0), one = intConstant(b, type, 1),
        minusOne = intConstant(b, type, -1);
  auto equal = arith::CmpIPredicate::eq;
  Value isZero = arith::CmpIOp::create(b, equal, y, zero);
  Value isMinusOne = arith::CmpIOp::create(b, equal, y, minusOne);
  Value traps = arith::OrIOp::create(b, isZero, isMinusOne);
  Value divisor = arith::SelectOp::create(b, traps, one, y);
  Value quotient = arith::DivSIOp::create(b, x, divisor);
  Value negated = arith::SubIOp::create(b, zero, x);
  return arith::SelectOp::create(b, isMinusOne, negated, quotient);
}

static Value emitDivU(Body &b, Value x, Value y) {
  Value zero = intConstant(b, x.getType(), 0);
  Value one = intConstant(b, x.getType(), 1);
  Value isZero = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, y, zero);
  Value divisor = arith::SelectOp::create(b, isZero, one, y);
  return arith::DivUIOp::create(b, x, divisor);
}

/// numpy's remainder: the sign of the divisor.
static Value emitModS(Body &b, Value x, Value y) {
  Value zero = intConstant(b, x.getType(), 0);
  Value product = arith::MulIOp::create(b, emitDivS(b, x, y), y);
  Value rest = arith::SubIOp::create(b, x, product);
  auto less = arith::CmpIPredicate::slt;
  Value isRest = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, rest, zero);
  Value restSign = arith::CmpIOp::create(b, less, rest, zero);
  Value divisorSign = arith::CmpIOp::create(b, less, y, zero);
  Value differ = arith::XOrIOp::create(b, restSign, divisorSign);
  Value adjust = arith::AndIOp::create(b, isRest, differ);
  Value adjusted = arith::AddIOp::create(b, rest, y);
  return arith::SelectOp::create(b, adjust, adjusted, rest);
}

static Value emitModU(Body &b, Value x, Value y) {
  Value product = arith::MulIOp::create(b, emitDivU(b, x, y), y);
  return arith::SubIOp::create(b, x, product);
}

// Two's complement without the undefined behaviour of signed overflow.
static std::optional<int64_t> wrapAdd(int64_t x, int64_t y) {
  return int64_t(uint64_t(x) + uint64_t(y));
}
static std::optional<int64_t> wrapSub(int64_t x, int64_t y) {
  return int64_t(uint64_t(x) - uint64_t(y));
}
static std::optional<int64_t> wrapMul(int64_t x, int64_t y) {
  return int64_t(uint64_t(x) * uint64_t(y));
}
static std::optional<int64_t> foldDiv(int64_t x, int64_t y) {
  if (y == 0 || (y == -1 && x == std::numeric_limits<int64_t>::min()))
    return std::nullopt;
  return x / y;
}
static std::optional<int64_t> foldMod(int64_t x, int64_t y) {
  if (y == 0 || y == -1)
    return y == 0 ? std::nullopt : std::optional<int64_t>(0);
  int64_t rest = x % y;
  return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

static const Binary add = {emit<arith::AddFOp>, emit<arith::AddIOp>,
                           emit<arith::AddIOp>,
                           [](float x, float y) { return x + y; }, wrapAdd};
static const Binary sub = {emit<arith::SubFOp>, emit<arith::SubIOp>,
                           emit<arith::SubIOp>,
                           [](float x, float y) { return x - y; }, wrapSub};
static const Binary mul = {emit<arith::MulFOp>, emit<arith::MulIOp>,
                           emit<arith::MulIOp>,
                           [](float x, float y) { return x * y; }, wrapMul};
static const Binary divide = {emit<arith::DivFOp>, emitDivS, emitDivU,
                              [](float x, float y) { return x / y; }, foldDiv};
static const Binary mod = {nullptr, emitModS, emitModU, nullptr, foldMod};
static const Binary maximum = {
    emit<arith::MaximumFOp>, emit<arith::MaxSIOp>, emit<arith::MaxUIOp>,
    [](float x, float y) { return x > y || x != x ? x : y; },
    [](int64_t x, int64_t y) { return std::optional(std::max(x, y)); }};
static const Binary minimum = {
    emit<arith::MinimumFOp>, emit<arith::MinSIOp>, emit<arith::MinUIOp>,
    [](float x, float y) { return x < y || x != x ? x : y; },
    [](int64_t x, int64_t y) { return std::optional(std::min(x, y)); }};

static FailureOr<TensorRef> combine(NodeImport &n, const Binary &op,
                                    const TensorRef &x, const TensorRef &y) {
  FailureOr<Shape> shape = n.broadcastShape({x, y});
  if (failed(shape) || failed(n.requireSameTypes({x, y})))
    return failure();
  DType type = x->type;
  if (isBool(type) || (isFloat(type) && !op.floats))
    return n.unsupported("element type " + nameOf(type));
  auto emitOne = [&](Body &b, ValueRange v) {
    auto emit = isFloat(type)      ? op.floats
                : isUnsigned(type) ? op.unsignedInts
                                   : op.ints;
    return emit(b, v[0], v[1]);
  };
  // 64-bit unsigned numbers do not fit the evaluator's int64_t.
  auto foldOne = [&](llvm::ArrayRef<Scalar> v) -> std::optional<Scalar> {
    if (isFloat(type))
      return Scalar{0, op.foldFloats(v[0].f, v[1].f)};
    std::optional<int64_t> result = op.foldInts(v[0].i, v[1].i);
    return result ? std::optional(Scalar{*result, 0}) : std::nullopt;
  };
  return n.b.elementwise({x, y}, *shape, type, emitOne,
                         type == DType::U64 ? HostFn() : HostFn(foldOne));
}

template <const Binary &op>
static LogicalResult importBinary(NodeImport &n) {
  FailureOr<TensorRef> result = combine(n, op, n.in(0), n.in(1));
  return failed(result) ? failure() : n.set(*result);
}

/// Max, Min and Sum of any number of tensors.
template <const Binary &op>
static LogicalResult importVariadic(NodeImport &n) {
  FailureOr<TensorRef> result = n.in(0);
  for (const TensorRef &x : n.allInputs().drop_front()) {
    result = combine(n, op, *result, x);
    if (failed(result))
      return failure();
  }
  return n.set(*result);
}

static LogicalResult importMean(NodeImport &n) {
  if (failed(n.requireFloat(0)))
    return failure();
  FailureOr<TensorRef> result = n.in(0);
  for (const TensorRef &x : n.allInputs().drop_front()) {
    result = combine(n, add, *result, x);
    if (failed(result))
      return failure();
  }
  TensorRef count = n.b.splat({}, DType::F32, {0, float(n.numInputs())});
  result = combine(n, divide, *result, count);
  return failed(result) ? failure() : n.set(*result);
}

static LogicalResult importMod(NodeImport &n) {
  if (n.intAttr("fmod", 0) != 0) {
    if (failed(n.requireFloat(0)))
      return n.unsupported("fmod=1 on integers");
    static const Binary fmod = {
        emit<arith::RemFOp>, nullptr, nullptr,
        [](float x, float y) { return std::fmod(x, y); }, nullptr};
    return importBinary<fmod>(n);
  }
  if (isFloat(n.in(0)->type))
    return n.error("expected integers with fmod=0, got f32");
  return importBinary<mod>(n);
}

//===----------------------------------------------------------------------===//
// Pow
//===----------------------------------------------------------------------===//

static LogicalResult importPow(NodeImport &n) {
  TensorRef x = n.in(0), y = n.in(1);
  if (failed(n.requireFloat(0)))
    return n.unsupported("integer base");
  FailureOr<Shape> shape = n.broadcastShape({x, y});
  if (failed(shape))
    return failure();
  // x^2 and x^0.5 are how exporters write squares and roots.
  std::optional<double> exponent;
  if (const HostTensor *known = n.b.host(y); known && known->size() == 1)
    exponent = isFloat(known->type) ? double(known->floats[0])
                                    : double(known->ints[0]);
  auto fold = [](llvm::ArrayRef<Scalar> v) {
    return std::optional(Scalar{0, v[0].f * v[0].f});
  };
  if (exponent == 2.0)
    return n.set(n.b.elementwise(
        {x}, *shape, DType::F32,
        [](Body &b, ValueRange v) -> Value {
          return arith::MulFOp::create(b, v[0], v[0]);
        },
        fold));
  if (exponent == 0.5)
    return n.set(n.b.elementwise(
        {x}, *shape, DType::F32,
        [](Body &b, ValueRange v) -> Value {
          return math::SqrtOp::create(b, v[0]);
        },
        nullptr));
  if (!isFloat(y->type) && (isUnsigned(y->type) || isBool(y->type)))
    return n.unsupported("exponent of type " + nameOf(y->type));
  return n.set(n.b.elementwise(
      {x, y}, *shape, DType::F32,
      [&](Body &b, ValueRange v) -> Value {
        Value power = v[1];
        if (!isFloat(y->type))
          power = arith::SIToFPOp::create(b, b.getF32Type(), power);
        return math::PowFOp::create(b, v[0], power);
      },
      nullptr));
}

//===----------------------------------------------------------------------===//
// Unary math
//===----------------------------------------------------------------------===//

/// A float function that is one op of the math dialect.
template <typename Op>
static LogicalResult importMath(NodeImport &n) {
  if (failed(n.requireFloat(0)))
    return failure();
  return n.set(n.b.elementwise(
      {n.in(0)}, n.in(0)->shape, DType::F32,
      [](Body &b, ValueRange v) -> Value { return Op::create(b, v[0]); },
      nullptr));
}

static LogicalResult importSqrt(NodeImport &n) {
  if (failed(n.requireFloat(0)))
    return failure();
  // Correctly rounded on every machine, so folding changes nothing.
  auto fold = [](llvm::ArrayRef<Scalar> v) {
    return std::optional(Scalar{0, std::sqrt(v[0].f)});
  };
  return n.set(n.b.elementwise(
      {n.in(0)}, n.in(0)->shape, DType::F32,
      [](Body &b, ValueRange v) -> Value {
        return math::SqrtOp::create(b, v[0]);
      },
      fold));
}

static LogicalResult importReciprocal(NodeImport &n) {
  if (failed(n.requireFloat(0)))
    return failure();
  auto fold = [](llvm::ArrayRef<Scalar> v) {
    return std::optional(Scalar{0, 1.0f / v[0].f});
  };
  return n.set(n.b.elementwise(
      {n.in(0)}, n.in(0)->shape, DType::F32,
      [](Body &b, ValueRange v) -> Value {
        Value one = arith::ConstantOp::create(b, b.getF32FloatAttr(1));
        return arith::DivFOp::create(b, one, v[0]);
      },
      fold));
}

static LogicalResult importNeg(NodeImport &n) {
  DType type = n.in(0)->type;
  if (isUnsigned(type))
    return n.error("expected signed numbers, got " + nameOf(type));
  auto fold = [&](llvm::ArrayRef<Scalar> v) {
    return std::optional(Scalar{*wrapSub(0, v[0].i), -v[0].f});
  };
  return n.set(n.b.elementwise(
      {n.in(0)}, n.in(0)->shape, type,
      [&](Body &b, ValueRange v) -> Value {
        if (isFloat(type))
          return arith::NegFOp::create(b, v[0]);
        return arith::SubIOp::create(b, intConstant(b, v[0].getType(), 0),
                                     v[0]);
      },
      fold));
}

static LogicalResult importAbs(NodeImport &n) {
  DType type = n.in(0)->type;
  if (isUnsigned(type))
    return n.set(n.in(0));
  auto fold = [&](llvm::ArrayRef<Scalar> v) {
    return std::optional(
        Scalar{v[0].i < 0 ? *wrapSub(0, v[0].i) : v[0].i, std::fabs(v[0].f)});
  };
  return n.set(n.b.elementwise(
      {n.in(0)}, n.in(0)->shape, type,
      [&](Body &b, ValueRange v) -> Value {
        if (isFloat(type))
          return math::AbsFOp::create(b, v[0]);
        return math::AbsIOp::create(b, v[0]);
      },
      fold));
}

/// Floor and Ceil: exact, and part of shape arithmetic.
template <typename Op, float (*function)(float)>
static LogicalResult importRounding(NodeImport &n) {
  if (failed(n.requireFloat(0)))
    return failure();
  auto fold = [](llvm::ArrayRef<Scalar> v) {
    return std::optional(Scalar{0, function(v[0].f)});
  };
  return n.set(n.b.elementwise(
      {n.in(0)}, n.in(0)->shape, DType::F32,
      [](Body &b, ValueRange v) -> Value { return Op::create(b, v[0]); },
      fold));
}

/// -1, 0 or 1; NaN stays NaN.
static LogicalResult importSign(NodeImport &n) {
  if (failed(n.requireFloat(0)))
    return n.unsupported("integer elements");
  return n.set(n.b.elementwise(
      {n.in(0)}, n.in(0)->shape, DType::F32,
      [](Body &b, ValueRange v) -> Value {
        Value one = arith::ConstantOp::create(b, b.getF32FloatAttr(1));
        Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
        Value sign = math::CopySignOp::create(b, one, v[0]);
        Value nonZero =
            arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, v[0], zero);
        return arith::SelectOp::create(b, nonZero, sign, v[0]);
      },
      nullptr));
}

void addElementwiseOperators(OperatorTable &table) {
  table["Add"] = {2, 2, 1, importBinary<add>};
  table["Sub"] = {2, 2, 1, importBinary<sub>};
  table["Mul"] = {2, 2, 1, importBinary<mul>};
  table["Div"] = {2, 2, 1, importBinary<divide>};
  table["Mod"] = {2, 2, 1, importMod};
  table["Pow"] = {2, 2, 1, importPow};
  table["Max"] = {1, anyNumber, 1, importVariadic<maximum>};
  table["Min"] = {1, anyNumber, 1, importVariadic<minimum>};
  table["Sum"] = {1, anyNumber, 1, importVariadic<add>};
  table["Mean"] = {1, anyNumber, 1, importMean};
  table["Sqrt"] = {1, 1, 1, importSqrt};
  table["Reciprocal"] = {1, 1, 1, importReciprocal};
  table["Neg"] = {1, 1, 1, importNeg};
  table["Abs"] = {1, 1, 1, importAbs};
  table["Sign"] = {1, 1, 1, importSign};
  table["Erf"] = {1, 1, 1, importMath<math::ErfOp>};
  table["Exp"] = {1, 1, 1, importMath<math::ExpOp>};
  table["Log"] = {1, 1, 1, importMath<math::LogOp>};
  table["Tanh"] = {1, 1, 1, importMath<math::TanhOp>};
  table["Sin"] = {1, 1, 1, importMath<math::SinOp>};
  table["Cos"] = {1, 1, 1, importMath<math::CosOp>};
  table["Floor"] = {1, 1, 1, importRounding<math::FloorOp, std::floor>};
  table["Ceil"] = {1, 1, 1, importRounding<math::CeilOp, std::ceil>};
  table["Round"] = {1, 1, 1, importMath<math::RoundEvenOp>};
}

} // namespace edgebert::onnx
