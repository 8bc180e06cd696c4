//===- Runtime.cpp - functions that compiled code calls -------------------===//

#include "edgebert/Execution/Runtime.h"
#include "edgebert/Execution/FaultSession.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cblas.h>
#include <cmath>
#include <cstring>
#include <vector>

using namespace llvm;
using namespace edgebert::execution;

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

namespace {

/// A matrix with arbitrary strides.
template <typename T>
struct Matrix {
  T *data;
  int64_t rows, columns;
  int64_t rowStride, columnStride;
};

void callGemm(CBLAS_TRANSPOSE transA, CBLAS_TRANSPOSE transB, int64_t m,
              int64_t n, int64_t k, const float *a, int64_t lda, const float *b,
              int64_t ldb, float beta, float *c, int64_t ldc) {
  cblas_sgemm(CblasRowMajor, transA, transB, m, n, k, 1.0f, a, lda, b, ldb,
              beta, c, ldc);
}

void callGemm(CBLAS_TRANSPOSE transA, CBLAS_TRANSPOSE transB, int64_t m,
              int64_t n, int64_t k, const double *a, int64_t lda,
              const double *b, int64_t ldb, double beta, double *c,
              int64_t ldc) {
  cblas_dgemm(CblasRowMajor, transA, transB, m, n, k, 1.0, a, lda, b, ldb, beta,
              c, ldc);
}

/// How BLAS sees a matrix: row-major, perhaps transposed, with rows that do
/// not overlap.
template <typename T>
bool describe(const Matrix<T> &matrix, CBLAS_TRANSPOSE &trans, int64_t &ld) {
  if ((matrix.columnStride == 1 || matrix.columns == 1) &&
      (matrix.rowStride >= matrix.columns || matrix.rows == 1)) {
    trans = CblasNoTrans;
    ld = matrix.rows == 1 ? matrix.columns : matrix.rowStride;
    return true;
  }
  if ((matrix.rowStride == 1 || matrix.rows == 1) &&
      (matrix.columnStride >= matrix.rows || matrix.columns == 1)) {
    trans = CblasTrans;
    ld = matrix.columns == 1 ? matrix.rows : matrix.columnStride;
    return true;
  }
  return false;
}

/// A row-major copy in `storage`.
template <typename T>
Matrix<T> pack(const Matrix<T> &from, std::vector<T> &storage) {
  storage.resize(from.rows * from.columns);
  T *to = storage.data();
  for (int64_t row = 0; row < from.rows; ++row)
    for (int64_t column = 0; column < from.columns; ++column)
      *to++ = from.data[row * from.rowStride + column * from.columnStride];
  return {storage.data(), from.rows, from.columns, from.columns, 1};
}

template <typename T>
void multiply(bool accumulate, Matrix<T> a, Matrix<T> b, Matrix<T> c) {
  thread_local std::vector<T> packedA, packedB, packedC;
  CBLAS_TRANSPOSE transA, transB, transC;
  int64_t lda, ldb, ldc;
  if (!describe(a, transA, lda)) {
    a = pack(a, packedA);
    describe(a, transA, lda);
  }
  if (!describe(b, transB, ldb)) {
    b = pack(b, packedB);
    describe(b, transB, ldb);
  }
  Matrix<T> out = c;
  bool copyBack = !describe(c, transC, ldc);
  if (copyBack) {
    out = pack(c, packedC);
    describe(out, transC, ldc);
  }
  T beta = accumulate ? 1 : 0;
  if (transC == CblasNoTrans) {
    callGemm(transA, transB, c.rows, c.columns, a.columns, a.data, lda, b.data,
             ldb, beta, out.data, ldc);
  } else {
    // C^T = B^T A^T.
    auto flip = [](CBLAS_TRANSPOSE trans) {
      return trans == CblasTrans ? CblasNoTrans : CblasTrans;
    };
    callGemm(flip(transB), flip(transA), c.columns, c.rows, a.columns, b.data,
             ldb, a.data, lda, beta, out.data, ldc);
  }
  if (!copyBack)
    return;
  for (int64_t row = 0; row < c.rows; ++row)
    for (int64_t column = 0; column < c.columns; ++column)
      c.data[row * c.rowStride + column * c.columnStride] =
          out.data[row * c.columns + column];
}

template <typename T>
void multiplyBatch(int64_t accumulate, int64_t b0, int64_t b1, int64_t m,
                   int64_t n, int64_t k, intptr_t a, int64_t aB0, int64_t aB1,
                   int64_t aM, int64_t aK, intptr_t b, int64_t bB0, int64_t bB1,
                   int64_t bK, int64_t bN, intptr_t c, int64_t cB0, int64_t cB1,
                   int64_t cM, int64_t cN) {
  for (int64_t i = 0; i < b0; ++i)
    for (int64_t j = 0; j < b1; ++j)
      multiply<T>(accumulate,
                  {reinterpret_cast<T *>(a) + i * aB0 + j * aB1, m, k, aM, aK},
                  {reinterpret_cast<T *>(b) + i * bB0 + j * bB1, k, n, bK, bN},
                  {reinterpret_cast<T *>(c) + i * cB0 + j * cB1, m, n, cM, cN});
}

} // namespace

