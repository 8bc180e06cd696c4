//===- edgebert-run.cpp - run a program in any form on arrays -------------===//

#include "EmulateArray.h"
#include "ReplayLog.h"

#include "edgebert/InitAll.h"
#include "edgebert/Machine/VectorReplay.h"
#include "edgebert/Pipelines/EarlyExit.h"
#include "edgebert/Pipelines/Generate.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;

static cl::OptionCategory category("edgebert-run options");
static cl::list<std::string>
    files(cl::Positional, cl::cat(category),
          cl::desc("<program: .mlir, .mlirbc, .onnx, or a directory of "
                   "edgebert-compile> (two with --diff)"));
static cl::opt<bool>
    diff("diff", cl::cat(category),
         cl::desc("Run two forms and compare them bit by bit"));
static cl::opt<std::string> inputs("inputs", cl::desc("Arrays to run on"),
                                   cl::value_desc("FILE.npz"),
                                   cl::cat(category));
static cl::list<std::string>
    bindings("bind",
             cl::desc("Array of an input, if not of the same name, or a "
                      "number"),
             cl::value_desc("INPUT=ARRAY"), cl::cat(category));
static cl::opt<std::string> outputs("outputs", cl::desc("Where results go"),
                                    cl::value_desc("FILE.npz|FILE.npy"),
                                    cl::cat(category));
static cl::opt<int64_t> limit("limit", cl::desc("Run at most N rows"),
                              cl::value_desc("N"), cl::init(-1),
                              cl::cat(category));
static cl::opt<std::string> device("device", cl::cat(category),
                                   cl::desc("host or sim (default: what the "
                                            "program needs)"));
static cl::opt<std::string> machine("machine", cl::init("asic"),
                                    cl::cat(category),
                                    cl::value_desc("asic|rtl|FILE.yaml"),
                                    cl::desc("Machine to simulate"));
static cl::opt<bool>
    printMachine("print-machine", cl::cat(category),
                 cl::desc("Print the machine as a YAML file that documents "
                          "every parameter, and do nothing else"));
static cl::opt<std::string> report("report", cl::value_desc("FILE.json"),
                                   cl::desc("Write the report as JSON"),
                                   cl::cat(category));
static cl::opt<bool> perOperation("per-op", cl::cat(category),
                                  cl::desc("Print the cost of each operation"));
static cl::opt<std::string> trace("trace", cl::value_desc("FILE.json"),
                                  cl::desc("Write the timeline for Perfetto"),
                                  cl::cat(category));
static cl::opt<std::string> entry("entry", cl::desc("Function to run"),
                                  cl::init("main"), cl::cat(category));
static cl::list<std::string>
    golden("golden", cl::desc("Compare an output with an input array"),
           cl::value_desc("OUTPUT:ARRAY"), cl::cat(category));
static cl::opt<double> tolerance("tolerance",
                                 cl::desc("Largest relative difference"),
                                 cl::init(1e-4), cl::cat(category));
static cl::opt<std::string>
    labels("labels", cl::value_desc("ARRAY"),
           cl::desc("Array of classes or next tokens, for accuracy "
                    "(default: labels, or targets)"),
           cl::cat(category));
static cl::opt<unsigned> timeRuns("time", cl::desc("Time N runs"),
                                  cl::value_desc("N"), cl::init(0),
                                  cl::cat(category));
static cl::opt<int> threads("host-threads",
                            cl::desc("Threads of matrix products"), cl::init(1),
                            cl::cat(category));
static cl::list<std::string>
    inputShapes("input-shape", cl::cat(category), cl::value_desc("name:d0,d1"),
                cl::desc("Shape of an ONNX input with dynamic dimensions"));

static cl::list<std::string>
    checkVectors("check-vectors", cl::cat(category),
                 cl::value_desc("FILE.json"),
                 cl::desc("Replay recorded operations on the machine (default "
                          "rtl) and compare; further files may follow"));

static cl::opt<std::string>
    logFile("log", cl::value_desc("FILE.eblog"), cl::cat(category),
            cl::desc("Record the register accesses of the command form "
                     "(edgebert-translate --disassemble prints them)"));
static cl::opt<bool>
    logMemory("log-memory", cl::cat(category),
              cl::desc("Also record what transfers read and write, so that the "
                       "log can be replayed"));
static cl::opt<std::string>
    replayFile("replay", cl::value_desc("FILE.eblog"), cl::cat(category),
               cl::desc("Replay a log on the machine (default: the log's own) "
                        "and compare; no program"));

