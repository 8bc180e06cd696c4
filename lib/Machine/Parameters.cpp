//===- Parameters.cpp - the parameters of a machine as data ---------------===//

#include "edgebert/Machine/Parameters.h"

#include "edgebert/Machine/Energy.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

#include <charconv>
#include <cmath>
#include <type_traits>

using namespace edgebert::machine;

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

static constexpr llvm::StringLiteral kPersistentStates[] = {
    "literal", "cleared_per_operation"};
static constexpr llvm::StringLiteral kOutputBiases[] = {"input", "act3"};

namespace {
/// Allowed values as Description.def writes them; T is the member's type.
template <typename T>
struct Values {
  static constexpr Allowed range(double low, double high) {
    return {std::is_same_v<T, double> ? Allowed::Number : Allowed::Count,
            low,
            high,
            1,
            {}};
  }
  static constexpr Allowed multiples(unsigned step, double low, double high) {
    return {Allowed::Count, low, high, step, {}};
  }
  static constexpr Allowed flag() { return {Allowed::Flag, 0, 1, 1, {}}; }
  template <size_t N>
  static constexpr Allowed choice(const llvm::StringLiteral (&names)[N]) {
    return {Allowed::Choice, 0, double(N - 1), 1, names};
  }
};
} // namespace

llvm::ArrayRef<ParameterGroup> edgebert::machine::parameterGroups() {
  static constexpr ParameterGroup groups[] = {
#define EDGEBERT_GROUP(GROUP, DOC) {#GROUP, DOC},
#include "edgebert/Machine/Description.def"
  };
  return groups;
}

llvm::ArrayRef<Parameter> edgebert::machine::parameters() {
  static constexpr Parameter all[] = {
#define EDGEBERT_ROW(GROUP, KEY, TYPE, PATH, ALLOWED, UNIT, DOC, SOURCE)       \
  {#GROUP,                                                                     \
   #KEY,                                                                       \
   Values<TYPE>::ALLOWED,                                                      \
   UNIT,                                                                       \
   DOC,                                                                        \
   SOURCE,                                                                     \
   [](const Description &d) { return double(d.PATH); },                        \
   [](Description &d, double value) { d.PATH = TYPE(value); }},
#define EDGEBERT_PARAMETER(GROUP, KEY, TYPE, MEMBER, ASIC, RTL, ALLOWED, UNIT, \
                           DOC, SOURCE)                                        \
  EDGEBERT_ROW(GROUP, KEY, TYPE, MEMBER, ALLOWED, UNIT, DOC, SOURCE)
#define EDGEBERT_HOST(GROUP, KEY, TYPE, MEMBER, ASIC, RTL, ALLOWED, UNIT, DOC, \
                      SOURCE)                                                  \
  EDGEBERT_ROW(GROUP, KEY, TYPE, host.MEMBER, ALLOWED, UNIT, DOC, SOURCE)
#define EDGEBERT_ENERGY(GROUP, KEY, TYPE, MEMBER, ASIC, RTL, ALLOWED, UNIT,    \
                        DOC, SOURCE)                                           \
  EDGEBERT_ROW(GROUP, KEY, TYPE, energy.MEMBER, ALLOWED, UNIT, DOC, SOURCE)
#define EDGEBERT_FIXED(GROUP, KEY, TYPE, MEMBER, VALUE, UNIT, DOC, SOURCE)     \
  {#GROUP,                                                                     \
   #KEY,                                                                       \
   Values<TYPE>::range(VALUE, VALUE),                                          \
   UNIT,                                                                       \
   DOC,                                                                        \
   SOURCE,                                                                     \
   [](const Description &d) { return double(d.MEMBER); },                      \
   [](Description &, double) {}},
#include "edgebert/Machine/Description.def"
#undef EDGEBERT_ROW
  };
  return all;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

bool Allowed::contains(double value) const {
  // Also refuses NaN.
  if (!(value >= low && value <= high))
    return false;
  return kind == Number || std::fmod(value - low, step) == 0;
}

std::string Allowed::describe() const {
  switch (kind) {
  case Flag:
    return "true or false";
  case Choice:
    return llvm::join(choices, " or ");
  case Count:
    if (low == high)
      return print(low);
    if (high - low == step)
      return print(low) + " or " + print(high);
    if (step != 1)
      return "a multiple of " + std::to_string(step) + " in " + print(low) +
             ".." + print(high);
    return "an integer in " + print(low) + ".." + print(high);
  case Number:
    return "a number in " + print(low) + ".." + print(high);
  }
  return "";
}

