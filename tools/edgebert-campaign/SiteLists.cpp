//===- SiteLists.cpp - files and patterns that name sites -----------------===//

#include "SiteLists.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace edgebert;
using namespace edgebert::campaign;

static Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

StringRef getSamplingName(Sampling sampling) {
  switch (sampling) {
  case Sampling::Uniform:
    return "uniform";
  case Sampling::Layers:
    return "layers";
  case Sampling::Stratified:
    return "stratified";
  case Sampling::Given:
    return "given";
  case Sampling::Poisson:
    return "poisson";
  case Sampling::PoissonPerLayer:
    return "poisson-per-layer";
  }
  llvm_unreachable("unknown sampling");
}

Error keepSites(mlir::ModuleOp module, ArrayRef<std::string> patterns) {
  if (patterns.empty())
    return Error::success();
  std::vector<GlobPattern> globs;
  for (const std::string &text : patterns) {
    auto glob = GlobPattern::create(text);
    if (!glob)
      return makeError("--sites=" + text + ": " + toString(glob.takeError()));
    globs.push_back(std::move(*glob));
  }
  bool any = false;
  std::string example;
  module.walk([&](fault::SiteOp op) {
    example = op.getName().str();
    if (any_of(globs, [&](const GlobPattern &glob) {
          return glob.match(op.getName());
        })) {
      any = true;
      return;
    }
    op.getResult().replaceAllUsesWith(op.getInput());
    op.erase();
  });
  if (!any)
    return makeError("--sites: no site matches" +
                     (example.empty() ? ""
                                      : "; one is called '" + example +
                                            "' (--dry-run lists them)"));
  return Error::success();
}

/// Calls `use` with the fields of each line that is not empty or a comment.
static Expected<std::string>
forEachLine(StringRef path, function_ref<Error(ArrayRef<StringRef>)> use) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return makeError(path + ": " + buffer.getError().message());
  std::string text = (*buffer)->getBuffer().str();
  StringRef rest = text;
  for (int number = 1; !rest.empty(); ++number) {
    auto [line, after] = rest.split('\n');
    rest = after;
    line = line.trim();
    if (line.empty() || line.starts_with("# ") || line == "#")
      continue;
    SmallVector<StringRef> fields;
    line.split(fields, ',');
    for (StringRef &field : fields)
      field = field.trim();
    if (Error error = use(fields))
      return makeError(path + ":" + Twine(number) + ": " +
                       toString(std::move(error)));
  }
  return text;
}

Expected<std::pair<StringMap<double>, std::string>>
readTimes(StringRef path, const SegmentGraph &graph) {
  StringMap<double> times;
  auto text = forEachLine(path, [&](ArrayRef<StringRef> fields) -> Error {
    double time = 0;
    if (fields.size() != 2 || fields[1].getAsDouble(time) || !(time >= 0))
      return makeError("expected NAME,TIME with a time of at least 0");
    if (none_of(graph.sites,
                [&](const Site &site) { return site.name == fields[0]; }))
      return makeError("no site is called '" + fields[0] + "'");
    times[fields[0]] = time;
    return Error::success();
  });
  if (!text)
    return text.takeError();
  for (const Site &site : graph.sites)
    if (!times.contains(site.name))
      return makeError(path + ": expected a time of site '" + site.name + "'");
  return std::make_pair(std::move(times), std::move(*text));
}

Expected<std::pair<std::vector<GivenFault>, std::string>>
readFaults(StringRef path, const SegmentGraph &graph, int64_t numRows) {
  std::vector<GivenFault> faults;
  auto text = forEachLine(path, [&](ArrayRef<StringRef> fields) -> Error {
    GivenFault given;
    int64_t name = 0, row = 0;
    if (fields.size() < 3 || fields.size() > 4 ||
        fields[0].ltrim('#').getAsInteger(10, name) ||
        fields[1].getAsInteger(10, given.fault.element) ||
        fields[2].getAsInteger(10, given.fault.bit) ||
        (fields.size() == 4 && fields[3].getAsInteger(10, row)))
      return makeError("expected SITE,ELEMENT,BIT or SITE,ELEMENT,BIT,ROW");
    given.fault.site = -1;
    if (fields[0].starts_with("#")) {
      if (name >= 0 && name < int64_t(graph.sites.size()))
        given.fault.site = name;
    } else {
      for (auto [number, site] : enumerate(graph.sites))
        if (site.id == name)
          given.fault.site = number;
    }
    if (given.fault.site < 0)
      return makeError("no site " + fields[0] + " (--dry-run lists them)");
    const Site &site = graph.sites[given.fault.site];
    if (given.fault.element < 0 || given.fault.element >= site.getNumElements())
      return makeError("site '" + site.name + "': expected an element below " +
                       Twine(site.getNumElements()) + ", got " +
                       Twine(given.fault.element));
    if (given.fault.bit >= site.layout.bits)
      return makeError("site '" + site.name + "': expected a bit below " +
                       Twine(site.layout.bits) + ", got " +
                       Twine(given.fault.bit));
    if (fields.size() == 4) {
      if (row < 0 || row >= numRows)
        return makeError("expected a row below " + Twine(numRows) + ", got " +
                         Twine(row));
      given.row = row;
    }
    faults.push_back(given);
    return Error::success();
  });
  if (!text)
    return text.takeError();
  if (faults.empty())
    return makeError(path + ": expected at least one fault");
  return std::make_pair(std::move(faults), std::move(*text));
}
