//===- ScheduleMatmul.cpp - tiles of the matrix unit ----------------------===//

#include "ScheduleOps.h"

#include "edgebert/Dialect/EdgeBERT/Transforms/Tiling.h"
#include "edgebert/Machine/Images.h"
#include "edgebert/Machine/Timing.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

//===----------------------------------------------------------------------===//
// Shared by all operations
//===----------------------------------------------------------------------===//

Value accel::createScratchpad(HostCode &host, Memory memory, unsigned decoder,
                              int64_t address, int64_t rows) {
  OpBuilder &b = host.builder;
  auto space = SpaceAttr::get(b.getContext(), memory, decoder);
  auto type =
      memory == Memory::Mask
          ? MemRefType::get({rows}, b.getI16Type(), AffineMap(), space)
          : MemRefType::get({rows, 16}, b.getI8Type(), AffineMap(), space);
  return ScratchpadOp::create(b, host.loc, type, address);
}

Stream accel::createStream(HostCode &host, const machine::Description &machine,
                           unsigned decoder, int64_t address, int64_t rows,
                           int64_t dataRows) {
  return {createScratchpad(host, Memory::Data, decoder, address, dataRows),
          createScratchpad(host, Memory::Mask, decoder,
                           address % machine.maskRows(), rows)};
}

RegionOp accel::getDenseMasks(HostCode &host, ScheduleContext &context) {
  std::vector<char> ones(context.machine.maskBytes, char(0xff));
  return context.regions.image(host.loc, "dense_masks", ones);
}

std::optional<std::vector<char>> accel::getConstantBytes(Value buffer) {
  auto get = buffer.getDefiningOp<memref::GetGlobalOp>();
  if (!get)
    return std::nullopt;
  auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
      get, get.getNameAttr());
  if (!global || !global.getConstant() || !global.getInitialValue())
    return std::nullopt;
  Attribute init = *global.getInitialValue();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(init)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    ArrayRef<char> data = blob->getData();
    return std::vector<char>(data.begin(), data.end());
  }
  auto dense = dyn_cast<DenseElementsAttr>(init);
  if (!dense || !dense.getElementType().isSignlessInteger(8))
    return std::nullopt;
  std::vector<char> bytes;
  bytes.reserve(dense.getNumElements());
  for (APInt value : dense.getValues<APInt>())
    bytes.push_back(char(value.getZExtValue()));
  return bytes;
}

//===----------------------------------------------------------------------===//
// Matmul
//===----------------------------------------------------------------------===//

namespace {

constexpr auto Load = machine::TransferDirection::Load;
constexpr auto Store = machine::TransferDirection::Store;

/// Schedules one matmul; a batch becomes a loop around it.
class MatmulScheduler {
public:
  MatmulScheduler(MatmulOp op, ScheduleContext &context)
      : op(op), context(context), builder(op), host(builder, op.getLoc()) {}

  LogicalResult run();

private:
  /// Where an operand's encoded tiles are in DRAM.
  struct Tiles {
    RegionOp data;
    /// Of each tile; none if all masks are ones, which are loaded once.
    std::optional<RegionOp> masks;
    int64_t dataRows = 0;
    /// Rows that a load of a tile moves; those past dataRows are not used.
    int64_t loadedRows = 0;
    /// Bytes from one tile to the next.
    int64_t dataStride = 0, maskStride = 0;
  };

  void runMatrix(Value lhs, Value rhs, Value out);
  /// Encodes constant weights into images, one per tile, all of the same size:
  /// without their zeros if that moves faster.
  Tiles encodeWeights(ArrayRef<char> weights, ArrayRef<char> addend);
  /// Host code that packs an activation into a stage; `lanes` fills the tile
  /// of the addend's constants, `addend` that of its codes.
  Tiles packActivation(Value matrix, int64_t tileRows, int64_t numTiles,
                       Value lanes, Value addend);
  /// What a transfer of a stream moves; the tiling made sure that it can.
  StreamTransfer getMoved(machine::TransferDirection direction,
                          int64_t maskRows, int64_t dataRows) {
    return *getTransfer(context.machine, direction, maskRows, dataRows);
  }
  void load(Tiles tiles, const Stream &stream, Value tile);
  void loadDenseMasks(unsigned decoder, int64_t rows);

