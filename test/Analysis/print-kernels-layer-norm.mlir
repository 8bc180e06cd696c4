// RUN: edgebert-opt %s --edgebert-print-kernels --split-input-file --verify-diagnostics -o /dev/null

// torch-mlir's native_layer_norm, decomposed.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#keep = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#row = affine_map<(d0, d1, d2) -> (d0, d1)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @torch(%x: tensor<2x8x16xf32>) -> tensor<2x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<1.5> : tensor<16xf32>
  %b = arith.constant dense<0.5> : tensor<16xf32>
  %e = tensor.empty() : tensor<2x8x16xf32>
  %ek = tensor.empty() : tensor<2x8x1xf32>
  %zk = linalg.fill ins(%zero : f32) outs(%ek : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %0 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %acc = arith.addf %a0, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = arith.divf %a0, %n : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  %2 = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %1 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.subf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %2 : tensor<2x8x16xf32>, tensor<2x8x16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  %4 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%3 : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %acc = arith.addf %a0, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  %5 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%4 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = arith.divf %a0, %n : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  %6 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%5 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = arith.addf %a0, %eps : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  %7 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%6 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = math.rsqrt %a0 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  %8 = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %7 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  %9 = linalg.generic {indexing_maps = [#id, #col, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%8, %g : tensor<2x8x16xf32>, tensor<16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  // expected-remark @below {{layer norm "layer norm 0": epsilon 1e-05, gamma, beta, of tensor<2x8x16xf32>, 14 ops}}
  %out = linalg.generic {indexing_maps = [#id, #col, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%9, %b : tensor<2x8x16xf32>, tensor<16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.addf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  return %out : tensor<2x8x16xf32>
}

// -----

// ONNX's ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div, Mul; the mean once as a
// division and once as a product, ops on whole tensors, no beta.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#keep = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#row = affine_map<(d0, d1, d2) -> (d0, d1)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @onnx(%x: tensor<2x8x16xf32>) -> tensor<2x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<1.5> : tensor<16xf32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %c = arith.constant dense<1.0e-12> : tensor<2x8x1xf32>
  %half = arith.constant 6.25e-2 : f32
  %e = tensor.empty() : tensor<2x8x16xf32>
  %ek = tensor.empty() : tensor<2x8x1xf32>
  %zk = linalg.fill ins(%zero : f32) outs(%ek : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %0 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %acc = arith.addf %a0, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = arith.divf %a0, %n : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  %2 = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %1 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.subf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  %3 = linalg.generic {indexing_maps = [#id, affine_map<(d0, d1, d2) -> ()>, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %two : tensor<2x8x16xf32>, tensor<f32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = math.powf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  %4 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%3 : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %acc = arith.addf %a0, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  %5 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%4 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = arith.mulf %half, %a0 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  %6 = arith.addf %5, %c : tensor<2x8x1xf32>
  %7 = math.sqrt %6 : tensor<2x8x1xf32>
  %8 = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %7 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.divf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  // expected-remark @below {{layer norm "layer norm 0": epsilon 1e-12, gamma, of tensor<2x8x16xf32>}}
  %out = linalg.generic {indexing_maps = [#col, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%g, %8 : tensor<16xf32>, tensor<2x8x16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  return %out : tensor<2x8x16xf32>
}

// -----

// flax: variance E[x^2] - mean^2, not below 0, gamma times the inverse first; fused
// ops, one of them with two results.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#keep = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#row = affine_map<(d0, d1, d2) -> (d0, d1)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @flax(%x: tensor<2x8x16xf32>) -> tensor<2x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<1.5> : tensor<16xf32>
  %b = arith.constant dense<0.5> : tensor<16xf32>
  %es = tensor.empty() : tensor<2x8xf32>
  %e = tensor.empty() : tensor<2x8x16xf32>
  %zs = linalg.fill ins(%zero : f32) outs(%es : tensor<2x8xf32>) -> tensor<2x8xf32>
  %0 = linalg.reduce { arith.addf } ins(%x : tensor<2x8x16xf32>) outs(%zs : tensor<2x8xf32>) dimensions = [2]
  %1 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x8x16xf32>) outs(%zs : tensor<2x8xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %q = arith.mulf %a0, %a0 : f32
    %acc = arith.addf %q, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8xf32>
  %2:2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%0, %1 : tensor<2x8xf32>, tensor<2x8xf32>) outs(%es, %es : tensor<2x8xf32>, tensor<2x8xf32>) {
  ^bb0(%a: f32, %q: f32, %o: f32, %p: f32):
    %m = arith.divf %a, %n : f32
    %m2 = arith.mulf %m, %m : f32
    %ms = arith.divf %q, %n : f32
    %d = arith.subf %ms, %m2 : f32
    %v = arith.maximumf %zero, %d : f32
    %ve = arith.addf %v, %eps : f32
    %r = math.rsqrt %ve : f32
    linalg.yield %m, %r : f32, f32
  } -> (tensor<2x8xf32>, tensor<2x8xf32>)
  %mean = tensor.expand_shape %2#0 [[0], [1, 2]] output_shape [2, 8, 1] : tensor<2x8xf32> into tensor<2x8x1xf32>
  %rs = tensor.expand_shape %2#1 [[0], [1, 2]] output_shape [2, 8, 1] : tensor<2x8xf32> into tensor<2x8x1xf32>
  %3 = linalg.generic {indexing_maps = [#keep, #col, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%rs, %g : tensor<2x8x1xf32>, tensor<16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  // expected-remark @below {{layer norm "layer norm 0": epsilon 1e-05, gamma, beta, of tensor<2x8x16xf32>}}
  %out = linalg.generic {indexing_maps = [#col, #id, #keep, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%b, %x, %mean, %3 : tensor<16xf32>, tensor<2x8x16xf32>, tensor<2x8x1xf32>, tensor<2x8x16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %a2: f32, %a3: f32, %o: f32):
    %c = arith.subf %a1, %a2 : f32
    %m = arith.mulf %c, %a3 : f32
    %s = arith.addf %a0, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  return %out : tensor<2x8x16xf32>
}

// -----

// tf.nn.batch_normalization: x * r + (beta - mean * r).

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#keep = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#row = affine_map<(d0, d1, d2) -> (d0, d1)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @tensorflow(%x: tensor<2x8x16xf32>) -> tensor<2x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<1.5> : tensor<16xf32>
  %b = arith.constant dense<0.5> : tensor<16xf32>
  %e = tensor.empty() : tensor<2x8x16xf32>
  %ek = tensor.empty() : tensor<2x8x1xf32>
  %zk = linalg.fill ins(%zero : f32) outs(%ek : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %0 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %acc = arith.addf %a0, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = arith.divf %a0, %n : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  %4 = linalg.generic {indexing_maps = [#id, #keep, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %1 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %d = arith.subf %a0, %a1 : f32
    %q = arith.mulf %d, %d : f32
    %acc = arith.addf %q, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  %7 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%4 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %v = arith.divf %a0, %n : f32
    %w = arith.addf %v, %eps : f32
    %s = math.rsqrt %w : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  %8 = linalg.generic {indexing_maps = [#keep, #col, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%7, %g : tensor<2x8x1xf32>, tensor<16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  %9 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %8 : tensor<2x8x16xf32>, tensor<2x8x16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  %10 = linalg.generic {indexing_maps = [#keep, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%1, %8 : tensor<2x8x1xf32>, tensor<2x8x16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  %11 = linalg.generic {indexing_maps = [#col, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%b, %10 : tensor<16xf32>, tensor<2x8x16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.subf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  // expected-remark @below {{layer norm "layer norm 0": epsilon 1e-05, gamma, beta, of tensor<2x8x16xf32>}}
  %out = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%9, %11 : tensor<2x8x16xf32>, tensor<2x8x16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.addf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  return %out : tensor<2x8x16xf32>
}

// -----

// Behind a residual add, which stays an add; no gamma, no beta.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#keep = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#row = affine_map<(d0, d1, d2) -> (d0, d1)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @after_residual(%x: tensor<2x8x16xf32>, %y: tensor<2x8x16xf32>) -> tensor<2x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<2x8x16xf32>
  %ek = tensor.empty() : tensor<2x8x1xf32>
  %zk = linalg.fill ins(%zero : f32) outs(%ek : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  // expected-remark @below {{add "add 0": of tensor<2x8x16xf32>, 1 ops}}
  %r = arith.addf %x, %y : tensor<2x8x16xf32>
  %0 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%r : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %acc = arith.addf %a0, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = arith.divf %a0, %n : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  %2 = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%r, %1 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.subf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  %4 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%2 : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %q = arith.mulf %a0, %a0 : f32
    %acc = arith.addf %q, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  %7 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%4 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %v = arith.divf %a0, %n : f32
    %w = arith.addf %eps, %v : f32
    %s = math.rsqrt %w : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{layer norm "layer norm 1": epsilon 1e-05, of tensor<2x8x16xf32>, 9 ops}}
  %out = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %7 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  return %out : tensor<2x8x16xf32>
}

// -----

// Divides by N - 1.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#keep = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#row = affine_map<(d0, d1, d2) -> (d0, d1)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @unbiased_variance(%x: tensor<2x8x16xf32>) -> tensor<2x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n1 = arith.constant 15.0 : f32
  %e = tensor.empty() : tensor<2x8x16xf32>
  %ek = tensor.empty() : tensor<2x8x1xf32>
  %zk = linalg.fill ins(%zero : f32) outs(%ek : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  // expected-remark @below {{host: a reduction}}
  %0 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %acc = arith.addf %a0, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{host: arith.divf has}}
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = arith.divf %a0, %n : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{host: arith.subf has}}
  %2 = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %1 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.subf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  // expected-remark @below {{host: a reduction}}
  %4 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%2 : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %q = arith.mulf %a0, %a0 : f32
    %acc = arith.addf %q, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{host: arith.divf, arith.addf, math.rsqrt has}}
  %7 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%4 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %v = arith.divf %a0, %n1 : f32
    %w = arith.addf %eps, %v : f32
    %s = math.rsqrt %w : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{host: like a layer norm, but a sum of 16 elements is divided by 15.0}}
  %out = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %7 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  return %out : tensor<2x8x16xf32>
}

// -----

// Epsilon in the wrong place.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#keep = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#row = affine_map<(d0, d1, d2) -> (d0, d1)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @epsilon_outside(%x: tensor<2x8x16xf32>) -> tensor<2x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<2x8x16xf32>
  %ek = tensor.empty() : tensor<2x8x1xf32>
  %zk = linalg.fill ins(%zero : f32) outs(%ek : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  // expected-remark @below {{host: a reduction}}
  %0 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %acc = arith.addf %a0, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{host: arith.divf has}}
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = arith.divf %a0, %n : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{host: arith.subf has}}
  %2 = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %1 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.subf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  // expected-remark @below {{host: a reduction}}
  %4 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%2 : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %q = arith.mulf %a0, %a0 : f32
    %acc = arith.addf %q, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{host: arith.divf, math.sqrt, arith.addf has}}
  %7 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%4 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %v = arith.divf %a0, %n : f32
    %w = math.sqrt %v : f32
    %s = arith.addf %w, %eps : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{host: like a layer norm, but epsilon is added to the standard deviation instead of the variance}}
  %out = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %7 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.divf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  return %out : tensor<2x8x16xf32>
}

// -----

// The normalised value has a second user: gamma stays on the host.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#keep = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#row = affine_map<(d0, d1, d2) -> (d0, d1)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @second_user(%x: tensor<2x8x16xf32>) -> (tensor<2x8x16xf32>, tensor<2x8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<1.5> : tensor<16xf32>
  %e = tensor.empty() : tensor<2x8x16xf32>
  %ek = tensor.empty() : tensor<2x8x1xf32>
  %zk = linalg.fill ins(%zero : f32) outs(%ek : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %0 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %acc = arith.addf %a0, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %s = arith.divf %a0, %n : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  %2 = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %1 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.subf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  %4 = linalg.generic {indexing_maps = [#id, #keep], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%2 : tensor<2x8x16xf32>) outs(%zk : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %q = arith.mulf %a0, %a0 : f32
    %acc = arith.addf %q, %o : f32
    linalg.yield %acc : f32
  } -> tensor<2x8x1xf32>
  %7 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%4 : tensor<2x8x1xf32>) outs(%ek : tensor<2x8x1xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %v = arith.divf %a0, %n : f32
    %w = arith.addf %eps, %v : f32
    %s = math.rsqrt %w : f32
    linalg.yield %s : f32
  } -> tensor<2x8x1xf32>
  // expected-remark @below {{layer norm "layer norm 0": epsilon 1e-05, of tensor<2x8x16xf32>}}
  %8 = linalg.generic {indexing_maps = [#id, #keep, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %7 : tensor<2x8x16xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  // expected-remark @below {{host: like a layer norm, but the intermediate result of 'linalg.generic' is also used by 'func.return'}}
  %out = linalg.generic {indexing_maps = [#id, #col, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%8, %g : tensor<2x8x16xf32>, tensor<16xf32>) outs(%e : tensor<2x8x16xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %s = arith.mulf %a0, %a1 : f32
    linalg.yield %s : f32
  } -> tensor<2x8x16xf32>
  return %out, %8 : tensor<2x8x16xf32>, tensor<2x8x16xf32>
}

// -----

// Mean and variance on collapsed dimensions, the rest on expanded ones with one
// more unit dimension. The input is one of the reshapes.

#two = affine_map<(d0, d1) -> (d0, d1)>
#row2 = affine_map<(d0, d1) -> (d0)>
#in = affine_map<(u, d0, d1, d2) -> (d0, d1, d2)>
#stat = affine_map<(u, d0, d1, d2) -> (d0, d1)>
#out = affine_map<(u, d0, d1, d2) -> (u, d0, d1, d2)>
func.func @reshaped(%x: tensor<2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant dense<16.0> : tensor<16xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<16xf32>
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x8x16xf32> into tensor<16x16xf32>
  %e = tensor.empty() : tensor<16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  %sum = linalg.reduce { arith.addf } ins(%flat : tensor<16x16xf32>) outs(%z : tensor<16xf32>) dimensions = [1]
  %mean = arith.divf %sum, %n : tensor<16xf32>
  %sq = linalg.generic {indexing_maps = [#two, #row2, #row2], iterator_types = ["parallel", "reduction"]} ins(%flat, %mean : tensor<16x16xf32>, tensor<16xf32>) outs(%z : tensor<16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.subf %a, %b : f32
    %q = arith.mulf %d, %d : f32
    %s = arith.addf %o, %q : f32
    linalg.yield %s : f32
  } -> tensor<16xf32>
  %var = arith.divf %sq, %n : tensor<16xf32>
  %ve = arith.addf %var, %eps : tensor<16xf32>
  %r = math.rsqrt %ve : tensor<16xf32>
  %m2 = tensor.expand_shape %mean [[0, 1]] output_shape [2, 8] : tensor<16xf32> into tensor<2x8xf32>
  %r2 = tensor.expand_shape %r [[0, 1]] output_shape [2, 8] : tensor<16xf32> into tensor<2x8xf32>
  %e4 = tensor.empty() : tensor<1x2x8x16xf32>
  // expected-remark @below {{layer norm "layer norm 0": epsilon 1e-05, of tensor<16x16xf32>, 12 ops}}
  %out = linalg.generic {indexing_maps = [#in, #stat, #stat, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x, %m2, %r2 : tensor<2x8x16xf32>, tensor<2x8xf32>, tensor<2x8xf32>) outs(%e4 : tensor<1x2x8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %d = arith.subf %a, %b : f32
    %s = arith.mulf %d, %c : f32
    linalg.yield %s : f32
  } -> tensor<1x2x8x16xf32>
  return %out : tensor<1x2x8x16xf32>
}

// -----

// Along the middle dimension, fused into three ops.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#mid = affine_map<(d0, d1, d2) -> (d0, d2)>
func.func @wrong_axis(%x: tensor<2x16x16xf32>) -> tensor<2x16x16xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<2x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x16xf32>) -> tensor<2x16xf32>
  // expected-remark @below {{host: a reduction (arith.addf)}}
  %sum = linalg.reduce { arith.addf } ins(%x : tensor<2x16x16xf32>) outs(%z : tensor<2x16xf32>) dimensions = [1]
  // expected-remark @below {{host: a reduction (arith.divf, arith.subf, arith.mulf, arith.addf)}}
  %sq = linalg.generic {indexing_maps = [#id, #mid, #mid], iterator_types = ["parallel", "reduction", "parallel"]} ins(%x, %sum : tensor<2x16x16xf32>, tensor<2x16xf32>) outs(%z : tensor<2x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.divf %b, %n : f32
    %d = arith.subf %a, %m : f32
    %q = arith.mulf %d, %d : f32
    %s = arith.addf %o, %q : f32
    linalg.yield %s : f32
  } -> tensor<2x16xf32>
  %e3 = tensor.empty() : tensor<2x16x16xf32>
  // expected-remark @below {{host: layer norm along dimension 1 of 3, the accelerator normalises along the last only}}
  %out = linalg.generic {indexing_maps = [#id, #mid, #mid, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %sum, %sq : tensor<2x16x16xf32>, tensor<2x16xf32>, tensor<2x16xf32>) outs(%e3 : tensor<2x16x16xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %m = arith.divf %b, %n : f32
    %d = arith.subf %a, %m : f32
    %v = arith.divf %c, %n : f32
    %w = arith.addf %v, %eps : f32
    %r = math.sqrt %w : f32
    %s = arith.divf %d, %r : f32
    linalg.yield %s : f32
  } -> tensor<2x16x16xf32>
  return %out : tensor<2x16x16xf32>
}
