//===- Matrix.h - row-major matrices of f32 ---------------------*- C++ -*-===//
//
// A weight matrix W is [outputs x inputs]: y = W x. Convolutions come as
// [output channels x patch], with the inputs in the order of the patches.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_COMPRESSION_MATRIX_H
#define EDGEBERT_COMPRESSION_MATRIX_H

#include "llvm/ADT/ArrayRef.h"

#include <cassert>
#include <cstdint>
#include <vector>

namespace edgebert::compression {

/// A contiguous row-major matrix somebody else owns.
struct MatrixView {
  const float *data = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;

  int64_t size() const { return rows * columns; }
  float operator()(int64_t r, int64_t c) const { return data[r * columns + c]; }
  llvm::ArrayRef<float> row(int64_t r) const {
    return {data + r * columns, size_t(columns)};
  }
  llvm::ArrayRef<float> all() const { return {data, size_t(size())}; }
};

/// A row-major matrix.
struct Matrix {
  std::vector<float> storage;
  int64_t rows = 0;
  int64_t columns = 0;

  Matrix() = default;
  Matrix(int64_t rows, int64_t columns)
      : storage(size_t(rows * columns)), rows(rows), columns(columns) {}
  explicit Matrix(MatrixView view)
      : storage(view.data, view.data + view.size()), rows(view.rows),
        columns(view.columns) {}

  operator MatrixView() const { return {storage.data(), rows, columns}; }
  int64_t size() const { return rows * columns; }
  float *data() { return storage.data(); }
  const float *data() const { return storage.data(); }
  float &operator()(int64_t r, int64_t c) { return storage[r * columns + c]; }
  float operator()(int64_t r, int64_t c) const {
    return storage[r * columns + c];
  }
  llvm::MutableArrayRef<float> row(int64_t r) {
    return {data() + r * columns, size_t(columns)};
  }
  llvm::ArrayRef<float> row(int64_t r) const {
    return {data() + r * columns, size_t(columns)};
  }
  llvm::ArrayRef<float> all() const { return storage; }
};

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_MATRIX_H
