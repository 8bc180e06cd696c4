//===- RegisterAssembler.cpp - text to a register log -----------*- C++ -*-===//

#include "Nearest.h"
#include "RegisterSyntax.h"

#include "edgebert/Machine/RegisterLog.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace edgebert::machine;

/// "'word'" for a message, however long and of whatever bytes.
static std::string quote(llvm::StringRef word) {
  constexpr size_t longest = 60;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '\'';
  llvm::printEscapedString(word.take_front(longest), os);
  os << (word.size() > longest ? "..." : "") << '\'';
  return text;
}

/// The nearest of `names`, as "; did you mean ...".
template <typename Names>
static std::string suggest(llvm::StringRef word, const Names &names) {
  std::string lower = word.take_front(60).lower();
  auto nearest = findNearest(lower, names, [](llvm::StringRef n) { return n; });
  return nearest == std::end(names)
             ? ""
             : ("; did you mean '" + llvm::StringRef(*nearest) + "'?").str();
}

namespace {

/// A word of a line and where it begins.
struct Word {
  llvm::StringRef text;
  size_t begin = 0;

  /// The part from `offset` on.
  Word from(size_t offset) const {
    return {text.substr(offset), begin + offset};
  }
  Word to(size_t size) const { return {text.substr(0, size), begin}; }
};

class Assembler {
public:
  Assembler(llvm::StringRef fileName, const Description &machine)
      : fileName(fileName), layout(machine), log(machine),
        table(log.layoutOf(machine)) {}

  llvm::Expected<RegisterLog> run(llvm::StringRef text);

private:
  using Error = llvm::Error;

  Error fail(size_t column, const llvm::Twine &message) const {
    return llvm::createStringError(fileName + ":" + llvm::Twine(lineNumber) +
                                   ":" + llvm::Twine(column + 1) +
                                   ": error: " + message);
  }
  Error fail(const Word &word, const llvm::Twine &message) const {
    return fail(word.begin, message);
  }

  /// The next word; empty at the end of the line. Strings are words.
  Word next();
  llvm::Expected<Word> next(llvm::StringRef what);
  Error expectEnd();
  /// A word of `KEY=VALUE`'s value, or an error that wants `key`.
  llvm::Expected<Word> nextAssignment(llvm::StringRef key);

  template <typename T>
  Error parseNumber(const Word &word, llvm::StringRef what, T &result);
  Error parseString(const Word &word, std::string &result);
  Error parseFieldValue(const Word &word, llvm::StringRef reg,
                        const FieldSyntax &f, int64_t &result);

  Error parseLine();
  Error parseMachine();
  Error parseMemory();
  Error parseStored();
  Error parseAccess(bool isWrite);
  Error parsePlainValue(const Word &word, Register reg, uint32_t &value);
  Error parseFields(Word word, Register reg, uint32_t &value);

  llvm::StringRef fileName;
  Description layout;
  RegisterLog log;
  SyntaxTable table;
  llvm::StringRef line;
  size_t lineNumber = 0, position = 0;
};

constexpr llvm::StringLiteral kStatements[] = {
    "write", "read", "wait", ".machine", ".origin", ".memory", ".stored"};

} // namespace

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

Word Assembler::next() {
  while (position < line.size() && llvm::isSpace(line[position]))
    ++position;
  size_t begin = position;
  if (position == line.size() || line[position] == ';')
    return {"", begin};
  if (line[position] == '"') {
    size_t end = line.find('"', position + 1);
    position = end == llvm::StringRef::npos ? line.size() : end + 1;
  } else {
    while (position < line.size() && !llvm::isSpace(line[position]) &&
           line[position] != ';' && line[position] != '"')
      ++position;
  }
  return {line.slice(begin, position), begin};
}

llvm::Expected<Word> Assembler::next(llvm::StringRef what) {
  Word word = next();
  if (word.text.empty())
    return fail(word, "expected " + what);
  return word;
}

