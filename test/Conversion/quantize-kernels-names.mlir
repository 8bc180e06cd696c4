// RUN: edgebert-opt %s --split-input-file --numfmt-quantize-kernels=calibration=%S/Inputs/empty.json --verify-diagnostics

// Names are what connects a calibration with a model: the name given to an
// argument, else its position; the op's location, else what it is; numbers
// where they repeat. Views of a value are the value.
// expected-error @below {{the calibration knows nothing of 'ids', 'arg1', 'matmul 0', '/twice', '/twice#2'; it was made for another model}}
func.func @names(%x: tensor<2x2x16xf32> {edgebert.name = "ids"}, %y: tensor<4x16xf32>) -> tensor<4x4xf32> {
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x2x16xf32> into tensor<4x16xf32>
  %te = tensor.empty() : tensor<16x4xf32>
  %t = linalg.transpose ins(%y : tensor<4x16xf32>) outs(%te : tensor<16x4xf32>) permutation = [1, 0]
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %a = linalg.matmul ins(%flat, %t : tensor<4x16xf32>, tensor<16x4xf32>)
    outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  %b = linalg.softmax dimension(1) ins(%a : tensor<4x4xf32>)
    outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32> loc("/twice")
  %c = linalg.softmax dimension(1) ins(%b : tensor<4x4xf32>)
    outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32> loc("/twice")
  return %c : tensor<4x4xf32>
}
