//===- FaultPlan.cpp - which faults strike where and when -----------------===//

#include "edgebert/Numerics/FaultPlan.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLTraits.h"

using namespace edgebert::numerics;

static constexpr std::pair<MachineUnit, llvm::StringLiteral> kUnits[] = {
    {MachineUnit::Data, "data"},
    {MachineUnit::Mask, "mask"},
    {MachineUnit::Aux, "aux"},
    {MachineUnit::Accumulator, "accumulator"},
    {MachineUnit::Register, "register"},
    {MachineUnit::Dma, "dma"}};

llvm::StringRef edgebert::numerics::stringifyMachineUnit(MachineUnit unit) {
  for (auto [candidate, name] : kUnits)
    if (candidate == unit)
      return name;
  llvm_unreachable("unknown unit");
}

llvm::Error edgebert::numerics::makeFaultError(int64_t number,
                                               const llvm::Twine &message) {
  return llvm::createStringError("fault " + llvm::Twine(number) + ": " +
                                 message);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

LLVM_YAML_IS_SEQUENCE_VECTOR(edgebert::numerics::PlannedFault)
LLVM_YAML_IS_SEQUENCE_VECTOR(edgebert::numerics::PlannedProtection)

namespace llvm::yaml {

template <>
struct ScalarEnumerationTraits<FaultModel> {
  static void enumeration(IO &io, FaultModel &model) {
    for (FaultModel value : {FaultModel::Flip, FaultModel::StuckAt0,
                             FaultModel::StuckAt1, FaultModel::Random})
      io.enumCase(model, stringifyFaultModel(value).data(), value);
  }
};

template <>
struct ScalarEnumerationTraits<MachineUnit> {
  static void enumeration(IO &io, MachineUnit &unit) {
    for (auto [value, name] : kUnits)
      io.enumCase(unit, name.data(), value);
  }
};

template <>
struct MappingTraits<PlannedFault> {
  static void mapping(IO &io, PlannedFault &fault) {
    io.mapOptional("site", fault.site);
    io.mapOptional("name", fault.name);
    io.mapOptional("kind", fault.kind);
    io.mapOptional("element", fault.element);
    io.mapOptional("index", fault.index);
    io.mapOptional("machine", fault.machine);
    io.mapOptional("decoder", fault.decoder);
    io.mapOptional("address", fault.address);
    io.mapOptional("cycle", fault.cycle);
    io.mapOptional("command", fault.command);
    io.mapOptional("model", fault.model);
    std::optional<unsigned> bit;
    io.mapOptional("bit", bit);
    io.mapOptional("bits", fault.bits);
    if (bit)
      fault.bits.insert(fault.bits.begin(), *bit);
    io.mapOptional("field", fault.field);
    io.mapOptional("count", fault.count);
    io.mapOptional("low", fault.low);
    io.mapOptional("high", fault.high);
    io.mapOptional("run", fault.run);
  }

  static std::string validate(IO &, PlannedFault &fault) {
    int places = fault.site.has_value() + !fault.name.empty() +
                 fault.machine.has_value();
    if (places != 1)
      return "expected one of site, name and machine";
    if (fault.machine && (fault.element || !fault.index.empty()))
      return "expected address, not element or index, of a machine's fault";
    if (fault.machine && fault.run)
      return "expected cycle or command, not run, of a machine's fault";
    if (fault.machine && fault.cycle && fault.command)
      return "expected cycle or command, found both";
    if (!fault.machine &&
        (fault.address || fault.cycle || fault.command || fault.decoder))
      return "decoder, address, cycle and command belong to a machine's fault";
    if (fault.element && !fault.index.empty())
      return "expected element or index, found both";
    if (fault.count < 1 || fault.count > 32)
      return "expected a count from 1 to 32, found " +
             std::to_string(fault.count);
    if (fault.count > 1 && fault.bits.size() > 1)
      return "expected one bit with a count, found " +
             std::to_string(fault.bits.size());
    if ((fault.low || fault.high) && fault.model != FaultModel::Random)
      return "low and high belong to model: random";
    if (fault.low.has_value() != fault.high.has_value())
      return "expected low and high together";
    if (fault.low && !(*fault.low <= *fault.high))
      return "expected low to be at most high";
    if (fault.model == FaultModel::Random &&
        (!fault.bits.empty() || !fault.field.empty()))
      return "model: random replaces the whole word; expected no bits";
    if (fault.run && *fault.run < 0)
      return "expected a run of at least 0, found " +
             std::to_string(*fault.run);
    return "";
  }
};

template <>
struct ScalarEnumerationTraits<Protection> {
  static void enumeration(IO &io, Protection &protection) {
    for (Protection value : {Protection::None, Protection::Parity,
                             Protection::Secded, Protection::Tmr})
      io.enumCase(protection, stringifyProtection(value).data(), value);
  }
};

template <>
struct MappingTraits<PlannedProtection> {
  static void mapping(IO &io, PlannedProtection &protection) {
    io.mapOptional("site", protection.site);
    io.mapOptional("kind", protection.kind);
    io.mapRequired("code", protection.code);
  }
  static std::string validate(IO &, PlannedProtection &protection) {
    return protection.site.has_value() == !protection.kind.empty()
               ? "expected either site or kind"
               : "";
  }
};

template <>
struct MappingTraits<FaultPlan> {
  static void mapping(IO &io, FaultPlan &plan) {
    io.mapOptional("seed", plan.seed);
    io.mapRequired("faults", plan.faults);
    io.mapOptional("protect", plan.protect);
  }
};

} // namespace llvm::yaml

llvm::Expected<FaultPlan> FaultPlan::parse(llvm::StringRef text,
                                           llvm::StringRef file) {
  struct Diagnostic {
    llvm::StringRef file;
    std::string text;
  } first{file, ""};
  auto note = [](const llvm::SMDiagnostic &diagnostic, void *context) {
    auto &first = *static_cast<Diagnostic *>(context);
    if (first.text.empty())
      first.text =
          llvm::formatv("{0}:{1}:{2}: {3}", first.file, diagnostic.getLineNo(),
                        diagnostic.getColumnNo() + 1, diagnostic.getMessage());
  };
  FaultPlan plan;
  llvm::yaml::Input input(text, nullptr, note, &first);
  input >> plan;
  if (input.error())
    return llvm::createStringError(
        first.text.empty() ? (file + ": expected a plan of faults").str()
                           : first.text);
  return plan;
}

llvm::Expected<FaultPlan> FaultPlan::load(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError("cannot read " + path + ": " +
                                   buffer.getError().message());
  return parse((*buffer)->getBuffer(), path);
}

//===----------------------------------------------------------------------===//
// From an entry to a word fault
//===----------------------------------------------------------------------===//

/// Streams of randomWord, one for each thing that is drawn.
enum Stream : uint64_t { BitStream = 1, WordStream = 2 };

static std::string listFields(const WordLayout &layout) {
  std::string names;
  for (const BitField &field : layout.fields())
    names += (names.empty() ? "" : ", ") + std::string(field.name);
  return names;
}

llvm::Expected<WordFault> PlannedFault::getWordFault(const WordLayout &layout,
                                                     uint64_t seed,
                                                     int64_t number) const {
  WordFault fault;
  fault.model = model;
  fault.seed = seed;
  fault.stream = uint64_t(number) << 8 | WordStream;
  if (low && high)
    fault.low = *low, fault.high = *high;
  if (model == FaultModel::Random)
    return fault;

  unsigned offset = 0, width = layout.bits;
  if (!field.empty()) {
    std::vector<BitField> fields = layout.fields();
    auto found = llvm::find_if(fields, [&](const BitField &candidate) {
      return candidate.name == field && candidate.width > 0;
    });
    if (found == fields.end())
      return makeFaultError(number, "expected a field of " + layout.name() +
                                        " (" + listFields(layout) +
                                        "), found '" + field + "'");
    offset = found->offset;
    width = found->width;
  }
  std::vector<unsigned> chosen = bits;
  if (chosen.empty()) {
    if (count > width)
      return makeFaultError(number, "expected a count of at most " +
                                        llvm::Twine(width) + ", found " +
                                        llvm::Twine(count));
    uint64_t random = randomWord(seed, uint64_t(number) << 8 | BitStream, 0);
    chosen.push_back(unsigned(below(random, width - count + 1)));
  }
  fault.mask = 0;
  for (unsigned bit : chosen) {
    if (bit + count > width)
      return makeFaultError(
          number,
          llvm::formatv("expected bits 0 to {0} of {1}, found {2}", width - 1,
                        field.empty() ? layout.name() : "field '" + field + "'",
                        bit + count - 1)
              .str());
    fault.mask |= WordFault::burst(offset + bit, count).mask;
  }
  return fault;
}
