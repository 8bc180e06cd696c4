//===- DescriptionYAML.cpp - a machine from and to YAML -------------------===//

#include "edgebert/Machine/Parameters.h"

#include "Nearest.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/YAMLParser.h"

#include <map>

using namespace edgebert::machine;
namespace yaml = llvm::yaml;

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// A user's text in a message: short and on one line.
static std::string quote(llvm::StringRef text) {
  std::string quoted = "'";
  for (char c : text.take_front(64))
    quoted += llvm::isPrint(c) ? c : '?';
  return quoted + (text.size() > 64 ? "...'" : "'");
}

namespace {

/// Reads one file. Every function returns false after the first error, which
/// stays in `error`. Nodes that are not expected are never descended into, so
/// that no nesting can exhaust the stack.
class Reader {
public:
  Reader(llvm::StringRef text, llvm::StringRef file) : text(text), file(file) {}

  llvm::Expected<Description> read();

private:
  bool readRoot(yaml::Document &document);
  bool readEntry(yaml::KeyValueNode &entry);
  bool readGroup(const ParameterGroup &group, yaml::KeyValueNode &entry);
  bool readParameter(const Parameter &parameter, yaml::KeyValueNode &entry);
  /// The text of a plain or quoted scalar. Nodes of other kinds do not know
  /// where they start; `loc` stands for them.
  std::optional<llvm::StringRef> readText(yaml::Node *node, llvm::SMLoc loc,
                                          llvm::StringRef expected);
  std::optional<llvm::StringRef> readKey(yaml::KeyValueNode &entry,
                                         llvm::StringRef expected) {
    yaml::Node *key = entry.getKey();
    return readText(key, key ? locOf(key) : llvm::SMLoc(), expected);
  }
  std::optional<llvm::StringRef> readValue(yaml::KeyValueNode &entry,
                                           llvm::StringRef expected) {
    return readText(entry.getValue(), locOf(entry.getKey()), expected);
  }
  bool unknownKey(llvm::SMLoc loc, llvm::StringRef group, llvm::StringRef key);
  /// Notes that a key was read; false if it was before.
  bool noteKey(const std::string &path, llvm::SMLoc loc);

  bool fail(llvm::SMLoc loc, const llvm::Twine &message) {
    if (error.empty()) {
      auto [line, column] =
          loc.isValid() ? sources.getLineAndColumn(loc) : std::pair(1u, 1u);
      setError(line, column, message);
    }
    return false;
  }
  static llvm::SMLoc locOf(yaml::Node *node) {
    return node->getSourceRange().Start;
  }
  void setError(unsigned line, unsigned column, const llvm::Twine &message) {
    if (error.empty())
      error = (file + ":" + llvm::Twine(line) + ":" + llvm::Twine(column) +
               ": " + message)
                  .str();
  }

  llvm::StringRef text, file;
  llvm::SourceMgr sources;
  std::string error;
  Description desc;
  /// Where each key was, by its path.
  std::map<std::string, llvm::SMLoc> keys;
};

} // namespace

llvm::Expected<Description> Reader::read() {
  // Syntax errors come as diagnostics of the YAML parser.
  sources.setDiagHandler(
      [](const llvm::SMDiagnostic &diagnostic, void *reader) {
        std::string message = diagnostic.getMessage().rtrim('.').str();
        if (!message.empty())
          message[0] = llvm::toLower(message[0]);
        static_cast<Reader *>(reader)->setError(
            std::max(diagnostic.getLineNo(), 1), diagnostic.getColumnNo() + 1,
            message);
      },
      this);
  desc.name.clear();
  yaml::Stream stream(llvm::MemoryBufferRef(text, file), sources,
                      /*ShowColors=*/false);
  yaml::document_iterator document = stream.begin();
  if (document == stream.end() || !readRoot(*document) || stream.failed()) {
    if (error.empty())
      setError(1, 1, "expected keys such as 'base: asic', got nothing");
    return llvm::createStringError(error);
  }
  ++document;
  if (stream.failed())
    return llvm::createStringError(error);
  if (document != stream.end()) {
    yaml::Node *second = document->getRoot();
    fail(second ? locOf(second) : llvm::SMLoc(),
         "expected one document, got a second");
    return llvm::createStringError(error);
  }
  if (desc.name.empty())
    for (char c : llvm::sys::path::stem(file).take_front(64))
      desc.name += llvm::isPrint(c) && c != '"' && c != '\\' ? c : '_';
  if (std::optional<InvalidParameter> invalid = findInvalid(desc)) {
    std::string path = invalid->parameter ? invalid->parameter->path() : "name";
    // What a key contradicts may have come from the base.
    llvm::SMLoc loc;
    if (auto found = keys.find(path); found != keys.end())
      loc = found->second;
    else if (auto group = invalid->parameter
                              ? keys.find(invalid->parameter->group.str())
                              : keys.end();
             group != keys.end())
      loc = group->second;
    fail(loc, invalid->message);
    return llvm::createStringError(error);
  }
  return desc;
}

