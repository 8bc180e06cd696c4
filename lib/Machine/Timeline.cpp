//===- Timeline.cpp - who works when ----------------------------*- C++ -*-===//

#include "edgebert/Machine/Timeline.h"

#include <algorithm>

using namespace edgebert::machine;

/// Memory is told apart in pieces of this many bytes.
static constexpr uint64_t kGranule = 64;

void Footprint::addStream(unsigned decoder, uint64_t maskRow, uint64_t dataByte,
                          uint64_t vectors, bool written) {
  ranges.push_back(
      {MemoryKind::Mask, decoder, 2 * maskRow, 2 * vectors, written});
  ranges.push_back(
      {MemoryKind::Data, decoder, dataByte, 16 * vectors, written});
}

static uint64_t granules(uint64_t bytes) {
  return (bytes + kGranule - 1) / kGranule;
}

Timeline::Timeline(const Description &desc) : desc(desc) {
  // Where commands never overlap, their memory need not be told apart.
  if (desc.commandQueueDepth == 1)
    return;
  uint64_t all = 2 * granules(desc.dataBytes) + 2 * granules(desc.maskBytes) +
                 granules(desc.auxBytes);
  readEnd.resize(all);
  writeEnd.resize(all);
}

template <typename Fn>
void Timeline::forEachGranule(const Footprint::Range &range, Fn fn) {
  if (readEnd.empty())
    return;
  uint64_t data = granules(desc.dataBytes), mask = granules(desc.maskBytes);
  uint64_t first = 0, size = desc.auxBytes;
  switch (range.kind) {
  case MemoryKind::Data:
    first = (range.decoder & 1) * data;
    size = desc.dataBytes;
    break;
  case MemoryKind::Mask:
    first = 2 * data + (range.decoder & 1) * mask;
    size = desc.maskBytes;
    break;
  case MemoryKind::Aux:
    first = 2 * data + 2 * mask;
    break;
  }
  uint64_t begin = range.begin, end = range.begin + range.size;
  if (end > size) // it wraps: all of the memory, to be safe
    begin = 0, end = size;
  for (uint64_t g = begin / kGranule; g < granules(end); ++g)
    fn(readEnd[first + g], writeEnd[first + g]);
}

void Timeline::note(Event event) {
  if (!recording || event.begin == event.end)
    return;
  event.origin = origin;
  // Register writes in a row are one stretch.
  if (event.resource == Resource::Bus && !log.empty()) {
    Event &last = log.back();
    if (last.resource == Resource::Bus && last.kind == event.kind &&
        last.origin == origin && last.end == event.begin) {
      last.end = event.end;
      last.amount += event.amount;
      return;
    }
  }
  log.push_back(event);
}

void Timeline::advance(Stats &stats, CycleKind kind, uint64_t cycles) {
  stats[kind] += cycles;
  clock += cycles;
}

void Timeline::waitUntil(Stats &stats, const Flight &flight) {
  if (flight.end > clock)
    advance(stats, flight.kind, flight.end - clock);
}

void Timeline::waitForTransfers(Stats &stats) {
  for (const Flight &flight : inFlight)
    if (flight.resource == Resource::Dma)
      waitUntil(stats, flight);
}

/// At most two years of cycles of 1 ns, so that whatever amount of work a host
/// reports, clocks do not wrap.
static uint64_t round(double cycles) {
  return uint64_t(std::min(cycles, 0x1p56) + 0.5);
}

void Timeline::occupyHost(Stats &stats, Resource resource, CycleKind kind,
                          double cycles, uint64_t amount) {
  uint64_t rounded = round(cycles);
  note({resource, kind, {}, clock, clock + rounded, 0, amount});
  advance(stats, kind, rounded);
  stats.busy[unsigned(resource)] += rounded;
}

void Timeline::registerWrite(Stats &stats) {
  occupyHost(stats, Resource::Bus, CycleKind::RegisterWrite,
             desc.host.registerWriteCycles, 1);
  ++stats.registerWrites;
}

