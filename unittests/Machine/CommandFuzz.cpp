//===- CommandFuzz.cpp - anything at all, done to machines ----------------===//

#include "CommandFuzz.h"

#include "edgebert/Machine/LogRecorder.h"
#include "edgebert/Machine/Parameters.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"

#include <optional>

using namespace edgebert::machine;

void FuzzCounts::print(llvm::raw_ostream &os) const {
  os << machines << " machines, " << accesses << " accesses of which "
     << refusals << " were refused, " << replays << " replays; " << accepted
     << " texts and files read and " << rejected << " refused\n";
  for (unsigned command = 1; command < kNumCommands; ++command)
    os << (command == 1 ? "  " : ", ") << commands[command] << ' '
       << commandName(command);
  os << '\n';
}

namespace {

/// A description read back from what it prints.
std::string checkDescription(const Description &desc) {
  std::string text;
  llvm::raw_string_ostream os(text);
  desc.print(os);
  llvm::Expected<Description> again = Description::parse(text, "printed.yaml");
  if (!again)
    return "a printed description is refused: " +
           llvm::toString(again.takeError());
  return *again == desc ? ""
                        : "a printed description is read as another:\n" + text;
}

/// A log read back from its file and its text.
std::string checkRoundTrip(const RegisterLog &log) {
  std::string file = log.encode();
  llvm::Expected<RegisterLog> decoded = RegisterLog::decode(file);
  if (!decoded)
    return "a written log is refused: " + llvm::toString(decoded.takeError());
  if (!(*decoded == log) || decoded->encode() != file)
    return "a written log is read as another";
  std::string text, again;
  llvm::raw_string_ostream os(text), againOs(again);
  log.print(os);
  llvm::Expected<RegisterLog> assembled = RegisterLog::assemble(text, "log.s");
  if (!assembled)
    return "a printed log is refused: " + llvm::toString(assembled.takeError());
  if (!(*assembled == log) || assembled->encode() != file)
    return "a printed log is assembled to another";
  assembled->print(againOs);
  return text == again ? "" : "a printed log is printed differently";
}

/// One machine and what a host might do to it.
class Session {
public:
  Session(RandomInputs &random, FuzzCounts &counts, const Description &desc)
      : random(random), counts(counts), machine(desc) {}

  std::string run();

private:
  void attachMemory();
  void fillScratchpads();
  void step();
  void write(uint32_t offset, uint32_t value);
  void wait();
  /// Says that something is wrong; the first thing counts.
  void complain(const llvm::Twine &what) {
    if (problem.empty())
      problem = what.str();
  }
  void refused(llvm::Error error);
  uint32_t checksum() const;
  void checkTotals();
  void checkReplay(const RegisterLog &log);
  void checkUsable();
  /// The outcome of an operation on cleared memories.
  static std::string runSample(Machine &m);

  RandomInputs &random;
  FuzzCounts &counts;
  Machine machine;
  std::vector<uint8_t> memory;
  uint32_t external = 0x1000;
  std::string problem;
};

} // namespace

void Session::attachMemory() {
  static constexpr uint32_t sizes[] = {0,       8,       4096,   1 << 16,
                                       1 << 16, 1 << 18, 1 << 18};
  static constexpr uint32_t addresses[] = {0, 0x1000, 0x1000, 0x80000000,
                                           0xfff80000};
  memory.resize(random.oneOf(sizes));
  external = random.oneOf(addresses);
  for (uint8_t &byte : memory)
    byte = uint8_t(random.any());
  if (!random.oneIn(16))
    machine.attachMemory(memory.data(), memory.size(), external);
}

void Session::fillScratchpads() {
  for (unsigned decoder = 0; decoder < 2; ++decoder) {
    for (uint16_t &mask : machine.mutableMaskMemory(decoder))
      mask = uint16_t(random.any() & random.any());
    for (uint8_t &code : machine.mutableDataMemory(decoder))
      code = uint8_t(random.any());
  }
  for (uint8_t &code : machine.mutableAuxMemory())
    code = uint8_t(random.any());
}

