//===- RegisterLog.h - what a host did to the machine -----------*- C++ -*-===//
//
// A log of register accesses with what they came from and what the transfers
// between them moved; as a file, as assembly text, recorded and replayed.
//
// Both representations stand for the same entries: a log has one file and one
// canonical text, and decode(encode(log)) and assemble(print(log)) are `log`.
//
// The text, one entry a line, `;` for a comment:
//
//   .machine "asic" address_bits=16
//   .origin "/layer/query/MatMul"
//   write matrix_config n0=16 n1=16 m=768      every field, or one number
//   write input_read_base 0x00001000           a register that is one field
//   .memory 0x00001000 21e3550400dc            bytes the host has put there
//   write command input_load
//   wait
//   read status enpy_status=1 dco_sel=0 ldo_sel=0 reserved=0x00000100
//   write 0x0000a001 0x00000002                no register of the machine
//   .stored 0x00002000 128 crc32=0x0badcafe    bytes a store has put there
//
// The file, numbers little-endian, "uleb" of the fewest bytes:
//
//   "EBLOG\0", u16 version, u64 bytes of the body, body, u32 CRC-32 of all that
//   body: u8 address bits, string machine, entries
//   entry: u8 kind << 5 | register index
//     0 write  uleb value          1 read  uleb value
//     2 and instead of the index:
//       0 wait                     1 origin  uleb number [string if first use]
//       2 write  uleb offset, uleb value     3 read  the same
//       4 memory  uleb address, string       5 stored  uleb address, uleb
//       bytes,
//                                                      u32 CRC-32 of the bytes
//   string: uleb bytes, bytes
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_REGISTERLOG_H
#define EDGEBERT_MACHINE_REGISTERLOG_H

#include "edgebert/Machine/Description.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <string>
#include <vector>

namespace edgebert::machine {

class RegisterLog {
public:
  enum class Kind : uint8_t {
    Write,
    Read,
    Wait,
    Origin, ///< the source op of the entries that follow
    Memory, ///< what the host has put into external memory
    Stored, ///< what a store has put there
  };
  struct Entry {
    Kind kind;
    /// The value; of an origin its number; the CRC-32 of stored bytes.
    uint32_t value = 0;
    /// The register's offset, or an external address.
    uint64_t address = 0;
    /// Bytes of memory.
    uint64_t size = 0;
    /// Where `memory` has them.
    uint64_t begin = 0;
  };

  /// An empty log of a machine of that name and width of addresses (12 or 16
  /// bits), on which the layout of the registers depends.
  explicit RegisterLog(llvm::StringRef machine = "", unsigned addressBits = 16)
      : machine(machine), addressBits(addressBits) {}
  explicit RegisterLog(const Description &desc)
      : RegisterLog(desc.name, desc.addressBits) {}

  void write(uint32_t offset, uint32_t value);
  void read(uint32_t offset, uint32_t value);
  void wait();
  void setOrigin(llvm::StringRef name);
  /// Nothing for no bytes.
  void addMemory(uint64_t address, llvm::ArrayRef<uint8_t> bytes);
  void addStored(uint64_t address, uint64_t size, uint32_t crc);

  /// Reads the accesses as those of another machine.
  void setMachine(const Description &desc) {
    machine = desc.name;
    addressBits = desc.addressBits;
  }
  llvm::StringRef getMachine() const { return machine; }
  unsigned getAddressBits() const { return addressBits; }
  /// `desc` with the registers' layout of this log: its width of addresses and
  /// the fields of every option.
  Description layoutOf(Description desc) const;

  llvm::ArrayRef<Entry> getEntries() const { return entries; }
  llvm::StringRef getOrigin(const Entry &entry) const {
    return origins[entry.value];
  }
  llvm::ArrayRef<uint8_t> getBytes(const Entry &entry) const {
    return llvm::ArrayRef<uint8_t>(memory).slice(entry.begin, entry.size);
  }
  /// The names of all origins, each once.
  llvm::ArrayRef<std::string> getOrigins() const { return origins; }
  bool hasOrigin(llvm::StringRef name) const {
    return originNumbers.contains(name);
  }
  size_t count(Kind kind) const;
  friend bool operator==(const RegisterLog &a, const RegisterLog &b);

  //===--------------------------------------------------------------------===//
  // The two representations
  //===--------------------------------------------------------------------===//

  std::string encode() const;
  /// The error names the byte and what was expected there.
  static llvm::Expected<RegisterLog> decode(llvm::StringRef file);

  void print(llvm::raw_ostream &os) const;
  /// One entry without its line's end; `name "of field"=value` as in print.
  void printEntry(llvm::raw_ostream &os, const Entry &entry) const;
  /// `fileName` is for the error, "FILE:LINE:COL: error: message". Text without
  /// .machine is for `machine`.
  static llvm::Expected<RegisterLog>
  assemble(llvm::StringRef text, llvm::StringRef fileName,
           const Description &machine = Description::asic());

private:
  std::string machine;
  unsigned addressBits;
  std::vector<Entry> entries;
  std::vector<std::string> origins;
  llvm::StringMap<uint32_t> originNumbers;
  std::vector<uint8_t> memory;
};

/// CRC-32 of `bytes`, as Entry::value of Kind::Stored.
uint32_t storedChecksum(llvm::ArrayRef<uint8_t> bytes);

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_REGISTERLOG_H
