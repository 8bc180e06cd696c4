//===- ProgramRun.cpp - run a program on arrays ---------------------------===//

#include "edgebert/Execution/FaultSession.h"
#include "edgebert/Execution/Program.h"
#include "llvm/Support/MathExtras.h"
#include <chrono>
#include <cstring>

using namespace llvm;

namespace edgebert::execution {
namespace {

Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

const NamedArray *findArray(ArrayRef<NamedArray> arrays, StringRef name) {
  for (const NamedArray &entry : arrays)
    if (entry.name == name)
      return &entry;
  return nullptr;
}

std::string listNames(ArrayRef<NamedArray> arrays) {
  std::string names;
  for (const NamedArray &entry : arrays)
    names += (names.empty() ? "" : ", ") + entry.name;
  return names.empty() ? "none" : names;
}

} // namespace

Expected<std::vector<const char *>>
Program::findInputs(ArrayRef<NamedArray> arrays) const {
  std::vector<const char *> data;
  for (const Port &port : inputs) {
    const NamedArray *entry = findArray(arrays, port.name);
    if (!entry)
      return makeError("expected an array '" + port.name + "' of " +
                       port.describe() + ", found " + listNames(arrays));
    if (entry->array.dtype != port.dtype || entry->array.shape != port.shape)
      return makeError("input '" + port.name + "': expected " +
                       port.describe() + ", found " + entry->array.describe());
    data.push_back(entry->array.data.data());
  }
  return data;
}

void Program::invoke(ArrayRef<const char *> inputData,
                     ArrayRef<char *> outputData) {
  // What edgebert-pack-arguments expects.
  std::vector<int64_t> words;
  for (auto [port, data] : zip_equal(inputs, inputData))
    appendMemRef(words, data, port.shape);
  for (const Weight &weight : weights)
    appendMemRef(words, weight.data, weight.shape);
  for (auto [port, data] : zip_equal(outputs, outputData))
    appendMemRef(words, data, port.shape);
  char *aligned = reinterpret_cast<char *>(
      alignTo(reinterpret_cast<uintptr_t>(arena.get()), 64));
  appendMemRef(words, aligned, getArenaSize());
  ++numRuns;
  FaultSession *faults = FaultSession::getCurrent();
  if (faults)
    faults->beginRun();
  code->getEntry(0).run(words.data());
  if (faults)
    faults->endRun();
}

Expected<std::vector<NamedArray>> Program::run(ArrayRef<NamedArray> arrays) {
  Expected<std::vector<const char *>> inputData = findInputs(arrays);
  if (!inputData)
    return inputData.takeError();
  std::vector<NamedArray> results;
  for (const Port &port : outputs)
    results.push_back({port.name, Array::zeros(port.dtype, port.shape)});
  std::vector<char *> outputData;
  for (NamedArray &result : results)
    outputData.push_back(result.array.data.data());
  invoke(*inputData, outputData);
  return results;
}

Expected<int64_t> Program::getNumRows(ArrayRef<NamedArray> arrays) const {
  // Exactly the model's shapes: one run.
  bool exact = true, rows = !inputs.empty();
  int64_t count = -1;
  for (const Port &port : inputs) {
    const NamedArray *entry = findArray(arrays, port.name);
    if (!entry)
      continue;
    const Array &array = entry->array;
    exact &= ArrayRef<int64_t>(array.shape) == ArrayRef<int64_t>(port.shape);
    rows &= !port.shape.empty() && port.shape[0] == 1 &&
            array.shape.size() == port.shape.size() &&
            ArrayRef<int64_t>(array.shape).drop_front() ==
                ArrayRef<int64_t>(port.shape).drop_front() &&
            (count < 0 || count == array.shape[0]);
    if (!array.shape.empty())
      count = array.shape[0];
  }
  bool batched = !exact && rows && count > 0;
  // Rows are checked like whole arrays.
  std::vector<NamedArray> checked = batched ? getRow(arrays, 0) : arrays.vec();
  Expected<std::vector<const char *>> data = findInputs(checked);
  if (!data)
    return data.takeError();
  return batched ? count : 1;
}

std::vector<NamedArray> Program::getRow(ArrayRef<NamedArray> arrays,
                                        int64_t row) const {
  std::vector<NamedArray> result;
  for (const Port &port : inputs) {
    const NamedArray *entry = findArray(arrays, port.name);
    if (!entry)
      continue;
    const Array &array = entry->array;
    if (ArrayRef<int64_t>(array.shape) == ArrayRef<int64_t>(port.shape)) {
      result.push_back(*entry);
      continue;
    }
    NamedArray single{port.name, Array::zeros(array.dtype, port.shape)};
    size_t bytes = single.array.data.size();
    std::memcpy(single.array.data.data(), array.data.data() + bytes * row,
                bytes);
    result.push_back(std::move(single));
  }
  return result;
}

Expected<std::vector<NamedArray>>
Program::runRows(ArrayRef<NamedArray> arrays, std::optional<int64_t> limit,
                 function_ref<void()> afterRow) {
  Expected<int64_t> numRows = getNumRows(arrays);
  if (!numRows)
    return numRows.takeError();
  int64_t count = *numRows;
  bool exact = llvm::all_of(inputs, [&](const Port &port) {
    return ArrayRef<int64_t>(findArray(arrays, port.name)->array.shape) ==
           ArrayRef<int64_t>(port.shape);
  });
  if (exact) {
    Expected<std::vector<NamedArray>> results = run(arrays);
    if (afterRow)
      afterRow();
    return results;
  }
  if (limit)
    count = std::min(count, *limit);
  std::vector<NamedArray> results;
  for (const Port &port : outputs) {
    SmallVector<int64_t> shape = port.shape;
    // Outputs without a row dimension get one.
    if (!shape.empty() && shape[0] == 1)
      shape[0] = count;
    else
      shape.insert(shape.begin(), count);
    results.push_back({port.name, Array::zeros(port.dtype, shape)});
  }
  for (int64_t row = 0; row < count; ++row) {
    std::vector<const char *> rowInputs;
    for (const Port &port : inputs) {
      const Array &array = findArray(arrays, port.name)->array;
      rowInputs.push_back(array.data.data() +
                          array.data.size() / array.shape[0] * row);
    }
    std::vector<char *> rowOutputs;
    for (NamedArray &result : results)
      rowOutputs.push_back(result.array.data.data() +
                           result.array.data.size() / count * row);
    invoke(rowInputs, rowOutputs);
    if (afterRow)
      afterRow();
  }
  return results;
}

Expected<std::vector<double>> Program::time(ArrayRef<NamedArray> arrays,
                                            unsigned count) {
  // The first row stands for all of them.
  Expected<std::vector<NamedArray>> results = runRows(arrays, 1);
  if (!results)
    return results.takeError();
  std::vector<const char *> inputData;
  for (const Port &port : inputs)
    inputData.push_back(findArray(arrays, port.name)->array.data.data());
  std::vector<char *> outputData;
  for (NamedArray &result : *results)
    outputData.push_back(result.array.data.data());
  std::vector<double> times;
  for (unsigned i = 0; i < count; ++i) {
    auto start = std::chrono::steady_clock::now();
    invoke(inputData, outputData);
    times.push_back(std::chrono::duration<double, std::milli>(
                        std::chrono::steady_clock::now() - start)
                        .count());
  }
  return times;
}

} // namespace edgebert::execution
