//===- Passes.td - compression of a model's weights --------*- tablegen -*-===//

#ifndef EDGEBERT_PIPELINES_PASSES_TD
#define EDGEBERT_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

/// A pass on the weights of matrix products of one function.
class WeightPass<string mnemonic> : Pass<mnemonic, "::mlir::ModuleOp"> {
  // What they build, and what a run on calibration data lowers to.
  let dependentDialects = [
    "::edgebert::mask::MaskDialect", "::edgebert::numfmt::NumFmtDialect",
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"
  ];
  list<Option> layerOptions = [
    Option<"entry", "entry", "std::string", /*default=*/"\"main\"",
           "The function whose weights are meant">,
    ListOption<"exclude", "exclude", "std::string",
               "Globs of layers to leave alone">,
  ];
  list<Option> dataOptions = [
    Option<"data", "data", "std::string", /*default=*/"",
           "Calibration data (.npz with the model's inputs): layers are "
           "visited in order, each with what the changed ones before it make">,
    Option<"statistics", "statistics", "std::string", /*default=*/"",
           "Instead of data: a file of edgebert-collect-statistics">,
    Option<"rows", "rows", "int64_t", /*default=*/"0",
           "Use only this many rows of the data (0: all)">,
    Option<"tokenMask", "token-mask", "std::string",
           /*default=*/"\"attention_mask\"",
           "The input that is 0 for tokens that do not count">,
    Option<"threads", "threads", "int", /*default=*/"1",
           "Threads of the calibration run">,
    Option<"progress", "progress", "bool", /*default=*/"false",
           "Say on standard error which layer is at work">,
  ];
}

def CollectStatisticsPass : WeightPass<"edgebert-collect-statistics"> {
  let summary = "Run the model on data and store what its layers read";
  let description = [{
    For every weight: range and histogram of its inputs, the sums of their
    magnitudes and the Gram matrix X^T X, streamed row by row, written as JSON
    to `output` and as arrays to `output`.npz. The file names the model, and is
    refused for another one; compressing weights does not make it another one.
    Changes nothing.
  }];
  let options = !listconcat(layerOptions, dataOptions, [
    Option<"output", "output", "std::string", /*default=*/"",
           "The file to write">,
  ]);
}

def QuantizeWeightsPass : WeightPass<"numfmt-quantize-weights"> {
  let summary = "Quantize the weights of matrix products";
  let description = [{
    Every weight becomes constant codes behind `numfmt.dequantize` (or, with
    `form=f32`, the numbers they stand for). A mask on it is kept: masked
    weights stay zero, `mask.apply` stays on top, and the second-order
    strategies make up for them. `keep-mask=false` ignores masks and drops
    them.

    ```mlir
    %w = arith.constant dense_resource<w> : tensor<256x768xf32>
    ```
    becomes, with `format=!numfmt.int<4>`,
    ```mlir
    %c = arith.constant dense_resource<codes> : tensor<256x768xi8>
    %q = numfmt.from_bits %c
           : tensor<256x768xi8> -> tensor<256x768x!numfmt.int<4>>
    %w = numfmt.dequantize %q, %scales axis 1 : tensor<256x768x!numfmt.int<4>>,
           tensor<768xf32> -> tensor<256x768xf32>
    ```
    With groups, metadata is distributed over `blocks` of inputs.
  }];
  let options = !listconcat([
    Option<"strategy", "strategy", "::edgebert::WeightStrategy",
           /*default=*/"::edgebert::WeightStrategy::Rtn",
           "How to choose the codes", [{::llvm::cl::values(
             clEnumValN(::edgebert::WeightStrategy::Rtn, "rtn",
               "max-scaled round to nearest"),
             clEnumValN(::edgebert::WeightStrategy::Mse, "mse",
               "round to nearest, clipped for the least error"),
             clEnumValN(::edgebert::WeightStrategy::Percentile, "percentile",
               "round to nearest, clipped at a percentile"),
             clEnumValN(::edgebert::WeightStrategy::Lapq, "lapq",
               "clipping by the loss of the model (needs data)"),
             clEnumValN(::edgebert::WeightStrategy::AdaRound, "adaround",
               "learn the rounding (needs data)"),
             clEnumValN(::edgebert::WeightStrategy::Obq, "obq",
               "one weight at a time (needs data, slow)"),
             clEnumValN(::edgebert::WeightStrategy::Gptq, "gptq",
               "column by column (needs data)"),
             clEnumValN(::edgebert::WeightStrategy::Awq, "awq",
               "scale inputs by their magnitude (needs data)"))}]>,
    Option<"format", "format", "std::string", /*default=*/"\"!numfmt.int<8>\"",
           "Number format, as a type">,
    Option<"granularity", "granularity", "::edgebert::compression::Granularity",
           /*default=*/"::edgebert::compression::Granularity::Channel",
           "What shares a scale or bias", [{::llvm::cl::values(
             clEnumValN(::edgebert::compression::Granularity::Tensor, "tensor",
               "the whole weight"),
             clEnumValN(::edgebert::compression::Granularity::Channel,
               "channel", "an output"),
             clEnumValN(::edgebert::compression::Granularity::Group, "group",
               "group-size consecutive inputs of an output"))}]>,
    Option<"groupSize", "group-size", "int64_t", /*default=*/"128",
           "Inputs of a group">,
    Option<"percentile", "percentile", "double", /*default=*/"0.999",
           "The share of weights that strategy=percentile does not clip">,
    Option<"damping", "damping", "double", /*default=*/"0.01",
           "Relative damping of the Hessian">,
    Option<"actOrder", "act-order", "bool", /*default=*/"false",
           "Visit the inputs by falling magnitude (gptq)">,
    Option<"iterations", "iterations", "unsigned", /*default=*/"1000",
           "Steps of adaround">,
    Option<"clip", "clip", "bool", /*default=*/"true",
           "Whether awq searches clipping after scaling">,
    Option<"keepMask", "keep-mask", "bool", /*default=*/"true",
           "Keep the weights' masks">,
    Option<"f32", "f32", "bool", /*default=*/"false",
           "Leave the quantized weights as f32 instead of codes">,
    Option<"report", "report", "std::string", /*default=*/"",
           "Write errors per layer to this file">,
  ], layerOptions, dataOptions);
}

