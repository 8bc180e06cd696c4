//===- EmitCommands.cpp - transfers and operations as register writes -----===//

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Machine/Energy.h"
#include "edgebert/Machine/Registers.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace edgebert::accel {
#define GEN_PASS_DEF_EMITCOMMANDSPASS
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h.inc"
} // namespace edgebert::accel

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;
using machine::Field;

namespace {

/// A register word under construction. Fields that do not fit are remembered
/// and reported by `check`.
class Word {
public:
  Word &set(const Field &field, int64_t value) {
    if (!field.fits(value) && overflow.empty())
      overflow = (Twine(field.name) + " = " + Twine(value) +
                  " does not fit its register field; the largest is " +
                  Twine(field.max()))
                     .str();
    word = field.insert(word, value);
    return *this;
  }

  uint32_t word = 0;
  std::string overflow;
};

class CommandEmitter {
public:
  CommandEmitter(Operation *op, const machine::Description &machine)
      : op(op), machine(machine), fields(machine::AddressFields::of(machine)),
        builder(op) {}

  LogicalResult emit(LoadOp load);
  LogicalResult emit(StoreOp store);
  LogicalResult emit(RunMatmulOp run);
  LogicalResult emit(RunSoftmaxOp run);
  LogicalResult emit(RunLayerNormOp run);
  LogicalResult emit(RunAddOp run);
  LogicalResult emit(RunEntropyOp run);
  LogicalResult emit(DvfsOp dvfs);

private:
  Value constant(uint32_t value) {
    return arith::ConstantIntOp::create(builder, op->getLoc(), int32_t(value),
                                        32);
  }
  void write(Register reg, uint32_t value) { write(reg, constant(value)); }
  void write(Register reg, Value value) {
    WriteRegOp::create(builder, op->getLoc(), reg, value);
  }
  LogicalResult write(Register reg, const Word &word) {
    if (!word.overflow.empty())
      return op->emitOpError(word.overflow);
    write(reg, word.word);
    return success();
  }
  /// Before the first register write of an operation: the reset lets a machine
  /// with literal state start from its registers alone (fact sheet 3.5).
  void begin() {
    if (machine.persistentState == machine::PersistentState::Literal)
      write(Register::SoftReset, 1u);
  }
  void start(machine::Command command) {
    write(Register::Command, uint32_t(command));
    WaitOp::create(builder, op->getLoc());
  }
  /// The DRAM address of byte `offset` of a region, as i32.
  Value getAddress(FlatSymbolRefAttr region, Value offset);
  /// The place of a buffer in its memory.
  FailureOr<int64_t> getPlace(Value buffer);
  /// The place of a stream. Registers hold one number for its data byte and,
  /// modulo the mask memory, its mask row.
  FailureOr<int64_t> getPlace(Value data, Value mask);
  /// The place of a parameter in the units of the aux memory's base registers.
  FailureOr<int64_t> getAuxBase(Value buffer);
  /// Selects a decoder's memories for a transfer of `buffer`.
  LogicalResult prepareTransfer(Value buffer, bool toDram);

  /// Routes the streams of a decoder to the special-function unit of `gbMode`.
  void selectUnit(unsigned decoder, uint32_t gbMode, uint32_t decoderMode);
  /// The registers every special-function unit with rows of results needs.
  template <typename RunOp>
  LogicalResult configureRows(RunOp run, uint32_t unit, uint32_t decoderMode,
                              int64_t bias2, int64_t rhsPlace);

  Operation *op;
  const machine::Description &machine;
  machine::AddressFields fields;
  OpBuilder builder;
};

struct EmitCommandsPass : accel::impl::EmitCommandsPassBase<EmitCommandsPass> {
  using EmitCommandsPassBase::EmitCommandsPassBase;
  void runOnOperation() override;
};

} // namespace

static SpaceAttr getSpace(Value buffer) {
  return cast<SpaceAttr>(cast<MemRefType>(buffer.getType()).getMemorySpace());
}

static int64_t getNumRows(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getDimSize(0);
}

Value CommandEmitter::getAddress(FlatSymbolRefAttr symbol, Value offset) {
  auto region = SymbolTable::lookupNearestSymbolFrom<RegionOp>(op, symbol);
  Location loc = op->getLoc();
  Value base = constant(uint32_t(region.getAddress()));
  Value offset32 = builder.createOrFold<arith::IndexCastOp>(
      loc, builder.getI32Type(), offset);
  return builder.createOrFold<arith::AddIOp>(loc, offset32, base);
}

