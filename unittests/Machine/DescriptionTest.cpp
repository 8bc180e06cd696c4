//===- DescriptionTest.cpp - machines from and to YAML --------------------===//

#include "edgebert/Machine/Parameters.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "gtest/gtest.h"

#include <cctype>
#include <cmath>
#include <random>

using namespace edgebert::machine;

namespace {

std::string print(const Description &desc) {
  std::string text;
  llvm::raw_string_ostream os(text);
  desc.print(os);
  return text;
}

/// The error of a text, or "".
std::string errorOf(llvm::StringRef text) {
  llvm::Expected<Description> desc = Description::parse(text, "m.yaml");
  return desc ? "" : llvm::toString(desc.takeError());
}

Description parse(llvm::StringRef text, llvm::StringRef file = "dir/m.yaml") {
  llvm::Expected<Description> desc = Description::parse(text, file);
  if (desc)
    return *desc;
  ADD_FAILURE() << llvm::toString(desc.takeError());
  return Description();
}

/// A value that the parameter allows.
double randomValue(const Parameter &p, std::mt19937 &random) {
  const Allowed &allowed = p.allowed;
  if (allowed.kind == Allowed::Number)
    return std::uniform_real_distribution<double>(allowed.low,
                                                  allowed.high)(random);
  unsigned steps = unsigned((allowed.high - allowed.low) / allowed.step);
  return allowed.low +
         std::uniform_int_distribution<unsigned>(0, steps)(random) *
             double(allowed.step);
}

/// A machine with every parameter at random; corners as shipped where random
/// ones contradict each other.
Description randomMachine(std::mt19937 &random) {
  Description desc;
  for (const Parameter &p : parameters())
    p.set(desc, randomValue(p, random));
  if (findInvalid(desc)) {
    desc.energy = EnergyTable();
    desc.energy.operatingPoint = random() % desc.energy.points;
  }
  return desc;
}

//===----------------------------------------------------------------------===//
// Shipped machines
//===----------------------------------------------------------------------===//

TEST(Description, ShippedNames) {
  for (llvm::StringRef name : Description::names()) {
    Description desc = llvm::cantFail(Description::named(name));
    EXPECT_EQ(desc.name, name);
    EXPECT_EQ(desc.invalid(), "");
    EXPECT_EQ(llvm::cantFail(Description::load(name)), desc);
  }
  EXPECT_NE(Description::asic(), Description::rtl());
  EXPECT_EQ(llvm::toString(Description::load("asci").takeError()),
            "unknown machine 'asci'; did you mean 'asic'? (known: asic, rtl, "
            "or the path of a .yaml file)");
  EXPECT_EQ(llvm::toString(Description::load("").takeError()),
            "unknown machine ''; did you mean 'rtl'? (known: asic, rtl, or the "
            "path of a .yaml file)");
  EXPECT_EQ(llvm::toString(Description::load("/no/such.yaml").takeError()),
            "cannot read the machine /no/such.yaml: No such file or directory");
}

TEST(Description, ParametersAreWellFormed) {
  llvm::StringSet<> paths;
  llvm::StringSet<> seenGroups;
  llvm::StringRef group;
  for (const Parameter &p : parameters()) {
    EXPECT_TRUE(paths.insert(p.path()).second) << p.path();
    EXPECT_TRUE(llvm::all_of(p.path(), [](char c) {
      return c == '_' || c == '.' || std::islower(c) || std::isdigit(c);
    })) << p.path();
    EXPECT_TRUE(llvm::any_of(parameterGroups(), [&](const ParameterGroup &g) {
      return g.key == p.group;
    })) << p.path();
    if (p.group != group) {
      EXPECT_TRUE(seenGroups.insert(p.group).second)
          << p.group.str() << " is in two places";
      group = p.group;
    }
    EXPECT_TRUE(p.doc.ends_with(".")) << p.path();
    EXPECT_FALSE(p.source.empty()) << p.path();
    EXPECT_LE(p.allowed.low, p.allowed.high) << p.path();
    // Every value of a small set is described, read back and set.
    if (p.allowed.kind == Allowed::Choice)
      EXPECT_GT(p.allowed.choices.size(), 1u) << p.path();
  }
  EXPECT_EQ(seenGroups.size(), parameterGroups().size());
}

TEST(Description, EachParameterHasItsOwnMember) {
  for (const Parameter &p : parameters()) {
    if (p.allowed.low == p.allowed.high)
      continue; // A constant.
    Description desc;
    double other =
        p.get(desc) == p.allowed.low ? p.allowed.high : p.allowed.low;
    p.set(desc, other);
    for (const Parameter &q : parameters())
      EXPECT_EQ(q.get(desc), &q == &p ? other : q.get(Description()))
          << p.path() << " changes " << q.path();
    EXPECT_NE(desc, Description()) << p.path();
  }
}

TEST(Description, ValuesOutOfRangeAreInvalid) {
  for (const Parameter &p : parameters()) {
    if (p.allowed.kind == Allowed::Flag || p.allowed.kind == Allowed::Choice ||
        p.allowed.low == p.allowed.high)
      continue;
    for (double value : {p.allowed.low - 1, p.allowed.high + 1}) {
      if (value < 0 && p.allowed.kind == Allowed::Count)
        continue;
      Description desc;
      p.set(desc, value);
      EXPECT_EQ(desc.invalid(),
                describeMismatch(
                    p, Allowed{Allowed::Number, 0, 0, 1, {}}.print(value)));
    }
  }
  Description desc;
  desc.addressBits = 13;
  EXPECT_EQ(desc.invalid(),
            "expected addresses.address_bits to be 12 or 16, got 13");
  desc = Description();
  desc.dataBytes = 300;
  EXPECT_EQ(desc.invalid(), "expected sizes.data_bytes to be a multiple of 256 "
                            "in 256..65536, got 300");
  desc = Description();
  desc.host.copyCyclesPerByte = std::nan("");
  EXPECT_EQ(desc.invalid(), "expected host.copy_cycles_per_byte to be a number "
                            "in 0..1000000, got nan");
  desc = Description();
  desc.name = "a\nb";
  EXPECT_NE(desc.invalid(), "");
}

//===----------------------------------------------------------------------===//
// Round trip
//===----------------------------------------------------------------------===//

TEST(Description, PrintsAndReadsBack) {
  for (llvm::StringRef name : Description::names()) {
    Description desc = llvm::cantFail(Description::named(name));
    std::string text = print(desc);
    EXPECT_EQ(parse(text), desc);
    EXPECT_EQ(print(parse(text)), text);
    for (llvm::StringRef line : llvm::split(text, '\n'))
      EXPECT_LE(line.size(), 80u) << line.str();
    EXPECT_NE(text.find("(bits); asic 32, rtl 16. Source: fact sheet 4.3."),
              std::string::npos);
    // Complete: every key, whatever its value.
    for (const Parameter &p : parameters())
      EXPECT_NE(text.find("\n  " + p.key.str() + ": "), std::string::npos);
  }
}

TEST(Description, RandomMachinesReadBack) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    Description desc = randomMachine(random);
    desc.name = std::string(1 + i % 64, char(' ' + 1 + i % 90));
    if (desc.invalid().empty())
      ASSERT_EQ(parse(print(desc)), desc) << print(desc);
    else
      ASSERT_TRUE(desc.name[0] == '"' || desc.name[0] == '\\')
          << desc.invalid();
  }
}

