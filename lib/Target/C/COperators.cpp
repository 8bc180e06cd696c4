//===- COperators.cpp - functions in C with the meaning of arith
//------------===//

#include "COperators.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace edgebert::target;

namespace {

/// A C type by the suffix of helper names.
struct CType {
  llvm::StringLiteral suffix, name;
  /// The unsigned type of the same width, and one that arithmetic does not
  /// promote to a signed type.
  llvm::StringLiteral unsignedName, wideName;
  /// What libm's functions, and literals, of the type end with.
  llvm::StringLiteral libm;
  /// Of an integer: the largest shift and the least value.
  llvm::StringLiteral lastBit = "", minimum = "";
};

/// One helper for all its types. In `text`, $T is the type, $U its unsigned
/// type, $W the unsigned type to compute in, $B its last bit; $R the second
/// type, $V its unsigned type, $L its least value; $N the helper's name and $M
/// the suffix of functions in libm.
struct Helper {
  llvm::StringLiteral op, text;
};

} // namespace

static constexpr CType kTypes[] = {
    {"i1", "bool", "bool", "bool", ""},
    {"i8", "int8_t", "uint8_t", "uint32_t", "", "7", "-128.0"},
    {"i16", "int16_t", "uint16_t", "uint32_t", "", "15", "-32768.0"},
    {"i32", "int32_t", "uint32_t", "uint32_t", "", "31", "-2147483648.0"},
    {"i64", "int64_t", "uint64_t", "uint64_t", "", "63",
     "-9223372036854775808.0"},
    {"f32", "float", "float", "float", "f"},
    {"f64", "double", "double", "double", ""},
};

// The definitions follow the documentation of the operations in arith and
// math; where that leaves a result open (a shift by the width), so does C.
static constexpr Helper kHelpers[] = {
    // Memory: elements of any type may lie in the same bytes at other times.
    {"load", "$T $N(const uint8_t *memory, int64_t index) {\n"
             "  typedef $T element EB_MAY_ALIAS;\n"
             "  return ((const element *)memory)[index];\n"},
    {"store", "void $N(uint8_t *memory, int64_t index, $T value) {\n"
              "  typedef $T element EB_MAY_ALIAS;\n"
              "  ((element *)memory)[index] = value;\n"},
    // Integers wrap.
    {"addi", "$T $N($T a, $T b) {\n  return ($T)(($W)a + ($W)b);\n"},
    {"subi", "$T $N($T a, $T b) {\n  return ($T)(($W)a - ($W)b);\n"},
    {"muli", "$T $N($T a, $T b) {\n  return ($T)(($W)a * ($W)b);\n"},
    {"shli", "$T $N($T a, $T b) {\n  return ($T)(($W)a << (b & $B));\n"},
    {"shrui", "$T $N($T a, $T b) {\n  return ($T)(($U)a >> (b & $B));\n"},
    {"shrsi", "$T $N($T a, $T b) {\n"
              "  return ($T)(a < 0 ? ~(~a >> (b & $B)) : a >> (b & $B));\n"},
    {"divui", "$T $N($T a, $T b) {\n  return ($T)(($U)a / ($U)b);\n"},
    {"remui", "$T $N($T a, $T b) {\n  return ($T)(($U)a % ($U)b);\n"},
    {"ceildivsi",
     "$T $N($T a, $T b) {\n"
     "  return ($T)(a / b + (a % b != 0 && (a < 0) == (b < 0)));\n"},
    {"ceildivui", "$T $N($T a, $T b) {\n"
                  "  return ($T)(($U)a / ($U)b + (($U)a % ($U)b != 0));\n"},
    {"floordivsi",
     "$T $N($T a, $T b) {\n"
     "  return ($T)(a / b - (a % b != 0 && (a < 0) != (b < 0)));\n"},
    {"maxsi", "$T $N($T a, $T b) {\n  return a > b ? a : b;\n"},
    {"minsi", "$T $N($T a, $T b) {\n  return a < b ? a : b;\n"},
    {"maxui", "$T $N($T a, $T b) {\n  return ($U)a > ($U)b ? a : b;\n"},
    {"minui", "$T $N($T a, $T b) {\n  return ($U)a < ($U)b ? a : b;\n"},
    {"absi", "$T $N($T a) {\n  return ($T)(a < 0 ? 0 - ($W)a : ($W)a);\n"},
    {"ult", "bool $N($T a, $T b) {\n  return ($U)a < ($U)b;\n"},
    {"ule", "bool $N($T a, $T b) {\n  return ($U)a <= ($U)b;\n"},
    {"ugt", "bool $N($T a, $T b) {\n  return ($U)a > ($U)b;\n"},
    {"uge", "bool $N($T a, $T b) {\n  return ($U)a >= ($U)b;\n"},
    // Conversions.
    {"extui", "$R $N($T a) {\n  return ($R)($U)a;\n"},
    {"extsi", "$R $N($T a) {\n  return ($R)(a ? -1 : 0);\n"},
    {"lowbit", "bool $N($T a) {\n  return (a & 1) != 0;\n"},
    {"uitofp", "$R $N($T a) {\n  return ($R)($U)a;\n"},
    // Out of range, and for a NaN, arith promises nothing and C less.
    {"fptosi", "$R $N($T a) {\n"
               "  return (a >= $L$M || a > $L$M - 1) && a < -($L$M) ? ($R)a : "
               "0;\n"},
    {"fptoui", "$R $N($T a) {\n"
               "  return a > -1 && a < -2 * ($L$M) ? ($R)($V)a : 0;\n"},
    {"bitcast", "$R $N($T a) {\n"
                "  $R r;\n"
                "  memcpy(&r, &a, sizeof r);\n"
                "  return r;\n"},
    // Comparisons that a NaN decides otherwise than C's operators.
    {"fone", "bool $N($T a, $T b) {\n  return a < b || a > b;\n"},
    {"ford", "bool $N($T a, $T b) {\n  return a == a && b == b;\n"},
    {"funo", "bool $N($T a, $T b) {\n  return a != a || b != b;\n"},
    {"fueq", "bool $N($T a, $T b) {\n  return !(a < b || a > b);\n"},
    {"fult", "bool $N($T a, $T b) {\n  return !(a >= b);\n"},
    {"fule", "bool $N($T a, $T b) {\n  return !(a > b);\n"},
    {"fugt", "bool $N($T a, $T b) {\n  return !(a <= b);\n"},
    {"fuge", "bool $N($T a, $T b) {\n  return !(a < b);\n"},
    // A NaN wins, and -0 is less than +0.
    {"maximumf", "$T $N($T a, $T b) {\n"
                 "  if (a != a || b != b)\n    return a + b;\n"
                 "  if (a == b)\n    return signbit(a) ? b : a;\n"
                 "  return a > b ? a : b;\n"},
    {"minimumf", "$T $N($T a, $T b) {\n"
                 "  if (a != a || b != b)\n    return a + b;\n"
                 "  if (a == b)\n    return signbit(a) ? a : b;\n"
                 "  return a < b ? a : b;\n"},
    // A number wins.
    {"maxnumf", "$T $N($T a, $T b) {\n"
                "  if (a != a || b != b)\n    return a != a ? b : a;\n"
                "  return a > b ? a : b;\n"},
    {"minnumf", "$T $N($T a, $T b) {\n"
                "  if (a != a || b != b)\n    return a != a ? b : a;\n"
                "  return a < b ? a : b;\n"},
    {"rsqrt", "$T $N($T a) {\n  return 1 / sqrt$M(a);\n"},
};

