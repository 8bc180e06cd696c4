//===- HostCode.cpp - compile functions for the host ----------------------===//

#include "edgebert/Execution/HostCode.h"
#include "DiagnosticText.h"
#include "edgebert/Execution/Passes.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include <chrono>
#include <mutex>

using namespace mlir;

namespace edgebert::execution {

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// A target machine for this host with everything it can do.
static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(unsigned optLevel) {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  builder->setCodeGenOptLevel(
      static_cast<llvm::CodeGenOptLevel>(std::min(optLevel, 2u)));
  // a*b+c rounds twice everywhere, unless the IR says fma.
  builder->getOptions().AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return builder->createTargetMachine();
}

/// LLVM's pipeline without unrolling: our loops are vectorised already, and
/// unrolled windows of convolutions take seconds to compile.
static llvm::Error optimize(llvm::Module &module, llvm::TargetMachine *machine,
                            unsigned level) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false;
  tuning.LoopVectorization = true;
  tuning.LoopInterleaving = false;
  tuning.SLPVectorization = false;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  llvm::OptimizationLevel levels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
      llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
  llvm::ModulePassManager passes =
      level == 0
          ? builder.buildO0DefaultPipeline(levels[0])
          : builder.buildPerModuleDefaultPipeline(levels[std::min(level, 3u)]);
  passes.run(module, modules);
  return llvm::Error::success();
}

static llvm::Error makeCannotExecute(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "'" << op->getName() << "' cannot be executed on the host";
  if (auto file = op->getLoc()->findInstanceOf<FileLineColLoc>())
    os << " (" << file.getFilename().getValue() << ':' << file.getLine() << ')';
  return makeError(text);
}

/// Upstream's bufferization does not name the operation that it cannot handle.
static llvm::Error checkBufferizable(ModuleOp module) {
  auto isTensor = [](Type type) { return isa<TensorType>(type); };
  Operation *problem = nullptr;
  module.walk([&](Operation *op) {
    if (isa<bufferization::BufferizableOpInterface>(op) ||
        isa_and_nonnull<linalg::LinalgDialect>(op->getDialect()) ||
        OpTrait::hasElementwiseMappableTraits(op) ||
        (llvm::none_of(op->getOperandTypes(), isTensor) &&
         llvm::none_of(op->getResultTypes(), isTensor)))
      return WalkResult::advance();
    problem = op;
    return WalkResult::interrupt();
  });
  return problem ? makeCannotExecute(problem) : llvm::Error::success();
}

/// After lowering, everything must be LLVM.
static llvm::Error checkLowered(ModuleOp module) {
  Operation *problem = nullptr;
  module.walk([&](Operation *op) {
    if (op == module.getOperation() ||
        isa_and_nonnull<LLVM::LLVMDialect>(op->getDialect()))
      return WalkResult::advance();
    problem = op;
    return WalkResult::interrupt();
  });
  return problem ? makeCannotExecute(problem) : llvm::Error::success();
}

