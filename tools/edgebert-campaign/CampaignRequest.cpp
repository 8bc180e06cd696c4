//===- CampaignRequest.cpp - what the command line asks for ---------------===//

#include "CampaignRequest.h"

#include "SiteLists.h"
#include "edgebert/Campaign/Results.h"
#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Dialect/Fault/Transforms/Passes.h"
#include "edgebert/Execution/RunRequest.h"
#include "edgebert/Pipelines/Compile.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/xxhash.h"
#include <chrono>
#include <ctime>

using namespace llvm;
using namespace edgebert;
using namespace edgebert::campaign;
using edgebert::execution::NamedArray;

namespace {

Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

std::string toHex(uint64_t value) {
  return utohexstr(value, /*LowerCase=*/true, /*Width=*/16);
}

/// Writes the results of the log in `directory`, and prints them.
Error reportResults(StringRef directory, raw_ostream &os) {
  auto results = readResults(directory);
  if (!results)
    return results.takeError();
  if (Error error = writeResults(*results, directory))
    return error;
  printResults(*results, os);
  return Error::success();
}

/// A campaign that is ready to run.
class LoadedCampaign {
public:
  LoadedCampaign(CampaignRequest &request, mlir::MLIRContext &context,
                 raw_ostream &os)
      : request(request), context(context), os(os) {}

  Error load();
  Error run();
  Error replay(int64_t trial);
  Error printSites();
  Error measure();

private:
  Error checkOptions();
  Error loadProgram();
  Error loadRows();
  Fingerprint getFingerprint() const;
  double timeForward() const;

