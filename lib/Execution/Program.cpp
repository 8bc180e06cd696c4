//===- Program.cpp - compile IR for the host ------------------------------===//

#include "edgebert/Execution/Program.h"
#include "edgebert/Dialect/Fault/IR/Fault.h"
#include "edgebert/Execution/ConstantBytes.h"
#include "edgebert/Execution/Passes.h"
#include <chrono>

using namespace mlir;

namespace edgebert::execution {

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

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
      // A fault may change the weight; the module keeps its own.
      if (llvm::any_of(function.getArgument(i).getUsers(),
                       llvm::IsaPred<fault::SiteOp>) &&
          weight.storage.empty())
        weight.storage.assign(bytes->begin(), bytes->end());
      weight.data =
          weight.storage.empty() ? bytes->data() : weight.storage.data();
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

llvm::Error Program::compile(ModuleOp module, const ProgramOptions &options) {
  StringRef entry = options.pipeline.entry;
  auto start = std::chrono::steady_clock::now();
  if (llvm::Error error = prepareHostCode(module, options))
    return error;
  if (llvm::Error error = readSignature(module, entry))
    return error;
  std::chrono::duration<double, std::milli> prepared =
      std::chrono::steady_clock::now() - start;
  llvm::Expected<std::unique_ptr<HostCode>> compiled =
      HostCode::compile(module, {entry.str()}, options);
  if (!compiled)
    return compiled.takeError();
  code = std::move(*compiled);
  times = code->getTimes();
  times.lowering += prepared.count();
  arena.reset(new char[getArenaSize() + 64]);
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
