//===- LowerToThesisDriver.cpp - the thesis's program for EdgeBERT --------===//
//
// The program whose speedups the thesis reports, as its text has it (9.5.4 to
// 9.5.8) and, where the text is silent, as the published driver does it (fact
// sheet 7.2, 7.3). Without that driver's defects (7.5): every tile runs, all
// data are moved and the fields hold what they should.
//
// All data and masks are moved, as the thesis's scaling of its measured
// transfers supposes (9.6.1).
//
//===----------------------------------------------------------------------===//

#include "CoreSteps.h"
#include "edgebert/Machine/Timing.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::baselines;
namespace timing = edgebert::machine::timing;

/// The thesis's M: rows of A, and columns of B, in one tile.
static constexpr int64_t kTile = 16;
/// Mask bits per byte.
static constexpr int64_t kBits = 8;

namespace {
/// Emits the steps of one operation on tiles.
class DriverBuilder {
public:
  DriverBuilder(Program &program, const LayerOp &op,
                const machine::Description &soc)
      : op(op), soc(soc), build(program, op) {}

  void matmul();
  void softmax();
  void add();
  void layerNorm();

private:
  /// Rows of `columns` elements that fit a decoder beside the result.
  int64_t rowsPerTile(int64_t rows, int64_t columns) const;
  /// memcpy of `bytes` values and their mask bits.
  void copy(int64_t bytes, int64_t times, int64_t footprint = 0);
  /// Element-wise copy out of a matrix with rows of `stride`, with the mask
  /// bits.
  void copyBlock(int64_t rows, int64_t columns, int64_t stride, int64_t times,
                 int64_t footprint = 0);
  /// load_matrix: into shared memory, then by DMA.
  void load(int64_t bytes, int64_t times, int64_t footprint = 0);
  /// write_matrix.
  void store(int64_t bytes, int64_t times);
  void compute(llvm::StringRef what, uint64_t cycles, uint64_t interrupt,
               int64_t times);
  void allocate(int64_t matrices, int64_t times);

  const LayerOp &op;
  const machine::Description &soc;
  StepBuilder build;
};
} // namespace

int64_t DriverBuilder::rowsPerTile(int64_t rows, int64_t columns) const {
  int64_t fit = soc.dataBytes / (2 * columns) / kTile * kTile;
  // num_timestep has 8 bits.
  return std::min({std::max(fit, kTile), rows, int64_t(240)});
}

void DriverBuilder::copy(int64_t bytes, int64_t times, int64_t footprint) {
  build.core(Category::Memset, "copy_bytes", {bytes}, times, footprint);
  build.core(Category::Memset, "copy_bytes", {bytes / kBits}, times, footprint);
}

void DriverBuilder::copyBlock(int64_t rows, int64_t columns, int64_t stride,
                              int64_t times, int64_t footprint) {
  build.core(Category::Memset, "copy_block_i8", {rows, columns, stride}, times,
             footprint);
  build.core(Category::Memset, "copy_block_i8",
             {rows, columns / kBits, stride / kBits}, times, footprint);
}

void DriverBuilder::load(int64_t bytes, int64_t times, int64_t footprint) {
  copy(bytes, times, footprint);
  build.hardware(Category::Read, "mask load",
                 timing::maskLoad(soc, bytes / kBits / 8) + timing::kInterrupt,
                 times);
  build.hardware(Category::Read, "data load",
                 timing::dataLoad(soc, bytes / 8) + timing::kInterrupt, times);
}

void DriverBuilder::store(int64_t bytes, int64_t times) {
  build.hardware(Category::Write, "data store",
                 timing::dataStore(soc, bytes / 8) + timing::kInterrupt, times);
  build.hardware(Category::Write, "mask store",
                 timing::maskStore(soc, bytes / kBits / 8) + timing::kInterrupt,
                 times);
  copy(bytes, times);
}

void DriverBuilder::compute(StringRef what, uint64_t cycles, uint64_t interrupt,
                            int64_t times) {
  build.hardware(Category::Compute, what, cycles + interrupt, times);
}

/// Each matrix is a struct, its values and its mask.
void DriverBuilder::allocate(int64_t matrices, int64_t times) {
  build.allocate(soc.host, 3 * matrices * times);
}

