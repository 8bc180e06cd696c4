//===- Storage.cpp - sparse and quantized weights as bytes ----------------===//

#include "edgebert/Compression/Storage.h"
#include "Problem.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace edgebert::compression;
using llvm::ArrayRef;
using llvm::Twine;

namespace {

/// Bits, least significant first; integers of whole bytes little-endian.
class BitWriter {
public:
  void bits(uint32_t value, unsigned width) {
    for (unsigned i = 0; i < width; ++i, ++position) {
      if (position % 8 == 0)
        bytes.push_back(0);
      bytes.back() |= uint8_t((value >> i & 1) << position % 8);
    }
  }
  void align() { position = bytes.size() * 8; }

  std::vector<uint8_t> bytes;

private:
  size_t position = 0;
};

class BitReader {
public:
  explicit BitReader(ArrayRef<uint8_t> bytes) : bytes(bytes) {}
  uint32_t bits(unsigned width) {
    uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i, ++position)
      if (position / 8 < bytes.size())
        value |= uint32_t(bytes[position / 8] >> position % 8 & 1) << i;
    return value;
  }
  void align() { position = (position + 7) / 8 * 8; }
  /// Whether exactly everything was read.
  bool atEnd() const { return (position + 7) / 8 == bytes.size(); }

private:
  ArrayRef<uint8_t> bytes;
  size_t position = 0;
};

/// Bits of a column number of `count` columns, in whole bytes.
unsigned indexBits(int64_t count) {
  return count <= 0x100 ? 8 : count <= 0x10000 ? 16 : 32;
}

struct Codes {
  const CodedMatrix &matrix;
  uint32_t operator[](int64_t i) const {
    uint32_t code = 0;
    for (unsigned b = 0; b < matrix.storageBytes; ++b)
      code |= uint32_t(matrix.codes[i * matrix.storageBytes + b]) << 8 * b;
    return code;
  }
};

/// Lines (rows of CSR, columns of CSC), their weights, and the row-major index
/// of a weight.
struct Lines {
  Lines(const Mask &mask, bool byColumn)
      : count(byColumn ? mask.columns() : mask.rows()),
        length(byColumn ? mask.rows() : mask.columns()),
        lineStride(byColumn ? 1 : mask.columns()),
        stride(byColumn ? mask.columns() : 1) {}
  int64_t index(int64_t line, int64_t k) const {
    return line * lineStride + k * stride;
  }
  int64_t count, length, lineStride, stride;
};

llvm::Error check(const CodedMatrix &matrix, StoredForm form,
                  const Pattern &pattern) {
  assert(matrix.mask && "expected a mask");
  if (form != StoredForm::NM)
    return llvm::Error::success();
  if (pattern.kind != PatternKind::NM)
    return problem("the n:m form needs an n:m pattern, got " + pattern.name());
  return pattern.check(matrix.mask->rows(), matrix.mask->columns());
}

void writeLines(BitWriter &out, const CodedMatrix &matrix, bool byColumn) {
  Lines lines(*matrix.mask, byColumn);
  Codes codes{matrix};
  uint32_t kept = 0;
  out.bits(0, 32);
  for (int64_t line = 0; line < lines.count; ++line) {
    for (int64_t k = 0; k < lines.length; ++k)
      kept += matrix.mask->keeps(lines.index(line, k));
    out.bits(kept, 32);
  }
  for (bool values : {false, true}) {
    for (int64_t line = 0; line < lines.count; ++line)
      for (int64_t k = 0; k < lines.length; ++k)
        if (int64_t i = lines.index(line, k); matrix.mask->keeps(i)) {
          if (values)
            out.bits(codes[i], matrix.bits);
          else
            out.bits(uint32_t(k), indexBits(lines.length));
        }
    out.align();
  }
}

} // namespace

llvm::Expected<std::vector<uint8_t>>
edgebert::compression::store(const CodedMatrix &matrix, StoredForm form,
                             const Pattern &pattern) {
  if (llvm::Error error = check(matrix, form, pattern))
    return error;
  const Mask &mask = *matrix.mask;
  Codes codes{matrix};
  BitWriter out;
  switch (form) {
  case StoredForm::Bitmask:
    out.bytes = mask.bytes().vec();
    out.align();
    [[fallthrough]];
  case StoredForm::Dense:
    for (int64_t i = 0; i < mask.size(); ++i)
      if (form == StoredForm::Dense || mask.keeps(i))
        out.bits(codes[i], matrix.bits);
    break;
  case StoredForm::Csr:
  case StoredForm::Csc:
    writeLines(out, matrix, form == StoredForm::Csc);
    break;
  case StoredForm::NM: {
    unsigned width = llvm::Log2_32_Ceil(pattern.m);
    if (!follows(mask, pattern))
      return problem("the mask keeps more than " + Twine(pattern.n) + " of " +
                     Twine(pattern.m) + " weights");
    for (bool values : {false, true}) {
      for (int64_t i = 0; i < mask.size(); i += pattern.m) {
        unsigned places = 0;
        for (unsigned k = 0; k < pattern.m; ++k)
          if (mask.keeps(i + k)) {
            out.bits(values ? codes[i + k] : k, values ? matrix.bits : width);
            ++places;
          }
        // A place more than the group keeps: a zero at position 0, which never
        // follows another, so that it is told apart from a weight.
        for (; places < pattern.n; ++places)
          out.bits(0, values ? matrix.bits : width);
      }
      out.align();
    }
    break;
  }
  }
  return std::move(out.bytes);
}

