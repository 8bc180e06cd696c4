//===- ScalarPatterns.cpp - arith and math to EmitC -----------------------===//

#include "COperators.h"
#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace edgebert::target;

namespace {

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

std::string printInteger(const APInt &value) {
  if (value.getBitWidth() == 1)
    return value.isZero() ? "false" : "true";
  // The most negative integer is not a literal in C.
  if (value.isMinSignedValue() && value.getBitWidth() == 64)
    return "INT64_MIN";
  if (value.isMinSignedValue() && value.getBitWidth() == 32)
    return "INT32_MIN";
  std::string text = llvm::toString(value, 10, /*Signed=*/true);
  return value.isNegative() ? "(" + text + ")" : text;
}

/// Decimal digits that give the same bits again.
std::string printFloat(const APFloat &value, bool isDouble) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (value.isNaN())
    os << "NAN";
  else if (value.isInfinity())
    os << "INFINITY";
  else if (isDouble)
    os << llvm::format("%.17g", llvm::abs(value).convertToDouble());
  else
    os << llvm::format("%.9g", llvm::abs(value).convertToFloat());
  if (value.isFinite() && text.find_first_of(".e") == std::string::npos)
    os << ".0";
  if (value.isFinite() && !isDouble)
    os << 'f';
  return value.isNegative() ? "(-" + text + ")" : text;
}

struct ConstantPattern : public OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (getCType(op.getType()).empty())
      return failure();
    std::string text;
    if (auto integer = dyn_cast<IntegerAttr>(op.getValue()))
      text = printInteger(integer.getValue());
    else if (auto number = dyn_cast<FloatAttr>(op.getValue()))
      text = printFloat(number.getValue(), op.getType().isF64());
    else
      return failure();
    Type type = getTypeConverter()->convertType(op.getType());
    rewriter.replaceOp(op, createLiteral(rewriter, op.getLoc(), type, text));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Operators and calls
//===----------------------------------------------------------------------===//

/// Any op whose operands and results have C types.
template <typename Op>
struct ScalarPattern : public OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;

  /// The converted result type, or null if a type has no equivalent.
  Type getResultType(Op op) const {
    for (Type type : op->getOperandTypes())
      if (getCType(type).empty())
        return nullptr;
    if (getCType(op->getResult(0).getType()).empty())
      return nullptr;
    return this->getTypeConverter()->convertType(op->getResult(0).getType());
  }
};

/// A C operator means the same.
template <typename Op, typename EmitCOp>
struct OperatorPattern : public ScalarPattern<Op> {
  using ScalarPattern<Op>::ScalarPattern;

  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = this->getResultType(op);
    if (!type)
      return failure();
    rewriter.replaceOpWithNewOp<EmitCOp>(op, type, adaptor.getOperands());
    return success();
  }
};

/// A helper; indices, whose arithmetic does not overflow, use the operator.
template <typename Op, typename EmitCOp = void>
struct HelperPattern : public ScalarPattern<Op> {
  HelperPattern(TypeConverter &converter, MLIRContext *context, StringRef name)
      : ScalarPattern<Op>(converter, context), name(name) {}

  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = this->getResultType(op);
    if (!type)
      return failure();
    if constexpr (!std::is_void_v<EmitCOp>)
      if (op.getType().isIndex()) {
        rewriter.replaceOpWithNewOp<EmitCOp>(op, type, adaptor.getOperands());
        return success();
      }
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(
        op, type, getHelperName(name, op->getOperand(0).getType()),
        adaptor.getOperands());
    return success();
  }

  StringRef name;
};

/// A function of libm, with "f" for floats.
template <typename Op>
struct LibmPattern : public ScalarPattern<Op> {
  LibmPattern(TypeConverter &converter, MLIRContext *context, StringRef name)
      : ScalarPattern<Op>(converter, context), name(name) {}

  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = this->getResultType(op);
    if (!type)
      return failure();
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(
        op, type, (name + (type.isF32() ? "f" : "")).str(),
        adaptor.getOperands());
    return success();
  }

  StringRef name;
};

