//===- Pipelines.cpp - from one form to the next --------------------------===//

#include "edgebert/Pipelines/Pipelines.h"

#include "edgebert/Conversion/Passes.h"
#include "edgebert/Dialect/Fault/Transforms/Passes.h"
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"
#include "edgebert/Execution/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace edgebert;
using accel::Form;

static void verifyForm(OpPassManager &pm, Form form) {
  accel::VerifyFormPassOptions options;
  options.form = form;
  pm.addPass(accel::createVerifyFormPass(options));
}

static std::string getReport(const FormOptions &options, StringRef name) {
  return options.reports.empty() ? "" : options.reports + "/" + name.str();
}

void edgebert::buildModelToCompressed(OpPassManager &pm,
                                      const FormOptions &options) {
  verifyForm(pm, Form::Model);
  QuantizeKernelsPassOptions quantize;
  quantize.format = options.format;
  quantize.calibration = options.calibration;
  quantize.strategy = options.strategy;
  quantize.report = getReport(options, kQuantizationReport);
  pm.addNestedPass<func::FuncOp>(createQuantizeKernelsPass(quantize));
  // No canonicalization from here to the accelerator form: it would fold
  // dequantized constants back to f32.
  pm.addPass(numfmt::createNumFmtQuantizeConstants());
  if (!options.faultSites.empty()) {
    fault::FaultInstrumentOptions sites;
    for (const std::string &kind : options.faultSites)
      sites.kinds.push_back(kind);
    pm.addPass(fault::createFaultInstrument(sites));
  }
  verifyForm(pm, Form::Compressed);
}

void edgebert::buildCompressedToAccelerator(OpPassManager &pm,
                                            const FormOptions &options) {
  verifyForm(pm, Form::Compressed);
  ConvertLinalgToEdgeBERTPassOptions convert;
  convert.calibration = options.calibration;
  convert.machine = options.machine;
  convert.report = getReport(options, kPlacementReport);
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToEdgeBERTPass(convert));
  // Where a kernel stayed on the host between two on the chip, or only views
  // lie between them, codes need not become numbers and codes again.
  pm.addPass(numfmt::createNumFmtCollapseRequantize());
  if (options.tabulate) {
    execution::TabulateOptions tabulate;
    tabulate.report = convert.report;
    pm.addNestedPass<func::FuncOp>(execution::createTabulate(tabulate));
  }
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(accel::createSkipHeadsPass());
  if (options.earlyExit) {
    accel::EarlyExitPassOptions exit;
    exit.dvfs = options.dvfs;
    exit.machine = options.machine;
    pm.addNestedPass<func::FuncOp>(accel::createEarlyExitPass(exit));
  }
  verifyForm(pm, Form::Accelerator);
}

void edgebert::buildAcceleratorToScheduled(OpPassManager &pm,
                                           const FormOptions &options) {
  verifyForm(pm, Form::Accelerator);
  // Codes become i8; what is left of the formats is element-wise host code,
  // which fuses with its neighbours.
  pm.addPass(numfmt::createConvertNumFmtToLinalg());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(execution::createFuseElementwise());
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(accel::createSplitDestinationsPass());
  // Host buffers; functions take and return row-major ones.
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  pm.addNestedPass<func::FuncOp>(accel::createRefineBranchesPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // The chip.
  accel::SchedulePassOptions schedule;
  schedule.machine = options.machine;
  schedule.strategy = options.schedule;
  pm.addPass(accel::createSchedulePass(schedule));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(accel::createCountHostWorkPass());
  verifyForm(pm, Form::Scheduled);
}

void edgebert::buildScheduledToCommand(OpPassManager &pm,
                                       const FormOptions &options) {
  verifyForm(pm, Form::Scheduled);
  accel::EmitCommandsPassOptions emit;
  emit.machine = options.machine;
  pm.addPass(accel::createEmitCommandsPass(emit));
  pm.addPass(createCSEPass());
  verifyForm(pm, Form::Command);
}

void edgebert::buildStepTo(Form form, OpPassManager &pm,
                           const FormOptions &options) {
  switch (form) {
  case Form::Model:
    return verifyForm(pm, Form::Model);
  case Form::Compressed:
    return buildModelToCompressed(pm, options);
  case Form::Accelerator:
    return buildCompressedToAccelerator(pm, options);
  case Form::Scheduled:
    return buildAcceleratorToScheduled(pm, options);
  case Form::Command:
    return buildScheduledToCommand(pm, options);
  }
}

void edgebert::registerPipelines() {
  PassPipelineRegistration<FormOptions>(
      "edgebert-model-to-compressed", "Quantize the kernels of the model form",
      buildModelToCompressed);
  PassPipelineRegistration<FormOptions>(
      "edgebert-compressed-to-accelerator",
      "Put the kernels of the compressed form onto the chip",
      buildCompressedToAccelerator);
  PassPipelineRegistration<FormOptions>(
      "edgebert-accelerator-to-scheduled",
      "Tile and place the operations of the accelerator form",
      buildAcceleratorToScheduled);
  PassPipelineRegistration<FormOptions>(
      "edgebert-scheduled-to-command",
      "Turn the scheduled form into register writes", buildScheduledToCommand);
}