TEST(Description, FilesOverrideTheirBase) {
  Description expected = Description::asic();
  expected.name = "m";
  expected.dataBytes = 32768;
  expected.persistentState = PersistentState::Literal;
  expected.tiledLayout = false;
  expected.host.copyCyclesPerByte = 0.125;
  EXPECT_EQ(parse("sizes: {data_bytes: 32768}\n"
                  "state:\n  persistent_state: literal\n"
                  "addresses: {tiled_layout: false}\n"
                  "host: {copy_cycles_per_byte: 0.125}\n"),
            expected);
  EXPECT_EQ(parse("---\nbase: asic\n...\n", "asic"), Description::asic());
  EXPECT_EQ(parse("# nothing else\nbase: 'rtl'\n", "x/rtl.yaml"),
            Description::rtl());
  expected = Description::rtl();
  expected.name = "mine, 2";
  expected.burstBeats = 16;
  EXPECT_EQ(parse("base: rtl\nname: \"mine, 2\"\ndma:\n  burst_beats: 16\n"),
            expected);
  // JSON is YAML.
  EXPECT_EQ(parse("{\"base\": \"rtl\", \"name\": \"mine, 2\",\n"
                  " \"dma\": {\"burst_beats\": 16}}"),
            expected);
  // A constant may be stated.
  EXPECT_EQ(parse("sizes: {vector_size: 16, vector_size4: 32}", "asic.yaml"),
            Description::asic());
  // Names of files are made printable.
  EXPECT_EQ(parse("base: asic", "d/a\x01\"b.yaml").name, "a__b");
  EXPECT_EQ(parse("base: asic", std::string(100, 'x') + ".yaml").name.size(),
            64u);
}