FailureOr<int64_t> CommandEmitter::getPlace(Value buffer) {
  if (auto pad = buffer.getDefiningOp<ScratchpadOp>())
    return int64_t(pad.getAddress());
  return op->emitOpError("expected every chip buffer to be an "
                         "edgebert.scratchpad, so that its address is known, "
                         "got a ")
         << buffer.getType() << " from elsewhere";
}

FailureOr<int64_t> CommandEmitter::getPlace(Value data, Value mask) {
  FailureOr<int64_t> place = getPlace(data), maskPlace = getPlace(mask);
  if (failed(place) || failed(maskPlace))
    return failure();
  int64_t expected = *place % machine.maskRows();
  if (*maskPlace == expected)
    return place;
  InFlightDiagnostic diag = op->emitOpError("expected the masks of data at ")
                            << *place << " at row " << expected << ", got "
                            << *maskPlace;
  diag.attachNote(mask.getLoc()) << "the masks are placed here";
  return diag;
}

FailureOr<int64_t> CommandEmitter::getAuxBase(Value buffer) {
  FailureOr<int64_t> place = getPlace(buffer);
  if (succeeded(place) && *place % machine.auxBaseUnit != 0)
    return op->emitOpError("expected parameters at multiples of ")
           << machine.auxBaseUnit << " bytes of the aux memory, got " << *place;
  if (succeeded(place))
    *place /= machine.auxBaseUnit;
  return place;
}

LogicalResult CommandEmitter::prepareTransfer(Value buffer, bool toDram) {
  begin();
  write(Register::UseAxi, toDram ? 1 : 0);
  if (getSpace(buffer).getMemory() == Memory::Aux)
    return write(Register::AuxCount, Word().set(machine::field::auxCountM1,
                                                getNumRows(buffer) - 1));
  write(Register::FlipMem, getSpace(buffer).getDecoder());
  return write(Register::VectorCount,
               Word().set(fields.vectorCountM1, getNumRows(buffer) - 1));
}

LogicalResult CommandEmitter::emit(LoadOp load) {
  if (failed(prepareTransfer(load.getBuffer(), /*toDram=*/false)))
    return failure();
  // The op loads to address 0; such a machine must be told.
  if (machine.dmaDestination &&
      getSpace(load.getBuffer()).getMemory() != Memory::Aux)
    write(Register::BaseOutput, 0u);
  Value address = getAddress(load.getRegionAttr(), load.getOffset());
  switch (getSpace(load.getBuffer()).getMemory()) {
  case Memory::Mask:
    write(Register::MaskReadBase, address);
    start(machine::Command::MaskLoad);
    break;
  case Memory::Data:
    write(Register::InputReadBase, address);
    start(machine::Command::InputLoad);
    break;
  case Memory::Aux:
    write(Register::AuxReadBase, address);
    start(machine::Command::AuxLoad);
    break;
  }
  return success();
}

LogicalResult CommandEmitter::emit(StoreOp store) {
  FailureOr<int64_t> place = getPlace(store.getBuffer());
  if (failed(place) ||
      failed(prepareTransfer(store.getBuffer(), /*toDram=*/true)))
    return failure();
  Value address = getAddress(store.getRegionAttr(), store.getOffset());
  Memory memory = getSpace(store.getBuffer()).getMemory();
  if (memory == Memory::Aux) {
    if (*place != 0)
      return op->emitOpError("expected an aux buffer at 0, where the machine "
                             "stores from, got ")
             << *place;
    write(Register::AuxWriteBase, address);
    start(machine::Command::AuxStore);
    return success();
  }
  if (failed(
          write(Register::BaseOutput, Word().set(fields.baseOutput, *place))))
    return failure();
  if (memory == Memory::Mask) {
    write(Register::MaskWriteBase, address);
    start(machine::Command::MaskStore);
  } else {
    write(Register::InputWriteBase, address);
    start(machine::Command::InputStore);
  }
  return success();
}

LogicalResult CommandEmitter::emit(RunMatmulOp run) {
  FailureOr<int64_t> lhs = getPlace(run.getLhs(), run.getLhsMask()),
                     rhs = getPlace(run.getRhs(), run.getRhsMask()),
                     out = getPlace(run.getOut(), run.getOutMask());
  if (failed(lhs) || failed(rhs) || failed(out))
    return failure();
  begin();
  write(Register::UseAxi, 0u);
  write(Register::UseGB, 0u);
  write(Register::ResetMode, machine::kMatmulResetMode);
  write(Register::FlipMem, getSpace(run.getOut()).getDecoder());
  if (failed(write(
          Register::AccelConfig,
          Word()
              .set(machine::field::isRelu, run.getRelu())
              .set(machine::field::adfAccumBias, run.getAccumBias())
              .set(machine::field::accumRightShift, run.getRightShift()))) ||
      failed(write(Register::MatrixConfig,
                   Word()
                       .set(machine::field::n0, run.getN0())
                       .set(machine::field::n1, run.getN1())
                       .set(machine::field::m, run.getM()))) ||
      failed(write(
          Register::InputBufferConfig,
          Word().set(fields.baseInput0, *rhs).set(fields.baseInput1, *lhs))) ||
      failed(write(Register::BaseOutput, Word().set(fields.baseOutput, *out))))
    return failure();
  write(Register::BaseOffset, 0u);
  start(machine::Command::Matmul);
  return success();
}

