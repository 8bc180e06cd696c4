//===- Timeline.h - who works when ------------------------------*- C++ -*-===//
//
// The clocks of a machine and its host. The host runs the driver: it writes
// registers, moves bytes and waits for interrupts, one thing after another, so
// each cycle of its clock has one cause, and the causes' cycles (Stats::cycles)
// sum to the total. The units (DMA, multipliers, special functions) work beside
// it.
//
// A command starts when the host has started it, its unit is free, and no
// command in flight still uses the memory it needs. With a queue of one command
// (Description::commandQueueDepth, as published) the host then waits for its
// interrupt. With a longer one the host goes on until the queue is full; it
// waits for transfers before it touches their memory, and for everything before
// it reads a register. A wait counts as cycles of what was waited for.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_TIMELINE_H
#define EDGEBERT_MACHINE_TIMELINE_H

#include "edgebert/Machine/Description.h"
#include "edgebert/Machine/Registers.h"
#include "edgebert/Machine/Stats.h"

#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <vector>

namespace edgebert::machine {

enum class MemoryKind { Mask, Data, Aux };

/// What a command reads and writes in the chip's memories.
struct Footprint {
  struct Range {
    MemoryKind kind;
    unsigned decoder;
    /// Bytes; a range past the end of its memory wraps.
    uint64_t begin, size;
    bool written;
  };
  llvm::SmallVector<Range, 6> ranges;

  /// A stream of `vectors` vectors: its masks, and its data if none was zero.
  void addStream(unsigned decoder, uint64_t maskRow, uint64_t dataByte,
                 uint64_t vectors, bool written);
};

/// A command in time.
struct CommandTime {
  Command command;
  CycleKind kind;
  uint64_t cycles;
  /// Moved by a transfer.
  uint64_t bytes = 0;
  /// Done by a matmul.
  uint64_t macs = 0;
};

/// One stretch of work on one resource, for traces.
struct Event {
  Resource resource;
  CycleKind kind;
  /// Of work of a unit.
  std::optional<Command> command;
  /// Cycles since the start of the timeline.
  uint64_t begin, end;
  /// Index of the operation it belongs to; see Machine::setOrigin.
  unsigned origin;
  /// Register accesses, bytes moved, or multiply-accumulates.
  uint64_t amount;
};

class Timeline {
public:
  explicit Timeline(const Description &desc);

  // Each adds the host's cycles to `stats`.

  void registerWrite(Stats &stats);
  /// The host waits for all commands first.
  void registerRead(Stats &stats);
  void hostWork(Stats &stats, HostWork kind, uint64_t amount);
  void start(Stats &stats, const CommandTime &command,
             const Footprint &footprint);
  /// Takes the oldest interrupt that the host still has to take; `cycles` are
  /// the interrupt's own.
  void wait(Stats &stats, uint64_t cycles);
  /// Waits for all that is in flight.
  void drain(Stats &stats);

  /// The host's clock.
  uint64_t now() const { return clock; }

  /// From now on, keeps what happens.
  void record() { recording = true; }
  bool isRecording() const { return recording; }
  llvm::ArrayRef<Event> events() const { return log; }
  void setOrigin(unsigned index) { origin = index; }

private:
  struct Flight {
    uint64_t end;
    CycleKind kind;
    Resource resource;
  };

  void advance(Stats &stats, CycleKind kind, uint64_t cycles);
  /// The host does something on `resource` for `cycles`, rounded.
  void occupyHost(Stats &stats, Resource resource, CycleKind kind,
                  double cycles, uint64_t amount);
  void waitUntil(Stats &stats, const Flight &flight);
  void waitForTransfers(Stats &stats);
  void note(Event event);
  /// Calls fn(readEnd, writeEnd) for each granule of a range.
  template <typename Fn>
  void forEachGranule(const Footprint::Range &range, Fn fn);

  Description desc;
  uint64_t clock = 0;
  /// When each resource is free.
  std::array<uint64_t, kNumResources> free{};
  /// In the order of their ends.
  std::vector<Flight> inFlight;
  /// Per granule of the memories, when the last read and write end.
  std::vector<uint64_t> readEnd, writeEnd;
  bool recording = false;
  unsigned origin = 0;
  std::vector<Event> log;
};

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_TIMELINE_H