  MatmulOp op;
  ScheduleContext &context;
  OpBuilder builder;
  HostCode host;
  MatmulTiling tiling;
  /// Rows of lhs, rows of rhs, contraction, without the addend's tile.
  int64_t m = 0, n = 0, k = 0;
  std::optional<Tiles> weights;
};

} // namespace

/// The matrix `index` of a batch, or the matrix itself.
static Value getMatrix(HostCode &host, Value buffer, Value index) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 2)
    return buffer;
  OpBuilder &b = host.builder;
  SmallVector<OpFoldResult> offsets(3, b.getIndexAttr(0)),
      strides(3, b.getIndexAttr(1));
  offsets[0] = index;
  SmallVector<OpFoldResult> sizes = {b.getIndexAttr(1),
                                     b.getIndexAttr(type.getDimSize(1)),
                                     b.getIndexAttr(type.getDimSize(2))};
  MemRefType matrix = memref::SubViewOp::inferRankReducedResultType(
      type.getShape().drop_front(), type, offsets, sizes, strides);
  return memref::SubViewOp::create(b, host.loc, matrix, buffer, offsets, sizes,
                                   strides);
}

LogicalResult MatmulScheduler::run() {
  auto lhsType = cast<MemRefType>(op.getLhs().getType());
  auto rhsType = cast<MemRefType>(op.getRhs().getType());
  m = lhsType.getShape().take_back(2)[0];
  k = lhsType.getShape().back();
  n = rhsType.getShape().take_back(2)[0];
  int64_t contraction = llvm::divideCeil(k, 16) + (op.getAddend() ? 1 : 0);
  std::string why;
  std::optional<MatmulTiling> best =
      chooseMatmulTiling(context.machine, llvm::divideCeil(m, 16),
                         llvm::divideCeil(n, 16), contraction, why);
  if (!best)
    return op.emitOpError("does not fit the machine '")
           << context.machine.name << "': " << why;
  tiling = *best;

  int64_t batch = lhsType.getRank() == 3 ? lhsType.getDimSize(0) : 1;
  if (rhsType.getRank() == 2)
    if (auto bytes = getConstantBytes(op.getRhs())) {
      std::optional<std::vector<char>> addend;
      if (op.getAddend())
        addend = getConstantBytes(op.getAddend());
      if (!op.getAddend() || addend)
        weights = encodeWeights(*bytes, addend ? *addend : std::vector<char>());
    }
  loadDenseMasks(1, tiling.lhsRows());
  if (!weights || !weights->masks)
    loadDenseMasks(0, tiling.rhsRows());
  host.forEach(batch, [&](Value index) {
    runMatrix(getMatrix(host, op.getLhs(), index),
              getMatrix(host, op.getRhs(), index),
              getMatrix(host, op.getInit(), index));
  });
  op.erase();
  return success();
}

MatmulScheduler::Tiles MatmulScheduler::encodeWeights(ArrayRef<char> codes,
                                                      ArrayRef<char> addend) {
  int64_t columns = tiling.contraction * 16;
  int64_t rows = tiling.rhsBlocks * 16;
  auto encode = [&](machine::Masks masks) {
    std::vector<machine::Image> images;
    for (int64_t tile = 0; tile < tiling.rhsTiles; ++tile) {
      std::vector<uint8_t> matrix(rows * columns, 0);
      for (int64_t row = 0; row < rows && tile * rows + row < n; ++row) {
        int64_t source = tile * rows + row;
        std::memcpy(&matrix[row * columns], &codes[source * k], k);
        if (!addend.empty())
          std::memcpy(&matrix[(row + 1) * columns - 16], &addend[source * 16],
                      16);
      }
      images.push_back(machine::pack(matrix.data(), rows, columns,
                                     machine::Layout::Tiled, masks));
    }
    return images;
  };
  std::vector<machine::Image> images = encode(machine::Masks::Exact);
  size_t dataRows = 1;
  for (const machine::Image &image : images)
    dataRows = std::max<size_t>(dataRows, image.dataRows());
  const machine::Description &machine = context.machine;
  StreamTransfer exact = getMoved(Load, tiling.rhsRows(), dataRows),
                 dense = getMoved(Load, tiling.rhsRows(), tiling.rhsRows());
  bool leavesZeros =
      machine::timing::maskLoad(machine, exact.maskRows / 4) +
          machine::timing::dataLoad(machine, exact.dataRows * 2) <
      machine::timing::dataLoad(machine, dense.dataRows * 2);
  if (!leavesZeros) {
    images = encode(machine::Masks::Dense);
    dataRows = tiling.rhsRows();
  }
  // Equal strides let one loop address all tiles.
  Tiles tiles;
  tiles.dataRows = dataRows;
  tiles.loadedRows = leavesZeros ? exact.dataRows : dense.dataRows;
  tiles.dataStride = tiles.loadedRows * 16;
  tiles.maskStride = tiling.rhsRows() * 2;
  std::vector<char> data(tiling.rhsTiles * tiles.dataStride, 0);
  std::vector<char> masks;
  for (auto [tile, image] : llvm::enumerate(images)) {
    std::memcpy(&data[tile * tiles.dataStride], image.data.data(),
                image.data.size());
    std::vector<uint8_t> bytes = image.maskBytes();
    masks.insert(masks.end(), bytes.begin(), bytes.end());
  }
  tiles.data = context.regions.image(op.getLoc(), "weights", data);
  if (leavesZeros)
    tiles.masks = context.regions.image(op.getLoc(), "weight_masks", masks);
  return tiles;
}