bool Reader::readRoot(yaml::Document &document) {
  yaml::Node *root = document.getRoot();
  if (!root || llvm::isa<yaml::NullNode>(root))
    return false;
  auto *entries = llvm::dyn_cast<yaml::MappingNode>(root);
  if (!entries)
    return fail(locOf(root), "expected keys and values such as 'base: asic'");
  for (yaml::KeyValueNode &entry : *entries)
    if (!readEntry(entry))
      return false;
  return true;
}

bool Reader::noteKey(const std::string &path, llvm::SMLoc loc) {
  if (keys.try_emplace(path, loc).second)
    return true;
  return fail(loc, "key '" + path + "' appears twice; first in line " +
                       llvm::Twine(sources.getLineAndColumn(keys[path]).first));
}

bool Reader::readEntry(yaml::KeyValueNode &entry) {
  std::optional<llvm::StringRef> key = readKey(entry, "a key");
  if (!key)
    return false;
  llvm::SMLoc loc = locOf(entry.getKey());
  bool isFirst = keys.empty();
  if (*key == "base") {
    if (!isFirst)
      return fail(loc, "expected 'base' before all other keys, since they "
                       "change it");
    std::optional<llvm::StringRef> value = readValue(entry, "base");
    if (!value)
      return false;
    if (!llvm::is_contained(Description::names(), *value))
      return fail(locOf(entry.getValue()),
                  "expected base to be " +
                      llvm::join(Description::names(), " or ") + ", got " +
                      quote(*value));
    desc = llvm::cantFail(Description::named(*value));
    desc.name.clear();
    return noteKey("base", loc);
  }
  if (*key == "name") {
    std::optional<llvm::StringRef> value = readValue(entry, "name");
    if (!value)
      return false;
    if (value->empty())
      return fail(locOf(entry.getValue()),
                  "expected name to be 1 to 64 printable "
                  "characters, got none");
    desc.name = value->str();
    return noteKey("name", loc);
  }
  for (const ParameterGroup &group : parameterGroups())
    if (group.key == *key)
      return noteKey(group.key.str(), loc) && readGroup(group, entry);
  return unknownKey(loc, "", *key);
}

bool Reader::readGroup(const ParameterGroup &group,
                       yaml::KeyValueNode &groupEntry) {
  yaml::Node *value = groupEntry.getValue();
  if (!value)
    return false;
  auto *entries = llvm::dyn_cast<yaml::MappingNode>(value);
  if (!entries)
    return fail(locOf(groupEntry.getKey()),
                "expected keys and values in " + group.key + ", such as '" +
                    group.key + ": {" +
                    llvm::find_if(parameters(),
                                  [&](const Parameter &p) {
                                    return p.group == group.key;
                                  })
                        ->key +
                    ": ...}'");
  for (yaml::KeyValueNode &entry : *entries) {
    std::optional<llvm::StringRef> key =
        readKey(entry, "a key of " + group.key.str());
    if (!key)
      return false;
    llvm::SMLoc loc = locOf(entry.getKey());
    const Parameter *parameter =
        llvm::find_if(parameters(), [&](const Parameter &p) {
          return p.group == group.key && p.key == *key;
        });
    if (parameter == parameters().end())
      return unknownKey(loc, group.key, *key);
    if (!noteKey(parameter->path(), loc) || !readParameter(*parameter, entry))
      return false;
  }
  return true;
}

bool Reader::readParameter(const Parameter &parameter,
                           yaml::KeyValueNode &entry) {
  std::optional<llvm::StringRef> text = readValue(
      entry, parameter.path() + " to be " + parameter.allowed.describe());
  if (!text)
    return false;
  std::optional<double> number = parameter.allowed.parse(*text);
  if (!number)
    return fail(locOf(entry.getValue()),
                describeMismatch(parameter, quote(*text)));
  parameter.set(desc, *number);
  return true;
}

