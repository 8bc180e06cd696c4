// RUN: edgebert-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @all_stay(
// CHECK-SAME: %[[W:.*]]: tensor<2x4xf32>
func.func @all_stay(%w: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // CHECK: return %[[W]]
  %m = arith.constant dense<true> : tensor<2x4xi1>
  %0 = mask.apply %w, %m as #mask.unstructured outputs 0 : tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// CHECK-LABEL: func @twice
func.func @twice(%w: tensor<2x4xf32>, %m: tensor<2x4xi1>, %n: tensor<2x4xi1>)
    -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  // CHECK: %[[A:.*]] = mask.apply %arg0, %arg1
  // CHECK: %[[B:.*]] = mask.apply %[[A]], %arg2
  // CHECK: return %[[A]], %[[B]]
  %0 = mask.apply %w, %m as #mask.unstructured outputs 0 : tensor<2x4xf32>
  %1 = mask.apply %0, %m as #mask.unstructured outputs 0 : tensor<2x4xf32>
  %2 = mask.apply %0, %n as #mask.unstructured outputs 0 : tensor<2x4xf32>
  return %1, %2 : tensor<2x4xf32>, tensor<2x4xf32>
}

// A mask must stay visible to the passes that keep it.
// CHECK-LABEL: func @constant
func.func @constant() -> tensor<4xf32> {
  // CHECK: mask.apply
  %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %m = arith.constant dense<[true, false, true, true]> : tensor<4xi1>
  %0 = mask.apply %w, %m as #mask.unstructured outputs 0 : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @compress
func.func @compress() -> (tensor<6xf32>, tensor<2xi8>) {
  // CHECK-DAG: %[[V:.*]] = arith.constant dense<[1.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00, 8.000000e+00, 9.000000e+00]> : tensor<6xf32>
  // CHECK-DAG: %[[B:.*]] = arith.constant dense<[-99, 1]> : tensor<2xi8>
  // CHECK: return %[[V]], %[[B]]
  %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]> : tensor<9xf32>
  %m = arith.constant dense<[true, false, true, true, true, false, false, true, true]> : tensor<9xi1>
  %v, %b = mask.compress %w, %m : tensor<9xf32> -> tensor<6xf32>, tensor<2xi8>
  return %v, %b : tensor<6xf32>, tensor<2xi8>
}