//===----------------------------------------------------------------------===//
// Wrong files
//===----------------------------------------------------------------------===//

TEST(Description, WrongValues) {
  EXPECT_EQ(errorOf("base: asic\nsizes:\n  data_bytes: 1000\n"),
            "m.yaml:3:15: expected sizes.data_bytes to be a multiple of 256 in "
            "256..65536, got '1000'");
  EXPECT_EQ(errorOf("matmul:\n  accumulator_bits: 33\n"),
            "m.yaml:2:21: expected matmul.accumulator_bits to be an integer in "
            "16..32, got '33'");
  EXPECT_EQ(errorOf("matmul: {accumulator_bits: -1}"),
            "m.yaml:1:28: expected matmul.accumulator_bits to be an integer in "
            "16..32, got '-1'");
  for (llvm::StringRef value : {"", "20.5", "0x14", "2e1", "20 bits", "+20",
                                "1_6", "99999999999999999999", "'20 '"}) {
    std::string error =
        errorOf(("matmul: {accumulator_bits: " + value + "}").str());
    EXPECT_TRUE(llvm::StringRef(error).starts_with(
        "m.yaml:1:" + std::string(value.empty() ? "10" : "28") +
        ": expected matmul.accumulator_bits to be an integer in 16..32, got"))
        << error;
  }
  for (llvm::StringRef value : {"yes", "True", "1", "on", "truee"})
    EXPECT_EQ(errorOf(("precision: {afp4: " + value + "}").str()),
              "m.yaml:1:19: expected precision.afp4 to be true or false, got "
              "'" +
                  value.str() + "'");
  EXPECT_EQ(errorOf("state: {persistent_state: litteral}"),
            "m.yaml:1:27: expected state.persistent_state to be literal or "
            "cleared_per_operation, got 'litteral'");
  for (llvm::StringRef value : {"-1", "nan", "inf", "1e7", "ten", "1,5", "--1"})
    EXPECT_EQ(errorOf(("host:\n  interrupt_cycles: " + value + "\n").str()),
              "m.yaml:2:21: expected host.interrupt_cycles to be a number in "
              "0..1000000, got '" +
                  value.str() + "'");
  EXPECT_EQ(errorOf("sizes: {vector_size: 32}"),
            "m.yaml:1:22: expected sizes.vector_size to be 16, got '32'");
  EXPECT_EQ(errorOf("time: {command_queue_depth: 65}"),
            "m.yaml:1:29: expected time.command_queue_depth to be an integer "
            "in 1..64, got '65'");
  EXPECT_EQ(errorOf("matmul: {accumulator_bits: " + std::string(99, '1') + "}"),
            "m.yaml:1:28: expected matmul.accumulator_bits to be an integer in "
            "16..32, got '" +
                std::string(64, '1') + "...'");
}

