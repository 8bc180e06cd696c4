//===- ScheduleRows.cpp - tiles of the row-wise units ---------------------===//
//
// Softmax, layer norm and addition work on rows of vectors in row-major order,
// so that the stream of a matrix with a multiple of 16 columns is the matrix.
//
//===----------------------------------------------------------------------===//

#include "LiveBatches.h"
#include "ScheduleAttention.h"
#include "TileTransfers.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

namespace {

/// Rows of codes from the operands of one op to its result.
class RowScheduler {
public:
  RowScheduler(Operation *op, ScheduleContext &context)
      : op(op), context(context), builder(op), host(builder, op->getLoc()) {}

  /// Chooses the tiling for `out`'s shape; an error if there is none or if
  /// `numParameters` vectors of per-column codes exceed the aux memory.
  LogicalResult plan(Value out, unsigned numOperands, unsigned numParameters,
                     int64_t maxTimesteps = kMaxTimesteps,
                     unsigned numResults = 1);
  /// Emits the loop; `run` emits the on-chip operation.
  void emit(ValueRange inputs, Value out,
            function_ref<void(ArrayRef<Stream> inputs, Stream out)> run,
            function_ref<void(Value tile)> beforeRun = nullptr);

  OpBuilder &getBuilder() { return builder; }
  HostCode &getHost() { return host; }
  const RowTiling &getTiling() const { return tiling; }
  int64_t getNumColumns() const { return columns; }

private:
  /// [B x] rows x columns as one matrix; `copy` is the buffer to free after use
  /// where that takes one.
  Value asMatrix(Value buffer, Value &copy);
  /// A region with the rows of `buffer`, padded to whole tiles, and `slack`
  /// bytes.
  RegionOp stageRows(Value buffer, int64_t slack);

  Operation *op;
  ScheduleContext &context;
  OpBuilder builder;
  HostCode host;
  RowTiling tiling;
  int64_t rows = 0, columns = 0;
};

} // namespace

LogicalResult RowScheduler::plan(Value out, unsigned numOperands,
                                 unsigned numParameters, int64_t maxTimesteps,
                                 unsigned numResults) {
  auto type = cast<MemRefType>(out.getType());
  columns = type.getShape().back();
  rows = type.getNumElements() / columns;
  std::string why;
  std::optional<RowTiling> best = chooseRowTiling(
      context.machine, rows, llvm::divideCeil(columns, 16), numOperands,
      numParameters, why, maxTimesteps, numResults);
  if (!best)
    return op->emitOpError("does not fit the machine '")
           << context.machine.name << "': " << why;
  tiling = *best;
  return success();
}

Value RowScheduler::asMatrix(Value buffer, Value &copy) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 2)
    return buffer;
  SmallVector<ReassociationIndices> groups = {{0, 1}, {2}};
  if (!memref::CollapseShapeOp::isGuaranteedCollapsible(type, groups)) {
    copy = memref::AllocOp::create(
        builder, op->getLoc(),
        MemRefType::get(type.getShape(), type.getElementType()));
    memref::CopyOp::create(builder, op->getLoc(), buffer, copy);
    buffer = copy;
  }
  return memref::CollapseShapeOp::create(builder, op->getLoc(), buffer, groups);
}

RegionOp RowScheduler::stageRows(Value buffer, int64_t slack) {
  Value copy;
  Value matrix = asMatrix(buffer, copy);
  int64_t allRows = tiling.numTiles * tiling.numTimestep;
  int64_t allColumns = tiling.numVector * 16;
  RegionOp region =
      context.regions.stage(op->getLoc(), allRows * allColumns + slack);
  Value target = host.view(region, {allRows, allColumns}, builder.getI8Type(),
                           host.index(0));
  Value source = host.padTo(matrix, allRows, allColumns);
  memref::CopyOp::create(builder, op->getLoc(), source, target);
  if (source != matrix)
    memref::DeallocOp::create(builder, op->getLoc(), source);
  if (copy)
    memref::DeallocOp::create(builder, op->getLoc(), copy);
  return region;
}

