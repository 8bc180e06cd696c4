//===- SegmentedProgram.cpp - a program compiled in segments --------------===//

#include "edgebert/Campaign/SegmentedProgram.h"
#include "edgebert/Campaign/Products.h"
#include "edgebert/Campaign/RowVariants.h"
#include "edgebert/Dialect/Mask/Transforms/Passes.h"
#include "edgebert/Dialect/NumFmt/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"
#include <cstring>

using namespace mlir;
using namespace edgebert::execution;

namespace edgebert::campaign {

Buffer::Buffer(int64_t size) {
  memory.reset(new char[size + 64]);
  data = reinterpret_cast<char *>(
      llvm::alignTo(reinterpret_cast<uintptr_t>(memory.get()), 64));
}

SegmentedProgram::~SegmentedProgram() {
  if (!graph)
    return;
  for (auto [value, data] : llvm::zip(graph->values, constants))
    if (data)
      forgetConstant(data);
}

llvm::Expected<std::unique_ptr<SegmentedProgram>>
SegmentedProgram::load(ModuleOp module,
                       const SegmentedProgramOptions &options) {
  DialectRegistry registry;
  registerExecutionDialects(registry);
  module.getContext()->appendDialectRegistry(registry);
  OwningOpRef<ModuleOp> copy(module.clone());

  ProgramOptions program;
  program.pipeline.entry = options.entry;
  program.pipeline.keepSites = true;
  program.pipeline.beforeBufferization = [](OpPassManager &pm) {
    pm.addPass(mask::createConvertMaskToLinalg());
    pm.addPass(numfmt::createConvertNumFmtToLinalg());
  };
  program.symbols.push_back(
      {"edgebert_rt_gemm_f32", reinterpret_cast<void *>(&multiplyStrided)});
  if (llvm::Error error = prepareHostCode(*copy, program))
    return std::move(error);

  std::unique_ptr<SegmentedProgram> result(new SegmentedProgram());
  auto graph = splitAtSites(*copy, options.entry, options.outputs);
  if (!graph)
    return graph.takeError();
  result->graph = std::move(*graph);
  std::string text;
  llvm::raw_string_ostream os(text);
  copy->print(os);
  result->hash = llvm::xxh3_64bits(text);
  for (const Value &value : result->graph->values)
    if (value.weight)
      result->hash = numerics::randomWord(
          result->hash, 0,
          llvm::xxh3_64bits(llvm::StringRef(value.weight, value.numBytes)));
  if (options.variantRows > 0)
    addRowVariants(*copy, *result->graph, options.variantRows);

  // One entry per segment, then the variants.
  std::vector<std::string> entries;
  std::vector<SmallVector<SmallVector<int64_t>>> shapes;
  auto addEntry = [&](StringRef name) {
    entries.push_back(name.str());
    auto function = copy->lookupSymbol<func::FuncOp>(name);
    auto &list = shapes.emplace_back();
    for (Type type : llvm::concat<const Type>(function.getArgumentTypes(),
                                              function.getResultTypes()))
      list.emplace_back(cast<ShapedType>(type).getShape());
  };
  for (const Segment &segment : result->graph->segments)
    addEntry(segment.function);
  for (const Segment &segment : result->graph->segments) {
    result->variantEntries.push_back(segment.variant ? entries.size() : -1);
    if (segment.variant)
      addEntry(segment.variant->function);
  }
  program.pipeline.beforeBufferization = nullptr;
  auto code = HostCode::compile(*copy, entries, program);
  if (!code)
    return code.takeError();
  result->code = std::move(*code);

  for (size_t i = 0; i < entries.size(); ++i) {
    int64_t arenaSize = result->code->getEntry(i).arenaSize;
    result->arenaSize = std::max(result->arenaSize, arenaSize);
    std::vector<int64_t> &words = result->tables.emplace_back();
    std::vector<int> &positions = result->pointerPositions.emplace_back();
    for (ArrayRef<int64_t> shape : shapes[i]) {
      positions.push_back(words.size());
      appendMemRef(words, nullptr, shape);
    }
    positions.push_back(words.size());
    appendMemRef(words, nullptr, {arenaSize});
  }

  // Constants, once.
  SegmentGraph &values = *result->graph;
  result->constants.resize(values.values.size());
  for (auto [value, data] : llvm::zip(values.values, result->constants))
    data = value.weight;
  Workspace workspace = result->createWorkspace();
  for (auto [number, segment] : llvm::enumerate(values.segments)) {
    if (!segment.isConstant)
      continue;
    SmallVector<const char *> inputs;
    SmallVector<char *> outputs;
    for (int input : segment.inputs)
      inputs.push_back(result->constants[input]);
    for (int output : segment.outputs) {
      Buffer &buffer =
          result->constantBuffers.emplace_back(values.values[output].numBytes);
      outputs.push_back(buffer.get());
      result->constants[output] = buffer.get();
    }
    result->run(number, inputs, outputs, workspace);
  }
  for (auto [value, data] : llvm::zip(values.values, result->constants))
    if (data)
      registerConstant(data, value.numBytes);
  return std::move(result);
}

Workspace SegmentedProgram::createWorkspace() const {
  Workspace workspace;
  workspace.arena = Buffer(arenaSize);
  workspace.words = tables;
  for (auto [words, positions] : llvm::zip(workspace.words, pointerPositions))
    words[positions.back()] = words[positions.back() + 1] =
        reinterpret_cast<intptr_t>(workspace.arena.get());
  return workspace;
}

void SegmentedProgram::call(size_t entry, ArrayRef<const char *> inputs,
                            ArrayRef<char *> outputs,
                            Workspace &workspace) const {
  int64_t *words = workspace.words[entry].data();
  const int *position = pointerPositions[entry].data();
  auto set = [&](const char *data) {
    words[*position] = words[*position + 1] = reinterpret_cast<intptr_t>(data);
    ++position;
  };
  for (const char *data : inputs)
    set(data);
  for (const char *data : outputs)
    set(data);
  code->getEntry(entry).run(words);
}

void SegmentedProgram::run(int number, ArrayRef<const char *> inputs,
                           ArrayRef<char *> outputs,
                           Workspace &workspace) const {
  call(number, inputs, outputs, workspace);
}

void SegmentedProgram::runVariant(int number, ArrayRef<const char *> inputs,
                                  ArrayRef<char *> outputs,
                                  Workspace &workspace) const {
  call(variantEntries[number], inputs, outputs, workspace);
}

GoldenRun SegmentedProgram::runGolden(ArrayRef<const char *> inputs,
                                      Workspace &workspace) const {
  GoldenRun golden;
  golden.values.resize(graph->values.size());
  for (auto [value, buffer] : llvm::zip(graph->values, golden.values))
    if (!value.isConstant)
      buffer = Buffer(value.numBytes);
  for (auto [value, data] : llvm::zip_equal(graph->inputValues, inputs))
    std::memcpy(golden.values[value].get(), data,
                graph->values[value].numBytes);
  SmallVector<const char *> from;
  SmallVector<char *> to;
  for (auto [number, segment] : llvm::enumerate(graph->segments)) {
    if (segment.isConstant)
      continue;
    from.clear();
    to.clear();
    for (int input : segment.inputs)
      from.push_back(getGolden(golden, input));
    for (int output : segment.outputs)
      to.push_back(golden.values[output].get());
    run(number, from, to, workspace);
  }
  return golden;
}

} // namespace edgebert::campaign
