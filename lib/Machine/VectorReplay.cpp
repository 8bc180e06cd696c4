//===- VectorReplay.cpp - a machine against recorded operations -----------===//

#include "edgebert/Machine/VectorReplay.h"

#include "Streams.h"
#include "VectorFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

using namespace edgebert::machine;

namespace {

/// External memory of a transfer: from its base on. Longer than the longest
/// transfer's addresses reach: 16 bursts of 256 beats.
constexpr uint64_t kExternalBytes = 16 * 256 * 8;

struct Mismatch {
  std::string field, expected, got;
  /// About the memories' contents, which the order of accesses decides.
  bool isContent = false;
};

/// One case on one machine.
class Replay {
public:
  Replay(const Description &desc, const VectorCase &test)
      : test(test), machine(desc) {}

  llvm::ArrayRef<Mismatch> run() {
    fillMemories();
    if (!drive())
      return mismatches;
    if (test.result)
      checkResult(*test.result);
    if (test.entropy)
      checkEntropy(*test.entropy);
    if (test.transfer)
      checkTransfer(*test.transfer);
    checkSums();
    if (test.dvfs)
      runDvfs(*test.dvfs);
    return mismatches;
  }

private:
  void fillMemories();
  void fillExternal(const TransferCase &transfer);
  bool drive();
  bool write(const std::string &field, uint32_t offset, uint32_t value);
  void checkResult(const ExpectedStream &result);
  void checkEntropy(const ExpectedEntropy &entropy);
  void checkTransfer(const TransferCase &transfer);
  void checkStored(const TransferCase &transfer);
  void checkSums();
  void runDvfs(const DvfsStep &step);

  /// Cycles of the commands since the statistics were cleared.
  uint64_t commandCycles() const {
    Stats stats = machine.stats();
    return stats[CycleKind::Compute] + stats[CycleKind::DmaRead] +
           stats[CycleKind::DmaWrite];
  }

  template <typename T>
  void compare(const std::string &field, T expected, T got) {
    if (expected != got)
      mismatches.push_back(
          {field, std::to_string(expected), std::to_string(got)});
  }
  void compareHex(const std::string &field, uint32_t expected, uint32_t got) {
    if (expected != got)
      mismatches.push_back({field, "0x" + llvm::utohexstr(expected, true),
                            "0x" + llvm::utohexstr(got, true)});
  }
  /// Bytes in pieces of `unit`; reports the first piece that differs.
  void compareBytes(const char *field, llvm::ArrayRef<uint8_t> expected,
                    llvm::ArrayRef<uint8_t> got, size_t unit);

  const VectorCase &test;
  Machine machine;
  std::vector<uint8_t> external, externalBefore;
  /// External addresses of what the machine stored.
  std::vector<uint32_t> beats;
  std::vector<Mismatch> mismatches;
};

} // namespace

static std::vector<uint8_t> bytesOf(llvm::ArrayRef<uint16_t> masks,
                                    bool highFirst) {
  std::vector<uint8_t> bytes;
  for (uint16_t mask : masks) {
    bytes.push_back(uint8_t(highFirst ? mask >> 8 : mask));
    bytes.push_back(uint8_t(highFirst ? mask : mask >> 8));
  }
  return bytes;
}

/// `count` elements of a memory from `first` on, which wraps.
template <typename T>
static std::vector<T> window(llvm::ArrayRef<T> memory, size_t first,
                             size_t count) {
  std::vector<T> elements(count);
  for (size_t i = 0; i < count; ++i)
    elements[i] = memory[(first + i) % memory.size()];
  return elements;
}

void Replay::compareBytes(const char *field, llvm::ArrayRef<uint8_t> expected,
                          llvm::ArrayRef<uint8_t> got, size_t unit) {
  size_t differing = 0, first = 0, total = expected.size() / unit;
  for (size_t i = total; i-- > 0;)
    if (expected.slice(i * unit, unit) != got.slice(i * unit, unit)) {
      ++differing;
      first = i;
    }
  if (differing == 0)
    return;
  auto hex = [&](llvm::ArrayRef<uint8_t> bytes) {
    return llvm::toHex(bytes.slice(first * unit, unit), /*LowerCase=*/true);
  };
  mismatches.push_back({field + ("[" + std::to_string(first) + "]"),
                        hex(expected),
                        hex(got) + " (" + std::to_string(differing) + " of " +
                            std::to_string(total) + " differ)",
                        /*isContent=*/true});
}