void Timeline::registerRead(Stats &stats) {
  drain(stats);
  occupyHost(stats, Resource::Bus, CycleKind::RegisterRead,
             desc.host.registerReadCycles, 1);
  ++stats.registerReads;
}

void Timeline::hostWork(Stats &stats, HostWork kind, uint64_t amount) {
  const HostCosts &host = desc.host;
  double perCall = host.opCyclesPerCall, perUnit = host.opCyclesPerElement;
  CycleKind cause = CycleKind::HostOp;
  switch (kind) {
  case HostWork::Copy:
    perCall = host.copyCyclesPerCall;
    perUnit = host.copyCyclesPerByte;
    cause = CycleKind::HostCopy;
    break;
  case HostWork::Rows:
    perCall = host.copyCyclesPerCall;
    perUnit = host.rowsCyclesPerByte;
    cause = CycleKind::HostCopy;
    break;
  case HostWork::Transpose:
    perCall = host.transposeCyclesPerCall;
    perUnit = host.transposeCyclesPerByte;
    cause = CycleKind::HostTranspose;
    break;
  case HostWork::Expand:
    perCall = host.transposeCyclesPerCall;
    perUnit = host.expandCyclesPerByte;
    cause = CycleKind::HostExpand;
    break;
  case HostWork::Lookup:
    perUnit = host.lookupCyclesPerElement;
    break;
  case HostWork::Op:
    break;
  }
  waitForTransfers(stats);
  occupyHost(stats, Resource::Host, cause, perCall + perUnit * double(amount),
             amount);
}

static Resource resourceOf(Command command) {
  switch (command) {
  case Command::MaskLoad:
  case Command::MaskStore:
  case Command::InputLoad:
  case Command::InputStore:
  case Command::AuxLoad:
  case Command::AuxStore:
    return Resource::Dma;
  case Command::Matmul:
    return Resource::Matrix;
  case Command::LayerNorm:
  case Command::Softmax:
  case Command::ElemAdd:
  case Command::Entropy:
  case Command::Dvfs:
    return Resource::Special;
  }
  return Resource::Special;
}

void Timeline::start(Stats &stats, const CommandTime &command,
                     const Footprint &footprint) {
  Resource resource = resourceOf(command.command);
  uint64_t begin = std::max(clock, free[unsigned(resource)]);
  for (const Footprint::Range &range : footprint.ranges)
    forEachGranule(range, [&](uint64_t &read, uint64_t &write) {
      begin = std::max(begin, write);
      if (range.written)
        begin = std::max(begin, read);
    });
  uint64_t end = begin + command.cycles;
  for (const Footprint::Range &range : footprint.ranges)
    forEachGranule(range, [&](uint64_t &read, uint64_t &write) {
      (range.written ? write : read) = end;
    });
  free[unsigned(resource)] = end;
  stats.busy[unsigned(resource)] += command.cycles;
  ++stats.commands[unsigned(command.command)];
  Flight flight{end, command.kind, resource};
  inFlight.insert(std::upper_bound(inFlight.begin(), inFlight.end(), flight,
                                   [](const Flight &a, const Flight &b) {
                                     return a.end < b.end;
                                   }),
                  flight);
  note({resource, command.kind, command.command, begin, end, 0,
        command.bytes + command.macs});
}

void Timeline::wait(Stats &stats, uint64_t cycles) {
  while (inFlight.size() >= desc.commandQueueDepth) {
    waitUntil(stats, inFlight.front());
    inFlight.erase(inFlight.begin());
  }
  cycles += cycles == 0 ? 0 : round(desc.host.interruptCycles);
  advance(stats, CycleKind::Interrupt, cycles);
}

void Timeline::drain(Stats &stats) {
  for (const Flight &flight : inFlight)
    waitUntil(stats, flight);
  inFlight.clear();
}
