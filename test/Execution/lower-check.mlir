// RUN: edgebert-opt %s --edgebert-lower-check | FileCheck %s

// CHECK: llvm.mlir.global internal constant @{{.*}}("close|f32|2x3|{{[^|]*}}|0|{{.*}}lower-check.mlir:[[#LINE:]]:3\00")
// CHECK-LABEL: func.func @main
// CHECK: call @edgebert_rt_check(
// CHECK: memref.get_global
// CHECK: call @edgebert_rt_check(
func.func @main(%x: memref<2x3xf32>, %y: memref<2x3xf32>, %c: memref<2xi8>) {
  check.expect_close %x, %y {atol = 1.0e-4} : memref<2x3xf32>
  check.expect_bits %c, dense<[1, -1]> : tensor<2xi8> : memref<2xi8>
  return
}
