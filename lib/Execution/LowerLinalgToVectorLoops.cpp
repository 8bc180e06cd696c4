//===- LowerLinalgToVectorLoops.cpp - linalg on memrefs to loops ----------===//
//
// The order of the loops: parallel ones outside, the vectorised one next if it
// is parallel, reductions inside. Everything that lanes share is loaded and
// computed once, before the vectorised loop.
//
// Scalar loops do the same, one lane after the other: the same bits for
// targets without vectors.
//
//===----------------------------------------------------------------------===//

#include "StridedNest.h"
#include "VectorBody.h"
#include "edgebert/Execution/Passes.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"
#include <numeric>

namespace edgebert::execution {
#define GEN_PASS_DEF_LOWERLINALGTOVECTORLOOPS
#include "edgebert/Execution/Passes.h.inc"
} // namespace edgebert::execution

using namespace mlir;
using namespace edgebert::execution;

namespace {

/// Emits the loops of one operation.
class NestEmitter {
public:
  NestEmitter(RewriterBase &builder, linalg::LinalgOp op, StridedNest nest,
              bool scalar)
      : builder(builder), op(op), loc(op.getLoc()), nest(std::move(nest)),
        body(op), scalar(scalar) {}

  LogicalResult emit();

private:
  bool isReduction(const StridedLoop &loop) const {
    return loop.kind == utils::IteratorType::reduction;
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  void chooseVectorLoop();
  int64_t countGathers(unsigned loop) const;
  int64_t chooseLanes();
  void emitParallel(ArrayRef<unsigned> rest);
  void emitVectorParallel();
  void emitVectorReduction();
  void emitScalarReduction();
  void emitLoop(int64_t extent, int64_t step, function_ref<void(Value)> fill);
  SmallVector<Value>
  emitReductions(ArrayRef<unsigned> rest, ValueRange accumulators,
                 function_ref<SmallVector<Value>(ValueRange)> emitInnermost);
  void emitLanes(Value iv, int64_t lanes, int64_t valid);

  Value getAddress(unsigned operand);
  Value load(unsigned operand, int64_t lanes, Value mask, int64_t valid);
  void store(unsigned operand, Value value, int64_t lanes, Value mask,
             int64_t valid);
  Value getMask(int64_t lanes, int64_t valid);
  BodyPosition getPosition(int64_t lanes, Value mask);
  Value getNeutral(Operation *combiner, int64_t lanes);
  Value combine(Operation *combiner, Value lhs, Value rhs);
  Value reduceLanes(Operation *combiner, Value vector, int64_t lanes);
  void mapInputs(IRMapping &mapping, int64_t lanes, Value mask, int64_t valid);
  void emitShared();

  RewriterBase &builder;
  linalg::LinalgOp op;
  Location loc;
  StridedNest nest;
  VectorBody body;
  bool scalar;

  SmallVector<Value> flat;
  SmallVector<Value> ivs;
  SmallVector<unsigned> reductions;
  /// Values of the body that all lanes share, computed before the loop.
  IRMapping shared;
  /// Index into nest.loops, or -1 for scalar code.
  int64_t vectorLoop = -1;
  int64_t lanes = 1;
};

/// How many inputs would be gathered element by element.
int64_t NestEmitter::countGathers(unsigned loop) const {
  int64_t gathers = 0;
  for (auto [number, operand] : llvm::enumerate(nest.operands)) {
    if (!operand.isMemRef)
      continue;
    int64_t stride = nest.loops[loop].strides[number];
    bool isBit = getElementTypeOrSelf(operand.value).isInteger(1);
    if (stride > 1 || (stride == 1 && isBit))
      ++gathers;
  }
  return gathers;
}

int64_t NestEmitter::chooseLanes() {
  // 512 bits of the widest element that is touched.
  unsigned bits = 8;
  auto note = [&](Type type) {
    if (type.isIndex())
      bits = std::max(bits, 64u);
    else if (type.isIntOrFloat())
      bits = std::max(bits, type.getIntOrFloatBitWidth());
  };
  for (Value argument : op.getBlock()->getArguments())
    note(argument.getType());
  for (Operation &inner : op.getBlock()->without_terminator())
    for (Type type : inner.getResultTypes())
      note(type);
  return std::max<int64_t>(8, llvm::bit_floor(512u / bits));
}

void NestEmitter::chooseVectorLoop() {
  int64_t bestScore = 0;
  for (auto [number, loop] : llvm::enumerate(nest.loops)) {
    int64_t gathers = countGathers(number);
    if (gathers && (!body.isExpensive() || isReduction(loop)))
      continue;
    bool usable = loop.extent >= 4 && body.isVectorizable(loop.dim);
    for (unsigned output = 0; usable && output < nest.getNumOutputs();
         ++output) {
      int64_t stride = loop.strides[nest.numInputs + output];
      usable = isReduction(loop) ? stride == 0 && body.getCombiner(output)
                                 : stride == 1;
    }
    if (!usable)
      continue;
    // Prefer loops that fill whole vectors, then no gathers, then parallel.
    int64_t score = std::min<int64_t>(loop.extent, 64) * 16 - gathers * 8 +
                    !isReduction(loop) * 4;
    if (score > bestScore) {
      bestScore = score;
      vectorLoop = number;
    }
  }
  if (vectorLoop >= 0)
    lanes = chooseLanes();
}

LogicalResult NestEmitter::emit() {
  if (llvm::any_of(nest.loops,
                   [](const StridedLoop &loop) { return loop.extent == 0; }))
    return success();
  if (llvm::any_of(op.getBlock()->without_terminator(),
                   [](Operation &inner) { return inner.getNumRegions(); }))
    return failure();
  // Indices need the original loops.
  if (!op.hasIndexSemantics())
    nest.collapse();
  chooseVectorLoop();
  for (const StridedOperand &operand : nest.operands)
    flat.push_back(operand.isMemRef ? getFlatMemRef(builder, loc, operand)
                                    : operand.value);
  ivs.assign(nest.loops.size(), nullptr);
  SmallVector<unsigned> parallel;
  for (auto [number, loop] : llvm::enumerate(nest.loops)) {
    if (static_cast<int64_t>(number) == vectorLoop)
      continue;
    (isReduction(loop) ? reductions : parallel).push_back(number);
  }
  emitParallel(parallel);
  return success();
}

void NestEmitter::emitParallel(ArrayRef<unsigned> rest) {
  if (rest.empty()) {
    bool reduces = vectorLoop >= 0 && isReduction(nest.loops[vectorLoop]);
    if (!reduces)
      emitVectorParallel();
    else if (scalar)
      emitScalarReduction();
    else
      emitVectorReduction();
    return;
  }
  emitLoop(nest.loops[rest[0]].extent, 1, [&](Value iv) {
    ivs[rest[0]] = iv;
    emitParallel(rest.drop_front());
  });
}

/// A loop without results whose body `fill` emits.
void NestEmitter::emitLoop(int64_t extent, int64_t step,
                           function_ref<void(Value)> fill) {
  Value zero = constant(0), end = constant(extent), by = constant(step);
  auto loop = scf::ForOp::create(builder, loc, zero, end, by);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  fill(loop.getInductionVar());
}

/// Loops over the reductions `rest`, threading accumulators through them.
SmallVector<Value> NestEmitter::emitReductions(
    ArrayRef<unsigned> rest, ValueRange accumulators,
    function_ref<SmallVector<Value>(ValueRange)> emitInnermost) {
  if (rest.empty())
    return emitInnermost(accumulators);
  Value zero = constant(0), one = constant(1),
        extent = constant(nest.loops[rest[0]].extent);
  auto loop = scf::ForOp::create(builder, loc, zero, extent, one, accumulators);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  ivs[rest[0]] = loop.getInductionVar();
  SmallVector<Value> results = emitReductions(
      rest.drop_front(), loop.getRegionIterArgs(), emitInnermost);
  if (!results.empty())
    scf::YieldOp::create(builder, loc, results);
  return llvm::to_vector_of<Value>(loop.getResults());
}

Value NestEmitter::getAddress(unsigned operand) {
  Value address;
  for (auto [number, loop] : llvm::enumerate(nest.loops)) {
    int64_t stride = loop.strides[operand];
    if (!stride || !ivs[number])
      continue;
    Value step = ivs[number];
    if (stride != 1)
      step = arith::MulIOp::create(builder, loc, step, constant(stride));
    address =
        address ? arith::AddIOp::create(builder, loc, address, step) : step;
  }
  return address ? address : constant(0);
}

Value NestEmitter::load(unsigned operand, int64_t count, Value mask,
                        int64_t valid) {
  if (!nest.operands[operand].isMemRef)
    return flat[operand];
  Value address = getAddress(operand);
  int64_t stride =
      vectorLoop >= 0 ? nest.loops[vectorLoop].strides[operand] : 0;
  Type element = getElementTypeOrSelf(flat[operand]);
  if (count == 1 || stride == 0)
    return memref::LoadOp::create(builder, loc, flat[operand], address);
  auto type = VectorType::get({count}, element);
  if (stride > 1 || element.isInteger(1)) {
    SmallVector<Value> elements;
    for (int64_t lane = 0; lane < valid; ++lane) {
      Value at = lane ? arith::AddIOp::create(builder, loc, address,
                                              constant(lane * stride))
                      : address;
      elements.push_back(
          memref::LoadOp::create(builder, loc, flat[operand], at));
    }
    elements.resize(count, elements.back());
    return vector::FromElementsOp::create(builder, loc, type, elements);
  }
  if (!mask)
    return vector::LoadOp::create(builder, loc, type, flat[operand], address);
  // One instead of zero: an unused lane must not divide an integer by zero.
  Attribute one = isa<FloatType>(element)
                      ? Attribute(builder.getFloatAttr(element, 1.0))
                      : Attribute(builder.getIntegerAttr(element, 1));
  Value pad = arith::ConstantOp::create(builder, loc,
                                        DenseElementsAttr::get(type, one));
  return vector::MaskedLoadOp::create(builder, loc, type, flat[operand],
                                      address, mask, pad);
}

void NestEmitter::store(unsigned operand, Value value, int64_t count,
                        Value mask, int64_t valid) {
  Value address = getAddress(operand);
  if (count == 1) {
    memref::StoreOp::create(builder, loc, value, flat[operand], address);
    return;
  }
  value = VectorBody::widen(builder, loc, value, count);
  if (getElementTypeOrSelf(value.getType()).isInteger(1)) {
    // In memory one i1 is one byte, in a vector it is one bit.
    for (int64_t lane = 0; lane < valid; ++lane) {
      Value at =
          lane ? arith::AddIOp::create(builder, loc, address, constant(lane))
               : address;
      Value bit = vector::ExtractOp::create(builder, loc, value, lane);
      memref::StoreOp::create(builder, loc, bit, flat[operand], at);
    }
    return;
  }
  if (mask)
    vector::MaskedStoreOp::create(builder, loc, flat[operand], address, mask,
                                  value);
  else
    vector::StoreOp::create(builder, loc, value, flat[operand], address);
}

Value NestEmitter::getMask(int64_t count, int64_t valid) {
  if (count == valid)
    return nullptr;
  auto type = VectorType::get({count}, builder.getI1Type());
  SmallVector<bool> bits(count, false);
  std::fill_n(bits.begin(), valid, true);
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, bits));
}

