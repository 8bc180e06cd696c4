//===- CompressBertBase.cpp - time and memory at BERT-base size -----------===//
//
//   CompressBertBase rtn|solvers
//
// Compresses the 72 matrices (85 M weights) of an encoder with BERT-base's
// shapes and random weights: `rtn` rounds them to int<4>, groups of 128;
// `solvers` prunes each to 50 % by SparseGPT and then quantizes it by GPTQ
// under that mask, on 128 sequences of 128 tokens, layers in order, each fed
// by what the compressed ones before it put out. Prints progress on standard
// error and one line with the seconds it took, the weights and the share of
// zeros on standard output; used by bench/compress.py.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Compression/Interaction.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cblas.h>

#include <chrono>
#include <cmath>
#include <random>

using namespace edgebert::compression;

namespace {

constexpr int64_t kLayers = 12, kHidden = 768, kInner = 3072, kHeads = 12;
constexpr int64_t kSequences = 128, kTokens = 128, kHeadSize = 64;

double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

GridOptions int4() {
  GridOptions options(
      llvm::cantFail(edgebert::numerics::Format::parse("int<4>")));
  options.granularity = Granularity::Group;
  options.groupSize = 128;
  return options;
}

/// Random numbers of the given spread, quickly: a sum of four uniform ones.
Matrix randomMatrix(int64_t rows, int64_t columns, float spread,
                    std::mt19937_64 &random) {
  Matrix matrix(rows, columns);
  for (float &x : matrix.storage) {
    uint64_t bits = random();
    int32_t sum = 0;
    for (int i = 0; i < 4; ++i)
      sum += int32_t(bits >> (16 * i) & 0xffff) - 0x8000;
    x = float(sum) * spread / 37837.0f; // the sum's standard deviation
  }
  return matrix;
}

/// X W^T.
Matrix linear(MatrixView x, MatrixView w) {
  Matrix y(x.rows, w.rows);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, int(x.rows), int(w.rows),
              int(x.columns), 1.0f, x.data, int(x.columns), w.data,
              int(w.columns), 0.0f, y.data(), int(w.rows));
  return y;
}

/// Adds `y` to `x` and normalises each row.
void addAndNormalize(Matrix &x, const Matrix &y) {
  for (int64_t r = 0; r < x.rows; ++r) {
    double sum = 0, squares = 0;
    for (int64_t c = 0; c < x.columns; ++c) {
      float value = x(r, c) += y(r, c);
      sum += value;
      squares += double(value) * value;
    }
    double mean = sum / double(x.columns);
    auto scale =
        float(1 / std::sqrt(squares / double(x.columns) - mean * mean + 1e-12));
    for (int64_t c = 0; c < x.columns; ++c)
      x(r, c) = (x(r, c) - float(mean)) * scale;
  }
}

Matrix attend(const Matrix &q, const Matrix &k, const Matrix &v) {
  Matrix context(q.rows, kHidden), scores(kTokens, kTokens);
  for (int64_t sequence = 0; sequence < kSequences; ++sequence)
    for (int64_t head = 0; head < kHeads; ++head) {
      int64_t at = sequence * kTokens * kHidden + head * kHeadSize;
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, kTokens, kTokens,
                  kHeadSize, 0.125f, q.data() + at, kHidden, k.data() + at,
                  kHidden, 0.0f, scores.data(), kTokens);
      for (int64_t r = 0; r < kTokens; ++r) {
        float most = scores(r, 0), sum = 0;
        for (float x : scores.row(r))
          most = std::max(most, x);
        for (float &x : scores.row(r))
          sum += x = std::exp(x - most);
        for (float &x : scores.row(r))
          x /= sum;
      }
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kTokens, kHeadSize,
                  kTokens, 1.0f, scores.data(), kTokens, v.data() + at, kHidden,
                  0.0f, context.data() + at, kHidden);
    }
  return context;
}

class Compression {
public:
  /// What replaces a weight matrix whose inputs were `gram`'s.
  Matrix compress(Matrix w, const Gram &gram) {
    PruneStep half;
    half.options.strategy = PruneStrategy::SparseGpt;
    half.options.sparsity = 0.5;
    QuantizeOptions gptq(int4());
    gptq.strategy = QuantizeStrategy::Gptq;
    auto results = llvm::cantFail(runSchedule(w, &gram, {half, gptq}));
    const StepResult &last = results.back();
    if (!last.mask->isKeptBy(last.values))
      llvm::report_fatal_error("the mask was not kept");
    weights += w.size();
    zeros += last.report.zeros;
    return last.values;
  }

  int64_t weights = 0, zeros = 0;
};

Gram gramOf(MatrixView x) {
  Gram gram(x.columns);
  gram.add(x);
  return gram;
}

void runSolvers(std::mt19937_64 &random) {
  Compression compression;
  Matrix x = randomMatrix(kSequences * kTokens, kHidden, 1.0f, random);
  double begin = now();
  for (int64_t layer = 0; layer < kLayers; ++layer) {
    auto weight = [&](int64_t outputs, int64_t inputs) {
      return randomMatrix(outputs, inputs, 0.04f, random);
    };
    Matrix context;
    {
      Gram gram = gramOf(x);
      Matrix projected[3];
      for (Matrix &to : projected)
        to = linear(x, compression.compress(weight(kHidden, kHidden), gram));
      context = attend(projected[0], projected[1], projected[2]);
    }
    addAndNormalize(
        x, linear(context, compression.compress(weight(kHidden, kHidden),
                                                gramOf(context))));
    context = {};
    Matrix inner =
        linear(x, compression.compress(weight(kInner, kHidden), gramOf(x)));
    for (float &value : inner.storage) // GELU
      value /= 1 + std::exp(-1.702f * value);
    addAndNormalize(x,
                    linear(inner, compression.compress(weight(kHidden, kInner),
                                                       gramOf(inner))));
    llvm::errs() << "layer " << layer + 1 << "/" << kLayers << ", "
                 << llvm::format("%.1f s\n", now() - begin);
  }
  llvm::outs() << llvm::format("%.3f s ", now() - begin) << compression.weights
               << " weights "
               << llvm::format("%.4f zeros\n", double(compression.zeros) /
                                                   double(compression.weights));
}

void runRounding(std::mt19937_64 &random) {
  double seconds = 0;
  int64_t weights = 0, zeros = 0;
  for (int64_t layer = 0; layer < kLayers; ++layer)
    for (auto [outputs, inputs] :
         {std::pair(kHidden, kHidden), std::pair(kHidden, kHidden),
          std::pair(kHidden, kHidden), std::pair(kHidden, kHidden),
          std::pair(kInner, kHidden), std::pair(kHidden, kInner)}) {
      Matrix w = randomMatrix(outputs, inputs, 0.04f, random);
      double begin = now();
      Quantized q =
          llvm::cantFail(quantize(w, nullptr, QuantizeOptions(int4())));
      seconds += now() - begin;
      weights += w.size();
      zeros += q.report.zeros;
    }
  llvm::outs() << llvm::format("%.3f s ", seconds) << weights << " weights "
               << llvm::format("%.4f zeros\n", double(zeros) / double(weights));
}

} // namespace

int main(int argc, char **argv) {
  llvm::StringRef mode = argc == 2 ? argv[1] : "";
  std::mt19937_64 random(1);
  if (mode == "rtn") {
    runRounding(random);
    return 0;
  }
  if (mode == "solvers") {
    runSolvers(random);
    return 0;
  }
  llvm::errs() << "usage: CompressBertBase rtn|solvers\n";
  return 1;
}
