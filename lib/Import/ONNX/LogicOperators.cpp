//===- LogicOperators.cpp - ONNX comparisons, selection and casts ---------===//

#include "NodeImport.h"

#include "onnx/onnx_pb.h"

#include <cmath>

using namespace mlir;
using Body = ImplicitLocOpBuilder;

namespace edgebert::onnx {

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

namespace {
struct Comparison {
  arith::CmpFPredicate floats;
  arith::CmpIPredicate ints;
  arith::CmpIPredicate unsignedInts;
  /// By the sign of left - right; NaNs compare as unordered.
  bool less, equal, greater;
};
} // namespace

using F = arith::CmpFPredicate;
using I = arith::CmpIPredicate;
static constexpr Comparison equal = {F::OEQ, I::eq, I::eq, false, true, false};
static constexpr Comparison less = {F::OLT, I::slt, I::ult, true, false, false};
static constexpr Comparison lessOrEqual = {F::OLE, I::sle, I::ule,
                                           true,   true,   false};
static constexpr Comparison greater = {F::OGT, I::sgt, I::ugt,
                                       false,  false,  true};
static constexpr Comparison greaterOrEqual = {F::OGE, I::sge, I::uge,
                                              false,  true,   true};

template <const Comparison &op>
static LogicalResult importComparison(NodeImport &n) {
  FailureOr<Shape> shape = n.broadcastShape(n.allInputs());
  if (failed(shape) || failed(n.requireSameTypes(n.allInputs())))
    return failure();
  DType type = n.in(0)->type;
  auto fold = [&](llvm::ArrayRef<Scalar> v) -> std::optional<Scalar> {
    auto compare = [&](auto x, auto y) {
      return (op.less && x < y) || (op.equal && x == y) ||
             (op.greater && x > y);
    };
    return Scalar{
        isFloat(type) ? compare(v[0].f, v[1].f) : compare(v[0].i, v[1].i), 0};
  };
  return n.set(n.b.elementwise(
      n.allInputs(), *shape, DType::Bool,
      [&](Body &b, ValueRange v) -> Value {
        if (isFloat(type))
          return arith::CmpFOp::create(b, op.floats, v[0], v[1]);
        return arith::CmpIOp::create(
            b, isUnsigned(type) ? op.unsignedInts : op.ints, v[0], v[1]);
      },
      type == DType::U64 ? HostFn() : HostFn(fold)));
}

//===----------------------------------------------------------------------===//
// Logic
//===----------------------------------------------------------------------===//

static LogicalResult requireBool(NodeImport &n, size_t i) {
  if (isBool(n.in(i)->type))
    return success();
  return n.error("expected a bool tensor as input " + llvm::Twine(i) +
                 ", got " + nameOf(n.in(i)->type));
}

template <typename Op, int64_t (*function)(int64_t, int64_t)>
static LogicalResult importLogic(NodeImport &n) {
  FailureOr<Shape> shape = n.broadcastShape(n.allInputs());
  if (failed(shape) || failed(requireBool(n, 0)) || failed(requireBool(n, 1)))
    return failure();
  auto fold = [](llvm::ArrayRef<Scalar> v) {
    return std::optional(Scalar{function(v[0].i, v[1].i), 0});
  };
  return n.set(n.b.elementwise(
      n.allInputs(), *shape, DType::Bool,
      [](Body &b, ValueRange v) -> Value { return Op::create(b, v[0], v[1]); },
      fold));
}

static int64_t andBits(int64_t x, int64_t y) { return x & y; }
static int64_t orBits(int64_t x, int64_t y) { return x | y; }
static int64_t xorBits(int64_t x, int64_t y) { return x ^ y; }

static LogicalResult importNot(NodeImport &n) {
  if (failed(requireBool(n, 0)))
    return failure();
  auto fold = [](llvm::ArrayRef<Scalar> v) {
    return std::optional(Scalar{v[0].i == 0, 0});
  };
  return n.set(n.b.elementwise(
      n.allInputs(), n.in(0)->shape, DType::Bool,
      [](Body &b, ValueRange v) -> Value {
        Value one = arith::ConstantOp::create(b, b.getBoolAttr(true));
        return arith::XOrIOp::create(b, v[0], one);
      },
      fold));
}

static LogicalResult importWhere(NodeImport &n) {
  FailureOr<Shape> shape = n.broadcastShape(n.allInputs());
  if (failed(shape) || failed(requireBool(n, 0)) ||
      failed(n.requireSameTypes({n.in(1), n.in(2)})))
    return failure();
  auto fold = [](llvm::ArrayRef<Scalar> v) {
    return std::optional(v[0].i ? v[1] : v[2]);
  };
  return n.set(n.b.elementwise(
      n.allInputs(), *shape, n.in(1)->type,
      [](Body &b, ValueRange v) -> Value {
        return arith::SelectOp::create(b, v[0], v[1], v[2]);
      },
      fold));
}

static LogicalResult importIsNaN(NodeImport &n) {
  if (failed(n.requireFloat(0)))
    return failure();
  return n.set(n.b.elementwise(
      n.allInputs(), n.in(0)->shape, DType::Bool,
      [](Body &b, ValueRange v) -> Value {
        return arith::CmpFOp::create(b, F::UNO, v[0], v[0]);
      },
      nullptr));
}

//===----------------------------------------------------------------------===//
// Cast
//===----------------------------------------------------------------------===//

static Value emitCast(Body &b, Value x, DType from, DType to) {
  Type type = toMLIR(to, b.getContext());
  if (isBool(to)) {
    if (isFloat(from)) {
      Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
      return arith::CmpFOp::create(b, F::UNE, x, zero);
    }
    Value zero = arith::ConstantOp::create(b, b.getIntegerAttr(x.getType(), 0));
    return arith::CmpIOp::create(b, I::ne, x, zero);
  }
  if (isFloat(to))
    return isUnsigned(from) ? Value(arith::UIToFPOp::create(b, type, x))
                            : Value(arith::SIToFPOp::create(b, type, x));
  if (isFloat(from))
    return isUnsigned(to) ? Value(arith::FPToUIOp::create(b, type, x))
                          : Value(arith::FPToSIOp::create(b, type, x));
  if (bitWidth(to) == bitWidth(from))
    return x;
  if (bitWidth(to) < bitWidth(from))
    return arith::TruncIOp::create(b, type, x);
  return isUnsigned(from) ? Value(arith::ExtUIOp::create(b, type, x))
                          : Value(arith::ExtSIOp::create(b, type, x));
}

/// One element, or none where C++ and ONNX leave the result open.
static std::optional<Scalar> foldCast(Scalar x, DType from, DType to) {
  if (isBool(to))
    return Scalar{isFloat(from) ? x.f != 0 : x.i != 0, 0};
  if (isFloat(to)) {
    if (from == DType::U64)
      return Scalar{0, float(uint64_t(x.i))};
    return Scalar{0, float(x.i)};
  }
  if (!isFloat(from))
    return x;
  if (!(std::fabs(x.f) < 9.2e18f))
    return std::nullopt;
  return Scalar{int64_t(x.f), 0};
}

static LogicalResult importCast(NodeImport &n) {
  if (!n.hasAttr("to"))
    return n.error("expected attribute 'to'");
  int64_t onnxType = n.intAttr("to", 0);
  if (n.failed())
    return failure();
  std::optional<DType> to = computeType(onnxType);
  if (!to)
    return n.unsupported("to=" + onnxTypeName(onnxType));
  DType from = n.in(0)->type;
  if (from == *to)
    return n.set(n.in(0));
  auto fold = [&](llvm::ArrayRef<Scalar> v) {
    return foldCast(v[0], from, *to);
  };
  return n.set(n.b.elementwise(
      {n.in(0)}, n.in(0)->shape, *to,
      [&](Body &b, ValueRange v) { return emitCast(b, v[0], from, *to); },
      fold));
}

void addLogicOperators(OperatorTable &table) {
  table["Equal"] = {2, 2, 1, importComparison<equal>};
  table["Less"] = {2, 2, 1, importComparison<less>};
  table["LessOrEqual"] = {2, 2, 1, importComparison<lessOrEqual>};
  table["Greater"] = {2, 2, 1, importComparison<greater>};
  table["GreaterOrEqual"] = {2, 2, 1, importComparison<greaterOrEqual>};
  table["And"] = {2, 2, 1, importLogic<arith::AndIOp, andBits>};
  table["Or"] = {2, 2, 1, importLogic<arith::OrIOp, orBits>};
  table["Xor"] = {2, 2, 1, importLogic<arith::XOrIOp, xorBits>};
  table["Not"] = {1, 1, 1, importNot};
  table["Where"] = {3, 3, 1, importWhere};
  table["IsNaN"] = {1, 1, 1, importIsNaN};
  table["Cast"] = {1, 1, 1, importCast};
}

} // namespace edgebert::onnx