BodyPosition NestEmitter::getPosition(int64_t count, Value mask) {
  BodyPosition position;
  position.lanes = count;
  position.mask = mask;
  if (!op.hasIndexSemantics())
    return position;
  for (auto [number, loop] : llvm::enumerate(nest.loops))
    position.dims.push_back(ivs[number]);
  if (vectorLoop >= 0)
    position.vectorDim = nest.loops[vectorLoop].dim;
  return position;
}

/// Loads the inputs that are not shared.
void NestEmitter::mapInputs(IRMapping &mapping, int64_t count, Value mask,
                            int64_t valid) {
  for (unsigned input = 0; input < nest.numInputs; ++input) {
    Value argument = op.getBlock()->getArgument(input);
    if (!argument.use_empty() && !mapping.contains(argument))
      mapping.map(argument, load(input, count, mask, valid));
  }
}

/// Emits, before the vectorised loop, the loads and the operations of the body
/// that do not depend on it. LLVM could not: it does not know that the stores
/// of the loop leave these inputs alone. (Bufferization guarantees it: an
/// output shares memory only with inputs that are accessed like it.)
void NestEmitter::emitShared() {
  if (vectorLoop < 0 || !reductions.empty())
    return;
  for (unsigned input = 0; input < nest.numInputs; ++input) {
    Value argument = op.getBlock()->getArgument(input);
    if (!argument.use_empty() && !nest.loops[vectorLoop].strides[input])
      shared.map(argument, load(input, 1, nullptr, 1));
  }
  body.copyShared(builder, getPosition(1, nullptr), shared);
}

