//===- EdgeBERTToRuntime.cpp - call the simulator -------------------------===//

#include "edgebert/Analysis/Origins.h"
#include "edgebert/Conversion/Passes.h"
#include "edgebert/Conversion/RuntimeFunctions.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstring>

namespace edgebert {
#define GEN_PASS_DEF_CONVERTEDGEBERTTORUNTIMEPASS
#include "edgebert/Conversion/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

namespace {

/// Builds the call that replaces one op.
class CallBuilder {
public:
  CallBuilder(Operation *op, SymbolTable &symbols)
      : symbols(symbols), builder(op), loc(op->getLoc()) {}
  /// Frees what `input` and `output` allocated.
  ~CallBuilder();

  CallBuilder &number(int64_t value) {
    return value_(arith::ConstantIndexOp::create(builder, loc, value));
  }
  CallBuilder &numbers(ArrayRef<int64_t> values) {
    for (int64_t value : values)
      number(value);
    return *this;
  }
  /// An i32 or index value.
  CallBuilder &dynamic(Value value);
  /// The address of a buffer's bytes; a buffer that is not contiguous is
  /// copied.
  CallBuilder &input(Value buffer);
  CallBuilder &output(Value buffer);
  CallBuilder &optionalInput(Value buffer) {
    return buffer ? input(buffer) : number(0);
  }
  CallBuilder &string(StringRef text);
  /// Calls `name`; the result is null if `resultType` is.
  Value call(StringRef name, Type resultType = Type());
  /// The DRAM address of byte `offset` of a region.
  CallBuilder &dramAddress(FlatSymbolRefAttr region, Value offset);

private:
  CallBuilder &value_(Value value) {
    operands.push_back(value);
    return *this;
  }
  CallBuilder &address(Value buffer);
  Value allocateLike(Value buffer);

  SymbolTable &symbols;
  OpBuilder builder;
  Location loc;
  SmallVector<Value> operands, temporaries;
  /// Outputs to copy back after the call.
  SmallVector<std::pair<Value, Value>> copyBack;
};

struct ConvertEdgeBERTToRuntimePass
    : edgebert::impl::ConvertEdgeBERTToRuntimePassBase<
          ConvertEdgeBERTToRuntimePass> {
  using ConvertEdgeBERTToRuntimePassBase::ConvertEdgeBERTToRuntimePassBase;
  void runOnOperation() override;

private:
  LogicalResult convert(Operation *op, SymbolTable &symbols);
};

} // namespace

CallBuilder::~CallBuilder() {
  for (Value temporary : temporaries)
    memref::DeallocOp::create(builder, loc, temporary);
}

CallBuilder &CallBuilder::dynamic(Value value) {
  if (!value.getType().isIndex())
    value = arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                         value);
  return value_(value);
}

static bool isContiguous(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return memref::isStaticShapeAndContiguousRowMajor(type);
}

Value CallBuilder::allocateLike(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  Value copy = memref::AllocOp::create(
      builder, loc, MemRefType::get(type.getShape(), type.getElementType()));
  temporaries.push_back(copy);
  return copy;
}

CallBuilder &CallBuilder::address(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  Value pointer =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, buffer);
  auto metadata =
      memref::ExtractStridedMetadataOp::create(builder, loc, buffer);
  Type element = type.getElementType();
  int64_t bytes = element.isIndex()
                      ? 8
                      : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  Value scale = arith::ConstantIndexOp::create(builder, loc, bytes);
  Value offset =
      arith::MulIOp::create(builder, loc, metadata.getOffset(), scale);
  return value_(arith::AddIOp::create(builder, loc, pointer, offset));
}

CallBuilder &CallBuilder::input(Value buffer) {
  if (isContiguous(buffer))
    return address(buffer);
  Value copy = allocateLike(buffer);
  memref::CopyOp::create(builder, loc, buffer, copy);
  return address(copy);
}

CallBuilder &CallBuilder::output(Value buffer) {
  if (isContiguous(buffer))
    return address(buffer);
  Value copy = allocateLike(buffer);
  copyBack.push_back({copy, buffer});
  return address(copy);
}

