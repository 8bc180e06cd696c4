//===- Machine.h - the accelerator ------------------------------*- C++ -*-===//
//
// Registers, memories, DMA and command execution (fact sheet 2, 3, 6). What an
// operation computes is in Units.h, how long it takes in Timing.h.
//
// The machine is driven through registers, as the chip is, or by the methods
// that the commands decode into; both execute the same code. A command runs to
// its end when it is started; the machine is then busy until wait().
//
// No sequence of calls is undefined. What the chip would answer with silence
// or garbage is an error that names register, field, value and rule; the
// machine stays usable, and a command that failed changed nothing. Where state
// survives from one operation to the next (PersistentState::Literal), a
// command may be accepted and never end: then the wait is the error, and a
// soft reset the way out.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_MACHINE_H
#define EDGEBERT_MACHINE_MACHINE_H

#include "edgebert/Machine/Description.h"
#include "edgebert/Machine/Images.h"
#include "edgebert/Machine/Kernels.h"
#include "edgebert/Machine/Persistent.h"
#include "edgebert/Machine/Registers.h"
#include "edgebert/Machine/Stats.h"
#include "edgebert/Machine/Timeline.h"
#include "edgebert/Machine/Units.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace edgebert::machine {

/// Where a stream is in a decoder's memories: masks from row `base` mod rows,
/// data from byte base - offset.
struct StreamBase {
  uint32_t base = 0;
  uint32_t offset = 0;
};

/// The operand of decoder 0, that of decoder 1, and where the result goes.
struct MatmulPlacement {
  StreamBase operand0, operand1;
  uint32_t output = 0;
  /// The decoder that gets the result.
  unsigned outputDecoder = 1;
  /// If not null, the result goes where this stands instead of to `output`.
  Encoder *encoder = nullptr;
  /// If not 0, the tiles of 16 columns that are summed for a result, at most
  /// m / 16; what is left over is lost (fact sheet 3.5). M may then be uneven.
  unsigned latchedTiles = 0;
};

/// A special-function unit reads and writes one decoder's memories.
struct UnitPlacement {
  StreamBase input;
  /// The second operand of ElemAdd.
  StreamBase input2;
  uint32_t output = 0;
  unsigned decoder = 0;
  /// Of input and result.
  Layout layout = Layout::RowMajor;
  /// See MatmulPlacement.
  Encoder *encoder = nullptr;
};

class OperandCache;

class Machine {
public:
  /// A machine that just left reset, its memories zero. `desc` is valid.
  explicit Machine(const Description &desc);

  const Description &description() const { return desc; }

  /// Makes `size` bytes at `base` the external memory from `address` on. It
  /// must outlive its use. Replaces what was attached before.
  void attachMemory(uint8_t *base, uint64_t size, uint32_t address = 0);

  //===--------------------------------------------------------------------===//
  // The register interface
  //===--------------------------------------------------------------------===//

  /// Writes a register; a write to Register::Command starts that command, one
  /// of a non-zero value to Register::SoftReset resets all but the memories.
  llvm::Error writeRegister(uint32_t offset, uint32_t value);
  llvm::Expected<uint32_t> readRegister(uint32_t offset);
  /// Waits for the interrupt of the running command.
  llvm::Error wait();
  bool isBusy() const { return busy; }

  /// Everything but the memories, the statistics and the attached memory to
  /// its state at power-on.
  void softReset();

  //===--------------------------------------------------------------------===//
  // What the commands do
  //===--------------------------------------------------------------------===//

  /// External memory to a scratchpad. `vectors` of 16 bytes (Data, Aux) or mask
  /// rows (Mask, a multiple of 4). `decoder` is ignored for Aux. `base` is that
  /// of `store`; not 0 only with Description::dmaDestination.
  llvm::Error load(MemoryKind kind, unsigned decoder, uint32_t externalAddress,
                   unsigned vectors, uint32_t base = 0);
  /// A scratchpad from `base` on (a byte, a mask row; ignored for Aux, which
  /// is stored from its start) to external memory.
  llvm::Error store(MemoryKind kind, unsigned decoder, uint32_t externalAddress,
                    uint32_t base, unsigned vectors);

  llvm::Error runMatmul(const MatmulConfig &cfg, const MatmulPlacement &place);
  /// `spanBase`, `gammaBase`, `betaBase`: bytes in the auxiliary memory.
  llvm::Error runSoftmax(const SoftmaxConfig &cfg, const UnitPlacement &place,
                         unsigned spanBase);
  llvm::Error runLayerNorm(const LayerNormConfig &cfg,
                           const UnitPlacement &place, unsigned gammaBase,
                           unsigned betaBase);
  llvm::Error runAdd(const AddConfig &cfg, const UnitPlacement &place);
  llvm::Expected<EntropyResult> runEntropy(const EntropyConfig &cfg,
                                           const UnitPlacement &place);
  llvm::Expected<DvfsResult> runDvfs(const DvfsConfig &cfg);

