//===- CoreSteps.cpp - steps that every baseline shares -------------------===//

#include "CoreSteps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::baselines;

llvm::StringRef baselines::stringifyCategory(Category category) {
  switch (category) {
  case Category::Register:
    return "register";
  case Category::Read:
    return "read";
  case Category::Write:
    return "write";
  case Category::Compute:
    return "compute";
  case Category::Malloc:
    return "malloc";
  case Category::Memset:
    return "memset";
  case Category::Transpose:
    return "transpose";
  }
  llvm_unreachable("covered switch");
}

Step &StepBuilder::add(Category category, int64_t times) {
  Step &step = program.steps.emplace_back();
  step.module = op.module;
  step.category = category;
  step.kind = op.kind;
  step.op = op.name;
  step.times = times;
  return step;
}

void StepBuilder::core(Category category, StringRef kernel,
                       ArrayRef<int64_t> sizes, int64_t times) {
  Step &step = add(category, times);
  step.kernel = kernel.str();
  step.sizes.assign(sizes.begin(), sizes.end());
}

void StepBuilder::hardware(Category category, StringRef what, uint64_t cycles,
                           int64_t times) {
  Step &step = add(category, times);
  step.hardware = what.str();
  step.cycles = cycles;
}

void StepBuilder::registers(const machine::HostCosts &host, int64_t writes,
                            int64_t waits, int64_t times) {
  hardware(Category::Register, "register write", host.registerWriteCycles,
           times * (writes + 3 * waits));
  hardware(Category::Register, "register read", host.registerReadCycles,
           times * 2 * waits);
}

void StepBuilder::allocate(const machine::HostCosts &host, int64_t times) {
  hardware(Category::Malloc, "allocation", host.mallocCyclesPerCall, times);
}

namespace {
/// The kernels that compute one scalar op; with a constant operand it is often
/// a cheaper one.
struct ScalarKernels {
  StringRef scalar;
  SmallVector<StringRef, 2> kernels, byConstant;
};
} // namespace

static ArrayRef<ScalarKernels> getScalarKernels() {
  // A constant addend is a load less; the loop is the same.
  static const ScalarKernels table[] = {
      {"arith.addf", {"add_i32"}, {"add_i32"}},
      {"arith.subf", {"add_i32"}, {"add_i32"}},
      {"arith.negf", {"add_i32"}, {"add_i32"}},
      {"arith.mulf", {"mul_f32"}, {"scale_f32"}},
      {"arith.divf", {"div_f32"}, {"scale_f32"}},
      {"arith.sitofp", {"convert_i32"}, {"convert_i32"}},
      {"arith.maximumf", {"max_i32"}, {"max_i32"}},
      {"arith.maxnumf", {"max_i32"}, {"max_i32"}},
      {"math.exp", {"exp_f32"}, {"exp_f32"}},
      {"math.erf", {"erf_f32"}, {"erf_f32"}},
      {"math.tanh", {"tanh_f32"}, {"tanh_f32"}},
      {"math.sqrt", {"sqrt_f32"}, {"sqrt_f32"}},
      {"math.rsqrt", {"sqrt_f32", "div_f32"}, {"sqrt_f32", "div_f32"}},
  };
  return table;
}

static LogicalResult appendScalar(Program &program, const LayerOp &op) {
  StepBuilder build(program, op);
  for (const ScalarKernels &row : getScalarKernels())
    if (row.scalar == op.scalar) {
      for (StringRef kernel : op.byConstant ? row.byConstant : row.kernels)
        build.core(Category::Compute, kernel, {op.elements()}, 1);
      return success();
    }
  auto names = llvm::map_range(
      getScalarKernels(), [](const ScalarKernels &row) { return row.scalar; });
  return emitError(op.loc) << "no kernel of the core computes '" << op.scalar
                           << "'; they compute " << llvm::join(names, ", ");
}

LogicalResult baselines::appendCoreWork(Program &program, const LayerOp &op) {
  StepBuilder build(program, op);
  switch (op.kind) {
  case OpKind::Matmul:
    llvm_unreachable("every baseline lowers its products itself");
  case OpKind::Softmax:
    build.core(Category::Compute, "softmax_f32", {op.batch * op.m, op.n}, 1);
    return success();
  case OpKind::LayerNorm:
    build.core(Category::Compute, "layer_norm_f32", {op.batch * op.m, op.n}, 1);
    return success();
  case OpKind::Add:
    build.core(Category::Compute, "add_i32", {op.elements()}, 1);
    return success();
  case OpKind::AddRow:
    build.core(Category::Compute, "add_row_i32", {op.batch * op.m, op.n}, 1);
    return success();
  case OpKind::Elementwise:
    return appendScalar(program, op);
  case OpKind::Move:
    build.core(Category::Memset, "copy_block_i32",
               {op.batch * op.m, op.n, op.n}, 1);
    return success();
  }
  llvm_unreachable("covered switch");
}
