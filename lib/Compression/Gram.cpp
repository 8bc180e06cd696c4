//===- Gram.cpp - what a layer's inputs looked like -----------------------===//

#include "edgebert/Compression/Gram.h"

#include <cblas.h>

#include <cmath>

using namespace edgebert::compression;

Gram::Gram(int64_t inputs)
    : sums(inputs, inputs), absolute(inputs), maximum(inputs) {}

Gram::Gram(int64_t samples, Matrix products, std::vector<double> absoluteSums,
           std::vector<float> maxima)
    : count(samples), sums(std::move(products)),
      absolute(std::move(absoluteSums)), maximum(std::move(maxima)) {
  assert(sums.rows == sums.columns && int64_t(absolute.size()) == sums.rows &&
         int64_t(maximum.size()) == sums.rows && "sizes differ");
}

void Gram::add(MatrixView x) {
  assert(x.columns == inputs() && "expected samples of the layer's inputs");
  cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, int(x.columns),
              int(x.rows), 1.0f, x.data, int(x.columns), 1.0f, sums.data(),
              int(x.columns));
  for (int64_t r = 0; r < x.rows; ++r) {
    const float *row = x.data + r * x.columns;
    for (int64_t c = 0; c < x.columns; ++c) {
      float magnitude = std::fabs(row[c]);
      absolute[c] += magnitude;
      maximum[c] = magnitude > maximum[c] ? magnitude : maximum[c];
    }
  }
  count += x.rows;
}

void Gram::add(const Gram &other) {
  assert(other.inputs() == inputs() && "expected the same inputs");
  for (int64_t i = 0; i < sums.size(); ++i)
    sums.storage[i] += other.sums.storage[i];
  for (int64_t c = 0; c < inputs(); ++c) {
    absolute[c] += other.absolute[c];
    maximum[c] = std::max(maximum[c], other.maximum[c]);
  }
  count += other.count;
}

std::vector<double> Gram::inputNorms() const {
  std::vector<double> norms(inputs());
  for (int64_t c = 0; c < inputs(); ++c)
    norms[c] = std::sqrt(double(sums(c, c)) / double(count));
  return norms;
}

std::vector<double> Gram::inputMagnitudes() const {
  std::vector<double> means(inputs());
  for (int64_t c = 0; c < inputs(); ++c)
    means[c] = absolute[c] / double(count);
  return means;
}

Matrix Gram::times(MatrixView d) const {
  assert(d.columns == inputs() && "expected a column per input");
  return timesBlock(d, 0);
}

Matrix Gram::timesBlock(MatrixView d, int64_t begin) const {
  assert(begin + d.columns <= inputs() && "expected inputs of the layer");
  Matrix result(d.rows, d.columns);
  cblas_ssymm(CblasRowMajor, CblasRight, CblasUpper, int(d.rows),
              int(d.columns), 2.0f / float(count),
              sums.data() + begin * inputs() + begin, int(inputs()), d.data,
              int(d.columns), 0.0f, result.data(), int(d.columns));
  return result;
}

double Gram::halfProduct(MatrixView a, MatrixView b) const {
  assert(a.rows == b.rows && a.columns == b.columns && "shapes differ");
  Matrix bh = times(b);
  double sum = 0;
  for (int64_t i = 0; i < a.size(); ++i)
    sum += double(a.data[i]) * double(bh.storage[i]);
  return sum / 2;
}