llvm::Error Assembler::expectEnd() {
  Word word = next();
  if (word.text.empty())
    return Error::success();
  return fail(word, "expected the end of the line, found " + quote(word.text));
}

llvm::Expected<Word> Assembler::nextAssignment(llvm::StringRef key) {
  Word word = next();
  size_t equals = word.text.find('=');
  if (equals == llvm::StringRef::npos || word.text.substr(0, equals) != key)
    return fail(word, "expected " + key + "=NUMBER" +
                          (word.text.empty() ? llvm::Twine("")
                                             : ", found " + quote(word.text)));
  return word.from(equals + 1);
}

template <typename T>
llvm::Error Assembler::parseNumber(const Word &word, llvm::StringRef what,
                                   T &result) {
  llvm::StringRef digits = word.text;
  bool isHex = digits.consume_front_insensitive("0x");
  if (!digits.empty() && !digits.getAsInteger(isHex ? 16 : 10, result))
    return Error::success();
  bool isNumber = !digits.empty() && llvm::all_of(digits, [&](char c) {
    return isHex ? llvm::isHexDigit(c) : llvm::isDigit(c);
  });
  if (!isNumber)
    return fail(word, "expected " + what + ", found " + quote(word.text));
  return fail(word, what + " " + word.text + " does not fit " +
                        llvm::Twine(8 * sizeof(T)) + " bits");
}

llvm::Error Assembler::parseString(const Word &word, std::string &result) {
  llvm::StringRef text = word.text;
  if (!text.consume_front("\""))
    return fail(word, "expected a string in quotes, found " + quote(text));
  if (!text.consume_back("\""))
    return fail(word, "string without a closing quote");
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      result += text[i];
      continue;
    }
    if (text.substr(i + 1).starts_with("\\")) {
      result += text[++i];
      continue;
    }
    if (text.size() - i < 3 || !llvm::isHexDigit(text[i + 1]) ||
        !llvm::isHexDigit(text[i + 2]))
      return fail(word.begin + 1 + i,
                  "expected two hexadecimal digits or '\\' after '\\'");
    result += char(llvm::hexFromNibbles(text[i + 1], text[i + 2]));
    i += 2;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

llvm::Error Assembler::parseFieldValue(const Word &word, llvm::StringRef reg,
                                       const FieldSyntax &f, int64_t &result) {
  llvm::StringRef text = word.text;
  if (!f.bits.empty() && !text.empty() && !llvm::isDigit(text[0])) {
    result = 0;
    size_t begin = 0;
    for (llvm::StringRef name : llvm::split(text, '|')) {
      const auto *bit = llvm::find_if(f.bits, [&](llvm::StringRef known) {
        return known.equals_insensitive(name);
      });
      if (bit == f.bits.end())
        return fail(word.begin + begin, "field " + f.name + " of " + reg +
                                            " has no bit " + quote(name) +
                                            suggest(name, f.bits));
      result |= int64_t(1) << (bit - f.bits.begin());
      begin += name.size() + 1;
    }
    return Error::success();
  }
  llvm::StringRef digits = text;
  bool isNegative = digits.consume_front("-");
  bool isHex = digits.consume_front_insensitive("0x");
  uint64_t magnitude = 0;
  bool isNumber = !digits.empty() && llvm::all_of(digits, [&](char c) {
    return isHex ? llvm::isHexDigit(c) : llvm::isDigit(c);
  });
  if (!isNumber)
    return fail(word, "expected a number for field " + f.name + " of " + reg +
                          ", found " + quote(text));
  bool overflows =
      digits.getAsInteger(isHex ? 16 : 10, magnitude) || magnitude > UINT32_MAX;
  result = isNegative ? -int64_t(magnitude) : int64_t(magnitude);
  if (overflows || !f.field.fits(result))
    return fail(word, text + " does not fit field " + f.name + " of " + reg +
                          " (bits " + llvm::Twine(f.field.hi) + " to " +
                          llvm::Twine(f.field.lo) + "); expected " +
                          llvm::Twine(f.field.min()) + " to " +
                          llvm::Twine(f.field.max()));
  return Error::success();
}

