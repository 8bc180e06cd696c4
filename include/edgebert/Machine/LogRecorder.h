//===- LogRecorder.h - record a register log and replay it ------*- C++ -*-===//

#ifndef EDGEBERT_MACHINE_LOGRECORDER_H
#define EDGEBERT_MACHINE_LOGRECORDER_H

#include "edgebert/Machine/Machine.h"
#include "edgebert/Machine/RegisterLog.h"

#include "llvm/ADT/DenseMap.h"

#include <array>
#include <bitset>
#include <memory>

namespace edgebert::machine {

/// Records what happens to a machine from its construction to its destruction
/// or detach(), with the origins that Machine::setOrigin gives. It takes the
/// machine's observers.
class LogRecorder {
public:
  enum class Memory {
    Ignore,
    /// Also the bytes that loads read, unless the log already says them, and
    /// checksums of what stores write: enough to replay the log on its own.
    Record,
  };
  explicit LogRecorder(Machine &machine, Memory memory = Memory::Record);
  ~LogRecorder() { detach(); }
  LogRecorder(const LogRecorder &) = delete;
  LogRecorder &operator=(const LogRecorder &) = delete;

  const RegisterLog &getLog() const { return log; }
  void detach();

private:
  /// The bytes of external memory that the log implies.
  struct Page {
    static constexpr uint64_t size = 4096;
    std::array<uint8_t, size> bytes;
    std::bitset<size> known;
  };

  void record(Machine::Access access, uint32_t offset, uint32_t value);
  void recordTransfer(Machine::Transfer direction, uint64_t address,
                      llvm::ArrayRef<uint8_t> bytes);
  Page &getPage(uint64_t address);

  Machine *machine;
  RegisterLog log;
  std::string origin;
  /// What the command being run has stored, in external memory.
  std::vector<std::pair<uint64_t, llvm::ArrayRef<uint8_t>>> stored;
  llvm::DenseMap<uint64_t, std::unique_ptr<Page>> pages;
};

/// What a replay came to.
struct ReplayResult {
  uint64_t writes = 0, reads = 0, waits = 0;
  /// Stores compared with their checksums.
  uint64_t stores = 0;
  uint64_t cycles = 0;
  /// Reads and stores that came out differently, and the first of them with
  /// its entry and origin.
  uint64_t differences = 0;
  std::string firstDifference;
};

/// Does what the log says to a machine just reset, whose external memory is
/// what the log says. An error is the first access that the machine refused.
llvm::Expected<ReplayResult> replay(const RegisterLog &log,
                                    const Description &machine);

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_LOGRECORDER_H