TEST(Description, WrongKindsOfValue) {
  EXPECT_EQ(errorOf("sizes:\n  data_bytes:\n"),
            "m.yaml:2:3: expected sizes.data_bytes to be a multiple of 256 in "
            "256..65536, got nothing");
  EXPECT_EQ(errorOf("sizes:\n  data_bytes: [256]\n"),
            "m.yaml:2:3: expected sizes.data_bytes to be a multiple of 256 in "
            "256..65536, got a sequence");
  EXPECT_EQ(errorOf("sizes: {data_bytes: {a: 1}}"),
            "m.yaml:1:9: expected sizes.data_bytes to be a multiple of 256 in "
            "256..65536, got a mapping");
  EXPECT_EQ(errorOf("name: &a b\nsizes: {data_bytes: *a}"),
            "m.yaml:2:9: expected sizes.data_bytes to be a multiple of 256 in "
            "256..65536, got an alias");
  EXPECT_EQ(errorOf("sizes:\n  data_bytes: |\n    256\n"),
            "m.yaml:2:3: expected sizes.data_bytes to be a multiple of 256 in "
            "256..65536, got a block of text");
  EXPECT_EQ(errorOf("sizes: {data_bytes: \"\\x32\"}"),
            "m.yaml:1:21: expected sizes.data_bytes to be a multiple of 256 in "
            "256..65536, got a text with escapes");
  EXPECT_EQ(errorOf("sizes: 65536\n"),
            "m.yaml:1:1: expected keys and values in sizes, such as 'sizes: "
            "{vector_size: ...}'");
  EXPECT_EQ(errorOf("sizes: [data_bytes, 65536]\n"),
            "m.yaml:1:1: expected keys and values in sizes, such as 'sizes: "
            "{vector_size: ...}'");
  EXPECT_EQ(errorOf("- base\n"),
            "m.yaml:1:1: expected keys and values such as 'base: asic'");
  EXPECT_EQ(errorOf("asic\n"),
            "m.yaml:1:1: expected keys and values such as 'base: asic'");
  EXPECT_EQ(errorOf("? [a]\n: b\n"), "m.yaml:1:4: expected a key, got a "
                                     "sequence");
}

TEST(Description, UnknownKeys) {
  EXPECT_EQ(errorOf("base: asic\nsizes:\n  data_byte: 65536\n"),
            "m.yaml:3:3: unknown key 'sizes.data_byte'; did you mean "
            "'data_bytes'?");
  EXPECT_EQ(errorOf("size: {data_bytes: 65536}"),
            "m.yaml:1:1: unknown key 'size'; did you mean 'sizes'?");
  // The right key in a wrong place.
  EXPECT_EQ(errorOf("data_bytes: 65536"),
            "m.yaml:1:1: unknown key 'data_bytes'; did you mean "
            "'sizes.data_bytes'?");
  EXPECT_EQ(errorOf("softmax:\n  accumulator_bits: 16"),
            "m.yaml:2:3: unknown key 'softmax.accumulator_bits'; did you mean "
            "'matmul.accumulator_bits'?");
  EXPECT_EQ(errorOf("Base: asic"),
            "m.yaml:1:1: unknown key 'Base'; did you mean 'base'?");
  EXPECT_EQ(errorOf("\"\": 1"), "m.yaml:1:1: unknown key ''; did you mean "
                                "'dma'?");
  // Every key, misspelt in its place, is found.
  for (const Parameter &p : parameters()) {
    std::string wrong = p.key.str() + "x";
    EXPECT_EQ(errorOf(p.group.str() + ":\n  " + wrong + ": 0\n"),
              "m.yaml:2:3: unknown key '" + p.group.str() + "." + wrong +
                  "'; did you mean '" + p.key.str() + "'?");
  }
}

