// RUN: edgebert-opt %s --edgebert-print-kernels --split-input-file --verify-diagnostics -o /dev/null

func.func @named(%x: tensor<2x8x8xf32>) -> (tensor<2x8x8xf32>, tensor<2x8x8xf32>) {
  %e = tensor.empty() : tensor<2x8x8xf32>
  // expected-remark @below {{softmax "softmax 0": of tensor<2x8x8xf32>, 1 ops}}
  %s = linalg.softmax dimension(2) ins(%x : tensor<2x8x8xf32>) outs(%e : tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
  // expected-remark @below {{host: softmax along dimension 1 of 3, the accelerator normalises along the last only}}
  %t = linalg.softmax dimension(1) ins(%x : tensor<2x8x8xf32>) outs(%e : tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
  return %s, %t : tensor<2x8x8xf32>, tensor<2x8x8xf32>
}

// -----

// torch-mlir's decomposition: the maximum comes with its index, reductions keep
// the dimension.

#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map1 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
func.func @torch(%arg0: tensor<2x8x8xf32>) -> tensor<2x8x8xf32> {
  %c0_i64 = arith.constant 0 : i64
  %cst = arith.constant 0xFF800000 : f32
  %cst_0 = arith.constant 0.000000e+00 : f32
  %0 = tensor.empty() : tensor<2x8x1xi64>
  %1 = linalg.fill ins(%c0_i64 : i64) outs(%0 : tensor<2x8x1xi64>) -> tensor<2x8x1xi64>
  %2 = tensor.empty() : tensor<2x8x1xf32>
  %3 = linalg.fill ins(%cst : f32) outs(%2 : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %4:2 = linalg.generic {indexing_maps = [#map, #map1, #map1], iterator_types = ["parallel", "parallel", "reduction"]} ins(%arg0 : tensor<2x8x8xf32>) outs(%3, %1 : tensor<2x8x1xf32>, tensor<2x8x1xi64>) {
  ^bb0(%in: f32, %out: f32, %out_1: i64):
    %11 = linalg.index 2 : index
    %12 = arith.index_cast %11 : index to i64
    %13 = arith.maximumf %in, %out : f32
    %14 = arith.cmpf ogt, %in, %out : f32
    %15 = arith.select %14, %12, %out_1 : i64
    linalg.yield %13, %15 : f32, i64
  } -> (tensor<2x8x1xf32>, tensor<2x8x1xi64>)
  %5 = tensor.empty() : tensor<2x8x8xf32>
  %6 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg0, %4#0 : tensor<2x8x8xf32>, tensor<2x8x1xf32>) outs(%5 : tensor<2x8x8xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %11 = arith.subf %in, %in_1 : f32
    linalg.yield %11 : f32
  } -> tensor<2x8x8xf32>
  %7 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%6 : tensor<2x8x8xf32>) outs(%5 : tensor<2x8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %11 = math.exp %in : f32
    linalg.yield %11 : f32
  } -> tensor<2x8x8xf32>
  %8 = linalg.fill ins(%cst_0 : f32) outs(%2 : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %9 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel", "reduction"]} ins(%7 : tensor<2x8x8xf32>) outs(%8 : tensor<2x8x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %11 = arith.addf %in, %out : f32
    linalg.yield %11 : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{softmax "softmax 0": of tensor<2x8x8xf32>, 11 ops}}
  %10 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%7, %9 : tensor<2x8x8xf32>, tensor<2x8x1xf32>) outs(%5 : tensor<2x8x8xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %11 = arith.divf %in, %in_1 : f32
    linalg.yield %11 : f32
  } -> tensor<2x8x8xf32>
  return %10 : tensor<2x8x8xf32>
}

// -----

// Fused ops: subtraction, exponential and sum in one; the last a product with
// the reciprocal. The sum recomputes the exponential.

#map = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
func.func @fused(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %ninf = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %i = linalg.fill ins(%ninf : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %max = linalg.reduce ins(%x : tensor<8x16xf32>) outs(%i : tensor<8xf32>) dimensions = [1]
    (%in: f32, %acc: f32) {
      %c = arith.cmpf ugt, %in, %acc : f32
      %m = arith.select %c, %in, %acc : f32
      linalg.yield %m : f32
    }
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %sum = linalg.generic {indexing_maps = [#map, #row, #row], iterator_types = ["parallel", "reduction"]} ins(%x, %max : tensor<8x16xf32>, tensor<8xf32>) outs(%z : tensor<8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.subf %a, %b : f32
    %p = math.exp %d : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %e1 = tensor.empty() : tensor<8x16xf32>
  // expected-remark @below {{softmax "softmax 0": of tensor<8x16xf32>, 7 ops}}
  %out = linalg.generic {indexing_maps = [#map, #row, #row, #map], iterator_types = ["parallel", "parallel"]} ins(%x, %max, %sum : tensor<8x16xf32>, tensor<8xf32>, tensor<8xf32>) outs(%e1 : tensor<8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %d = arith.subf %a, %b : f32
    %p = math.exp %d : f32
    %r = arith.divf %one, %c : f32
    %q = arith.mulf %r, %p : f32
    linalg.yield %q : f32
  } -> tensor<8x16xf32>
  return %out : tensor<8x16xf32>
}

// -----

// Not a softmax: the maximum and the sum run along different dimensions; and an
// exponential that is also used elsewhere.

#map = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
func.func @second_user(%x: tensor<8x16xf32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %e1 = tensor.empty() : tensor<8x16xf32>
  // expected-remark @below {{host: math.exp has no unit on the accelerator}}
  %exp = linalg.exp ins(%x : tensor<8x16xf32>) outs(%e1 : tensor<8x16xf32>) -> tensor<8x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  // expected-remark @below {{host: a reduction (arith.addf) outside a softmax, layer norm or matmul}}
  %sum = linalg.reduce ins(%exp : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
    (%in: f32, %acc: f32) {
      %s = arith.addf %in, %acc : f32
      linalg.yield %s : f32
    }
  // expected-remark @below {{host: like a softmax, but the intermediate result of 'linalg.exp' is also used by 'func.return'}}
  %out = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel"]} ins(%exp, %sum : tensor<8x16xf32>, tensor<8xf32>) outs(%e1 : tensor<8x16xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %q = arith.divf %a, %c : f32
    linalg.yield %q : f32
  } -> tensor<8x16xf32>
  return %out, %exp : tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

// Along the first dimension, decomposed. (All dimensions have one extent: only
// the indices tell.)

#map = affine_map<(d0, d1) -> (d0, d1)>
#col = affine_map<(d0, d1) -> (d1)>
func.func @wrong_axis(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %e1 = tensor.empty() : tensor<8x8xf32>
  // expected-remark @below {{host: math.exp has no unit on the accelerator}}
  %exp = linalg.exp ins(%x : tensor<8x8xf32>) outs(%e1 : tensor<8x8xf32>) -> tensor<8x8xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  // expected-remark @below {{host: a reduction}}
  %sum = linalg.reduce ins(%exp : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [0]
    (%in: f32, %acc: f32) {
      %s = arith.addf %in, %acc : f32
      linalg.yield %s : f32
    }
  // expected-remark @below {{host: softmax along dimension 0 of 2, the accelerator normalises along the last only}}
  %out = linalg.generic {indexing_maps = [#map, #col, #map], iterator_types = ["parallel", "parallel"]} ins(%exp, %sum : tensor<8x8xf32>, tensor<8xf32>) outs(%e1 : tensor<8x8xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %q = arith.divf %a, %c : f32
    linalg.yield %q : f32
  } -> tensor<8x8xf32>
  return %out : tensor<8x8xf32>
}

// -----

// tosa.reduce_max/sub/exp/reduce_sum/reciprocal/mul, through
// mlir-opt --tosa-to-linalg-named --tosa-to-linalg.

#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map1 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
func.func @tosa(%arg0: tensor<2x8x8xf32>) -> tensor<2x8x8xf32> {
  %cst = arith.constant 1.000000e+00 : f32
  %cst_0 = arith.constant 0.000000e+00 : f32
  %cst_1 = arith.constant -3.40282347E+38 : f32
  %0 = tensor.empty() : tensor<2x8xf32>
  %1 = linalg.fill ins(%cst_1 : f32) outs(%0 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %reduced = linalg.reduce ins(%arg0 : tensor<2x8x8xf32>) outs(%1 : tensor<2x8xf32>) dimensions = [2] 
    (%in: f32, %init: f32) {
      %9 = arith.maximumf %in, %init : f32
      linalg.yield %9 : f32
    }
  %expanded = tensor.expand_shape %reduced [[0], [1, 2]] output_shape [2, 8, 1] : tensor<2x8xf32> into tensor<2x8x1xf32>
  %2 = tensor.empty() : tensor<2x8x8xf32>
  %3 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%arg0, %expanded : tensor<2x8x8xf32>, tensor<2x8x1xf32>) outs(%2 : tensor<2x8x8xf32>) {
  ^bb0(%in: f32, %in_4: f32, %out: f32):
    %9 = arith.subf %in, %in_4 : f32
    linalg.yield %9 : f32
  } -> tensor<2x8x8xf32>
  %4 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%3 : tensor<2x8x8xf32>) outs(%2 : tensor<2x8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %9 = math.exp %in : f32
    linalg.yield %9 : f32
  } -> tensor<2x8x8xf32>
  %5 = linalg.fill ins(%cst_0 : f32) outs(%0 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %reduced_2 = linalg.reduce ins(%4 : tensor<2x8x8xf32>) outs(%5 : tensor<2x8xf32>) dimensions = [2] 
    (%in: f32, %init: f32) {
      %9 = arith.addf %in, %init : f32
      linalg.yield %9 : f32
    }
  %expanded_3 = tensor.expand_shape %reduced_2 [[0], [1, 2]] output_shape [2, 8, 1] : tensor<2x8xf32> into tensor<2x8x1xf32>
  %6 = tensor.empty() : tensor<2x8x1xf32>
  %7 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%expanded_3 : tensor<2x8x1xf32>) outs(%6 : tensor<2x8x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %9 = arith.divf %cst, %in : f32
    linalg.yield %9 : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{softmax "softmax 0": of tensor<2x8x8xf32>, 13 ops}}
  %8 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%4, %7 : tensor<2x8x8xf32>, tensor<2x8x1xf32>) outs(%2 : tensor<2x8x8xf32>) {
  ^bb0(%in: f32, %in_4: f32, %out: f32):
    %9 = arith.mulf %in, %in_4 : f32
    linalg.yield %9 : f32
  } -> tensor<2x8x8xf32>
  return %8 : tensor<2x8x8xf32>
}
