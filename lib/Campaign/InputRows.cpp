//===- InputRows.cpp - the rows that trials run on ------------------------===//

#include "edgebert/Campaign/TrialRunner.h"

using namespace llvm;
using namespace edgebert::execution;

namespace edgebert::campaign {

Expected<std::unique_ptr<InputRows>>
InputRows::create(const SegmentedProgram &program,
                  std::vector<NamedArray> arrays, int64_t limit) {
  std::unique_ptr<InputRows> result(new InputRows(program));
  int64_t count = -1;
  for (const Port &port : program.getGraph().inputs) {
    auto entry = find_if(arrays, [&](const NamedArray &candidate) {
      return candidate.name == port.name;
    });
    if (entry == arrays.end())
      return createStringError("expected an array '" + port.name + "' of " +
                               port.describe());
    const Array &array = entry->array;
    bool exact = array.dtype == port.dtype &&
                 ArrayRef<int64_t>(array.shape) == ArrayRef(port.shape);
    bool byRows = !port.shape.empty() && port.shape[0] == 1 &&
                  array.dtype == port.dtype &&
                  array.shape.size() == port.shape.size() &&
                  ArrayRef<int64_t>(array.shape).drop_front() ==
                      ArrayRef(port.shape).drop_front() &&
                  array.shape[0] > 0;
    if (!exact && !byRows)
      return createStringError("input '" + port.name + "': expected " +
                               port.describe() + ", found " + array.describe());
    if (byRows) {
      if (count >= 0 && count != array.shape[0])
        return createStringError(
            "input '" + port.name + "': expected " + Twine(count) +
            " rows like the inputs before it, found " + Twine(array.shape[0]));
      count = array.shape[0];
    }
    result->arrays.push_back(std::move(*entry));
  }
  result->numRows = std::max<int64_t>(count, 1);
  if (limit > 0)
    result->numRows = std::min(result->numRows, limit);
  result->golden.resize(result->numRows);
  return std::move(result);
}

SmallVector<const char *> InputRows::getInputs(int64_t row) const {
  SmallVector<const char *> data;
  for (auto [entry, value] :
       zip_equal(arrays, program.getGraph().inputValues)) {
    int64_t bytes = program.getGraph().values[value].numBytes;
    bool shared = int64_t(entry.array.data.size()) == bytes;
    data.push_back(entry.array.data.data() + (shared ? 0 : row * bytes));
  }
  return data;
}

const GoldenRun &InputRows::getGolden(int64_t row, Workspace &workspace) {
  {
    std::lock_guard lock(mutex);
    if (golden[row])
      return *golden[row];
  }
  // Two threads may compute it; both get the same bits, one is kept.
  auto run =
      std::make_unique<GoldenRun>(program.runGolden(getInputs(row), workspace));
  std::lock_guard lock(mutex);
  if (!golden[row])
    golden[row] = std::move(run);
  return *golden[row];
}

int64_t InputRows::getGoldenBytes() const {
  int64_t bytes = 0;
  for (const Value &value : program.getGraph().values)
    bytes += value.isConstant ? 0 : value.numBytes;
  return bytes;
}

numerics::FaultRecord FaultKind::strike(const Site &site,
                                        const PlannedFault &fault,
                                        int64_t trial, void *data) const {
  // A burst at the top of a word is as wide as there are bits.
  unsigned count = std::min(numBits, site.layout.bits - fault.bit);
  auto word = numerics::WordFault::burst(fault.bit, count, model);
  word.seed = seed;
  word.stream = trial;
  word.low = low;
  word.high = high;
  numerics::FaultRecord record = numerics::strike(
      word, site.layout, data, fault.element, site.getMetadata(fault.element));
  record.site = fault.site;
  return record;
}

} // namespace edgebert::campaign
