//===- PrintKernels.cpp - show what findKernels finds ---------------------===//

#include "edgebert/Analysis/Kernels.h"
#include "edgebert/Analysis/Passes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

namespace edgebert::analysis {
#define GEN_PASS_DEF_PRINTKERNELSPASS
#include "edgebert/Analysis/Passes.h.inc"
} // namespace edgebert::analysis

using namespace mlir;
using namespace edgebert::analysis;

static void print(llvm::raw_ostream &os, const MatmulKernel &matmul) {
  auto list = [&](ArrayRef<int64_t> perm) {
    os << " [";
    llvm::interleaveComma(perm, os);
    os << "]";
  };
  os << matmul.batch << "x" << matmul.m << "x" << matmul.n << "x" << matmul.k
     << " (batch x m x n x k), permutations";
  list(matmul.lhsPerm);
  list(matmul.rhsPerm);
  list(matmul.resultPerm);
  if (matmul.scale != 1.0)
    os << ", scale " << llvm::format("%g", matmul.scale);
  if (matmul.addend)
    os << ", addend";
  if (matmul.addendScale != 1.0)
    os << " times " << llvm::format("%g", matmul.addendScale);
  if (matmul.relu)
    os << ", relu";
}

static std::string describe(const Kernel &kernel) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << stringifyKernelKind(kernel.kind) << " \"" << kernel.id << "\": ";
  if (auto *matmul = dyn_cast<MatmulKernel>(&kernel))
    print(os, *matmul);
  else if (auto *norm = dyn_cast<LayerNormKernel>(&kernel))
    os << "epsilon " << llvm::format("%g", norm->epsilon)
       << (norm->gamma ? ", gamma" : "") << (norm->beta ? ", beta" : "")
       << ", of " << norm->input.getType();
  else
    os << "of " << kernel.result.getType();
  if (auto *softmax = dyn_cast<SoftmaxKernel>(&kernel);
      softmax && softmax->span)
    os << ", span " << softmax->span.getType();
  os << ", " << kernel.body.size() << " ops";
  return text;
}

static std::string describe(const Rejection &rejection) {
  llvm::StringRef name = getLocationName(rejection.op->getLoc());
  return "host" + (name.empty() ? "" : " \"" + name.str() + "\"") + ": " +
         rejection.reason;
}

namespace {
struct PrintKernels
    : edgebert::analysis::impl::PrintKernelsPassBase<PrintKernels> {
  using PrintKernelsPassBase::PrintKernelsPassBase;

  void runOnOperation() override {
    KernelSet set = findKernels(getOperation());
    for (const std::unique_ptr<Kernel> &kernel : set.kernels)
      kernel->root->emitRemark(describe(*kernel));
    if (rejections)
      for (const Rejection &rejection : set.rejections)
        rejection.op->emitRemark(describe(rejection));
    markAllAnalysesPreserved();
  }
};
} // namespace
