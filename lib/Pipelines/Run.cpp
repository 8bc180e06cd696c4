//===- Run.cpp - run a form, report on it, compare two forms --------------===//

#include "edgebert/Pipelines/Run.h"

#include "FaultRun.h"
#include "LoadedForm.h"

#include "edgebert/Execution/DeviceProgram.h"
#include "edgebert/Execution/Diff.h"
#include "edgebert/Machine/LogRecorder.h"
#include "edgebert/Machine/Trace.h"
#include "edgebert/Pipelines/Compile.h"
#include "edgebert/Pipelines/EarlyExit.h"
#include "edgebert/Pipelines/Pipelines.h"
#include "edgebert/Pipelines/RunReport.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <chrono>
#include <cstring>
#include <map>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::execution;
using accel::Form;

//===----------------------------------------------------------------------===//
// Run and report
//===----------------------------------------------------------------------===//

/// The output that classifies: float32 of two or more dimensions.
static const NamedArray *findLogits(llvm::ArrayRef<NamedArray> outputs) {
  for (const NamedArray &output : outputs)
    if (output.array.dtype == DType::F32 && output.array.shape.size() >= 2)
      return &output;
  return nullptr;
}

/// Accuracy and agreement, as far as the input file has labels and an array of
/// the output's name.
static llvm::Error judge(const FormRun &run, llvm::ArrayRef<NamedArray> outputs,
                         RunReport &report) {
  const NamedArray *logits = findLogits(outputs);
  if (!logits || run.request.inputs.empty())
    return llvm::Error::success();
  llvm::Expected<NpzReader> file = NpzReader::open(run.request.inputs);
  if (!file)
    return file.takeError();
  std::string labels = run.request.labels;
  if (labels.empty())
    labels = file->contains("labels") ? "labels" : "targets";
  if (file->contains(labels)) {
    llvm::Expected<Array> array = file->read(labels);
    if (!array)
      return array.takeError();
    // Labels of another kind than one per prediction: of several predictions a
    // row, as of exits, none is the one to judge by a label per row.
    int64_t rows = array->shape.empty() ? 0 : array->shape.front();
    if (rows >= logits->array.shape.front() && rows > 0 &&
        array->getNumElements() / rows == getPredictionsPerRow(logits->array)) {
      llvm::Expected<Agreement> agreement =
          compareWithLabels(logits->array, *array);
      if (!agreement)
        return agreement.takeError();
      report.labels = *agreement;
    }
  }
  if (!file->contains(logits->name))
    return llvm::Error::success();
  llvm::Expected<Array> reference = file->read(logits->name);
  if (!reference)
    return reference.takeError();
  // A reference for every exit says nothing about the exit taken.
  if (reference->shape.size() == 3 && logits->array.shape.size() == 2 &&
      reference->shape[1] > 1)
    return llvm::Error::success();
  llvm::Expected<Agreement> agreement =
      compareWithReference(logits->array, *reference);
  if (!agreement)
    return agreement.takeError();
  report.reference = *agreement;
  report.referenceName = "f32 '" + logits->name + "' of the input file";
  return llvm::Error::success();
}

/// The output of edgebert-early-exit that says where rows left, if there is.
static const Array *findExitLayers(llvm::ArrayRef<NamedArray> outputs) {
  for (const NamedArray &output : outputs)
    if (output.name == "exit_layer" && output.array.dtype == DType::I64)
      return &output.array;
  return nullptr;
}

/// How many rows took which exit.
static void printExits(const Array &layers, llvm::raw_ostream &os) {
  std::map<int64_t, int64_t> histogram;
  int64_t sum = 0, rows = layers.getNumElements();
  for (int64_t layer : layers.as<int64_t>()) {
    ++histogram[layer];
    sum += layer;
  }
  os << llvm::formatv("mean exit: layer {0:f3}; rows by exit:",
                      rows ? double(sum) / double(rows) : 0);
  for (auto [layer, count] : histogram)
    os << " " << layer << ": " << count;
  os << "\n";
}

