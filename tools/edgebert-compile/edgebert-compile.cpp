//===- edgebert-compile.cpp - model and calibration data to any form ------===//

#include "edgebert/InitAll.h"
#include "edgebert/Machine/Description.h"
#include "edgebert/Pipelines/Compile.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/LogicalResult.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

namespace cl = llvm::cl;
using edgebert::accel::Form;
using edgebert::accel::ScheduleStrategy;

static cl::OptionCategory category("edgebert-compile options");
static cl::opt<std::string> input(cl::Positional, cl::Required,
                                  cl::desc("<model.onnx | module.mlir>"),
                                  cl::cat(category));
static cl::opt<std::string> output("o", cl::Required,
                                   cl::desc("Directory for the results"),
                                   cl::value_desc("directory"),
                                   cl::cat(category));
static cl::list<Form> emit(
    "emit", cl::CommaSeparated, cl::cat(category),
    cl::desc("Forms to write (default: the input's and all after it)"),
    cl::values(clEnumValN(Form::Model, "model", "f32 linalg"),
               clEnumValN(Form::Compressed, "compressed",
                          "with number formats"),
               clEnumValN(Form::Accelerator, "accelerator",
                          "with whole operations of the chip"),
               clEnumValN(Form::Scheduled, "scheduled",
                          "with tiles, places and transfers"),
               clEnumValN(Form::Command, "command", "with register writes")));
static cl::opt<std::string>
    calibrate("calibrate", cl::cat(category), cl::value_desc("file"),
              cl::desc("Calibration data (.npz with the model's inputs) or a "
                       "calibration made before (.json)"));
static cl::opt<int64_t>
    rows("calibration-rows", cl::init(64), cl::cat(category),
         cl::desc("Use only this many rows of the data (0: all)"));
static cl::list<std::string>
    inputShapes("input-shape", cl::cat(category), cl::value_desc("name:d0,d1"),
                cl::desc("Shape of an ONNX input with dynamic dimensions"));
static cl::opt<std::string> compress(
    "compress", cl::cat(category), cl::value_desc("passes"),
    cl::desc("Compression passes to run on the weights first, e.g. "
             "'mask-prune{sparsity=0.5},numfmt-quantize-weights{format=!numfmt."
             "int<4>}' (edgebert-opt --help lists their options)"));
static cl::opt<std::string> format("format", cl::init("!numfmt.afp<8,3>"),
                                   cl::cat(category),
                                   cl::desc("Number format, as a type"));
static cl::opt<std::string> strategy("strategy", cl::init("min-max"),
                                     cl::cat(category),
                                     cl::desc("How ranges become metadata"));
static cl::opt<std::string> machine("machine", cl::init("asic"),
                                    cl::cat(category),
                                    cl::value_desc("asic|rtl|FILE.yaml"),
                                    cl::desc("Machine to compile for"));
static cl::opt<bool>
    tabulate("tabulate", cl::init(true), cl::cat(category),
             cl::desc("Look up element-wise functions of codes in tables"));
static cl::opt<bool>
    earlyExit("early-exit", cl::cat(category),
              cl::desc("Stop at the first of a model's stacked exits whose "
                       "entropy is at most the new input exit_threshold"));
static cl::list<std::string>
    faultSites("fault-sites", cl::CommaSeparated, cl::value_desc("KIND,..."),
               cl::cat(category),
               cl::desc("Mark where faults can strike (edgebert-run "
                        "--fault-plan): activation, weight, metadata, mask"));
static cl::opt<std::string> attentionSpans(
    "attention-spans", cl::cat(category), cl::value_desc("spans.json"),
    cl::desc("Limit attention to a distance per layer and head; 0 turns a "
             "head off"));
static cl::opt<bool> dvfs(
    "dvfs", cl::cat(category),
    cl::desc("With --early-exit: predict the exit after the first one, and "
             "lower voltage and frequency to the new input "
             "target_latency"));
static cl::opt<bool>
    envmEmbeddings("envm-embeddings", cl::cat(category),
                   cl::desc("Store embedding tables in the machine's eNVM: "
                            "envm.bin and envm.json"));
static cl::opt<ScheduleStrategy>
    schedule("schedule", cl::init(ScheduleStrategy::Best), cl::cat(category),
             cl::desc("How operations are cut and joined"),
             edgebert::accel::getScheduleStrategies());
static cl::opt<std::string> entry("entry", cl::init("main"), cl::cat(category),
                                  cl::desc("The function to compile"));
static cl::opt<unsigned> threads("host-threads", cl::init(1), cl::cat(category),
                                 cl::desc("Threads of the calibration run"));
static cl::opt<bool> bytecode("bytecode", cl::cat(category),
                              cl::desc("Write bytecode instead of text"));

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "EdgeBERT compiler\n");

  edgebert::CompileRequest request;
  for (const std::string &shape : inputShapes)
    if (llvm::Error error =
            edgebert::onnx::parseInputShape(shape, request.import)) {
      llvm::errs() << "edgebert-compile: --input-shape=" << shape << ": "
                   << llvm::toString(std::move(error)) << "\n";
      return 1;
    }
  // Known to be wrong before any work is done.
  if (auto desc = edgebert::machine::Description::load(machine); !desc) {
    llvm::errs() << "edgebert-compile: " << llvm::toString(desc.takeError())
                 << "\n";
    return 1;
  }
  request.input = input;
  request.outputDirectory = output;
  request.emit.assign(emit.begin(), emit.end());
  request.calibrate = calibrate;
  request.calibrationRows = rows;
  request.threads = threads;
  request.entry = entry;
  request.compress = compress;
  request.format = format;
  request.strategy = strategy;
  request.machine = machine;
  request.schedule = schedule;
  request.tabulate = tabulate;
  request.faultSites = faultSites;
  if (dvfs && !earlyExit) {
    llvm::errs() << "edgebert-compile: --dvfs: expected --early-exit with it\n";
    return 1;
  }
  request.earlyExit = earlyExit;
  request.dvfs = dvfs;
  request.attentionSpans = attentionSpans;
  request.envmEmbeddings = envmEmbeddings;
  request.bytecode = bytecode;

  edgebert::registerEdgeBERTPipelinesPasses();
  mlir::DialectRegistry registry;
  edgebert::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  // An error about a model must not bring the model with it.
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  return mlir::failed(edgebert::compile(request, context, llvm::outs()));
}