TEST(Description, WrongOrder) {
  EXPECT_EQ(errorOf("name: a\nbase: rtl\n"),
            "m.yaml:2:1: expected 'base' before all other keys, since they "
            "change it");
  EXPECT_EQ(errorOf("base: asci\n"),
            "m.yaml:1:7: expected base to be asic or rtl, got 'asci'");
  EXPECT_EQ(errorOf("base: asic\nbase: asic\n"),
            "m.yaml:2:1: expected 'base' before all other keys, since they "
            "change it");
  EXPECT_EQ(errorOf("sizes: {aux_bytes: 16}\n\nsizes: {data_bytes: 256}\n"),
            "m.yaml:3:1: key 'sizes' appears twice; first in line 1");
  EXPECT_EQ(errorOf("sizes:\n  aux_bytes: 16\n  aux_bytes: 16\n"),
            "m.yaml:3:3: key 'sizes.aux_bytes' appears twice; first in line 2");
  EXPECT_EQ(errorOf("name: a\nname: b\n"),
            "m.yaml:2:1: key 'name' appears twice; first in line 1");
  EXPECT_EQ(errorOf("base: asic\n---\nbase: rtl\n"),
            "m.yaml:3:1: expected one document, got a second");
}

TEST(Description, WrongNames) {
  std::string expected = "expected name to be 1 to 64 printable characters";
  EXPECT_EQ(errorOf("name: ''"), "m.yaml:1:7: " + expected + ", got none");
  EXPECT_EQ(errorOf("base: asic\nname: " + std::string(65, 'n')),
            "m.yaml:2:1: " + expected +
                " other than quotes and backslashes, "
                "got 65 characters");
  EXPECT_EQ(errorOf("name: 'a\"b'"), "m.yaml:1:1: " + expected +
                                         " other than quotes and backslashes, "
                                         "got 3 characters");
}

TEST(Description, ContradictingParameters) {
  EXPECT_EQ(errorOf("energy:\n  low_volts: 1.5\n"),
            "m.yaml:1:1: expected energy.high_volts to be more than low_volts, "
            "1.5, got 1");
  EXPECT_NE(errorOf("energy: {points: 10, operating_point: 10}"), "");
  EXPECT_EQ(errorOf("energy: {points: 10, operating_point: 9}"), "");
  EXPECT_EQ(errorOf("energy:\n  points: 10\n  operating_point: 12\n"),
            "m.yaml:3:3: expected energy.operating_point to be less than "
            "points, 10, got 12");
  std::string error = errorOf("energy:\n  high_milliwatt4: 500\n");
  EXPECT_TRUE(llvm::StringRef(error).starts_with(
      "m.yaml:2:3: expected energy.high_milliwatt4 to be in 14.5"))
      << error;
  EXPECT_NE(errorOf("energy: {high_megahertz: 77}"), "");
}

