//===- Pipelines.h - from one form to the next ------------------*- C++ -*-===//
//
// One function per step between forms. Each begins and ends with the check of
// its form, so that a pipeline can be entered and left anywhere.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_PIPELINES_PIPELINES_H
#define EDGEBERT_PIPELINES_PIPELINES_H

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace edgebert {

/// What the steps need to know; every pipeline takes all of it, so that one
/// set of options describes a whole compilation.
struct FormOptions : mlir::PassPipelineOptions<FormOptions> {
  Option<std::string> format{
      *this, "format",
      llvm::cl::desc("Number format of weights and activations"),
      llvm::cl::init("!numfmt.afp<8,3>")};
  Option<std::string> calibration{
      *this, "calibration",
      llvm::cl::desc("Calibration file (edgebert-compile writes one)")};
  Option<std::string> strategy{
      *this, "strategy", llvm::cl::desc("How ranges become metadata: min-max"),
      llvm::cl::init("min-max")};
  Option<std::string> machine{*this, "machine",
                              llvm::cl::desc("Machine: asic, rtl or FILE.yaml"),
                              llvm::cl::init("asic")};
  Option<accel::ScheduleStrategy> schedule{
      *this, "schedule", llvm::cl::desc("Strategy of edgebert-schedule"),
      llvm::cl::init(accel::ScheduleStrategy::Best),
      accel::getScheduleStrategies()};
  Option<bool> tabulate{
      *this, "tabulate",
      llvm::cl::desc("Look up element-wise functions of codes in tables"),
      llvm::cl::init(true)};
  Option<bool> earlyExit{
      *this, "early-exit",
      llvm::cl::desc("Stop at the first exit whose entropy is at most the "
                     "input exit_threshold (edgebert-early-exit)"),
      llvm::cl::init(false)};
  Option<bool> dvfs{
      *this, "dvfs",
      llvm::cl::desc(
          "With early-exit: predict the exit after the first one and "
          "slow down to the input target_latency"),
      llvm::cl::init(false)};
  ListOption<std::string> faultSites{
      *this, "fault-sites",
      llvm::cl::desc("Kinds of fault sites in the compressed form and below "
                     "(fault-instrument): activation, weight, metadata, mask")};
  Option<std::string> reports{
      *this, "reports",
      llvm::cl::desc("Directory for quantization.json and placement.json")};
};

/// Names of the report files in FormOptions::reports.
inline constexpr llvm::StringLiteral kQuantizationReport = "quantization.json";
inline constexpr llvm::StringLiteral kPlacementReport = "placement.json";

/// Quantizes kernels' operands and results, encodes weights.
void buildModelToCompressed(mlir::OpPassManager &pm,
                            const FormOptions &options);
/// Puts kernels onto the chip.
void buildCompressedToAccelerator(mlir::OpPassManager &pm,
                                  const FormOptions &options);
/// Lowers formats, bufferizes, tiles and places.
void buildAcceleratorToScheduled(mlir::OpPassManager &pm,
                                 const FormOptions &options);
/// Emits register writes.
void buildScheduledToCommand(mlir::OpPassManager &pm,
                             const FormOptions &options);

/// The step that leads to `form` (not Model) from the form before it.
void buildStepTo(accel::Form form, mlir::OpPassManager &pm,
                 const FormOptions &options);

/// Registers the steps as edgebert-model-to-compressed, ...,
/// edgebert-scheduled-to-command.
void registerPipelines();

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_PIPELINES_H