uint32_t Session::checksum() const {
  uint32_t crc = llvm::crc32(memory);
  for (unsigned decoder = 0; decoder < 2; ++decoder) {
    crc = llvm::crc32(crc, machine.dataMemory(decoder));
    llvm::ArrayRef<uint16_t> masks = machine.maskMemory(decoder);
    crc = llvm::crc32(crc, {reinterpret_cast<const uint8_t *>(masks.data()),
                            2 * masks.size()});
  }
  return llvm::crc32(crc, machine.auxMemory());
}

void Session::refused(llvm::Error error) {
  ++counts.refusals;
  std::string message = llvm::toString(std::move(error));
  if (message.empty())
    complain("an access is refused without a reason");
  if (!llvm::all_of(message, llvm::isPrint))
    complain("a refusal is not printable: " + message);
}

void Session::write(uint32_t offset, uint32_t value) {
  ++counts.accesses;
  std::optional<uint32_t> before;
  if (offset == uint32_t(Register::Command) && random.oneIn(16))
    before = checksum();
  if (llvm::Error error = machine.writeRegister(offset, value)) {
    refused(std::move(error));
    if (before && *before != checksum())
      complain("a refused command has changed the memories: " +
               commandName(value));
  } else if (offset == uint32_t(Register::Command)) {
    if (value == 0 || value >= kNumCommands)
      complain("command " + llvm::Twine(value) + " is accepted");
    else
      ++counts.commands[value];
  }
}

void Session::wait() {
  ++counts.accesses;
  if (llvm::Error error = machine.wait())
    refused(std::move(error));
}

void Session::step() {
  switch (random.below(7)) {
  case 0:
  case 1:
    for (auto [reg, value] : random.sequence(Command(1 + random.below(12)),
                                             machine.description(), external))
      // Now and then something else in between.
      write(random.oneIn(200) ? random.any() : uint32_t(reg), value);
    if (!random.oneIn(4))
      wait();
    break;
  case 2: {
    auto reg = Register(4 * random.below(kNumRegisters));
    write(uint32_t(reg),
          random.plausible(reg, machine.description(), external));
    break;
  }
  case 3:
    write(uint32_t(4 * random.below(40)), random.any());
    break;
  case 4:
    write(uint32_t(random.anyLength()), uint32_t(random.anyLength()));
    break;
  case 5: {
    ++counts.accesses;
    llvm::Expected<uint32_t> value =
        machine.readRegister(uint32_t(4 * random.below(40)));
    if (!value)
      refused(value.takeError());
    wait();
    break;
  }
  case 6:
    machine.addHostWork(HostWork(random.below(3)),
                        random.anyLength() >> (random.oneIn(8) ? 0 : 32));
    machine.setOrigin(random.oneIn(2) ? "a" : "");
    if (!memory.empty())
      memory[random.below(memory.size())] = uint8_t(random.any());
    break;
  }
}

void Session::checkTotals() {
  machine.drain();
  Stats total = machine.stats(), sum;
  for (const Machine::Operation &operation : machine.operations())
    sum += operation.stats;
  if (sum.cycles != total.cycles || sum.commands != total.commands ||
      sum.busy != total.busy || sum.bytesIn != total.bytesIn ||
      sum.bytesOut != total.bytesOut || sum.macs != total.macs)
    complain("the operations' counts do not sum to the machine's");
  for (unsigned i = 0; i < kNumResources; ++i)
    if (total.busy[i] > total.totalCycles())
      complain(resourceName(Resource(i)) + " is busy for " +
               llvm::Twine(total.busy[i]) + " cycles of " +
               llvm::Twine(total.totalCycles()));
  if (total.zeroOperandVectors > total.operandVectors)
    complain("more operands are zero than there are");
  std::array<uint64_t, kNumResources> busy{};
  for (const Event &event : machine.events()) {
    if (event.begin > event.end || event.end > total.totalCycles())
      complain("an event from " + llvm::Twine(event.begin) + " to " +
               llvm::Twine(event.end) + " of " +
               llvm::Twine(total.totalCycles()) + " cycles");
    busy[unsigned(event.resource)] += event.end - event.begin;
  }
  if (!machine.events().empty() && busy != total.busy)
    complain("the events' cycles are not those of the resources");
}

