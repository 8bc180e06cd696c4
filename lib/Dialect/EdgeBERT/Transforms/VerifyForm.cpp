//===- VerifyForm.cpp - the contract between halves of the compiler -------===//

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Dialect/Mask/IR/Mask.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace edgebert::accel {
#define GEN_PASS_DEF_VERIFYFORMPASS
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h.inc"
} // namespace edgebert::accel

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

StringRef accel::stringifyForm(Form form) {
  switch (form) {
  case Form::Model:
    return "model";
  case Form::Compressed:
    return "compressed";
  case Form::Accelerator:
    return "accelerator";
  case Form::Scheduled:
    return "scheduled";
  case Form::Command:
    return "command";
  }
  llvm_unreachable("unknown form");
}

/// The form an op belongs to, Model for host code of any form.
static Form getFormOf(Operation *op) {
  if (isa_and_nonnull<mask::MaskDialect, numfmt::NumFmtDialect>(
          op->getDialect()))
    return Form::Compressed;
  if (!isa_and_nonnull<EdgeBERTDialect>(op->getDialect()))
    return Form::Model;
  if (isa<MatmulOp, SoftmaxOp, LayerNormOp, AddOp, EntropyOp, DvfsOp, ProbeOp>(
          op))
    return Form::Accelerator;
  if (isa<WriteRegOp, ReadRegOp, WaitOp>(op))
    return Form::Command;
  return Form::Scheduled;
}

Form accel::inferForm(ModuleOp module) {
  Form form = Form::Model;
  module.walk([&](Operation *op) { form = std::max(form, getFormOf(op)); });
  return form;
}

namespace {

struct VerifyFormPass : accel::impl::VerifyFormPassBase<VerifyFormPass> {
  using VerifyFormPassBase::VerifyFormPassBase;
  void runOnOperation() override;

private:
  /// Why `op` may not be in the form, or "".
  std::string getViolation(Operation *op) const;
};

} // namespace

std::string VerifyFormPass::getViolation(Operation *op) const {
  Form of = getFormOf(op);
  bool lowLevel = form == Form::Scheduled || form == Form::Command;
  if (of == Form::Model) {
    // Host code: on tensors above the schedule, on buffers below.
    auto isWrong = [&](Type type) {
      return lowLevel ? isa<TensorType>(type) : isa<BaseMemRefType>(type);
    };
    StringRef where;
    if (llvm::any_of(op->getResultTypes(), isWrong))
      where = "result";
    for (Region &region : op->getRegions())
      for (Block &block : region)
        if (llvm::any_of(block.getArgumentTypes(), isWrong))
          where = "argument";
    if (where.empty())
      return "";
    return ("has a " + Twine(lowLevel ? "tensor " : "buffer ") + where +
            "; the " + stringifyForm(form) + " form works on " +
            (lowLevel ? "buffers" : "tensors"))
        .str();
  }
  // Probes, regions and accounts mark points that every later form keeps.
  if (isa<ProbeOp>(op))
    return form >= Form::Accelerator ? "" : "belongs to the accelerator form";
  // It has no data, so that the schedule leaves it as it is.
  if (isa<DvfsOp>(op) && form == Form::Scheduled)
    return "";
  if (isa<RegionOp, GetRegionOp, HostWorkOp>(op) && lowLevel)
    return "";
  bool allowed = lowLevel ? of == form : of <= form;
  if (allowed)
    return "";
  return "belongs to the " + stringifyForm(of).str() + " form";
}

void VerifyFormPass::runOnOperation() {
  bool valid = true;
  getOperation().walk([&](Operation *op) {
    std::string violation = getViolation(op);
    if (violation.empty())
      return;
    op->emitOpError(violation)
        << ", found in the " << stringifyForm(form) << " form";
    valid = false;
  });
  if (!valid)
    signalPassFailure();
}
