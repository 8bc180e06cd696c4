// relu(x A) B
func.func @main(%x: tensor<1x8xf32> {edgebert.name = "x"}) -> (tensor<1x4xf32> {edgebert.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %a = arith.constant dense<[
    [ 0.9, -0.2,  0.3,  0.05], [-0.7,  0.6,  0.1, -0.4],
    [ 0.2, -0.8,  0.5,  0.31], [ 0.1,  0.4, -0.6,  0.7],
    [-0.3,  0.15, 0.8, -0.9], [ 0.5, -0.1,  0.2,  0.6],
    [ 0.05, 0.7, -0.4,  0.3], [-0.6,  0.3,  0.9, -0.2]]> : tensor<8x4xf32>
  %b = arith.constant dense<[
    [ 0.4, -0.3,  0.2,  0.1], [-0.5,  0.6, -0.7,  0.8],
    [ 0.9, -0.1,  0.3, -0.2], [ 0.05, 0.45, -0.65, 0.35]]> : tensor<4x4xf32>
  %e = tensor.empty() : tensor<1x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
  %h = linalg.matmul ins(%x, %a : tensor<1x8xf32>, tensor<8x4xf32>) outs(%init : tensor<1x4xf32>) -> tensor<1x4xf32> loc("first")
  %zeros = arith.constant dense<0.0> : tensor<1x4xf32>
  %r = arith.maximumf %h, %zeros : tensor<1x4xf32>
  %y = linalg.matmul ins(%r, %b : tensor<1x4xf32>, tensor<4x4xf32>) outs(%init : tensor<1x4xf32>) -> tensor<1x4xf32> loc("second")
  return %y : tensor<1x4xf32>
}