extern "C" void edgebert_rt_gemm_f32(int64_t accumulate, int64_t b0, int64_t b1,
                                     int64_t m, int64_t n, int64_t k,
                                     intptr_t a, int64_t aB0, int64_t aB1,
                                     int64_t aM, int64_t aK, intptr_t b,
                                     int64_t bB0, int64_t bB1, int64_t bK,
                                     int64_t bN, intptr_t c, int64_t cB0,
                                     int64_t cB1, int64_t cM, int64_t cN) {
  multiplyBatch<float>(accumulate, b0, b1, m, n, k, a, aB0, aB1, aM, aK, b, bB0,
                       bB1, bK, bN, c, cB0, cB1, cM, cN);
}

extern "C" void edgebert_rt_gemm_f64(int64_t accumulate, int64_t b0, int64_t b1,
                                     int64_t m, int64_t n, int64_t k,
                                     intptr_t a, int64_t aB0, int64_t aB1,
                                     int64_t aM, int64_t aK, intptr_t b,
                                     int64_t bB0, int64_t bB1, int64_t bK,
                                     int64_t bN, intptr_t c, int64_t cB0,
                                     int64_t cB1, int64_t cM, int64_t cN) {
  multiplyBatch<double>(accumulate, b0, b1, m, n, k, a, aB0, aB1, aM, aK, b,
                        bB0, bB1, bK, bN, c, cB0, cB1, cM, cN);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

namespace {

thread_local int64_t failedChecks = 0;

/// An element as a number and as bits.
struct Element {
  bool isFloat;
  double value;
  uint64_t bits;
};

/// Reads element `index` of an array whose element type is spelled `type`.
Element readElement(StringRef type, intptr_t data, int64_t index) {
  unsigned width = 64;
  StringRef digits = type;
  if (digits.consume_front("bf") || digits.consume_front("f") ||
      digits.consume_front("si") || digits.consume_front("ui") ||
      digits.consume_front("i"))
    digits.getAsInteger(10, width);
  unsigned bytes = (width + 7) / 8;
  Element element = {type.contains('f'), 0, 0};
  std::memcpy(&element.bits, reinterpret_cast<char *>(data) + index * bytes,
              bytes);
  if (width < 64)
    element.bits &= (uint64_t(1) << width) - 1;
  if (element.isFloat) {
    const fltSemantics &semantics = type == "bf16" ? APFloat::BFloat()
                                    : width == 16  ? APFloat::IEEEhalf()
                                    : width == 32  ? APFloat::IEEEsingle()
                                                   : APFloat::IEEEdouble();
    element.value =
        APFloat(semantics, APInt(width, element.bits)).convertToDouble();
  } else {
    element.value =
        static_cast<double>(APInt(width, element.bits).getSExtValue());
  }
  return element;
}

bool agree(StringRef kind, const Element &actual, const Element &expected,
           double atol, double rtol) {
  if (kind == "bits" || !actual.isFloat)
    return actual.bits == expected.bits;
  if (std::isnan(actual.value) || std::isnan(expected.value))
    return std::isnan(actual.value) && std::isnan(expected.value);
  if (actual.value == expected.value)
    return true;
  if (kind == "eq" || std::isinf(actual.value) || std::isinf(expected.value))
    return false;
  return std::fabs(actual.value - expected.value) <=
         atol + rtol * std::fabs(expected.value);
}

void printElement(raw_ostream &os, StringRef kind, const Element &element) {
  if (!element.isFloat)
    os << static_cast<int64_t>(element.value);
  else
    os << format("%.9g", element.value);
  if (kind == "bits")
    os << " (bits " << format_hex(element.bits, 4) << ')';
}

} // namespace

extern "C" void edgebert_rt_check(const char *description, intptr_t actual,
                                  intptr_t expected) {
  SmallVector<StringRef> fields;
  StringRef(description).split(fields, '|', /*MaxSplit=*/5);
  StringRef kind = fields[0], type = fields[1];
  SmallVector<int64_t> shape;
  SmallVector<StringRef> extents;
  fields[2].split(extents, 'x', -1, /*KeepEmpty=*/false);
  int64_t count = 1;
  for (StringRef text : extents) {
    int64_t extent = 0;
    text.getAsInteger(10, extent);
    shape.push_back(extent);
    count *= extent;
  }
  double atol = 0, rtol = 0;
  fields[3].getAsDouble(atol);
  fields[4].getAsDouble(rtol);

  int64_t differences = 0, first = -1;
  std::string expectedType = type.str();
  // Bit patterns are given as integers of the same width.
  if (kind == "bits" && type.contains('f'))
    expectedType =
        "i" + type.drop_until([](char c) { return isDigit(c); }).str();
  for (int64_t i = 0; i < count; ++i)
    if (!agree(kind, readElement(type, actual, i),
               readElement(expectedType, expected, i), atol, rtol)) {
      if (first < 0)
        first = i;
      ++differences;
    }
  if (!differences)
    return;
  ++failedChecks;
  SmallVector<int64_t> index(shape.size());
  for (int64_t d = static_cast<int64_t>(shape.size()) - 1, rest = first; d >= 0;
       --d) {
    index[d] = rest % shape[d];
    rest /= shape[d];
  }
  raw_ostream &os = errs();
  os << fields[5] << ": error: check.expect_" << kind << " failed at [";
  interleaveComma(index, os);
  os << "]: expected ";
  printElement(os, kind, readElement(expectedType, expected, first));
  os << ", found ";
  printElement(os, kind, readElement(type, actual, first));
  os << "; " << differences << " of " << count << " elements differ\n";
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

namespace edgebert::execution {

ArrayRef<RuntimeSymbol> getRuntimeSymbols() {
  static const RuntimeSymbol symbols[] = {
      {"edgebert_rt_gemm_f32", reinterpret_cast<void *>(&edgebert_rt_gemm_f32)},
      {"edgebert_rt_gemm_f64", reinterpret_cast<void *>(&edgebert_rt_gemm_f64)},
      {"edgebert_rt_check", reinterpret_cast<void *>(&edgebert_rt_check)},
      {"edgebert_rt_fault_site",
       reinterpret_cast<void *>(&edgebert_rt_fault_site)},
      {"edgebert_rt_fault_detect",
       reinterpret_cast<void *>(&edgebert_rt_fault_detect)},
  };
  return symbols;
}

void setNumThreads(int threads) { openblas_set_num_threads(threads); }

int64_t takeNumFailedChecks() {
  int64_t count = failedChecks;
  failedChecks = 0;
  return count;
}

} // namespace edgebert::execution
