//===- WindowState.h - what trials of a window keep -------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_CAMPAIGN_WINDOWSTATE_H
#define EDGEBERT_LIB_CAMPAIGN_WINDOWSTATE_H

#include "edgebert/Campaign/TrialRunner.h"
#include "llvm/ADT/BitVector.h"
#include <cstring>

namespace edgebert::campaign {

/// Copies rows of a value, whose dimension need not be the first, into and out
/// of tensors with another number of rows.
class RowCopy {
public:
  explicit RowCopy(const Value &value) : numRows(value.getNumRows()) {
    int64_t outer = 1, inner = execution::getByteWidth(value.dtype);
    int64_t dim = value.rowDim;
    for (int64_t d = 0; d < int64_t(value.shape.size()); ++d) {
      if (d < dim)
        outer *= value.shape[d];
      else if (d > dim || dim < 0)
        inner *= value.shape[d];
    }
    numBlocks = dim < 0 ? 1 : outer;
    blockBytes = inner;
    elementBytes = execution::getByteWidth(value.dtype);
  }

  /// The row of a row-major element.
  int64_t getRow(int64_t element) const {
    return element * elementBytes / blockBytes % numRows;
  }
  void gather(const char *from, int64_t row, char *to, int64_t toRow,
              int64_t toRows) const {
    for (int64_t block = 0; block < numBlocks; ++block)
      std::memcpy(to + (block * toRows + toRow) * blockBytes,
                  from + (block * numRows + row) * blockBytes, blockBytes);
  }
  void scatter(const char *from, int64_t fromRow, int64_t fromRows, char *to,
               int64_t row) const {
    for (int64_t block = 0; block < numBlocks; ++block)
      std::memcpy(to + (block * numRows + row) * blockBytes,
                  from + (block * fromRows + fromRow) * blockBytes, blockBytes);
  }
  bool isEqual(const char *whole, int64_t row, const char *packed,
               int64_t packedRow, int64_t packedRows) const {
    for (int64_t block = 0; block < numBlocks; ++block)
      if (std::memcmp(whole + (block * numRows + row) * blockBytes,
                      packed + (block * packedRows + packedRow) * blockBytes,
                      blockBytes))
        return false;
    return true;
  }
  bool isEqual(const char *left, const char *right, int64_t row) const {
    return isEqual(left, row, right, row, numRows);
  }
  int64_t getRowBytes() const { return numBlocks * blockBytes; }

private:
  int64_t numRows, numBlocks, blockBytes, elementBytes;
};

/// Memory for values and for packed rows of them, reused.
class BufferPool {
public:
  explicit BufferPool(const SegmentGraph &graph)
      : graph(graph), whole(graph.values.size()), rows(graph.values.size()) {
    for (const Value &value : graph.values)
      rowBytes.push_back(RowCopy(value).getRowBytes());
  }

  char *take(int value) {
    return takeFrom(whole[value], graph.values[value].numBytes);
  }
  void give(int value, char *data) { whole[value].push_back(data); }
  char *takeRows(int value, int64_t numRows) {
    return takeFrom(rows[value], rowBytes[value] * numRows);
  }
  void giveRows(int value, char *data) { rows[value].push_back(data); }

private:
  char *takeFrom(std::vector<char *> &list, int64_t bytes) {
    if (list.empty()) {
      buffers.emplace_back(bytes);
      return buffers.back().get();
    }
    char *data = list.back();
    list.pop_back();
    return data;
  }

  const SegmentGraph &graph;
  std::vector<std::vector<char *>> whole, rows;
  std::vector<int64_t> rowBytes;
  std::vector<Buffer> buffers;
};

/// A value of a trial that differs from the golden one in `rows`.
struct ChangedValue {
  int value;
  char *data;
  llvm::BitVector rows;
};

struct TrialState {
  TrialResult *result = nullptr;
  const GoldenRun *golden = nullptr;
  llvm::SmallVector<ChangedValue, 4> changed;

  void start(TrialResult &newResult, const GoldenRun &newGolden) {
    result = &newResult;
    golden = &newGolden;
    changed.clear();
  }
  const ChangedValue *find(int value) const {
    for (const ChangedValue &entry : changed)
      if (entry.value == value)
        return &entry;
    return nullptr;
  }
  ChangedValue *find(int value) {
    return const_cast<ChangedValue *>(
        static_cast<const TrialState *>(this)->find(value));
  }
  ChangedValue &add(int value, char *data, int64_t numRows) {
    changed.push_back({value, data, llvm::BitVector(numRows)});
    return changed.back();
  }
  void drop(int value, BufferPool &pool) {
    for (ChangedValue &entry : changed)
      if (entry.value == value) {
        pool.give(value, entry.data);
        if (&entry != &changed.back())
          std::swap(entry, changed.back());
        changed.pop_back();
        return;
      }
  }
  void dropAll(BufferPool &pool) {
    for (ChangedValue &entry : changed)
      pool.give(entry.value, entry.data);
    changed.clear();
  }
};

/// Clears the rows that have the golden bits.
inline void dropEqualRows(ChangedValue &changed, const RowCopy &copy,
                          const char *golden) {
  for (unsigned row : changed.rows.set_bits())
    if (copy.isEqual(changed.data, golden, row))
      changed.rows.reset(row);
}

} // namespace edgebert::campaign

#endif // EDGEBERT_LIB_CAMPAIGN_WINDOWSTATE_H
