// RUN: edgebert-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @to_bits_of_from_bits(
// CHECK-SAME: %[[B:.*]]: tensor
// CHECK-NEXT: return %[[B]]
func.func @to_bits_of_from_bits(%b: tensor<4xi8>) -> tensor<4xi8> {
  %q = numfmt.from_bits %b : tensor<4xi8> -> tensor<4x!numfmt.afp<8,3>>
  %r = numfmt.to_bits %q : tensor<4x!numfmt.afp<8,3>> -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// CHECK-LABEL: func @from_bits_of_to_bits(
// CHECK-SAME: %[[Q:.*]]: tensor
// CHECK-NEXT: return %[[Q]]
func.func @from_bits_of_to_bits(%q: tensor<4x!numfmt.int<8>>)
    -> tensor<4x!numfmt.int<8>> {
  %b = numfmt.to_bits %q : tensor<4x!numfmt.int<8>> -> tensor<4xi8>
  %r = numfmt.from_bits %b : tensor<4xi8> -> tensor<4x!numfmt.int<8>>
  return %r : tensor<4x!numfmt.int<8>>
}

// Another format is another value.
// CHECK-LABEL: func @reinterpreted(
// CHECK: numfmt.to_bits
// CHECK: numfmt.from_bits
func.func @reinterpreted(%q: tensor<4x!numfmt.int<8>>)
    -> tensor<4x!numfmt.afp<8,3>> {
  %b = numfmt.to_bits %q : tensor<4x!numfmt.int<8>> -> tensor<4xi8>
  %r = numfmt.from_bits %b : tensor<4xi8> -> tensor<4x!numfmt.afp<8,3>>
  return %r : tensor<4x!numfmt.afp<8,3>>
}

// The fact sheet's bias 3: 1.0 is 0x70; ties go up; saturation; the sign of a
// flushed value goes, that of one rounded to the unusable minimum stays.
// CHECK-LABEL: func @quantize_constant(
// CHECK: arith.constant dense<[112, 113, -16, 127, -1, 0, 0, 0, -128]> : tensor<9xi8>
func.func @quantize_constant() -> tensor<9xi8> {
  %m = arith.constant dense<3> : tensor<i8>
  %x = arith.constant dense<[1.0, 1.03125, -1.03125, 0x7F800000, 0xFF800000,
                             0x7FC00000, -0.0, -1.0e-3, -0.0078125]>
         : tensor<9xf32>
  %q = numfmt.quantize %x, %m
         : tensor<9xf32>, tensor<i8> -> tensor<9x!numfmt.afp<8,3>>
  %b = numfmt.to_bits %q : tensor<9x!numfmt.afp<8,3>> -> tensor<9xi8>
  return %b : tensor<9xi8>
}

// CHECK-LABEL: func @quantize_per_column(
// CHECK: arith.constant dense<{{\[\[}}1, 2], [3, 4{{\]\]}}> : tensor<2x2xi8>
func.func @quantize_per_column() -> tensor<2x2xi8> {
  %s = arith.constant dense<[1.0, 10.0]> : tensor<2xf32>
  %x = arith.constant dense<[[1.0, 20.0], [3.0, 40.0]]> : tensor<2x2xf32>
  %q = numfmt.quantize %x, %s axis 1
         : tensor<2x2xf32>, tensor<2xf32> -> tensor<2x2x!numfmt.int<8>>
  %b = numfmt.to_bits %q : tensor<2x2x!numfmt.int<8>> -> tensor<2x2xi8>
  return %b : tensor<2x2xi8>
}

// A splat folds whatever its size, per tensor.
// CHECK-LABEL: func @splat(
// CHECK: arith.constant dense<112> : tensor<1024x1024xi8>
func.func @splat() -> tensor<1024x1024xi8> {
  %m = arith.constant dense<3> : tensor<i8>
  %x = arith.constant dense<1.0> : tensor<1024x1024xf32>
  %q = numfmt.quantize %x, %m : tensor<1024x1024xf32>, tensor<i8>
         -> tensor<1024x1024x!numfmt.afp<8,3>>
  %b = numfmt.to_bits %q : tensor<1024x1024x!numfmt.afp<8,3>> -> tensor<1024x1024xi8>
  return %b : tensor<1024x1024xi8>
}

// CHECK-LABEL: func @dequantize_constant(
// CHECK: arith.constant dense<[1.000000e+00, 1.937500e+00, 0.000000e+00, -1.937500e+00]> : tensor<4xf32>
func.func @dequantize_constant() -> tensor<4xf32> {
  %m = arith.constant dense<3> : tensor<i8>
  %b = arith.constant dense<[112, 127, -128, -1]> : tensor<4xi8>
  %q = numfmt.from_bits %b : tensor<4xi8> -> tensor<4x!numfmt.afp<8,3>>
  %y = numfmt.dequantize %q, %m
         : tensor<4x!numfmt.afp<8,3>>, tensor<i8> -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func @emulate_constant(
// CHECK: arith.constant dense<[1.000000e+00, -6.550400e+04, 0x7F800000]> : tensor<3xf32>
func.func @emulate_constant() -> tensor<3xf32> {
  %x = arith.constant dense<[1.0001, -65510.0, 65520.0]> : tensor<3xf32>
  %y = numfmt.emulate %x as !numfmt.float<5,10> : tensor<3xf32> -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// Not equal on codes (two zeros), and the codes are wanted: both stay.
// CHECK-LABEL: func @no_requantize_fold(
// CHECK: numfmt.dequantize
// CHECK: numfmt.quantize
func.func @no_requantize_fold(%c: tensor<4x!numfmt.afp<8,3>>, %m: tensor<i8>)
    -> tensor<4x!numfmt.afp<8,3>> {
  %x = numfmt.dequantize %c, %m
         : tensor<4x!numfmt.afp<8,3>>, tensor<i8> -> tensor<4xf32>
  %q = numfmt.quantize %x, %m
         : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>>
  return %q : tensor<4x!numfmt.afp<8,3>>
}

// CHECK-LABEL: func @no_emulate(
// CHECK: numfmt.quantize
// CHECK: numfmt.dequantize
func.func @no_emulate(%x: tensor<4xf32>, %m: tensor<i8>) -> tensor<4xf32> {
  %q = numfmt.quantize %x, %m
         : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>>
  %y = numfmt.dequantize %q, %m
         : tensor<4x!numfmt.afp<8,3>>, tensor<i8> -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// Bits above the code do not count.
// CHECK-LABEL: func @lookup_constant(
// CHECK-DAG: %[[C:.*]] = arith.constant dense<[10, 11, 25]> : tensor<3xi8>
// CHECK-DAG: %[[S:.*]] = arith.constant dense<13> : tensor<5xi8>
// CHECK-DAG: %[[X:.*]] = numfmt.from_bits %[[C]]
// CHECK-DAG: %[[Y:.*]] = numfmt.from_bits %[[S]]
// CHECK: return %[[X]], %[[Y]]
func.func @lookup_constant() -> (tensor<3x!numfmt.int<4>>, tensor<5x!numfmt.int<4>>) {
  %t = arith.constant dense<[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]> : tensor<16xi8>
  %c = arith.constant dense<[0, 1, -1]> : tensor<3xi8>
  %s = arith.constant dense<3> : tensor<5xi8>
  %x = numfmt.from_bits %c : tensor<3xi8> -> tensor<3x!numfmt.int<4>>
  %y = numfmt.from_bits %s : tensor<5xi8> -> tensor<5x!numfmt.int<4>>
  %0 = numfmt.lookup %x, %t : tensor<3x!numfmt.int<4>>, tensor<16xi8> -> tensor<3x!numfmt.int<4>>
  %1 = numfmt.lookup %y, %t : tensor<5x!numfmt.int<4>>, tensor<16xi8> -> tensor<5x!numfmt.int<4>>
  return %0, %1 : tensor<3x!numfmt.int<4>>, tensor<5x!numfmt.int<4>>
}

// Metadata of constants, and what they give.
// CHECK-LABEL: func @blocks(
// CHECK-DAG: %[[M:.*]] = arith.constant dense<{{\[\[}}0, 2]]> : tensor<1x2xi8>
// CHECK-DAG: %[[Y:.*]] = arith.constant dense<{{\[\[}}0.{{9.*}}, 1.{{0.*}}, 4.{{0.*}}, -2.{{9.*}}]]> : tensor<1x4xf32>
// CHECK: return %[[M]], %[[Y]]
func.func @blocks() -> (tensor<1x2xi8>, tensor<1x4xf32>) {
  %x = arith.constant dense<[[0.99, 1.01, 4.01, -2.99]]> : tensor<1x4xf32>
  %m = numfmt.choose_metadata %x blocks [1, 2] as !numfmt.bfp<8,15>
         : tensor<1x4xf32> -> tensor<1x2xi8>
  %y = numfmt.emulate %x, %m blocks [1, 2] as !numfmt.bfp<8,15>
         : tensor<1x4xf32>, tensor<1x2xi8> -> tensor<1x4xf32>
  return %m, %y : tensor<1x2xi8>, tensor<1x4xf32>
}

// The zero point and the scale of an affine integer.
// CHECK-LABEL: func @affine(
// CHECK-DAG: %[[M:.*]] = arith.constant dense<-548690460672> : tensor<i64>
func.func @affine() -> tensor<i64> {
  %x = arith.constant dense<[0.0, 0.0]> : tensor<2xf32>
  %m = numfmt.choose_metadata %x as !numfmt.affine<8>
         : tensor<2xf32> -> tensor<i64>
  return %m : tensor<i64>
}

// A splat rounds to different values under stochastic rounding.
// CHECK-LABEL: func @stochastic(
// CHECK: arith.constant dense<[{{(0|1).*, (0|1).*}}]> : tensor<8xf32>
func.func @stochastic() -> tensor<8xf32> {
  %x = arith.constant dense<0.5> : tensor<8xf32>
  %y = numfmt.emulate %x stream 1 as !numfmt.fixed<3,0,stochastic>
         : tensor<8xf32> -> tensor<8xf32>
  return %y : tensor<8xf32>
}
