// RUN: edgebert-opt %s --split-input-file --edgebert-fold-transpose-into-contraction | FileCheck %s

// The operand is read as it lies.
// CHECK-DAG: #[[$A:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[$B:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[$C:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: func.func @operand
// CHECK-SAME: %[[AT:[^:]*]]: tensor<8x4xf32>, %[[BT:[^:]*]]: tensor<8x5xf32>
func.func @operand(%at: tensor<8x4xf32>, %b: tensor<8x5xf32>, %c: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  // CHECK-NOT: linalg.transpose
  %a = linalg.transpose ins(%at : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
  // CHECK: linalg.generic {indexing_maps = [#[[$A]], #[[$B]], #[[$C]]]
  // CHECK-SAME: ins(%[[AT]], %[[BT]]
  %r = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x5xf32>) outs(%c : tensor<4x5xf32>) -> tensor<4x5xf32>
  return %r : tensor<4x5xf32>
}

// -----

// The result is written where the transpose would have put it.
// CHECK: #[[$OUT:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d0, d2)>
// CHECK-LABEL: func.func @result
func.func @result(%a: tensor<4x64x32xf32>, %b: tensor<4x32x16xf32>) -> tensor<64x4x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x64x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x64x16xf32>) -> tensor<4x64x16xf32>
  // CHECK: %[[FILL:.*]] = linalg.fill {{.*}} -> tensor<64x4x16xf32>
  // CHECK: %[[R:.*]] = linalg.generic {indexing_maps = [#{{[a-z0-9]*}}, #{{[a-z0-9]*}}, #[[$OUT]]]
  // CHECK-SAME: outs(%[[FILL]] : tensor<64x4x16xf32>)
  // CHECK: return %[[R]]
  %m = linalg.batch_matmul ins(%a, %b : tensor<4x64x32xf32>, tensor<4x32x16xf32>) outs(%f : tensor<4x64x16xf32>) -> tensor<4x64x16xf32>
  %te = tensor.empty() : tensor<64x4x16xf32>
  %t = linalg.transpose ins(%m : tensor<4x64x16xf32>) outs(%te : tensor<64x4x16xf32>) permutation = [1, 0, 2]
  return %t : tensor<64x4x16xf32>
}

// -----

// With an initial value that would have to be transposed, the result stays.
// CHECK-LABEL: func.func @accumulates
// CHECK: linalg.matmul
// CHECK: linalg.transpose
func.func @accumulates(%a: tensor<4x8xf32>, %b: tensor<8x5xf32>, %c: tensor<4x5xf32>) -> tensor<5x4xf32> {
  %r = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x5xf32>) outs(%c : tensor<4x5xf32>) -> tensor<4x5xf32>
  %e = tensor.empty() : tensor<5x4xf32>
  %t = linalg.transpose ins(%r : tensor<4x5xf32>) outs(%e : tensor<5x4xf32>) permutation = [1, 0]
  return %t : tensor<5x4xf32>
}
