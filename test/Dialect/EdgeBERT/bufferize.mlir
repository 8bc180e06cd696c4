// RUN: edgebert-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --split-input-file | FileCheck %s

// Every op writes its outs buffer; attributes, addend and span stay.
// CHECK-LABEL: func.func @all
// CHECK-SAME: (%[[X:.*]]: memref<4x16xi8>, %[[W:.*]]: memref<16x16xi8>, %[[V:.*]]: memref<16xi8>)
// CHECK: %[[A0:.*]] = memref.alloc() {{.*}} : memref<4x16xi8>
// CHECK: edgebert.matmul ins(%[[X]], %[[W]] : memref<4x16xi8>, memref<16x16xi8>) addend(%[[W]] : memref<16x16xi8>) outs(%[[A0]] : memref<4x16xi8>)
// CHECK-SAME: addend_lanes = array<i8: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>, lhs_bias = 4 : i32, out_bias = 5 : i32, relu, rhs_bias = 2 : i32, scale_log2 = -2 : i32
// CHECK-NOT: ->
// CHECK: %[[A1:.*]] = memref.alloc()
// CHECK: edgebert.softmax ins(%[[A0]] : memref<4x16xi8>) span(%[[V]] : memref<16xi8>) outs(%[[A1]] : memref<4x16xi8>)
// CHECK: %[[A2:.*]] = memref.alloc()
// CHECK: edgebert.layer_norm ins(%[[A1]], %[[V]], %[[V]] : {{.*}}) outs(%[[A2]]
// CHECK: %[[A3:.*]] = memref.alloc()
// CHECK: edgebert.add ins(%[[A2]], %[[X]] : {{.*}}) outs(%[[A3]]
// CHECK: edgebert.probe "sum" %[[A3]] : memref<4x16xi8>
// CHECK: return %[[A3]] : memref<4x16xi8>
func.func @all(%x: tensor<4x16xi8>, %w: tensor<16x16xi8>, %v: tensor<16xi8>) -> tensor<4x16xi8> {
  %e0 = tensor.empty() : tensor<4x16xi8>
  %0 = edgebert.matmul ins(%x, %w : tensor<4x16xi8>, tensor<16x16xi8>)
    addend(%w : tensor<16x16xi8>) outs(%e0 : tensor<4x16xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32,
     scale_log2 = -2 : i32, relu, addend_lanes = array<i8:
       0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>}
    -> tensor<4x16xi8>
  %e1 = tensor.empty() : tensor<4x16xi8>
  %1 = edgebert.softmax ins(%0 : tensor<4x16xi8>) span(%v : tensor<16xi8>)
    outs(%e1 : tensor<4x16xi8>)
    {in_bias = 7 : i32, out_bias = 0 : i32} -> tensor<4x16xi8>
  %e2 = tensor.empty() : tensor<4x16xi8>
  %2 = edgebert.layer_norm ins(%1, %v, %v
      : tensor<4x16xi8>, tensor<16xi8>, tensor<16xi8>)
    outs(%e2 : tensor<4x16xi8>)
    {in_bias = 1 : i32, gamma_bias = 2 : i32, beta_bias = 3 : i32,
     out_bias = 4 : i32} -> tensor<4x16xi8>
  %e3 = tensor.empty() : tensor<4x16xi8>
  %3 = edgebert.add ins(%2, %x : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%e3 : tensor<4x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
    -> tensor<4x16xi8>
  edgebert.probe "sum" %3 : tensor<4x16xi8>
  return %3 : tensor<4x16xi8>
}

// -----

// outs that is read again afterwards is not overwritten; it need not be copied
// either, because the op does not read it.
// CHECK-LABEL: func.func @conflict
// CHECK-SAME: (%[[X:.*]]: memref<4x16xi8>)
// CHECK: %[[NEW:.*]] = memref.alloc()
// CHECK-NOT: memref.copy
// CHECK: edgebert.add ins(%[[X]], %[[X]] : {{.*}}) outs(%[[NEW]] :
// CHECK: edgebert.probe "old" %[[X]]
// CHECK: return %[[NEW]]
func.func @conflict(%x: tensor<4x16xi8>) -> tensor<4x16xi8> {
  %0 = edgebert.add ins(%x, %x : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%x : tensor<4x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
    -> tensor<4x16xi8>
  edgebert.probe "old" %x : tensor<4x16xi8>
  return %0 : tensor<4x16xi8>
}

// -----

// The units read an operand after they have begun to write the result, and a
// matmul reads each operand many times: a result must not share a buffer with
// an input, even if that input is dead afterwards.
// CHECK-LABEL: func.func @in_place
// CHECK-SAME: (%[[X:.*]]: memref<16x16xi8>, %[[W:.*]]: memref<16x16xi8>)
// CHECK: %[[NEW:.*]] = memref.alloc()
// CHECK: edgebert.matmul ins(%[[X]], %[[W]] : {{.*}}) outs(%[[NEW]] :
func.func @in_place(%x: tensor<16x16xi8> {bufferization.writable = true}, %w: tensor<16x16xi8>) -> tensor<16x16xi8> {
  %0 = edgebert.matmul ins(%x, %w : tensor<16x16xi8>, tensor<16x16xi8>)
    outs(%x : tensor<16x16xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
    -> tensor<16x16xi8>
  return %0 : tensor<16x16xi8>
}

// -----

// Constants become globals, which the schedule reads weights from.
// CHECK: memref.global "private" constant @[[$W:.*]] : memref<2x16xi8> = dense<3>
// CHECK-LABEL: func.func @weights
// CHECK: %[[G:.*]] = memref.get_global @[[$W]]
// CHECK: edgebert.matmul ins(%{{.*}}, %[[G]]
func.func @weights(%x: tensor<4x16xi8>) -> tensor<4x2xi8> {
  %w = arith.constant dense<3> : tensor<2x16xi8>
  %e = tensor.empty() : tensor<4x2xi8>
  %0 = edgebert.matmul ins(%x, %w : tensor<4x16xi8>, tensor<2x16xi8>)
    outs(%e : tensor<4x2xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
    -> tensor<4x2xi8>
  return %0 : tensor<4x2xi8>
}