void Session::checkReplay(const RegisterLog &log) {
  if (std::string wrong = checkRoundTrip(log); !wrong.empty())
    return complain(wrong);
  ++counts.replays;
  llvm::Expected<ReplayResult> result = replay(log, machine.description());
  if (!result)
    return complain("a recorded log is refused: " +
                    llvm::toString(result.takeError()));
  if (result->differences != 0)
    complain("a replay differs: " + result->firstDifference);
}

std::string Session::runSample(Machine &m) {
  std::vector<uint8_t> memory(4096);
  for (size_t i = 0; i < memory.size(); ++i)
    memory[i] = uint8_t(i * 37 + i / 256);
  m.attachMemory(memory.data(), memory.size());
  for (unsigned decoder = 0; decoder < 2; ++decoder) {
    llvm::fill(m.mutableDataMemory(decoder), 0);
    llvm::fill(m.mutableMaskMemory(decoder), 0);
  }
  llvm::fill(m.mutableAuxMemory(), 0);
  std::string outcome;
  static constexpr std::pair<Register, uint32_t> writes[] = {
      {Register::VectorCount, 15},      {Register::MaskReadBase, 0},
      {Register::Command, 1},           {Register::InputReadBase, 256},
      {Register::Command, 3},           {Register::FlipMem, 1},
      {Register::Command, 1},           {Register::Command, 3},
      {Register::ResetMode, 0x81},      {Register::AccelConfig, 0x00240000},
      {Register::BaseOffset, 0},        {Register::MatrixConfig, 0x01004010},
      {Register::BaseOutput, 256},      {Register::InputBufferConfig, 0},
      {Register::Command, 7},           {Register::UseAxi, 1},
      {Register::MaskWriteBase, 512},   {Register::Command, 2},
      {Register::InputWriteBase, 1024}, {Register::Command, 4}};
  for (auto [reg, value] : writes) {
    if (llvm::Error error = m.writeRegister(uint32_t(reg), value))
      outcome += llvm::toString(std::move(error)) + "\n";
    else if (reg == Register::Command)
      if (llvm::Error error = m.wait())
        outcome += llvm::toString(std::move(error)) + "\n";
  }
  m.attachMemory(nullptr, 0);
  return outcome + llvm::toHex(memory);
}

void Session::checkUsable() {
  if (machine.isBusy())
    wait();
  machine.softReset();
  Machine fresh(machine.description());
  if (runSample(machine) != runSample(fresh))
    complain("after a reset the machine is not as good as new");
}

std::string Session::run() {
  ++counts.machines;
  attachMemory();
  // A replay starts from empty scratchpads.
  bool recorded = random.oneIn(3);
  if (!recorded)
    fillScratchpads();
  if (random.oneIn(4))
    machine.recordEvents();
  {
    std::optional<LogRecorder> recorder;
    if (recorded)
      recorder.emplace(machine);
    for (uint64_t i = random.below(200); i > 0 && problem.empty(); --i)
      step();
    if (recorder && problem.empty())
      checkReplay(recorder->getLog());
  }
  checkTotals();
  checkUsable();
  return problem;
}

std::string edgebert::machine::fuzzCommands(uint64_t seed, FuzzCounts &counts,
                                            const Description *desc) {
  RandomInputs random(seed);
  Description chosen = desc ? *desc : random.description();
  if (std::string wrong = checkDescription(chosen); !wrong.empty())
    return wrong;
  return Session(random, counts, chosen).run();
}