void RowScheduler::emit(ValueRange inputs, Value out,
                        function_ref<void(ArrayRef<Stream>, Stream)> run,
                        function_ref<void(Value)> beforeRun) {
  Location loc = op->getLoc();
  Type i8 = builder.getI8Type(), i16 = builder.getI16Type();
  // All in decoder 0; the second operand and the result behind the first.
  int64_t addresses[] = {0, tiling.rhsAddress};
  int64_t tileRows = tiling.rows(), tileBytes = tileRows * 16;
  // Loads go to address 0. For a second operand, one transfer covers both: a
  // stage holds the first operand, a gap, and the second at its address.
  int64_t loadedRows = tileRows, maskRows = tileRows;
  if (inputs.size() == 2) {
    loadedRows = llvm::divideCeil(tiling.rhsAddress, 16) + tileRows;
    maskRows = tiling.rhsAddress % context.machine.maskRows() + tileRows;
  }
  // The tiling made sure that there are such transfers.
  StreamTransfer loaded = *getTransfer(
      context.machine, machine::TransferDirection::Load, maskRows, loadedRows);
  StreamTransfer stored = *getTransfer(
      context.machine, machine::TransferDirection::Store, tileRows, tileRows);
  int64_t slack = inputs.size() == 2 ? 0 : (loaded.dataRows - tileRows) * 16;
  SmallVector<Stream> streams;
  SmallVector<RegionOp> regions;
  for (auto [input, address] : llvm::zip(inputs, addresses)) {
    regions.push_back(stageRows(input, slack));
    streams.push_back(
        createStream(host, context.machine, 0, address, tileRows, tileRows));
  }
  int64_t outAddress =
      tiling.nextAddress != 0 ? tiling.nextAddress : tiling.outAddress;
  Stream outStream =
      createStream(host, context.machine, 0, outAddress, tileRows, tileRows);
  RegionOp outMasks = context.regions.stage(loc, tileRows * 2);
  RegionOp outData = context.regions.stage(loc, stored.dataRows * 16);
  RegionOp vectors = context.regions.stage(loc, tiling.numTiles * tileBytes);

  Value zero = host.index(0);
  RegionOp joint;
  if (inputs.size() == 2)
    joint = context.regions.stage(loc, loaded.dataRows * 16);
  Value loadData = createScratchpad(host, Memory::Data, 0, 0, loaded.dataRows);
  Value loadMask = createScratchpad(host, Memory::Mask, 0, 0, loaded.maskRows);
  Value storeData = stored.dataRows == tileRows
                        ? outStream.data
                        : createScratchpad(host, Memory::Data, 0, outAddress,
                                           stored.dataRows);
  LoadOp::create(builder, loc, getDenseMasks(host, context).getSymName(), zero,
                 loadMask);

  host.forEach(tiling.numTiles, [&](Value tile) {
    Value offset = host.mulAdd(tile, tileBytes, zero);
    if (joint) {
      for (auto [region, address] : llvm::zip(regions, addresses))
        memref::CopyOp::create(
            builder, loc, host.view(region, {tileBytes}, i8, offset),
            host.view(joint, {tileBytes}, i8, host.index(address)));
      LoadOp::create(builder, loc, joint.getSymName(), zero, loadData);
    } else {
      LoadOp::create(builder, loc, regions[0].getSymName(), offset, loadData);
    }
    if (beforeRun)
      beforeRun(tile);
    run(streams, outStream);
    StoreOp::create(builder, loc, outMasks.getSymName(), zero, outStream.mask);
    StoreOp::create(builder, loc, outData.getSymName(), zero, storeData);
    host.expand(host.view(outMasks, {tileRows}, i16, zero),
                host.view(outData, {tileRows, 16}, i8, zero),
                host.view(vectors, {tileRows, 16}, i8, offset));
  });

  Value result = host.view(
      vectors, {tiling.numTiles * tiling.numTimestep, tiling.numVector * 16},
      i8, zero);
  Value part = memref::SubViewOp::create(
      builder, loc, result,
      getAsIndexOpFoldResult(builder.getContext(), {0, 0}),
      getAsIndexOpFoldResult(builder.getContext(), {rows, columns}),
      getAsIndexOpFoldResult(builder.getContext(), {1, 1}));
  auto outType = cast<MemRefType>(out.getType());
  if (outType.getRank() == 3) {
    SmallVector<ReassociationIndices> groups = {{0, 1}, {2}};
    part = memref::ExpandShapeOp::create(builder, loc, outType.getShape(), part,
                                         groups);
  }
  memref::CopyOp::create(builder, loc, part, out);
  op->erase();
}

LogicalResult accel::schedule(SoftmaxOp op, ScheduleContext &context) {
  // Scheduled with the products around it.
  if (context.attentions.count(op))
    return success();
  SpanKind spans = getSpanKind(op, 1);
  if (spans == SpanKind::Other)
    return op.emitOpError("has more than one span, but not as a constant");
  int64_t columns = cast<ShapedType>(op.getInit().getType()).getShape().back();
  RowScheduler rows(op, context);
  if (failed(rows.plan(op.getInit(), 1, 1,
                       getMaxSoftmaxTimesteps(context.machine,
                                              llvm::divideCeil(columns, 16),
                                              op.getNumSpans()))))
    return failure();
  HostCode &host = rows.getHost();
  RowTiling tiling = rows.getTiling();
  Value spanPlace;
  std::optional<SpanImage> spanImage;
  if (spans == SpanKind::Shared) {
    Value span = getSpanOrOnes(host, context, op, rows.getNumColumns());
    spanPlace = loadParameters(host, context, span, tiling.numVector)[0];
  } else {
    spanImage.emplace(host, context, op, SpanKind::PerRow, 1, tiling.numTiles,
                      tiling.numTimestep, tiling.numVector);
  }
  int32_t inBias = op.getInBias(), outBias = op.getOutBias(),
          spanBias = op.getSpanBias();
  Location loc = op.getLoc();
  auto loadSpans = [&](Value tile) {
    if (spanImage)
      spanPlace = spanImage->load(host, tile);
  };
  rows.emit(
      op.getInput(), op.getInit(),
      [&](ArrayRef<Stream> in, Stream out) {
        RunSoftmaxOp::create(rows.getBuilder(), loc, in[0].data, in[0].mask,
                             spanPlace, spanBias, out.data, out.mask,
                             tiling.numVector, tiling.numTimestep, inBias,
                             outBias, /*tiled=*/false);
      },
      loadSpans);
  return success();
}

