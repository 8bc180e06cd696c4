//===- Generate.cpp - run a language model's step in a loop ---------------===//

#include "edgebert/Pipelines/Generate.h"

#include "LoadedForm.h"

#include "edgebert/Pipelines/RunReport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <chrono>
#include <cstring>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::execution;

static constexpr llvm::StringLiteral kIds = "input_ids", kPosition = "position",
                                     kLogits = "logits", kTokens = "tokens",
                                     kPast = "past_key_values.",
                                     kPresent = "present.";

namespace {

/// One prompt's tokens and caches, and what computes the next.
class Generator {
public:
  Generator(DeviceProgram &step, DeviceProgram *prefill)
      : step(step), prefill(prefill) {}

  /// What makes the programs unfit for each other, if anything.
  llvm::Error check();
  int64_t getSlots() const { return slots; }
  int64_t getVocabulary() const { return vocabulary; }
  /// Appends `count` tokens and the logits they are the maxima of.
  llvm::Error run(llvm::ArrayRef<int64_t> prompt, int64_t count,
                  std::vector<int64_t> &tokens, std::vector<float> &logits);

private:
  llvm::Expected<std::vector<float>> runStep(int64_t token);
  llvm::Expected<std::vector<float>> runPrefill(llvm::ArrayRef<int64_t> prompt);
  /// Takes the caches out of a run's outputs; returns row `row` of the logits.
  std::vector<float> keep(std::vector<NamedArray> outputs, int64_t row);

  DeviceProgram &step;
  DeviceProgram *prefill;
  int64_t slots = 0, vocabulary = 0;
  int64_t position = 0;
  /// The inputs past_key_values.*.
  std::vector<NamedArray> caches;
};

} // namespace

static const Port *findPort(llvm::ArrayRef<Port> ports, llvm::StringRef name) {
  auto it = llvm::find_if(ports, [&](const Port &p) { return p.name == name; });
  return it == ports.end() ? nullptr : &*it;
}

static llvm::Error expect(llvm::ArrayRef<Port> ports, llvm::StringRef name,
                          llvm::StringRef wanted) {
  const Port *port = findPort(ports, name);
  std::string found = port ? port->describe() : "none";
  if (found == wanted)
    return llvm::Error::success();
  return llvm::createStringError(
      llvm::formatv("--generate: expected '{0}' {1}, found {2} "
                    "(python/edgebert_models/make_decoder.py makes steps)",
                    name, wanted, found));
}

llvm::Error Generator::check() {
  Program &program = step.getProgram();
  llvm::Error error = llvm::joinErrors(
      expect(program.getInputs(), kIds, describe(DType::I64, {1, 1})),
      expect(program.getInputs(), kPosition, describe(DType::I64, {1, 1})));
  if (error)
    return error;
  for (const Port &port : program.getInputs()) {
    llvm::StringRef rest = port.name;
    if (!rest.consume_front(kPast))
      continue;
    if (port.shape.size() != 4)
      return llvm::createStringError("--generate: expected '" + port.name +
                                     "' [1, heads, slots, size], found " +
                                     port.describe());
    if (llvm::Error other = expect(program.getOutputs(),
                                   (kPresent + rest).str(), port.describe()))
      return other;
    slots = port.shape[2];
  }
  if (slots == 0)
    return llvm::createStringError(
        "--generate: expected inputs 'past_key_values.*', found none");
  const Port *logits = findPort(program.getOutputs(), kLogits);
  vocabulary = logits && !logits->shape.empty() ? logits->shape.back() : 1;
  if (llvm::Error other = expect(program.getOutputs(), kLogits,
                                 describe(DType::F32, {1, 1, vocabulary})))
    return other;
  if (!prefill)
    return llvm::Error::success();
  Program &first = prefill->getProgram();
  llvm::Error other = llvm::joinErrors(
      expect(first.getInputs(), kIds, describe(DType::I64, {1, slots})),
      expect(first.getOutputs(), kLogits,
             describe(DType::F32, {1, slots, vocabulary})));
  for (const Port &port : program.getOutputs())
    if (llvm::StringRef(port.name).starts_with(kPresent))
      other = llvm::joinErrors(
          std::move(other),
          expect(first.getOutputs(), port.name, port.describe()));
  return other;
}