static cl::opt<std::string>
    faultPlan("fault-plan", cl::value_desc("FILE.yaml"), cl::cat(category),
              cl::desc("Faults that strike an instrumented program "
                       "(edgebert-opt --fault-instrument; the file is "
                       "described in Numerics/FaultPlan.h)"));
static cl::opt<std::string>
    faultLog("fault-log", cl::value_desc("FILE.json"), cl::cat(category),
             cl::desc("Write what struck: site, field, bit, codes, values"));

static cl::opt<int64_t>
    generateCount("generate", cl::value_desc("N"), cl::init(0),
                  cl::cat(category),
                  cl::desc("Run a language model's step in a loop: continue "
                           "each prompt of --inputs by N tokens"));
static cl::opt<std::string>
    prefill("prefill", cl::cat(category), cl::value_desc("PROGRAM"),
            cl::desc("What reads the prompts of --generate (default: the "
                     "step, token by token)"));

static cl::opt<std::string> recordExits(
    "record-exits", cl::value_desc("FILE.npz"), cl::cat(category),
    cl::desc("Write the logits, the chip's entropy and the cycles of every "
             "early exit of every row"));
static cl::opt<std::string>
    sweepExits("sweep-exits", cl::value_desc("FILE.npz"), cl::cat(category),
               cl::desc("Evaluate early exit from what --record-exits wrote; "
                        "no program"));
static cl::list<double>
    exitThresholds("exit-threshold", cl::CommaSeparated, cl::value_desc("NATS"),
                   cl::cat(category),
                   cl::desc("Entropy at or below which a program compiled with "
                            "--early-exit leaves; several with --sweep-exits"));
static cl::opt<double> targetLatency(
    "target-latency-ms", cl::cat(category), cl::init(0), cl::value_desc("MS"),
    cl::desc("Deadline of --sweep-exits or of a program compiled with --dvfs: "
             "predict the exit after the first layer and slow down to it "
             "(thesis, algorithm 3)"));
static cl::opt<std::string>
    exitTable("exit-table", cl::value_desc("FILE.npz"), cl::cat(category),
              cl::desc("Recording from which exits are predicted by the "
                       "entropy after the first layer (--record-exits)"));
static cl::opt<double>
    exitQuantile("exit-quantile", cl::cat(category), cl::init(0.9),
                 cl::value_desc("Q"),
                 cl::desc("Part of rows that leave by the predicted exit"));
static cl::opt<unsigned>
    exitSteps("exit-steps", cl::cat(category), cl::init(1000),
              cl::value_desc("N"),
              cl::desc("Thresholds that --sweep-exits tries for the best"));

static cl::opt<std::string>
    emulateFormat("emulate", cl::value_desc("FORMAT"), cl::cat(category),
                  cl::desc("Round the float32 arrays of --inputs to a number "
                           "format, e.g. 'afp<8,3>', 'int<8,stochastic>', "
                           "bf16, and write --outputs and --codes; no "
                           "program"));
static cl::opt<std::string>
    codesFile("codes", cl::value_desc("FILE.npy|FILE.npz"), cl::cat(category),
              cl::desc("Where the codes of --emulate go"));
static cl::opt<std::string> blockRule(
    "blocks", cl::value_desc("RULE"), cl::init("tensor"), cl::cat(category),
    cl::desc("Which elements share the metadata of --emulate: tensor, axis=A, "
             "row, group=K (of a row) or blocks=AxBx..."));
static cl::opt<uint64_t> seed("seed", cl::value_desc("N"), cl::init(0),
                              cl::cat(category),
                              cl::desc("Seed of stochastic rounding"));

static int fail(Error error) {
  WithColor::error(errs(), "edgebert-run")
      << toString(std::move(error)) << '\n';
  return 1;
}