  CampaignRequest &request;
  mlir::MLIRContext &context;
  raw_ostream &os;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<SegmentedProgram> program;
  std::unique_ptr<InputRows> rows;
  std::unique_ptr<Judge> judge;
  uint64_t dataHash = 0;
  std::string faultsText, timesText;
};

Error LoadedCampaign::checkOptions() {
  CampaignOptions &options = request.options;
  if (request.program.empty())
    return makeError("expected a program");
  if (options.threads < 1 || options.threads > 1024)
    return makeError("--jobs: expected 1 to 1024, got " +
                     Twine(options.threads));
  if (options.window < 1 || options.window > 1 << 20)
    return makeError("--window: expected 1 to 1048576, got " +
                     Twine(options.window));
  if (request.rows < 0 || options.numTrials < 0)
    return makeError("--rows and --trials: expected numbers of at least 0");
  if (!(options.halfWidth >= 0 && options.halfWidth < 1))
    return makeError("--half-width: expected a rate below 1, such as 0.005");
  auto [index, count] = StringRef(request.shard).split('/');
  Shard &shard = options.shard;
  if (index.getAsInteger(10, shard.index) ||
      count.getAsInteger(10, shard.count) || shard.count < 1 ||
      shard.index < 0 || shard.index >= shard.count)
    return makeError("--shard: expected I/N with 0 <= I < N, got '" +
                     request.shard + "'");
  if (shard.count > 1 && options.halfWidth > 0)
    return makeError("--half-width needs all trials of a campaign; with "
                     "--shard give --trials");
  bool poisson = options.sampler.sampling == Sampling::Poisson ||
                 options.sampler.sampling == Sampling::PoissonPerLayer;
  if (poisson != (options.sampler.rate > 0))
    return makeError(poisson ? "--sampling=poisson: expected --rate above 0"
                             : "--rate: expected a poisson sampling with it");
  if (!poisson && !request.times.empty())
    return makeError("--times: expected a poisson sampling with it");
  if ((options.sampler.sampling == Sampling::Given) != !request.faults.empty())
    return makeError("--faults=FILE and --sampling=given need each other");
  if (options.fault.numBits < 1 || options.fault.numBits > 32)
    return makeError("--bits: expected 1 to 32, got " +
                     Twine(options.fault.numBits));
  if (!request.range.empty()) {
    if (options.fault.model != numerics::FaultModel::Random ||
        request.range.size() != 2 || !(request.range[0] <= request.range[1]))
      return makeError("--range: expected LOW,HIGH with LOW <= HIGH, and "
                       "--model=random");
    options.fault.low = request.range[0];
    options.fault.high = request.range[1];
  }
  return Error::success();
}

/// The form to run of a directory that edgebert-compile made.
std::string findProgram(StringRef path) {
  if (sys::fs::is_directory(path))
    for (accel::Form form : {accel::Form::Compressed, accel::Form::Model})
      for (bool bytecode : {false, true}) {
        std::string file = getFormPath(path, form, bytecode);
        if (sys::fs::exists(file))
          return file;
      }
  return path.str();
}

Error LoadedCampaign::loadProgram() {
  std::string path = findProgram(request.program);
  module = loadModule(path, request.import, context);
  if (!module)
    return makeError("cannot load " + path);
  accel::Form form = accel::inferForm(*module);
  if (form > accel::Form::Compressed)
    return makeError(path + " is in the " + accel::stringifyForm(form) +
                     " form; a campaign runs the model or compressed form "
                     "(edgebert-compile --emit=compressed)");
  bool hasSites = false;
  module->walk([&](fault::SiteOp) { hasSites = true; });
  mlir::PassManager pm(&context);
  if (!hasSites) {
    fault::FaultInstrumentOptions instrument;
    for (fault::Kind kind : request.kinds)
      instrument.kinds.push_back(fault::stringifyKind(kind).str());
    if (request.kinds.empty())
      instrument.kinds.push_back("activation");
    pm.addPass(fault::createFaultInstrument(instrument));
  } else if (!request.kinds.empty()) {
    return makeError("--kinds: the program has sites already");
  }
  if (mlir::failed(pm.run(*module)))
    return makeError("cannot instrument " + path);
  if (Error error = keepSites(*module, request.sitePatterns))
    return error;

  SegmentedProgramOptions options;
  options.entry = request.entry;
  options.outputs = request.outputs;
  if (request.rowBlock > 0)
    options.variantRows = request.rowBlock;
  auto loaded = SegmentedProgram::load(*module, options);
  if (!loaded)
    return loaded.takeError();
  program = std::move(*loaded);
  const SegmentGraph &graph = program->getGraph();
  if (graph.sites.empty())
    return makeError(path + ": expected at least one site; none of the asked "
                            "kinds and names is in the program");
  if (graph.outputs.empty() ||
      graph.outputs.front().dtype != execution::DType::F32 ||
      graph.values[graph.outputValues.front()].numBytes == 0)
    return makeError(path + ": expected a first output of f32 scores; choose "
                            "one with --output");
  return Error::success();
}

Error LoadedCampaign::loadRows() {
  const SegmentGraph &graph = program->getGraph();
  std::vector<NamedArray> arrays;
  if (!graph.inputs.empty()) {
    if (request.inputs.empty())
      return makeError("expected --inputs=FILE.npz for the program's inputs");
    auto read =
        execution::readInputs(request.inputs, graph.inputs, request.bindings);
    if (!read)
      return read.takeError();
    arrays = std::move(*read);
  }
  for (const NamedArray &entry : arrays)
    dataHash =
        numerics::randomWord(dataHash, xxh3_64bits(entry.name),
                             xxh3_64bits(StringRef(entry.array.data.data(),
                                                   entry.array.data.size())));
  auto created = InputRows::create(*program, std::move(arrays), request.rows);
  if (!created)
    return created.takeError();
  rows = std::move(*created);
  int64_t needed = rows->getGoldenBytes() * rows->getNumRows() >> 20;
  if (needed > request.cacheMegabytes)
    return makeError(
        "golden values of " + Twine(rows->getNumRows()) + " rows take " +
        Twine(needed) + " MB, more than --cache-mb=" +
        Twine(request.cacheMegabytes) + "; use fewer with --rows=" +
        Twine(std::max<int64_t>(1, (request.cacheMegabytes << 20) /
                                       rows->getGoldenBytes())));
  std::vector<int64_t> classes;
  if (!request.labels.empty()) {
    auto npz = execution::NpzReader::open(request.inputs);
    if (!npz)
      return npz.takeError();
    auto array = npz->read(request.labels);
    if (!array)
      return array.takeError();
    int64_t numClasses = graph.outputs.front().shape.empty()
                             ? 1
                             : graph.outputs.front().shape.back();
    if (array->getNumElements() < rows->getNumRows())
      return makeError("--labels: expected a class for each of " +
                       Twine(rows->getNumRows()) + " rows, found " +
                       array->describe());
    for (int64_t i = 0; i < rows->getNumRows(); ++i) {
      classes.push_back(int64_t(array->getAsDouble(i)));
      if (classes.back() < 0 || classes.back() >= numClasses)
        return makeError("--labels: expected classes from 0 to " +
                         Twine(numClasses - 1) + ", found " +
                         Twine(classes.back()));
    }
    dataHash = numerics::randomWord(
        dataHash, 1,
        xxh3_64bits(StringRef(array->data.data(), array->data.size())));
  }
  judge = std::make_unique<Judge>(graph, std::move(classes));
  return Error::success();
}

Error LoadedCampaign::load() {
  if (Error error = checkOptions())
    return error;
  if (Error error = loadProgram())
    return error;
  if (Error error = loadRows())
    return error;
  CampaignOptions &options = request.options;
  options.sampler.numRows = rows->getNumRows();
  StringMap<double> times;
  if (!request.times.empty()) {
    auto read = readTimes(request.times, program->getGraph());
    if (!read)
      return read.takeError();
    times = std::move(read->first);
    timesText = read->second;
  }
  options.sites = getSiteExtents(program->getGraph(),
                                 request.times.empty() ? nullptr : &times);
  if (!request.faults.empty()) {
    auto read =
        readFaults(request.faults, program->getGraph(), rows->getNumRows());
    if (!read)
      return read.takeError();
    options.sampler.given = std::move(read->first);
    faultsText = read->second;
    if (!options.numTrials && options.halfWidth <= 0)
      options.numTrials = options.sampler.given.size();
  }
  return Error::success();
}

/// What decides the trials. Not how many, nor how they are computed.
Fingerprint LoadedCampaign::getFingerprint() const {
  const CampaignOptions &options = request.options;
  std::string outputs;
  for (const execution::Port &port : program->getGraph().outputs)
    outputs += (outputs.empty() ? "" : ",") + port.name;
  std::string rate, range;
  raw_string_ostream(rate) << format("%.17g", options.sampler.rate);
  raw_string_ostream(range)
      << format("%.9g,%.9g", options.fault.low, options.fault.high);
  return {
      {"model", toHex(program->getHash())},
      {"outputs", outputs},
      {"data", toHex(dataHash)},
      {"rows", std::to_string(rows->getNumRows())},
      {"seed", std::to_string(options.sampler.seed)},
      {"sampling", getSamplingName(options.sampler.sampling).str()},
      {"rate", rate},
      {"times", timesText.empty() ? "1" : toHex(xxh3_64bits(timesText))},
      {"faults", faultsText.empty() ? "none" : toHex(xxh3_64bits(faultsText))},
      {"fault model", numerics::stringifyFaultModel(options.fault.model).str()},
      {"bits", std::to_string(options.fault.numBits)},
      {"range", range},
      {"shard", std::to_string(options.shard.index) + "/" +
                    std::to_string(options.shard.count)},
  };
}

/// Seconds of this thread, not of others that share its core.
double getThreadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

double LoadedCampaign::timeForward() const {
  Workspace workspace = program->createWorkspace();
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 5; ++i) {
    double start = getThreadSeconds();
    program->runGolden(rows->getInputs(0), workspace);
    best = std::min(best, getThreadSeconds() - start);
  }
  return best;
}