MatmulScheduler::Tiles
MatmulScheduler::packActivation(Value matrix, int64_t tileRows,
                                int64_t numTiles, Value lanes, Value addend) {
  int64_t inner = llvm::divideCeil(k, 16);
  int64_t blocks = tileRows / (tiling.contraction * 16) * numTiles;
  Tiles tiles;
  tiles.dataRows = tileRows;
  tiles.loadedRows = getMoved(Load, tileRows, tileRows).dataRows;
  tiles.dataStride = tileRows * 16;
  tiles.data = context.regions.stage(op.getLoc(),
                                     numTiles * tiles.dataStride +
                                         (tiles.loadedRows - tileRows) * 16);
  Value whole = host.view(tiles.data, {blocks, tiling.contraction, 16, 16},
                          builder.getI8Type(), host.index(0));
  auto slice = [&](int64_t from, int64_t count) -> Value {
    auto attrs = [&](ArrayRef<int64_t> values) {
      return getAsIndexOpFoldResult(builder.getContext(), values);
    };
    return memref::SubViewOp::create(
        builder, op.getLoc(), whole, attrs({0, from, 0, 0}),
        attrs({blocks, count, 16, 16}), attrs({1, 1, 1, 1}));
  };
  Value source = host.padTo(matrix, blocks * 16, inner * 16);
  host.packTiles(source, inner == tiling.contraction ? whole : slice(0, inner));
  if (source != matrix)
    memref::DeallocOp::create(builder, op.getLoc(), source);
  if (lanes)
    host.broadcastVector(lanes, slice(inner, 1));
  if (addend) {
    Value codes = host.padTo(addend, blocks * 16, 16);
    host.packTiles(codes, slice(inner, 1));
    if (codes != addend)
      memref::DeallocOp::create(builder, op.getLoc(), codes);
  }
  return tiles;
}

void MatmulScheduler::load(Tiles tiles, const Stream &stream, Value tile) {
  Value zero = host.index(0);
  Value data = stream.data;
  if (tiles.loadedRows != tiles.dataRows) {
    auto space =
        cast<SpaceAttr>(cast<MemRefType>(data.getType()).getMemorySpace());
    data = createScratchpad(host, Memory::Data, space.getDecoder(), 0,
                            tiles.loadedRows);
  }
  if (tiles.masks)
    LoadOp::create(builder, op.getLoc(), tiles.masks->getSymName(),
                   host.mulAdd(tile, tiles.maskStride, zero), stream.mask);
  LoadOp::create(builder, op.getLoc(), tiles.data.getSymName(),
                 host.mulAdd(tile, tiles.dataStride, zero), data);
}

/// Nothing of the operation overwrites an operand's masks.
void MatmulScheduler::loadDenseMasks(unsigned decoder, int64_t rows) {
  LoadOp::create(builder, op.getLoc(),
                 getDenseMasks(host, context).getSymName(), host.index(0),
                 createScratchpad(host, Memory::Mask, decoder, 0,
                                  getMoved(Load, rows, rows).maskRows));
}