  //===--------------------------------------------------------------------===//
  // The host's part, statistics, and the insides
  //===--------------------------------------------------------------------===//

  /// Adds the cycles of host work (HostCosts).
  void addHostWork(HostWork kind, uint64_t amount);

  /// What is counted from now on belongs to the operation `name`, for example
  /// the ONNX node that the driver's code comes from.
  void setOrigin(llvm::StringRef name);
  llvm::StringRef origin() const { return operationStats[operation].name; }
  struct Operation {
    std::string name;
    Stats stats;
  };
  /// The operations in the order of their first appearance; what was counted
  /// before the first setOrigin has the name "". Their stats sum to stats().
  std::vector<Operation> operations() const;

  Stats stats() const;
  /// A change of voltage and frequency (command 12): what had been counted when
  /// the host started it, and the selectors from then on (Energy.h).
  struct VoltageChange {
    Stats before;
    DvfsResult selected;
  };
  /// In order, since clearStats.
  llvm::ArrayRef<VoltageChange> voltageChanges() const { return changes; }
  /// Forgets all counts, events and clocks.
  void clearStats();
  /// The host waits for all that is in flight; before a total is read.
  void drain() { timeline.drain(counters); }
  /// Keeps the timeline's events from now on. Origins are indices of
  /// operations().
  void recordEvents() { timeline.record(); }
  llvm::ArrayRef<Event> events() const { return timeline.events(); }

  llvm::ArrayRef<uint8_t> dataMemory(unsigned decoder) const {
    return side[decoder & 1].data;
  }
  llvm::ArrayRef<uint16_t> maskMemory(unsigned decoder) const {
    return side[decoder & 1].masks;
  }
  llvm::ArrayRef<uint8_t> auxMemory() const { return aux; }
  /// For tests and fault injection. Decoded copies of the contents are
  /// dropped.
  llvm::MutableArrayRef<uint8_t> mutableDataMemory(unsigned decoder);
  llvm::MutableArrayRef<uint16_t> mutableMaskMemory(unsigned decoder);
  llvm::MutableArrayRef<uint8_t> mutableAuxMemory() { return aux; }

  /// The last entropy since reset.
  std::optional<EntropyResult> lastEntropy() const { return entropyResult; }

  /// Called for every register write, read (with the value read) and wait
  /// that succeeded, in order; for logs and golden register traces.
  enum class Access { Write, Read, Wait };
  using Observer = std::function<void(Access, uint32_t offset, uint32_t value)>;
  void setObserver(Observer fn) { observer = std::move(fn); }
  /// Called for every burst of a command with the bytes that it moved, after
  /// a store's have arrived; before the command's own Access.
  enum class Transfer { ToChip, FromChip };
  using TransferObserver = std::function<void(
      Transfer, uint64_t externalAddress, llvm::ArrayRef<uint8_t> bytes)>;
  void setTransferObserver(TransferObserver fn) {
    transferObserver = std::move(fn);
  }

private:
  /// One decoder's memories, and the matmul operand last read from them.
  struct Side {
    std::vector<uint8_t> data;
    std::vector<uint16_t> masks;
    /// Counts changes of the memories.
    uint64_t version = 0;
  };
  struct CachedOperand {
    uint64_t version = ~uint64_t(0);
    StreamBase base;
    unsigned rows = 0, columns = 0;
    Precision precision = Precision::Afp8;
    std::shared_ptr<const kernels::Operand> operand;
  };
  /// When cells of the memories are read last.
  class Hazards;

  // Commands.cpp: registers to operations.
  llvm::Error start(uint32_t command);
  llvm::Error checkConfigured(Command command) const;
  llvm::Error checkRouting(Command command) const;
  llvm::Error startTransfer(Command command, uint32_t storeBase);
  llvm::Error startMatmul();
  MatmulConfig matmulConfig() const;
  llvm::Error startDvfs();
  llvm::Error startLiteral(Command command);
  UnitPlacement unitPlacement() const;
  llvm::Error runUnit(Command command, const UnitPlacement &place,
                      uint32_t control, uint32_t periph);
  int64_t get(const Field &field) const {
    return field.extract(registers[index(field.reg)]);
  }

