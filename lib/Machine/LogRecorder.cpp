//===- LogRecorder.cpp - record a register log and replay it ----*- C++ -*-===//

#include "edgebert/Machine/LogRecorder.h"

#include "llvm/ADT/StringExtras.h"

#include <cstdlib>

using namespace edgebert::machine;

//===----------------------------------------------------------------------===//
// Record
//===----------------------------------------------------------------------===//

LogRecorder::LogRecorder(Machine &machine, Memory memory)
    : machine(&machine), log(machine.description()) {
  machine.setObserver(
      [this](Machine::Access access, uint32_t offset, uint32_t value) {
        record(access, offset, value);
      });
  if (memory == Memory::Record)
    machine.setTransferObserver([this](Machine::Transfer direction,
                                       uint64_t address,
                                       llvm::ArrayRef<uint8_t> bytes) {
      recordTransfer(direction, address, bytes);
    });
}

void LogRecorder::detach() {
  if (!machine)
    return;
  machine->setObserver(nullptr);
  machine->setTransferObserver(nullptr);
  machine = nullptr;
}

void LogRecorder::record(Machine::Access access, uint32_t offset,
                         uint32_t value) {
  if (origin != machine->origin()) {
    origin = machine->origin().str();
    log.setOrigin(origin);
  }
  switch (access) {
  case Machine::Access::Write:
    log.write(offset, value);
    break;
  case Machine::Access::Read:
    log.read(offset, value);
    break;
  case Machine::Access::Wait:
    log.wait();
    break;
  }
  // Only now: bursts of one store may overlap (Description::dmaDefects).
  for (auto [address, bytes] : stored)
    log.addStored(address, bytes.size(), storedChecksum(bytes));
  stored.clear();
}

LogRecorder::Page &LogRecorder::getPage(uint64_t address) {
  std::unique_ptr<Page> &page = pages[address / Page::size];
  if (!page)
    page = std::make_unique<Page>();
  return *page;
}

void LogRecorder::recordTransfer(Machine::Transfer direction, uint64_t address,
                                 llvm::ArrayRef<uint8_t> bytes) {
  if (direction == Machine::Transfer::FromChip)
    stored.push_back({address, bytes});
  // Lines short enough to read in the text; none crosses a page.
  constexpr uint64_t lineBytes = 64;
  static_assert(Page::size % lineBytes == 0);
  while (!bytes.empty()) {
    uint64_t count =
        std::min<uint64_t>(bytes.size(), lineBytes - address % lineBytes);
    Page &page = getPage(address);
    uint64_t begin = address % Page::size;
    // What differs from what the log implies.
    uint64_t first = count, last = 0;
    for (uint64_t i = 0; i < count; ++i) {
      if (page.known[begin + i] && page.bytes[begin + i] == bytes[i])
        continue;
      first = std::min(first, i);
      last = i;
      page.bytes[begin + i] = bytes[i];
      page.known[begin + i] = true;
    }
    if (direction == Machine::Transfer::ToChip && first < count)
      log.addMemory(address + first, bytes.slice(first, last - first + 1));
    bytes = bytes.drop_front(count);
    address += count;
  }
}

//===----------------------------------------------------------------------===//
// Replay
//===----------------------------------------------------------------------===//

namespace {

/// External memory from the lowest to the highest byte that a log names. Pages
/// that nobody touches cost nothing.
class ReplayMemory {
public:
  static llvm::Expected<ReplayMemory> of(const RegisterLog &log);

  uint8_t *data() { return bytes.get(); }
  uint64_t size() const { return end - begin; }
  uint32_t address() const { return uint32_t(begin); }
  llvm::MutableArrayRef<uint8_t> at(const RegisterLog::Entry &entry) {
    return {bytes.get() + (entry.address - begin), size_t(entry.size)};
  }

private:
  struct Free {
    void operator()(uint8_t *memory) const { std::free(memory); }
  };
  std::unique_ptr<uint8_t, Free> bytes;
  uint64_t begin = 0, end = 0;
};

} // namespace

