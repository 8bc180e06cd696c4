// RUN: edgebert-opt %s | edgebert-opt | FileCheck %s --check-prefix=ROUNDTRIP
// RUN: edgebert-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD
// RUN: edgebert-run %s

// The chip's 4-bit format as a type: printed and parsed, folded, lowered and
// executed. Under bias 7 the codes 1 to 7 are 3/16, 1/4, 3/8, 1/2, 3/4, 1, 3/2.

// ROUNDTRIP-LABEL: func @quantize(
// ROUNDTRIP: numfmt.quantize %{{.*}} -> tensor<?x!numfmt.afp<4, 2>>
// ROUNDTRIP: numfmt.to_bits %{{.*}} : tensor<?x!numfmt.afp<4, 2>> -> tensor<?xi8>
func.func @quantize(%x: tensor<?xf32>, %b: tensor<i8>) -> tensor<?xi8> {
  %q = numfmt.quantize %x, %b : tensor<?xf32>, tensor<i8> -> tensor<?x!numfmt.afp<4,2>>
  %c = numfmt.to_bits %q : tensor<?x!numfmt.afp<4,2>> -> tensor<?xi8>
  return %c : tensor<?xi8>
}

func.func @dequantize(%c: tensor<?xi8>, %b: tensor<i8>) -> tensor<?xf32> {
  %q = numfmt.from_bits %c : tensor<?xi8> -> tensor<?x!numfmt.afp<4,2>>
  %x = numfmt.dequantize %q, %b : tensor<?x!numfmt.afp<4,2>>, tensor<i8> -> tensor<?xf32>
  return %x : tensor<?xf32>
}

// The smallest normal, 1/8, is a zero code; 5/16 is a tie, and goes up; -5/16
// goes up too; what is too large saturates with its sign.
// FOLD-LABEL: func @folded(
// FOLD: arith.constant dense<[0, 0, 1, 3, 10, 13, 7, 15]> : tensor<8xi8>
func.func @folded() -> tensor<8xi8> {
  %b = arith.constant dense<7> : tensor<i8>
  %x = arith.constant dense<[0.0, 0.125, 0.1875, 0.3125, -0.3125, -0.75, 1.5, -9.0]> : tensor<8xf32>
  %q = numfmt.quantize %x, %b : tensor<8xf32>, tensor<i8> -> tensor<8x!numfmt.afp<4,2>>
  %c = numfmt.to_bits %q : tensor<8x!numfmt.afp<4,2>> -> tensor<8xi8>
  return %c : tensor<8xi8>
}

func.func @main() {
  %b = arith.constant dense<7> : tensor<i8>
  %x = arith.constant dense<[0.0, 0.125, 0.1875, 0.3125, -0.3125, -0.75, 1.5, -9.0]> : tensor<8xf32>
  %xd = tensor.cast %x : tensor<8xf32> to tensor<?xf32>
  %cd = call @quantize(%xd, %b) : (tensor<?xf32>, tensor<i8>) -> tensor<?xi8>
  %c = tensor.cast %cd : tensor<?xi8> to tensor<8xi8>
  %folded = call @folded() : () -> tensor<8xi8>
  check.expect_eq %c, %folded : tensor<8xi8>

  %all = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]> : tensor<16xi8>
  %alld = tensor.cast %all : tensor<16xi8> to tensor<?xi8>
  %vd = call @dequantize(%alld, %b) : (tensor<?xi8>, tensor<i8>) -> tensor<?xf32>
  %v = tensor.cast %vd : tensor<?xf32> to tensor<16xf32>
  %expected = arith.constant dense<[0.0, 0.1875, 0.25, 0.375, 0.5, 0.75, 1.0, 1.5, 0.0, -0.1875, -0.25, -0.375, -0.5, -0.75, -1.0, -1.5]> : tensor<16xf32>
  check.expect_eq %v, %expected : tensor<16xf32>
  return
}