/// Replays golden vectors, from positional files too; the exit code.
static int replayVectors() {
  auto desc = edgebert::machine::Description::load(
      machine.getNumOccurrences() ? machine.getValue() : "rtl");
  if (!desc)
    return fail(desc.takeError());
  std::vector<std::string> paths = checkVectors;
  paths.insert(paths.end(), files.begin(), files.end());
  edgebert::machine::ReplayCounts total;
  for (const std::string &path : paths) {
    auto counts = edgebert::machine::replayVectors(*desc, path, outs());
    if (!counts)
      return fail(counts.takeError());
    if (paths.size() > 1)
      outs() << path << ": " << *counts << '\n';
    total += *counts;
  }
  outs() << total << '\n';
  return total.failed ? 1 : 0;
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "EdgeBERT program runner\n");
  if (printMachine) {
    auto desc = edgebert::machine::Description::load(machine);
    if (!desc)
      return fail(desc.takeError());
    desc->print(outs());
    return 0;
  }
  if (emulateFormat.getNumOccurrences()) {
    if (!files.empty())
      return fail(createStringError("--emulate: expected no program, got '" +
                                    files.front() + "'"));
    if (Error error = emulateArrays({emulateFormat, blockRule, seed, inputs,
                                     outputs, codesFile, timeRuns},
                                    outs()))
      return fail(std::move(error));
    return 0;
  }
  if (!checkVectors.empty())
    return replayVectors();
  if (!replayFile.empty()) {
    Expected<bool> same = replayLog(
        replayFile, machine.getNumOccurrences() ? machine.getValue() : "",
        outs());
    if (!same)
      return fail(same.takeError());
    return *same ? 0 : 1;
  }
  if (!sweepExits.empty()) {
    edgebert::ExitSweep sweep;
    sweep.recording = sweepExits;
    sweep.machine = machine;
    sweep.thresholds = exitThresholds;
    sweep.steps = exitSteps;
    if (targetLatency.getNumOccurrences())
      sweep.targetMilliseconds = targetLatency;
    sweep.quantile = exitQuantile;
    sweep.table = exitTable;
    sweep.report = report;
    if (Error error = edgebert::sweepExits(sweep, outs()))
      return fail(std::move(error));
    return 0;
  }
  if (files.size() != (diff ? 2u : 1u))
    return fail(
        createStringError(Twine("expected ") +
                          (diff ? "two programs with --diff" : "one program") +
                          ", got " + Twine(files.size())));
  if (diff && !logFile.empty())
    return fail(createStringError("--log: expected one program, got --diff"));
  if (generateCount.getNumOccurrences() &&
      (generateCount < 1 || diff || inputs.empty()))
    return fail(createStringError(
        "--generate: expected at least 1 token, one program and --inputs"));
  if (!prefill.empty() && generateCount < 1)
    return fail(createStringError("--prefill: expected --generate=N with it"));
  if (!device.empty() && device != "host" && device != "sim")
    return fail(createStringError("expected --device=host or --device=sim, got "
                                  "'" +
                                  device + "'"));

  edgebert::FormRun run;
  run.program = files[0];
  run.device = device;
  run.machine = machine;
  run.entry = entry;
  run.threads = threads;
  run.report = report;
  run.perOperation = perOperation;
  run.trace = trace;
  run.log = logFile;
  run.logMemory = logMemory;
  run.faultPlan = faultPlan;
  run.faultLog = faultLog;
  for (const std::string &shape : inputShapes)
    if (Error error = edgebert::onnx::parseInputShape(shape, run.import))
      return fail(std::move(error));
  run.request.inputs = inputs;
  run.request.bindings = bindings;
  if (exitThresholds.size() > 1)
    return fail(createStringError("--exit-threshold: expected one, got " +
                                  Twine(exitThresholds.size()) +
                                  "; several need --sweep-exits"));
  if (!exitThresholds.empty())
    run.exitThreshold = exitThresholds.front();
  if (targetLatency.getNumOccurrences())
    run.targetMilliseconds = targetLatency;
  if (!(exitQuantile > 0 && exitQuantile <= 1))
    return fail(createStringError(
        "--exit-quantile: expected more than 0 and at most 1, found " +
        Twine(std::to_string(exitQuantile))));
  run.exitTable = exitTable;
  run.exitQuantile = exitQuantile;
  run.request.outputs = outputs;
  if (limit >= 0)
    run.request.limit = limit;
  run.request.golden = golden;
  run.request.tolerance = tolerance;
  run.request.labels = labels;
  run.request.time = timeRuns;

  mlir::DialectRegistry registry;
  edgebert::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  // An error about a model must not bring the model with it.
  context.printOpOnDiagnostic(false);
  SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  if (!recordExits.empty()) {
    auto recording = edgebert::recordExits(run, context);
    if (!recording)
      return fail(recording.takeError());
    if (Error error = recording->write(recordExits))
      return fail(std::move(error));
    outs() << "recorded " << recording->rows << " rows of " << recording->exits
           << " exits in " << recordExits << '\n';
    return 0;
  }
  if (generateCount > 0) {
    edgebert::GenerateRequest request{run, prefill, generateCount};
    if (Error error = edgebert::generate(request, context, outs()))
      return fail(std::move(error));
    return 0;
  }
  if (!diff) {
    if (Error error = edgebert::runForm(run, context, outs()))
      return fail(std::move(error));
    return 0;
  }
  Expected<bool> identical =
      edgebert::diffForms(run, files[1], context, outs());
  if (!identical)
    return fail(identical.takeError());
  return *identical ? 0 : 1;
}
