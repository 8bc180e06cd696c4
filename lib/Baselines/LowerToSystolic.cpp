//===- LowerToSystolic.cpp - products on a systolic array -----------------===//
//
// As the thesis describes its baseline (9.6.2), and the published bare-metal
// driver of that array in ESP (hu_sysarray) does it: the array multiplies two
// 32x32 tiles at a time, so the core gathers every tile, and adds the results
// of the tiles along k itself.
//
//===----------------------------------------------------------------------===//

#include "CoreSteps.h"
#include "edgebert/Machine/Timing.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::baselines;
namespace timing = edgebert::machine::timing;

/// For each tile of the result, for each tile along k: gather both operands,
/// let the array read them, multiply and write, add.
static void lowerMatmul(Program &program, const LayerOp &op,
                        const machine::Description &soc,
                        const SystolicArray &array) {
  StepBuilder build(program, op);
  int64_t products = op.batch * op.heads, n = op.n / op.heads;
  int64_t rows = array.rows, columns = array.columns;
  // As many operand rows are streamed as the tile of weights has.
  int64_t outputs =
      products * llvm::divideCeil(op.m, rows) * llvm::divideCeil(n, columns);
  int64_t calls = outputs * llvm::divideCeil(op.k, rows);
  if (op.transposeLhs)
    build.core(Category::Transpose, "transpose_i8", {op.k, op.m}, op.batch);
  if (op.transposeRhs)
    build.core(Category::Transpose, "transpose_i8", {op.n, op.k}, op.batch);
  // Two operand tiles, the array's result, the sums, the product.
  build.allocate(soc.host,
                 5 * products + op.batch * (op.transposeLhs + op.transposeRhs));
  // Configuration and the three base addresses.
  build.registers(soc.host, /*writes=*/4, /*waits=*/0, products);

  build.core(Category::Memset, "set_bytes", {rows * columns}, outputs);
  build.core(Category::Memset, "copy_block_i8", {rows, rows, op.k}, calls);
  build.core(Category::Memset, "copy_block_i8", {rows, columns, n}, calls);
  // One command each to read both operands, to multiply, to write.
  build.registers(soc.host, /*writes=*/4, /*waits=*/4, calls);
  build.hardware(Category::Register, "invocation", 0, calls);
  auto beats = [](int64_t bytes) { return llvm::divideCeil(bytes, 8); };
  build.hardware(Category::Read, "load",
                 timing::dataLoad(soc, beats(rows * rows)) + timing::kInterrupt,
                 calls);
  build.hardware(
      Category::Read, "load",
      timing::dataLoad(soc, beats(rows * columns)) + timing::kInterrupt, calls);
  build.hardware(Category::Compute, "array",
                 array.cycles(rows) + timing::kInterrupt, calls);
  build.hardware(Category::Write, "store",
                 timing::dataStore(soc, beats(rows * columns)) +
                     timing::kInterrupt,
                 calls);
  build.core(Category::Compute, "add_i8", {rows * columns}, calls);
  build.core(Category::Memset, "copy_block_i8", {rows, columns, columns},
             outputs);
}

FailureOr<Program> baselines::lowerToSystolic(const Layer &layer,
                                              const machine::Description &soc,
                                              const SystolicArray &array) {
  Program program{"systolic", {}};
  for (const LayerOp &op : layer) {
    if (op.kind == OpKind::Matmul)
      lowerMatmul(program, op, soc, array);
    else if (failed(appendCoreWork(program, op)))
      return failure();
  }
  return program;
}