void CommandEmitter::selectUnit(unsigned decoder, uint32_t gbMode,
                                uint32_t decoderMode) {
  begin();
  write(Register::UseAxi, 0u);
  write(Register::UseGB, 1u);
  write(Register::ResetMode,
        decoderMode << (decoder == 1 ? machine::kDecoder1Shift : 0));
  write(Register::GBModeConfig, gbMode);
  write(Register::FlipMem, decoder);
  write(Register::BaseOffset, 0u);
}

template <typename RunOp>
LogicalResult CommandEmitter::configureRows(RunOp run, uint32_t unit,
                                            uint32_t decoderMode, int64_t bias2,
                                            int64_t rhsPlace) {
  FailureOr<int64_t> input = getPlace(run.getInput(), run.getInputMask()),
                     out = getPlace(run.getOut(), run.getOutMask());
  if (failed(input) || failed(out))
    return failure();
  if (run.getTiled() && !machine.tiledLayout)
    return run.emitOpError("reads tiled streams, which the units of machine '")
           << machine.name << "' cannot";
  selectUnit(getSpace(run.getInput()).getDecoder(),
             unit | (run.getTiled() ? uint32_t(machine::kGBTiled) : 0u),
             decoderMode);
  // The published units read both bases from their own decoder's pair.
  if (failed(write(
          Register::InputBufferConfig,
          Word()
              .set(fields.baseInput0, *input)
              .set(fields.baseInput1, rhsPlace < 0 ? *input : rhsPlace))) ||
      failed(write(Register::GBControlConfig,
                   Word()
                       .set(machine::field::numVector, run.getNumVector())
                       .set(machine::field::numTimestep, run.getNumTimestep())
                       .set(machine::field::biasAct1, run.getInBias())
                       .set(machine::field::biasAct2, bias2)
                       .set(machine::field::biasAct3, run.getOutBias()))))
    return failure();
  return write(Register::BaseOutput, Word().set(fields.baseOutput, *out));
}

LogicalResult CommandEmitter::emit(RunSoftmaxOp run) {
  bool perRow = run.isSpanPerRow();
  if (perRow && !machine.softmaxSpanPerRow)
    return run.emitOpError("has a span per row; the unit of machine '")
           << machine.name << "' reads one for all rows";
  FailureOr<int64_t> span = getAuxBase(run.getSpan());
  uint32_t unit =
      machine::kGBSoftmax | (perRow ? uint32_t(machine::kGBSpanPerRow) : 0u);
  if (failed(span) ||
      failed(configureRows(run, unit, machine::kDecodeSoftmax, 0, -1)) ||
      failed(write(Register::PeriphConfig,
                   Word()
                       .set(machine::field::baseAttnSpan, *span)
                       .set(machine::field::biasAttnSpan, run.getSpanBias()))))
    return failure();
  start(machine::Command::Softmax);
  return success();
}

LogicalResult CommandEmitter::emit(RunLayerNormOp run) {
  FailureOr<int64_t> gamma = getAuxBase(run.getGamma()),
                     beta = getAuxBase(run.getBeta());
  if (failed(gamma) || failed(beta) ||
      failed(configureRows(run, machine::kGBLayerNorm,
                           machine::kDecodeLayerNorm, 0, -1)) ||
      failed(write(Register::PeriphConfig,
                   Word()
                       .set(machine::field::baseGamma, *gamma)
                       .set(machine::field::baseBeta, *beta)
                       .set(machine::field::biasGamma, run.getGammaBias())
                       .set(machine::field::biasBeta, run.getBetaBias()))))
    return failure();
  start(machine::Command::LayerNorm);
  return success();
}

LogicalResult CommandEmitter::emit(RunAddOp run) {
  FailureOr<int64_t> rhs = getPlace(run.getRhs(), run.getRhsMask());
  if (failed(rhs) ||
      failed(configureRows(run, machine::kGBElemAdd, machine::kDecodeElemAdd,
                           run.getRhsBias(), *rhs)))
    return failure();
  start(machine::Command::ElemAdd);
  return success();
}

