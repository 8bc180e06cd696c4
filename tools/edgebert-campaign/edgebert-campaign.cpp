//===- edgebert-campaign.cpp - fault injection campaigns ------------------===//

#include "CampaignRequest.h"

#include "edgebert/InitAll.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;
using edgebert::campaign::Sampling;
using edgebert::fault::Kind;
using edgebert::numerics::FaultModel;

static cl::OptionCategory category("edgebert-campaign options");
static cl::opt<std::string>
    program(cl::Positional, cl::cat(category),
            cl::desc("<program: .mlir, .mlirbc, .onnx in the model or "
                     "compressed form, or a directory of edgebert-compile>"));
static cl::opt<std::string> inputs("inputs", cl::value_desc("FILE.npz"),
                                   cl::desc("Arrays to run on, row by row"),
                                   cl::cat(category));
static cl::list<std::string>
    bindings("bind", cl::value_desc("INPUT=ARRAY"), cl::cat(category),
             cl::desc("Array of an input, if not of the same name"));
static cl::opt<std::string>
    labels("labels", cl::value_desc("ARRAY"), cl::cat(category),
           cl::desc("Array of classes, for the loss (default: the golden "
                    "predictions)"));
static cl::opt<int64_t> limit("rows", cl::value_desc("N"), cl::init(0),
                              cl::cat(category),
                              cl::desc("Use the first N rows (default: all)"));
static cl::opt<std::string> entry("entry", cl::init("main"), cl::cat(category),
                                  cl::desc("Function to run"));
static cl::list<std::string>
    outputs("output", cl::value_desc("NAME"), cl::cat(category),
            cl::desc("Output that is judged (default: all; the first is that "
                     "of the predictions)"));
static cl::list<std::string>
    inputShapes("input-shape", cl::cat(category), cl::value_desc("name:d0,d1"),
                cl::desc("Shape of an ONNX input with dynamic dimensions"));
static cl::opt<std::string> out("out", cl::value_desc("DIRECTORY"),
                                cl::cat(category),
                                cl::desc("Where the campaign is kept; one that "
                                         "is there already is continued"));
static cl::opt<int64_t>
    trials("trials", cl::value_desc("N"), cl::init(0), cl::cat(category),
           cl::desc("Trials to run, those that are there included"));
static cl::opt<double>
    halfWidth("half-width", cl::value_desc("W"), cl::init(0), cl::cat(category),
              cl::desc("Stop when the 99 % interval of the failure rate is at "
                       "most +-W wide"));
static cl::opt<uint64_t> seed("seed", cl::init(1), cl::cat(category),
                              cl::desc("What all random choices depend on"));
static cl::list<Kind> kinds(
    "kinds", cl::CommaSeparated, cl::cat(category),
    cl::desc("What faults strike, in a program without sites (default: "
             "activation)"),
    cl::values(clEnumValN(Kind::Activation, "activation", "stored activations"),
               clEnumValN(Kind::Weight, "weight", "constants of kernels"),
               clEnumValN(Kind::Metadata, "metadata",
                          "exponent biases and scales"),
               clEnumValN(Kind::Mask, "mask", "constant masks")));
static cl::list<std::string>
    sitePatterns("sites", cl::CommaSeparated, cl::value_desc("GLOB"),
                 cl::cat(category),
                 cl::desc("Only sites whose name matches one of these"));
static cl::opt<Sampling> sampling(
    "sampling", cl::init(Sampling::Uniform), cl::cat(category),
    cl::desc("How faults are chosen"),
    cl::values(
        clEnumValN(Sampling::Uniform, "uniform",
                   "one, uniform over all bits (default)"),
        clEnumValN(Sampling::Layers, "layers",
                   "one, uniform over sites, then over their bits"),
        clEnumValN(Sampling::Stratified, "stratified",
                   "one, each site and bit in turn; weighted estimates"),
        clEnumValN(Sampling::Given, "given", "those of --faults in turn"),
        clEnumValN(Sampling::Poisson, "poisson",
                   "any number: each bit errs with --rate, over the time of "
                   "its layer with --times"),
        clEnumValN(Sampling::PoissonPerLayer, "poisson-per-layer",
                   "the same in one site after the other")));
static cl::opt<double> rate("rate", cl::init(0), cl::value_desc("LAMBDA"),
                            cl::cat(category),
                            cl::desc("Errors per bit and unit of time, of the "
                                     "poisson samplings"));
static cl::opt<std::string>
    times("times", cl::value_desc("FILE.csv"), cl::cat(category),
          cl::desc("Time of each site (lines NAME,TIME; default: 1 each)"));
