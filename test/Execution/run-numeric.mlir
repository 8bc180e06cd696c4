// RUN: edgebert-run %s

// Every kind of loop against values computed by hand or by another route.
func.func @main() {
  call @products() : () -> ()
  call @convolution() : () -> ()
  call @reductions() : () -> ()
  call @views() : () -> ()
  call @control_flow() : () -> ()
  return
}

func.func private @products() {
  %zero = arith.constant 0.0 : f32
  %a = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  // A * A^T, the transpose folded into the product.
  %te = tensor.empty() : tensor<3x2xf32>
  %at = linalg.transpose ins(%a : tensor<2x3xf32>) outs(%te : tensor<3x2xf32>) permutation = [1, 0]
  %e = tensor.empty() : tensor<2x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %r = linalg.matmul ins(%a, %at : tensor<2x3xf32>, tensor<3x2xf32>) outs(%f : tensor<2x2xf32>) -> tensor<2x2xf32>
  %x = arith.constant dense<[[14.0, 32.0], [32.0, 77.0]]> : tensor<2x2xf32>
  check.expect_eq %r, %x : tensor<2x2xf32>
  // Integers take the loops.
  %i = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %izero = arith.constant dense<0> : tensor<2x2xi32>
  %ir = linalg.matmul ins(%i, %i : tensor<2x2xi32>, tensor<2x2xi32>) outs(%izero : tensor<2x2xi32>) -> tensor<2x2xi32>
  %ix = arith.constant dense<[[7, 10], [15, 22]]> : tensor<2x2xi32>
  check.expect_eq %ir, %ix : tensor<2x2xi32>
  return
}

func.func private @convolution() {
  %zero = arith.constant 0.0 : f32
  %x = tensor.generate {
  ^bb0(%n: index, %c: index, %h: index, %w: index):
    %c5 = arith.constant 5 : index
    %row = arith.muli %h, %c5 : index
    %sum = arith.addi %row, %w : index
    %i = arith.index_cast %sum : index to i32
    %v = arith.sitofp %i : i32 to f32
    tensor.yield %v : f32
  } : tensor<1x1x5x5xf32>
  %w = arith.constant dense<1.0> : tensor<1x1x3x3xf32>
  %e = tensor.empty() : tensor<1x1x2x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  // Nine times the centre, at stride 2.
  %y = linalg.conv_2d_nchw_fchw {strides = dense<2> : tensor<2xi64>} ins(%x, %w : tensor<1x1x5x5xf32>, tensor<1x1x3x3xf32>) outs(%f : tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %g = arith.constant dense<[[[[54.0, 72.0], [144.0, 162.0]]]]> : tensor<1x1x2x2xf32>
  check.expect_eq %y, %g : tensor<1x1x2x2xf32>
  %dw = arith.constant dense<1.0> : tensor<1x3x3xf32>
  %d = linalg.depthwise_conv_2d_nchw_chw {strides = dense<2> : tensor<2xi64>} ins(%x, %dw : tensor<1x1x5x5xf32>, tensor<1x3x3xf32>) outs(%f : tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  check.expect_eq %d, %g : tensor<1x1x2x2xf32>
  %win = tensor.empty() : tensor<3x3xf32>
  %low = arith.constant 0xFF800000 : f32
  %p0 = linalg.fill ins(%low : f32) outs(%e : tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %p = linalg.pooling_nchw_max {strides = dense<2> : tensor<2xi64>} ins(%x, %win : tensor<1x1x5x5xf32>, tensor<3x3xf32>) outs(%p0 : tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  %pg = arith.constant dense<[[[[12.0, 14.0], [22.0, 24.0]]]]> : tensor<1x1x2x2xf32>
  check.expect_eq %p, %pg : tensor<1x1x2x2xf32>
  return
}

func.func private @reductions() {
  %zero = arith.constant 0.0 : f32
  // 0 .. 36: one whole and two masked vectors; the sum is 666.
  %x = tensor.generate {
  ^bb0(%r: index, %c: index):
    %i = arith.index_cast %c : index to i32
    %v = arith.sitofp %i : i32 to f32
    tensor.yield %v : f32
  } : tensor<3x37xf32>
  %e = tensor.empty() : tensor<3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %s = linalg.reduce { arith.addf } ins(%x : tensor<3x37xf32>) outs(%f : tensor<3xf32>) dimensions = [1]
  %g = arith.constant dense<666.0> : tensor<3xf32>
  check.expect_eq %s, %g : tensor<3xf32>
  %m = linalg.reduce { arith.maximumf } ins(%x : tensor<3x37xf32>) outs(%f : tensor<3xf32>) dimensions = [1]
  %mg = arith.constant dense<36.0> : tensor<3xf32>
  check.expect_eq %m, %mg : tensor<3xf32>
  // Down the columns.
  %ce = tensor.empty() : tensor<37xf32>
  %cf = linalg.fill ins(%zero : f32) outs(%ce : tensor<37xf32>) -> tensor<37xf32>
  %cs = linalg.reduce { arith.addf } ins(%x : tensor<3x37xf32>) outs(%cf : tensor<37xf32>) dimensions = [0]
  %second = tensor.extract_slice %cs[35] [2] [1] : tensor<37xf32> to tensor<2xf32>
  %cg = arith.constant dense<[105.0, 108.0]> : tensor<2xf32>
  check.expect_eq %second, %cg : tensor<2xf32>
  // Rows of a softmax sum to one, whatever is masked.
  %masked = arith.constant dense<[[1.0, 2.0, -1.0e4, 0.5], [-1.0e4, -1.0e4, -1.0e4, -1.0e4]]> : tensor<2x4xf32>
  %se = tensor.empty() : tensor<2x4xf32>
  %soft = linalg.softmax dimension(1) ins(%masked : tensor<2x4xf32>) outs(%se : tensor<2x4xf32>) -> tensor<2x4xf32>
  %sg = arith.constant dense<[[0.231224, 0.628532, 0.0, 0.140244], [0.25, 0.25, 0.25, 0.25]]> : tensor<2x4xf32>
  check.expect_close %soft, %sg {atol = 1.0e-6} : tensor<2x4xf32>
  return
}

func.func private @views() {
  %x = arith.constant dense<[[1, 2, 3, 4], [5, 6, 7, 8]]> : tensor<2x4xi64>
  // Insert into a padded tensor, take a strided slice.
  %zero = arith.constant 0 : i64
  %p = tensor.pad %x low[1, 1] high[0, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : i64
  } : tensor<2x4xi64> to tensor<3x6xi64>
  %s = tensor.extract_slice %p[0, 0] [3, 3] [1, 2] : tensor<3x6xi64> to tensor<3x3xi64>
  %g = arith.constant dense<[[0, 0, 0], [0, 2, 4], [0, 6, 8]]> : tensor<3x3xi64>
  check.expect_eq %s, %g : tensor<3x3xi64>
  %bits = arith.cmpi sgt, %p, %p : tensor<3x6xi64>
  %none = arith.constant dense<false> : tensor<3x6xi1>
  check.expect_eq %bits, %none : tensor<3x6xi1>
  return
}

func.func private @control_flow() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %x = arith.constant dense<1.0> : tensor<4xf32>
  // Doubled five times; the loop's temporaries come from the arena as well.
  %r = scf.for %i = %c0 to %c5 step %c1 iter_args(%a = %x) -> tensor<4xf32> {
    %n = arith.addf %a, %a : tensor<4xf32>
    scf.yield %n : tensor<4xf32>
  }
  %g = arith.constant dense<32.0> : tensor<4xf32>
  check.expect_eq %r, %g : tensor<4xf32>
  return
}