struct SelectPattern : public ScalarPattern<arith::SelectOp> {
  using ScalarPattern::ScalarPattern;

  LogicalResult
  matchAndRewrite(arith::SelectOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = getTypeConverter()->convertType(op.getType());
    if (!type)
      return failure();
    rewriter.replaceOpWithNewOp<emitc::ConditionalOp>(
        op, type, adaptor.getCondition(), adaptor.getTrueValue(),
        adaptor.getFalseValue());
    return success();
  }
};

/// By C's own operator `direct`, or by `helper` where C has none.
static void replaceComparison(Operation *op, Type type,
                              std::optional<emitc::CmpPredicate> direct,
                              StringRef helper, ValueRange operands,
                              ConversionPatternRewriter &rewriter) {
  if (direct)
    rewriter.replaceOpWithNewOp<emitc::CmpOp>(op, type, *direct, operands[0],
                                              operands[1]);
  else
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(op, type, helper,
                                                     operands);
}

struct CmpIPattern : public ScalarPattern<arith::CmpIOp> {
  using ScalarPattern::ScalarPattern;

  LogicalResult
  matchAndRewrite(arith::CmpIOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = getResultType(op);
    if (!type)
      return failure();
    auto direct = [](arith::CmpIPredicate predicate)
        -> std::optional<emitc::CmpPredicate> {
      switch (predicate) {
      case arith::CmpIPredicate::eq:
        return emitc::CmpPredicate::eq;
      case arith::CmpIPredicate::ne:
        return emitc::CmpPredicate::ne;
      case arith::CmpIPredicate::slt:
        return emitc::CmpPredicate::lt;
      case arith::CmpIPredicate::sle:
        return emitc::CmpPredicate::le;
      case arith::CmpIPredicate::sgt:
        return emitc::CmpPredicate::gt;
      case arith::CmpIPredicate::sge:
        return emitc::CmpPredicate::ge;
      default:
        return std::nullopt;
      }
    }(op.getPredicate());
    Type operand = op.getLhs().getType();
    // A true i1 is -1 in signed comparisons.
    bool isOrder = op.getPredicate() != arith::CmpIPredicate::eq &&
                   op.getPredicate() != arith::CmpIPredicate::ne;
    if (operand.isInteger(1) && isOrder)
      return failure();
    replaceComparison(
        op, type, direct,
        getHelperName(arith::stringifyCmpIPredicate(op.getPredicate()),
                      operand),
        adaptor.getOperands(), rewriter);
    return success();
  }
};

struct CmpFPattern : public ScalarPattern<arith::CmpFOp> {
  using ScalarPattern::ScalarPattern;

  LogicalResult
  matchAndRewrite(arith::CmpFOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = getResultType(op);
    if (!type)
      return failure();
    auto direct = [](arith::CmpFPredicate predicate)
        -> std::optional<emitc::CmpPredicate> {
      switch (predicate) {
      case arith::CmpFPredicate::OEQ:
        return emitc::CmpPredicate::eq;
      case arith::CmpFPredicate::UNE:
        return emitc::CmpPredicate::ne;
      case arith::CmpFPredicate::OLT:
        return emitc::CmpPredicate::lt;
      case arith::CmpFPredicate::OLE:
        return emitc::CmpPredicate::le;
      case arith::CmpFPredicate::OGT:
        return emitc::CmpPredicate::gt;
      case arith::CmpFPredicate::OGE:
        return emitc::CmpPredicate::ge;
      default:
        return std::nullopt;
      }
    }(op.getPredicate());
    std::string helper = getHelperName(
        ("f" + arith::stringifyCmpFPredicate(op.getPredicate())).str(),
        op.getLhs().getType());
    // AlwaysTrue and AlwaysFalse are folded long before.
    if (!direct && !isHelper(helper))
      return failure();
    replaceComparison(op, type, direct, helper, adaptor.getOperands(),
                      rewriter);
    return success();
  }
};

