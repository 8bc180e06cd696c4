//===- Quantize.cpp - weights onto a grid ---------------------------------===//

#include "edgebert/Compression/Quantize.h"
#include "Columns.h"
#include "Problem.h"
#include "Strategies.h"

using namespace edgebert::compression;
using llvm::Twine;

bool edgebert::compression::needsData(QuantizeStrategy strategy) {
  return strategy != QuantizeStrategy::RoundToNearest;
}

Matrix Quantized::effective() const {
  Matrix result(values);
  if (!inputScales.empty())
    for (int64_t r = 0; r < result.rows; ++r)
      for (int64_t c = 0; c < result.columns; ++c)
        result(r, c) /= inputScales[c];
  return result;
}

llvm::Error edgebert::compression::checkProblem(MatrixView w, const Gram *gram,
                                                const Mask *mask) {
  if (gram && gram->inputs() != w.columns)
    return problem("expected a Gram matrix of " + Twine(w.columns) +
                   " inputs, got " + Twine(gram->inputs()));
  if (gram && gram->samples() == 0)
    return problem("the Gram matrix has no samples");
  if (mask && (mask->rows() != w.rows || mask->columns() != w.columns))
    return problem("expected a mask of " + Twine(w.rows) + " x " +
                   Twine(w.columns) + " weights, got " + Twine(mask->rows()) +
                   " x " + Twine(mask->columns()));
  return llvm::Error::success();
}

void edgebert::compression::reportErrors(MatrixView original, MatrixView values,
                                         const Gram *gram, Report &report) {
  Matrix change(values);
  report.weights = original.size();
  report.weightError = 0;
  report.zeros = 0;
  for (int64_t i = 0; i < original.size(); ++i) {
    report.zeros += values.data[i] == 0;
    float error = change.storage[i] -= original.data[i];
    report.weightError += double(error) * double(error);
  }
  report.outputError = gram ? gram->halfProduct(change, change) : 0;
}

llvm::Expected<Quantized>
edgebert::compression::finish(MatrixView original, Grid grid, MatrixView values,
                              const Gram *gram, const Mask *mask,
                              Report report) {
  Quantized result{std::move(grid), {}, {}, {}, std::move(report)};
  result.codes = result.grid.encode(values);
  result.values = result.grid.decode(result.codes);
  if (mask && !mask->isKeptBy(result.values))
    return problem("number format " + result.grid.format().name() +
                   " has no zero, so the mask cannot be kept");
  reportErrors(original, result.values, gram, result.report);
  return result;
}

llvm::Expected<Quantized>
edgebert::compression::roundToNearest(MatrixView w, const Gram *gram,
                                      const GridOptions &options,
                                      const Mask *mask) {
  Matrix masked;
  if (mask)
    masked = mask->apply(w);
  MatrixView from = mask ? MatrixView(masked) : w;
  Grid grid(options, w.rows, w.columns);
  grid.fit(from);
  return finish(w, std::move(grid), from, gram, mask, {});
}

llvm::Expected<Quantized>
edgebert::compression::quantize(MatrixView w, const Gram *gram,
                                const QuantizeOptions &options,
                                const Mask *mask) {
  if (llvm::Error error = options.grid.check())
    return error;
  if (llvm::Error error = checkProblem(w, gram, mask))
    return error;
  if (needsData(options.strategy) && !gram)
    return problem("this quantizer needs the layer's Gram matrix");

  switch (options.strategy) {
  case QuantizeStrategy::RoundToNearest:
    return roundToNearest(w, gram, options.grid, mask);
  case QuantizeStrategy::AdaRound:
    return adaRound(w, *gram, options, mask);
  case QuantizeStrategy::Obq:
    return obq(w, *gram, options, mask);
  case QuantizeStrategy::Gptq: {
    Grid grid(options.grid, w.rows, w.columns);
    Mask kept = mask ? *mask : Mask();
    Report report;
    auto values = solveColumns(
        {w, *gram, options.solver, &grid, mask ? &kept : nullptr}, report);
    if (!values)
      return values.takeError();
    return finish(w, std::move(grid), *values, gram, mask, std::move(report));
  }
  case QuantizeStrategy::Awq: {
    auto scales = searchAwqScales({w}, *gram, options.grid, options.awq, mask);
    if (!scales)
      return scales.takeError();
    return quantizeScaled(w, *gram, scales->scales, options.grid, options.awq,
                          mask);
  }
  }
  llvm_unreachable("not a strategy");
}
