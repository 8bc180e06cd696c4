//===- VectorFile.cpp - golden vectors as a file has them -----------------===//

#include "VectorFile.h"

#include "edgebert/Support/JsonFile.h"

#include "llvm/ADT/StringExtras.h"

using namespace edgebert::machine;
namespace json = llvm::json;

namespace {

/// A JSON value that knows where it is. The first thing that is not as it must
/// be is remembered in `problem`; from then on values read as empty.
class Node {
public:
  Node(std::string *problem, const json::Value *value, std::string path = "")
      : problem(problem), value(value), path(std::move(path)) {}

  bool has(llvm::StringRef key) const {
    const json::Object *object = value ? value->getAsObject() : nullptr;
    return object && object->get(key);
  }

  bool isArray() const { return value && value->getAsArray(); }

  /// A key that must be there.
  Node operator[](llvm::StringRef key) const {
    std::string inner = path + (path.empty() ? "" : ".") + key.str();
    if (value && !has(key))
      report(value->getAsObject() ? "missing key '" + inner + "'"
                                  : expected("an object"));
    return {problem, has(key) ? value->getAsObject()->get(key) : nullptr,
            inner};
  }

  std::vector<Node> items() const {
    std::vector<Node> nodes;
    if (!value)
      return nodes;
    const json::Array *array = value->getAsArray();
    if (!array) {
      report(expected("an array"));
      return nodes;
    }
    for (size_t i = 0; i < array->size(); ++i)
      nodes.push_back(
          {problem, &(*array)[i], path + "[" + std::to_string(i) + "]"});
    return nodes;
  }
  /// An array of `count`.
  std::vector<Node> items(size_t count) const {
    std::vector<Node> nodes = items();
    if (value && problem->empty() && nodes.size() != count)
      report("expected " + std::to_string(count) + " elements in '" + path +
             "', got " + std::to_string(nodes.size()));
    nodes.resize(count, Node(problem, nullptr, path));
    return nodes;
  }

  /// A number in min..max: an integer, or a string with C's prefixes.
  int64_t number(int64_t max = 0xffffffff, int64_t min = 0) const {
    if (!value)
      return min;
    std::optional<int64_t> result = value->getAsInteger();
    int64_t parsed;
    if (std::optional<llvm::StringRef> digits = value->getAsString())
      if (!digits->getAsInteger(0, parsed))
        result = parsed;
    if (result && *result >= min && *result <= max)
      return *result;
    report(expected("an integer in " + std::to_string(min) + ".." +
                    std::to_string(max)));
    return min;
  }

  bool boolean() const {
    if (!value)
      return false;
    if (std::optional<bool> result = value->getAsBoolean())
      return *result;
    report(expected("true or false"));
    return false;
  }

  std::string text() const {
    if (!value)
      return "";
    if (std::optional<llvm::StringRef> result = value->getAsString())
      return result->str();
    report(expected("a string"));
    return "";
  }

  /// A string of hex digits, or an array of such, of `unit` bytes each;
  /// together.
  std::vector<uint8_t> bytes(size_t unit = 1) const {
    std::vector<uint8_t> all;
    if (isArray()) {
      for (const Node &item : items())
        if (std::vector<uint8_t> part = item.bytes(unit);
            part.size() == unit || !problem->empty())
          llvm::append_range(all, part);
        else
          item.report(item.expected(std::to_string(2 * unit) + " hex digits"));
      return all;
    }
    std::string digits = text(), decoded;
    if (digits.size() % (2 * unit) != 0 ||
        !llvm::tryGetFromHex(digits, decoded))
      report(expected("hex digits in groups of " + std::to_string(2 * unit)));
    else
      all.assign(decoded.begin(), decoded.end());
    return all;
  }

  /// Mask rows, four hex digits each.
  std::vector<uint16_t> masks() const {
    std::vector<uint8_t> all = bytes(2);
    std::vector<uint16_t> rows;
    for (size_t i = 0; i + 1 < all.size(); i += 2)
      rows.push_back(uint16_t(all[i] << 8 | all[i + 1]));
    return rows;
  }