static NamedArray makeIds(llvm::StringRef name, llvm::ArrayRef<int64_t> values,
                          int64_t length) {
  Array array = Array::zeros(DType::I64, {1, length});
  std::memcpy(array.data.data(), values.data(),
              values.size() * sizeof(int64_t));
  return {name.str(), std::move(array)};
}

std::vector<float> Generator::keep(std::vector<NamedArray> outputs,
                                   int64_t row) {
  caches.clear();
  std::vector<float> logits;
  for (NamedArray &output : outputs) {
    llvm::StringRef name = output.name;
    if (name.consume_front(kPresent)) {
      caches.push_back({(kPast + name).str(), std::move(output.array)});
      continue;
    }
    if (output.name != kLogits)
      continue;
    llvm::ArrayRef<float> all = output.array.as<float>();
    logits = all.slice(row * vocabulary, vocabulary).vec();
  }
  return logits;
}

llvm::Expected<std::vector<float>> Generator::runStep(int64_t token) {
  std::vector<NamedArray> arrays = std::move(caches);
  arrays.push_back(makeIds(kIds, token, 1));
  arrays.push_back(makeIds(kPosition, position, 1));
  auto outputs = step.run(arrays);
  if (!outputs)
    return outputs.takeError();
  ++position;
  return keep(std::move(*outputs), 0);
}

llvm::Expected<std::vector<float>>
Generator::runPrefill(llvm::ArrayRef<int64_t> prompt) {
  auto outputs = prefill->run({makeIds(kIds, prompt, slots)});
  if (!outputs)
    return outputs.takeError();
  position = int64_t(prompt.size());
  return keep(std::move(*outputs), position - 1);
}

llvm::Error Generator::run(llvm::ArrayRef<int64_t> prompt, int64_t count,
                           std::vector<int64_t> &tokens,
                           std::vector<float> &logits) {
  caches.clear();
  position = 0;
  for (const Port &port : step.getProgram().getInputs())
    if (llvm::StringRef(port.name).starts_with(kPast))
      caches.push_back({port.name, Array::zeros(port.dtype, port.shape)});
  std::vector<float> next;
  auto take = [&](llvm::Expected<std::vector<float>> result) -> llvm::Error {
    if (!result)
      return result.takeError();
    next = std::move(*result);
    return llvm::Error::success();
  };
  if (prefill) {
    if (llvm::Error error = take(runPrefill(prompt)))
      return error;
  } else {
    for (int64_t token : prompt)
      if (llvm::Error error = take(runStep(token)))
        return error;
  }
  for (int64_t i = 0; i < count; ++i) {
    int64_t token = std::max_element(next.begin(), next.end()) - next.begin();
    tokens.push_back(token);
    logits.insert(logits.end(), next.begin(), next.end());
    if (i + 1 < count)
      if (llvm::Error error = take(runStep(token)))
        return error;
  }
  return llvm::Error::success();
}

/// `input_ids` [rows, prompt] of the request's file.
static llvm::Expected<Array> readPrompts(const NpzReader &file, int64_t count,
                                         int64_t slots) {
  llvm::Expected<Array> prompts = file.read(kIds);
  if (!prompts)
    return prompts;
  if (prompts->dtype != DType::I64 || prompts->shape.size() != 2 ||
      prompts->shape[1] == 0)
    return llvm::createStringError("--generate: expected 'input_ids' "
                                   "int64[rows, prompt], found " +
                                   prompts->describe());
  if (prompts->shape[1] + count > slots)
    return llvm::createStringError(llvm::formatv(
        "--generate: a prompt of {0} and {1} tokens do not fit the cache's {2} "
        "slots; at most {3} tokens do",
        prompts->shape[1], count, slots, slots - prompts->shape[1]));
  return prompts;
}

