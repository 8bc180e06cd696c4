// Every option that makes no sense is an error that says what does.
// RUN: not edgebert-opt %s --numfmt-quantize-weights="format=i8" 2>&1 | FileCheck %s --check-prefix=FORMAT
// FORMAT: error: expected option 'format' to be a numfmt type such as !numfmt.int<8>, got 'i8'
// RUN: not edgebert-opt %s --numfmt-quantize-weights="strategy=gptq" 2>&1 | FileCheck %s --check-prefix=DATA
// DATA: error: this strategy needs to know what layers read: give option 'data'
// RUN: not edgebert-opt %s --numfmt-quantize-weights="strategy=lapq" 2>&1 | FileCheck %s --check-prefix=LAPQ
// LAPQ: error: strategy=lapq runs the model: give option 'data'
// RUN: not edgebert-opt %s --numfmt-quantize-weights="exclude=none*" 2>&1 | FileCheck %s --check-prefix=EXCLUDE
// EXCLUDE: error: option 'exclude': no layer is called 'none*'; the layers are w
// RUN: not edgebert-opt %s --mask-prune="sparsity=1.5" 2>&1 | FileCheck %s --check-prefix=SPARSITY
// SPARSITY: error: expected option 'sparsity' from 0 to 1, got 1.5
// RUN: not edgebert-opt %s --mask-prune="pattern=4:2" 2>&1 | FileCheck %s --check-prefix=PATTERN
// PATTERN: error: option 'pattern':
// RUN: not edgebert-opt %s --mask-prune="scope=model" 2>&1 | FileCheck %s --check-prefix=SCOPE
// SCOPE: error: expected option 'scope' to be tensor, row or global, got 'model'
// RUN: not edgebert-opt %s --mask-prune="pattern=3:4" 2>&1 | FileCheck %s --check-prefix=FIT
// FIT: error: cannot prune 'w'
// RUN: not edgebert-opt %s --mask-prune="quantize=!numfmt.int<4>" 2>&1 | FileCheck %s --check-prefix=JOINT
// JOINT: error: option 'quantize' needs strategy=sparsegpt
// RUN: not edgebert-opt %s --mask-prune="scores-of=%t.no.mlir" 2>&1 | FileCheck %s --check-prefix=SCORES
// SCORES: error: option 'scores-of': cannot load {{.*}}.no.mlir
// RUN: not edgebert-opt %s --mask-prune="entry=other" 2>&1 | FileCheck %s --check-prefix=ENTRY
// ENTRY: error: there is no function @other
// RUN: not edgebert-opt %s --edgebert-collect-statistics 2>&1 | FileCheck %s --check-prefix=COLLECT
// COLLECT: error: expected options 'data'
// RUN: not edgebert-opt %s --mask-prune="strategy=wanda statistics=%t.no.json" 2>&1 | FileCheck %s --check-prefix=STATISTICS
// STATISTICS: error: {{.*}}.no.json: cannot read the statistics

// A weight that is a table too is left alone, and a pass that found nothing
// says so.
// RUN: edgebert-opt %s --mask-prune="entry=tied" 2>&1 | FileCheck %s --check-prefix=TIED
// TIED: remark: the weight of 'head' is left alone: {{.*}} reads it too (an embedding table?)
// TIED: remark: no weights of matrix products in @tied

func.func @main(%x: tensor<2x6xf32>) -> tensor<2x6xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<0.5> : tensor<6x6xf32>
  %e = tensor.empty() : tensor<2x6xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x6xf32>) -> tensor<2x6xf32>
  %y = linalg.matmul ins(%x, %w : tensor<2x6xf32>, tensor<6x6xf32>) outs(%init : tensor<2x6xf32>) -> tensor<2x6xf32> loc("w")
  return %y : tensor<2x6xf32>
}

func.func @tied(%x: tensor<2x6xf32>, %i: index) -> (tensor<2x6xf32>, f32) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<0.5> : tensor<6x6xf32>
  %e = tensor.empty() : tensor<2x6xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x6xf32>) -> tensor<2x6xf32>
  %y = linalg.matmul ins(%x, %w : tensor<2x6xf32>, tensor<6x6xf32>) outs(%init : tensor<2x6xf32>) -> tensor<2x6xf32> loc("head")
  %row = tensor.extract %w[%i, %i] : tensor<6x6xf32>
  return %y, %row : tensor<2x6xf32>, f32
}
