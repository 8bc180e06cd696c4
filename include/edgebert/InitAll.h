//===- InitAll.h - everything this project registers ------------*- C++ -*-===//
//
// The one registration list: every tool calls these and nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_INITALL_H
#define EDGEBERT_INITALL_H

#include "edgebert/Analysis/Passes.h"
#include "edgebert/Baselines/Passes.h"
#include "edgebert/Conversion/Passes.h"
#include "edgebert/Dialect/Check/IR/Check.h"
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Dialect/Fault/IR/Fault.h"
#include "edgebert/Dialect/Fault/Transforms/Passes.h"
#include "edgebert/Dialect/Mask/IR/Mask.h"
#include "edgebert/Dialect/Mask/Transforms/Passes.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"
#include "edgebert/Execution/HostPipeline.h"
#include "edgebert/Execution/Passes.h"
#include "edgebert/Pipelines/CompressionPasses.h"
#include "edgebert/Pipelines/Pipelines.h"
#include "edgebert/Target/Passes.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

namespace edgebert {

/// Registers upstream's and our dialects with their interface implementations.
inline void registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry
      .insert<accel::EdgeBERTDialect, check::CheckDialect, fault::FaultDialect,
              mask::MaskDialect, numfmt::NumFmtDialect>();
  accel::registerBufferizableOpInterfaceExternalModels(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
}

/// Registers upstream's and our passes and pipelines.
inline void registerAllPasses() {
  mlir::registerAllPasses();
  execution::registerEdgeBERTExecutionPasses();
  execution::registerHostPipelines();
  accel::registerEdgeBERTPasses();
  analysis::registerEdgeBERTAnalysisPasses();
  baselines::registerEdgeBERTBaselinesPasses();
  registerEdgeBERTConversionPasses();
  fault::registerFaultPasses();
  mask::registerMaskPasses();
  numfmt::registerNumFmtPasses();
  registerEdgeBERTPipelinesPasses();
  registerPipelines();
  target::registerEdgeBERTTargetPasses();
}

} // namespace edgebert

#endif // EDGEBERT_INITALL_H
