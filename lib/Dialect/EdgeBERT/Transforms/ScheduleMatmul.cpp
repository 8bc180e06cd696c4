//===- ScheduleMatmul.cpp - tiles of the matrix unit ----------------------===//

#include "LiveBatches.h"
#include "ScheduleAttention.h"
#include "TileTransfers.h"

#include "edgebert/Machine/Images.h"
#include "edgebert/Machine/Timing.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

namespace {

/// Schedules one matmul; a batch becomes a loop around it.
class MatmulScheduler {
public:
  MatmulScheduler(MatmulOp op, ScheduleContext &context)
      : op(op), context(context), builder(op), host(builder, op.getLoc()) {}

  LogicalResult run();

private:
  void runMatrix(Value lhs, Value rhs, Value out);
  /// Of the operands that have no masks of their own.
  void loadAllDenseMasks() {
    loadDenseMasks(host, context, 1, tiling.lhsRows());
    if (!weights || !weights->masks)
      loadDenseMasks(host, context, 0, tiling.rhsRows());
  }
  /// Encodes constant weights into images, one per tile, all of the same size:
  /// without their zeros if that moves faster.
  Tiles encodeWeights(ArrayRef<char> weights, ArrayRef<char> addend);
  StreamTransfer getMoved(int64_t maskRows, int64_t dataRows) {
    return *getTransfer(context.machine, machine::TransferDirection::Load,
                        maskRows, dataRows);
  }

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

LogicalResult MatmulScheduler::run() {
  auto lhsType = cast<MemRefType>(op.getLhs().getType());
  auto rhsType = cast<MemRefType>(op.getRhs().getType());
  m = lhsType.getShape().take_back(2)[0];
  k = lhsType.getShape().back();
  n = rhsType.getShape().take_back(2)[0];
  int64_t contraction = llvm::divideCeil(k, 16) + (op.getAddend() ? 1 : 0);
  std::string why;
  bool thesis = context.strategy == ScheduleStrategy::Thesis;
  std::optional<MatmulTiling> best =
      (thesis ? chooseThesisTiling
              : chooseMatmulTiling)(context.machine, llvm::divideCeil(m, 16),
                                    llvm::divideCeil(n, 16), contraction, why);
  if (!best)
    return op.emitOpError("does not fit the machine '")
           << context.machine.name << "': " << why;
  tiling = *best;

  if (rhsType.getRank() == 2)
    if (auto bytes = getConstantBytes(op.getRhs())) {
      std::optional<std::vector<char>> addend;
      if (op.getAddend())
        addend = getConstantBytes(op.getAddend());
      if (!op.getAddend() || addend)
        weights = encodeWeights(*bytes, addend ? *addend : std::vector<char>());
    }
  if (!thesis)
    loadAllDenseMasks();
  forEachLive(host, op, [&](Value index) {
    runMatrix(getMatrix(host, op.getLhs(), index),
              getMatrix(host, op.getRhs(), index),
              getMatrix(host, op.getInit(), index));
  });
  op.erase();
  return success();
}

Tiles MatmulScheduler::encodeWeights(ArrayRef<char> codes,
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
  StreamTransfer exact = getMoved(tiling.rhsRows(), dataRows),
                 dense = getMoved(tiling.rhsRows(), tiling.rhsRows());
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
    // An image of zeros alone has no data.
    llvm::copy(image.data, data.begin() + tile * tiles.dataStride);
    std::vector<uint8_t> bytes = image.maskBytes();
    masks.insert(masks.end(), bytes.begin(), bytes.end());
  }
  tiles.data = context.regions.image(op.getLoc(), "weights", data);
  if (leavesZeros)
    tiles.masks = context.regions.image(op.getLoc(), "weight_masks", masks);
  return tiles;
}

void MatmulScheduler::runMatrix(Value lhs, Value rhs, Value out) {
  Location loc = op.getLoc();
  Value lanes;
  if (auto codes = op.getAddendLanes()) {
    ArrayRef<char> bytes(reinterpret_cast<const char *>(codes->data()), 16);
    lanes = host.view(context.regions.image(loc, "addend_lanes", bytes), {16},
                      builder.getI8Type(), host.index(0));
  }
  Tiles lhsTiles = packActivation(host, context, lhs, tiling.lhsBlocks,
                                  tiling.lhsTiles, tiling.contraction, lanes);
  Tiles rhsTiles = weights
                       ? *weights
                       : packActivation(host, context, rhs, tiling.rhsBlocks,
                                        tiling.rhsTiles, tiling.contraction,
                                        Value(), op.getAddend());

  const machine::Description &machine = context.machine;
  Stream lhsStream =
      createStream(host, machine, 1, 0, tiling.lhsRows(), lhsTiles.dataRows);
  Stream rhsStream =
      createStream(host, machine, 0, 0, tiling.rhsRows(), rhsTiles.dataRows);
  Stream outStream =
      createStream(host, machine, tiling.outDecoder, tiling.outAddress,
                   tiling.outRows(), tiling.outRows());
  MatmulResult result(host, context, outStream, tiling.lhsTiles,
                      tiling.rhsTiles, tiling.lhsBlocks, tiling.rhsBlocks);

  auto compute = [&](Value lhsTile, Value rhsTile) {
    RunMatmulOp::create(
        builder, loc, lhsStream.data, lhsStream.mask, rhsStream.data,
        rhsStream.mask, outStream.data, outStream.mask, tiling.rhsBlocks * 16,
        tiling.lhsBlocks * 16, tiling.contraction * 16, op.getAccumRightShift(),
        MatmulOp::kAccumBias, op.getRelu());
    result.store(lhsTile, rhsTile);
  };
  if (context.strategy == ScheduleStrategy::Thesis) {
    host.forEach(tiling.lhsTiles, [&](Value lhsTile) {
      host.forEach(tiling.rhsTiles, [&](Value rhsTile) {
        loadAllDenseMasks();
        loadTile(host, lhsTiles, lhsStream, lhsTile);
        loadTile(host, rhsTiles, rhsStream, rhsTile);
        compute(lhsTile, rhsTile);
      });
    });
  } else if (tiling.lhsOuter) {
    host.forEach(tiling.lhsTiles, [&](Value lhsTile) {
      loadTile(host, lhsTiles, lhsStream, lhsTile);
      host.forEach(tiling.rhsTiles, [&](Value rhsTile) {
        loadTile(host, rhsTiles, rhsStream, rhsTile);
        compute(lhsTile, rhsTile);
      });
    });
  } else {
    host.forEach(tiling.rhsTiles, [&](Value rhsTile) {
      loadTile(host, rhsTiles, rhsStream, rhsTile);
      host.forEach(tiling.lhsTiles, [&](Value lhsTile) {
        loadTile(host, lhsTiles, lhsStream, lhsTile);
        compute(lhsTile, rhsTile);
      });
    });
  }
  result.unpackInto(out);
}

LogicalResult accel::schedule(MatmulOp op, ScheduleContext &context) {
  // All of an attention is scheduled where its last product is.
  if (const Attention *attention = context.attentions.lookup(op)) {
    if (op == attention->context)
      schedule(*attention, context);
    return success();
  }
  return MatmulScheduler(op, context).run();
}
