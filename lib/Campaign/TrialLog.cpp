//===- TrialLog.cpp - the trials of a campaign on disk --------------------===//

#include "edgebert/Campaign/TrialLog.h"
#include "CampaignFiles.h"
#include "edgebert/Support/JsonFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <fcntl.h>
#include <map>
#include <unistd.h>

using namespace llvm;

namespace edgebert::campaign {

static Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

//===----------------------------------------------------------------------===//
// Lines
//===----------------------------------------------------------------------===//

StringRef getTrialHeader() {
  return "trial,row,fault,faults,site,element,field,bit,model,old_code,"
         "new_code,old_value,new_value,outcome,delta_loss,weight,last_layer\n";
}

/// The layer of a segment: the site it ends at, or an output.
static std::string getLayer(const SegmentGraph &graph, int segment) {
  if (segment < 0)
    return "";
  for (int output : graph.segments[segment].outputs)
    if (graph.values[output].site >= 0)
      return graph.sites[graph.values[output].site].name;
  for (auto [number, value] : enumerate(graph.outputValues))
    if (graph.values[value].producer == segment)
      return graph.outputs[number].name;
  return graph.segments[segment].function;
}

std::string formatTrial(const TrialResult &result, const SegmentGraph &graph) {
  std::string text;
  raw_string_ostream os(text);
  size_t count = result.records.size();
  // A fault is one line, whatever the layer is called.
  std::string layer = quoteField(getLayer(graph, result.lastSegment));
  llvm::replace(layer, '\n', ' ');
  for (size_t i = 0; i < std::max<size_t>(count, 1); ++i) {
    os << result.trial.number << ',' << result.trial.row << ',' << i << ','
       << count << ',';
    if (count) {
      const numerics::FaultRecord &record = result.records[i];
      os << record.site << ',' << record.element << ',' << record.field << ','
         << record.bit << ',' << numerics::stringifyFaultModel(record.model)
         << ',' << record.oldCode << ',' << record.newCode << ','
         << format("%.9g,%.9g", record.oldValue, record.newValue);
    } else {
      os << "-1,0,,0,,0,0,0,0";
    }
    os << ',' << stringifyOutcome(result.outcome) << ','
       << format("%.9g,%.17g", result.deltaLoss, result.trial.weight) << ','
       << layer << '\n';
  }
  return text;
}

Expected<LoggedFault> parseTrialLine(StringRef line) {
  LoggedFault fault;
  SmallVector<StringRef> fields;
  line.split(fields, ',', 16);
  if (fields.size() != 17)
    return makeError("expected 17 fields, found " + Twine(fields.size()));
  bool bad = false;
  auto number = [&](int index, auto &value) {
    bad |= fields[index].getAsInteger(10, value);
  };
  auto real = [&](int index) {
    double value = 0;
    // strtod: what printf has written, infinities and NaN included.
    char *end = nullptr;
    std::string text = fields[index].str();
    value = std::strtod(text.c_str(), &end);
    bad |= end == text.c_str() || *end;
    return value;
  };
  number(0, fault.trial);
  number(1, fault.row);
  number(2, fault.fault);
  number(3, fault.numFaults);
  number(4, fault.site);
  number(5, fault.element);
  fault.field = fields[6].str();
  number(7, fault.bit);
  fault.model = fields[8].str();
  number(9, fault.oldCode);
  number(10, fault.newCode);
  fault.oldValue = real(11);
  fault.newValue = real(12);
  auto outcome = symbolizeOutcome(fields[13]);
  fault.deltaLoss = real(14);
  fault.weight = real(15);
  fault.lastLayer = fields[16].str();
  if (bad || !outcome)
    return makeError("expected numbers and an outcome, found '" + line + "'");
  fault.outcome = *outcome;
  return fault;
}

//===----------------------------------------------------------------------===//
// campaign.json
//===----------------------------------------------------------------------===//

static Error writeCampaign(StringRef directory, const Fingerprint &fingerprint,
                           ArrayRef<LoggedSite> sites) {
  return writeToOutput(getFile(directory, "campaign.json"),
                       [&](raw_ostream &os) -> Error {
                         json::OStream json(os, 1);
                         json.object([&] {
                           json.attributeArray("fingerprint", [&] {
                             for (const auto &entry : fingerprint)
                               json.array([&] {
                                 json.value(entry.first);
                                 json.value(entry.second);
                               });
                           });
                           json.attributeArray("sites", [&] {
                             for (const LoggedSite &site : sites)
                               json.object([&] {
                                 json.attribute("id", site.id);
                                 json.attribute("kind", site.kind);
                                 json.attribute("name", site.name);
                                 json.attribute("format", site.format);
                                 json.attribute("elements", site.numElements);
                                 json.attribute("bits", site.bits);
                                 json.attribute("share", site.share);
                               });
                           });
                         });
                         os << '\n';
                         return Error::success();
                       });
}

Expected<std::pair<Fingerprint, std::vector<LoggedSite>>>
readCampaign(StringRef directory) {
  std::string path = getFile(directory, "campaign.json");
  Expected<json::Value> parsed = readJson(path);
  if (!parsed)
    return parsed.takeError();
  std::pair<Fingerprint, std::vector<LoggedSite>> result;
  const json::Object *root = parsed->getAsObject();
  const json::Array *pairs = root ? root->getArray("fingerprint") : nullptr;
  const json::Array *sites = root ? root->getArray("sites") : nullptr;
  if (!pairs || !sites)
    return makeError(path + ": expected 'fingerprint' and 'sites'");
  for (const json::Value &entry : *pairs) {
    const json::Array *pair = entry.getAsArray();
    auto name =
        pair && pair->size() == 2 ? (*pair)[0].getAsString() : std::nullopt;
    auto value = name ? (*pair)[1].getAsString() : std::nullopt;
    if (!value)
      return makeError(path + ": expected pairs of strings in 'fingerprint'");
    result.first.push_back({name->str(), value->str()});
  }
  for (const json::Value &entry : *sites) {
    const json::Object *object = entry.getAsObject();
    if (!object)
      return makeError(path + ": expected objects in 'sites'");
    LoggedSite site;
    site.id = object->getInteger("id").value_or(0);
    site.kind = object->getString("kind").value_or("").str();
    site.name = object->getString("name").value_or("").str();
    site.format = object->getString("format").value_or("").str();
    site.numElements = object->getInteger("elements").value_or(0);
    site.bits = object->getInteger("bits").value_or(0);
    site.share = object->getNumber("share").value_or(0);
    result.second.push_back(std::move(site));
  }
  return result;
}

/// Names the first entry in which two fingerprints differ.
static Error compareFingerprints(StringRef directory, const Fingerprint &there,
                                 const Fingerprint &here) {
  for (size_t i = 0; i < std::max(there.size(), here.size()); ++i) {
    if (i < there.size() && i < here.size() && there[i] == here[i])
      continue;
    std::string name = i < here.size() ? here[i].first : there[i].first;
    auto value = [&](const Fingerprint &list) {
      for (const auto &[key, text] : list)
        if (key == name)
          return text;
      return std::string("nothing");
    };
    return makeError(directory + " holds another campaign: its " + name +
                     " is " + value(there) + ", not " + value(here) +
                     "; choose another --out, or delete it");
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// TrialLog
//===----------------------------------------------------------------------===//

std::string TrialLog::getPath() const {
  return getFile(directory, "trials.csv");
}

TrialLog::~TrialLog() {
  if (file >= 0)
    ::close(file);
}

/// Finds the trials that are there and cuts off what is not a whole one.
Error TrialLog::repair() {
  auto buffer = MemoryBuffer::getFile(getPath(), /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError(getPath() + ": " + buffer.getError().message());
  StringRef text = (*buffer)->getBuffer();
  size_t good = 0, at = 0;
  if (text.starts_with(getTrialHeader()))
    good = at = getTrialHeader().size();
  else if (!getTrialHeader().starts_with(text))
    return makeError(getPath() + ": expected the line '" +
                     getTrialHeader().rtrim() + "' first");
  while (at && at < text.size()) {
    size_t end = text.find('\n', at);
    if (end == StringRef::npos)
      break;
    Expected<LoggedFault> fault = parseTrialLine(text.slice(at, end));
    if (!fault)
      return makeError(getPath() + ": " + toString(fault.takeError()));
    at = end + 1;
    if (fault->fault + 1 < fault->numFaults)
      continue;
    ++numTrials;
    good = at;
  }
  bool empty = good == 0;
  buffer->reset();
  if (::ftruncate(file, good) || ::lseek(file, 0, SEEK_END) < 0)
    return makeError(getPath() + ": " + llvm::sys::StrError());
  return empty ? append(getTrialHeader(), 0) : Error::success();
}

Expected<std::unique_ptr<TrialLog>>
TrialLog::open(StringRef directory, const Fingerprint &fingerprint,
               ArrayRef<LoggedSite> sites) {
  if (std::error_code error = sys::fs::create_directories(directory))
    return makeError("cannot create the directory " + directory + ": " +
                     error.message());
  if (sys::fs::exists(getFile(directory, "campaign.json"))) {
    auto there = readCampaign(directory);
    if (!there)
      return there.takeError();
    if (Error error = compareFingerprints(directory, there->first, fingerprint))
      return std::move(error);
  } else if (Error error = writeCampaign(directory, fingerprint, sites)) {
    return std::move(error);
  }
  std::unique_ptr<TrialLog> log(new TrialLog());
  log->directory = directory.str();
  log->file =
      ::open(log->getPath().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (log->file < 0)
    return makeError(log->getPath() + ": " + llvm::sys::StrError());
  if (Error error = log->repair())
    return std::move(error);
  return std::move(log);
}

Error TrialLog::append(StringRef lines, int64_t trials) {
  while (!lines.empty()) {
    ssize_t written = ::write(file, lines.data(), lines.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return makeError(getPath() + ": " + llvm::sys::StrError());
    lines = lines.drop_front(written);
  }
  numTrials += trials;
  return Error::success();
}

Error TrialReader::forEachLine(
    function_ref<void(StringRef, const LoggedFault &)> add) const {
  std::string path = getFile(directory, "trials.csv");
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return makeError(path + ": " + buffer.getError().message());
  StringRef text = (*buffer)->getBuffer();
  if (!text.consume_front(getTrialHeader()))
    return makeError(path + ": expected a log of trials");
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    text = rest;
    Expected<LoggedFault> fault = parseTrialLine(line);
    if (!fault)
      return makeError(path + ": " + toString(fault.takeError()));
    add(line, *fault);
  }
  return Error::success();
}

Error TrialReader::forEach(function_ref<void(const LoggedFault &)> add) const {
  return forEachLine([&](StringRef, const LoggedFault &fault) { add(fault); });
}

//===----------------------------------------------------------------------===//
// Shards
//===----------------------------------------------------------------------===//

Error mergeShards(ArrayRef<std::string> shards, StringRef directory) {
  Fingerprint common;
  std::vector<LoggedSite> sites;
  // Faults of a trial stay in order.
  std::map<int64_t, std::string> lines;
  std::vector<bool> found(shards.size());
  for (const std::string &shard : shards) {
    auto campaign = readCampaign(shard);
    if (!campaign)
      return campaign.takeError();
    Fingerprint fingerprint = campaign->first;
    for (auto &[name, value] : fingerprint) {
      if (name != "shard")
        continue;
      size_t index = 0, count = 0;
      auto [left, right] = StringRef(value).split('/');
      left.getAsInteger(10, index);
      right.getAsInteger(10, count);
      if (count != shards.size() || index >= count || found[index])
        return makeError(shard + ": expected each of " + Twine(shards.size()) +
                         " shards once, found shard " + value);
      found[index] = true;
      value = "0/1";
    }
    if (common.empty()) {
      common = fingerprint;
      sites = campaign->second;
    }
    if (Error error = compareFingerprints(shard, fingerprint, common))
      return error;
    if (Error error = TrialReader(shard).forEachLine(
            [&](StringRef line, const LoggedFault &fault) {
              lines[fault.trial] += line.str() + "\n";
            }))
      return error;
  }
  int64_t next = 0;
  for (const auto &[trial, line] : lines) {
    if (trial > next)
      return makeError("trial " + Twine(next) +
                       " is in no shard: finish the shards first");
    next = trial + 1;
  }
  auto log = TrialLog::open(directory, common, sites);
  if (!log)
    return log.takeError();
  if ((*log)->getNumTrials())
    return makeError(directory + ": expected no trials in it yet, found " +
                     Twine((*log)->getNumTrials()));
  std::string text;
  for (const auto &[trial, line] : lines)
    text += line;
  return (*log)->append(text, next);
}

} // namespace edgebert::campaign