llvm::Expected<ReplayMemory> ReplayMemory::of(const RegisterLog &log) {
  constexpr uint64_t addressSpace = uint64_t(1) << 32;
  ReplayMemory memory;
  memory.begin = addressSpace;
  for (const RegisterLog::Entry &entry : log.getEntries()) {
    if (entry.kind != RegisterLog::Kind::Memory &&
        entry.kind != RegisterLog::Kind::Stored)
      continue;
    if (entry.address > addressSpace ||
        entry.size > addressSpace - entry.address)
      return llvm::createStringError(
          "the log has bytes at external address 0x" +
          llvm::utohexstr(entry.address, true) +
          "; expected them below 0x100000000, where the machine's end");
    memory.begin = std::min(memory.begin, entry.address);
    memory.end = std::max(memory.end, entry.address + entry.size);
  }
  memory.begin = std::min(memory.begin, memory.end);
  memory.bytes.reset(static_cast<uint8_t *>(
      std::calloc(std::max<uint64_t>(memory.size(), 1), 1)));
  if (!memory.bytes)
    return llvm::createStringError("no memory for the log's " +
                                   llvm::Twine(memory.size()) +
                                   " bytes of external memory");
  return memory;
}

namespace {

class Replayer {
public:
  Replayer(const RegisterLog &log, const Description &desc,
           ReplayMemory &memory)
      : log(log), machine(desc), memory(memory) {
    machine.attachMemory(memory.data(), memory.size(), memory.address());
  }

  llvm::Expected<ReplayResult> run() {
    for (const RegisterLog::Entry &entry : log.getEntries())
      if (llvm::Error error = step(entry))
        return llvm::createStringError(describe(entry) + ": " +
                                       llvm::toString(std::move(error)));
    machine.drain();
    result.cycles = machine.stats().totalCycles();
    return result;
  }

private:
  llvm::Error step(const RegisterLog::Entry &entry);
  std::string describe(const RegisterLog::Entry &entry) const;
  void differ(const RegisterLog::Entry &entry, const llvm::Twine &found) {
    if (result.differences++ == 0)
      result.firstDifference = describe(entry) + ": " + found.str();
  }

  const RegisterLog &log;
  Machine machine;
  ReplayMemory &memory;
  ReplayResult result;
};

} // namespace

/// "entry 12 (write command matmul, of /layer/MatMul)".
std::string Replayer::describe(const RegisterLog::Entry &entry) const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "entry " << &entry - log.getEntries().data() << " (";
  log.printEntry(os, entry);
  if (!machine.origin().empty())
    os << ", of " << machine.origin();
  os << ')';
  return text;
}

llvm::Error Replayer::step(const RegisterLog::Entry &entry) {
  using Kind = RegisterLog::Kind;
  switch (entry.kind) {
  case Kind::Write:
    ++result.writes;
    return machine.writeRegister(uint32_t(entry.address), entry.value);
  case Kind::Read: {
    ++result.reads;
    llvm::Expected<uint32_t> value =
        machine.readRegister(uint32_t(entry.address));
    if (!value)
      return value.takeError();
    if (*value != entry.value) {
      RegisterLog::Entry found = entry;
      found.value = *value;
      std::string text;
      llvm::raw_string_ostream os(text);
      log.printEntry(os, found);
      differ(entry, "found " + text);
    }
    return llvm::Error::success();
  }
  case Kind::Wait:
    ++result.waits;
    return machine.wait();
  case Kind::Origin:
    machine.setOrigin(log.getOrigin(entry));
    return llvm::Error::success();
  case Kind::Memory:
    llvm::copy(log.getBytes(entry), memory.at(entry).begin());
    return llvm::Error::success();
  case Kind::Stored:
    ++result.stores;
    if (uint32_t crc = storedChecksum(memory.at(entry)); crc != entry.value)
      differ(entry, "found other bytes, " + llvm::Twine("crc32=0x") +
                        llvm::utohexstr(crc, true, 8));
    return llvm::Error::success();
  }
  return llvm::Error::success();
}

llvm::Expected<ReplayResult>
edgebert::machine::replay(const RegisterLog &log, const Description &machine) {
  llvm::Expected<ReplayMemory> memory = ReplayMemory::of(log);
  if (!memory)
    return memory.takeError();
  return Replayer(log, machine, *memory).run();
}