/// Removes functions that the entry does not use; an unused function must not
/// make a program fail.
static void eraseUnusedFunctions(ModuleOp module, StringRef entry) {
  bool changed = true;
  while (changed) {
    changed = false;
    for (auto function :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (function.getName() != entry &&
          SymbolTable::symbolKnownUseEmpty(function, module)) {
        function.erase();
        changed = true;
      }
  }
}

llvm::Error prepareHostCode(ModuleOp module, const ProgramOptions &options) {
  StringRef entry = options.pipeline.entry;
  auto function = module.lookupSymbol<func::FuncOp>(entry);
  if (!function || function.isExternal()) {
    std::string names;
    for (auto other : module.getOps<func::FuncOp>())
      if (!other.isExternal())
        names += (names.empty() ? "" : ", ") + other.getName().str();
    return makeError("expected a function '" + entry + "' with a body, found " +
                     (names.empty() ? "none" : names));
  }
  DiagnosticText diagnostics(module.getContext());
  PassManager prepare(module.getContext());
  buildHostPreparePipeline(prepare, options.pipeline);
  if (failed(prepare.run(module)))
    return diagnostics.getError();
  eraseUnusedFunctions(module, entry);
  return llvm::Error::success();
}

HostCode::~HostCode() = default;

llvm::Expected<std::unique_ptr<HostCode>>
HostCode::compile(ModuleOp module, ArrayRef<std::string> entries,
                  const ProgramOptions &options) {
  auto start = std::chrono::steady_clock::now();
  auto elapsed = [&] {
    auto now = std::chrono::steady_clock::now();
    double ms = std::chrono::duration<double, std::milli>(now - start).count();
    start = now;
    return ms;
  };
  std::unique_ptr<HostCode> result(new HostCode());
  if (llvm::Error error = checkBufferizable(module))
    return std::move(error);
  {
    DiagnosticText diagnostics(module.getContext());
    HostPipelineOptions pipeline = options.pipeline;
    pipeline.entry = entries.front();
    pipeline.furtherEntries = entries.drop_front().vec();
    PassManager lower(module.getContext());
    buildHostPipeline(lower, pipeline);
    if (failed(lower.run(module)))
      return diagnostics.getError();
  }
  if (llvm::Error error = checkLowered(module))
    return std::move(error);
  SymbolTable symbols(module);
  for (const std::string &name : entries) {
    auto lowered = symbols.lookup<LLVM::LLVMFuncOp>(name);
    Entry &entry = result->entries.emplace_back();
    if (auto size = lowered->getAttrOfType<IntegerAttr>("edgebert.arena"))
      entry.arenaSize = size.getInt();
    // Our attributes have done their work; LLVM IR has no place for them.
    lowered->removeAttr("edgebert.arena");
  }
  result->times.lowering = elapsed();

  auto machine = createTargetMachine(options.optLevel);
  if (!machine)
    return machine.takeError();
  auto transformer = [target = machine->get(),
                      level = options.optLevel](llvm::Module *llvmModule) {
    return optimize(*llvmModule, target, level);
  };
  ExecutionEngineOptions engineOptions;
  engineOptions.transformer = transformer;
  engineOptions.jitCodeGenOptLevel =
      static_cast<llvm::CodeGenOptLevel>(std::min(options.optLevel, 2u));
  engineOptions.enableGDBNotificationListener = false;
  engineOptions.enablePerfNotificationListener = false;
  auto created =
      ExecutionEngine::create(module, engineOptions, std::move(*machine));
  if (!created)
    return created.takeError();
  result->engine = std::move(*created);
  result->engine->registerSymbols([&](llvm::orc::MangleAndInterner interner) {
    llvm::orc::SymbolMap map;
    auto add = [&](const RuntimeSymbol &symbol) {
      map[interner(symbol.name)] = {
          llvm::orc::ExecutorAddr::fromPtr(symbol.address),
          llvm::JITSymbolFlags::Exported};
    };
    llvm::for_each(getRuntimeSymbols(), add);
    llvm::for_each(options.symbols, add);
    return map;
  });
  for (auto [name, entry] : llvm::zip_equal(entries, result->entries)) {
    auto found = result->engine->lookup(name);
    if (!found)
      return found.takeError();
    entry.run = reinterpret_cast<EntryPoint>(*found);
  }
  result->times.codeGeneration = elapsed();
  return std::move(result);
}

void appendMemRef(std::vector<int64_t> &words, const void *data,
                  llvm::ArrayRef<int64_t> shape) {
  words.insert(words.end(), {int64_t(reinterpret_cast<intptr_t>(data)),
                             int64_t(reinterpret_cast<intptr_t>(data)), 0});
  words.insert(words.end(), shape.begin(), shape.end());
  size_t first = words.size();
  words.resize(first + shape.size(), 1);
  for (int64_t d = static_cast<int64_t>(shape.size()) - 2; d >= 0; --d)
    words[first + d] = words[first + d + 1] * shape[d + 1];
}

} // namespace edgebert::execution
