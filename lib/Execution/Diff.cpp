//===- Diff.cpp - where two forms of a program part -----------------------===//

#include "edgebert/Execution/Diff.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

#include <cstring>

using namespace edgebert::execution;

void Recording::add(const ProbedValue &value) {
  values.push_back({value.id.str(),
                    std::vector<char>(value.bytes.begin(), value.bytes.end()),
                    value.isF32});
}

void Recording::add(const NamedArray &output) {
  values.push_back({"output " + output.name, output.array.data,
                    output.array.dtype == DType::F32});
}

static double getElement(const RecordedValue &value, int64_t index) {
  if (!value.isF32)
    return uint8_t(value.bytes[index]);
  float element;
  std::memcpy(&element, &value.bytes[index * sizeof(float)], sizeof(float));
  return element;
}

/// The difference of two values of the same id, if any.
static std::optional<FormDifference> compareValues(const RecordedValue &left,
                                                   const RecordedValue &right) {
  if (left.bytes == right.bytes)
    return std::nullopt;
  FormDifference difference;
  difference.id = left.id;
  difference.isF32 = left.isF32;
  if (left.bytes.size() != right.bytes.size() || left.isF32 != right.isF32) {
    difference.mismatch =
        llvm::formatv("the left side has {0} bytes{1}, the right side {2}{3}",
                      left.bytes.size(), left.isF32 ? " of f32" : "",
                      right.bytes.size(), right.isF32 ? " of f32" : "");
    return difference;
  }
  size_t width = left.isF32 ? sizeof(float) : 1;
  difference.numElements = left.bytes.size() / width;
  for (int64_t i = 0; i < difference.numElements; ++i) {
    if (std::memcmp(&left.bytes[i * width], &right.bytes[i * width], width) ==
        0)
      continue;
    ++difference.numDifferent;
    if (difference.elements.size() < 8)
      difference.elements.push_back(
          {i, getElement(left, i), getElement(right, i)});
  }
  return difference;
}

std::optional<FormDifference>
edgebert::execution::compareRecordings(const Recording &left,
                                       const Recording &right) {
  llvm::StringSet<> onLeft, onRight;
  for (const RecordedValue &value : left.values)
    onLeft.insert(value.id);
  for (const RecordedValue &value : right.values)
    onRight.insert(value.id);
  auto l = left.values.begin(), r = right.values.begin();
  while (true) {
    while (l != left.values.end() && !onRight.contains(l->id))
      ++l;
    while (r != right.values.end() && !onLeft.contains(r->id))
      ++r;
    bool leftDone = l == left.values.end(), rightDone = r == right.values.end();
    if (leftDone && rightDone)
      return std::nullopt;
    if (leftDone || rightDone || l->id != r->id) {
      FormDifference difference;
      difference.id = leftDone ? r->id : l->id;
      difference.mismatch =
          leftDone    ? "the left side ended before it"
          : rightDone ? "the right side ended before it"
                      : "the right side has '" + r->id + "' in its place";
      return difference;
    }
    if (auto difference = compareValues(*l, *r))
      return difference;
    ++l, ++r;
  }
}

std::string FormDifference::describe() const {
  std::string text = "first difference: " + id + "\n";
  if (!mismatch.empty())
    return text + "  " + mismatch + "\n";
  text += llvm::formatv("  {0} of {1} elements differ\n", numDifferent,
                        numElements);
  for (const Element &element : elements)
    text += isF32
                ? llvm::formatv("  [{0}] {1} | {2}\n", element.index,
                                element.left, element.right)
                      .str()
                : llvm::formatv("  [{0}] code {1:x2} | {2:x2}\n", element.index,
                                unsigned(element.left), unsigned(element.right))
                      .str();
  return text;
}