std::string edgebert::machine::fuzzDescriptions(uint64_t seed,
                                                FuzzCounts &counts) {
  RandomInputs random(seed);
  std::string text = "base: rtl\nsizes:\n  data_bytes: 32768\nhost:\n"
                     "  copy_cycles_per_byte: 0.5 # half\n";
  if (random.oneIn(2)) {
    text.clear();
    llvm::raw_string_ostream os(text);
    random.description().print(os);
  }
  for (unsigned i = 0; i < 20; ++i) {
    std::string damaged = random.damaged(text);
    llvm::Expected<Description> desc = Description::parse(damaged, "f.yaml");
    if (desc) {
      ++counts.accepted;
      if (std::string why = desc->invalid(); !why.empty())
        return "an invalid description is accepted: " + why + "\n" + damaged;
      if (std::string wrong = checkDescription(*desc); !wrong.empty())
        return wrong;
      continue;
    }
    ++counts.rejected;
    std::string message = llvm::toString(desc.takeError());
    if (!llvm::StringRef(message).starts_with("f.yaml:"))
      return "a refusal without a place: " + message + "\n" + damaged;
  }
  return "";
}

/// Any log does something to any machine, or is refused.
static std::string replayAnywhere(const RegisterLog &log, RandomInputs &random,
                                  FuzzCounts &counts) {
  // The host would have the memory, but not the time.
  uint64_t bytes = 0;
  for (const RegisterLog::Entry &entry : log.getEntries())
    if (entry.kind == RegisterLog::Kind::Memory ||
        entry.kind == RegisterLog::Kind::Stored)
      bytes = std::max(bytes, std::max(entry.address, entry.size));
  if (bytes > 1 << 20)
    return "";
  ++counts.replays;
  llvm::Expected<ReplayResult> result = replay(log, random.description());
  if (!result)
    return llvm::toString(result.takeError()).empty()
               ? "a log is refused without a reason"
               : "";
  return (result->differences == 0) == result->firstDifference.empty()
             ? ""
             : "differences are counted but not told";
}

std::string edgebert::machine::fuzzLogs(uint64_t seed, FuzzCounts &counts) {
  RandomInputs random(seed);
  uint64_t addresses = random.oneIn(2) ? UINT64_MAX : 1 << 16;
  RegisterLog log(random.oneIn(2) ? "rtl" : "asic", random.oneIn(2) ? 12 : 16);
  for (uint64_t i = random.below(40); i > 0; --i) {
    auto offset = uint32_t(random.oneIn(8) ? random.anyLength()
                                           : 4 * random.below(kNumRegisters));
    auto value = uint32_t(random.anyLength());
    std::string bytes(random.below(6), char(value));
    switch (random.below(8)) {
    case 0:
      log.wait();
      break;
    case 1:
      log.setOrigin(bytes);
      break;
    case 2:
      log.addMemory(random.anyLength() % addresses,
                    llvm::arrayRefFromStringRef(bytes));
      break;
    case 3:
      log.addStored(random.anyLength() % addresses, value % addresses, value);
      break;
    case 4:
      log.read(offset, value);
      break;
    default:
      log.write(offset, value);
      break;
    }
  }
  if (std::string wrong = checkRoundTrip(log); !wrong.empty())
    return wrong;
  if (std::string wrong = replayAnywhere(log, random, counts); !wrong.empty())
    return wrong;

  std::string text, file = log.encode();
  llvm::raw_string_ostream os(text);
  log.print(os);
  for (unsigned i = 0; i < 20; ++i) {
    bool isText = random.oneIn(2);
    llvm::Expected<RegisterLog> read =
        isText ? RegisterLog::assemble(random.damaged(text), "f.s")
               : RegisterLog::decode(random.damagedFile(file));
    if (read) {
      ++counts.accepted;
      if (std::string wrong = checkRoundTrip(*read); !wrong.empty())
        return wrong;
      if (std::string wrong = replayAnywhere(*read, random, counts);
          !wrong.empty())
        return wrong;
      continue;
    }
    ++counts.rejected;
    std::string message = llvm::toString(read.takeError());
    if (message.empty() ||
        (isText && !llvm::StringRef(message).starts_with("f.s:")))
      return "a refusal without a place: " + message;
  }
  return "";
}

std::string edgebert::machine::fuzz(uint64_t seed, FuzzCounts &counts) {
  switch (seed % 8) {
  case 0:
    return fuzzDescriptions(seed, counts);
  case 1:
    return fuzzLogs(seed, counts);
  default:
    return fuzzCommands(seed, counts);
  }
}
