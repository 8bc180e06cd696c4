// RUN: edgebert-opt %s --edgebert-print-kernels --verify-diagnostics -o /dev/null

#id = affine_map<(d0, d1) -> (d0, d1)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
func.func @adds(%x: tensor<8x8xf32>, %y: tensor<8x8xf32>, %i: tensor<8x8xi32>) -> (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xi32>) {
  %c = arith.constant dense<1.0> : tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  // expected-remark @below {{add "add 0": of tensor<8x8xf32>, 1 ops}}
  %residual = linalg.add ins(%x, %y : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  // expected-remark @below {{host: adds a constant that does not follow a matrix product}}
  %constant = arith.addf %x, %c : tensor<8x8xf32>
  // expected-remark @below {{host: adds a permuted tensor, the accelerator adds element by element}}
  %permuted = linalg.generic {indexing_maps = [#id, #swap, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %y : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  // expected-remark @below {{host: arith.addi has no unit on the accelerator}}
  %integer = arith.addi %i, %i : tensor<8x8xi32>
  return %residual, %constant, %permuted, %integer : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xi32>
}