/// What the rows that left took and used.
static void printOutcome(const ExitOutcome &outcome,
                         std::optional<double> target, llvm::raw_ostream &os) {
  os << llvm::formatv("latency: p50 {0:f3} ms, p95 {1:f3} ms, p99 {2:f3} ms; "
                      "energy: {3:f2} uJ per row",
                      outcome.p50, outcome.p95, outcome.p99,
                      outcome.microjoule);
  if (target)
    os << llvm::formatv("; target {0:f3} ms: {1} missed, {2:f2} V after the "
                        "first layer",
                        *target, outcome.missed, outcome.volts);
  os << "\n";
}

llvm::Error edgebert::runForm(const FormRun &run, MLIRContext &context,
                              llvm::raw_ostream &os) {
  llvm::Expected<LoadedForm> loaded = loadForm(run, context, false);
  if (!loaded)
    return loaded.takeError();
  DeviceProgram &program = *loaded->program;
  auto begin = std::chrono::steady_clock::now();
  RunRequest request = run.request;
  // The report says what many rows came to; a single one is worth seeing.
  if (loaded->usesDevice() && !run.request.inputs.empty())
    request.printOutputs = false;
  if (!run.trace.empty()) {
    if (loaded->form < Form::Scheduled)
      return llvm::createStringError(
          "--trace: " + loaded->path + " is in the " +
          accel::stringifyForm(loaded->form).str() +
          " form, which has no time; expected the scheduled or command form");
    program.getMachine().recordEvents();
  }
  std::optional<machine::LogRecorder> recorder;
  if (!run.log.empty()) {
    if (loaded->form != Form::Command)
      return llvm::createStringError(
          "--log: " + loaded->path + " is in the " +
          accel::stringifyForm(loaded->form).str() +
          " form, which accesses no registers; expected the command form");
    recorder.emplace(program.getMachine(),
                     run.logMemory ? machine::LogRecorder::Memory::Record
                                   : machine::LogRecorder::Memory::Ignore);
  }
  if (llvm::Error error =
          addExitInputs(run, program.getProgram().getInputs(), request))
    return error;
  std::optional<RowCosts> costs;
  bool leavesEarly =
      llvm::any_of(program.getProgram().getOutputs(),
                   [](const Port &port) { return port.name == "exit_layer"; });
  if (leavesEarly && loaded->form >= Form::Scheduled && run.request.time == 0) {
    costs.emplace(program.getMachine());
    request.afterRow = [&] { costs->endRow(); };
  }
  auto outputs = program.fulfil(request, os);
  // A log shows best how a failed run came to fail.
  llvm::Error logged = llvm::Error::success();
  if (recorder)
    logged = llvm::joinErrors(
        std::move(logged),
        llvm::writeToOutput(run.log, [&](llvm::raw_ostream &file) {
          file << recorder->getLog().encode();
          return llvm::Error::success();
        }));
  if (!outputs)
    return llvm::joinErrors(outputs.takeError(), std::move(logged));
  if (logged)
    return logged;
  if (llvm::Error error = reportFaults(run, program, os))
    return error;
  bool wantsReport = loaded->usesDevice() || !run.report.empty();
  if (!wantsReport || run.request.time > 0)
    return llvm::Error::success();

  RunReport report;
  report.program = loaded->path;
  report.form = accel::stringifyForm(loaded->form);
  report.device = loaded->usesDevice() ? "sim" : "host";
  report.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  report.rows = program.getProgram().getNumRuns();
  if (llvm::Error error = judge(run, *outputs, report))
    return error;
  if (loaded->usesDevice()) {
    report.machineDescription = program.getMachine().description();
    // The accelerator form has no time: whole operations, no transfers.
    if (loaded->form >= Form::Scheduled) {
      machine::Machine &chip = program.getMachine();
      chip.drain();
      report.stats = chip.stats();
      report.operations = chip.operations();
      report.printsOperations = run.perOperation;
    }
    llvm::SmallString<128> placement(
        llvm::sys::path::parent_path(loaded->path));
    llvm::sys::path::append(placement, kPlacementReport);
    if (llvm::sys::fs::exists(placement)) {
      auto placements = readPlacementReport(placement);
      if (!placements)
        return placements.takeError();
      report.placements = std::move(*placements);
    }
  }
  report.print(os);
  if (const Array *layers = findExitLayers(*outputs)) {
    printExits(*layers, os);
    if (costs && int64_t(costs->volts.size()) == layers->getNumElements()) {
      llvm::ArrayRef<int64_t> exits = layers->as<int64_t>();
      OutcomeBuilder rows(exits.empty() ? 1 : *llvm::max_element(exits),
                          run.exitThreshold ? accel::exits::toThreshold(
                                                  float(*run.exitThreshold))
                                            : int16_t(0),
                          run.targetMilliseconds);
      for (size_t row = 0; row < exits.size(); ++row)
        rows.add(exits[row] - 1, costs->milliseconds[row],
                 costs->microjoule[row], costs->volts[row]);
      ExitOutcome outcome = rows.finish();
      if (report.labels)
        outcome.correct = report.labels->correct;
      printOutcome(outcome, run.targetMilliseconds, os);
      llvm::json::Object object =
          describe(outcome, report.rows, report.labels.has_value());
      if (run.targetMilliseconds)
        object["target_ms"] = *run.targetMilliseconds;
      object["row_exits"] = llvm::json::Array(exits);
      object["row_ms"] = llvm::json::Array(costs->milliseconds);
      object["row_microjoule"] = llvm::json::Array(costs->microjoule);
      object["row_volts"] = llvm::json::Array(costs->volts);
      report.exits = std::move(object);
    }
  }
  if (!run.trace.empty())
    if (llvm::Error error =
            llvm::writeToOutput(run.trace, [&](llvm::raw_ostream &file) {
              machine::writeTrace(program.getMachine(), file);
              return llvm::Error::success();
            }))
      return error;
  if (run.report.empty())
    return llvm::Error::success();
  return report.writeJson(run.report);
}

