// RUN: edgebert-opt %s --split-input-file --edgebert-lower-contractions --canonicalize | FileCheck %s

// The flag, two batches, m, n, k; then per operand the address, two batch
// strides, and the strides of its rows and columns.
// CHECK-LABEL: func.func @matmul
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[M:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[N:.*]] = arith.constant 5 : index
// CHECK-DAG: %[[K:.*]] = arith.constant 8 : index
// CHECK-NOT: linalg.fill
// CHECK: call @edgebert_rt_gemm_f32(%[[C0]], %[[C1]], %[[C1]], %[[M]], %[[N]], %[[K]], %{{[^,]*}}, %[[C0]], %[[C0]], %[[K]], %[[C1]], %{{[^,]*}}, %[[C0]], %[[C0]], %[[N]], %[[C1]], %{{[^,]*}}, %[[C0]], %[[C0]], %[[N]], %[[C1]])
func.func @matmul(%a: memref<4x8xf32>, %b: memref<8x5xf32>, %c: memref<4x5xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<4x5xf32>)
  linalg.matmul ins(%a, %b : memref<4x8xf32>, memref<8x5xf32>) outs(%c : memref<4x5xf32>)
  return
}

// -----

// Another initial value is kept and added to.
// CHECK-LABEL: func.func @accumulates
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
// CHECK: linalg.fill
// CHECK: call @edgebert_rt_gemm_f64(%[[ONE]],
func.func @accumulates(%a: memref<4x8xf64>, %b: memref<8x5xf64>, %c: memref<4x5xf64>) {
  %one = arith.constant 1.0 : f64
  linalg.fill ins(%one : f64) outs(%c : memref<4x5xf64>)
  linalg.matmul ins(%a, %b : memref<4x8xf64>, memref<8x5xf64>) outs(%c : memref<4x5xf64>)
  return
}

// -----

#a = affine_map<(b, h, m, n, k) -> (b, m, h, k)>
#b = affine_map<(b, h, m, n, k) -> (b, n, h, k)>
#c = affine_map<(b, h, m, n, k) -> (b, h, m, n)>

// Attention scores from [batch, token, head, channel], nothing transposed.
// CHECK-LABEL: func.func @scores
// CHECK: call @edgebert_rt_gemm_f32
// CHECK-NOT: linalg.generic
func.func @scores(%q: memref<2x64x4x32xf32>, %k: memref<2x64x4x32xf32>, %s: memref<2x4x64x64xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x64x4x32xf32>, memref<2x64x4x32xf32>) outs(%s : memref<2x4x64x64xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %t = arith.addf %z, %p : f32
    linalg.yield %t : f32
  }
  return
}

// -----

// Integers and other sums stay loops.
// CHECK-LABEL: func.func @integers
// CHECK: linalg.matmul
func.func @integers(%a: memref<4x8xi32>, %b: memref<8x5xi32>, %c: memref<4x5xi32>) {
  linalg.matmul ins(%a, %b : memref<4x8xi32>, memref<8x5xi32>) outs(%c : memref<4x5xi32>)
  return
}