void Replay::fillMemories() {
  for (const StoredStream &stream : test.streams) {
    Image image = compact(stream.vectors);
    auto masks = machine.mutableMaskMemory(stream.decoder);
    auto data = machine.mutableDataMemory(stream.decoder);
    LaneCounters counters{};
    for (auto [v, mask] : llvm::enumerate(image.masks)) {
      masks[(stream.at.base + v) % masks.size()] = mask;
      const uint8_t *codes = &stream.vectors[16 * v];
      forEachLane(mask, [&](unsigned lane) {
        uint32_t first = uint16_t(stream.at.base - stream.at.offset);
        data[(first + 16 * counters[lane]++ + lane) % data.size()] =
            codes[lane];
      });
    }
  }
  auto aux = machine.mutableAuxMemory();
  for (auto [i, byte] : llvm::enumerate(test.aux))
    aux[(test.auxBase + i) % aux.size()] = byte;
  if (test.transfer)
    fillExternal(*test.transfer);
}

void Replay::fillExternal(const TransferCase &transfer) {
  external.resize(std::max<size_t>(kExternalBytes, transfer.external.size()));
  if (transfer.isLoad) {
    llvm::copy(transfer.external, external.begin());
  } else {
    if (transfer.kind == MemoryKind::Mask) {
      auto memory = machine.mutableMaskMemory(transfer.decoder);
      for (auto [i, mask] : llvm::enumerate(transfer.masks))
        memory[i % memory.size()] = mask;
    } else {
      auto memory = transfer.kind == MemoryKind::Aux
                        ? machine.mutableAuxMemory()
                        : machine.mutableDataMemory(transfer.decoder);
      for (auto [i, byte] : llvm::enumerate(transfer.chip))
        memory[i % memory.size()] = byte;
    }
  }
  externalBefore = external;
  machine.setTransferObserver([this](Machine::Transfer direction,
                                     uint64_t address,
                                     llvm::ArrayRef<uint8_t> bytes) {
    if (direction == Machine::Transfer::FromChip)
      for (uint64_t at = 0; at < bytes.size(); at += 8)
        beats.push_back(uint32_t(address + at));
  });
  machine.attachMemory(external.data(), external.size(), transfer.externalBase);
}

bool Replay::write(const std::string &field, uint32_t offset, uint32_t value) {
  llvm::Error error = machine.writeRegister(offset, value);
  if (!error)
    return true;
  mismatches.push_back({field, "an accepted write",
                        "refusal: " + llvm::toString(std::move(error))});
  return false;
}

/// Makes the register writes and waits; false if the machine refuses.
bool Replay::drive() {
  for (auto [i, pair] : llvm::enumerate(test.writes))
    if (!write("regs[" + std::to_string(i) + "]", pair.first, pair.second))
      return false;
  if (llvm::Error error = machine.wait()) {
    mismatches.push_back({"interrupt",
                          std::to_string(test.writeToInterrupt) + " cycles",
                          "none: " + llvm::toString(std::move(error))});
    return false;
  }
  uint64_t cycles = commandCycles();
  compare("cycles.start_to_done", test.startToDone, cycles);
  compare("cycles.write_to_interrupt", test.writeToInterrupt,
          cycles + machine.stats()[CycleKind::Interrupt]);
  return true;
}

void Replay::checkResult(const ExpectedStream &result) {
  auto masks = window(machine.maskMemory(result.decoder), result.maskRow,
                      result.masks.size());
  auto data = window(machine.dataMemory(result.decoder), result.dataByte,
                     result.data.size());
  compareBytes("out.masks", bytesOf(result.masks, true), bytesOf(masks, true),
               2);
  compareBytes("out.data", result.data, data, 16);
  compareBytes("out.vectors", result.vectors, expand(masks, data), 16);
}

void Replay::checkEntropy(const ExpectedEntropy &entropy) {
  std::optional<EntropyResult> got = machine.lastEntropy();
  compare("out.entropy_q10", int(entropy.entropy), got ? int(got->entropy) : 0);
  compareHex("out.status_reg_0x5c", entropy.statusRegister,
             llvm::cantFail(machine.readRegister(uint32_t(Register::Status))));
}

void Replay::checkTransfer(const TransferCase &transfer) {
  if (!transfer.isLoad)
    return checkStored(transfer);
  if (transfer.kind == MemoryKind::Mask) {
    std::vector<uint16_t> expected = transfer.masks;
    auto memory = machine.maskMemory(transfer.decoder);
    expected.resize(memory.size());
    compareBytes("out.mask_mem", bytesOf(expected, true), bytesOf(memory, true),
                 2);
  } else {
    auto memory = transfer.kind == MemoryKind::Aux
                      ? machine.auxMemory()
                      : machine.dataMemory(transfer.decoder);
    std::vector<uint8_t> expected = transfer.chip;
    expected.resize(memory.size());
    compareBytes("out.mem_bytes_from_0", expected, memory, 8);
  }
  compareBytes("in.ext", externalBefore, external, 8);
}

