//===- LowerToThesisDriver.cpp - the thesis's program for EdgeBERT --------===//
//
// The program whose speedups the thesis reports, as its text has it (9.5.4 to
// 9.5.8) and, where the text is silent, as the published driver does it (fact
// sheet 7.2, 7.3): the largest tiles that fit, registers, copies. Without that
// driver's defects (7.5): every tile runs, all data are moved and the fields
// hold what they should; and without its transposes of every right matrix,
// which the thesis's text does not have: it copies columns.
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

/// Extents of tiles are multiples of this (the thesis's M).
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
  void tiles(int64_t rows, int64_t k, int64_t columns, int64_t n,
             int64_t times);
  void softmax();
  void add();
  void layerNorm();

private:
  /// Rows of `columns` elements that fit a decoder beside the result.
  int64_t rowsPerTile(int64_t rows, int64_t columns) const;
  /// memcpy of `bytes` values and their mask bits.
  void copy(int64_t bytes, int64_t times);
  /// Element-wise copy out of a matrix with rows of `stride`, with the mask
  /// bits.
  void copyBlock(int64_t rows, int64_t columns, int64_t stride, int64_t times);
  /// Transfers of `bytes` values and their mask.
  void loadByDma(int64_t bytes, int64_t times);
  void storeByDma(int64_t bytes, int64_t times);
  /// load_matrix: into shared memory, then by DMA.
  void load(int64_t bytes, int64_t times);
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

void DriverBuilder::copy(int64_t bytes, int64_t times) {
  build.core(Category::Memset, "copy_bytes", {bytes}, times);
  build.core(Category::Memset, "copy_bytes", {bytes / kBits}, times);
}

void DriverBuilder::copyBlock(int64_t rows, int64_t columns, int64_t stride,
                              int64_t times) {
  build.core(Category::Memset, "copy_block_i8", {rows, columns, stride}, times);
  build.core(Category::Memset, "copy_block_i8",
             {rows, columns / kBits, stride / kBits}, times);
}

void DriverBuilder::loadByDma(int64_t bytes, int64_t times) {
  build.hardware(Category::Read, "mask load",
                 timing::maskLoad(soc, bytes / kBits / 8) + timing::kInterrupt,
                 times);
  build.hardware(Category::Read, "data load",
                 timing::dataLoad(soc, bytes / 8) + timing::kInterrupt, times);
}

void DriverBuilder::storeByDma(int64_t bytes, int64_t times) {
  build.hardware(Category::Write, "data store",
                 timing::dataStore(soc, bytes / 8) + timing::kInterrupt, times);
  build.hardware(Category::Write, "mask store",
                 timing::maskStore(soc, bytes / kBits / 8) + timing::kInterrupt,
                 times);
}

void DriverBuilder::load(int64_t bytes, int64_t times) {
  copy(bytes, times);
  loadByDma(bytes, times);
}

void DriverBuilder::store(int64_t bytes, int64_t times) {
  storeByDma(bytes, times);
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

/// `times` tiles of rows x columns of a product with a right matrix [k, n].
void DriverBuilder::tiles(int64_t rows, int64_t k, int64_t columns, int64_t n,
                          int64_t times) {
  if (times == 0)
    return;
  // All the core's copies of one tile are one kernel: what of them its cache
  // keeps from tile to tile is only seen when they run together.
  build.core(Category::Memset, "driver_tile", {rows, k, columns, n}, times);
  build.registers(soc.host, /*writes=*/40, /*waits=*/7, times);
  loadByDma(rows * k, times);
  loadByDma(columns * k, times);
  compute("matmul", timing::matmul(soc, rows, columns, k), timing::kInterrupt,
          times);
  storeByDma(rows * columns, times);
}

/// general_mat_mul: for each tile's rows of A, for each tile's columns of B:
/// copy the columns together, load both, multiply, store, copy into the result.
void DriverBuilder::matmul() {
  int64_t products = op.batch * op.heads;
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

  int64_t m = llvm::alignTo(op.m, kTile), k = llvm::alignTo(op.k, kTile);
  int64_t n = llvm::alignTo(op.n / op.heads, kTile);
  auto fit = [](int64_t extent, int64_t limit) {
    return std::min(extent, std::max(limit / kTile * kTile, kTile));
  };
  int64_t columns = fit(n, soc.dataBytes / k);
  int64_t rows = fit(m, soc.dataBytes / (k + columns));
  for (auto [tileRows, rowTiles] :
       {std::pair(rows, m / rows),
        std::pair(m % rows, int64_t(m % rows > 0))}) {
    if (rowTiles == 0)
      continue;
    copy(tileRows * k, products * rowTiles);
    tiles(tileRows, k, columns, n, products * rowTiles * (n / columns));
    if (n % columns)
      tiles(tileRows, k, n % columns, n, products * rowTiles);
  }
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

FailureOr<Program>
baselines::lowerToThesisDriver(const Layer &layer,
                               const machine::Description &soc) {
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
      if (failed(appendCoreWork(program, op)))
        return failure();
    }
  }
  return program;
}