/// A conversion that is a cast in C, or the helper `name` where `needsHelper`.
template <typename Op>
struct CastPattern : public ScalarPattern<Op> {
  using NeedsHelper = bool (*)(Type from, Type to);
  CastPattern(TypeConverter &converter, MLIRContext *context, StringRef name,
              NeedsHelper needsHelper)
      : ScalarPattern<Op>(converter, context), name(name),
        needsHelper(needsHelper) {}

  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = this->getResultType(op);
    if (!type)
      return failure();
    Type from = op.getIn().getType(), to = op.getType();
    Value input = adaptor.getIn();
    // Any number but zero would be true.
    if (isa<arith::FPToSIOp, arith::FPToUIOp>(*op) && to.isInteger(1))
      return failure();
    if (needsHelper(from, to)) {
      bool converts = name != "lowbit";
      rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(
          op, type, getHelperName(name, from, converts ? to : nullptr), input);
    } else if (input.getType() == type) {
      rewriter.replaceOp(op, input);
    } else {
      rewriter.replaceOpWithNewOp<emitc::CastOp>(op, type, input);
    }
    return success();
  }

  StringRef name;
  NeedsHelper needsHelper;
};

} // namespace

static void populateArith(TypeConverter &converter,
                          RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<ConstantPattern, SelectPattern, CmpIPattern, CmpFPattern,
               OperatorPattern<arith::AddFOp, emitc::AddOp>,
               OperatorPattern<arith::SubFOp, emitc::SubOp>,
               OperatorPattern<arith::MulFOp, emitc::MulOp>,
               OperatorPattern<arith::DivFOp, emitc::DivOp>,
               OperatorPattern<arith::NegFOp, emitc::UnaryMinusOp>,
               OperatorPattern<arith::DivSIOp, emitc::DivOp>,
               OperatorPattern<arith::RemSIOp, emitc::RemOp>,
               OperatorPattern<arith::AndIOp, emitc::BitwiseAndOp>,
               OperatorPattern<arith::OrIOp, emitc::BitwiseOrOp>,
               OperatorPattern<arith::XOrIOp, emitc::BitwiseXorOp>>(converter,
                                                                    context);
  auto helper = [&](auto *op, StringRef name) {
    patterns.add<HelperPattern<std::remove_pointer_t<decltype(op)>>>(
        converter, context, name);
  };
  patterns.add<HelperPattern<arith::AddIOp, emitc::AddOp>>(converter, context,
                                                           "addi");
  patterns.add<HelperPattern<arith::SubIOp, emitc::SubOp>>(converter, context,
                                                           "subi");
  patterns.add<HelperPattern<arith::MulIOp, emitc::MulOp>>(converter, context,
                                                           "muli");
  helper((arith::ShLIOp *)nullptr, "shli");
  helper((arith::ShRUIOp *)nullptr, "shrui");
  helper((arith::ShRSIOp *)nullptr, "shrsi");
  helper((arith::DivUIOp *)nullptr, "divui");
  helper((arith::RemUIOp *)nullptr, "remui");
  helper((arith::CeilDivSIOp *)nullptr, "ceildivsi");
  helper((arith::CeilDivUIOp *)nullptr, "ceildivui");
  helper((arith::FloorDivSIOp *)nullptr, "floordivsi");
  helper((arith::MaxSIOp *)nullptr, "maxsi");
  helper((arith::MinSIOp *)nullptr, "minsi");
  helper((arith::MaxUIOp *)nullptr, "maxui");
  helper((arith::MinUIOp *)nullptr, "minui");
  helper((arith::MaximumFOp *)nullptr, "maximumf");
  helper((arith::MinimumFOp *)nullptr, "minimumf");
  helper((arith::MaxNumFOp *)nullptr, "maxnumf");
  helper((arith::MinNumFOp *)nullptr, "minnumf");

  auto cast = [&](auto *op, StringRef name, auto needsHelper) {
    patterns.add<CastPattern<std::remove_pointer_t<decltype(op)>>>(
        converter, context, name, needsHelper);
  };
  auto always = [](Type, Type) { return true; };
  auto never = [](Type, Type) { return false; };
  auto fromBit = [](Type from, Type) { return from.isInteger(1); };
  auto toBit = [](Type, Type to) { return to.isInteger(1); };
  auto differs = [](Type from, Type to) { return from != to; };
  cast((arith::ExtUIOp *)nullptr, "extui", always);
  cast((arith::ExtSIOp *)nullptr, "extsi", fromBit);
  cast((arith::TruncIOp *)nullptr, "lowbit", toBit);
  cast((arith::IndexCastOp *)nullptr, "extsi", fromBit);
  cast((arith::IndexCastUIOp *)nullptr, "extui", differs);
  cast((arith::SIToFPOp *)nullptr, "extsi", fromBit);
  cast((arith::UIToFPOp *)nullptr, "uitofp", always);
  cast((arith::FPToSIOp *)nullptr, "fptosi", always);
  cast((arith::FPToUIOp *)nullptr, "fptoui", always);
  cast((arith::ExtFOp *)nullptr, "", never);
  cast((arith::TruncFOp *)nullptr, "", never);
  cast((arith::BitcastOp *)nullptr, "bitcast", differs);
}