TEST(Description, WrongSyntax) {
  for (llvm::StringRef nothing : {"", "\n\n", "# only a comment\n", "---\n",
                                  "...\n", "\xef\xbb\xbf", "~"})
    EXPECT_FALSE(errorOf(nothing).empty()) << nothing.str();
  EXPECT_EQ(errorOf(""), "m.yaml:1:1: expected keys such as 'base: asic', got "
                         "nothing");
  EXPECT_EQ(errorOf("base: asic\n\tsizes:\n"),
            "m.yaml:2:1: found invalid tab character in indentation");
  EXPECT_EQ(errorOf("base: @"),
            "m.yaml:1:7: unrecognized character while tokenizing");
  EXPECT_EQ(errorOf("base: 'asic"),
            "m.yaml:1:7: expected base, got an open quote");
  for (llvm::StringRef text :
       {"sizes: {data_bytes: 256", "sizes: {data_bytes 256}", "base: 'asic",
        "base: asic\n\tsizes:\n", "sizes:\n  data_bytes: 256\n aux_bytes: 16",
        "base: asic\n}", "base: @", "base: asic\n]]]", "%YAML 9\nbase: asic",
        "base: \"\\", "base: \"\\x", "a: b: c"}) {
    std::string error = errorOf(text);
    EXPECT_TRUE(llvm::StringRef(error).starts_with("m.yaml:")) << text.str();
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

//===----------------------------------------------------------------------===//
// Any bytes
//===----------------------------------------------------------------------===//

/// A text is refused with a place, or gives a machine that there is.
void check(const std::string &text) {
  llvm::Expected<Description> desc = Description::parse(text, "m.yaml");
  if (desc) {
    EXPECT_EQ(desc->invalid(), "");
    return;
  }
  std::string error = llvm::toString(desc.takeError());
  EXPECT_TRUE(llvm::StringRef(error).starts_with("m.yaml:")) << error;
  unsigned line = 0, column = 0;
  auto [place, rest] = llvm::StringRef(error).drop_front(7).split(": ");
  auto [lineText, columnText] = place.split(':');
  EXPECT_FALSE(lineText.getAsInteger(10, line)) << error;
  EXPECT_FALSE(columnText.getAsInteger(10, column)) << error;
  EXPECT_GE(line, 1u) << error;
  EXPECT_LE(line, 2u + llvm::StringRef(text).count('\n')) << error;
  EXPECT_FALSE(rest.empty()) << error;
}

TEST(DescriptionFuzz, RandomBytes) {
  std::mt19937 random(2);
  const llvm::StringRef alphabet =
      ":{}[],-?!&*|>'\"%@`#\\ \n\t \nabsize0123.~_";
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 80, 0);
    for (char &c : text)
      c = i % 2 ? char(random()) : alphabet[random() % alphabet.size()];
    check(text);
  }
}

TEST(DescriptionFuzz, MutatedFiles) {
  std::mt19937 random(3);
  const std::string shipped[] = {
      "base: rtl\nname: x\nsizes: {data_bytes: 256, mask_bytes: 32}\n"
      "host:\n  copy_cycles_per_byte: 0.5 # c\n  'op_cycles_per_call': \"3\"\n",
      print(Description::asic()), print(Description::rtl())};
  const llvm::StringRef pieces[] = {
      "\n",  ": ",    "{",     "}",  "[",     "]",    "- ",  "? ",
      "|\n", ">-\n",  "'",     "\"", "\\",    "#",    "&a ", "*a",
      "!!",  "---\n", "...\n", "\t", "%YAML", "\xff", "\0",  "<<"};
  for (int i = 0; i < 6000; ++i) {
    std::string text = shipped[i % 8 < 6 ? 0 : i % 2 + 1];
    for (unsigned edits = 1 + random() % 4; edits; --edits) {
      size_t at = random() % (text.size() + 1);
      switch (random() % 5) {
      case 0:
        text.insert(at, pieces[random() % std::size(pieces)].str());
        break;
      case 1:
        text.erase(at, random() % 8);
        break;
      case 2:
        if (at < text.size())
          text[at] = char(random());
        break;
      case 3:
        text.insert(at,
                    text.substr(random() % (text.size() + 1), random() % 40));
        break;
      case 4:
        text.resize(at);
        break;
      }
    }
    check(text);
  }
}

TEST(DescriptionFuzz, DeepNesting) {
  for (llvm::StringRef piece : {"[", "{", "? ", "- ", "{a: ", "[[{", "!a ",
                                "&a ", "\n ", "'", "\"", "a: ", "#", "|", "*"})
    for (const char *prefix : {"", "sizes: ", "sizes:\n  data_bytes: "}) {
      std::string text = prefix;
      for (int i = 0; i < 20000; ++i)
        text += piece;
      check(text);
    }
}

} // namespace