llvm::Expected<std::vector<uint8_t>>
edgebert::compression::load(ArrayRef<uint8_t> stored, const CodedMatrix &shape,
                            StoredForm form, const Pattern &pattern) {
  if (llvm::Error error = check(shape, form, pattern))
    return error;
  int64_t rows = shape.mask->rows(), columns = shape.mask->columns();
  int64_t size = rows * columns;
  std::vector<uint8_t> codes(size_t(size * shape.storageBytes));
  auto put = [&](int64_t i, uint32_t code) {
    for (unsigned b = 0; b < shape.storageBytes; ++b)
      codes[i * shape.storageBytes + b] = uint8_t(code >> 8 * b);
  };
  for (int64_t i = 0; i < size; ++i)
    put(i, shape.zeroCode);
  BitReader in(stored);
  switch (form) {
  case StoredForm::Dense:
    for (int64_t i = 0; i < size; ++i)
      put(i, in.bits(shape.bits));
    break;
  case StoredForm::Bitmask: {
    size_t maskBytes = size_t((size + 7) / 8);
    if (stored.size() < maskBytes)
      return problem("expected " + Twine(maskBytes) + " bytes of mask, got " +
                     Twine(stored.size()));
    Mask mask = Mask::ofBytes(rows, columns, stored.take_front(maskBytes));
    in = BitReader(stored.drop_front(maskBytes));
    for (int64_t i = 0; i < size; ++i)
      if (mask.keeps(i))
        put(i, in.bits(shape.bits));
    break;
  }
  case StoredForm::Csr:
  case StoredForm::Csc: {
    Lines lines(*shape.mask, form == StoredForm::Csc);
    std::vector<int64_t> starts, at;
    for (int64_t line = 0; line <= lines.count; ++line)
      starts.push_back(in.bits(32));
    for (int64_t line = 0; line < lines.count; ++line) {
      if (starts[line + 1] < starts[line] || starts[line + 1] > size)
        return problem("the starts of the stored lines do not rise");
      for (int64_t k = starts[line]; k < starts[line + 1]; ++k) {
        int64_t place = in.bits(indexBits(lines.length));
        if (place >= lines.length)
          return problem("a stored line has a weight at " + Twine(place) +
                         " of " + Twine(lines.length));
        at.push_back(lines.index(line, place));
      }
    }
    in.align();
    for (int64_t i : at)
      put(i, in.bits(shape.bits));
    break;
  }
  case StoredForm::NM: {
    std::vector<int64_t> at;
    unsigned width = llvm::Log2_32_Ceil(pattern.m);
    for (int64_t i = 0; i < size; i += pattern.m) {
      int64_t last = -1;
      for (unsigned place = 0; place < pattern.n; ++place) {
        int64_t k = in.bits(width);
        bool padding = k <= last;
        at.push_back(padding ? -1 : i + k);
        if (!padding)
          last = k;
      }
    }
    in.align();
    for (int64_t i : at) {
      uint32_t code = in.bits(shape.bits);
      if (i >= 0)
        put(i, code);
    }
    break;
  }
  }
  in.align();
  if (!in.atEnd())
    return problem("the stored weights are not as long as their shape says");
  return codes;
}

int64_t edgebert::compression::metadataBytes(const Grid &grid) {
  auto count = int64_t(grid.metadata().size());
  numerics::MetadataKind kind = grid.format().metadataKind();
  if (kind == numerics::MetadataKind::None)
    return 0;
  if (kind == numerics::MetadataKind::Int8)
    return count;
  return kind == numerics::MetadataKind::F32 ? 4 * count : 8 * count;
}

double edgebert::compression::bitsPerWeight(int64_t storedBytes,
                                            int64_t metadataBytes,
                                            int64_t weights) {
  return 8.0 * double(storedBytes + metadataBytes) / double(weights);
}