static void populateMath(TypeConverter &converter,
                         RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  auto libm = [&](auto *op, StringRef name) {
    patterns.add<LibmPattern<std::remove_pointer_t<decltype(op)>>>(
        converter, context, name);
  };
  libm((math::AbsFOp *)nullptr, "fabs");
  libm((math::AcosOp *)nullptr, "acos");
  libm((math::AcoshOp *)nullptr, "acosh");
  libm((math::AsinOp *)nullptr, "asin");
  libm((math::AsinhOp *)nullptr, "asinh");
  libm((math::AtanOp *)nullptr, "atan");
  libm((math::Atan2Op *)nullptr, "atan2");
  libm((math::AtanhOp *)nullptr, "atanh");
  libm((math::CbrtOp *)nullptr, "cbrt");
  libm((math::CeilOp *)nullptr, "ceil");
  libm((math::CopySignOp *)nullptr, "copysign");
  libm((math::CosOp *)nullptr, "cos");
  libm((math::CoshOp *)nullptr, "cosh");
  libm((math::ErfOp *)nullptr, "erf");
  libm((math::ErfcOp *)nullptr, "erfc");
  libm((math::ExpOp *)nullptr, "exp");
  libm((math::Exp2Op *)nullptr, "exp2");
  libm((math::ExpM1Op *)nullptr, "expm1");
  libm((math::FloorOp *)nullptr, "floor");
  libm((math::FmaOp *)nullptr, "fma");
  libm((math::LogOp *)nullptr, "log");
  libm((math::Log10Op *)nullptr, "log10");
  libm((math::Log1pOp *)nullptr, "log1p");
  libm((math::Log2Op *)nullptr, "log2");
  libm((math::PowFOp *)nullptr, "pow");
  libm((math::RoundOp *)nullptr, "round");
  // In the rounding mode that C starts with.
  libm((math::RoundEvenOp *)nullptr, "rint");
  libm((math::SinOp *)nullptr, "sin");
  libm((math::SinhOp *)nullptr, "sinh");
  libm((math::SqrtOp *)nullptr, "sqrt");
  libm((math::TanOp *)nullptr, "tan");
  libm((math::TanhOp *)nullptr, "tanh");
  libm((math::TruncOp *)nullptr, "trunc");
  patterns.add<HelperPattern<math::RsqrtOp>>(converter, context, "rsqrt");
  patterns.add<HelperPattern<math::AbsIOp>>(converter, context, "absi");
}

void edgebert::target::populateScalarPatterns(TypeConverter &converter,
                                              RewritePatternSet &patterns) {
  populateArith(converter, patterns);
  populateMath(converter, patterns);
}