/// The layer norm that is all that reads the sum, while nothing has changed the
/// sum's operands. A buffer may hold other values before and after.
static LayerNormOp getNormOfSum(AddOp add) {
  Value buffer = add.getInit();
  LayerNormOp norm;
  for (Operation *op = add->getNextNode(); op && !norm; op = op->getNextNode())
    if (auto next = dyn_cast<LayerNormOp>(op))
      norm = next;
    else if (!isMemoryEffectFree(op) &&
             !isa<memref::AllocOp, memref::GetGlobalOp, ProbeOp>(op))
      return nullptr;
  if (!norm || norm.getInput() != buffer || norm.getInit() == buffer)
    return nullptr;

  return isOnlyReadBy(buffer, add, norm) ? norm : nullptr;
}

SumsOfNorms accel::findSumsOfNorms(ModuleOp module,
                                   const machine::Description &machine) {
  SumsOfNorms sums;
  module.walk([&](AddOp add) {
    LayerNormOp norm = getNormOfSum(add);
    if (!norm)
      return;
    auto type = cast<MemRefType>(norm.getInit().getType());
    int64_t columns = type.getShape().back();
    std::string why;
    if (chooseRowTiling(machine, type.getNumElements() / columns,
                        llvm::divideCeil(columns, 16), 2, 2, why, kMaxTimesteps,
                        2))
      sums[add] = sums[norm] = add;
  });
  return sums;
}

static void createRunAdd(OpBuilder &builder, AddOp op, const RowTiling &tiling,
                         ArrayRef<Stream> in, Stream out) {
  RunAddOp::create(builder, op.getLoc(), in[0].data, in[0].mask, in[1].data,
                   in[1].mask, op.getRhsBias(), out.data, out.mask,
                   tiling.numVector, tiling.numTimestep, op.getLhsBias(),
                   op.getOutBias(), /*tiled=*/false);
}

LogicalResult accel::schedule(LayerNormOp op, ScheduleContext &context) {
  AddOp sum = context.sums.lookup(op);
  RowScheduler rows(op, context);
  if (failed(
          rows.plan(op.getInit(), sum ? 2 : 1, 2, kMaxTimesteps, sum ? 2 : 1)))
    return failure();
  SmallVector<Value> vectors = {op.getGamma(), op.getBeta()};
  RowTiling tiling = rows.getTiling();
  SmallVector<Value> parameters =
      loadParameters(rows.getHost(), context, vectors, tiling.numVector);
  int32_t inBias = op.getInBias(), outBias = op.getOutBias(),
          gammaBias = op.getGammaBias(), betaBias = op.getBetaBias();
  Location loc = op.getLoc();
  SmallVector<Value> operands = {op.getInput()};
  if (sum)
    operands = {sum.getLhs(), sum.getRhs()};
  Operation *end = op->getNextNode();
  rows.emit(operands, op.getInit(), [&](ArrayRef<Stream> in, Stream out) {
    Stream input = in[0];
    if (sum) {
      input = createStream(rows.getHost(), context.machine, 0,
                           tiling.outAddress, tiling.rows(), tiling.rows());
      createRunAdd(rows.getBuilder(), sum, tiling, in, input);
    }
    RunLayerNormOp::create(rows.getBuilder(), loc, input.data, input.mask,
                           parameters[0], parameters[1], gammaBias, betaBias,
                           out.data, out.mask, tiling.numVector,
                           tiling.numTimestep, inBias, outBias,
                           /*tiled=*/false);
  });
  if (sum) {
    eraseProbes(sum.getInit(), sum, end);
    sum.erase();
  }
  return success();
}

LogicalResult accel::schedule(AddOp op, ScheduleContext &context) {
  // Scheduled with the layer norm.
  if (context.sums.count(op))
    return success();
  RowScheduler rows(op, context);
  if (failed(rows.plan(op.getInit(), 2, 0)))
    return failure();
  RowTiling tiling = rows.getTiling();
  SmallVector<Value> operands = {op.getLhs(), op.getRhs()};
  rows.emit(operands, op.getInit(), [&](ArrayRef<Stream> in, Stream out) {
    createRunAdd(rows.getBuilder(), op, tiling, in, out);
  });
  return success();
}