/// One group of lanes at `iv` of the vectorised loop (all loops around it are
/// set), or one element of scalar code.
void NestEmitter::emitLanes(Value iv, int64_t count, int64_t valid) {
  if (vectorLoop >= 0)
    ivs[vectorLoop] = iv;
  Value mask = getMask(count, valid);
  unsigned numOutputs = nest.getNumOutputs();
  SmallVector<Value> accumulators;
  for (unsigned output = 0; output < numOutputs; ++output) {
    Value argument = op.getBlock()->getArgument(nest.numInputs + output);
    if (reductions.empty() && argument.use_empty())
      continue;
    Value value = load(nest.numInputs + output, count, mask, valid);
    accumulators.push_back(VectorBody::widen(builder, loc, value, count));
  }
  SmallVector<Value> results =
      emitReductions(reductions, accumulators, [&](ValueRange current) {
        IRMapping mapping = shared;
        mapInputs(mapping, count, mask, valid);
        unsigned next = 0;
        for (unsigned output = 0; output < numOutputs; ++output) {
          Value argument = op.getBlock()->getArgument(nest.numInputs + output);
          if (!reductions.empty() || !argument.use_empty())
            mapping.map(argument, current[next++]);
        }
        body.copy(builder, getPosition(count, mask), mapping);
        SmallVector<Value> yielded;
        for (Value value : op.getBlock()->getTerminator()->getOperands())
          yielded.push_back(VectorBody::widen(
              builder, loc, mapping.lookupOrDefault(value), count));
        return yielded;
      });
  for (unsigned output = 0; output < numOutputs; ++output)
    store(nest.numInputs + output, results[output], count, mask, valid);
}