static cl::opt<std::string>
    faults("faults", cl::value_desc("FILE.csv"), cl::cat(category),
           cl::desc("Faults of --sampling=given: lines SITE,ELEMENT,BIT or "
                    "SITE,ELEMENT,BIT,ROW; SITE is an id, or a number of "
                    "--dry-run with # before it"));
static cl::opt<FaultModel> model(
    "model", cl::init(FaultModel::Flip), cl::cat(category),
    cl::desc("What a fault does"),
    cl::values(clEnumValN(FaultModel::Flip, "flip", "flips bits (default)"),
               clEnumValN(FaultModel::StuckAt0, "stuck-at-0", "clears bits"),
               clEnumValN(FaultModel::StuckAt1, "stuck-at-1", "sets bits"),
               clEnumValN(FaultModel::Random, "random",
                          "replaces the word by a random one")));
static cl::opt<unsigned>
    numBits("bits", cl::init(1), cl::value_desc("N"), cl::cat(category),
            cl::desc("Neighbouring bits of one word that err together"));
static cl::list<double>
    range("range", cl::CommaSeparated, cl::value_desc("LOW,HIGH"),
          cl::cat(category),
          cl::desc("Numbers of --model=random (default: any code)"));
static cl::opt<std::string>
    shard("shard", cl::value_desc("I/N"), cl::init("0/1"), cl::cat(category),
          cl::desc("Run every N-th trial from the I-th on (from 0)"));
static cl::list<std::string>
    merge("merge", cl::CommaSeparated, cl::value_desc("DIRECTORIES"),
          cl::cat(category),
          cl::desc("Put the finished shards of a campaign together in --out; "
                   "no program"));
static cl::opt<int> threads("jobs", cl::init(1), cl::cat(category),
                            cl::value_desc("N"),
                            cl::desc("Threads; results do not depend on them"));
static cl::opt<int64_t>
    window("window", cl::init(256), cl::cat(category), cl::value_desc("N"),
           cl::desc("Trials that run together; results do not depend on it"));
static cl::opt<int64_t>
    rowBlock("row-block", cl::init(0), cl::cat(category), cl::value_desc("N"),
             cl::desc("Rows that are computed together (default: chosen)"));
static cl::opt<bool>
    byDefinition("by-definition", cl::cat(category),
                 cl::desc("Run each trial from the first operation on, as the "
                          "definition says; slow"));
static cl::opt<int64_t>
    replay("replay", cl::value_desc("TRIAL"), cl::init(-1), cl::cat(category),
           cl::desc("Run one trial alone, by definition, and compare it with "
                    "the log"));
static cl::opt<bool> dryRun("dry-run", cl::cat(category),
                            cl::desc("List the sites and the expected time"));
static cl::opt<bool>
    bench("bench", cl::cat(category),
          cl::desc("Measure forward passes and trials; keeps no results"));
static cl::opt<int64_t>
    cacheMegabytes("cache-mb", cl::init(4096), cl::cat(category),
                   cl::value_desc("MB"),
                   cl::desc("Memory for golden values of all rows"));

static int fail(Error error) {
  WithColor::error(errs(), "edgebert-campaign")
      << toString(std::move(error)) << '\n';
  return 1;
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "EdgeBERT fault campaigns\n");
  CampaignRequest request;
  request.program = program;
  request.inputs = inputs;
  request.bindings = bindings;
  request.labels = labels;
  request.rows = limit;
  request.entry = entry;
  request.outputs = outputs;
  request.directory = out;
  request.kinds.assign(kinds.begin(), kinds.end());
  request.sitePatterns = sitePatterns;
  request.times = times;
  request.faults = faults;
  request.shard = shard;
  request.merge = merge;
  request.rowBlock = rowBlock;
  request.cacheMegabytes = cacheMegabytes;
  if (replay.getNumOccurrences())
    request.replay = replay;
  request.dryRun = dryRun;
  request.bench = bench;
  edgebert::campaign::CampaignOptions &options = request.options;
  options.sampler.sampling = sampling;
  options.sampler.seed = seed;
  options.sampler.rate = rate;
  options.fault.model = model;
  options.fault.numBits = numBits;
  options.fault.seed = seed;
  request.range.assign(range.begin(), range.end());
  options.numTrials = trials;
  options.halfWidth = halfWidth;
  options.threads = threads;
  options.window = window;
  options.byDefinition = byDefinition;
  options.progress = &errs();
  options.isTerminal = errs().is_displayed();
  for (const std::string &shape : inputShapes)
    if (Error error = edgebert::onnx::parseInputShape(shape, request.import))
      return fail(std::move(error));

  mlir::DialectRegistry registry;
  edgebert::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  // An error about a model must not bring the model with it.
  context.printOpOnDiagnostic(false);
  SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  if (Error error = fulfil(request, context, outs()))
    return fail(std::move(error));
  return 0;
}
