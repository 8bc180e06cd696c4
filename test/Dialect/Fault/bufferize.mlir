// RUN: edgebert-opt %s --one-shot-bufferize="bufferize-function-boundaries" | FileCheck %s

// A value that nobody else reads is changed where it is.
// CHECK-LABEL: func @in_place(
// CHECK: %[[A:.*]] = memref.alloc()
// CHECK: linalg.fill {{.*}} outs(%[[A]]
// CHECK-NOT: memref.copy
// CHECK: fault.site %[[A]] activation 1 "x" : memref<4xf32>
// CHECK: return %[[A]]
func.func @in_place(%c: f32) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %x = linalg.fill ins(%c : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %s = fault.site %x activation 1 "x" : tensor<4xf32>
  return %s : tensor<4xf32>
}

// Other readers do not see the fault.
// CHECK-LABEL: func @other_reader(
// CHECK: %[[A:.*]] = memref.alloc()
// CHECK: linalg.fill {{.*}} outs(%[[A]]
// CHECK: %[[B:.*]] = memref.alloc()
// CHECK: memref.copy %[[A]], %[[B]]
// CHECK: fault.site %[[B]] metadata 1 "x" : memref<4xf32>
// CHECK: return %[[B]], %[[A]]
func.func @other_reader(%c: f32) -> (tensor<4xf32>, tensor<4xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %x = linalg.fill ins(%c : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %s = fault.site %x metadata 1 "x" : tensor<4xf32>
  return %s, %x : tensor<4xf32>, tensor<4xf32>
}

// Metadata is a value of its own for each site; storage is never copied.
// CHECK-LABEL: func @constants(
// CHECK-SAME: %[[W:.*]]: memref<4xi8
// CHECK: %[[G:.*]] = memref.get_global
// CHECK: %[[M:.*]] = memref.alloc() {{.*}}memref<i8>
// CHECK: memref.copy %[[G]], %[[M]]
// CHECK: fault.site %[[M]] metadata 1 "m" : memref<i8>
// CHECK-NOT: memref.copy
// CHECK: fault.site %[[W]] weight 2 "w" : memref<4xi8
// CHECK: return %[[M]], %[[W]]
func.func @constants(%w: tensor<4xi8> {bufferization.writable = false}) -> (tensor<i8>, tensor<4xi8>) {
  %m = arith.constant dense<3> : tensor<i8>
  %s = fault.site %m metadata 1 "m" : tensor<i8>
  %t = fault.site %w weight 2 "w" : tensor<4xi8>
  return %s, %t : tensor<i8>, tensor<4xi8>
}