/// general_mat_mul: for each 16 rows of A, for each 16 columns of B: copy the
/// columns together, load both, multiply, store, copy into the result.
void DriverBuilder::matmul() {
  int64_t products = op.batch * op.heads;
  int64_t rowTiles = llvm::divideCeil(op.m, kTile);
  int64_t columns = op.n / op.heads;
  int64_t columnTiles = llvm::divideCeil(columns, kTile);
  int64_t k = llvm::alignTo(op.k, kTile);
  auto transpose = [&](int64_t rows, int64_t columns) {
    build.core(Category::Transpose, "transpose_i8", {rows, columns}, op.batch);
    build.core(Category::Transpose, "transpose_bits", {rows, columns},
               op.batch);
    build.allocate(soc.host, 2 * op.batch);
  };
  if (op.transposeLhs)
    transpose(op.k, op.m);
  if (op.transposeRhs)
    transpose(op.n, op.k);
  allocate(4, products);
  copy(kTile * k, products * rowTiles);

  int64_t tiles = products * rowTiles * columnTiles;
  // Both tiles and their masks, and the result's.
  int64_t buffers = kTile * (2 * k + kTile);
  buffers += buffers / kBits;
  copyBlock(k, kTile, columns, tiles);
  build.registers(soc.host, /*writes=*/40, /*waits=*/7, tiles);
  load(kTile * k, tiles, buffers);
  load(kTile * k, tiles, buffers);
  compute("matmul", timing::matmul(soc, kTile, kTile, k), timing::kInterrupt,
          tiles);
  store(kTile * kTile, tiles);
  copyBlock(kTile, kTile, kTile, tiles, buffers);
}

/// general_softmax, a head at a time.
void DriverBuilder::softmax() {
  int64_t columns = llvm::alignTo(op.n, kTile);
  int64_t rows = rowsPerTile(op.m, columns);
  int64_t tiles = op.batch * llvm::divideCeil(op.m, rows);
  int64_t bytes = rows * columns;
  allocate(1, op.batch);
  build.allocate(soc.host, op.batch);
  copy(bytes, tiles);
  build.core(Category::Memset, "copy_block_i8",
             {rows, columns / kBits, columns / kBits}, tiles);
  build.registers(soc.host, /*writes=*/36, /*waits=*/6, tiles);
  load(bytes, tiles);
  build.core(Category::Memset, "copy_bytes", {bytes / kBits}, tiles);
  build.hardware(Category::Read, "span load",
                 timing::dataLoad(soc, columns / 8) + timing::kInterrupt,
                 tiles);
  compute("softmax", timing::softmax(columns / kTile, rows), timing::kInterrupt,
          tiles);
  store(bytes, tiles);
  copyBlock(rows, columns, columns, tiles);
}

/// general_element_add; before a layer norm the sum is not stored, although it
/// is loaded again.
void DriverBuilder::add() {
  int64_t columns = llvm::alignTo(op.n, kTile), allRows = op.batch * op.m;
  int64_t rows = rowsPerTile(allRows, columns);
  int64_t tiles = llvm::divideCeil(allRows, rows), bytes = rows * columns;
  allocate(3, 1);
  copy(bytes, tiles);
  copy(bytes, tiles);
  build.registers(soc.host, /*writes=*/op.intoLayerNorm ? 34 : 40,
                  /*waits=*/op.intoLayerNorm ? 5 : 7, tiles);
  load(bytes, tiles);
  load(bytes, tiles);
  compute("add", timing::elemAdd(columns / kTile, rows),
          timing::kInterruptElemAdd, tiles);
  if (op.intoLayerNorm)
    return;
  store(bytes, tiles);
  copyBlock(rows, columns, columns, tiles);
}

/// EdgeBert_layer_norm on the tiles of an addition, or general_layer_norm.
void DriverBuilder::layerNorm() {
  int64_t columns = llvm::alignTo(op.n, kTile), allRows = op.batch * op.m;
  int64_t rows = rowsPerTile(allRows, columns);
  int64_t tiles = llvm::divideCeil(allRows, rows), bytes = rows * columns;
  build.registers(soc.host, /*writes=*/31, /*waits=*/5, tiles);
  load(bytes, tiles);
  compute("layer norm", timing::layerNorm(columns / kTile, rows),
          timing::kInterrupt, tiles);
  store(bytes, tiles);
  copyBlock(rows, columns, columns, tiles);
}

FailureOr<Program> baselines::lowerToThesisDriver(
    const Layer &layer, const machine::Description &soc, Location diagnose) {
  Program program{"thesis-driver", {}};
  for (const LayerOp &op : layer) {
    DriverBuilder build(program, op, soc);
    switch (op.kind) {
    case OpKind::Matmul:
      build.matmul();
      break;
    case OpKind::Softmax:
      build.softmax();
      break;
    case OpKind::Add:
      build.add();
      break;
    case OpKind::LayerNorm:
      build.layerNorm();
      break;
    case OpKind::AddRow:
    case OpKind::Elementwise:
    case OpKind::Move:
      if (failed(appendCoreWork(program, op, diagnose)))
        return failure();
    }
  }
  return program;
}