Error LoadedCampaign::run() {
  if (request.directory.empty())
    return makeError("expected --out=DIRECTORY (or --dry-run, --bench)");
  CampaignOptions &options = request.options;
  if (!options.numTrials && options.halfWidth <= 0)
    return makeError("expected --trials=N or --half-width=W");
  auto log = TrialLog::open(request.directory, getFingerprint(),
                            getLoggedSites(program->getGraph()));
  if (!log)
    return log.takeError();
  if (int64_t there = (*log)->getNumTrials())
    os << "continuing after " << there << " trials in " << request.directory
       << '\n';
  os.flush();
  if (Error error = runCampaign(*program, *rows, *judge, options, **log))
    return error;
  return reportResults(request.directory, os);
}

Error LoadedCampaign::replay(int64_t number) {
  CampaignOptions &options = request.options;
  if (number < 0)
    return makeError("--replay: expected a trial of at least 0");
  Sampler sampler(options.sites, options.sampler);
  TrialResult result;
  result.trial = sampler.getTrial(number);
  CampaignProgram campaign{*program, *rows, *judge, options.fault};
  createDefinitionRunner(campaign)->run(result);
  const SegmentGraph &graph = program->getGraph();
  for (const numerics::FaultRecord &record : result.records) {
    const Site &site = graph.sites[record.site];
    os << "trial " << number << ", row " << result.trial.row << ": "
       << stringifyKind(site.kind) << " '" << site.name << "' (id " << site.id
       << ", " << site.layout.name() << "), element " << record.element
       << ", bit " << record.bit << " (" << record.field << "): code "
       << record.oldCode << " -> " << record.newCode
       << format(", value %.9g -> %.9g\n", record.oldValue, record.newValue);
  }
  std::string text = formatTrial(result, graph);
  os << "outcome: " << stringifyOutcome(result.outcome)
     << format(", delta loss %.9g\n", result.deltaLoss);
  if (request.directory.empty())
    return Error::success();
  // The log must say the same, byte for byte.
  if (Error error = readCampaign(request.directory).takeError())
    return error;
  std::string logged;
  bool found = false;
  if (Error error =
          TrialReader(request.directory)
              .forEachLine([&](StringRef line, const LoggedFault &fault) {
                if (fault.trial != number)
                  return;
                found = true;
                logged += (line + "\n").str();
              }))
    return error;
  if (!found)
    return makeError("trial " + Twine(number) + " is not in the log of " +
                     request.directory);
  if (logged != text)
    return makeError("trial " + Twine(number) + " differs from the log:\n" +
                     "log:    " + logged + "replay: " + text);
  os << "identical to the log\n";
  return Error::success();
}