CallBuilder &CallBuilder::string(StringRef text) {
  SmallVector<uint8_t> bytes(text.bytes_begin(), text.bytes_end());
  bytes.push_back(0);
  // One global per text: its name says which.
  std::string name = ("edgebert_string." + text).str();
  if (auto known = symbols.lookup<memref::GlobalOp>(name))
    return address(memref::GetGlobalOp::create(builder, loc, known.getType(),
                                               known.getSymName()));
  auto type = MemRefType::get({int64_t(bytes.size())}, builder.getI8Type());
  auto data = DenseElementsAttr::get(
      RankedTensorType::get(type.getShape(), type.getElementType()),
      ArrayRef<uint8_t>(bytes));
  OpBuilder global(builder.getContext());
  auto constant = memref::GlobalOp::create(
      global, loc, name, global.getStringAttr("private"), type, data,
      /*constant=*/true, IntegerAttr());
  symbols.insert(constant);
  return address(
      memref::GetGlobalOp::create(builder, loc, type, constant.getSymName()));
}

CallBuilder &CallBuilder::dramAddress(FlatSymbolRefAttr region, Value offset) {
  auto symbol = symbols.lookup<RegionOp>(region.getAttr());
  Value base = arith::ConstantIndexOp::create(builder, loc,
                                              int64_t(symbol.getAddress()));
  return value_(arith::AddIOp::create(builder, loc, base, offset));
}

Value CallBuilder::call(StringRef name, Type resultType) {
  auto function = symbols.lookup<func::FuncOp>(name);
  if (!function) {
    OpBuilder declare(builder.getContext());
    SmallVector<Type> results;
    if (resultType)
      results.push_back(resultType);
    function = func::FuncOp::create(
        declare, loc, name,
        declare.getFunctionType(ValueRange(operands).getTypes(), results));
    function.setPrivate();
    if (isa_and_nonnull<MemRefType>(resultType))
      function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                        declare.getUnitAttr());
    symbols.insert(function);
  }
  auto callOp = func::CallOp::create(builder, loc, function, operands);
  for (auto [from, to] : copyBack)
    memref::CopyOp::create(builder, loc, from, to);
  return resultType ? callOp.getResult(0) : Value();
}

/// Replaces the i1 result of `op` by that of a call.
static void callDecision(CallBuilder &call, Operation *op, StringRef name) {
  OpBuilder builder(op);
  Value value = call.call(name, builder.getIndexType());
  Value zero = arith::ConstantIndexOp::create(builder, op->getLoc(), 0);
  op->getResult(0).replaceAllUsesWith(arith::CmpIOp::create(
      builder, op->getLoc(), arith::CmpIPredicate::ne, value, zero));
}

/// The place of a buffer in its memory of the chip.
static int64_t getPlace(Value buffer) {
  return buffer.getDefiningOp<ScratchpadOp>().getAddress();
}

static SpaceAttr getSpace(Value buffer) {
  return cast<SpaceAttr>(cast<MemRefType>(buffer.getType()).getMemorySpace());
}

static int64_t getRows(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return type.getNumElements() / type.getShape().back();
}

static int64_t getColumns(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getShape().back();
}

/// Operands every row-wise unit starts with.
template <typename RunOp>
static CallBuilder &runRows(CallBuilder &call, RunOp op) {
  return call.numbers({op.getNumVector(), op.getNumTimestep(),
                       getSpace(op.getInput()).getDecoder(),
                       getPlace(op.getInput()), getPlace(op.getOut()),
                       op.getInBias(), op.getOutBias(), op.getTiled()});
}

