// RUN: edgebert-opt %s --edgebert-skip-heads --split-input-file | FileCheck %s

!q = tensor<3x16x16x!numfmt.afp<8,3>>
!p = tensor<48x16x!numfmt.afp<8,3>>

// Heads 0 and 2 have no weight: 0x80 is a zero too.
// CHECK-LABEL: @per_head
func.func @per_head(%q: !q, %k: !q, %v: !q) -> !q {
  %bits = arith.constant dense<[
    [0, -128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 112, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]> : tensor<3x16xi8>
  %span = numfmt.from_bits %bits : tensor<3x16xi8> -> tensor<3x16x!numfmt.afp<8,3>>
  %e = tensor.empty() : !q
  // CHECK: edgebert.matmul {{.*}}live = array<i64: 1>
  %s = edgebert.matmul ins(%q, %k : !q, !q) outs(%e : !q)
    {lhs_bias = 4 : i32, rhs_bias = 4 : i32, out_bias = 5 : i32} -> !q
  edgebert.probe "scores" %s : !q
  %rows = tensor.collapse_shape %s [[0, 1], [2]] : !q into !p
  %e2 = tensor.empty() : !p
  %w = edgebert.softmax ins(%rows : !p) span(%span : tensor<3x16x!numfmt.afp<8,3>>)
    outs(%e2 : !p) {in_bias = 4 : i32, out_bias = 3 : i32} -> !p
  %weights = tensor.expand_shape %w [[0, 1], [2]] output_shape [3, 16, 16] : !p into !q
  // CHECK: edgebert.matmul {{.*}}live = array<i64: 1>
  %c = edgebert.matmul ins(%weights, %v : !q, !q) outs(%e : !q)
    {lhs_bias = 4 : i32, rhs_bias = 4 : i32, out_bias = 5 : i32} -> !q
  return %c : !q
}

// -----

!q = tensor<2x16x16x!numfmt.afp<8,3>>
!p = tensor<32x16x!numfmt.afp<8,3>>

// Scores that something else reads are computed; a head with one live row too.
// CHECK-LABEL: @read_elsewhere
func.func @read_elsewhere(%q: !q, %k: !q, %v: !q) -> (!q, !q) {
  %zero = arith.constant dense<0> : tensor<32x16xi8>
  %one = arith.constant dense<112> : tensor<1x16xi8>
  %e = tensor.empty() : !q
  // CHECK: edgebert.matmul
  // CHECK-NOT: live
  %s = edgebert.matmul ins(%q, %k : !q, !q) outs(%e : !q)
    {lhs_bias = 4 : i32, rhs_bias = 4 : i32, out_bias = 5 : i32} -> !q
  %rows = tensor.collapse_shape %s [[0, 1], [2]] : !q into !p
  %span = numfmt.from_bits %zero : tensor<32x16xi8> -> !p
  %e2 = tensor.empty() : !p
  // CHECK: edgebert.softmax
  %w = edgebert.softmax ins(%rows : !p) span(%span : !p)
    outs(%e2 : !p) {in_bias = 4 : i32, out_bias = 3 : i32} -> !p
  %weights = tensor.expand_shape %w [[0, 1], [2]] output_shape [2, 16, 16] : !p into !q
  // CHECK: edgebert.matmul {{.*}}live = array<i64>
  %c = edgebert.matmul ins(%weights, %v : !q, !q) outs(%e : !q)
    {lhs_bias = 4 : i32, rhs_bias = 4 : i32, out_bias = 5 : i32} -> !q
  return %c, %s : !q, !q
}