//===----------------------------------------------------------------------===//
// Diff
//===----------------------------------------------------------------------===//

static llvm::Expected<Recording> record(DeviceProgram &program,
                                        llvm::ArrayRef<NamedArray> row) {
  Recording recording;
  program.setProbe([&](const ProbedValue &value) { recording.add(value); });
  auto outputs = program.run(row);
  program.setProbe(nullptr);
  if (!outputs)
    return outputs.takeError();
  for (const NamedArray &output : *outputs)
    recording.add(output);
  return recording;
}

llvm::Expected<bool> edgebert::diffForms(const FormRun &left, StringRef right,
                                         MLIRContext &context,
                                         llvm::raw_ostream &os) {
  FormRun other = left;
  other.program = right.str();
  llvm::Expected<LoadedForm> a = loadForm(left, context, true);
  if (!a)
    return a.takeError();
  llvm::Expected<LoadedForm> b = loadForm(other, context, true);
  if (!b)
    return b.takeError();
  Program &program = a->program->getProgram();
  RunRequest request = left.request;
  if (llvm::Error error = addExitInputs(left, program.getInputs(), request))
    return std::move(error);
  auto arrays = readInputs(request.inputs, program.getInputs(),
                           request.bindings, request.shared);
  if (!arrays)
    return arrays.takeError();
  llvm::Expected<int64_t> rows = program.getNumRows(*arrays);
  if (!rows)
    return rows.takeError();
  int64_t count = *rows;
  if (left.request.limit)
    count = std::min(count, *left.request.limit);
  size_t compared = 0;
  for (int64_t row = 0; row < count; ++row) {
    std::vector<NamedArray> single = program.getRow(*arrays, row);
    llvm::Expected<Recording> leftRun = record(*a->program, single);
    if (!leftRun)
      return leftRun.takeError();
    llvm::Expected<Recording> rightRun = record(*b->program, single);
    if (!rightRun)
      return rightRun.takeError();
    compared += std::min(leftRun->values.size(), rightRun->values.size());
    if (auto difference = compareRecordings(*leftRun, *rightRun)) {
      os << "row " << row << ": " << difference->describe() << "left is "
         << a->path << ", right is " << b->path << "\n"
         << "reproduce: edgebert-run --diff " << a->path << " " << b->path
         << (left.request.inputs.empty() ? ""
                                         : " --inputs=" + left.request.inputs)
         << " --limit=" << row + 1 << "\n";
      return false;
    }
  }
  os << llvm::formatv("identical: {0} values in {1} rows\n", compared, count);
  return true;
}