def PruneWeightsPass : WeightPass<"mask-prune"> {
  let summary = "Prune the weights of matrix products";
  let description = [{
    Puts a `mask.apply` on every weight; sparsegpt and obc also change the
    weights that stay, to make up for those that go. What was pruned before
    stays pruned. Exact: `sparsity` of n weights is round(sparsity n) zeros;
    of equal scores the one with the higher index goes.

    `scores-of` takes the scores (or, where a layer has one, the mask) from
    another state of the model, for mask transfer: of the original, to prune
    quantized weights by what they were; of the quantized model, to see what its
    mask does to the original.

    `quantize` makes sparsegpt quantize in the same pass.

    ```mlir
    %m = arith.constant dense_resource<mask> : tensor<256x768xi1>
    %s = mask.apply %w, %m as #mask.nm<2, 4> outputs 1 : tensor<256x768xf32>
    ```
  }];
  let options = !listconcat([
    Option<"strategy", "strategy", "::edgebert::compression::PruneStrategy",
           /*default=*/"::edgebert::compression::PruneStrategy::Magnitude",
           "What goes", [{::llvm::cl::values(
             clEnumValN(::edgebert::compression::PruneStrategy::Magnitude,
               "magnitude", "small weights"),
             clEnumValN(::edgebert::compression::PruneStrategy::Random,
               "random", "any, by seed"),
             clEnumValN(::edgebert::compression::PruneStrategy::Wanda, "wanda",
               "small weight x input norm, per output (needs data)"),
             clEnumValN(::edgebert::compression::PruneStrategy::Obd, "obd",
               "small second-order change, diagonal (needs data)"),
             clEnumValN(::edgebert::compression::PruneStrategy::Obc, "obs",
               "one weight at a time, exact (needs data, slow)"),
             clEnumValN(::edgebert::compression::PruneStrategy::SparseGpt,
               "sparsegpt", "column by column (needs data)"))}]>,
    Option<"sparsity", "sparsity", "double", /*default=*/"0.5",
           "The share of weights to remove (ignored for n:m)">,
    Option<"pattern", "pattern", "std::string", /*default=*/"\"unstructured\"",
           "unstructured, N:M, or RxC for blocks">,
    Option<"scope", "scope", "std::string", /*default=*/"",
           "What is compared: tensor, row or global (default: the strategy's)">,
    Option<"sensitivity", "by-sensitivity", "bool", /*default=*/"false",
           "Let sensitive layers keep more: the same number of zeros in total, "
           "where the outputs' relative error grows least (needs data)">,
    Option<"seed", "seed", "uint64_t", /*default=*/"0", "Of strategy=random">,
    Option<"damping", "damping", "double", /*default=*/"0.01",
           "Relative damping of the Hessian">,
    Option<"scoresOf", "scores-of", "std::string", /*default=*/"",
           "Take scores or masks from this model (.onnx or .mlir)">,
    Option<"scoresStored", "score-stored", "bool", /*default=*/"false",
           "Score what is stored, before AWQ's input scales are divided out">,
    Option<"quantize", "quantize", "std::string", /*default=*/"",
           "Quantize to this format in the same pass (sparsegpt)">,
    Option<"granularity", "granularity", "::edgebert::compression::Granularity",
           /*default=*/"::edgebert::compression::Granularity::Channel",
           "What shares a scale or bias", [{::llvm::cl::values(
             clEnumValN(::edgebert::compression::Granularity::Tensor, "tensor",
               "the whole weight"),
             clEnumValN(::edgebert::compression::Granularity::Channel,
               "channel", "an output"),
             clEnumValN(::edgebert::compression::Granularity::Group, "group",
               "group-size consecutive inputs of an output"))}]>,
    Option<"groupSize", "group-size", "int64_t", /*default=*/"128",
           "Inputs of a group">,
    Option<"f32", "f32", "bool", /*default=*/"false",
           "With quantize: leave the weights as f32 instead of codes">,
    Option<"report", "report", "std::string", /*default=*/"",
           "Write zeros and errors per layer to this file">,
    Option<"masks", "masks", "std::string", /*default=*/"",
           "Write the masks to this .npz, for mask-verify">,
  ], layerOptions, dataOptions);
}

