//===- LowerToCore.cpp - a layer on the RISC-V core alone -----------------===//

#include "CoreSteps.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::baselines;

/// Head by head: transpose what lies the wrong way round, then the three loops
/// (thesis 9.5.8, CPU_EdgeBert_*).
static void lowerMatmul(Program &program, const LayerOp &op,
                        const machine::HostCosts &host) {
  StepBuilder build(program, op);
  int64_t products = op.batch * op.heads, n = op.n / op.heads;
  build.allocate(host, products);
  if (op.transposeLhs) {
    build.allocate(host, op.batch);
    build.core(Category::Transpose, "transpose_i32", {op.k, op.m}, op.batch);
  }
  if (op.transposeRhs) {
    build.allocate(host, op.batch);
    build.core(Category::Transpose, "transpose_i32", {op.n, op.k}, op.batch);
  }
  build.core(Category::Compute, "matmul_i32", {op.m, op.k, n}, products);
}

FailureOr<Program> baselines::lowerToCore(const Layer &layer,
                                          const machine::Description &soc) {
  Program program{"core", {}};
  for (const LayerOp &op : layer) {
    if (op.kind == OpKind::Matmul)
      lowerMatmul(program, op, soc.host);
    else if (failed(appendCoreWork(program, op)))
      return failure();
  }
  return program;
}
