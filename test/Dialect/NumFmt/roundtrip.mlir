// RUN: edgebert-opt %s | edgebert-opt | FileCheck %s
// RUN: edgebert-opt %s --mlir-print-op-generic | edgebert-opt | FileCheck %s
// RUN: edgebert-opt %s --emit-bytecode | edgebert-opt | FileCheck %s

// CHECK-LABEL: func @types(
// CHECK-SAME: tensor<4x!numfmt.afp<8, 3>>
// The default profile is not printed.
// CHECK-SAME: tensor<4x!numfmt.afp<16, 7>>
// CHECK-SAME: memref<4x!numfmt.int<4>>
// CHECK-SAME: !numfmt.float<4, 3>
func.func @types(%a: tensor<4x!numfmt.afp<8,3>>,
                 %b: tensor<4x!numfmt.afp<16,7,hardware>>,
                 %c: memref<4x!numfmt.int<4>>, %d: !numfmt.float<4,3>)
    attributes {profile = #numfmt.profile<hardware>} {
  return
}

// CHECK-LABEL: func @ops(
func.func @ops(%x: tensor<4x8xf32>, %bias: tensor<i8>, %scales: tensor<8xf32>,
               %d: tensor<?x8xf32>, %ds: tensor<?xf32>) {
  // CHECK: numfmt.quantize %{{.*}}, %{{.*}} : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!numfmt.afp<8, 3>>
  %0 = numfmt.quantize %x, %bias
         : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!numfmt.afp<8,3>>
  // CHECK: numfmt.quantize %{{.*}}, %{{.*}} axis 1 : tensor<4x8xf32>, tensor<8xf32> -> tensor<4x8x!numfmt.int<8>>
  %1 = numfmt.quantize %x, %scales axis 1
         : tensor<4x8xf32>, tensor<8xf32> -> tensor<4x8x!numfmt.int<8>>
  // CHECK: numfmt.quantize %{{.*}} : tensor<4x8xf32> -> tensor<4x8x!numfmt.float<4, 3>>
  %2 = numfmt.quantize %x : tensor<4x8xf32> -> tensor<4x8x!numfmt.float<4,3>>
  // CHECK: numfmt.dequantize %{{.*}}, %{{.*}} axis 1 {note} :
  %3 = numfmt.dequantize %1, %scales axis 1 {note}
         : tensor<4x8x!numfmt.int<8>>, tensor<8xf32> -> tensor<4x8xf32>
  // CHECK: numfmt.emulate %{{.*}}, %{{.*}} as !numfmt.afp<8, 3> : tensor<4x8xf32>, tensor<i8> -> tensor<4x8xf32>
  %4 = numfmt.emulate %x, %bias as !numfmt.afp<8,3>
         : tensor<4x8xf32>, tensor<i8> -> tensor<4x8xf32>
  // CHECK: numfmt.to_bits %{{.*}} : tensor<4x8x!numfmt.afp<8, 3>> -> tensor<4x8xi8>
  %5 = numfmt.to_bits %0 : tensor<4x8x!numfmt.afp<8,3>> -> tensor<4x8xi8>
  // CHECK: numfmt.from_bits %{{.*}} : tensor<4x8xi8> -> tensor<4x8x!numfmt.int<8>>
  %6 = numfmt.from_bits %5 : tensor<4x8xi8> -> tensor<4x8x!numfmt.int<8>>
  // Dynamic sizes match any.
  // CHECK: numfmt.quantize %{{.*}}, %{{.*}} axis 0 : tensor<?x8xf32>, tensor<?xf32>
  %7 = numfmt.quantize %d, %ds axis 0
         : tensor<?x8xf32>, tensor<?xf32> -> tensor<?x8x!numfmt.int<8>>
  // CHECK: numfmt.lookup %{{.*}}, %{{.*}} {note} : tensor<4x8x!numfmt.int<8>>, tensor<256xi16> -> tensor<4x8x!numfmt.float<5, 10>>
  %table = arith.constant dense<0> : tensor<256xi16>
  %8 = numfmt.lookup %6, %table {note}
         : tensor<4x8x!numfmt.int<8>>, tensor<256xi16> -> tensor<4x8x!numfmt.float<5,10>>
  return
}
