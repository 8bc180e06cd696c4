//===- RecordExits.cpp - what every exit of every row says and costs ------===//

#include "LoadedForm.h"

#include "edgebert/Analysis/Kernels.h"
#include "edgebert/Dialect/EdgeBERT/Transforms/StackedExits.h"
#include "edgebert/Pipelines/Compile.h"
#include "edgebert/Pipelines/EarlyExit.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::execution;

//===----------------------------------------------------------------------===//
// Which operations an exit needs
//===----------------------------------------------------------------------===//

/// Operation name -> the first exit that needs it.
using FirstExits = llvm::StringMap<int64_t>;

static llvm::Expected<FirstExits> findFirstExits(const FormRun &run,
                                                 StringRef program,
                                                 MLIRContext &context,
                                                 int64_t &exits) {
  SmallString<128> directory(llvm::sys::path::parent_path(program));
  std::string path;
  for (bool bytecode : {false, true}) {
    path = getFormPath(directory, accel::Form::Model, bytecode);
    if (llvm::sys::fs::exists(path))
      break;
  }
  if (!llvm::sys::fs::exists(path))
    return llvm::createStringError(
        "--record-exits: expected model.mlir beside " + program +
        ", which says what each exit needs; edgebert-compile makes it");
  OwningOpRef<ModuleOp> module = loadModule(path, run.import, context);
  if (!module)
    return llvm::createStringError("cannot load " + path);
  auto entry = module->lookupSymbol<func::FuncOp>(run.entry);
  if (!entry || entry.isExternal())
    return llvm::createStringError(path + ": expected a function '" +
                                   run.entry + "'");
  auto stacked = accel::findStackedExits(entry);
  if (failed(stacked))
    return llvm::createStringError(
        path + ": expected an output that stacks the logits of two or more "
               "exits (tensor.insert_slice), found none");
  FirstExits first;
  exits = stacked->rows.size();
  for (int64_t exit = 0; exit < exits; ++exit)
    for (Operation *op : accel::getDependences(stacked->rows[exit]))
      op->walk([&](Operation *nested) {
        first.try_emplace(analysis::getLocationName(nested->getLoc()), exit);
      });
  return first;
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

/// [exits, classes] of f32.
static const Array *findExitLogits(ArrayRef<NamedArray> outputs,
                                   int64_t exits) {
  for (const NamedArray &output : outputs)
    if (output.array.dtype == DType::F32 && output.array.shape.size() >= 2 &&
        output.array.shape.back() > 0 &&
        output.array.getNumElements() == exits * output.array.shape.back())
      return &output.array;
  return nullptr;
}

llvm::Expected<ExitRecording> edgebert::recordExits(const FormRun &run,
                                                    MLIRContext &context) {
  llvm::Expected<LoadedForm> loaded = loadForm(run, context, false);
  if (!loaded)
    return loaded.takeError();
  if (loaded->form < accel::Form::Scheduled)
    return llvm::createStringError(
        "--record-exits: " + loaded->path + " is in the " +
        accel::stringifyForm(loaded->form).str() +
        " form, which has no time; expected the scheduled or command form");
  ExitRecording recording;
  auto first = findFirstExits(run, loaded->path, context, recording.exits);
  if (!first)
    return first.takeError();
  Program &program = loaded->program->getProgram();
  machine::Machine &chip = loaded->program->getMachine();
  auto arrays =
      readInputs(run.request.inputs, program.getInputs(), run.request.bindings);
  if (!arrays)
    return arrays.takeError();
  llvm::Expected<int64_t> rows = program.getNumRows(*arrays);
  if (!rows)
    return rows.takeError();
  recording.rows =
      run.request.limit ? std::min(*rows, *run.request.limit) : *rows;
  EntropyUnit unit(chip.description());
  for (int64_t row = 0; row < recording.rows; ++row) {
    chip.clearStats();
    auto outputs = loaded->program->run(program.getRow(*arrays, row));
    if (!outputs)
      return outputs.takeError();
    chip.drain();
    const Array *logits = findExitLogits(*outputs, recording.exits);
    if (!logits)
      return llvm::createStringError("--record-exits: expected an output of " +
                                     llvm::Twine(recording.exits) +
                                     " exits by classes of float32");
    recording.classes = logits->shape.back();
    std::vector<int64_t> cycles(recording.exits), busy(recording.exits);
    for (const machine::Machine::Operation &operation : chip.operations()) {
      // What no exit needs (stacking them) all of them pay.
      auto found = first->find(operation.name);
      int64_t exit = found == first->end() ? 0 : found->second;
      cycles[exit] += operation.stats.totalCycles();
      busy[exit] += getBusyCycles(operation.stats);
    }
    int64_t total = 0, totalBusy = 0;
    for (int64_t exit = 0; exit < recording.exits; ++exit) {
      ArrayRef<float> values = logits->as<float>().slice(
          exit * recording.classes, recording.classes);
      llvm::Expected<EntropyUnit::Result> entropy = unit.run(values, 0);
      if (!entropy)
        return entropy.takeError();
      total += cycles[exit] + entropy->stats.totalCycles();
      totalBusy += busy[exit] + getBusyCycles(entropy->stats);
      llvm::append_range(recording.logits, values);
      recording.entropies.push_back(entropy->entropy.entropy);
      recording.cycles.push_back(total);
      recording.busy.push_back(totalBusy);
    }
  }
  llvm::Expected<NpzReader> file = NpzReader::open(run.request.inputs);
  if (!file)
    return file.takeError();
  std::string name = run.request.labels.empty() ? "labels" : run.request.labels;
  if (file->contains(name)) {
    llvm::Expected<Array> labels = file->read(name);
    if (!labels)
      return labels.takeError();
    if (labels->getNumElements() >= recording.rows)
      for (int64_t row = 0; row < recording.rows; ++row)
        recording.labels.push_back(int64_t(labels->getAsDouble(row)));
  }
  return recording;
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

int64_t ExitRecording::predict(int64_t row, int64_t exit) const {
  const float *scores = &logits[(row * exits + exit) * classes];
  return std::max_element(scores, scores + classes) - scores;
}

llvm::Error ExitRecording::write(StringRef path) const {
  std::vector<NamedArray> arrays;
  arrays.push_back({"exit_logits", Array::of(DType::F32, {rows, exits, classes},
                                             ArrayRef(logits))});
  arrays.push_back({"exit_entropies",
                    Array::of(DType::I16, {rows, exits}, ArrayRef(entropies))});
  arrays.push_back(
      {"exit_cycles", Array::of(DType::I64, {rows, exits}, ArrayRef(cycles))});
  arrays.push_back(
      {"exit_busy", Array::of(DType::I64, {rows, exits}, ArrayRef(busy))});
  if (!labels.empty())
    arrays.push_back(
        {"labels", Array::of(DType::I64, {rows}, ArrayRef(labels))});
  return writeNpz(path, arrays);
}

template <typename T>
static llvm::Error readArray(const NpzReader &file, StringRef name, DType dtype,
                             ArrayRef<int64_t> shape, std::vector<T> &values) {
  llvm::Expected<Array> array = file.read(name, dtype, shape);
  if (!array)
    return array.takeError();
  values.assign(array->as<T>().begin(), array->as<T>().end());
  return llvm::Error::success();
}

llvm::Expected<ExitRecording> ExitRecording::read(StringRef path) {
  llvm::Expected<NpzReader> file = NpzReader::open(path);
  if (!file)
    return file.takeError();
  llvm::Expected<Array> logits = file->read("exit_logits");
  if (!logits)
    return logits.takeError();
  if (logits->dtype != DType::F32 || logits->shape.size() != 3 ||
      logits->getNumElements() == 0)
    return llvm::createStringError(
        path +
        ": expected 'exit_logits' to be float32[rows, exits, classes] "
        "and not empty, found " +
        logits->describe());
  ExitRecording recording;
  recording.rows = logits->shape[0];
  recording.exits = logits->shape[1];
  recording.classes = logits->shape[2];
  recording.logits.assign(logits->as<float>().begin(),
                          logits->as<float>().end());
  int64_t shape[] = {recording.rows, recording.exits};
  if (llvm::Error error = readArray(*file, "exit_entropies", DType::I16, shape,
                                    recording.entropies))
    return std::move(error);
  if (llvm::Error error =
          readArray(*file, "exit_cycles", DType::I64, shape, recording.cycles))
    return std::move(error);
  if (llvm::Error error =
          readArray(*file, "exit_busy", DType::I64, shape, recording.busy))
    return std::move(error);
  if (file->contains("labels"))
    if (llvm::Error error = readArray(*file, "labels", DType::I64,
                                      {recording.rows}, recording.labels))
      return std::move(error);
  for (int64_t i = 0; i < recording.rows * recording.exits; ++i) {
    bool starts = i % recording.exits == 0;
    int64_t before = starts ? 0 : recording.cycles[i - 1];
    int64_t busyBefore = starts ? 0 : recording.busy[i - 1];
    if (recording.cycles[i] < before || recording.busy[i] < busyBefore ||
        recording.busy[i] > recording.cycles[i])
      return llvm::createStringError(
          path +
          ": expected 0 <= exit_busy <= exit_cycles, and neither to "
          "fall from exit to exit; row " +
          llvm::Twine(i / recording.exits) + ", exit " +
          llvm::Twine(i % recording.exits + 1) + " has " +
          llvm::Twine(recording.busy[i]) + " of " +
          llvm::Twine(recording.cycles[i]) + " cycles");
  }
  return recording;
}
