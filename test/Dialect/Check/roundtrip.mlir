// RUN: edgebert-opt %s | edgebert-opt | FileCheck %s

// CHECK-LABEL: func @tensors(
func.func @tensors(%x: tensor<2xf32>, %y: tensor<2xf32>, %b: tensor<2xi8>) {
  // CHECK: check.expect_eq %{{.*}}, %{{.*}} : tensor<2xf32>
  check.expect_eq %x, %y : tensor<2xf32>
  // CHECK: check.expect_close %{{.*}}, %{{.*}} {atol = 1.000000e-05 : f64} : tensor<2xf32>
  check.expect_close %x, %y {atol = 1.0e-5} : tensor<2xf32>
  // CHECK: check.expect_bits %{{.*}}, dense<[0, -1]> : tensor<2xi8> : tensor<2xi8>
  check.expect_bits %b, dense<[0, -1]> : tensor<2xi8> : tensor<2xi8>
  // CHECK: check.expect_bits %{{.*}}, dense<{{.*}}> : tensor<2xi32> : tensor<2xf32>
  check.expect_bits %x, dense<[0, 0x80000000]> : tensor<2xi32> : tensor<2xf32>
  return
}

// CHECK-LABEL: func @memrefs(
// CHECK: check.expect_eq %{{.*}}, %{{.*}} : memref<?x4xi8>
func.func @memrefs(%x: memref<?x4xi8>, %y: memref<?x4xi8>) {
  check.expect_eq %x, %y : memref<?x4xi8>
  return
}