void Replay::checkStored(const TransferCase &transfer) {
  compare("out.beats_addr.size", transfer.beats.size(), beats.size());
  for (size_t i = 0; i < std::min(beats.size(), transfer.beats.size()); ++i)
    if (beats[i] != transfer.beats[i]) {
      compareHex("out.beats_addr[" + std::to_string(i) + "]", transfer.beats[i],
                 beats[i]);
      break;
    }
  std::vector<uint8_t> expected = externalBefore;
  for (uint32_t beat : transfer.beats) {
    uint64_t at = beat - transfer.externalBase;
    if (beat >= transfer.externalBase && at + 8 <= transfer.external.size())
      std::copy_n(transfer.external.begin() + at, 8, expected.begin() + at);
  }
  compareBytes("out.ext", expected, external, 8);
}

void Replay::checkSums() {
  auto check = [&](const std::string &memory, llvm::ArrayRef<uint8_t> bytes) {
    auto expected = test.sha256.find(memory);
    if (expected == test.sha256.end())
      return;
    std::string got = llvm::toHex(llvm::SHA256::hash(bytes), true);
    if (got != expected->second)
      mismatches.push_back({"out.sha256_after." + memory, expected->second, got,
                            /*isContent=*/true});
  };
  for (unsigned d = 0; d < 2; ++d) {
    std::string memory = "mem" + std::to_string(d);
    check(memory + "_data", machine.dataMemory(d));
    check(memory + "_mask", bytesOf(machine.maskMemory(d), false));
  }
  check("aux", machine.auxMemory());
}

void Replay::runDvfs(const DvfsStep &step) {
  auto offset = uint32_t(Register::DcoA);
  for (uint32_t word :
       llvm::concat<const uint32_t>(step.dcoWords, step.ldoWords)) {
    if (!write("dvfs", offset, word))
      return;
    offset += 4;
  }
  machine.clearStats();
  if (!write("dvfs", uint32_t(Register::Command), uint32_t(Command::Dvfs)))
    return;
  if (llvm::Error error = machine.wait()) {
    mismatches.push_back(
        {"dvfs.interrupt", "one", "none: " + llvm::toString(std::move(error))});
    return;
  }
  compare("dvfs.start_to_done", step.startToDone, commandCycles());
  uint32_t status =
      llvm::cantFail(machine.readRegister(uint32_t(Register::Status)));
  compareHex("dvfs.status_reg_0x5c", step.statusRegister, status);
  compareHex("dvfs.dco_pin", step.dcoPin,
             uint32_t(field::dcoSelect.extract(status)));
  compareHex("dvfs.ldo_pin", step.ldoPin,
             uint32_t(field::ldoSelect.extract(status)));
}

ReplayCounts &ReplayCounts::operator+=(const ReplayCounts &other) {
  passed += other.passed;
  failed += other.failed;
  overlaps += other.overlaps;
  return *this;
}

llvm::raw_ostream &edgebert::machine::operator<<(llvm::raw_ostream &os,
                                                 const ReplayCounts &counts) {
  os << counts.passed << " passed, " << counts.failed << " failed";
  if (counts.overlaps)
    os << ", " << counts.overlaps << " not reproducible (overlap)";
  return os;
}

llvm::Expected<ReplayCounts>
edgebert::machine::replayVectors(const Description &desc, llvm::StringRef path,
                                 llvm::raw_ostream &os) {
  auto cases = readVectorFile(path);
  if (!cases)
    return cases.takeError();
  ReplayCounts counts;
  for (const VectorCase &test : *cases) {
    Replay replay(desc, test);
    llvm::ArrayRef<Mismatch> mismatches = replay.run();
    bool overlaps =
        test.overlap && llvm::all_of(mismatches, [](const Mismatch &mismatch) {
          return mismatch.isContent;
        });
    ++(mismatches.empty() ? counts.passed
       : overlaps         ? counts.overlaps
                          : counts.failed);
    for (const Mismatch &mismatch : mismatches)
      os << (overlaps ? "overlap: " : "") << path << ": case '" << test.name
         << "': " << mismatch.field << ": expected " << mismatch.expected
         << ", got " << mismatch.got << '\n';
  }
  return counts;
}
