// RUN: edgebert-opt %s --convert-mask-to-linalg | FileCheck %s
// RUN: edgebert-run %s
// What runs is right, for lengths that are not whole bytes and for encodings
// with too many and too few places.

// CHECK-LABEL: func @apply
// CHECK: linalg.generic
// CHECK: arith.select
// CHECK-NOT: mask.
func.func @apply(%w: tensor<3x4xf32>, %m: tensor<3x4xi1>) -> tensor<3x4xf32> {
  %0 = mask.apply %w, %m as #mask.unstructured outputs 0 : tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// CHECK-LABEL: func @encode
// CHECK: scf.for
// CHECK-NOT: mask.
func.func @encode(%w: tensor<3x4xf32>, %m: tensor<3x4xi1>)
    -> (tensor<8xf32>, tensor<2xi8>) {
  %v, %b = mask.compress %w, %m : tensor<3x4xf32> -> tensor<8xf32>, tensor<2xi8>
  return %v, %b : tensor<8xf32>, tensor<2xi8>
}

// CHECK-LABEL: func @decode
// CHECK: scf.for
// CHECK-NOT: mask.
func.func @decode(%v: tensor<8xf32>, %b: tensor<2xi8>) -> tensor<3x4xf32> {
  %0 = mask.expand %v, %b : tensor<8xf32>, tensor<2xi8> -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

func.func @main() {
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]]> : tensor<3x4xf32>
  %m = arith.constant dense<[[true, false, false, true], [false, true, true, true], [false, false, true, true]]> : tensor<3x4xi1>
  %a = func.call @apply(%w, %m) : (tensor<3x4xf32>, tensor<3x4xi1>) -> tensor<3x4xf32>
  %masked = arith.constant dense<[[1.0, 0.0, 0.0, 4.0], [0.0, 6.0, 7.0, 8.0], [0.0, 0.0, 11.0, 12.0]]> : tensor<3x4xf32>
  check.expect_eq %a, %masked : tensor<3x4xf32>

  %v, %b = func.call @encode(%w, %m) : (tensor<3x4xf32>, tensor<3x4xi1>) -> (tensor<8xf32>, tensor<2xi8>)
  %packed = arith.constant dense<[1.0, 4.0, 6.0, 7.0, 8.0, 11.0, 12.0, 0.0]> : tensor<8xf32>
  check.expect_eq %v, %packed : tensor<8xf32>
  // 1001 0111 0011, the first in the lowest bit.
  check.expect_bits %b, dense<[-23, 12]> : tensor<2xi8> : tensor<2xi8>

  %x = func.call @decode(%v, %b) : (tensor<8xf32>, tensor<2xi8>) -> tensor<3x4xf32>
  check.expect_eq %x, %masked : tensor<3x4xf32>

  // Too few places: what is missing is zero.
  %few = arith.constant dense<[1.0, 4.0]> : tensor<2xf32>
  %y = mask.expand %few, %b : tensor<2xf32>, tensor<2xi8> -> tensor<3x4xf32>
  %start = arith.constant dense<[[1.0, 0.0, 0.0, 4.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]> : tensor<3x4xf32>
  check.expect_eq %y, %start : tensor<3x4xf32>
  return
}