void NestEmitter::emitVectorParallel() {
  if (vectorLoop < 0) {
    emitLanes(nullptr, 1, 1);
    return;
  }
  emitShared();
  int64_t extent = nest.loops[vectorLoop].extent;
  if (scalar)
    return emitLoop(extent, 1, [&](Value iv) { emitLanes(iv, 1, 1); });
  int64_t whole = extent - extent % lanes;
  if (whole == lanes)
    emitLanes(constant(0), lanes, lanes);
  else if (whole)
    emitLoop(whole, lanes, [&](Value iv) { emitLanes(iv, lanes, lanes); });
  if (whole != extent)
    emitLanes(constant(whole), lanes, extent - whole);
}

/// One partial result per lane, combined in a tree at the end.
void NestEmitter::emitVectorReduction() {
  unsigned numOutputs = nest.getNumOutputs();
  SmallVector<Operation *> combiners;
  SmallVector<Value> partial;
  for (unsigned output = 0; output < numOutputs; ++output) {
    combiners.push_back(body.getCombiner(output));
    partial.push_back(getNeutral(combiners.back(), lanes));
  }
  emitShared();
  auto emitStep = [&](Value iv, int64_t valid, ValueRange current) {
    ivs[vectorLoop] = iv;
    Value mask = getMask(lanes, valid);
    IRMapping mapping = shared;
    mapInputs(mapping, lanes, mask, valid);
    body.copy(builder, getPosition(lanes, mask), mapping, combiners);
    SmallVector<Value> next;
    for (unsigned output = 0; output < numOutputs; ++output) {
      Value fresh =
          mapping.lookupOrDefault(body.getCombined(output, combiners[output]));
      fresh = VectorBody::widen(builder, loc, fresh, lanes);
      Value sum = combine(combiners[output], current[output], fresh);
      if (mask)
        sum = arith::SelectOp::create(builder, loc, mask, sum, current[output]);
      next.push_back(sum);
    }
    return next;
  };
  int64_t extent = nest.loops[vectorLoop].extent;
  int64_t whole = extent - extent % lanes;
  SmallVector<Value> totals =
      emitReductions(reductions, partial, [&](ValueRange outer) {
        SmallVector<Value> current = llvm::to_vector(outer);
        if (whole) {
          Value zero = constant(0), step = constant(lanes),
                end = constant(whole);
          auto loop =
              scf::ForOp::create(builder, loc, zero, end, step, current);
          OpBuilder::InsertionGuard guard(builder);
          builder.setInsertionPointToStart(loop.getBody());
          SmallVector<Value> next =
              emitStep(loop.getInductionVar(), lanes, loop.getRegionIterArgs());
          scf::YieldOp::create(builder, loc, next);
          current = llvm::to_vector_of<Value>(loop.getResults());
        }
        if (whole != extent)
          current = emitStep(constant(whole), extent - whole, current);
        return current;
      });
  ivs[vectorLoop] = nullptr;
  for (unsigned number : reductions)
    ivs[number] = nullptr;
  for (unsigned output = 0; output < numOutputs; ++output) {
    unsigned operand = nest.numInputs + output;
    Value initial = load(operand, 1, nullptr, 1);
    Value total = reduceLanes(combiners[output], totals[output], lanes);
    store(operand, combine(combiners[output], initial, total), 1, nullptr, 1);
  }
}

