//===- VectorFile.h - golden vectors as a file has them ---------*- C++ -*-===//
//
// The cases of a JSON file of recorded operations (VectorReplay.h), checked
// and decoded: registers, what the memories hold before, and what is expected
// after. Every key that a case must have and does not is an error that names
// file, case and key.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_MACHINE_VECTORFILE_H
#define EDGEBERT_LIB_MACHINE_VECTORFILE_H

#include "edgebert/Machine/Machine.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace edgebert::machine {

/// A stream of decoded vectors (16 bytes each) to store with exact masks.
struct StoredStream {
  unsigned decoder = 0;
  StreamBase at;
  std::vector<uint8_t> vectors;
};

/// A result as it is stored.
struct ExpectedStream {
  unsigned decoder = 0;
  uint32_t maskRow = 0, dataByte = 0;
  std::vector<uint16_t> masks;
  /// Whole rows of 16 bytes.
  std::vector<uint8_t> data;
  /// The same, decoded.
  std::vector<uint8_t> vectors;
};

struct ExpectedEntropy {
  /// 10 fraction bits.
  int16_t entropy = 0;
  uint32_t statusRegister = 0;
};

/// A DVFS command after the operation.
struct DvfsStep {
  std::vector<uint32_t> dcoWords, ldoWords;
  uint64_t startToDone = 0;
  uint32_t statusRegister = 0, dcoPin = 0, ldoPin = 0;
};

/// A DMA transfer. `chip` and `masks` start at the memory's start.
struct TransferCase {
  MemoryKind kind = MemoryKind::Data;
  bool isLoad = true;
  unsigned decoder = 0;
  uint32_t externalBase = 0;
  /// External bytes from externalBase on: before a load, after a store.
  std::vector<uint8_t> external;
  /// The chip's memory: before a store; after a load, the rest being zero.
  std::vector<uint8_t> chip;
  std::vector<uint16_t> masks;
  /// External addresses of a store's beats of 8 bytes.
  std::vector<uint32_t> beats;
};

struct VectorCase {
  std::string name;
  /// The result overlaps an operand that is still being read.
  bool overlap = false;
  /// Offset and value; the last starts the operation.
  std::vector<std::pair<uint32_t, uint32_t>> writes;
  uint64_t startToDone = 0, writeToInterrupt = 0;

  std::vector<StoredStream> streams;
  uint32_t auxBase = 0;
  std::vector<uint8_t> aux;

  std::optional<ExpectedStream> result;
  std::optional<ExpectedEntropy> entropy;
  std::optional<DvfsStep> dvfs;
  std::optional<TransferCase> transfer;
  /// SHA-256 in hex by memory ("mem0_data", "mem1_mask", "aux"...).
  std::map<std::string, std::string> sha256;
};

llvm::Expected<std::vector<VectorCase>> readVectorFile(llvm::StringRef path);

} // namespace edgebert::machine

#endif // EDGEBERT_LIB_MACHINE_VECTORFILE_H
