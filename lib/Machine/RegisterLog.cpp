//===- RegisterLog.cpp - the log and its file -------------------*- C++ -*-===//

#include "edgebert/Machine/RegisterLog.h"

#include "edgebert/Machine/Registers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/LEB128.h"

using namespace edgebert::machine;
namespace endian = llvm::support::endian;

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

void RegisterLog::write(uint32_t offset, uint32_t value) {
  entries.push_back({Kind::Write, value, offset});
}

void RegisterLog::read(uint32_t offset, uint32_t value) {
  entries.push_back({Kind::Read, value, offset});
}

void RegisterLog::wait() { entries.push_back({Kind::Wait}); }

void RegisterLog::setOrigin(llvm::StringRef name) {
  auto [known, isNew] = originNumbers.try_emplace(name, origins.size());
  if (isNew)
    origins.push_back(name.str());
  entries.push_back({Kind::Origin, known->second});
}

void RegisterLog::addMemory(uint64_t address, llvm::ArrayRef<uint8_t> bytes) {
  if (bytes.empty())
    return;
  entries.push_back({Kind::Memory, 0, address, bytes.size(), memory.size()});
  memory.insert(memory.end(), bytes.begin(), bytes.end());
}

void RegisterLog::addStored(uint64_t address, uint64_t size, uint32_t crc) {
  entries.push_back({Kind::Stored, crc, address, size});
}

Description RegisterLog::layoutOf(Description desc) const {
  desc.addressBits = addressBits;
  desc.afp4 = true;
  return desc;
}

size_t RegisterLog::count(Kind kind) const {
  return llvm::count_if(entries,
                        [&](const Entry &entry) { return entry.kind == kind; });
}

bool edgebert::machine::operator==(const RegisterLog &a, const RegisterLog &b) {
  // Numbers of origins and places of bytes follow from their order.
  return a.machine == b.machine && a.addressBits == b.addressBits &&
         a.origins == b.origins && a.memory == b.memory &&
         llvm::equal(
             a.entries, b.entries,
             [](const RegisterLog::Entry &x, const RegisterLog::Entry &y) {
               return x.kind == y.kind && x.value == y.value &&
                      x.address == y.address && x.size == y.size;
             });
}