/// What emitVectorReduction computes, with the lanes in an array.
void NestEmitter::emitScalarReduction() {
  unsigned numOutputs = nest.getNumOutputs();
  SmallVector<Operation *> combiners;
  SmallVector<Value> partial;
  for (unsigned output = 0; output < numOutputs; ++output) {
    combiners.push_back(body.getCombiner(output));
    Value neutral = getNeutral(combiners.back(), 1);
    {
      // Outside all loops: the stack of a loop is freed after the function.
      OpBuilder::InsertionGuard guard(builder);
      auto function = op->getParentOfType<func::FuncOp>();
      builder.setInsertionPointToStart(&function.getBody().front());
      partial.push_back(memref::AllocaOp::create(
          builder, loc, MemRefType::get({lanes}, neutral.getType())));
    }
    emitLoop(lanes, 1, [&](Value lane) {
      memref::StoreOp::create(builder, loc, neutral, partial[output], lane);
    });
  }
  emitShared();
  auto update = [&](unsigned output, Value lane, Value fresh) {
    Value last = memref::LoadOp::create(builder, loc, partial[output], lane);
    Value next = combine(combiners[output], last, fresh);
    memref::StoreOp::create(builder, loc, next, partial[output], lane);
  };
  auto emitGroup = [&](Value first, int64_t valid) {
    emitLoop(valid, 1, [&](Value lane) {
      ivs[vectorLoop] = arith::AddIOp::create(builder, loc, first, lane);
      IRMapping mapping = shared;
      mapInputs(mapping, 1, nullptr, 1);
      body.copy(builder, getPosition(1, nullptr), mapping, combiners);
      for (unsigned output = 0; output < numOutputs; ++output)
        update(output, lane,
               mapping.lookupOrDefault(
                   body.getCombined(output, combiners[output])));
    });
  };
  int64_t extent = nest.loops[vectorLoop].extent;
  int64_t whole = extent - extent % lanes;
  emitReductions(reductions, {}, [&](ValueRange) {
    if (whole)
      emitLoop(whole, lanes, [&](Value iv) { emitGroup(iv, lanes); });
    if (whole != extent)
      emitGroup(constant(whole), extent - whole);
    return SmallVector<Value>();
  });
  ivs[vectorLoop] = nullptr;
  for (unsigned number : reductions)
    ivs[number] = nullptr;
  for (unsigned output = 0; output < numOutputs; ++output) {
    for (int64_t half = lanes / 2; half; half /= 2)
      emitLoop(half, 1, [&](Value lane) {
        Value other = arith::AddIOp::create(builder, loc, lane, constant(half));
        update(output, lane,
               memref::LoadOp::create(builder, loc, partial[output], other));
      });
    unsigned operand = nest.numInputs + output;
    Value initial = load(operand, 1, nullptr, 1);
    Value total =
        memref::LoadOp::create(builder, loc, partial[output], constant(0));
    store(operand, combine(combiners[output], initial, total), 1, nullptr, 1);
  }
}

