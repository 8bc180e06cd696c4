//===- HostPipeline.cpp - from tensors to LLVM for the host ---------------===//

#include "edgebert/Execution/HostPipeline.h"
#include "edgebert/Dialect/Fault/Transforms/Passes.h"
#include "edgebert/Execution/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace edgebert::execution {

void buildHostPreparePipeline(OpPassManager &pm,
                              const HostPipelineOptions &options) {
  if (!options.keepSites)
    pm.addPass(fault::createFaultDisarm());
  pm.addPass(createInlinerPass());
  if (options.beforeBufferization)
    options.beforeBufferization(pm);
  HoistConstantsOptions hoist;
  hoist.entry = options.entry;
  pm.addPass(createHoistConstants(hoist));
}

static std::vector<std::string> getEntries(const HostPipelineOptions &options) {
  std::vector<std::string> entries = {options.entry};
  llvm::append_range(entries, options.furtherEntries);
  return entries;
}

void buildHostLoopPipeline(OpPassManager &pm,
                           const HostPipelineOptions &options) {
  // On tensors: give products their operands where they lie, make convolutions
  // products, and fuse what is left.
  pm.addPass(createCSEPass());
  pm.addPass(createConvertElementwiseToLinalgPass());
  pm.addNestedPass<func::FuncOp>(createConvertConvToMatmul());
  pm.addNestedPass<func::FuncOp>(createFoldTransposeIntoContraction());
  pm.addNestedPass<func::FuncOp>(createFuseElementwise());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());

  pm.addNestedPass<func::FuncOp>(createYieldInPlace());

  // To buffers. Identity layouts at the boundary, so that callers can pass
  // plain arrays.
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  bufferize.unknownTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  if (options.afterBufferization)
    options.afterBufferization(pm);
  pm.addPass(createLowerCheck());
  pm.addPass(createLowerFault());
  for (const std::string &entry : getEntries(options)) {
    PlanBuffersOptions plan;
    plan.entry = entry;
    pm.addPass(createPlanBuffers(plan));
  }

  // To loops and calls.
  if (!options.fixedOrder)
    pm.addPass(createLowerContractions());
  pm.addPass(createOutlineKernels());
  LowerLinalgToVectorLoopsOptions loops;
  loops.scalar = options.scalar;
  pm.addNestedPass<func::FuncOp>(createLowerLinalgToVectorLoops(loops));
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createExpandMath());
}

void buildHostPipeline(OpPassManager &pm, const HostPipelineOptions &options) {
  buildHostLoopPipeline(pm, options);

  // To LLVM.
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  for (const std::string &entry : getEntries(options)) {
    PackArgumentsOptions pack;
    pack.entry = entry;
    pm.addPass(createPackArguments(pack));
  }
}

namespace {
struct HostOptions : public PassPipelineOptions<HostOptions> {
  Option<std::string> entry{*this, "entry", llvm::cl::init("main"),
                            llvm::cl::desc("name of the entry function")};
  Option<bool> fixedOrder{
      *this, "fixed-order",
      llvm::cl::desc("matrix products as loops, not as calls of a library")};
  Option<bool> scalar{*this, "scalar",
                      llvm::cl::desc("loops over single elements")};
  HostPipelineOptions get() const {
    HostPipelineOptions options;
    options.entry = entry;
    options.fixedOrder = fixedOrder;
    options.scalar = scalar;
    return options;
  }
};
} // namespace

void registerHostPipelines() {
  PassPipelineRegistration<HostOptions>(
      "edgebert-host-prepare",
      "inline and turn large constants into arguments, before edgebert-host",
      [](OpPassManager &pm, const HostOptions &options) {
        buildHostPreparePipeline(pm, options.get());
      });
  PassPipelineRegistration<HostOptions>(
      "edgebert-host-loops", "lower linalg on tensors to loops on memrefs",
      [](OpPassManager &pm, const HostOptions &options) {
        buildHostLoopPipeline(pm, options.get());
      });
  PassPipelineRegistration<HostOptions>(
      "edgebert-host", "lower linalg on tensors to LLVM for the host",
      [](OpPassManager &pm, const HostOptions &options) {
        buildHostPipeline(pm, options.get());
      });
}

void registerExecutionDialects(DialectRegistry &registry) {
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
}

} // namespace edgebert::execution