llvm::Error edgebert::generate(const GenerateRequest &request,
                               MLIRContext &context, llvm::raw_ostream &os) {
  llvm::Expected<LoadedForm> step = loadForm(request.step, context, false);
  if (!step)
    return step.takeError();
  LoadedForm prefill;
  if (!request.prefill.empty()) {
    FormRun run = request.step;
    run.program = request.prefill;
    llvm::Expected<LoadedForm> loaded = loadForm(run, context, false);
    if (!loaded)
      return loaded.takeError();
    prefill = std::move(*loaded);
  }
  Generator generator(*step->program, prefill.program.get());
  if (llvm::Error error = generator.check())
    return error;
  auto file = NpzReader::open(request.step.request.inputs);
  if (!file)
    return file.takeError();
  llvm::Expected<Array> prompts =
      readPrompts(*file, request.count, generator.getSlots());
  if (!prompts)
    return prompts.takeError();
  int64_t rows = prompts->shape[0], length = prompts->shape[1];
  if (request.step.request.limit)
    rows = std::min(rows, *request.step.request.limit);

  auto begin = std::chrono::steady_clock::now();
  std::vector<int64_t> tokens;
  std::vector<float> logits;
  for (int64_t row = 0; row < rows; ++row) {
    llvm::ArrayRef<int64_t> prompt =
        prompts->as<int64_t>().slice(row * length, length);
    if (llvm::Error error =
            generator.run(prompt, request.count, tokens, logits))
      return error;
    os << "row " << row << ":";
    for (int64_t token : llvm::ArrayRef(tokens).take_back(request.count))
      os << " " << token;
    os << "\n";
  }
  if (file->contains(kTokens)) {
    llvm::Expected<Array> wanted = file->read(kTokens);
    if (!wanted)
      return wanted.takeError();
    if (wanted->shape.size() != 2 || wanted->shape[0] < rows ||
        wanted->shape[1] < request.count)
      return llvm::createStringError(llvm::formatv(
          "--generate: expected 'tokens' of at least {0}, found {1}",
          describe(DType::I64, {rows, request.count}), wanted->describe()));
    int64_t same = 0;
    for (int64_t i = 0; i < int64_t(tokens.size()); ++i)
      same += int64_t(wanted->getAsDouble(i / request.count * wanted->shape[1] +
                                          i % request.count)) == tokens[i];
    os << "equal to 'tokens' of the input file: " << same << " of "
       << tokens.size() << "\n";
  }
  if (step->usesDevice()) {
    RunReport report;
    report.program = step->path;
    report.form = accel::stringifyForm(step->form);
    report.device = "sim";
    report.rows = step->program->getProgram().getNumRuns();
    report.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
            .count();
    machine::Machine &chip = step->program->getMachine();
    report.machineDescription = chip.description();
    if (step->form >= accel::Form::Scheduled) {
      chip.drain();
      report.stats = chip.stats();
    }
    os << "the step, each run a row:\n";
    report.print(os);
  }
  if (request.step.request.outputs.empty())
    return llvm::Error::success();
  Array tokenArray = Array::zeros(DType::I64, {rows, request.count});
  std::memcpy(tokenArray.data.data(), tokens.data(), tokenArray.data.size());
  Array logitArray = Array::zeros(
      DType::F32, {rows, request.count, generator.getVocabulary()});
  std::memcpy(logitArray.data.data(), logits.data(), logitArray.data.size());
  return writeNpz(request.step.request.outputs,
                  {NamedArray{kTokens.str(), std::move(tokenArray)},
                   NamedArray{kLogits.str(), std::move(logitArray)}});
}