def VerifyMasksPass : WeightPass<"mask-verify"> {
  let summary = "Check that weights are zero where their masks say so";
  let description = [{
    Fails, naming layer and weight, where a constant mask does not follow its
    pattern, or where a weight that `against` (an .npz of mask-prune) removed is
    not zero any more, whatever passes ran in between. Changes nothing.
  }];
  let options = !listconcat(layerOptions, [
    Option<"against", "against", "std::string", /*default=*/"",
           "Masks to check against">,
  ]);
}

def FoldWeightsPass : WeightPass<"edgebert-fold-weights"> {
  let summary = "Back to f32 constants";
  let description = [{
    Evaluates codes and masks on weights: the model form again, with the same
    numbers bit by bit, for the steps toward the accelerator.
  }];
  let options = layerOptions;
}

def AssignPrecisionPass : WeightPass<"numfmt-assign-precision"> {
  let summary = "Give each weight the format its vulnerability asks for";
  let description = [{
    Reliability-aware mixed precision (thesis 8.7). `scores` is a JSON list of
    {"layer": name, "loss": expected rise of the loss by faults in it}, as a
    fault campaign measures it. The layers' order is that of loss per weight;
    all monotone assignments of the formats (from the least to the most precise,
    more vulnerable layers never less) are enumerated. Of those that take at
    most `max-bits` per weight the one with the least sum of the layers'
    relative rounding errors, each weighed by its loss, is taken, and the
    weights are rounded to nearest (numfmt-quantize-weights does the same with
    other strategies layer by layer, through `exclude`).
  }];
  let options = !listconcat([
    Option<"scores", "scores", "std::string", /*default=*/"",
           "File of losses per layer">,
    Option<"formats", "formats", "std::string",
           /*default=*/"\"!numfmt.afp<4,2>;!numfmt.afp<8,3>\"",
           "Number formats, from the least to the most precise, with ; "
           "between them">,
    Option<"maxBits", "max-bits", "double", /*default=*/"6",
           "Bits of a code, on average over weights">,
    Option<"granularity", "granularity", "::edgebert::compression::Granularity",
           /*default=*/"::edgebert::compression::Granularity::Channel",
           "What shares a scale or bias", [{::llvm::cl::values(
             clEnumValN(::edgebert::compression::Granularity::Tensor, "tensor",
               "the whole weight"),
             clEnumValN(::edgebert::compression::Granularity::Channel,
               "channel", "an output"),
             clEnumValN(::edgebert::compression::Granularity::Group, "group",
               "group-size consecutive inputs of an output"))}]>,
    Option<"groupSize", "group-size", "int64_t", /*default=*/"128",
           "Inputs of a group">,
    Option<"report", "report", "std::string", /*default=*/"",
           "Write the assignment and the Pareto front of bits and loss to this "
           "file">,
  ], layerOptions);
}

def CompressionReportPass : WeightPass<"edgebert-compression-report"> {
  let summary = "Say how many bits each weight takes, and what was lost";
  let description = [{
    For each layer: format and mask, bytes as stored dense, as a bitmask and as
    CSR, with metadata, bits per weight of the smallest. With `original`, the
    second-order terms of the change from it, which need data or statistics:
    with q the change by the grid and s that by the mask,
    1/2 q^T H q, s^T H q and 1/2 s^T H s. Changes nothing.
  }];
  let options = !listconcat(layerOptions, dataOptions, [
    Option<"original", "original", "std::string", /*default=*/"",
           "The model before compression (.onnx or .mlir)">,
    Option<"output", "output", "std::string", /*default=*/"",
           "Write the report as JSON to this file">,
  ]);
}

#endif // EDGEBERT_PIPELINES_PASSES_TD
