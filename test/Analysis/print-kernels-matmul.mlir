// RUN: edgebert-opt %s --edgebert-print-kernels --split-input-file --verify-diagnostics -o /dev/null

// The ONNX importer's spelling: collapse, matmul, expand, bias, relu.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @collapsed_with_bias_and_relu(%x: tensor<2x8x16xf32>) -> tensor<2x8x32xf32> {
  %w = arith.constant dense<0.5> : tensor<16x32xf32>
  %b = arith.constant dense<0.25> : tensor<32xf32>
  %zero = arith.constant 0.0 : f32
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x8x16xf32> into tensor<16x16xf32>
  %e = tensor.empty() : tensor<16x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<16x32xf32>) -> tensor<16x32xf32>
  %mm = linalg.matmul ins(%flat, %w : tensor<16x16xf32>, tensor<16x32xf32>) outs(%init : tensor<16x32xf32>) -> tensor<16x32xf32>
  %wide = tensor.expand_shape %mm [[0, 1], [2]] output_shape [2, 8, 32] : tensor<16x32xf32> into tensor<2x8x32xf32>
  %e1 = tensor.empty() : tensor<2x8x32xf32>
  %biased = linalg.generic {indexing_maps = [#col, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%b, %wide : tensor<32xf32>, tensor<2x8x32xf32>) outs(%e1 : tensor<2x8x32xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<2x8x32xf32>
  // expected-remark @below {{matmul "matmul 0": 1x16x32x16 (batch x m x n x k), permutations [0, 1] [1, 0] [0, 1], addend, relu, 7 ops}}
  %relu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%biased : tensor<2x8x32xf32>) outs(%e1 : tensor<2x8x32xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %p, %zero : f32
    linalg.yield %s : f32
  } -> tensor<2x8x32xf32>
  return %relu : tensor<2x8x32xf32>
}

// -----

// tosa.matmul + tosa.add, through mlir-opt --tosa-to-linalg-named --tosa-to-linalg.