llvm::Error Assembler::parsePlainValue(const Word &word, Register reg,
                                       uint32_t &value) {
  if (reg == Register::Command && !word.text.empty() &&
      !llvm::isDigit(word.text[0])) {
    llvm::SmallVector<llvm::StringRef, kNumCommands> names;
    for (uint32_t command = 1; command < kNumCommands; ++command) {
      names.push_back(commandName(command));
      if (word.text.equals_insensitive(names.back())) {
        value = command;
        return Error::success();
      }
    }
    return fail(word, "unknown command " + quote(word.text) +
                          suggest(word.text, names));
  }
  return parseNumber(word, "a value", value);
}

llvm::Error Assembler::parseFields(Word word, Register reg, uint32_t &value) {
  const RegisterSyntax &syntax = *table.find(uint32_t(reg));
  llvm::StringRef regName = registerName(uint32_t(reg));
  llvm::SmallVector<llvm::StringRef, 9> names;
  for (const FieldSyntax &f : syntax.fields)
    names.push_back(f.name);
  if (~syntax.covered)
    names.push_back(kReserved);
  value = 0;
  uint32_t given = 0;
  bool reservedGiven = false;
  for (; !word.text.empty(); word = next()) {
    size_t equals = word.text.find('=');
    Word name = word.to(equals);
    if (equals == llvm::StringRef::npos)
      return fail(word, "expected FIELD=VALUE of " + regName + ", found " +
                            quote(word.text));
    Word text = word.from(equals + 1);
    auto repeated = [&] {
      return fail(name, "field " + name.text + " of " + regName +
                            " is given a second time");
    };
    if (name.text.equals_insensitive(kReserved) && ~syntax.covered) {
      uint32_t bits = 0;
      if (Error error = parseNumber(text, "the reserved bits", bits))
        return error;
      if (reservedGiven)
        return repeated();
      if (bits & syntax.covered)
        return fail(text, "bits of fields among the reserved bits " +
                              text.text + " of " + regName +
                              "; expected only bits of 0x" +
                              llvm::utohexstr(~syntax.covered, true, 8));
      reservedGiven = true;
      value |= bits;
      continue;
    }
    const FieldSyntax *f = syntax.find(name.text);
    if (!f)
      return fail(name, "register " + regName + " has no field " +
                            quote(name.text) + suggest(name.text, names) +
                            " (fields: " + llvm::join(names, ", ") + ")");
    uint32_t bit = 1u << (f - syntax.fields.begin());
    if (given & bit)
      return repeated();
    given |= bit;
    int64_t number = 0;
    if (Error error = parseFieldValue(text, regName, *f, number))
      return error;
    value = f->field.insert(value, number);
  }
  return Error::success();
}

