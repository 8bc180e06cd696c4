//===- RegisterDisassembler.cpp - a register log as text --------*- C++ -*-===//

#include "RegisterSyntax.h"

#include "edgebert/Machine/RegisterLog.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace edgebert::machine;

/// What a field's bits say; none if it is a number.
static llvm::ArrayRef<llvm::StringLiteral> bitNames(const Field &f) {
  static constexpr llvm::StringLiteral gbMode[] = {
      "layer_norm", "softmax", "elem_add", "entropy", "tiled", "span_per_row"};
  static_assert(kGBLayerNorm == 1 && kGBSoftmax == 2 && kGBElemAdd == 4 &&
                kGBEntropy == 8 && kGBTiled == 16 && kGBSpanPerRow == 32);
  static constexpr llvm::StringLiteral decoder[] = {
      "n0", "n1", "layer_norm", "softmax", "entropy", "elem_add"};
  static_assert(kDecodeN0 == 1 && kDecodeN1 == 2 && kDecodeLayerNorm == 4 &&
                kDecodeSoftmax == 8 && kDecodeEntropy == 16 &&
                kDecodeElemAdd == 32);
  auto is = [&](const Field &other) {
    return f.reg == other.reg && f.lo == other.lo && f.hi == other.hi;
  };
  if (is(field::gbMode))
    return gbMode;
  if (is(field::mode0) || is(field::mode1))
    return decoder;
  return {};
}

/// Lower case, with underscores for what is no letter or digit.
static std::string wordOf(llvm::StringRef name) {
  std::string word;
  for (char c : name)
    if (llvm::isAlnum(c))
      word += llvm::toLower(c);
    else if (!word.empty() && word.back() != '_')
      word += '_';
  if (!word.empty() && word.back() == '_')
    word.pop_back();
  return word;
}

const FieldSyntax *RegisterSyntax::find(llvm::StringRef name) const {
  for (const FieldSyntax &f : fields)
    if (name.equals_insensitive(f.name))
      return &f;
  return nullptr;
}

SyntaxTable::SyntaxTable(const Description &layout) {
  for (unsigned i = 0; i < kNumRegisters; ++i) {
    RegisterSyntax &syntax = registers[i];
    for (const Field &f : fieldsOf(layout, Register(4 * i))) {
      // Each bit has one place in the text.
      if (syntax.covered & f.mask() << f.lo)
        continue;
      syntax.covered |= f.mask() << f.lo;
      syntax.fields.push_back({f, wordOf(f.name), bitNames(f)});
    }
    syntax.isPlain =
        syntax.fields.empty() ||
        (syntax.fields.size() == 1 && syntax.fields[0].field.width() == 32);
  }
}

std::optional<Register> SyntaxTable::findRegister(llvm::StringRef name) {
  for (unsigned i = 0; i < kNumRegisters; ++i)
    if (name.equals_insensitive(registerName(4 * i)))
      return Register(4 * i);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

static llvm::FormattedNumber hex32(uint32_t value) {
  return llvm::format_hex(value, 10);
}

static void printFieldValue(llvm::raw_ostream &os, const FieldSyntax &f,
                            int64_t value) {
  if (value == 0 || f.bits.empty() || value >> f.bits.size() != 0) {
    os << value;
    return;
  }
  llvm::ListSeparator bar("|");
  for (unsigned i = 0; i < f.bits.size(); ++i)
    if (value >> i & 1)
      os << bar << f.bits[i];
}

/// The value of a register that is written as one.
static void printPlainValue(llvm::raw_ostream &os, Register reg,
                            uint32_t value) {
  if (reg == Register::Command && !commandName(value).empty())
    os << commandName(value);
  else if (reg == Register::Command || reg == Register::SoftReset ||
           reg == Register::FlipMem || reg == Register::UseAxi ||
           reg == Register::UseGB)
    os << value;
  else
    os << hex32(value);
}

static void printAccess(llvm::raw_ostream &os, const SyntaxTable &table,
                        uint32_t offset, uint32_t value) {
  const RegisterSyntax *syntax = table.find(offset);
  if (!syntax) {
    os << hex32(offset) << ' ' << hex32(value);
    return;
  }
  os << registerName(offset);
  if (syntax->isPlain) {
    os << ' ';
    printPlainValue(os, Register(offset), value);
    return;
  }
  for (const FieldSyntax &f : syntax->fields) {
    os << ' ' << f.name << '=';
    printFieldValue(os, f, f.field.extract(value));
  }
  if (uint32_t rest = value & ~syntax->covered)
    os << ' ' << kReserved << '=' << hex32(rest);
}

static void printString(llvm::raw_ostream &os, llvm::StringRef text) {
  os << '"';
  llvm::printEscapedString(text, os);
  os << '"';
}

static void printEntry(llvm::raw_ostream &os, const RegisterLog &log,
                       const RegisterLog::Entry &entry,
                       const SyntaxTable &table) {
  using Kind = RegisterLog::Kind;
  switch (entry.kind) {
  case Kind::Write:
  case Kind::Read:
    os << (entry.kind == Kind::Write ? "write " : "read ");
    printAccess(os, table, uint32_t(entry.address), entry.value);
    break;
  case Kind::Wait:
    os << "wait";
    break;
  case Kind::Origin:
    os << ".origin ";
    printString(os, log.getOrigin(entry));
    break;
  case Kind::Memory:
    os << ".memory " << llvm::format_hex(entry.address, 10) << ' '
       << llvm::toHex(log.getBytes(entry), /*LowerCase=*/true);
    break;
  case Kind::Stored:
    os << ".stored " << llvm::format_hex(entry.address, 10) << ' ' << entry.size
       << ' ' << kChecksum << '=' << hex32(entry.value);
    break;
  }
}

void RegisterLog::printEntry(llvm::raw_ostream &os, const Entry &entry) const {
  ::printEntry(os, *this, entry, SyntaxTable(layoutOf(Description::asic())));
}

void RegisterLog::print(llvm::raw_ostream &os) const {
  /// Where a comment begins after shorter text.
  constexpr size_t commentColumn = 56;
  SyntaxTable table(layoutOf(Description::asic()));
  os << "; register log: " << count(Kind::Write) << " writes, "
     << count(Kind::Read) << " reads, " << count(Kind::Wait) << " waits\n"
     << ".machine ";
  printString(os, machine);
  os << ' ' << kAddressBits << '=' << addressBits << '\n';
  std::string line;
  for (const Entry &entry : entries) {
    line.clear();
    llvm::raw_string_ostream text(line);
    ::printEntry(text, *this, entry, table);
    if (entry.kind == Kind::Origin)
      os << '\n';
    os << line;
    if (entry.kind == Kind::Write || entry.kind == Kind::Read)
      os.indent(line.size() < commentColumn ? commentColumn - line.size() : 1)
          << "; " << llvm::format_hex(entry.address, 4) << " = "
          << hex32(entry.value);
    os << '\n';
  }
}
