// RUN: edgebert-opt %s | edgebert-opt | FileCheck %s
// RUN: edgebert-opt %s --mlir-print-op-generic | edgebert-opt | FileCheck %s

// CHECK-LABEL: func @apply
func.func @apply(%w: tensor<32x16xf32>, %m: tensor<32x16xi1>)
    -> (tensor<32x16xf32>, tensor<32x16xf32>, tensor<32x16xf32>) {
  // CHECK: mask.apply %{{.*}}, %{{.*}} as #mask.unstructured outputs 1 : tensor<32x16xf32>
  %a = mask.apply %w, %m as #mask.unstructured outputs 1 : tensor<32x16xf32>
  // CHECK: as #mask.nm<2, 4> outputs 1 : tensor<32x16xf32>
  %b = mask.apply %w, %m as #mask.nm<2, 4> outputs 1 : tensor<32x16xf32>
  // CHECK: as #mask.block<1x16> outputs 0 : tensor<32x16xf32>
  %c = mask.apply %w, %m as #mask.block<1x16> outputs 0 : tensor<32x16xf32>
  return %a, %b, %c : tensor<32x16xf32>, tensor<32x16xf32>, tensor<32x16xf32>
}

// CHECK-LABEL: func @codes
func.func @codes(%w: tensor<3x5xi8>, %m: tensor<3x5xi1>) -> tensor<3x5xi8> {
  // CHECK: mask.compress %{{.*}}, %{{.*}} : tensor<3x5xi8> -> tensor<7xi8>, tensor<2xi8>
  %v, %bits = mask.compress %w, %m : tensor<3x5xi8> -> tensor<7xi8>, tensor<2xi8>
  // CHECK: mask.expand %{{.*}}, %{{.*}} : tensor<7xi8>, tensor<2xi8> -> tensor<3x5xi8>
  %x = mask.expand %v, %bits : tensor<7xi8>, tensor<2xi8> -> tensor<3x5xi8>
  return %x : tensor<3x5xi8>
}
