//===- ActivationOperators.cpp - ONNX activation functions ----------------===//
//
// One loop each; the formulas are those of the ONNX operator documentation.
//
//===----------------------------------------------------------------------===//

#include "NodeImport.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "onnx/onnx_pb.h"

#include <limits>

using namespace mlir;

namespace edgebert::onnx {

namespace {
/// Scalar f32 arithmetic that reads like the formula.
struct Formula {
  ImplicitLocOpBuilder &b;

  Value operator()(float value) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value max(Value x, Value y) { return arith::MaximumFOp::create(b, x, y); }
  Value min(Value x, Value y) { return arith::MinimumFOp::create(b, x, y); }
  Value neg(Value x) { return arith::NegFOp::create(b, x); }
  Value abs(Value x) { return math::AbsFOp::create(b, x); }
  Value exp(Value x) { return math::ExpOp::create(b, x); }
  Value expm1(Value x) { return math::ExpM1Op::create(b, x); }
  Value log1p(Value x) { return math::Log1pOp::create(b, x); }
  Value tanh(Value x) { return math::TanhOp::create(b, x); }
  /// x > limit ? above : otherwise.
  Value above(Value x, Value limit, Value above, Value otherwise) {
    Value is = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, limit);
    return arith::SelectOp::create(b, is, above, otherwise);
  }
  Value clamp(Value x, Value low, Value high) { return min(max(x, low), high); }
  /// log(1 + exp(x)) without overflow.
  Value softplus(Value x) {
    return add(max(x, (*this)(0)), log1p(exp(neg(abs(x)))));
  }
};
} // namespace

/// One float tensor through `formula(f, x)`.
static LogicalResult
importFormula(NodeImport &n,
              llvm::function_ref<Value(Formula &, Value)> formula) {
  if (failed(n.requireFloat(0)) || n.failed())
    return failure();
  return n.set(n.b.elementwise(
      {n.in(0)}, n.in(0)->shape, DType::F32,
      [&](ImplicitLocOpBuilder &b, ValueRange v) {
        Formula f{b};
        return formula(f, v[0]);
      },
      nullptr));
}

static LogicalResult importRelu(NodeImport &n) {
  return importFormula(n, [](Formula &f, Value x) { return f.max(x, f(0)); });
}

static LogicalResult importSigmoid(NodeImport &n) {
  return importFormula(n, [](Formula &f, Value x) {
    return f.div(f(1), f.add(f(1), f.exp(f.neg(x))));
  });
}

static LogicalResult importLeakyRelu(NodeImport &n) {
  float alpha = n.floatAttr("alpha", 0.01f);
  return importFormula(n, [&](Formula &f, Value x) {
    return f.above(x, f(0), x, f.mul(x, f(alpha)));
  });
}

static LogicalResult importThresholdedRelu(NodeImport &n) {
  float alpha = n.floatAttr("alpha", 1);
  return importFormula(
      n, [&](Formula &f, Value x) { return f.above(x, f(alpha), x, f(0)); });
}

static LogicalResult importHardSigmoid(NodeImport &n) {
  float alpha = n.floatAttr("alpha", 0.2f), beta = n.floatAttr("beta", 0.5f);
  return importFormula(n, [&](Formula &f, Value x) {
    return f.clamp(f.add(f.mul(x, f(alpha)), f(beta)), f(0), f(1));
  });
}

/// x * HardSigmoid(x) with alpha = 1/6 and beta = 1/2.
static LogicalResult importHardSwish(NodeImport &n) {
  return importFormula(n, [](Formula &f, Value x) {
    Value gate = f.add(f.mul(x, f(1.0f / 6.0f)), f(0.5f));
    return f.mul(x, f.clamp(gate, f(0), f(1)));
  });
}

static LogicalResult importSoftplus(NodeImport &n) {
  return importFormula(n, [](Formula &f, Value x) { return f.softplus(x); });
}

static LogicalResult importSoftsign(NodeImport &n) {
  return importFormula(
      n, [](Formula &f, Value x) { return f.div(x, f.add(f(1), f.abs(x))); });
}

static LogicalResult importElu(NodeImport &n) {
  float alpha = n.floatAttr("alpha", 1);
  return importFormula(n, [&](Formula &f, Value x) {
    return f.above(x, f(0), x, f.mul(f(alpha), f.expm1(x)));
  });
}

