// RUN: edgebert-opt %s --numfmt-collapse-requantize --canonicalize | FileCheck %s

// CHECK-LABEL: func @same(
// CHECK-SAME: %[[C:.*]]: tensor<4x!numfmt.afp<8, 3>>
// CHECK-NEXT: return %[[C]]
func.func @same(%c: tensor<4x!numfmt.afp<8,3>>, %m: tensor<i8>)
    -> tensor<4x!numfmt.afp<8,3>> {
  %x = numfmt.dequantize %c, %m
         : tensor<4x!numfmt.afp<8,3>>, tensor<i8> -> tensor<4xf32>
  %q = numfmt.quantize %x, %m
         : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>>
  return %q : tensor<4x!numfmt.afp<8,3>>
}

// Equal constants are the same metadata.
// CHECK-LABEL: func @equal_constants(
// CHECK-SAME: %[[C:.*]]: tensor<4x!numfmt.afp<8, 3>>
// CHECK-NEXT: return %[[C]]
func.func @equal_constants(%c: tensor<4x!numfmt.afp<8,3>>)
    -> tensor<4x!numfmt.afp<8,3>> {
  %m0 = arith.constant dense<3> : tensor<i8>
  %m1 = arith.constant dense<3> : tensor<i8>
  %x = numfmt.dequantize %c, %m0
         : tensor<4x!numfmt.afp<8,3>>, tensor<i8> -> tensor<4xf32>
  %q = numfmt.quantize %x, %m1
         : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>>
  return %q : tensor<4x!numfmt.afp<8,3>>
}

// CHECK-LABEL: func @other_metadata(
// CHECK: numfmt.quantize
func.func @other_metadata(%c: tensor<4x!numfmt.afp<8,3>>, %m: tensor<i8>,
                          %n: tensor<i8>) -> tensor<4x!numfmt.afp<8,3>> {
  %x = numfmt.dequantize %c, %m
         : tensor<4x!numfmt.afp<8,3>>, tensor<i8> -> tensor<4xf32>
  %q = numfmt.quantize %x, %n
         : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>>
  return %q : tensor<4x!numfmt.afp<8,3>>
}

// CHECK-LABEL: func @other_axis(
// CHECK: numfmt.quantize
func.func @other_axis(%c: tensor<4x4x!numfmt.afp<8,3>>, %m: tensor<4xi8>)
    -> tensor<4x4x!numfmt.afp<8,3>> {
  %x = numfmt.dequantize %c, %m axis 0
         : tensor<4x4x!numfmt.afp<8,3>>, tensor<4xi8> -> tensor<4x4xf32>
  %q = numfmt.quantize %x, %m axis 1
         : tensor<4x4xf32>, tensor<4xi8> -> tensor<4x4x!numfmt.afp<8,3>>
  return %q : tensor<4x4x!numfmt.afp<8,3>>
}

// The most negative integer would saturate.
// CHECK-LABEL: func @int(
// CHECK: numfmt.quantize
func.func @int(%c: tensor<4x!numfmt.int<8>>, %s: tensor<f32>)
    -> tensor<4x!numfmt.int<8>> {
  %x = numfmt.dequantize %c, %s
         : tensor<4x!numfmt.int<8>>, tensor<f32> -> tensor<4xf32>
  %q = numfmt.quantize %x, %s
         : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<8>>
  return %q : tensor<4x!numfmt.int<8>>
}
