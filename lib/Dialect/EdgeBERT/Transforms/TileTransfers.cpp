//===- TileTransfers.cpp - operands to the chip, results back -------------===//

#include "TileTransfers.h"

#include "edgebert/Dialect/Fault/IR/Fault.h"
#include "edgebert/Dialect/NumFmt/IR/ConstantEvaluation.h"
#include "edgebert/Machine/Transfers.h"
#include "edgebert/Numerics/AdaptivFloat.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

static constexpr auto Load = machine::TransferDirection::Load;
static constexpr auto Store = machine::TransferDirection::Store;

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
  // What a fault may change is packed when it is needed.
  if (!get || llvm::any_of(get->getUsers(), llvm::IsaPred<fault::SiteOp>))
    return std::nullopt;
  auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
      get, get.getNameAttr());
  if (!global || !global.getConstant() || !global.getInitialValue())
    return std::nullopt;
  auto init = dyn_cast<ElementsAttr>(*global.getInitialValue());
  if (!init || !init.getElementType().isSignlessInteger(8))
    return std::nullopt;
  SmallVector<char> storage;
  FailureOr<ArrayRef<char>> bytes = numfmt::getElements(init, storage);
  if (failed(bytes))
    return std::nullopt;
  return std::vector<char>(bytes->begin(), bytes->end());
}