/// What the entropy is divided by before command 12 looks it up. Any will do:
/// all entries of the tables are the same.
static constexpr int64_t kEntropyScale = 1;

LogicalResult CommandEmitter::emit(RunEntropyOp run) {
  FailureOr<int64_t> input = getPlace(run.getInput(), run.getInputMask());
  if (failed(input))
    return failure();
  Location loc = op->getLoc();
  selectUnit(getSpace(run.getInput()).getDecoder(), machine::kGBEntropy,
             machine::kDecodeEntropy);
  // The unit starts when its shape arrives, so that comes last.
  Value threshold = builder.createOrFold<arith::AndIOp>(
      loc, run.getThreshold(),
      constant(uint32_t(machine::field::entropyThreshold.insert(0, -1))));
  write(Register::EntropyConfig,
        builder.createOrFold<arith::OrIOp>(
            loc, threshold,
            constant(machine::field::entropyScale.insert(0, kEntropyScale))));
  if (failed(write(Register::InputBufferConfig,
                   Word()
                       .set(fields.baseInput0, *input)
                       .set(fields.baseInput1, *input))) ||
      failed(write(Register::GBControlConfig,
                   Word()
                       .set(machine::field::numVector, run.getNumVector())
                       .set(machine::field::numTimestep, 1)
                       .set(machine::field::biasAct1, run.getInBias()))))
    return failure();
  start(machine::Command::Entropy);
  // 3 where the entropy is small enough, 2 where it is not.
  Value status =
      ReadRegOp::create(builder, loc, builder.getI32Type(), Register::Status);
  Value bit = arith::AndIOp::create(builder, loc, status, constant(1));
  Value below = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                      bit, constant(0));
  run.getBelow().replaceAllUsesWith(below);
  return success();
}

LogicalResult CommandEmitter::emit(DvfsOp dvfs) {
  if (machine.persistentState == machine::PersistentState::Literal)
    return op->emitOpError("cannot keep a point on machine '")
           << machine.name << "', which is reset before every operation";
  Location loc = op->getLoc();
  // The selectors differ from those of the operating point by the number of
  // points below it.
  const machine::EnergyTable &table = machine.energy;
  machine::energy::Selectors top =
      machine::energy::selectorsOf(table, table.operatingPoint);
  Value below = builder.createOrFold<arith::SubIOp>(
      loc, constant(table.operatingPoint), dvfs.getPoint());
  Value dco =
      builder.createOrFold<arith::SubIOp>(loc, constant(top.dco), below);
  Value ldo =
      builder.createOrFold<arith::AddIOp>(loc, constant(top.ldo), below);
  // A word of the tables is the sum of its entries, so that equal entries are a
  // product.
  auto writeAll = [&](Value selector, unsigned count,
                      Field (*entry)(unsigned)) {
    llvm::MapVector<uint32_t, uint32_t> words;
    for (unsigned i = 0; i < count; ++i) {
      uint32_t &word = words[uint32_t(entry(i).reg)];
      word = entry(i).insert(word, 1);
    }
    for (auto [offset, ones] : words)
      write(*symbolizeRegister(offset),
            builder.createOrFold<arith::MulIOp>(loc, selector, constant(ones)));
  };
  writeAll(dco, machine::field::kNumDcoValues, machine::field::dcoValue);
  writeAll(ldo, machine::field::kNumLdoValues, machine::field::ldoValue);
  start(machine::Command::Dvfs);
  return success();
}

void EmitCommandsPass::runOnOperation() {
  ModuleOp module = getOperation();
  llvm::Expected<machine::Description> description =
      machine::Description::load(machine);
  if (!description) {
    module.emitError(llvm::toString(description.takeError()));
    return signalPassFailure();
  }
  bool anyFailed = false;
  unsigned found = 0;
  module.walk([&](Operation *op) {
    LogicalResult result =
        llvm::TypeSwitch<Operation *, LogicalResult>(op)
            .Case<LoadOp, StoreOp, RunMatmulOp, RunSoftmaxOp, RunLayerNormOp,
                  RunAddOp, RunEntropyOp, DvfsOp>([&](auto typed) {
              ++found;
              if (failed(CommandEmitter(op, *description).emit(typed)))
                return failure();
              op->erase();
              return success();
            })
            .Default(success());
    if (failed(result))
      anyFailed = true;
  });
  if (anyFailed)
    return signalPassFailure();
  if (found == 0)
    module.emitRemark("edgebert-emit-commands found no transfer and no on-chip "
                      "operation");
  // Places are now numbers in registers.
  module.walk([](ScratchpadOp pad) {
    if (pad->use_empty())
      pad.erase();
  });
}
