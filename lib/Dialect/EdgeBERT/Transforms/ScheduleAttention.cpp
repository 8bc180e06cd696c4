//===- ScheduleAttention.cpp - scores to context on the chip --------------===//
//
// The matmul's results have the layout of its operands, and the softmax unit
// can work in that layout. So a tile's scores become weights and are multiplied
// with the values where they are (thesis 9.5.3): no store, no host, no load
// between the three.
//
//===----------------------------------------------------------------------===//

#include "ScheduleAttention.h"

#include "LiveBatches.h"
#include "TileTransfers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

//===----------------------------------------------------------------------===//
// Who reads a buffer
//===----------------------------------------------------------------------===//

/// The ops that use a buffer, through views too.
static void collectUsers(Value buffer, SmallVectorImpl<Operation *> &users) {
  for (Operation *user : buffer.getUsers()) {
    users.push_back(user);
    if (isa<ViewLikeOpInterface>(user))
      for (Value view : user->getResults())
        collectUsers(view, users);
  }
}

/// The buffer that `value` is a view of.
static Value getRoot(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

/// Whether `op` writes all of `buffer` and, by its operands, reads nothing of
/// it.
static bool overwrites(Operation *op, Value buffer) {
  return isa<MatmulOp, SoftmaxOp, LayerNormOp, AddOp>(op) &&
         llvm::count(op->getOperands(), buffer) == 1 &&
         cast<DestinationStyleOpInterface>(op).getDpsInits()[0] == buffer;
}

bool accel::isOnlyReadBy(Value buffer, Operation *writer, Operation *reader) {
  if (!buffer.getDefiningOp<memref::AllocOp>() ||
      writer->getBlock() != reader->getBlock() ||
      !writer->isBeforeInBlock(reader))
    return false;
  SmallVector<Operation *> users;
  collectUsers(buffer, users);
  Operation *next = nullptr;
  for (Operation *user : users) {
    Operation *ancestor = writer->getBlock()->findAncestorOpInBlock(*user);
    if (!ancestor)
      return false;
    if (isa<ViewLikeOpInterface, ProbeOp>(user) || ancestor == reader ||
        !writer->isBeforeInBlock(ancestor))
      continue;
    if (!reader->isBeforeInBlock(ancestor))
      return false;
    if (!next || ancestor->isBeforeInBlock(next))
      next = ancestor;
  }
  if (!next || isa<memref::DeallocOp>(next))
    return true;
  return overwrites(next, buffer) && llvm::count(users, next) == 1;
}

void accel::eraseProbes(Value buffer, Operation *from, Operation *to) {
  for (Operation *op = from->getNextNode(); op && op != to;) {
    Operation *next = op->getNextNode();
    if (auto probe = dyn_cast<ProbeOp>(op);
        probe && getRoot(probe.getValue()) == buffer)
      probe.erase();
    op = next;
  }
}

//===----------------------------------------------------------------------===//
// Finding attention
//===----------------------------------------------------------------------===//

/// Whether none of the ops from `from` to `to` writes to one of `buffers`.
static bool areUnchanged(ArrayRef<Value> buffers, Operation *from,
                         Operation *to) {
  for (Operation *op = from->getNextNode(); op != to; op = op->getNextNode()) {
    if (isMemoryEffectFree(op) ||
        isa<memref::AllocOp, memref::GetGlobalOp, ProbeOp>(op))
      continue;
    SmallVector<Value> written;
    if (auto copy = dyn_cast<memref::CopyOp>(op))
      written.push_back(copy.getTarget());
    else if (auto style = dyn_cast<DestinationStyleOpInterface>(op))
      llvm::append_range(written, style.getDpsInits());
    else
      return false;
    for (Value target : written)
      if (llvm::is_contained(buffers, getRoot(target)))
        return false;
  }
  return true;
}

static int64_t getBatch(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return type.getRank() == 3 ? type.getDimSize(0) : 1;
}

static ArrayRef<int64_t> getMatrixShape(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getShape().take_back(2);
}

static std::optional<Attention>
findAttention(SoftmaxOp softmax, const machine::Description &machine) {
  Attention found;
  found.softmax = softmax;
  if (!isa<MemRefType>(softmax.getInit().getType()))
    return std::nullopt;
  Value scoresBuffer = getRoot(softmax.getInput()),
        weightsBuffer = getRoot(softmax.getInit());
  if (scoresBuffer == weightsBuffer)
    return std::nullopt;
  SmallVector<Operation *> users;
  collectUsers(scoresBuffer, users);
  for (Operation *user : users)
    if (auto matmul = dyn_cast<MatmulOp>(user))
      if (matmul.getInit() == scoresBuffer &&
          isOnlyReadBy(scoresBuffer, matmul, softmax))
        found.scores = matmul;
  users.clear();
  collectUsers(weightsBuffer, users);
  for (Operation *user : users)
    if (auto matmul = dyn_cast<MatmulOp>(user))
      if (getRoot(matmul.getLhs()) == weightsBuffer &&
          getRoot(matmul.getRhs()) != weightsBuffer &&
          isOnlyReadBy(weightsBuffer, softmax, matmul))
        found.context = matmul;
  if (!found.scores || !found.context)
    return std::nullopt;

  MatmulOp scores = found.scores, context = found.context;
  int64_t batch = getBatch(scores.getLhs());
  ArrayRef<int64_t> lhs = getMatrixShape(scores.getLhs()),
                    rhs = getMatrixShape(scores.getRhs()),
                    values = getMatrixShape(context.getRhs());
  if (scores.getAddend() || context.getAddend() ||
      getBatch(scores.getRhs()) != batch ||
      getBatch(context.getLhs()) != batch ||
      getBatch(context.getRhs()) != batch ||
      getMatrixShape(context.getLhs())[0] != lhs[0] || values[1] != rhs[0] ||
      getMatrixShape(softmax.getInput())[1] != rhs[0] ||
      !areUnchanged({getRoot(scores.getLhs()), getRoot(scores.getRhs())},
                    scores, context))
    return std::nullopt;
  SpanKind spans = getSpanKind(softmax, batch);
  if (spans == SpanKind::Other)
    return std::nullopt;
  std::optional<AttentionTiling> tiling = chooseAttentionTiling(
      machine, llvm::divideCeil(lhs[0], 16), llvm::divideCeil(rhs[0], 16),
      llvm::divideCeil(lhs[1], 16), llvm::divideCeil(values[0], 16),
      spans == SpanKind::PerRow);
  if (!tiling)
    return std::nullopt;
  found.tiling = *tiling;
  return found;
}

std::vector<Attention>
accel::findAttentions(ModuleOp module, const machine::Description &machine) {
  std::vector<Attention> all;
  module.walk([&](SoftmaxOp softmax) {
    if (std::optional<Attention> found = findAttention(softmax, machine))
      all.push_back(*found);
  });
  return all;
}

//===----------------------------------------------------------------------===//
// Scheduling it
//===----------------------------------------------------------------------===//

static void runMatmul(HostCode &host, MatmulOp op, Stream lhs, Stream rhs,
                      Stream out, int64_t rhsBlocks, int64_t lhsBlocks,
                      int64_t contraction) {
  RunMatmulOp::create(host.builder, host.loc, lhs.data, lhs.mask, rhs.data,
                      rhs.mask, out.data, out.mask, rhsBlocks * 16,
                      lhsBlocks * 16, contraction * 16, op.getAccumRightShift(),
                      MatmulOp::kAccumBias, op.getRelu());
}

void accel::schedule(const Attention &attention, ScheduleContext &context) {
  MatmulOp scores = attention.scores, product = attention.context;
  SoftmaxOp softmax = attention.softmax;
  const AttentionTiling &tiling = attention.tiling;
  const machine::Description &machine = context.machine;
  OpBuilder builder(product);
  // What each of the three does keeps its name.
  HostCode first(builder, scores.getLoc()), middle(builder, softmax.getLoc()),
      last(builder, product.getLoc());
  int64_t blocks = tiling.rowBlocks, keys = tiling.keyBlocks,
          depth = tiling.depthBlocks, values = tiling.valueBlocks;
  int64_t keyRows = keys * depth * 16, valueRows = values * keys * 16;

  loadDenseMasks(first, context, 1, blocks * depth * 16);
  loadDenseMasks(first, context, 0, std::max(keyRows, valueRows));
  int64_t batch = getBatch(scores.getLhs());
  SpanKind spans = getSpanKind(softmax, batch);
  Value spanPlace;
  std::optional<SpanImage> spanImage;
  if (spans == SpanKind::Shared) {
    Value span = getSpanOrOnes(middle, context, softmax,
                               getMatrixShape(scores.getRhs())[0]);
    spanPlace = loadParameters(middle, context, span, keys)[0];
  } else {
    spanImage.emplace(middle, context, softmax, spans, batch, tiling.rowTiles,
                      blocks * 16, keys);
  }

  auto stream = [&](HostCode &host, unsigned decoder, int64_t address,
                    int64_t rows) {
    return createStream(host, machine, decoder, address, rows, rows);
  };
  forEachLive(last, product, [&](Value index) {
    if (spans == SpanKind::PerMatrix)
      spanPlace = spanImage->load(middle, index);
    Tiles lhs =
        packActivation(first, context, getMatrix(first, scores.getLhs(), index),
                       blocks, tiling.rowTiles, depth);
    Tiles rhs =
        packActivation(first, context, getMatrix(first, scores.getRhs(), index),
                       keys, 1, depth);
    Tiles value =
        packActivation(last, context, getMatrix(last, product.getRhs(), index),
                       values, 1, keys);
    Stream lhsStream = stream(first, 1, 0, blocks * depth * 16);
    Stream rhsStream = stream(first, 0, 0, keyRows);
    Stream scoresStream =
        stream(first, 1, tiling.scoresAddress, blocks * keys * 16);
    Stream weightsStream =
        stream(middle, 1, tiling.weightsAddress, blocks * keys * 16);
    Stream valueStream = stream(last, 0, 0, valueRows);
    Stream outStream = stream(last, 1, tiling.outAddress, blocks * values * 16);
    MatmulResult result(last, context, outStream, tiling.rowTiles, 1, blocks,
                        values);
    last.forEach(tiling.rowTiles, [&](Value tile) {
      loadTile(first, lhs, lhsStream, tile);
      loadTile(first, rhs, rhsStream, first.index(0));
      runMatmul(first, scores, lhsStream, rhsStream, scoresStream, keys, blocks,
                depth);
      if (spans == SpanKind::PerRow)
        spanPlace = spanImage->load(
            middle, middle.mulAdd(index, tiling.rowTiles, tile));
      RunSoftmaxOp::create(builder, softmax.getLoc(), scoresStream.data,
                           scoresStream.mask, spanPlace, softmax.getSpanBias(),
                           weightsStream.data, weightsStream.mask, keys,
                           blocks * 16, softmax.getInBias(),
                           softmax.getOutBias(),
                           /*tiled=*/true);
      loadTile(last, value, valueStream, last.index(0));
      runMatmul(last, product, weightsStream, valueStream, outStream, values,
                blocks, keys);
      result.store(tile, last.index(0));
    });
    result.unpackInto(getMatrix(last, product.getInit(), index));
  });
  eraseProbes(getRoot(scores.getInit()), scores, product);
  eraseProbes(getRoot(softmax.getInit()), softmax, product);
  product.erase();
  softmax.erase();
  scores.erase();
}
