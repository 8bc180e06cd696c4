// A convolution with stride 2 and a filter of 3 x 2 x 3 x 3.
func.func @main(%x: tensor<1x2x7x7xf32> {edgebert.name = "x"}) -> (tensor<1x3x3x3xf32> {edgebert.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[
    [[[0.5, -0.2, 0.1], [0.3, 0.8, -0.6], [0.05, -0.9, 0.4]], [[-0.35, 0.2, 0.7], [0.15, -0.45, 0.6], [0.9, 0.25, -0.1]]],
    [[[-0.7, 0.3, 0.45], [0.2, -0.5, 0.1], [0.65, 0.4, -0.3]], [[0.8, -0.15, 0.35], [-0.6, 0.55, 0.2], [-0.25, 0.1, 0.75]]],
    [[[0.1, 0.6, -0.4], [-0.8, 0.25, 0.9], [0.3, -0.2, 0.5]], [[-0.05, 0.7, 0.15], [0.45, -0.9, 0.35], [0.2, 0.85, -0.55]]]]> : tensor<3x2x3x3xf32>
  %e = tensor.empty() : tensor<1x3x3x3xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
  %y = linalg.conv_2d_nchw_fchw {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
         ins(%x, %w : tensor<1x2x7x7xf32>, tensor<3x2x3x3xf32>) outs(%init : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32> loc("conv")
  return %y : tensor<1x3x3x3xf32>
}