#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map2 = affine_map<(d0, d1, d2) -> (d0, 0, d2)>
func.func @tosa_linear(%arg0: tensor<1x8x16xf32>) -> tensor<1x8x32xf32> {
  %cst = arith.constant dense<5.000000e-01> : tensor<1x16x32xf32>
  %cst_0 = arith.constant dense<2.500000e-01> : tensor<1x1x32xf32>
  %cst_1 = arith.constant 0.000000e+00 : f32
  %0 = tensor.empty() : tensor<1x8x32xf32>
  %1 = linalg.fill ins(%cst_1 : f32) outs(%0 : tensor<1x8x32xf32>) -> tensor<1x8x32xf32>
  %2 = linalg.batch_matmul ins(%arg0, %cst : tensor<1x8x16xf32>, tensor<1x16x32xf32>) outs(%1 : tensor<1x8x32xf32>) -> tensor<1x8x32xf32>
  // expected-remark @below {{1x8x32x16 (batch x m x n x k), permutations [0, 1, 2] [0, 2, 1] [0, 1, 2], addend, 4 ops}}
  %3 = linalg.generic {indexing_maps = [#map, #map2, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%2, %cst_0 : tensor<1x8x32xf32>, tensor<1x1x32xf32>) outs(%0 : tensor<1x8x32xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %4 = arith.addf %in, %in_2 : f32
    linalg.yield %4 : f32
  } -> tensor<1x8x32xf32>
  return %3 : tensor<1x8x32xf32>
}

// -----

// torch-mlir's nn.Linear on three dimensions: the weight is transposed and
// broadcast to the batch first. The batch becomes rows again.

#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map1 = affine_map<(d0, d1, d2) -> (d1, d2)>
func.func @torch_broadcast_weight(%arg0: tensor<3x8x16xf32>) -> tensor<3x8x32xf32> {
  %w = arith.constant dense<0.5> : tensor<32x16xf32>
  %zero = arith.constant 0.0 : f32
  %0 = tensor.empty() : tensor<16x32xf32>
  %t = linalg.transpose ins(%w : tensor<32x16xf32>) outs(%0 : tensor<16x32xf32>) permutation = [1, 0]
  %1 = tensor.empty() : tensor<3x16x32xf32>
  %wide = linalg.generic {indexing_maps = [#map1, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%t : tensor<16x32xf32>) outs(%1 : tensor<3x16x32xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<3x16x32xf32>
  %2 = tensor.empty() : tensor<3x8x32xf32>
  %3 = linalg.fill ins(%zero : f32) outs(%2 : tensor<3x8x32xf32>) -> tensor<3x8x32xf32>
  // expected-remark @below {{1x24x32x16 (batch x m x n x k), permutations [0, 1, 2] [0, 1] [0, 1, 2], 7 ops}}
  %4 = linalg.batch_matmul ins(%arg0, %wide : tensor<3x8x16xf32>, tensor<3x16x32xf32>) outs(%3 : tensor<3x8x32xf32>) -> tensor<3x8x32xf32>
  return %4 : tensor<3x8x32xf32>
}

// -----

// jax.lax.dot_general(w, x) with the weight on the left: a generic that
// contracts the first dimensions, so the product is transposed.

#w = affine_map<(d0, d1, d2) -> (d2, d0)>
#x = affine_map<(d0, d1, d2) -> (d1, d2)>
#r = affine_map<(d0, d1, d2) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#two = affine_map<(d0, d1) -> (d0, d1)>
func.func @jax_weight_on_the_left(%x: tensor<8x16xf32>) -> tensor<32x8xf32> {
  %w = arith.constant dense<0.5> : tensor<16x32xf32>
  %b = arith.constant dense<0.25> : tensor<32xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<32x8xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<32x8xf32>) -> tensor<32x8xf32>
  %mm = linalg.generic {indexing_maps = [#w, #x, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w, %x : tensor<16x32xf32>, tensor<8x16xf32>) outs(%init : tensor<32x8xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<32x8xf32>
  // expected-remark @below {{1x8x32x16 (batch x m x n x k), permutations [0, 1] [1, 0] [1, 0], addend, 4 ops}}
  %biased = linalg.generic {indexing_maps = [#two, #row, #two], iterator_types = ["parallel", "parallel"]}
      ins(%mm, %b : tensor<32x8xf32>, tensor<32xf32>) outs(%e : tensor<32x8xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<32x8xf32>
  return %biased : tensor<32x8xf32>
}

// -----

// Attention scores: the transposed layouts are read directly; the scale (a
// division) is absorbed, the addition of a mask is not.

#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#mask = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, d3)>
func.func @scores(%q: tensor<2x8x4x16xf32>, %k: tensor<2x8x4x16xf32>, %mask: tensor<2x1x1x8xf32>) -> tensor<2x4x8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %root = arith.constant dense<4.0> : tensor<f32>
  %e0 = tensor.empty() : tensor<2x4x8x8xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x4x8x8xf32>) -> tensor<2x4x8x8xf32>
  %s = linalg.contract indexing_maps = [affine_map<(b, h, m, n, k) -> (b, m, h, k)>, affine_map<(b, h, m, n, k) -> (b, n, h, k)>, affine_map<(b, h, m, n, k) -> (b, h, m, n)>]
      ins(%q, %k : tensor<2x8x4x16xf32>, tensor<2x8x4x16xf32>) outs(%init : tensor<2x4x8x8xf32>) -> tensor<2x4x8x8xf32>
  // expected-remark @below {{8x8x8x16 (batch x m x n x k), permutations [0, 2, 1, 3] [0, 2, 1, 3] [0, 1, 2, 3], scale 0.25, 3 ops}}
  %scaled = linalg.generic {indexing_maps = [#id, affine_map<(d0, d1, d2, d3) -> ()>, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s, %root : tensor<2x4x8x8xf32>, tensor<f32>) outs(%e0 : tensor<2x4x8x8xf32>) {
  ^bb0(%p: f32, %r: f32, %o: f32):
    %d = arith.divf %p, %r : f32
    linalg.yield %d : f32
  } -> tensor<2x4x8x8xf32>
  // expected-remark @below {{host: adds 2x1x1x8 to 2x4x8x8, the accelerator adds tensors of equal shape only}}
  %masked = linalg.generic {indexing_maps = [#id, #mask, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%scaled, %mask : tensor<2x4x8x8xf32>, tensor<2x1x1x8xf32>) outs(%e0 : tensor<2x4x8x8xf32>) {
  ^bb0(%p: f32, %r: f32, %o: f32):
    %d = arith.addf %p, %r : f32
    linalg.yield %d : f32
  } -> tensor<2x4x8x8xf32>
  return %masked : tensor<2x4x8x8xf32>
}

// -----

// Bias and scale in one op, element-wise ops on whole tensors, and an epilogue
// that starts in the accumulator: (b + x.w) * 2 - c keeps the c on the host.

func.func @bias_as_initial_value(%x: tensor<8x16xf32>) -> tensor<8x32xf32> {
  %w = arith.constant dense<0.5> : tensor<16x32xf32>
  %b = arith.constant dense<0.25> : tensor<32xf32>
  %two = arith.constant dense<2.0> : tensor<8x32xf32>
  %e = tensor.empty() : tensor<8x32xf32>
  %init = linalg.broadcast ins(%b : tensor<32xf32>) outs(%e : tensor<8x32xf32>) dimensions = [0]
  %mm = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x32xf32>) outs(%init : tensor<8x32xf32>) -> tensor<8x32xf32>
  // expected-remark @below {{1x8x32x16 (batch x m x n x k), permutations [0, 1] [1, 0] [0, 1], scale 2, addend times 2, 4 ops}}
  %scaled = arith.mulf %mm, %two : tensor<8x32xf32>
  // expected-remark @below {{host: arith.subf has no unit on the accelerator}}
  %out = arith.subf %scaled, %two : tensor<8x32xf32>
  return %out : tensor<8x32xf32>
}

// -----

// A value with a second user ends the epilogue.

func.func @second_user(%x: tensor<8x16xf32>) -> (tensor<8x32xf32>, tensor<8x32xf32>) {
  %w = arith.constant dense<0.5> : tensor<16x32xf32>
  %zero = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : tensor<8x32xf32>
  %e = tensor.empty() : tensor<8x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<8x32xf32>) -> tensor<8x32xf32>
  // expected-remark @below {{1x8x32x16 (batch x m x n x k), permutations [0, 1] [1, 0] [0, 1], 3 ops}}
  %mm = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x32xf32>) outs(%init : tensor<8x32xf32>) -> tensor<8x32xf32>
  // expected-remark @below {{host: arith.maximumf has no unit on the accelerator}}
  %relu = arith.maximumf %mm, %zeros : tensor<8x32xf32>
  return %mm, %relu : tensor<8x32xf32>, tensor<8x32xf32>
}

// -----

// Integers stay on the host; so does a sum of products that is no matmul.

func.func @no_matmul(%x: tensor<8x16xi32>, %w: tensor<16x32xi32>, %y: tensor<8x16xf32>) -> (tensor<8x32xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %zerof = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x32xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<8x32xi32>) -> tensor<8x32xi32>
  // expected-remark @below {{host: a reduction (arith.muli, arith.addi) outside a softmax, layer norm or matmul}}
  %mm = linalg.matmul ins(%x, %w : tensor<8x16xi32>, tensor<16x32xi32>) outs(%init : tensor<8x32xi32>) -> tensor<8x32xi32>
  %e1 = tensor.empty() : tensor<8xf32>
  %init1 = linalg.fill ins(%zerof : f32) outs(%e1 : tensor<8xf32>) -> tensor<8xf32>
  // expected-remark @below {{host: a reduction (arith.mulf, arith.addf) outside}}
  %sq = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%y : tensor<8x16xf32>) outs(%init1 : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.mulf %a, %a : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  return %mm, %sq : tensor<8x32xi32>, tensor<8xf32>
}

// -----

// One row times one column per batch: a product where it is written as one.
func.func @one_by_one(%a: tensor<5x1x16xf32>, %b: tensor<5x16x1xf32>) -> tensor<5x1x1xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5x1x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<5x1x1xf32>) -> tensor<5x1x1xf32>
  // expected-remark @below {{5x1x1x16 (batch x m x n x k)}}
  %c = linalg.batch_matmul ins(%a, %b : tensor<5x1x16xf32>, tensor<5x16x1xf32>) outs(%f : tensor<5x1x1xf32>) -> tensor<5x1x1xf32>
  return %c : tensor<5x1x1xf32>
}