static const CType *findType(StringRef suffix) {
  for (const CType &type : kTypes)
    if (type.suffix == suffix)
      return &type;
  return nullptr;
}

static std::string getSuffix(Type type) {
  if (type.isIndex())
    return "i64";
  if (type.isF32())
    return "f32";
  if (type.isF64())
    return "f64";
  if (type.isSignlessInteger())
    return "i" + std::to_string(type.getIntOrFloatBitWidth());
  return "";
}

StringRef edgebert::target::getCType(Type type) {
  const CType *found = findType(getSuffix(type));
  return found ? StringRef(found->name) : StringRef();
}

std::string edgebert::target::getHelperName(StringRef op, Type type, Type to) {
  std::string name = ("eb_" + op + "_" + getSuffix(type)).str();
  return to ? name + "_" + getSuffix(to) : name;
}

namespace {

/// A name taken apart; without a helper if it names none.
struct HelperUse {
  explicit HelperUse(StringRef name) {
    SmallVector<StringRef> parts;
    if (name.consume_front("eb_"))
      name.split(parts, '_');
    if (parts.size() < 2 || parts.size() > 3)
      return;
    type = findType(parts[1]);
    to = parts.size() == 3 ? findType(parts[2]) : nullptr;
    for (const Helper &candidate : kHelpers) {
      bool converts = StringRef(candidate.text).contains("$R");
      if (candidate.op == parts[0] && type && converts == (to != nullptr))
        helper = &candidate;
    }
  }

  const Helper *helper = nullptr;
  const CType *type = nullptr, *to = nullptr;
};

} // namespace

bool edgebert::target::isHelper(StringRef name) {
  return HelperUse(name).helper;
}

void edgebert::target::printHelper(llvm::raw_ostream &os, StringRef name) {
  HelperUse use(name);
  os << "static inline ";
  for (StringRef rest = use.helper->text; !rest.empty();) {
    size_t dollar = rest.find('$');
    os << rest.take_front(dollar);
    if (dollar == StringRef::npos)
      break;
    switch (rest[dollar + 1]) {
    case 'N':
      os << name;
      break;
    case 'T':
      os << use.type->name;
      break;
    case 'U':
      os << use.type->unsignedName;
      break;
    case 'W':
      os << use.type->wideName;
      break;
    case 'M':
      os << use.type->libm;
      break;
    case 'R':
      os << use.to->name;
      break;
    case 'L':
      os << use.to->minimum;
      break;
    case 'B':
      os << use.type->lastBit;
      break;
    case 'V':
      os << use.to->unsignedName;
      break;
    }
    rest = rest.drop_front(dollar + 2);
  }
  os << "}\n";
}