Value accel::getMatrix(HostCode &host, Value buffer, Value index) {
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

Tiles accel::packActivation(HostCode &host, ScheduleContext &context,
                            Value matrix, int64_t tileBlocks, int64_t numTiles,
                            int64_t contraction, Value lanes, Value addend) {
  OpBuilder &builder = host.builder;
  int64_t inner = llvm::divideCeil(
      cast<MemRefType>(matrix.getType()).getShape().back(), 16);
  int64_t blocks = tileBlocks * numTiles;
  int64_t tileRows = tileBlocks * contraction * 16;
  Tiles tiles;
  tiles.dataRows = tileRows;
  tiles.loadedRows =
      getTransfer(context.machine, Load, tileRows, tileRows)->dataRows;
  tiles.dataStride = tileRows * 16;
  tiles.data =
      context.regions.stage(host.loc, numTiles * tiles.dataStride +
                                          (tiles.loadedRows - tileRows) * 16);
  Value whole = host.view(tiles.data, {blocks, contraction, 16, 16},
                          builder.getI8Type(), host.index(0));
  auto slice = [&](int64_t from, int64_t count) -> Value {
    auto attrs = [&](ArrayRef<int64_t> values) {
      return getAsIndexOpFoldResult(builder.getContext(), values);
    };
    return memref::SubViewOp::create(
        builder, host.loc, whole, attrs({0, from, 0, 0}),
        attrs({blocks, count, 16, 16}), attrs({1, 1, 1, 1}));
  };
  Value source = host.padTo(matrix, blocks * 16, inner * 16);
  host.packTiles(source, inner == contraction ? whole : slice(0, inner));
  if (source != matrix)
    memref::DeallocOp::create(builder, host.loc, source);
  if (lanes)
    host.broadcastVector(lanes, slice(inner, 1));
  if (addend) {
    Value codes = host.padTo(addend, blocks * 16, 16);
    host.packTiles(codes, slice(inner, 1));
    if (codes != addend)
      memref::DeallocOp::create(builder, host.loc, codes);
  }
  return tiles;
}

void accel::loadTile(HostCode &host, Tiles tiles, const Stream &stream,
                     Value tile) {
  OpBuilder &builder = host.builder;
  Value zero = host.index(0);
  Value data = stream.data;
  if (tiles.loadedRows != tiles.dataRows) {
    auto space =
        cast<SpaceAttr>(cast<MemRefType>(data.getType()).getMemorySpace());
    data = createScratchpad(host, Memory::Data, space.getDecoder(), 0,
                            tiles.loadedRows);
  }
  if (tiles.masks)
    LoadOp::create(builder, host.loc, tiles.masks->getSymName(),
                   host.mulAdd(tile, tiles.maskStride, zero), stream.mask);
  LoadOp::create(builder, host.loc, tiles.data.getSymName(),
                 host.mulAdd(tile, tiles.dataStride, zero), data);
}

void accel::loadDenseMasks(HostCode &host, ScheduleContext &context,
                           unsigned decoder, int64_t rows) {
  int64_t moved = getTransfer(context.machine, Load, rows, rows)->maskRows;
  LoadOp::create(host.builder, host.loc,
                 getDenseMasks(host, context).getSymName(), host.index(0),
                 createScratchpad(host, Memory::Mask, decoder, 0, moved));
}

SmallVector<Value> accel::loadParameters(HostCode &host,
                                         ScheduleContext &context,
                                         ValueRange vectors,
                                         int64_t numVector) {
  OpBuilder &builder = host.builder;
  Location loc = host.loc;
  int64_t each = numVector, all = each * vectors.size();
  // The tiling made sure that there is such a transfer.
  int64_t loaded =
      *machine::exactTransfer(context.machine, machine::MemoryKind::Aux,
                              machine::TransferDirection::Load, all);
  RegionOp region = context.regions.stage(loc, loaded * 16);
  Value zero = host.index(0);
  Value zeroCode = arith::ConstantIntOp::create(builder, loc, 0, 8);
  SmallVector<Value> places;
  for (auto [i, vector] : llvm::enumerate(vectors)) {
    Value target = host.view(region, {each * 16}, builder.getI8Type(),
                             host.index(i * each * 16));
    int64_t columns = cast<MemRefType>(vector.getType()).getDimSize(0);
    if (columns != each * 16)
      linalg::FillOp::create(builder, loc, ValueRange{zeroCode},
                             ValueRange{target});
    Value part = memref::SubViewOp::create(
        builder, loc, target, ArrayRef<OpFoldResult>{builder.getIndexAttr(0)},
        ArrayRef<OpFoldResult>{builder.getIndexAttr(columns)},
        ArrayRef<OpFoldResult>{builder.getIndexAttr(1)});
    memref::CopyOp::create(builder, loc, vector, part);
    places.push_back(
        createScratchpad(host, Memory::Aux, 0, i * each * 16, each));
  }
  LoadOp::create(builder, loc, region.getSymName(), zero,
                 createScratchpad(host, Memory::Aux, 0, 0, loaded));
  return places;
}

Value accel::getSpanOrOnes(HostCode &host, ScheduleContext &context,
                           SoftmaxOp op, int64_t columns) {
  if (Value span = op.getSpan())
    return span;
  uint8_t one = uint8_t(numerics::kAfp8.encode(1.0f, op.getSpanBias()));
  std::vector<char> ones(columns, char(one));
  RegionOp region = context.regions.image(host.loc, "span_of_ones", ones);
  return host.view(region, {columns}, host.builder.getI8Type(), host.index(0));
}

MatmulResult::MatmulResult(HostCode &host, ScheduleContext &context,
                           Stream stream, int64_t lhsTiles, int64_t rhsTiles,
                           int64_t lhsBlocks, int64_t rhsBlocks)
    : host(host), stream(stream), lhsTiles(lhsTiles), rhsTiles(rhsTiles),
      lhsBlocks(lhsBlocks), rhsBlocks(rhsBlocks), stored(stream.data) {
  int64_t rows = lhsBlocks * rhsBlocks * 16;
  int64_t storedRows =
      getTransfer(context.machine, Store, rows, rows)->dataRows;
  masks = context.regions.stage(host.loc, rows * 2);
  data = context.regions.stage(host.loc, storedRows * 16);
  if (storedRows != rows) {
    auto pad = stream.data.getDefiningOp<ScratchpadOp>();
    stored = createScratchpad(
        host, Memory::Data,
        cast<SpaceAttr>(pad.getType().getMemorySpace()).getDecoder(),
        pad.getAddress(), storedRows);
  }
  vectors = context.regions.stage(host.loc, lhsTiles * rhsTiles * rows * 16);
}

void MatmulResult::store(Value lhsTile, Value rhsTile) {
  OpBuilder &builder = host.builder;
  Type i8 = builder.getI8Type(), i16 = builder.getI16Type();
  int64_t rows = lhsBlocks * rhsBlocks * 16;
  Value zero = host.index(0);
  StoreOp::create(builder, host.loc, masks.getSymName(), zero, stream.mask);
  StoreOp::create(builder, host.loc, data.getSymName(), zero, stored);
  Value slot = host.mulAdd(lhsTile, rhsTiles, rhsTile);
  host.expand(
      host.view(masks, {rows}, i16, zero),
      host.view(data, {rows, 16}, i8, zero),
      host.view(vectors, {rows, 16}, i8, host.mulAdd(slot, rows * 16, zero)));
}

void MatmulResult::unpackInto(Value out) {
  Value result =
      host.padded(out, lhsTiles * lhsBlocks * 16, rhsTiles * rhsBlocks * 16);
  host.unpackTiles(host.view(vectors,
                             {lhsTiles, rhsTiles, lhsBlocks, rhsBlocks, 16, 16},
                             host.builder.getI8Type(), host.index(0)),
                   result);
  host.cropInto(result, out);
}
