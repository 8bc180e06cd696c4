// RUN: edgebert-opt %s --canonicalize --cse | FileCheck %s

// Tensor ops without users are dead; probes observe and are not.
// CHECK-LABEL: func.func @dead_tensors
// CHECK-NOT: edgebert.softmax
// CHECK-NOT: edgebert.layer_norm
// CHECK-NOT: edgebert.matmul
// CHECK: %[[SUM:.*]] = edgebert.add
// CHECK-NEXT: edgebert.probe "kept" %[[SUM]]
// CHECK-NEXT: return
func.func @dead_tensors(%x: tensor<4x16xi8>, %g: tensor<16xi8>, %o: tensor<4x4xi8>) {
  %0 = edgebert.softmax ins(%x : tensor<4x16xi8>) outs(%x : tensor<4x16xi8>)
    {in_bias = 7 : i32, out_bias = 0 : i32} -> tensor<4x16xi8>
  %1 = edgebert.layer_norm ins(%0, %g, %g
      : tensor<4x16xi8>, tensor<16xi8>, tensor<16xi8>)
    outs(%x : tensor<4x16xi8>)
    {in_bias = 1 : i32, gamma_bias = 2 : i32, beta_bias = 3 : i32,
     out_bias = 4 : i32} -> tensor<4x16xi8>
  %2 = edgebert.matmul ins(%1, %x : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%o : tensor<4x4xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
    -> tensor<4x4xi8>
  %3 = edgebert.add ins(%x, %x : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%x : tensor<4x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
    -> tensor<4x16xi8>
  edgebert.probe "kept" %3 : tensor<4x16xi8>
  return
}

// Equal tensor ops are one; ops with other biases are not equal.
// CHECK-LABEL: func.func @common
// CHECK-COUNT-2: edgebert.add
// CHECK-NOT: edgebert.add
// CHECK: return
func.func @common(%x: tensor<4x16xi8>) -> (tensor<4x16xi8>, tensor<4x16xi8>, tensor<4x16xi8>) {
  %0 = edgebert.add ins(%x, %x : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%x : tensor<4x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
    -> tensor<4x16xi8>
  %1 = edgebert.add ins(%x, %x : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%x : tensor<4x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
    -> tensor<4x16xi8>
  %2 = edgebert.add ins(%x, %x : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%x : tensor<4x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 4 : i32}
    -> tensor<4x16xi8>
  return %0, %1, %2 : tensor<4x16xi8>, tensor<4x16xi8>, tensor<4x16xi8>
}

// Buffers are written: nothing is dead, nothing is common.
// CHECK-LABEL: func.func @buffers
// CHECK-COUNT-2: edgebert.add
// CHECK: return
func.func @buffers(%x: memref<4x16xi8>, %y: memref<4x16xi8>) {
  edgebert.add ins(%x, %x : memref<4x16xi8>, memref<4x16xi8>)
    outs(%y : memref<4x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
  edgebert.add ins(%x, %x : memref<4x16xi8>, memref<4x16xi8>)
    outs(%y : memref<4x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
  return
}

edgebert.region @r at 0 size 64

// Places and views are values; transfers, operations, work and register
// accesses are effects.
// CHECK-LABEL: func.func @memory
// CHECK-NEXT: %[[C0:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[PAD:.*]] = edgebert.scratchpad at 0
// CHECK-NEXT: edgebert.load
// CHECK-NEXT: edgebert.load
// CHECK-NEXT: edgebert.store %[[PAD]]
// CHECK-NEXT: edgebert.host_work copy, 1
// CHECK-NEXT: edgebert.host_work copy, 1
// CHECK-NEXT: edgebert.read_reg status
// CHECK-NEXT: edgebert.read_reg status
// CHECK-NEXT: edgebert.wait
// CHECK-NEXT: return
func.func @memory() {
  %c0 = arith.constant 0 : index
  %v = edgebert.get_region @r : memref<64xi8>
  %0 = edgebert.scratchpad at 0 : memref<4x16xi8, #edgebert.space<data, 0>>
  %1 = edgebert.scratchpad at 0 : memref<4x16xi8, #edgebert.space<data, 0>>
  edgebert.load @r[%c0], %0 : memref<4x16xi8, #edgebert.space<data, 0>>
  edgebert.load @r[%c0], %1 : memref<4x16xi8, #edgebert.space<data, 0>>
  edgebert.store %1, @r[%c0] : memref<4x16xi8, #edgebert.space<data, 0>>
  edgebert.host_work copy, 1
  edgebert.host_work copy, 1
  %s = edgebert.read_reg status
  %t = edgebert.read_reg status
  edgebert.wait
  return
}
