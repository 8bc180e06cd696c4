//===- Program.cpp - compile IR for the host ------------------------------===//

#include "edgebert/Execution/Program.h"
#include "edgebert/Execution/ConstantBytes.h"
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

namespace {

/// Collects diagnostics as text while it lives.
class DiagnosticText {
public:
  DiagnosticText(MLIRContext *context)
      : handler(context, [this](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
            return failure();
          llvm::raw_string_ostream os(text);
          if (!text.empty())
            os << '\n';
          if (auto file =
                  diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
            os << file.getFilename().getValue() << ':' << file.getLine() << ':'
               << file.getColumn() << ": ";
          else if (auto name =
                       diagnostic.getLocation()->findInstanceOf<NameLoc>())
            os << name.getName().getValue() << ": ";
          os << diagnostic;
          return success();
        }) {}
  llvm::Error getError() const {
    return makeError(text.empty() ? "compilation failed" : text);
  }

private:
  std::string text;
  ScopedDiagnosticHandler handler;
};

} // namespace

/// The numpy type of elements of `type`, if there is one.
static std::optional<DType> getDType(Type type) {
  if (type.isF16())
    return DType::F16;
  if (type.isF32())
    return DType::F32;
  if (type.isF64())
    return DType::F64;
  if (type.isIndex())
    return DType::I64;
  bool isUnsigned = type.isUnsignedInteger();
  if (!type.isInteger())
    return std::nullopt;
  switch (type.getIntOrFloatBitWidth()) {
  case 1:
    return DType::Bool;
  case 8:
    return isUnsigned ? DType::U8 : DType::I8;
  case 16:
    return isUnsigned ? DType::U16 : DType::I16;
  case 32:
    return isUnsigned ? DType::U32 : DType::I32;
  case 64:
    return isUnsigned ? DType::U64 : DType::I64;
  default:
    return std::nullopt;
  }
}

llvm::Expected<Port> getPort(Type type, StringAttr name,
                             const llvm::Twine &fallback) {
  Port port;
  port.name = name ? name.str() : fallback.str();
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.hasStaticShape() ||
      !isa<RankedTensorType, MemRefType>(type) ||
      !getDType(shaped.getElementType())) {
    std::string found;
    llvm::raw_string_ostream(found) << type;
    return makeError("'" + port.name +
                     "' cannot be passed: expected a tensor of static shape "
                     "with elements that numpy knows, found " +
                     found);
  }
  port.dtype = *getDType(shaped.getElementType());
  port.shape.assign(shaped.getShape().begin(), shaped.getShape().end());
  return port;
}

Program::~Program() = default;

llvm::Error Program::readSignature(ModuleOp module, StringRef entry) {
  auto function = module.lookupSymbol<func::FuncOp>(entry);
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    Type type = function.getArgument(i).getType();
    if (auto value =
            function.getArgAttrOfType<ElementsAttr>(i, "edgebert.constant")) {
      Weight &weight = weights.emplace_back();
      auto shape = cast<ShapedType>(type).getShape();
      weight.shape.assign(shape.begin(), shape.end());
      auto bytes = getRowMajorBytes(value, weight.storage);
      if (!bytes)
        return bytes.takeError();
      weight.data = bytes->data();
      function.removeArgAttr(i, "edgebert.constant");
      continue;
    }
    llvm::Expected<Port> port =
        getPort(type, function.getArgAttrOfType<StringAttr>(i, "edgebert.name"),
                "arg" + llvm::Twine(i));
    if (!port)
      return port.takeError();
    inputs.push_back(std::move(*port));
  }
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    llvm::Expected<Port> port =
        getPort(function.getResultTypes()[i],
                function.getResultAttrOfType<StringAttr>(i, "edgebert.name"),
                "result" + llvm::Twine(i));
    if (!port)
      return port.takeError();
    outputs.push_back(std::move(*port));
  }
  return llvm::Error::success();
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

llvm::Error Program::compile(ModuleOp module, const ProgramOptions &options) {
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
  auto start = std::chrono::steady_clock::now();
  auto elapsed = [&] {
    auto now = std::chrono::steady_clock::now();
    double ms = std::chrono::duration<double, std::milli>(now - start).count();
    start = now;
    return ms;
  };
  MLIRContext *context = module.getContext();
  {
    DiagnosticText diagnostics(context);
    PassManager prepare(context);
    buildHostPreparePipeline(prepare, options.pipeline);
    if (failed(prepare.run(module)))
      return diagnostics.getError();
    eraseUnusedFunctions(module, entry);
    if (llvm::Error error = readSignature(module, entry))
      return error;
    if (llvm::Error error = checkBufferizable(module))
      return error;
    PassManager lower(context);
    buildHostPipeline(lower, options.pipeline);
    if (failed(lower.run(module)))
      return diagnostics.getError();
  }
  if (llvm::Error error = checkLowered(module))
    return error;
  auto lowered = module.lookupSymbol<LLVM::LLVMFuncOp>(entry);
  if (auto size = lowered->getAttrOfType<IntegerAttr>("edgebert.arena"))
    arenaSize = size.getInt();
  // Our attributes have done their work; LLVM IR has no place for them.
  lowered->removeAttr("edgebert.arena");
  times.lowering = elapsed();

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
  engine = std::move(*created);
  engine->registerSymbols([&](llvm::orc::MangleAndInterner interner) {
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
  auto found = engine->lookup(entry);
  if (!found)
    return found.takeError();
  entryPoint = reinterpret_cast<void (*)(const int64_t *)>(*found);
  times.codeGeneration = elapsed();
  arena.reset(new char[arenaSize + 64]);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Program>>
Program::load(ModuleOp module, const ProgramOptions &options) {
  DialectRegistry registry;
  registerExecutionDialects(registry);
  module.getContext()->appendDialectRegistry(registry);
  setNumThreads(options.threads);
  std::unique_ptr<Program> program(new Program());
  OwningOpRef<ModuleOp> copy(module.clone());
  if (llvm::Error error = program->compile(*copy, options))
    return std::move(error);
  return std::move(program);
}

} // namespace edgebert::execution
