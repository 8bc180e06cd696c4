//===- LowerToSystolic.cpp - products on a systolic array -----------------===//
//
// As the thesis describes its baseline (9.6.2): the array multiplies two 32x32
// tiles at a time, so the core copies every tile together, and adds the sums of
// the tiles along k itself.
//
//===----------------------------------------------------------------------===//

#include "CoreSteps.h"
#include "edgebert/Machine/Timing.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::baselines;
namespace timing = edgebert::machine::timing;

static void lowerMatmul(Program &program, const LayerOp &op,
                        const machine::Description &soc,
                        const SystolicArray &array) {
  StepBuilder build(program, op);
  int64_t products = op.batch * op.heads, n = op.n / op.heads;
  int64_t rows = array.rows, columns = array.columns;
  // Tiles along k have `rows` elements, those along n have `columns`; as many
  // operand rows are streamed as the tile of weights has.
  int64_t tiles = llvm::divideCeil(op.m, rows) * llvm::divideCeil(op.k, rows) *
                  llvm::divideCeil(n, columns);
  if (op.transposeLhs)
    build.core(Category::Transpose, "transpose_i32", {op.k, op.m}, op.batch);
  if (op.transposeRhs)
    build.core(Category::Transpose, "transpose_i32", {op.n, op.k}, op.batch);
  // Two operand tiles, a tile of sums, the sums, the result.
  build.allocate(soc.host,
                 5 * products + op.batch * (op.transposeLhs + op.transposeRhs));
  build.core(Category::Memset, "set_bytes", {op.m * n * array.sumBytes},
             products);

  int64_t calls = products * tiles;
  build.core(Category::Memset, "copy_block_i32", {rows, rows, op.k}, calls);
  build.core(Category::Memset, "copy_block_i32", {rows, columns, n}, calls);
  build.registers(soc.host, array.registerWrites, /*waits=*/1, calls);
  build.hardware(Category::Register, "invocation", 0, calls);
  auto beats = [](int64_t bytes) { return llvm::divideCeil(bytes, 8); };
  build.hardware(Category::Read, "load",
                 timing::dataLoad(soc, beats(rows * rows * array.operandBytes)),
                 calls);
  build.hardware(
      Category::Read, "load",
      timing::dataLoad(soc, beats(rows * columns * array.operandBytes)), calls);
  build.hardware(Category::Compute, "array", array.cycles(rows), calls);
  build.hardware(Category::Write, "store",
                 timing::dataStore(soc, beats(rows * columns * array.sumBytes)),
                 calls);
  build.core(Category::Compute, "add_block_i32", {rows, columns}, calls);
}

FailureOr<Program> baselines::lowerToSystolic(const Layer &layer,
                                              const machine::Description &soc,
                                              const SystolicArray &array,
                                              Location diagnose) {
  Program program{"systolic", {}};
  for (const LayerOp &op : layer) {
    if (op.kind == OpKind::Matmul)
      lowerMatmul(program, op, soc, array);
    else if (failed(appendCoreWork(program, op, diagnose)))
      return failure();
  }
  return program;
}