  /// The same value, with paths that start here.
  Node asRoot() const { return {problem, value}; }

  void report(const std::string &what) const {
    if (problem->empty())
      *problem = what;
  }

private:
  std::string expected(const std::string &what) const {
    std::string got;
    llvm::raw_string_ostream(got) << *value;
    if (got.size() > 40)
      got = got.substr(0, 37) + "...";
    return "expected " + what + (path.empty() ? "" : " in '" + path + "'") +
           ", got " + got;
  }

  std::string *problem;
  /// Null after a problem.
  const json::Value *value;
  std::string path;
};

} // namespace

/// What the memories hold before an operation that is no transfer.
static void readMemories(const Node &test, llvm::StringRef op,
                         VectorCase &result) {
  Node cfg = test["cfg"], in = test["in"];
  std::vector<Node> bases = cfg["base_input"].items(2);
  auto base = [&](unsigned i) { return uint32_t(bases[i].number()); };
  // One offset for both decoders, or one for each.
  Node offsets = cfg["base_input_offset"];
  auto offset = [&](unsigned i) {
    return uint32_t(
        (offsets.isArray() ? offsets.items(2)[i] : offsets).number());
  };
  auto decoder = unsigned(cfg["flip_mem"].number(1));
  auto store = [&](llvm::StringRef key, unsigned memory, unsigned i) {
    result.streams.push_back({memory, {base(i), offset(i)}, in[key].bytes(16)});
  };
  if (op == "matmul") {
    store("mem0_vectors", 0, 0);
    store("mem1_vectors", 1, 1);
  } else {
    store("vectors", decoder, 0);
    if (op == "elemadd")
      store("vectors2", decoder, 1);
  }
  if (op == "softmax" || op == "layernorm") {
    result.auxBase = uint32_t(in["aux"]["base"].number());
    result.aux = in["aux"]["data"].bytes();
  }
}

static ExpectedStream readResult(const Node &out) {
  ExpectedStream result;
  result.decoder = unsigned(out["mem"].number(1));
  result.maskRow = uint32_t(out["mask_addr"].number());
  result.dataByte = uint32_t(out["data_addr"].number());
  result.masks = out["masks"].masks();
  result.data = out["data"].bytes(16);
  result.vectors = out["vectors"].bytes(16);
  auto count = [&](const char *key, size_t actual, const char *what) {
    if (size_t(out[key].number()) != actual)
      out.report("expected 'out." + std::string(key) + "' to be " +
                 std::to_string(actual) + ", the number of " + what +
                 " that follow");
  };
  count("num_vectors", result.masks.size(), "masks");
  count("num_vectors", result.vectors.size() / 16, "vectors");
  count("data_rows", result.data.size() / 16, "data rows");
  return result;
}

static std::vector<uint32_t> readWords(const Node &array, size_t count) {
  std::vector<uint32_t> words;
  for (const Node &word : array.items(count))
    words.push_back(uint32_t(word.number()));
  return words;
}

static DvfsStep readDvfs(const Node &dvfs) {
  DvfsStep step;
  step.dcoWords = readWords(dvfs["dco_regs"], 3);
  step.ldoWords = readWords(dvfs["ldo_regs"], 4);
  step.startToDone = uint64_t(dvfs["start_to_done"].number());
  step.statusRegister = uint32_t(dvfs["status_reg_0x5c"].number());
  step.dcoPin = uint32_t(dvfs["dco_pin"].number());
  step.ldoPin = uint32_t(dvfs["ldo_pin"].number());
  return step;
}

