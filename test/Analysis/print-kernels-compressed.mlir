// RUN: edgebert-opt %s --edgebert-print-kernels --split-input-file --verify-diagnostics -o /dev/null

// The compressed form: the kernel ends where a value is quantized, and reads
// what dequantize gives. The weight's transpose lies inside dequantize, so it is
// part of the weight, a constant.

#id = affine_map<(d0, d1) -> (d0, d1)>
#col = affine_map<(d0, d1) -> (d1)>
func.func @linear_then_relu(%x: tensor<8x16xf32>) -> tensor<8x32xf32> {
  %codes = arith.constant dense<3> : tensor<32x16xi8>
  %b = arith.constant dense<0.25> : tensor<32xf32>
  %bias = arith.constant dense<2> : tensor<i8>
  %zero = arith.constant 0.0 : f32
  %xq = numfmt.quantize %x, %bias : tensor<8x16xf32>, tensor<i8> -> tensor<8x16x!numfmt.afp<8,3>>
  %xd = numfmt.dequantize %xq, %bias : tensor<8x16x!numfmt.afp<8,3>>, tensor<i8> -> tensor<8x16xf32>
  %wq = numfmt.from_bits %codes : tensor<32x16xi8> -> tensor<32x16x!numfmt.afp<8,3>>
  %wd = numfmt.dequantize %wq, %bias : tensor<32x16x!numfmt.afp<8,3>>, tensor<i8> -> tensor<32x16xf32>
  %bd = numfmt.emulate %b, %bias as !numfmt.afp<8,3> : tensor<32xf32>, tensor<i8> -> tensor<32xf32>
  %e = tensor.empty() : tensor<8x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<8x32xf32>) -> tensor<8x32xf32>
  %mm = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    ins(%xd, %wd : tensor<8x16xf32>, tensor<32x16xf32>) outs(%init : tensor<8x32xf32>) -> tensor<8x32xf32>
  // expected-remark @below {{1x8x32x16 (batch x m x n x k), permutations [0, 1] [0, 1] [0, 1], addend, 3 ops}}
  %biased = linalg.generic {indexing_maps = [#id, #col, #id], iterator_types = ["parallel", "parallel"]}
      ins(%mm, %bd : tensor<8x32xf32>, tensor<32xf32>) outs(%e : tensor<8x32xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<8x32xf32>
  %em = numfmt.emulate %biased, %bias as !numfmt.afp<8,3> : tensor<8x32xf32>, tensor<i8> -> tensor<8x32xf32>
  // expected-remark @below {{host: arith.maximumf has no unit on the accelerator}}
  %relu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%em : tensor<8x32xf32>) outs(%e : tensor<8x32xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %p, %zero : f32
    linalg.yield %s : f32
  } -> tensor<8x32xf32>
  return %relu : tensor<8x32xf32>
}

// -----

// Every use of the input has its own pair of quantize and dequantize: still one
// softmax of one input.

#map = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
func.func @repeated_pairs(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %bias = arith.constant dense<2> : tensor<i8>
  %ninf = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %q0 = numfmt.quantize %x, %bias : tensor<8x16xf32>, tensor<i8> -> tensor<8x16x!numfmt.afp<8,3>>
  %d0 = numfmt.dequantize %q0, %bias : tensor<8x16x!numfmt.afp<8,3>>, tensor<i8> -> tensor<8x16xf32>
  %q1 = numfmt.quantize %x, %bias : tensor<8x16xf32>, tensor<i8> -> tensor<8x16x!numfmt.afp<8,3>>
  %d1 = numfmt.dequantize %q1, %bias : tensor<8x16x!numfmt.afp<8,3>>, tensor<i8> -> tensor<8x16xf32>
  %e = tensor.empty() : tensor<8xf32>
  %i = linalg.fill ins(%ninf : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %max = linalg.reduce { arith.maximumf } ins(%d0 : tensor<8x16xf32>) outs(%i : tensor<8xf32>) dimensions = [1]
  %e1 = tensor.empty() : tensor<8x16xf32>
  %wide = linalg.broadcast ins(%max : tensor<8xf32>) outs(%e1 : tensor<8x16xf32>) dimensions = [1]
  %sub = linalg.sub ins(%d1, %wide : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e1 : tensor<8x16xf32>) -> tensor<8x16xf32>
  %exp = linalg.exp ins(%sub : tensor<8x16xf32>) outs(%e1 : tensor<8x16xf32>) -> tensor<8x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %sum = linalg.reduce { arith.addf } ins(%exp : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %wides = linalg.broadcast ins(%sum : tensor<8xf32>) outs(%e1 : tensor<8x16xf32>) dimensions = [1]
  // expected-remark @below {{softmax "softmax 0": of tensor<8x16xf32>, 11 ops}}
  %out = linalg.div ins(%exp, %wides : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e1 : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %out : tensor<8x16xf32>
}