std::optional<double> Allowed::parse(llvm::StringRef text) const {
  double value = 0;
  switch (kind) {
  case Flag:
    if (text != "true" && text != "false")
      return std::nullopt;
    return text == "true";
  case Choice: {
    const llvm::StringLiteral *found = llvm::find(choices, text);
    if (found == choices.end())
      return std::nullopt;
    return found - choices.begin();
  }
  case Count: {
    uint32_t count;
    if (text.getAsInteger(10, count))
      return std::nullopt;
    value = count;
    break;
  }
  case Number:
    if (!llvm::to_float(text, value))
      return std::nullopt;
    break;
  }
  return contains(value) ? std::optional(value) : std::nullopt;
}

std::string Allowed::print(double value) const {
  if (kind == Flag)
    return value ? "true" : "false";
  if (kind == Choice)
    return choices[size_t(value)].str();
  // The shortest digits that read back as the same number.
  char text[32];
  bool isInteger = value == std::floor(value) && std::abs(value) < 1e9;
  auto end = isInteger ? std::to_chars(text, std::end(text), int64_t(value))
                       : std::to_chars(text, std::end(text), value);
  return std::string(text, end.ptr);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

std::string edgebert::machine::describeMismatch(const Parameter &parameter,
                                                llvm::StringRef got) {
  return ("expected " + parameter.path() + " to be " +
          parameter.allowed.describe() + ", got " + got)
      .str();
}

/// The parameter at `path`, which there is.
static const Parameter &parameterAt(llvm::StringRef path) {
  return *llvm::find_if(parameters(),
                        [&](const Parameter &p) { return p.path() == path; });
}

/// Two corners must be two, and leave a positive leakage and a positive
/// dynamic power (see Energy.h).
static std::optional<InvalidParameter> checkCorners(const EnergyTable &table) {
  auto expected = [](llvm::StringRef path, std::string what, double got) {
    const Parameter &parameter = parameterAt(path);
    return InvalidParameter{&parameter, "expected " + path.str() + " to be " +
                                            what + ", got " +
                                            parameter.allowed.print(got)};
  };
  Allowed number;
  number.kind = Allowed::Number;
  if (table.highVolts <= table.lowVolts)
    return expected("energy.high_volts",
                    "more than low_volts, " + number.print(table.lowVolts),
                    table.highVolts);
  if (table.highMegahertz <= table.lowMegahertz)
    return expected("energy.high_megahertz",
                    "more than low_megahertz, " +
                        number.print(table.lowMegahertz),
                    table.highMegahertz);
  for (unsigned bits : {8, 4}) {
    auto [low, high] = energy::highMilliwattRange(table, bits);
    double got = bits == 8 ? table.highMilliwatt8 : table.highMilliwatt4;
    if (got < low || got > high)
      return expected(bits == 8 ? "energy.high_milliwatt8"
                                : "energy.high_milliwatt4",
                      "in " + number.print(low) + ".." + number.print(high) +
                          ", between leakage alone and no leakage at the "
                          "voltages, clocks and low_milliwatt" +
                          std::to_string(bits) + " given",
                      got);
  }
  if (table.operatingPoint >= table.points)
    return expected("energy.operating_point",
                    "less than points, " + std::to_string(table.points),
                    table.operatingPoint);
  return std::nullopt;
}

std::optional<InvalidParameter>
edgebert::machine::findInvalid(const Description &desc) {
  // What a line of YAML and of a report can show.
  auto isPlain = [](char c) {
    return llvm::isPrint(c) && c != '"' && c != '\\';
  };
  if (desc.name.empty() || desc.name.size() > 64 ||
      !llvm::all_of(desc.name, isPlain))
    return InvalidParameter{
        nullptr, "expected name to be 1 to 64 printable characters other than "
                 "quotes and backslashes, got " +
                     std::to_string(desc.name.size()) + " characters"};
  for (const Parameter &parameter : parameters()) {
    double value = parameter.get(desc);
    if (parameter.allowed.contains(value))
      continue;
    // Print a flag or choice out of range as a number.
    Allowed number;
    number.kind = Allowed::Number;
    return InvalidParameter{&parameter,
                            describeMismatch(parameter, number.print(value))};
  }
  return checkCorners(desc.energy);
}

std::string Description::invalid() const {
  std::optional<InvalidParameter> found = findInvalid(*this);
  return found ? found->message : "";
}

bool edgebert::machine::operator==(const Description &a, const Description &b) {
  return a.name == b.name &&
         llvm::all_of(parameters(),
                      [&](const Parameter &p) { return p.get(a) == p.get(b); });
}