  // Streams.cpp: operands and results in the memories.
  uint32_t maskRow(uint32_t base) const { return base % desc.maskRows(); }
  uint32_t dataByte(StreamBase base) const {
    return uint16_t(base.base - base.offset) % desc.dataBytes;
  }
  /// The masks of a stream; an error names `what`.
  llvm::Expected<std::vector<uint16_t>> readMasks(const llvm::Twine &what,
                                                  unsigned decoder,
                                                  StreamBase from,
                                                  uint64_t vectors) const;
  struct LocatedStream;
  llvm::Expected<LocatedStream> locate(const llvm::Twine &what,
                                       unsigned decoder, StreamBase from,
                                       uint64_t vectors) const;
  std::vector<uint8_t> expand(const LocatedStream &stream, unsigned decoder,
                              StreamBase from, unsigned rows, unsigned tiles,
                              Layout layout) const;
  /// A matrix of rows x tiles vectors.
  llvm::Expected<std::vector<uint8_t>>
  readMatrix(const llvm::Twine &what, unsigned decoder, StreamBase from,
             unsigned rows, unsigned tiles, Layout layout) const;
  llvm::Expected<const kernels::Operand *>
  readOperand(unsigned decoder, StreamBase from, unsigned rows,
              unsigned columns, Precision precision);
  llvm::Expected<std::vector<uint8_t>>
  readAux(const llvm::Twine &what, unsigned base, unsigned vectors) const;
  /// Adds a stream to what a result may not overwrite.
  void addHazard(Hazards &hazards, const llvm::Twine &what, unsigned decoder,
                 StreamBase from, uint64_t vectors,
                 std::function<uint64_t(uint64_t)> lastRead) const;
  /// Encodes a matrix of rows x tiles vectors at `base`.
  llvm::Error writeMatrix(unsigned decoder, uint32_t base,
                          llvm::ArrayRef<uint8_t> matrix, unsigned rows,
                          unsigned tiles, Layout layout, const Hazards &hazards,
                          Encoder *encoder);
  /// The same, vector by vector from where the encoder stands.
  void encodeStream(unsigned decoder, llvm::ArrayRef<uint8_t> stream,
                    Encoder &encoder);

  // Operations.cpp
  bool mayOverwriteOperand(const MatmulConfig &cfg,
                           const MatmulPlacement &place) const;
  uint64_t runInOrder(const MatmulConfig &cfg, const MatmulPlacement &place,
                      unsigned tiles, UnitStats &lost);
  llvm::Error runUnevenMatmul(const MatmulConfig &cfg,
                              const MatmulPlacement &place);
  llvm::Error checkUnit(llvm::StringRef unit, const RowShape &shape,
                        Layout layout) const;
  llvm::Error writeUnitResult(const UnitPlacement &place, const RowShape &shape,
                              llvm::ArrayRef<uint8_t> result);
  llvm::Error softmaxByDecoder(const SoftmaxConfig &cfg,
                               const UnitPlacement &place,
                               llvm::ArrayRef<uint8_t> span,
                               std::vector<uint8_t> &out, UnitStats &lost);
  /// Counts a command that has been executed.
  void complete(const CommandTime &command, const Footprint &footprint = {});
  /// Where vectors of a stream are.
  Footprint &addFootprint(Footprint &to, unsigned decoder, StreamBase from,
                          uint64_t vectors, bool written = false) const;
  Footprint
  unitFootprint(const UnitPlacement &place, const RowShape &shape,
                llvm::ArrayRef<std::pair<unsigned, unsigned>> parameters) const;

  Description desc;
  AddressFields fields;
  uint8_t *external = nullptr;
  uint64_t externalSize = 0;
  uint32_t externalAddress = 0;

  std::array<uint32_t, kNumRegisters> registers{};
  /// Registers written since reset, by index.
  uint32_t written = 0;
  bool busy = false;
  Command running = Command::Matmul;
  /// What survives from one operation to the next on a Literal machine.
  LiteralState literal;
  /// Why the running command never ends, if it does not.
  std::string hang;
  std::optional<EntropyResult> entropyResult;

  Side side[2];
  CachedOperand cache[2];
  /// Only saves work, so that copies of a machine may share it.
  std::shared_ptr<OperandCache> operands;
  std::vector<uint8_t> aux;
  /// Of the current origin since it became the current one.
  Stats counters;
  Timeline timeline;
  std::vector<Operation> operationStats = {{"", {}}};
  llvm::StringMap<unsigned> operationIndex = {{"", 0}};
  unsigned operation = 0;
  std::vector<VoltageChange> changes;
  /// Whether the command register started the running operation.
  bool startedByRegister = false;
  Observer observer;
  TransferObserver transferObserver;
};

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_MACHINE_H
