//===- RandomLayer.h - weights and inputs for the tests ---------*- C++ -*-===//

#ifndef EDGEBERT_UNITTESTS_COMPRESSION_RANDOMLAYER_H
#define EDGEBERT_UNITTESTS_COMPRESSION_RANDOMLAYER_H

#include "edgebert/Compression/Gram.h"
#include "edgebert/Compression/Grid.h"

#include <random>

namespace edgebert::compression {

inline Matrix gaussian(int64_t rows, int64_t columns, std::mt19937 &random) {
  std::normal_distribution<float> normal;
  Matrix matrix(rows, columns);
  for (float &x : matrix.storage)
    x = normal(random);
  return matrix;
}

/// A layer whose inputs are correlated and of different sizes.
struct RandomLayer {
  RandomLayer(int64_t outputs, int64_t inputs, int64_t samples, unsigned seed)
      : gram(inputs) {
    std::mt19937 random(seed);
    w = gaussian(outputs, inputs, random);
    Matrix mixing = gaussian(inputs, inputs, random);
    Matrix sources = gaussian(samples, inputs, random);
    x = Matrix(samples, inputs);
    for (int64_t i = 0; i < samples; ++i)
      for (int64_t j = 0; j < inputs; ++j)
        for (int64_t k = 0; k < inputs; ++k)
          x(i, j) += sources(i, k) * (mixing(k, j) * 0.5f + (k == j)) /
                     (1 + 0.1f * float(k));
    gram.add(x);
  }

  Matrix w, x;
  Gram gram;
};

inline GridOptions grid(llvm::StringRef format,
                        Granularity granularity = Granularity::Channel,
                        int64_t groupSize = 128) {
  GridOptions options(llvm::cantFail(numerics::Format::parse(format)));
  options.granularity = granularity;
  options.groupSize = groupSize;
  return options;
}

inline double meanSquaredError(MatrixView a, MatrixView b) {
  double sum = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    double error = double(a.data[i]) - double(b.data[i]);
    sum += error * error;
  }
  return sum / double(a.size());
}

} // namespace edgebert::compression

#endif // EDGEBERT_UNITTESTS_COMPRESSION_RANDOMLAYER_H