void MatmulScheduler::runMatrix(Value lhs, Value rhs, Value out) {
  Location loc = op.getLoc();
  Type i8 = builder.getI8Type(), i16 = builder.getI16Type();
  Value lanes;
  if (auto codes = op.getAddendLanes()) {
    ArrayRef<char> bytes(reinterpret_cast<const char *>(codes->data()), 16);
    lanes = host.view(context.regions.image(loc, "addend_lanes", bytes), {16},
                      i8, host.index(0));
  }
  Tiles lhsTiles =
      packActivation(lhs, tiling.lhsRows(), tiling.lhsTiles, lanes, Value());
  Tiles rhsTiles;
  if (weights) {
    rhsTiles = *weights;
  } else {
    rhsTiles = packActivation(rhs, tiling.rhsRows(), tiling.rhsTiles, Value(),
                              op.getAddend());
  }

  const machine::Description &machine = context.machine;
  Stream lhsStream =
      createStream(host, machine, 1, 0, tiling.lhsRows(), lhsTiles.dataRows);
  Stream rhsStream =
      createStream(host, machine, 0, 0, tiling.rhsRows(), rhsTiles.dataRows);
  Stream outStream =
      createStream(host, machine, tiling.outDecoder, tiling.outAddress,
                   tiling.outRows(), tiling.outRows());
  int64_t outRows = tiling.outRows();
  RegionOp outMasks = context.regions.stage(loc, outRows * 2);
  int64_t storedRows = getMoved(Store, outRows, outRows).dataRows;
  RegionOp outData = context.regions.stage(loc, storedRows * 16);
  Value stored = storedRows == outRows
                     ? outStream.data
                     : createScratchpad(host, Memory::Data, tiling.outDecoder,
                                        tiling.outAddress, storedRows);
  RegionOp vectors = context.regions.stage(
      loc, tiling.lhsTiles * tiling.rhsTiles * outRows * 16);

  auto compute = [&](Value lhsTile, Value rhsTile) {
    RunMatmulOp::create(
        builder, loc, lhsStream.data, lhsStream.mask, rhsStream.data,
        rhsStream.mask, outStream.data, outStream.mask, tiling.rhsBlocks * 16,
        tiling.lhsBlocks * 16, tiling.contraction * 16, op.getAccumRightShift(),
        MatmulOp::kAccumBias, op.getRelu());
    Value zero = host.index(0);
    StoreOp::create(builder, loc, outMasks.getSymName(), zero, outStream.mask);
    StoreOp::create(builder, loc, outData.getSymName(), zero, stored);
    Value slot = host.mulAdd(lhsTile, tiling.rhsTiles, rhsTile);
    host.expand(host.view(outMasks, {outRows}, i16, zero),
                host.view(outData, {outRows, 16}, i8, zero),
                host.view(vectors, {outRows, 16}, i8,
                          host.mulAdd(slot, outRows * 16, zero)));
  };
  if (tiling.lhsOuter) {
    host.forEach(tiling.lhsTiles, [&](Value lhsTile) {
      load(lhsTiles, lhsStream, lhsTile);
      host.forEach(tiling.rhsTiles, [&](Value rhsTile) {
        load(rhsTiles, rhsStream, rhsTile);
        compute(lhsTile, rhsTile);
      });
    });
  } else {
    host.forEach(tiling.rhsTiles, [&](Value rhsTile) {
      load(rhsTiles, rhsStream, rhsTile);
      host.forEach(tiling.lhsTiles, [&](Value lhsTile) {
        load(lhsTiles, lhsStream, lhsTile);
        compute(lhsTile, rhsTile);
      });
    });
  }

  Value result = host.padded(out, tiling.lhsTiles * tiling.lhsBlocks * 16,
                             tiling.rhsTiles * tiling.rhsBlocks * 16);
  host.unpackTiles(host.view(vectors,
                             {tiling.lhsTiles, tiling.rhsTiles,
                              tiling.lhsBlocks, tiling.rhsBlocks, 16, 16},
                             i8, host.index(0)),
                   result);
  host.cropInto(result, out);
}

LogicalResult accel::schedule(MatmulOp op, ScheduleContext &context) {
  return MatmulScheduler(op, context).run();
}
