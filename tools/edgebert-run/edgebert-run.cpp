//===- edgebert-run.cpp - run a program in any form on arrays -------------===//

#include "edgebert/Execution/RunRequest.h"
#include "edgebert/InitAll.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;
using namespace edgebert::execution;

static cl::opt<std::string> file(cl::Positional, cl::Required,
                                 cl::desc("FILE.mlir|FILE.mlirbc"));
static cl::opt<std::string> inputs("inputs", cl::desc("arrays to run on"),
                                   cl::value_desc("FILE.npz"));
static cl::opt<std::string> outputs("outputs", cl::desc("where results go"),
                                    cl::value_desc("FILE.npz|FILE.npy"));
static cl::opt<int64_t> limit("limit", cl::desc("run at most N rows"),
                              cl::value_desc("N"), cl::init(-1));
static cl::opt<std::string> entry("entry", cl::desc("function to run"),
                                  cl::init("main"));
static cl::list<std::string>
    golden("golden", cl::desc("compare an output with an input array"),
           cl::value_desc("OUTPUT:ARRAY"));
static cl::opt<double> tolerance("tolerance",
                                 cl::desc("largest relative difference"),
                                 cl::init(1e-4));
static cl::opt<std::string> labels("labels",
                                   cl::desc("array of classes, for accuracy"),
                                   cl::value_desc("ARRAY"));
static cl::opt<unsigned> timeRuns("time", cl::desc("time N runs"),
                                  cl::value_desc("N"), cl::init(0));
static cl::opt<int> threads("threads", cl::desc("threads of matrix products"),
                            cl::init(1));

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "EdgeBERT program runner\n");
  auto fail = [](Error error) {
    handleAllErrors(std::move(error), [](const ErrorInfoBase &info) {
      WithColor::error(errs(), "edgebert-run") << info.message() << '\n';
    });
    return 1;
  };
  mlir::DialectRegistry registry;
  edgebert::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(file, &context);
  if (!module)
    return 1;
  ProgramOptions options;
  options.pipeline.entry = entry;
  options.threads = threads;
  auto program = Program::load(*module, options);
  if (!program)
    return fail(program.takeError());
  RunRequest request;
  request.inputs = inputs;
  request.outputs = outputs;
  if (limit >= 0)
    request.limit = limit;
  request.golden = golden;
  request.tolerance = tolerance;
  request.labels = labels;
  request.time = timeRuns;
  if (Error error = fulfil(request, **program, outs()))
    return fail(std::move(error));
  return 0;
}