LogicalResult ConvertEdgeBERTToRuntimePass::convert(Operation *op,
                                                    SymbolTable &symbols) {
  for (Value operand : op->getOperands()) {
    if (isa<TensorType>(operand.getType()))
      return op->emitOpError("expected buffers, got ")
             << operand.getType() << "; bufferize first";
    auto memref = dyn_cast<MemRefType>(operand.getType());
    if (memref && isa_and_nonnull<SpaceAttr>(memref.getMemorySpace()) &&
        !operand.getDefiningOp<ScratchpadOp>())
      return op->emitOpError("expected every chip buffer to be an "
                             "edgebert.scratchpad, so that its address is "
                             "known");
  }
  if (auto probe = dyn_cast<ProbeOp>(op); probe && probes) {
    auto type = dyn_cast<MemRefType>(probe.getValue().getType());
    if (!type || !type.hasStaticShape() ||
        !type.getElementType().isIntOrFloat())
      return op->emitOpError("expected a buffer of static shape with integer "
                             "or float elements, got ")
             << probe.getValue().getType();
  }
  CallBuilder call(op, symbols);
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](MatmulOp matmul) {
        auto lhs = cast<MemRefType>(matmul.getLhs().getType());
        auto rhs = cast<MemRefType>(matmul.getRhs().getType());
        int64_t lanes[2] = {0, 0};
        if (auto codes = matmul.getAddendLanes())
          std::memcpy(lanes, codes->data(), 16);
        call.input(matmul.getLhs())
            .input(matmul.getRhs())
            .optionalInput(matmul.getAddend())
            .output(matmul.getInit())
            .numbers({lhs.getRank() == 3 ? lhs.getDimSize(0) : 1,
                      rhs.getRank() == 3, lhs.getShape().take_back(2)[0],
                      rhs.getShape().take_back(2)[0], lhs.getShape().back(),
                      matmul.getAccumRightShift(), matmul.getRelu(), lanes[0],
                      lanes[1]});
        if (matmul.getLive()) {
          std::string live(lhs.getDimSize(0), '0');
          for (int64_t batch : matmul.getLiveBatches())
            live[batch] = '1';
          call.string(live);
        } else {
          call.number(0);
        }
        call.call(runtime::kMatmul);
      })
      .Case([&](SoftmaxOp softmax) {
        call.input(softmax.getInput())
            .optionalInput(softmax.getSpan())
            .output(softmax.getInit())
            .numbers({getRows(softmax.getInit()), getColumns(softmax.getInit()),
                      softmax.getNumSpans(), softmax.getInBias(),
                      softmax.getSpanBias(), softmax.getOutBias()})
            .call(runtime::kSoftmax);
      })
      .Case([&](LayerNormOp norm) {
        call.input(norm.getInput())
            .input(norm.getGamma())
            .input(norm.getBeta())
            .output(norm.getInit())
            .numbers({getRows(norm.getInit()), getColumns(norm.getInit()),
                      norm.getInBias(), norm.getGammaBias(), norm.getBetaBias(),
                      norm.getOutBias()})
            .call(runtime::kLayerNorm);
      })
      .Case([&](AddOp add) {
        call.input(add.getLhs())
            .input(add.getRhs())
            .output(add.getInit())
            .numbers({getRows(add.getInit()), getColumns(add.getInit()),
                      add.getLhsBias(), add.getRhsBias(), add.getOutBias()})
            .call(runtime::kAdd);
      })
      .Case([&](EntropyOp entropy) {
        call.input(entropy.getInput())
            .numbers({getColumns(entropy.getInput()), entropy.getInBias()})
            .dynamic(entropy.getThreshold());
        callDecision(call, op, runtime::kEntropy);
      })
      .Case([&](RunEntropyOp run) {
        call.numbers({run.getNumVector(), getSpace(run.getInput()).getDecoder(),
                      getPlace(run.getInput()), run.getInBias()})
            .dynamic(run.getThreshold());
        callDecision(call, op, runtime::kRunEntropy);
      })
      .Case([&](DvfsOp dvfs) {
        call.dynamic(dvfs.getPoint()).call(runtime::kDvfs);
      })
      .Case([&](ProbeOp probe) {
        if (!probes)
          return;
        auto type = cast<MemRefType>(probe.getValue().getType());
        Type element = type.getElementType();
        auto kind = element.isSignlessInteger(8) ? runtime::ProbeElement::I8
                    : element.isF32()            ? runtime::ProbeElement::F32
                                                 : runtime::ProbeElement::Other;
        int64_t bytes = type.getNumElements() *
                        llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
        call.string(probe.getId())
            .input(probe.getValue())
            .numbers({bytes, int64_t(kind)})
            .call(runtime::kProbe);
      })
      .Case([&](LoadOp load) {
        SpaceAttr space = getSpace(load.getBuffer());
        call.numbers({int64_t(space.getMemory()), space.getDecoder()})
            .dramAddress(load.getRegionAttr(), load.getOffset())
            .number(cast<MemRefType>(load.getBuffer().getType()).getDimSize(0))
            .call(runtime::kLoad);
      })
      .Case([&](StoreOp store) {
        SpaceAttr space = getSpace(store.getBuffer());
        call.numbers({int64_t(space.getMemory()), space.getDecoder()})
            .dramAddress(store.getRegionAttr(), store.getOffset())
            .numbers(
                {cast<MemRefType>(store.getBuffer().getType()).getDimSize(0),
                 getPlace(store.getBuffer())})
            .call(runtime::kStore);
      })
      .Case([&](RunMatmulOp run) {
        call.numbers({run.getN0(), run.getN1(), run.getM(), run.getRightShift(),
                      run.getAccumBias(), run.getRelu(), getPlace(run.getRhs()),
                      getPlace(run.getLhs()),
                      getSpace(run.getOut()).getDecoder(),
                      getPlace(run.getOut())})
            .call(runtime::kRunMatmul);
      })
      .Case([&](RunSoftmaxOp run) {
        runRows(call, run)
            .numbers({getPlace(run.getSpan()), run.getSpanBias(),
                      run.isSpanPerRow()})
            .call(runtime::kRunSoftmax);
      })
      .Case([&](RunLayerNormOp run) {
        runRows(call, run)
            .numbers({getPlace(run.getGamma()), run.getGammaBias(),
                      getPlace(run.getBeta()), run.getBetaBias()})
            .call(runtime::kRunLayerNorm);
      })
      .Case([&](RunAddOp run) {
        runRows(call, run)
            .numbers({getPlace(run.getRhs()), run.getRhsBias()})
            .call(runtime::kRunAdd);
      })
      .Case([&](WriteRegOp write) {
        call.number(int64_t(write.getReg()))
            .dynamic(write.getValue())
            .call(runtime::kWrite);
      })
      .Case([&](ReadRegOp read) {
        OpBuilder builder(read);
        Value value = call.number(int64_t(read.getReg()))
                          .call(runtime::kRead, builder.getIndexType());
        read.replaceAllUsesWith(
            arith::IndexCastUIOp::create(builder, read.getLoc(),
                                         builder.getI32Type(), value)
                .getResult());
      })
      .Case([&](WaitOp) { call.call(runtime::kWait); })
      .Case([&](HostWorkOp work) {
        call.numbers({int64_t(work.getKind()), int64_t(work.getAmount())})
            .call(runtime::kHostWork);
      })
      .Case([&](GetRegionOp get) {
        auto region = symbols.lookup<RegionOp>(get.getRegionAttr().getAttr());
        OpBuilder builder(get);
        auto dynamicType =
            MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
        Value bytes = call.numbers({int64_t(region.getAddress()),
                                    int64_t(region.getSize())})
                          .call(runtime::kDram, dynamicType);
        get.replaceAllUsesWith(
            memref::CastOp::create(builder, get.getLoc(), get.getType(), bytes)
                .getResult());
      });
  return success();
}

void ConvertEdgeBERTToRuntimePass::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  // The machine counts for the operation of the model that work comes from.
  analysis::forEachOrigin(module, [&](Operation *op, StringRef name) {
    CallBuilder(op, symbols).string(name).call(runtime::kOrigin);
  });
  SmallVector<Operation *> ops;
  SmallVector<Operation *> places;
  module.walk([&](Operation *op) {
    if (isa<RegionOp, ScratchpadOp>(op))
      places.push_back(op);
    else if (isa_and_nonnull<EdgeBERTDialect>(op->getDialect()))
      ops.push_back(op);
  });
  bool anyFailed = false;
  for (Operation *op : ops) {
    if (failed(convert(op, symbols))) {
      anyFailed = true;
      continue;
    }
    op->erase();
  }
  if (anyFailed)
    return signalPassFailure();
  for (Operation *op : places)
    op->erase();
  // edgebert.name has done its work: whoever runs the module has read it.
  module.walk([](func::FuncOp func) {
    StringRef name = EdgeBERTDialect::kNameAttr;
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      func.removeArgAttr(i, name);
    for (unsigned i = 0; i < func.getNumResults(); ++i)
      func.removeResultAttr(i, StringAttr::get(func.getContext(), name));
  });
}