uint32_t edgebert::machine::storedChecksum(llvm::ArrayRef<uint8_t> bytes) {
  return llvm::crc32(bytes);
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

namespace {

constexpr auto kMagic = llvm::StringLiteral::withInnerNUL("EBLOG\0");
constexpr uint16_t kVersion = 1;
/// Magic, version, bytes of the body.
constexpr size_t kHeaderBytes = kMagic.size() + 2 + 8;
constexpr size_t kChecksumBytes = 4;

/// Bits 7 to 5 of an entry's first byte, and the entries that are not an
/// access of a register.
enum Opcode : uint8_t {
  kWriteRegister = 0 << 5,
  kReadRegister = 1 << 5,
  kWait = 2 << 5,
  kOrigin,
  kWriteOffset,
  kReadOffset,
  kMemory,
  kStored,
};
constexpr uint8_t kIndexMask = 31;

class Encoder {
public:
  explicit Encoder(std::string &out) : os(out) {}

  void byte(uint8_t value) { os << char(value); }
  void uleb(uint64_t value) { llvm::encodeULEB128(value, os); }
  void string(llvm::StringRef text) {
    uleb(text.size());
    os << text;
  }
  template <typename T>
  void fixed(T value) {
    char bytes[sizeof(T)];
    endian::write<T, llvm::endianness::little>(bytes, value);
    os.write(bytes, sizeof(T));
  }
  void access(Opcode toRegister, Opcode toOffset, const RegisterLog::Entry &e) {
    if (registerName(uint32_t(e.address)).empty()) {
      byte(toOffset);
      uleb(e.address);
    } else {
      byte(toRegister | index(Register(e.address)));
    }
    uleb(e.value);
  }

private:
  llvm::raw_string_ostream os;
};

/// Reads from `data`; after the first error everything is 0 and empty.
class Decoder {
public:
  explicit Decoder(llvm::StringRef data, size_t begin)
      : data(data), position(begin) {}

  bool atEnd() const { return failed() || position == data.size(); }
  bool failed() const { return !message.empty(); }
  llvm::Error takeError() const {
    return failed() ? llvm::createStringError(message) : llvm::Error::success();
  }
  void fail(size_t at, const llvm::Twine &what) {
    if (!failed())
      message = ("byte " + llvm::Twine(at) + ": " + what).str();
  }

  llvm::StringRef take(uint64_t size, const llvm::Twine &what) {
    if (failed())
      return "";
    if (size > data.size() - position) {
      fail(position, "expected " + llvm::Twine(size) + " bytes of " + what +
                         ", found " + llvm::Twine(data.size() - position));
      return "";
    }
    position += size;
    return data.substr(position - size, size);
  }
  uint8_t byte(const llvm::Twine &what) {
    llvm::StringRef taken = take(1, what);
    return taken.empty() ? 0 : uint8_t(taken[0]);
  }
  uint32_t word(const llvm::Twine &what) {
    llvm::StringRef taken = take(4, what);
    return taken.empty() ? 0 : endian::read32le(taken.data());
  }
  uint64_t uleb(uint64_t max, const llvm::Twine &what) {
    if (failed())
      return 0;
    unsigned size = 0;
    const char *error = nullptr;
    uint64_t value = llvm::decodeULEB128(data.bytes_begin() + position, &size,
                                         data.bytes_end(), &error);
    if (error)
      fail(position, what + ": " + error);
    else if (size != llvm::getULEB128Size(value))
      fail(position, what + " " + llvm::Twine(value) + " in " +
                         llvm::Twine(size) + " bytes; expected " +
                         llvm::Twine(llvm::getULEB128Size(value)));
    else if (value > max)
      fail(position, "expected " + what + " up to " + llvm::Twine(max) +
                         ", found " + llvm::Twine(value));
    else
      position += size;
    return failed() ? 0 : value;
  }
  llvm::StringRef string(const llvm::Twine &what) {
    return take(uleb(UINT64_MAX, "length of " + what), what);
  }
  size_t getPosition() const { return position; }

private:
  llvm::StringRef data;
  size_t position;
  std::string message;
};

} // namespace

std::string RegisterLog::encode() const {
  std::string body;
  {
    Encoder out(body);
    out.byte(uint8_t(addressBits));
    out.string(machine);
    uint32_t knownOrigins = 0;
    for (const Entry &entry : entries) {
      switch (entry.kind) {
      case Kind::Write:
        out.access(kWriteRegister, kWriteOffset, entry);
        break;
      case Kind::Read:
        out.access(kReadRegister, kReadOffset, entry);
        break;
      case Kind::Wait:
        out.byte(kWait);
        break;
      case Kind::Origin:
        out.byte(kOrigin);
        out.uleb(entry.value);
        // Numbers are given in the order of first use.
        if (entry.value == knownOrigins) {
          out.string(origins[entry.value]);
          ++knownOrigins;
        }
        break;
      case Kind::Memory:
        out.byte(kMemory);
        out.uleb(entry.address);
        out.string(llvm::toStringRef(getBytes(entry)));
        break;
      case Kind::Stored:
        out.byte(kStored);
        out.uleb(entry.address);
        out.uleb(entry.size);
        out.fixed<uint32_t>(entry.value);
        break;
      }
    }
  }
  std::string file;
  {
    Encoder out(file);
    for (char c : kMagic)
      out.byte(uint8_t(c));
    out.fixed<uint16_t>(kVersion);
    out.fixed<uint64_t>(body.size());
  }
  file += body;
  uint32_t crc = llvm::crc32(llvm::arrayRefFromStringRef(file));
  Encoder(file).fixed<uint32_t>(crc);
  return file;
}

/// What is wrong with a file as a whole.
static llvm::Error checkFile(llvm::StringRef file) {
  if (!file.starts_with(kMagic))
    return llvm::createStringError(
        "not a register log: expected it to begin with \"EBLOG\\0\"");
  if (file.size() < kHeaderBytes + kChecksumBytes)
    return llvm::createStringError("register log of " +
                                   llvm::Twine(file.size()) +
                                   " bytes; expected at least " +
                                   llvm::Twine(kHeaderBytes + kChecksumBytes));
  const char *header = file.data() + kMagic.size();
  if (uint16_t version = endian::read16le(header); version != kVersion)
    return llvm::createStringError("register log of version " +
                                   llvm::Twine(version) + "; expected " +
                                   llvm::Twine(kVersion));
  uint64_t found = file.size() - kHeaderBytes - kChecksumBytes;
  if (uint64_t size = endian::read64le(header + 2); size != found)
    return llvm::createStringError(
        "register log with a body of " + llvm::Twine(found) +
        " bytes; expected " + llvm::Twine(size) +
        (found < size ? ": the file is cut off" : ": something follows it"));
  llvm::StringRef checked = file.drop_back(kChecksumBytes);
  uint32_t expected = endian::read32le(checked.end());
  uint32_t crc = llvm::crc32(llvm::arrayRefFromStringRef(checked));
  if (crc != expected)
    return llvm::createStringError(
        "register log with the checksum 0x" + llvm::utohexstr(crc, true, 8) +
        "; expected 0x" + llvm::utohexstr(expected, true, 8));
  return llvm::Error::success();
}

/// The rest of an entry that is not an access of a register.
static void decodeOther(Decoder &in, uint8_t opcode, size_t start,
                        RegisterLog &log) {
  switch (opcode) {
  case kWait:
    return log.wait();
  case kOrigin: {
    llvm::ArrayRef<std::string> known = log.getOrigins();
    uint64_t number = in.uleb(known.size(), "the number of an origin");
    if (in.failed() || number < known.size())
      return log.setOrigin(in.failed() ? "" : known[number]);
    llvm::StringRef name = in.string("an origin's name");
    if (!in.failed() && log.hasOrigin(name))
      in.fail(start, "expected a new name of origin " + llvm::Twine(number) +
                         ", found that of an earlier one");
    return log.setOrigin(name);
  }
  case kWriteOffset:
  case kReadOffset: {
    auto offset = uint32_t(in.uleb(UINT32_MAX, "an offset"));
    if (!in.failed() && !registerName(offset).empty())
      in.fail(start, "expected the offset of no register, found that of " +
                         registerName(offset));
    auto value = uint32_t(in.uleb(UINT32_MAX, "a value"));
    return opcode == kWriteOffset ? log.write(offset, value)
                                  : log.read(offset, value);
  }
  case kMemory: {
    uint64_t address = in.uleb(UINT64_MAX, "an address");
    llvm::StringRef bytes = in.string("memory");
    if (bytes.empty())
      in.fail(start, "expected at least 1 byte of memory");
    return log.addMemory(address, llvm::arrayRefFromStringRef(bytes));
  }
  case kStored: {
    uint64_t address = in.uleb(UINT64_MAX, "an address");
    uint64_t size = in.uleb(UINT64_MAX, "a size");
    return log.addStored(address, size, in.word("a checksum"));
  }
  default:
    in.fail(start,
            "expected an entry, found 0x" + llvm::utohexstr(opcode, true, 2));
  }
}

llvm::Expected<RegisterLog> RegisterLog::decode(llvm::StringRef file) {
  if (llvm::Error error = checkFile(file))
    return std::move(error);
  Decoder in(file.drop_back(kChecksumBytes), kHeaderBytes);
  unsigned bits = in.byte("the width of addresses");
  if (bits != 12 && bits != 16)
    in.fail(kHeaderBytes,
            "expected addresses of 12 or 16 bits, found " + llvm::Twine(bits));
  RegisterLog log(in.string("the machine's name"), bits);
  while (!in.atEnd()) {
    size_t start = in.getPosition();
    uint8_t opcode = in.byte("an entry");
    uint32_t offset = 4 * (opcode & kIndexMask);
    if ((opcode & ~kIndexMask) == kWriteRegister)
      log.write(offset, uint32_t(in.uleb(UINT32_MAX, "a value")));
    else if ((opcode & ~kIndexMask) == kReadRegister)
      log.read(offset, uint32_t(in.uleb(UINT32_MAX, "a value")));
    else
      decodeOther(in, opcode, start, log);
  }
  if (llvm::Error error = in.takeError())
    return std::move(error);
  return log;
}
