//===- FaultSession.cpp - faults in the runs of a program -----------------===//

#include "edgebert/Execution/FaultSession.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cassert>

using namespace edgebert;
using namespace edgebert::execution;
using namespace edgebert::numerics;

static thread_local FaultSession *currentSession = nullptr;
static thread_local int64_t numDetections = 0;

FaultSession::FaultSession(std::vector<fault::Site> list)
    : sites(std::move(list)) {
  for (const fault::Site &site : sites)
    siteOfId[site.id] = &site;
}

const fault::Site *FaultSession::findSite(int64_t id) const {
  return siteOfId.lookup(id);
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

/// Streams of randomWord beside those of PlannedFault::getWordFault.
static constexpr uint64_t kElementStream = 3;

static std::string describeUnknownKind(llvm::StringRef kind) {
  return ("expected a kind of activation, weight, metadata, mask or "
          "accumulator, found '" +
          kind + "'")
      .str();
}

static llvm::Expected<const fault::Site *>
resolveSite(const PlannedFault &planned, int64_t number,
            const FaultSession &session) {
  if (planned.site) {
    if (const fault::Site *site = session.findSite(*planned.site))
      return site;
    return makeFaultError(number, "the program has no site " +
                                      llvm::Twine(*planned.site) +
                                      "; fault-list-sites lists its " +
                                      llvm::Twine(session.getSites().size()));
  }
  const fault::Site *sameName = nullptr;
  for (const fault::Site &site : session.getSites()) {
    if (site.name != planned.name)
      continue;
    if (fault::stringifyKind(site.kind) == planned.kind)
      return &site;
    sameName = &site;
  }
  if (!fault::symbolizeKind(planned.kind))
    return makeFaultError(number, describeUnknownKind(planned.kind));
  std::string message =
      "the program has no " + planned.kind + " site '" + planned.name + "'";
  if (sameName)
    message += "; of this name it has a site of kind " +
               fault::stringifyKind(sameName->kind).str();
  else
    message += "; fault-list-sites lists its " +
               std::to_string(session.getSites().size());
  return makeFaultError(number, message);
}

static llvm::Expected<int64_t> resolveElement(const PlannedFault &planned,
                                              int64_t number, uint64_t seed,
                                              const fault::Site &site) {
  int64_t count = site.getNumElements();
  if (planned.element) {
    if (*planned.element < 0 || *planned.element >= count)
      return makeFaultError(
          number, llvm::formatv("expected an element from 0 to {0} of '{1}', "
                                "found {2}",
                                count - 1, site.name, *planned.element)
                      .str());
    return *planned.element;
  }
  if (planned.index.empty())
    return int64_t(below(
        randomWord(seed, uint64_t(number) << 8 | kElementStream, 0), count));
  bool fits = planned.index.size() == site.shape.size();
  int64_t element = 0;
  for (size_t d = 0; fits && d < site.shape.size(); ++d) {
    fits = planned.index[d] >= 0 && planned.index[d] < site.shape[d];
    element = element * site.shape[d] + planned.index[d];
  }
  if (!fits)
    return makeFaultError(
        number, "expected an index into '" + site.name + "' of shape " +
                    llvm::join(llvm::map_range(site.shape,
                                               [](int64_t extent) {
                                                 return std::to_string(extent);
                                               }),
                               "x") +
                    ", found [" +
                    llvm::join(llvm::map_range(
                                   planned.index,
                                   [](int64_t i) { return std::to_string(i); }),
                               ", ") +
                    "]");
  return element;
}

llvm::Expected<std::vector<SiteFault>>
FaultSession::resolve(const FaultPlan &plan) const {
  std::vector<SiteFault> faults;
  for (auto [number, planned] : llvm::enumerate(plan.faults)) {
    if (planned.machine)
      continue;
    auto site = resolveSite(planned, number, *this);
    if (!site)
      return site.takeError();
    auto element = resolveElement(planned, number, plan.seed, **site);
    if (!element)
      return element.takeError();
    auto word =
        planned.getWordFault((*site)->layout, plan.seed, int64_t(number));
    if (!word)
      return word.takeError();
    faults.push_back(
        {(*site)->id, *element, *word, planned.run, int64_t(number)});
  }
  return faults;
}

//===----------------------------------------------------------------------===//
// Protection
//===----------------------------------------------------------------------===//

llvm::Error FaultSession::protect(const FaultPlan &plan) {
  for (const PlannedProtection &planned : plan.protect) {
    if (planned.site) {
      if (!findSite(*planned.site))
        return llvm::createStringError(llvm::formatv(
            "protect: the program has no site {0}", *planned.site));
      protect(*planned.site, planned.code);
      continue;
    }
    std::optional<fault::Kind> kind = fault::symbolizeKind(planned.kind);
    if (!kind)
      return llvm::createStringError("protect: " +
                                     describeUnknownKind(planned.kind));
    for (const fault::Site &site : sites)
      if (site.kind == *kind)
        protect(site.id, planned.code);
  }
  return llvm::Error::success();
}

int64_t FaultSession::getNumCheckBits() const {
  int64_t bits = 0;
  for (const fault::Site &site : sites)
    bits += site.getNumElements() *
            (getStoredWidth(protections.lookup(site.id), site.layout.bits) -
             site.layout.bits);
  return bits;
}

/// The records from `firstRecord` on have changed stored words, not their check
/// bits: puts in the place of each what a read of it returns.
void FaultSession::readThrough(Protection protection, const fault::Site &site,
                               void *data, size_t firstRecord) {
  llvm::DenseMap<int64_t, uint32_t> wordBefore;
  for (const FaultRecord &record :
       llvm::ArrayRef(records).drop_front(firstRecord))
    wordBefore.try_emplace(record.element, record.oldCode);
  int64_t found = 0, repaired = 0;
  for (auto [element, before] : wordBefore) {
    Metadata metadata = site.getMetadata(element);
    uint32_t word = site.layout.read(data, element, metadata);
    StoredBits stored = numerics::protect(protection, site.layout.bits, before);
    for (unsigned bit = 0; bit < site.layout.bits; ++bit)
      if ((word ^ before) >> bit & 1)
        stored ^= StoredBits(1) << getStoredPosition(protection, bit);
    Readout readout = readProtected(protection, site.layout.bits, stored);
    if (readout.word != word)
      site.layout.write(data, element, readout.word, metadata);
    found += readout.detected;
    repaired += readout.corrected;
  }
  detect(site.id, site.name, found, found && repaired == found);
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

void FaultSession::arm(std::vector<SiteFault> faults) {
  armed = std::move(faults);
  for (const SiteFault &fault : armed) {
    assert(findSite(fault.site) && "no such site");
    assert(fault.element >= 0 &&
           fault.element < findSite(fault.site)->getNumElements());
    (void)fault;
  }
  records.clear();
  detections.clear();
  active.clear();
  nextRun = 0;
}

std::vector<const SiteFault *> FaultSession::getUnstruck() const {
  std::vector<const SiteFault *> unstruck;
  for (const SiteFault &fault : armed)
    if (llvm::none_of(records, [&](const FaultRecord &record) {
          return record.fault == fault.number;
        }))
      unstruck.push_back(&fault);
  return unstruck;
}

void FaultSession::beginRun() {
  int64_t run = nextRun++;
  active.clear();
  for (const SiteFault &fault : armed)
    if (!fault.run || *fault.run == run)
      active[fault.site].push_back(&fault);
}

void FaultSession::visit(int64_t id, void *data) {
  auto found = active.find(id);
  if (found == active.end())
    return;
  const fault::Site &site = *findSite(id);
  size_t firstRecord = records.size();
  for (const SiteFault *armedFault : found->second) {
    FaultRecord record =
        strike(armedFault->fault, site.layout, data, armedFault->element,
               site.getMetadata(armedFault->element));
    record.site = id;
    record.run = nextRun - 1;
    record.fault = armedFault->number;
    records.push_back(record);
    if (site.isStorage)
      toUndo.push_back({&site, data, record});
  }
  if (Protection protection = protections.lookup(id);
      protection != Protection::None)
    readThrough(protection, site, data, firstRecord);
}

void FaultSession::endRun() {
  for (const Change &change : llvm::reverse(toUndo))
    undo(change.record, change.site->layout, change.data);
  toUndo.clear();
}

void FaultSession::detect(int64_t check, llvm::StringRef name, int64_t count,
                          bool corrected) {
  if (count > 0)
    detections.push_back({check, name.str(), nextRun - 1, count, corrected});
}

//===----------------------------------------------------------------------===//
// The thread's session
//===----------------------------------------------------------------------===//

FaultSession::Scope::Scope(FaultSession *session) : previous(currentSession) {
  currentSession = session;
}

FaultSession::Scope::~Scope() { currentSession = previous; }

FaultSession *FaultSession::getCurrent() { return currentSession; }

int64_t execution::takeNumDetections() {
  return std::exchange(numDetections, 0);
}

void edgebert_rt_fault_site(int64_t id, intptr_t data) {
  if (currentSession)
    currentSession->visit(id, reinterpret_cast<void *>(data));
}

void edgebert_rt_fault_detect(int64_t check, const char *name, int64_t count,
                              int64_t corrected) {
  if (currentSession)
    currentSession->detect(check, name, count, corrected != 0);
  else
    numDetections += count;
}