Value NestEmitter::getNeutral(Operation *combiner, int64_t count) {
  Type element = combiner->getResult(0).getType();
  auto kind = [&]() -> arith::AtomicRMWKind {
    if (isa<arith::AddFOp>(combiner))
      return arith::AtomicRMWKind::addf;
    if (isa<arith::MulFOp>(combiner))
      return arith::AtomicRMWKind::mulf;
    if (isa<arith::MaximumFOp>(combiner))
      return arith::AtomicRMWKind::maximumf;
    if (isa<arith::MinimumFOp>(combiner))
      return arith::AtomicRMWKind::minimumf;
    if (isa<arith::MaxNumFOp>(combiner))
      return arith::AtomicRMWKind::maxnumf;
    if (isa<arith::MinNumFOp>(combiner))
      return arith::AtomicRMWKind::minnumf;
    if (isa<arith::MulIOp>(combiner))
      return arith::AtomicRMWKind::muli;
    if (isa<arith::MaxSIOp>(combiner))
      return arith::AtomicRMWKind::maxs;
    if (isa<arith::MinSIOp>(combiner))
      return arith::AtomicRMWKind::mins;
    if (isa<arith::MaxUIOp>(combiner))
      return arith::AtomicRMWKind::maxu;
    if (isa<arith::MinUIOp>(combiner))
      return arith::AtomicRMWKind::minu;
    if (isa<arith::AndIOp>(combiner))
      return arith::AtomicRMWKind::andi;
    if (isa<arith::OrIOp>(combiner))
      return arith::AtomicRMWKind::ori;
    // Zero is neutral for integer sums and exclusive or.
    return arith::AtomicRMWKind::addi;
  }();
  Value neutral = arith::getIdentityValue(kind, element, builder, loc);
  return VectorBody::widen(builder, loc, neutral, count);
}

Value NestEmitter::combine(Operation *combiner, Value lhs, Value rhs) {
  OperationState state(loc, combiner->getName().getStringRef(),
                       ValueRange{lhs, rhs}, lhs.getType(),
                       combiner->getAttrs());
  return builder.create(state)->getResult(0);
}

/// Halves the vector until one element is left.
Value NestEmitter::reduceLanes(Operation *combiner, Value vector,
                               int64_t count) {
  while (count > 1) {
    count /= 2;
    SmallVector<int64_t> low(count), high(count);
    std::iota(low.begin(), low.end(), 0);
    std::iota(high.begin(), high.end(), count);
    Value lower = vector::ShuffleOp::create(builder, loc, vector, vector, low);
    Value upper = vector::ShuffleOp::create(builder, loc, vector, vector, high);
    vector = combine(combiner, lower, upper);
  }
  return vector::ExtractOp::create(builder, loc, vector, int64_t(0));
}

struct LowerLinalgToVectorLoopsPass
    : public edgebert::execution::impl::LowerLinalgToVectorLoopsBase<
          LowerLinalgToVectorLoopsPass> {
  using LowerLinalgToVectorLoopsBase::LowerLinalgToVectorLoopsBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<Operation *> work;
    getOperation()->walk([&](Operation *op) {
      if (isa<linalg::LinalgOp, memref::CopyOp>(op))
        work.push_back(op);
    });
    for (Operation *op : work)
      if (failed(lower(rewriter, op)))
        return signalPassFailure();
  }

  LogicalResult lower(IRRewriter &rewriter, Operation *op) {
    rewriter.setInsertionPoint(op);
    if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      auto isPlain = [](Value value) {
        auto type = cast<MemRefType>(value.getType());
        return type.hasStaticShape() && type.getLayout().isIdentity();
      };
      // Between contiguous buffers this is one memcpy.
      if (isPlain(copy.getSource()) && isPlain(copy.getTarget()))
        return success();
      auto plain = linalg::CopyOp::create(rewriter, copy.getLoc(),
                                          copy.getSource(), copy.getTarget());
      rewriter.eraseOp(copy);
      op = plain;
      rewriter.setInsertionPoint(op);
    }
    auto linalgOp = cast<linalg::LinalgOp>(op);
    if (!linalgOp.hasPureBufferSemantics())
      return op->emitOpError("cannot be lowered to loops: expected memref "
                             "operands (run bufferization first)");
    FailureOr<StridedNest> nest = StridedNest::get(linalgOp);
    if (succeeded(nest) &&
        succeeded(NestEmitter(rewriter, linalgOp, *nest, scalar).emit())) {
      rewriter.eraseOp(op);
      return success();
    }
    if (failed(linalg::linalgOpToLoops(rewriter, linalgOp)))
      return op->emitOpError("cannot be lowered to loops");
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace
