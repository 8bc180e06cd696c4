//===- Mask.cpp - which weights stay, and in which pattern ----------------===//

#include "edgebert/Compression/Mask.h"
#include "Problem.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/bit.h"

using namespace edgebert::compression;
using llvm::Twine;

Mask::Mask(int64_t rows, int64_t columns)
    : numRows(rows), numColumns(columns),
      bits(size_t((rows * columns + 7) / 8), 0xff) {
  if (int64_t rest = size() % 8)
    bits.back() = uint8_t((1 << rest) - 1);
}

Mask Mask::ofNonZeros(MatrixView w) {
  Mask mask(w.rows, w.columns);
  for (int64_t i = 0; i < w.size(); ++i)
    if (w.data[i] == 0)
      mask.keep(i, false);
  return mask;
}

Mask Mask::ofBytes(int64_t rows, int64_t columns,
                   llvm::ArrayRef<uint8_t> bytes) {
  Mask mask(rows, columns);
  assert(bytes.size() == mask.bits.size() && "sizes differ");
  for (auto [bits, given] : llvm::zip_equal(mask.bits, bytes))
    bits &= given;
  return mask;
}

void Mask::keep(int64_t index, bool stays) {
  uint8_t bit = uint8_t(1u << index % 8);
  if (stays)
    bits[index / 8] |= bit;
  else
    bits[index / 8] &= uint8_t(~bit);
}

int64_t Mask::zeros() const {
  int64_t ones = 0;
  for (uint8_t byte : bits)
    ones += llvm::popcount(byte);
  return size() - ones;
}

Matrix Mask::apply(MatrixView w) const {
  assert(w.rows == numRows && w.columns == numColumns && "shapes differ");
  Matrix result(w);
  for (int64_t i = 0; i < w.size(); ++i)
    if (!keeps(i))
      result.storage[i] = 0;
  return result;
}

bool Mask::isKeptBy(MatrixView w) const {
  assert(w.rows == numRows && w.columns == numColumns && "shapes differ");
  for (int64_t i = 0; i < w.size(); ++i)
    if (!keeps(i) && w.data[i] != 0)
      return false;
  return true;
}

int64_t Mask::differences(const Mask &other) const {
  assert(size() == other.size() && "shapes differ");
  int64_t count = 0;
  for (auto [a, b] : llvm::zip_equal(bits, other.bits))
    count += llvm::popcount(uint8_t(a ^ b));
  return count;
}

Pattern Pattern::nm(unsigned n, unsigned m) {
  Pattern pattern;
  pattern.kind = PatternKind::NM;
  pattern.n = n;
  pattern.m = m;
  return pattern;
}

Pattern Pattern::block(int64_t rows, int64_t columns) {
  Pattern pattern;
  pattern.kind = PatternKind::Block;
  pattern.blockRows = rows;
  pattern.blockColumns = columns;
  return pattern;
}

Pattern Pattern::head(int64_t heads, HeadAxis axis) {
  Pattern pattern;
  pattern.kind = PatternKind::Head;
  pattern.heads = heads;
  pattern.headAxis = axis;
  return pattern;
}

std::string Pattern::name() const {
  switch (kind) {
  case PatternKind::Unstructured:
    return "unstructured";
  case PatternKind::NM:
    return (Twine(n) + ":" + Twine(m)).str();
  case PatternKind::Block:
    return (Twine(blockRows) + "x" + Twine(blockColumns)).str();
  case PatternKind::Head:
    return ("head" + Twine(heads) + (headAxis == HeadAxis::Columns ? "c" : ""))
        .str();
  }
  llvm_unreachable("not a pattern");
}

llvm::Expected<Pattern> Pattern::parse(llvm::StringRef spelling) {
  auto positive = [](llvm::StringRef text, auto &value) {
    return !text.getAsInteger(10, value) && value > 0;
  };
  Pattern pattern;
  llvm::StringRef rest = spelling;
  if (spelling == "unstructured")
    return pattern;
  if (rest.consume_front("head")) {
    pattern.kind = PatternKind::Head;
    if (rest.consume_back("c"))
      pattern.headAxis = HeadAxis::Columns;
    if (positive(rest, pattern.heads))
      return pattern;
  } else if (auto [n, m] = spelling.split(':'); !m.empty()) {
    pattern.kind = PatternKind::NM;
    if (positive(n, pattern.n) && positive(m, pattern.m) &&
        pattern.n < pattern.m)
      return pattern;
  } else if (auto [r, c] = spelling.split('x'); !c.empty()) {
    pattern.kind = PatternKind::Block;
    if (positive(r, pattern.blockRows) && positive(c, pattern.blockColumns))
      return pattern;
  }
  return problem("pattern '" + spelling +
                 "': expected unstructured, n:m with 0 < n < m (2:4), a block "
                 "rows x columns (1x16), or headH or headHc for H heads along "
                 "the rows or columns (head12)");
}

llvm::Error Pattern::check(int64_t rows, int64_t columns) const {
  auto mustDivide = [&](int64_t part, int64_t whole, const char *of) {
    return part > 0 && whole % part == 0
               ? llvm::Error::success()
               : problem("pattern " + name() + ": " + Twine(part) +
                         " does not divide the matrix's " + Twine(whole) + " " +
                         of);
  };
  switch (kind) {
  case PatternKind::Unstructured:
    return llvm::Error::success();
  case PatternKind::NM:
    if (n == 0 || n >= m)
      return problem("pattern " + name() + ": expected 0 < n < m");
    return mustDivide(m, columns, "inputs");
  case PatternKind::Block:
    if (llvm::Error error = mustDivide(blockRows, rows, "outputs"))
      return error;
    return mustDivide(blockColumns, columns, "inputs");
  case PatternKind::Head:
    return headAxis == HeadAxis::Rows ? mustDivide(heads, rows, "outputs")
                                      : mustDivide(heads, columns, "inputs");
  }
  llvm_unreachable("not a pattern");
}

bool edgebert::compression::follows(const Mask &mask, const Pattern &pattern) {
  if (llvm::Error error = pattern.check(mask.rows(), mask.columns())) {
    llvm::consumeError(std::move(error));
    return false;
  }
  if (pattern.kind == PatternKind::Unstructured)
    return true;
  if (pattern.kind == PatternKind::NM) {
    for (int64_t i = 0; i < mask.size(); i += pattern.m) {
      unsigned kept = 0;
      for (unsigned k = 0; k < pattern.m; ++k)
        kept += mask.keeps(i + k);
      if (kept > pattern.n)
        return false;
    }
    return true;
  }
  auto [height, width] = pattern.unit(mask.rows(), mask.columns());
  for (int64_t r = 0; r < mask.rows(); ++r)
    for (int64_t c = 0; c < mask.columns(); ++c)
      if (mask.keeps(r, c) != mask.keeps(r - r % height, c - c % width))
        return false;
  return true;
}

std::pair<int64_t, int64_t> Pattern::unit(int64_t rows, int64_t columns) const {
  switch (kind) {
  case PatternKind::Block:
    return {blockRows, blockColumns};
  case PatternKind::Head:
    if (headAxis == HeadAxis::Rows)
      return {rows / heads, columns};
    return {rows, columns / heads};
  case PatternKind::Unstructured:
  case PatternKind::NM:
    break;
  }
  return {1, 1};
}
