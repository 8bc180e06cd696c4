// RUN: edgebert-opt %s | edgebert-opt | FileCheck %s
// RUN: edgebert-opt %s --mlir-print-op-generic | edgebert-opt | FileCheck %s

// CHECK-LABEL: func @tensors(
func.func @tensors(%q: tensor<4x!numfmt.afp<8,3>>, %x: tensor<2x4xf32>,
                   %m: tensor<i8>, %b: tensor<8xi1>) {
  // CHECK: fault.site %{{.*}} activation 12 "layer0/q" : tensor<4x!numfmt.afp<8, 3>>
  %0 = fault.site %q activation 12 "layer0/q" : tensor<4x!numfmt.afp<8,3>>
  // CHECK: fault.site %{{.*}} weight 13 "w" as !numfmt.afp<8, 3> metadata dense<4> : tensor<i8> : tensor<4x!numfmt.afp<8, 3>>
  %1 = fault.site %0 weight 13 "w" as !numfmt.afp<8,3> metadata dense<4> : tensor<i8> : tensor<4x!numfmt.afp<8,3>>
  // CHECK: fault.site %{{.*}} activation 14 "x" as !numfmt.int<8> metadata dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32> axis 0 : tensor<2x4xf32>
  %2 = fault.site %x activation 14 "x" as !numfmt.int<8> metadata dense<[0.5, 0.25]> : tensor<2xf32> axis 0 : tensor<2x4xf32>
  // CHECK: fault.site %{{.*}} metadata 15 "m" : tensor<i8>
  %3 = fault.site %m metadata 15 "m" : tensor<i8>
  // CHECK: fault.site %{{.*}} mask 16 "b" : tensor<8xi1>
  %4 = fault.site %b mask 16 "b" : tensor<8xi1>
  return
}

// CHECK-LABEL: func @buffers(
func.func @buffers(%q: memref<4xi8>, %a: memref<4xi32>) {
  // CHECK: fault.site %{{.*}} weight 17 "w" as !numfmt.afp<8, 3> : memref<4xi8>
  fault.site %q weight 17 "w" as !numfmt.afp<8,3> : memref<4xi8>
  // CHECK: fault.site %{{.*}} accumulator 18 "acc" : memref<4xi32>
  fault.site %a accumulator 18 "acc" : memref<4xi32>
  return
}