static TransferCase readTransfer(const Node &test) {
  TransferCase result;
  Node kind = test["kind"], cfg = test["cfg"], in = test["in"],
       out = test["out"];
  std::string name = kind.text();
  auto [memory, direction] = llvm::StringRef(name).split('_');
  if ((memory != "input" && memory != "mask" && memory != "aux") ||
      (direction != "read" && direction != "write"))
    kind.report("unknown kind '" + name +
                "' of transfer; expected input_, mask_ or aux_ and read or "
                "write");
  result.kind = memory == "mask"  ? MemoryKind::Mask
                : memory == "aux" ? MemoryKind::Aux
                                  : MemoryKind::Data;
  result.isLoad = direction == "read";
  result.decoder = unsigned(cfg["flip_mem"].number(1));
  result.externalBase = uint32_t(cfg["ext_base"].number());
  if (result.isLoad) {
    result.external = in["ext"].bytes();
    if (in.has("ext_after"))
      llvm::append_range(result.external, in["ext_after"].bytes());
  } else {
    for (const Node &beat : out["beats_addr"].items())
      result.beats.push_back(uint32_t(beat.number()));
    if (!result.beats.empty())
      result.external = out["ext"].bytes();
  }
  Node chip = result.isLoad ? out : in;
  if (result.kind == MemoryKind::Mask)
    result.masks = chip["mask_mem"].masks();
  else
    result.chip = chip["mem_bytes_from_0"].bytes();
  return result;
}

static VectorCase readCase(const Node &test, llvm::StringRef op) {
  VectorCase result;
  result.overlap = test.has("overlap") && test["overlap"].boolean();
  for (const Node &write : test["regs"].items()) {
    std::vector<Node> pair = write.items(2);
    result.writes.push_back(
        {uint32_t(pair[0].number()), uint32_t(pair[1].number())});
  }
  if (result.writes.empty())
    test.report("expected register writes in 'regs', got none");
  Node cycles = test["cycles"];
  result.startToDone = uint64_t(cycles["start_to_done"].number());
  result.writeToInterrupt = uint64_t(cycles["write_to_interrupt"].number());

  Node out = test["out"];
  if (op == "axi") {
    result.transfer = readTransfer(test);
  } else {
    readMemories(test, op, result);
    if (op != "entropy")
      result.result = readResult(out);
    else
      result.entropy = {int16_t(out["entropy_q10"].number(65535, -32768)),
                        uint32_t(out["status_reg_0x5c"].number())};
    if (test.has("dvfs"))
      result.dvfs = readDvfs(test["dvfs"]);
  }
  if (out.has("sha256_after"))
    for (const char *memory :
         {"mem0_data", "mem1_data", "mem0_mask", "mem1_mask", "aux"})
      if (Node sums = out["sha256_after"]; sums.has(memory))
        result.sha256[memory] = sums[memory].text();
  return result;
}

llvm::Expected<std::vector<VectorCase>>
edgebert::machine::readVectorFile(llvm::StringRef path) {
  llvm::Expected<json::Value> value =
      edgebert::readJson(path, /*unreadable=*/"", "not JSON: ");
  if (!value)
    return value.takeError();

  std::string problem;
  Node root(&problem, &*value);
  std::string op = root["op"].text();
  static const llvm::StringRef known[] = {"matmul",  "softmax", "layernorm",
                                          "elemadd", "entropy", "axi"};
  if (!llvm::is_contained(known, op))
    root.report("unknown op '" + op + "'; expected one of " +
                llvm::join(llvm::ArrayRef(known), ", "));
  root["vector_size"].number(Description::vectorSize, Description::vectorSize);
  std::vector<Node> tests = root["cases"].items();
  if (!problem.empty())
    return llvm::createStringError(path + ": " + problem);

  std::vector<VectorCase> cases;
  for (auto [i, test] : llvm::enumerate(tests)) {
    // Keys are named from the case on.
    Node node = test.asRoot();
    std::string name = node["name"].text();
    std::string where =
        problem.empty() ? "case '" + name + "'" : "case " + std::to_string(i);
    cases.push_back(readCase(node, op));
    cases.back().name = name;
    if (!problem.empty())
      return llvm::createStringError(path + ": " + where + ": " + problem);
  }
  return cases;
}