llvm::Error Assembler::parseAccess(bool isWrite) {
  llvm::Expected<Word> target = next("a register");
  if (!target)
    return target.takeError();
  uint32_t offset = 0, value = 0;
  if (llvm::isDigit(target->text[0])) {
    if (Error error = parseNumber(*target, "an offset", offset))
      return error;
  } else if (auto reg = SyntaxTable::findRegister(target->text)) {
    offset = uint32_t(*reg);
  } else {
    llvm::SmallVector<llvm::StringRef, kNumRegisters> names;
    for (unsigned i = 0; i < kNumRegisters; ++i)
      names.push_back(registerName(4 * i));
    return fail(*target, "unknown register " + quote(target->text) +
                             suggest(target->text, names));
  }
  llvm::StringRef name = registerName(offset);
  llvm::Expected<Word> word = next("a value");
  if (!word)
    return word.takeError();
  bool hasFields = word->text.contains('=');
  if (hasFields && (name.empty() || table.find(offset)->fields.empty()))
    return fail(*word, "expected one value: " +
                           (name.empty() ? llvm::Twine("this offset is no "
                                                       "register's")
                                         : name + " has no fields"));
  if (hasFields) {
    if (Error error = parseFields(*word, Register(offset), value))
      return error;
  } else {
    // For no register as for most that are one value.
    Register reg = name.empty() ? Register::SoftReset : Register(offset);
    if (Error error = parsePlainValue(*word, reg, value))
      return error;
  }
  isWrite ? log.write(offset, value) : log.read(offset, value);
  return expectEnd();
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

llvm::Error Assembler::parseMachine() {
  llvm::Expected<Word> word = next("the machine's name");
  if (!word)
    return word.takeError();
  std::string name;
  if (Error error = parseString(*word, name))
    return error;
  llvm::Expected<Word> bits = nextAssignment(kAddressBits);
  if (!bits)
    return bits.takeError();
  unsigned addressBits = 0;
  if (Error error = parseNumber(*bits, "a number of bits", addressBits))
    return error;
  if (addressBits != 12 && addressBits != 16)
    return fail(*bits,
                "expected " + kAddressBits + " 12 or 16, found " + bits->text);
  log = RegisterLog(name, addressBits);
  table = SyntaxTable(log.layoutOf(layout));
  return expectEnd();
}

llvm::Error Assembler::parseMemory() {
  llvm::Expected<Word> word = next("an address");
  if (!word)
    return word.takeError();
  uint64_t address = 0;
  if (Error error = parseNumber(*word, "an address", address))
    return error;
  llvm::Expected<Word> digits = next("bytes in hexadecimal");
  if (!digits)
    return digits.takeError();
  std::string bytes;
  if (digits->text.size() % 2 != 0 || !llvm::tryGetFromHex(digits->text, bytes))
    return fail(*digits, "expected bytes of two hexadecimal digits each");
  log.addMemory(address, llvm::arrayRefFromStringRef(bytes));
  return expectEnd();
}

llvm::Error Assembler::parseStored() {
  uint64_t address = 0, size = 0;
  uint32_t crc = 0;
  for (auto [what, result] : {std::pair("an address", &address),
                              std::pair("a number of bytes", &size)}) {
    llvm::Expected<Word> word = next(what);
    if (!word)
      return word.takeError();
    if (Error error = parseNumber(*word, what, *result))
      return error;
  }
  llvm::Expected<Word> checksum = nextAssignment(kChecksum);
  if (!checksum)
    return checksum.takeError();
  if (Error error = parseNumber(*checksum, "a checksum", crc))
    return error;
  log.addStored(address, size, crc);
  return expectEnd();
}

llvm::Error Assembler::parseLine() {
  Word word = next();
  llvm::StringRef statement = word.text;
  if (statement.empty())
    return Error::success();
  if (statement == "write" || statement == "read")
    return parseAccess(statement == "write");
  if (statement == "wait") {
    log.wait();
    return expectEnd();
  }
  if (statement == ".machine") {
    if (!log.getEntries().empty())
      return fail(word, "expected .machine before all accesses and directives");
    return parseMachine();
  }
  if (statement == ".origin") {
    llvm::Expected<Word> text = next("the origin's name");
    if (!text)
      return text.takeError();
    std::string name;
    if (Error error = parseString(*text, name))
      return error;
    log.setOrigin(name);
    return expectEnd();
  }
  if (statement == ".memory")
    return parseMemory();
  if (statement == ".stored")
    return parseStored();
  return fail(word, "unknown statement " + quote(statement) +
                        suggest(statement, kStatements));
}

llvm::Expected<RegisterLog> Assembler::run(llvm::StringRef text) {
  while (!text.empty()) {
    std::tie(line, text) = text.split('\n');
    ++lineNumber;
    position = 0;
    if (llvm::Error error = parseLine())
      return std::move(error);
  }
  return std::move(log);
}

llvm::Expected<RegisterLog> RegisterLog::assemble(llvm::StringRef text,
                                                  llvm::StringRef fileName,
                                                  const Description &machine) {
  return Assembler(fileName, machine).run(text);
}
