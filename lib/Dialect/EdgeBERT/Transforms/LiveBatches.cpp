//===- LiveBatches.cpp - heads that are computed, and their spans ---------===//

#include "LiveBatches.h"

#include "edgebert/Machine/Transfers.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

/// numbers[i], for ascending numbers: i, and at each gap that i is behind the
/// gap's width more.
static Value getNth(HostCode &host, ArrayRef<int64_t> numbers, Value i) {
  OpBuilder &b = host.builder;
  if (numbers.size() == 1)
    return host.index(numbers[0]);
  Value result = host.mulAdd(i, 1, host.index(numbers[0]));
  for (size_t k = 1; k < numbers.size(); ++k) {
    int64_t gap = numbers[k] - numbers[k - 1] - 1;
    if (gap == 0)
      continue;
    Value behind = arith::CmpIOp::create(b, host.loc, arith::CmpIPredicate::sge,
                                         i, host.index(int64_t(k)));
    Value more = arith::SelectOp::create(b, host.loc, behind, host.index(gap),
                                         host.index(0));
    result = arith::AddIOp::create(b, host.loc, result, more);
  }
  return result;
}

static void forEachOf(HostCode &host, ArrayRef<int64_t> numbers,
                      function_ref<void(Value)> body) {
  if (!numbers.empty())
    host.forEach(int64_t(numbers.size()),
                 [&](Value i) { body(getNth(host, numbers, i)); });
}

void accel::forEachLive(HostCode &host, MatmulOp op,
                        function_ref<void(Value)> body) {
  SmallVector<int64_t> live = op.getLiveBatches();
  forEachOf(host, live, body);
  if (!op.getLive())
    return;
  SmallVector<int64_t> dead;
  auto type = cast<MemRefType>(op.getInit().getType());
  for (int64_t batch = 0; batch < type.getDimSize(0); ++batch)
    if (!llvm::is_contained(live, batch))
      dead.push_back(batch);
  forEachOf(host, dead, [&](Value batch) {
    OpBuilder &b = host.builder;
    Value zero = arith::ConstantIntOp::create(b, host.loc, 0, 8);
    linalg::FillOp::create(b, host.loc, ValueRange{zero},
                           ValueRange{getMatrix(host, op.getInit(), batch)});
  });
}

SpanKind accel::getSpanKind(SoftmaxOp op, int64_t batch) {
  int64_t spans = op.getNumSpans();
  if (!op.getSpan() || cast<ShapedType>(op.getSpan().getType()).getRank() == 1)
    return SpanKind::Shared;
  if (!getConstantBytes(op.getSpan()))
    return SpanKind::Other;
  if (spans == batch)
    return SpanKind::PerMatrix;
  return SpanKind::PerRow;
}

SpanImage::SpanImage(HostCode &host, ScheduleContext &context, SoftmaxOp op,
                     SpanKind kind, int64_t batch, int64_t numTiles,
                     int64_t tileRows, int64_t numVector) {
  auto type = cast<MemRefType>(op.getInit().getType());
  int64_t columns = type.getShape().back();
  int64_t all = type.getNumElements() / columns, each = all / batch;
  std::vector<char> codes = *getConstantBytes(op.getSpan());
  int64_t group = all / op.getNumSpans(), width = numVector * 16;
  // Of each matrix one row, or all rows of its tiles; rows that only fill up
  // the last tile have no weight.
  bool perRow = kind == SpanKind::PerRow;
  int64_t stored = perRow ? numTiles * tileRows : 1;
  rows = perRow ? tileRows * numVector : numVector;
  loadedRows =
      *machine::exactTransfer(context.machine, machine::MemoryKind::Aux,
                              machine::TransferDirection::Load, unsigned(rows));
  std::vector<char> image(batch * stored * width + (loadedRows - rows) * 16, 0);
  for (int64_t matrix = 0; matrix < batch; ++matrix)
    for (int64_t row = 0; row < std::min(stored, each); ++row) {
      int64_t span = (matrix * each + row) / group;
      std::copy_n(codes.begin() + span * columns, columns,
                  image.begin() + (matrix * stored + row) * width);
    }
  region = context.regions.image(host.loc, "spans", image);
}

Value SpanImage::load(HostCode &host, Value matrixOrTile) {
  Value place = createScratchpad(host, Memory::Aux, 0, 0, rows);
  Value target = loadedRows == rows
                     ? place
                     : createScratchpad(host, Memory::Aux, 0, 0, loadedRows);
  LoadOp::create(host.builder, host.loc, region.getSymName(),
                 host.mulAdd(matrixOrTile, rows * 16, host.index(0)), target);
  return place;
}