std::optional<llvm::StringRef>
Reader::readText(yaml::Node *node, llvm::SMLoc loc, llvm::StringRef expected) {
  if (!node)
    return std::nullopt; // A syntax error, already reported.
  auto *scalar = llvm::dyn_cast<yaml::ScalarNode>(node);
  if (!scalar) {
    const char *got = "nothing";
    switch (node->getType()) {
    case yaml::Node::NK_Mapping:
      got = "a mapping";
      break;
    case yaml::Node::NK_Sequence:
      got = "a sequence";
      break;
    case yaml::Node::NK_BlockScalar:
      got = "a block of text";
      break;
    case yaml::Node::NK_Alias:
      got = "an alias";
      break;
    default:
      break;
    }
    fail(loc, "expected " + expected + ", got " + got);
    return std::nullopt;
  }
  llvm::StringRef raw = scalar->getRawValue();
  if (!raw.starts_with("\"") && !raw.starts_with("'"))
    return raw;
  if (raw.size() < 2 || raw.back() != raw.front()) {
    fail(locOf(node), "expected " + expected + ", got an open quote");
    return std::nullopt;
  }
  llvm::StringRef inner = raw.drop_front().drop_back();
  // No value needs an escape, and no key.
  if (inner.contains(raw.front()) || inner.contains('\\') ||
      inner.contains('\n')) {
    fail(locOf(node), "expected " + expected + ", got a text with escapes");
    return std::nullopt;
  }
  return inner;
}

bool Reader::unknownKey(llvm::SMLoc loc, llvm::StringRef group,
                        llvm::StringRef key) {
  // A key of the same group, then any other; of equals the first.
  std::vector<std::pair<std::string, std::string>> candidates; // key, shown as
  for (const Parameter &p : parameters())
    if (p.group == group)
      candidates.emplace_back(p.key, p.key);
  if (group.empty()) {
    candidates.emplace_back("base", "base");
    candidates.emplace_back("name", "name");
    for (const ParameterGroup &g : parameterGroups())
      candidates.emplace_back(g.key, g.key);
  }
  for (const Parameter &p : parameters())
    candidates.emplace_back(p.key, p.path());
  key = key.take_front(64);
  auto nearest = findNearest(key, candidates,
                             [](const auto &candidate) -> const std::string & {
                               return candidate.first;
                             });
  return fail(loc,
              "unknown key " +
                  quote((group.empty() ? "" : group.str() + ".") + key.str()) +
                  "; did you mean '" + nearest->second + "'?");
}

llvm::Expected<Description> Description::parse(llvm::StringRef text,
                                               llvm::StringRef file) {
  return Reader(text, file).read();
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// `text` as comment lines of at most 80 columns.
static void printComment(llvm::raw_ostream &os, llvm::StringRef indent,
                         llvm::StringRef text) {
  size_t column = 0;
  for (llvm::StringRef word : llvm::split(text, ' ')) {
    if (column == 0 || column + 1 + word.size() > 80) {
      os << (column == 0 ? "" : "\n") << indent << "#";
      column = indent.size() + 1;
    }
    os << ' ' << word;
    column += 1 + word.size();
  }
  os << '\n';
}

static std::string document(const Parameter &parameter) {
  std::string allowed = parameter.allowed.describe();
  allowed[0] = llvm::toUpper(allowed[0]);
  std::string text = parameter.doc.str() + " " + allowed;
  if (!parameter.unit.empty())
    text += " (" + parameter.unit.str() + ")";
  double asic = parameter.get(Description::asic());
  double rtl = parameter.get(Description::rtl());
  if (asic != rtl)
    text += "; asic " + parameter.allowed.print(asic) + ", rtl " +
            parameter.allowed.print(rtl);
  return text + ". Source: " + parameter.source.str() + ".";
}

void Description::print(llvm::raw_ostream &os) const {
  printComment(os, "",
               "A machine for --machine=FILE.yaml. A file may start with "
               "'base: asic' or 'base: rtl' and give only the keys that "
               "differ. \"Fact sheet\" is edgebert-hardware.md, \"thesis\" "
               "the thesis on the chip; \"assumed\" is nobody's measurement; "
               "\"what-if\" is for you to vary.");
  os << "\nname: \"" << name << "\"\n";
  for (const ParameterGroup &group : parameterGroups()) {
    os << '\n';
    printComment(os, "", group.doc);
    os << group.key << ":\n";
    for (const Parameter &parameter : parameters()) {
      if (parameter.group != group.key)
        continue;
      printComment(os, "  ", document(parameter));
      os << "  " << parameter.key << ": "
         << parameter.allowed.print(parameter.get(*this)) << '\n';
    }
  }
}
