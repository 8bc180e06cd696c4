//===- CommandPatterns.cpp - register accesses and regions to EmitC -------===//

#include "Patterns.h"

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::target;

namespace {

Value createRegister(OpBuilder &builder, Location loc, accel::Register reg) {
  return createLiteral(
      builder, loc, builder.getIntegerType(32, /*isSigned=*/false),
      "EDGEBERT_" + StringRef(accel::stringifyRegister(reg)).upper());
}

struct WritePattern : public OpConversionPattern<accel::WriteRegOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(accel::WriteRegOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type unsigned32 = rewriter.getIntegerType(32, /*isSigned=*/false);
    APInt constant;
    Value value;
    if (matchPattern(op.getValue(), m_ConstantInt(&constant)))
      value =
          createLiteral(rewriter, op.getLoc(), unsigned32,
                        llvm::formatv("{0:x}u", constant.getZExtValue()).str());
    else
      value = emitc::CastOp::create(rewriter, op.getLoc(), unsigned32,
                                    adaptor.getValue());
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(
        op, TypeRange(), "edgebert_write32",
        ValueRange{createRegister(rewriter, op.getLoc(), op.getReg()), value});
    return success();
  }
};

struct ReadPattern : public OpConversionPattern<accel::ReadRegOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(accel::ReadRegOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value offset = createRegister(rewriter, op.getLoc(), op.getReg());
    auto call = emitc::CallOpaqueOp::create(
        rewriter, op.getLoc(), rewriter.getIntegerType(32, /*isSigned=*/false),
        "edgebert_read32", offset);
    rewriter.replaceOpWithNewOp<emitc::CastOp>(op, rewriter.getI32Type(),
                                               call.getResult(0));
    return success();
  }
};

struct WaitPattern : public OpConversionPattern<accel::WaitOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(accel::WaitOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(
        op, TypeRange(), "edgebert_wait", ValueRange());
    return success();
  }
};

struct HostWorkPattern : public OpConversionPattern<accel::HostWorkOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(accel::HostWorkOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<emitc::VerbatimOp>(
        op, ("EDGEBERT_HOST_WORK(EDGEBERT_HOST_" +
             StringRef(accel::stringifyHostWork(op.getKind())).upper() + ", " +
             Twine(op.getAmount()) + ");")
                .str());
    return success();
  }
};

struct GetRegionPattern : public OpConversionPattern<accel::GetRegionOp> {
  GetRegionPattern(TypeConverter &converter, MLIRContext *context,
                   ModuleOp module)
      : OpConversionPattern(converter, context) {
    for (auto region : module.getOps<accel::RegionOp>())
      addresses[region.getSymName()] = region.getAddress();
  }

  LogicalResult
  matchAndRewrite(accel::GetRegionOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, createDramPointer(rewriter, op.getLoc(),
                                             addresses.lookup(op.getRegion())));
    return success();
  }

  llvm::StringMap<uint64_t> addresses;
};

} // namespace

void edgebert::target::populateCommandPatterns(TypeConverter &converter,
                                               RewritePatternSet &patterns,
                                               ModuleOp module) {
  MLIRContext *context = patterns.getContext();
  patterns.add<WritePattern, ReadPattern, WaitPattern, HostWorkPattern>(
      converter, context);
  patterns.add<GetRegionPattern>(converter, context, module);
}
