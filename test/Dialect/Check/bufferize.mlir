// RUN: edgebert-opt %s --one-shot-bufferize="bufferize-function-boundaries" | FileCheck %s

// Operands are only read: no copy is made of a value that lives on.
// CHECK-LABEL: func @reads(
// CHECK-SAME: %[[X:.*]]: memref<2xi8,
// CHECK-NOT: memref.copy
// CHECK: check.expect_bits %[[X]], dense<0>
// CHECK: return %[[X]]
func.func @reads(%x: tensor<2xi8>) -> tensor<2xi8> {
  check.expect_bits %x, dense<0> : tensor<2xi8> : tensor<2xi8>
  return %x : tensor<2xi8>
}

// Buffers of different layouts are cast to one type.
// CHECK-LABEL: func @layouts(
// CHECK: %[[CAST:.*]] = memref.cast %{{.*}} : memref<2xf32> to memref<2xf32, strided<[?], offset: ?>>
// CHECK: check.expect_eq %{{.*}}, %[[CAST]] : memref<2xf32, strided<[?], offset: ?>>
func.func @layouts(%x: tensor<2xf32>) {
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  check.expect_eq %x, %c : tensor<2xf32>
  return
}

// Never dead code.
// CHECK-LABEL: func @kept(
// CHECK: check.expect_close
func.func @kept(%x: tensor<2xf32>) {
  check.expect_close %x, %x : tensor<2xf32>
  return
}
