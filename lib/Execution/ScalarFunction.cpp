//===- ScalarFunction.cpp - what host code makes of one number ------------===//

#include "ScalarFunction.h"

#include "edgebert/Execution/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace edgebert::execution {

ScalarFunction::ScalarFunction(MLIRContext *context)
    : module(ModuleOp::create(UnknownLoc::get(context))), builder(context) {
  Type f32 = builder.getF32Type();
  builder.setInsertionPointToStart(module->getBody());
  function = func::FuncOp::create(builder, module->getLoc(), "scalar",
                                  builder.getFunctionType(f32, f32));
  builder.setInsertionPointToStart(function.addEntryBlock());
}

LogicalResult ScalarFunction::finish(Value result) {
  func::ReturnOp::create(builder, module->getLoc(), result);
  RewritePatternSet patterns(function.getContext());
  populateExpandMathPatterns(patterns);
  return applyPatternsGreedily(function, std::move(patterns));
}

static const APFloat *getFloat(Attribute attr,
                               std::optional<APFloat> &storage) {
  if (auto real = dyn_cast<FloatAttr>(attr))
    return &storage.emplace(real.getValue());
  return nullptr;
}

static bool isNaN(Attribute attr) {
  std::optional<APFloat> storage;
  const APFloat *value = getFloat(attr, storage);
  return value && value->isNaN();
}

/// Whether the compiled code of `op` has exactly the result that folding has.
static bool isExact(Operation &op, ArrayRef<Attribute> operands) {
  if (auto fast = dyn_cast<arith::ArithFastMathInterface>(op))
    if (auto flags = fast.getFastMathFlagsAttr();
        flags && flags.getValue() != arith::FastMathFlags::none)
      return false;
  // These see a NaN's bits.
  if (isa<arith::BitcastOp, math::CopySignOp>(op))
    return llvm::none_of(operands, isNaN);
  // Of two zeros they may give either.
  if (isa<arith::MaxNumFOp, arith::MinNumFOp>(op)) {
    std::optional<APFloat> x, y;
    const APFloat *lhs = getFloat(operands[0], x);
    const APFloat *rhs = getFloat(operands[1], y);
    return lhs && rhs && !(lhs->isZero() && rhs->isZero());
  }
  // Rounded correctly by every library, or, powf, by the one that is called
  // here and there.
  if (isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::FloorOp, math::FmaOp,
          math::PowFOp, math::RoundOp, math::RoundEvenOp, math::SqrtOp,
          math::TruncOp>(op))
    return true;
  return isa<arith::ArithDialect>(op.getDialect());
}

/// The result of a scalar op on constants, or null.
static Attribute evaluateOp(Operation &op, ArrayRef<Attribute> operands) {
  if (op.getNumResults() != 1 || !isExact(op, operands))
    return {};
  // Has no folder.
  if (isa<math::FmaOp>(op)) {
    APFloat value = cast<FloatAttr>(operands[0]).getValue();
    value.fusedMultiplyAdd(cast<FloatAttr>(operands[1]).getValue(),
                           cast<FloatAttr>(operands[2]).getValue(),
                           APFloat::rmNearestTiesToEven);
    return FloatAttr::get(op.getResult(0).getType(), value);
  }
  if (isa<arith::SelectOp>(op))
    return cast<IntegerAttr>(operands[0]).getValue().isZero() ? operands[2]
                                                              : operands[1];
  SmallVector<OpFoldResult> results;
  if (failed(op.fold(operands, results)) || results.size() != 1)
    return {};
  if (auto attr = dyn_cast<Attribute>(results.front()))
    return attr;
  // An operand, passed on.
  for (auto [operand, value] : llvm::zip(op.getOperands(), operands))
    if (operand == cast<Value>(results.front()))
      return value;
  return {};
}

std::optional<float> ScalarFunction::evaluate(float x) {
  llvm::DenseMap<Value, Attribute> values;
  values[getArgument()] = builder.getF32FloatAttr(x);
  Block &body = function.front();
  SmallVector<Attribute> operands;
  auto readOperands = [&](Operation &op) {
    operands.clear();
    for (Value operand : op.getOperands())
      operands.push_back(values.at(operand));
  };
  for (Operation &op : body.without_terminator()) {
    readOperands(op);
    Attribute result = evaluateOp(op, operands);
    if (!result)
      return std::nullopt;
    values[op.getResult(0)] = result;
  }
  readOperands(*body.getTerminator());
  auto result = dyn_cast<FloatAttr>(operands.front());
  if (!result || isNaN(result))
    return std::nullopt;
  return result.getValue().convertToFloat();
}

} // namespace edgebert::execution