static LogicalResult importSelu(NodeImport &n) {
  float alpha = n.floatAttr("alpha", 1.67326319217681884765625f);
  float gamma = n.floatAttr("gamma", 1.05070102214813232421875f);
  return importFormula(n, [&](Formula &f, Value x) {
    Value below = f.mul(f(alpha), f.expm1(x));
    return f.mul(f(gamma), f.above(x, f(0), x, below));
  });
}

/// max(0, x) + min(0, alpha * (exp(x / alpha) - 1)).
static LogicalResult importCelu(NodeImport &n) {
  float alpha = n.floatAttr("alpha", 1);
  return importFormula(n, [&](Formula &f, Value x) {
    Value below = f.mul(f(alpha), f.expm1(f.div(x, f(alpha))));
    return f.add(f.max(x, f(0)), f.min(below, f(0)));
  });
}

/// x * slope below zero; the slope broadcasts to x.
static LogicalResult importPRelu(NodeImport &n) {
  TensorRef x = n.in(0), slope = n.in(1);
  if (failed(n.requireFloat(0)) || failed(n.requireFloat(1)))
    return failure();
  if (broadcastShapes({x->shape, slope->shape}) != x->shape)
    return n.error("expected a slope that broadcasts to " + toString(x->shape) +
                   ", got shape " + toString(slope->shape));
  return n.set(n.b.elementwise(
      {x, slope}, x->shape, DType::F32,
      [](ImplicitLocOpBuilder &b, ValueRange v) {
        Formula f{b};
        return f.above(v[0], f(0), v[0], f.mul(v[0], v[1]));
      },
      nullptr));
}

/// Bounds are attributes before opset 11 and optional scalar inputs from then
/// on; an absent bound does not bound.
static LogicalResult importClip(NodeImport &n) {
  TensorRef result = n.in(0);
  DType type = result->type;
  if (isBool(type))
    return n.error("expected numbers, got bool");
  if (!isFloat(type) && n.opset < 12)
    return n.error("expected floats before opset 12, got " + nameOf(type));
  TensorRef low, high;
  if (n.opset < 11) {
    constexpr float huge = std::numeric_limits<float>::max();
    if (n.hasAttr("min"))
      low = n.b.splat({}, type, {0, n.floatAttr("min", -huge)});
    if (n.hasAttr("max"))
      high = n.b.splat({}, type, {0, n.floatAttr("max", huge)});
    if (n.failed())
      return failure();
  } else {
    low = n.has(1) ? n.in(1) : nullptr;
    high = n.has(2) ? n.in(2) : nullptr;
  }
  for (const TensorRef &bound : {low, high}) {
    if (!bound)
      continue;
    if (failed(n.requireSameTypes({result, bound})))
      return failure();
    if (bound->elements() != 1)
      return n.error("expected scalar bounds, got shape " +
                     toString(bound->shape));
  }
  auto bounded = [&](const TensorRef &bound, bool isLow) {
    return n.b.elementwise(
        {result, n.b.reshape(bound, {})}, result->shape, type,
        [&](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
          if (isFloat(type))
            return isLow ? Value(arith::MaximumFOp::create(b, v[0], v[1]))
                         : Value(arith::MinimumFOp::create(b, v[0], v[1]));
          if (isUnsigned(type))
            return isLow ? Value(arith::MaxUIOp::create(b, v[0], v[1]))
                         : Value(arith::MinUIOp::create(b, v[0], v[1]));
          return isLow ? Value(arith::MaxSIOp::create(b, v[0], v[1]))
                       : Value(arith::MinSIOp::create(b, v[0], v[1]));
        },
        nullptr);
  };
  if (low)
    result = bounded(low, true);
  if (high)
    result = bounded(high, false);
  return n.set(result);
}

void addActivationOperators(OperatorTable &table) {
  table["Relu"] = {1, 1, 1, importRelu};
  table["Sigmoid"] = {1, 1, 1, importSigmoid};
  table["LeakyRelu"] = {1, 1, 1, importLeakyRelu};
  table["ThresholdedRelu"] = {1, 1, 1, importThresholdedRelu};
  table["HardSigmoid"] = {1, 1, 1, importHardSigmoid};
  table["HardSwish"] = {1, 1, 1, importHardSwish};
  table["Softplus"] = {1, 1, 1, importSoftplus};
  table["Softsign"] = {1, 1, 1, importSoftsign};
  table["Elu"] = {1, 1, 1, importElu};
  table["Selu"] = {1, 1, 1, importSelu};
  table["Celu"] = {1, 1, 1, importCelu};
  table["PRelu"] = {2, 2, 1, importPRelu};
  table["Clip"] = {1, 3, 1, importClip};
}

} // namespace edgebert::onnx