Error LoadedCampaign::printSites() {
  const SegmentGraph &graph = program->getGraph();
  os << format("%-5s %-11s %-12s %-40s %-14s %12s %6s %9s\n", "site", "id",
               "kind", "name", "format", "elements", "bits", "share");
  std::vector<LoggedSite> logged = getLoggedSites(graph);
  for (auto [i, site] : enumerate(logged))
    os << format("#%-4zu %-11lld %-12s %-40s %-14s %12lld %6u %8.4f%%\n", i,
                 static_cast<long long>(site.id), site.kind.c_str(),
                 site.name.c_str(), site.format.c_str(),
                 static_cast<long long>(site.numElements), site.bits,
                 100 * site.share);
  // What is left after each site, and how likely a fault strikes there.
  std::vector<double> seconds = timeSegments(*program, *rows, 3);
  double expected = 0;
  for (auto [site, entry] : zip_equal(graph.sites, logged)) {
    double suffix = 0;
    for (size_t i = std::max(graph.values[site.value].producer, -1) + 1;
         i < seconds.size(); ++i)
      suffix += seconds[i];
    expected += entry.share * suffix;
  }
  int64_t variants = 0;
  for (const Segment &segment : graph.segments)
    variants += segment.variant.has_value();
  os << graph.sites.size() << " sites, " << graph.segments.size()
     << " segments (" << variants << " also by rows), " << rows->getNumRows()
     << " rows, " << (rows->getGoldenBytes() * rows->getNumRows() >> 20)
     << " MB of golden values\n"
     << format("forward %.3f ms; a trial at most %.3f ms on average",
               1e3 * timeForward(), 1e3 * expected);
  if (request.options.numTrials)
    os << format(", %lld trials at most %.0f s",
                 static_cast<long long>(request.options.numTrials),
                 expected * double(request.options.numTrials) /
                     request.options.threads);
  os << '\n';
  return Error::success();
}

/// For bench/campaign.py: one line of numbers.
Error LoadedCampaign::measure() {
  CampaignOptions &options = request.options;
  Sampler sampler(options.sites, options.sampler);
  CampaignProgram campaign{*program, *rows, *judge, options.fault};
  Workspace workspace = program->createWorkspace();
  for (int64_t row = 0; row < rows->getNumRows(); ++row)
    rows->getGolden(row, workspace);
  auto runner = options.byDefinition
                    ? createDefinitionRunner(campaign)
                    : createWindowRunner(campaign, options.window);
  int64_t total = options.numTrials ? options.numTrials : 1000;
  std::vector<TrialResult> results(total);
  for (int64_t i = 0; i < total; ++i)
    results[i].trial = sampler.getTrial(i);
  // The first window fills the pools.
  std::vector<TrialResult> first(results.begin(),
                                 results.begin() +
                                     std::min<int64_t>(options.window, total));
  runner->run(first);
  auto start = std::chrono::steady_clock::now();
  double threadStart = getThreadSeconds();
  runner->run(results);
  double threadSeconds = getThreadSeconds() - threadStart;
  double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  int64_t identical = count_if(results, [](const TrialResult &result) {
    return result.outcome == Outcome::Identical;
  });
  os << format("forward %.6f ms, trials %lld, seconds %.6f",
               1e3 * timeForward(), static_cast<long long>(total), seconds)
     << format(", of the thread %.6f, rate %.6g, identical %.4f\n",
               threadSeconds, double(total) / threadSeconds,
               double(identical) / double(total));
  return Error::success();
}

} // namespace

Error fulfil(CampaignRequest &request, mlir::MLIRContext &context,
             raw_ostream &os) {
  if (!request.merge.empty()) {
    if (!request.program.empty() || request.directory.empty())
      return makeError("--merge: expected --out and no program");
    if (Error error = mergeShards(request.merge, request.directory))
      return error;
    return reportResults(request.directory, os);
  }
  LoadedCampaign campaign(request, context, os);
  if (Error error = campaign.load())
    return error;
  if (request.replay)
    return campaign.replay(*request.replay);
  if (request.dryRun)
    return campaign.printSites();
  if (request.bench)
    return campaign.measure();
  return campaign.run();
}
