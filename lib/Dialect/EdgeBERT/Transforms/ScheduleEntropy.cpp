//===- ScheduleEntropy.cpp - an exit's logits to the entropy unit ---------===//

#include "TileTransfers.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

/// One row, in decoder 0 from its start on.
LogicalResult accel::schedule(EntropyOp op, ScheduleContext &context) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  HostCode host(builder, loc);
  Value codes = op.getInput();
  int64_t length = cast<MemRefType>(codes.getType()).getNumElements();
  int64_t vectors = length / machine::Description::vectorSize;
  std::optional<StreamTransfer> transfer = getTransfer(
      context.machine, machine::TransferDirection::Load, vectors, vectors);
  if (!transfer)
    return op.emitOpError("does not fit the machine '")
           << context.machine.name << "': no exact transfer of " << vectors
           << " vectors";
  int64_t loaded = transfer->dataRows;
  RegionOp stage = context.regions.stage(
      loc, loaded * int64_t(machine::Description::vectorSize));
  Value zero = host.index(0);
  memref::CopyOp::create(builder, loc, codes,
                         host.view(stage, {length}, builder.getI8Type(), zero));
  loadDenseMasks(host, context, /*decoder=*/0, vectors);
  LoadOp::create(builder, loc, stage.getSymName(), zero,
                 createScratchpad(host, Memory::Data, 0, 0, loaded));
  Stream stream =
      createStream(host, context.machine, /*decoder=*/0, 0, vectors, vectors);
  auto run = RunEntropyOp::create(builder, loc, builder.getI1Type(),
                                  stream.data, stream.mask, op.getThreshold(),
                                  uint32_t(vectors), op.getInBias());
  op.getBelow().replaceAllUsesWith(run.getBelow());
  op.erase();
  return success();
}
