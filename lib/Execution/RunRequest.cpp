//===- RunRequest.cpp - what edgebert-run does with a program -------------===//

#include "edgebert/Execution/RunRequest.h"

#include "edgebert/Execution/Agreement.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Format.h"
#include <cmath>

using namespace llvm;

namespace edgebert::execution {
namespace {

Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

/// Elements after which print() stops.
constexpr int64_t printLimit = 64;

void printElement(raw_ostream &os, const Array &array, int64_t index) {
  switch (array.dtype) {
  case DType::F16:
  case DType::F32:
  case DType::F64:
    os << format("%.9g", array.getAsDouble(index));
    return;
  case DType::Bool:
    os << (array.getAsDouble(index) != 0 ? "true" : "false");
    return;
  case DType::I64:
    os << array.as<int64_t>()[index];
    return;
  case DType::U64:
    os << array.as<uint64_t>()[index];
    return;
  default:
    os << static_cast<int64_t>(array.getAsDouble(index));
  }
}

void printNested(raw_ostream &os, const Array &array, size_t depth,
                 int64_t &index) {
  if (index >= printLimit)
    return;
  if (depth == array.shape.size()) {
    printElement(os, array, index++);
    return;
  }
  os << '[';
  for (int64_t i = 0; i < array.shape[depth]; ++i) {
    if (i)
      os << ", ";
    if (index >= printLimit) {
      os << "...";
      break;
    }
    printNested(os, array, depth + 1, index);
  }
  os << ']';
}

const NamedArray *findArray(ArrayRef<NamedArray> arrays, StringRef name) {
  const auto *found = find_if(
      arrays, [&](const NamedArray &entry) { return entry.name == name; });
  return found == arrays.end() ? nullptr : found;
}

/// The output that holds the scores of classes: the first matrix of floats
/// that is called logits, or the first of all; without a matrix the first
/// floats of higher rank, the scores of tokens.
const Array *findScores(ArrayRef<NamedArray> outputs) {
  const Array *first = nullptr, *tokens = nullptr;
  for (const NamedArray &output : outputs) {
    if (output.array.dtype != DType::F32 && output.array.dtype != DType::F64)
      continue;
    if (output.array.shape.size() != 2) {
      if (!tokens && output.array.shape.size() > 2)
        tokens = &output.array;
      continue;
    }
    if (StringRef(output.name).contains("logits"))
      return &output.array;
    if (!first)
      first = &output.array;
  }
  return first ? first : tokens;
}

Error reportLabels(ArrayRef<NamedArray> outputs, const Array &labels,
                   StringRef name, raw_ostream &os) {
  const Array *scores = findScores(outputs);
  if (!scores)
    return makeError("expected a float output of rank 2 or more to compare "
                     "with '" +
                     name + "', found none");
  if (scores->shape.size() == 2 &&
      (labels.shape.size() != 1 || labels.shape[0] < scores->shape[0] ||
       scores->shape[0] == 0 || scores->shape[1] == 0))
    return makeError("expected scores by row and class and a label per row, "
                     "found " +
                     scores->describe() + " and " + labels.describe());
  Expected<Agreement> agreement = compareWithLabels(*scores, labels);
  if (!agreement)
    return agreement.takeError();
  os << "accuracy: "
     << format("%.2f", double(agreement->correct) /
                           double(std::max<int64_t>(agreement->rows, 1)) * 100)
     << " % of " << agreement->rows << '\n';
  printPerplexity(os, *agreement);
  return Error::success();
}

Error checkGolden(const RunRequest &request, ArrayRef<NamedArray> outputs,
                  raw_ostream &os) {
  bool exceeded = false;
  std::string worst;
  for (StringRef pair : request.golden) {
    auto [outputName, arrayName] = pair.rsplit(':');
    if (arrayName.empty())
      return makeError("expected --golden=OUTPUT:ARRAY, found '" + pair + "'");
    const NamedArray *output = findArray(outputs, outputName);
    if (!output) {
      std::string names;
      for (const NamedArray &other : outputs)
        names += (names.empty() ? "" : ", ") + other.name;
      return makeError("expected an output '" + outputName + "', found " +
                       names);
    }
    Expected<NpzReader> reader = NpzReader::open(request.inputs);
    if (!reader)
      return reader.takeError();
    Expected<Array> golden = reader->read(arrayName);
    if (!golden)
      return golden.takeError();
    Expected<Difference> difference =
        compare(output->array, *golden, outputName);
    if (!difference)
      return difference.takeError();
    os << "golden " << outputName << ": max abs diff "
       << format("%.3g", difference->absolute) << ", max rel diff "
       << format("%.3g", difference->relative) << " (tolerance "
       << format("%.3g", request.tolerance) << ")\n";
    // Written so that NaN exceeds.
    if (!(difference->relative <= request.tolerance)) {
      exceeded = true;
      worst = outputName.str();
    }
  }
  if (exceeded)
    return makeError("output '" + worst + "' differs from the golden values");
  return Error::success();
}

} // namespace

Expected<std::vector<NamedArray>> readInputs(StringRef path,
                                             ArrayRef<Port> inputs,
                                             ArrayRef<std::string> bindings,
                                             ArrayRef<NamedArray> shared) {
  std::vector<NamedArray> arrays;
  StringMap<std::string> arrayNames;
  for (StringRef binding : bindings) {
    StringRef input = binding.split('=').first;
    StringRef array = binding.split('=').second;
    if (array.empty() ||
        none_of(inputs, [&](const Port &port) { return port.name == input; })) {
      std::string names;
      for (const Port &port : inputs)
        names += (names.empty() ? "" : ", ") + port.name;
      return makeError("expected --bind=INPUT=ARRAY with an input of " +
                       (names.empty() ? "none" : names) + ", found '" +
                       binding + "'");
    }
    arrayNames[input] = array.str();
  }
  if (inputs.empty())
    return arrays;
  if (path.empty()) {
    std::string names;
    for (const Port &port : inputs)
      names += (names.empty() ? "" : ", ") + port.name + ": " + port.describe();
    return makeError("expected --inputs=FILE.npz with " + names);
  }
  Expected<NpzReader> reader = NpzReader::open(path);
  if (!reader)
    return reader.takeError();
  // A number stands for an array that is full of it, as long as the others; a
  // shared array is repeated as often.
  SmallVector<std::pair<const Port *, double>> numbers;
  SmallVector<std::pair<size_t, const Array *>> repeated;
  for (const Port &port : inputs) {
    if (const NamedArray *one = findArray(shared, port.name)) {
      repeated.push_back({arrays.size(), &one->array});
      arrays.push_back({port.name, {}});
      continue;
    }
    auto bound = arrayNames.find(port.name);
    StringRef name =
        bound == arrayNames.end() ? StringRef(port.name) : bound->second;
    double number;
    if (bound != arrayNames.end() && !reader->contains(name) &&
        port.dtype == DType::F32 && !name.getAsDouble(number)) {
      numbers.push_back({&port, number});
      arrays.push_back({port.name, {}});
      continue;
    }
    Expected<Array> array = reader->read(name);
    if (!array)
      return array.takeError();
    arrays.push_back({port.name, std::move(*array)});
  }
  auto atRows = [&](ArrayRef<int64_t> row) {
    SmallVector<int64_t> shape(row);
    if (!shape.empty() && shape[0] == 1)
      for (const NamedArray &other : arrays)
        if (!other.array.shape.empty()) {
          shape[0] = other.array.shape[0];
          break;
        }
    return shape;
  };
  for (auto [index, one] : repeated) {
    Array array = Array::zeros(one->dtype, atRows(one->shape));
    for (size_t at = 0; at < array.data.size(); at += one->data.size())
      std::copy(one->data.begin(), one->data.end(), array.data.begin() + at);
    arrays[index].array = std::move(array);
  }
  for (auto [port, number] : numbers) {
    SmallVector<int64_t> shape = atRows(port->shape);
    Array &array = arrays[port - inputs.data()].array;
    array = Array::zeros(DType::F32, shape);
    auto *values = reinterpret_cast<float *>(array.data.data());
    std::fill(values, values + array.getNumElements(), float(number));
  }
  return arrays;
}

Expected<Difference> compare(const Array &found, const Array &golden,
                             StringRef name) {
  ArrayRef<int64_t> foundShape = found.shape, goldenShape = golden.shape;
  // A limit leaves rows of the golden array over.
  bool fits = foundShape == goldenShape ||
              (!foundShape.empty() && foundShape.size() == goldenShape.size() &&
               foundShape.drop_front() == goldenShape.drop_front() &&
               foundShape[0] <= goldenShape[0]);
  // A model without a row dimension against one row of a batch.
  if (!fits && goldenShape.size() == foundShape.size() + 1)
    fits = goldenShape.drop_front() == foundShape && goldenShape[0] >= 1;
  if (!fits)
    return makeError("output '" + name + "': expected the golden array to be " +
                     found.describe() + " or more rows, found " +
                     golden.describe());
  Difference difference;
  for (int64_t i = 0, e = found.getNumElements(); i < e; ++i) {
    double actual = found.getAsDouble(i), expected = golden.getAsDouble(i);
    if (actual == expected || (std::isnan(actual) && std::isnan(expected)))
      continue;
    double absolute = std::fabs(actual - expected);
    double relative = absolute / std::max(1.0, std::fabs(expected));
    if (std::isnan(relative)) {
      difference.absolute = difference.relative = relative;
      break;
    }
    difference.absolute = std::max(difference.absolute, absolute);
    difference.relative = std::max(difference.relative, relative);
  }
  return difference;
}

void print(raw_ostream &os, const NamedArray &array) {
  os << array.name << ": " << array.array.describe() << " = ";
  int64_t index = 0;
  printNested(os, array.array, 0, index);
  os << '\n';
}

Expected<std::vector<NamedArray>> fulfil(const RunRequest &request,
                                         Program &program, raw_ostream &os) {
  Expected<std::vector<NamedArray>> arrays = readInputs(
      request.inputs, program.getInputs(), request.bindings, request.shared);
  if (!arrays)
    return arrays.takeError();
  takeNumFailedChecks();
  Expected<std::vector<NamedArray>> outputs = program.runRows(
      *arrays, request.limit,
      request.afterRow ? function_ref<void()>(request.afterRow) : nullptr);
  if (!outputs)
    return outputs.takeError();
  int64_t failed = takeNumFailedChecks();

  if (StringRef(request.outputs).ends_with(".npy")) {
    if (outputs->size() != 1)
      return makeError(request.outputs +
                       ": expected one output for a .npy, "
                       "found " +
                       Twine(outputs->size()) + " (use .npz)");
    if (Error error = writeNpy(request.outputs, outputs->front().array))
      return std::move(error);
  } else if (!request.outputs.empty()) {
    if (Error error = writeNpz(request.outputs, *outputs))
      return std::move(error);
  } else if (request.printOutputs && request.golden.empty() &&
             request.labels.empty() && !request.time) {
    for (const NamedArray &output : *outputs)
      print(os, output);
  }
  if (!request.labels.empty()) {
    Expected<NpzReader> reader = NpzReader::open(request.inputs);
    if (!reader)
      return reader.takeError();
    Expected<Array> labels = reader->read(request.labels);
    if (!labels)
      return labels.takeError();
    if (Error error = reportLabels(*outputs, *labels, request.labels, os))
      return std::move(error);
  }
  if (request.time) {
    Expected<std::vector<double>> times = program.time(*arrays, request.time);
    if (!times)
      return times.takeError();
    sort(*times);
    const CompileTimes &compile = program.getCompileTimes();
    os << "compile: " << format("%.0f", compile.lowering) << " ms lowering, "
       << format("%.0f", compile.codeGeneration) << " ms code generation\n"
       << "forward: median " << format("%.3f", (*times)[times->size() / 2])
       << " ms, minimum " << format("%.3f", times->front()) << " ms of "
       << times->size() << '\n';
  }
  if (Error error = checkGolden(request, *outputs, os))
    return std::move(error);
  if (failed)
    return makeError(Twine(failed) + (failed == 1 ? " check" : " checks") +
                     " failed");
  return outputs;
}

} // namespace edgebert::execution
