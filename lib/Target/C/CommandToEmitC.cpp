//===- CommandToEmitC.cpp - the host program as EmitC ---------------------===//

#include "Patterns.h"

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "edgebert/Target/Passes.h"
#include "mlir/Conversion/FuncToEmitC/FuncToEmitC.h"
#include "mlir/Conversion/SCFToEmitC/SCFToEmitC.h"

namespace edgebert::target {
#define GEN_PASS_DEF_CONVERTCOMMANDTOEMITC
#include "edgebert/Target/Passes.h.inc"
} // namespace edgebert::target

using namespace mlir;
using namespace edgebert;
using namespace edgebert::target;

emitc::PointerType edgebert::target::getMemoryType(MLIRContext *context) {
  return emitc::PointerType::get(
      IntegerType::get(context, 8, IntegerType::Unsigned));
}

Value edgebert::target::createLiteral(OpBuilder &builder, Location loc,
                                      Type type, const Twine &text) {
  return emitc::LiteralOp::create(builder, loc, type, text.str());
}

Value edgebert::target::createIndex(OpBuilder &builder, Location loc,
                                    int64_t value) {
  std::string text = std::to_string(value);
  return createLiteral(builder, loc, builder.getI64Type(),
                       value < 0 ? "(" + text + ")" : text);
}

Value edgebert::target::createOffset(OpBuilder &builder, Location loc,
                                     Value base, int64_t bytes) {
  if (bytes == 0)
    return base;
  return emitc::AddOp::create(builder, loc, base.getType(), base,
                              createIndex(builder, loc, bytes));
}

Value edgebert::target::createDramPointer(OpBuilder &builder, Location loc,
                                          uint64_t address) {
  return createLiteral(builder, loc, getMemoryType(builder.getContext()),
                       "(EDGEBERT_DRAM + " + Twine(address) + ")");
}

namespace {

struct ConvertCommandToEmitCPass
    : public target::impl::ConvertCommandToEmitCBase<
          ConvertCommandToEmitCPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    MLIRContext *context = &getContext();
    // Attributes for other users of the functions.
    module.walk([&](func::FuncOp function) {
      function.removeArgAttrsAttr();
      function.removeResAttrsAttr();
      for (NamedAttribute attribute :
           llvm::to_vector(function->getDiscardableAttrs()))
        function->removeDiscardableAttr(attribute.getName());
    });
    module.walk([](accel::ProbeOp probe) { probe.erase(); });

    TypeConverter converter;
    converter.addConversion([](Type type) -> std::optional<Type> {
      if (emitc::isSupportedEmitCType(type))
        return type;
      return std::nullopt;
    });
    converter.addConversion(
        [&](IndexType) { return IntegerType::get(context, 64); });
    converter.addConversion([&](MemRefType) { return getMemoryType(context); });
    DramLayout layout = DramLayout::of(module);
    RewritePatternSet patterns(context);
    populateScalarPatterns(converter, patterns);
    populateMemRefPatterns(converter, patterns, layout);
    populateCommandPatterns(converter, patterns, module);
    populateSCFToEmitCConversionPatterns(patterns, converter);
    populateFuncToEmitCPatterns(converter, patterns);
    ConversionTarget target(*context);
    target.addLegalDialect<emitc::EmitCDialect>();
    target.addLegalOp<ModuleOp, accel::RegionOp, memref::GlobalOp>();
    // With rollback: patterns look at operands that are constants still.
    ConversionConfig config;
    // What could not be converted keeps its types, and is named below.
    config.buildMaterializations = false;
    if (failed(applyPartialConversion(module, target, std::move(patterns),
                                      config)) ||
        failed(checkConverted(module)))
      return signalPassFailure();
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (isa<accel::RegionOp, memref::GlobalOp>(op))
        op.erase();
  }

private:
  /// Everything must be EmitC now.
  LogicalResult checkConverted(ModuleOp module) {
    LogicalResult result = success();
    module.walk([&](Operation *op) {
      if (isa<ModuleOp, accel::RegionOp, memref::GlobalOp,
              UnrealizedConversionCastOp>(op) ||
          isa_and_nonnull<emitc::EmitCDialect>(op->getDialect()))
        return;
      auto diagnostic = op->emitOpError("has no equivalent in C");
      if (op->getNumOperands()) {
        diagnostic << " for operands of type ";
        llvm::interleaveComma(op->getOperandTypes(), diagnostic);
      }
      result = failure();
    });
    return result;
  }
};

} // namespace
