// RUN: edgebert-opt %s --split-input-file --convert-linalg-to-edgebert --verify-diagnostics -o /dev/null
// RUN: not edgebert-opt %s --split-input-file --convert-linalg-to-edgebert=machine=asci 2>&1 | FileCheck %s --check-prefix=MACHINE
// RUN: not edgebert-opt %s --split-input-file --convert-linalg-to-edgebert=calibration=%S/Inputs/bad-list.json 2>&1 | FileCheck %s --check-prefix=FILE

// MACHINE: unknown machine 'asci'; did you mean 'asic'? (known: asic, rtl, or the path of a .yaml file)
// FILE: bad-list.json: expected a list "values"

//===----------------------------------------------------------------------===//
// Nothing to do
//===----------------------------------------------------------------------===//

// expected-remark @below {{convert-linalg-to-edgebert put no kernel of @nothing on the chip}}
func.func @nothing(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @unquantized}}
func.func @unquantized(%xq: tensor<4x8x!code>) -> tensor<4x8xf32> {
  %m7 = arith.constant dense<7> : tensor<i8>
  %x = numfmt.dequantize %xq, %m7 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  // expected-remark @below {{kernel 'softmax 0' stays on the host: its unquantized result is used by func.return}}
  %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

!code = !numfmt.afp<8,3>
!other = !numfmt.int<8>
// expected-remark @below {{put no kernel of @format}}
func.func @format(%xq: tensor<4x8x!code>) -> tensor<4x8x!other> {
  %m7 = arith.constant dense<7> : tensor<i8>
  %s = arith.constant dense<0.5> : tensor<f32>
  %x = numfmt.dequantize %xq, %m7 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  // expected-remark @below {{kernel 'softmax 0' stays on the host: its result is not quantized to AdaptivFloat<8,3>}}
  %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %yq = numfmt.quantize %y, %s : tensor<4x8xf32>, tensor<f32> -> tensor<4x8x!other>
  return %yq : tensor<4x8x!other>
}

// -----

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @run_time_bias}}
func.func @run_time_bias(%xq: tensor<4x8x!code>, %m: tensor<i8>) -> tensor<4x8x!code> {
  %m7 = arith.constant dense<7> : tensor<i8>
  %x = numfmt.dequantize %xq, %m7 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  // expected-remark @below {{kernel 'softmax 0' stays on the host: the exponent bias of its result is not one compile-time constant}}
  %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %yq = numfmt.quantize %y, %m : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!code>
  return %yq : tensor<4x8x!code>
}

// -----

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @f32_operand}}
func.func @f32_operand(%x: tensor<4x8xf32>) -> tensor<4x8x!code> {
  %m3 = arith.constant dense<3> : tensor<i8>
  %e = tensor.empty() : tensor<4x8xf32>
  // expected-remark @below {{its input is not a dequantized AdaptivFloat<8,3> tensor with one constant exponent bias}}
  %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %yq = numfmt.quantize %y, %m3 : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!code>
  return %yq : tensor<4x8x!code>
}

// -----

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @per_channel}}
func.func @per_channel(%xq: tensor<4x8x!code>, %wq: tensor<8x4x!code>) -> tensor<4x4x!code> {
  %m3 = arith.constant dense<3> : tensor<i8>
  %mw = arith.constant dense<[1, 2, 3, 4]> : tensor<4xi8>
  %x = numfmt.dequantize %xq, %m3 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %w = numfmt.dequantize %wq, %mw axis 1 : tensor<8x4x!code>, tensor<4xi8> -> tensor<8x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  // expected-remark @below {{its right operand is not a dequantized AdaptivFloat<8,3> tensor with one constant exponent bias}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x4xf32>)
    outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  %yq = numfmt.quantize %y, %m3 : tensor<4x4xf32>, tensor<i8> -> tensor<4x4x!code>
  return %yq : tensor<4x4x!code>
}

// -----

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @f32_left}}
func.func @f32_left(%x: tensor<4x8xf32>, %wq: tensor<8x4x!code>) -> tensor<4x4x!code> {
  %m3 = arith.constant dense<3> : tensor<i8>
  %w = numfmt.dequantize %wq, %m3 : tensor<8x4x!code>, tensor<i8> -> tensor<8x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  // expected-remark @below {{its left operand is not a dequantized AdaptivFloat<8,3> tensor}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x4xf32>)
    outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  %yq = numfmt.quantize %y, %m3 : tensor<4x4xf32>, tensor<i8> -> tensor<4x4x!code>
  return %yq : tensor<4x4x!code>
}

// -----

//===----------------------------------------------------------------------===//
// Scales, biases, sizes
//===----------------------------------------------------------------------===//

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @shift}}
func.func @shift(%xq: tensor<4x8x!code>, %wq: tensor<8x4x!code>) -> tensor<4x4x!code> {
  %m8 = arith.constant dense<8> : tensor<i8>
  %m9 = arith.constant dense<9> : tensor<i8>
  %m3 = arith.constant dense<3> : tensor<i8>
  %x = numfmt.dequantize %xq, %m8 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %w = numfmt.dequantize %wq, %m9 : tensor<8x4x!code>, tensor<i8> -> tensor<8x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  // expected-remark @below {{its accumulator shift would be -3, outside 0..31 (operand biases 8 and 9, result bias 3)}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x4xf32>)
    outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  %yq = numfmt.quantize %y, %m3 : tensor<4x4xf32>, tensor<i8> -> tensor<4x4x!code>
  return %yq : tensor<4x4x!code>
}

// -----

!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>
// expected-remark @below {{put no kernel of @negative}}
func.func @negative(%xq: tensor<4x8x!code>, %wq: tensor<8x4x!code>) -> tensor<4x4x!code> {
  %m3 = arith.constant dense<3> : tensor<i8>
  %c = arith.constant -0.5 : f32
  %x = numfmt.dequantize %xq, %m3 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %w = numfmt.dequantize %wq, %m3 : tensor<8x4x!code>, tensor<i8> -> tensor<8x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x4xf32>)
    outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  // expected-remark @below {{its scale -0.50 is not positive}}
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%y : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %c : f32
    linalg.yield %0 : f32
  } -> tensor<4x4xf32>
  %yq = numfmt.quantize %z, %m3 : tensor<4x4xf32>, tensor<i8> -> tensor<4x4x!code>
  return %yq : tensor<4x4x!code>
}

// -----

!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>
// expected-remark @below {{put no kernel of @addend}}
func.func @addend(%xq: tensor<4x8x!code>, %wq: tensor<8x4x!code>) -> tensor<4x4x!code> {
  %m3 = arith.constant dense<3> : tensor<i8>
  %b = arith.constant dense<1.0e8> : tensor<4xf32>
  %x = numfmt.dequantize %xq, %m3 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %w = numfmt.dequantize %wq, %m3 : tensor<8x4x!code>, tensor<i8> -> tensor<8x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x4xf32>)
    outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  // expected-remark @below {{the bias added to it exceeds what the accumulator's addend tile can hold}}
  %z = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
    ins(%y, %b : tensor<4x4xf32>, tensor<4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.addf %p, %q : f32
    linalg.yield %0 : f32
  } -> tensor<4x4xf32>
  %yq = numfmt.quantize %z, %m3 : tensor<4x4xf32>, tensor<i8> -> tensor<4x4x!code>
  return %yq : tensor<4x4x!code>
}

// -----

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @contraction}}
func.func @contraction(%xq: tensor<4x4096x!code>, %wq: tensor<4096x4x!code>) -> tensor<4x4x!code> {
  %m3 = arith.constant dense<3> : tensor<i8>
  %x = numfmt.dequantize %xq, %m3 : tensor<4x4096x!code>, tensor<i8> -> tensor<4x4096xf32>
  %w = numfmt.dequantize %wq, %m3 : tensor<4096x4x!code>, tensor<i8> -> tensor<4096x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  // expected-remark @below {{a contraction of 4096 does not fit: 16 rows of it and 16 results take 4112 of 4096 vectors of an operand memory; the longest that fits is 3840}}
  %y = linalg.matmul ins(%x, %w : tensor<4x4096xf32>, tensor<4096x4xf32>)
    outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  %yq = numfmt.quantize %y, %m3 : tensor<4x4xf32>, tensor<i8> -> tensor<4x4x!code>
  return %yq : tensor<4x4x!code>
}

// -----

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @input_bias}}
func.func @input_bias(%xq: tensor<4x8x!code>) -> tensor<4x8x!code> {
  %m8 = arith.constant dense<8> : tensor<i8>
  %m3 = arith.constant dense<3> : tensor<i8>
  %x = numfmt.dequantize %xq, %m8 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  // expected-remark @below {{its input has exponent bias 8, outside the unit's 0..7}}
  %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %yq = numfmt.quantize %y, %m3 : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!code>
  return %yq : tensor<4x8x!code>
}

// -----

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @result_bias}}
func.func @result_bias(%xq: tensor<4x8x!code>) -> tensor<4x8x!code> {
  %m7 = arith.constant dense<7> : tensor<i8>
  %mr = arith.constant dense<-1> : tensor<i8>
  %x = numfmt.dequantize %xq, %m7 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  // expected-remark @below {{its result has exponent bias -1, outside the unit's 0..7}}
  %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %yq = numfmt.quantize %y, %mr : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!code>
  return %yq : tensor<4x8x!code>
}

// -----

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @columns}}
func.func @columns(%xq: tensor<1x4096x!code>) -> tensor<1x4096x!code> {
  %m7 = arith.constant dense<7> : tensor<i8>
  %m3 = arith.constant dense<3> : tensor<i8>
  %x = numfmt.dequantize %xq, %m7 : tensor<1x4096x!code>, tensor<i8> -> tensor<1x4096xf32>
  %e = tensor.empty() : tensor<1x4096xf32>
  // expected-remark @below {{a row of 4096 codes does not fit: with 1 operands and the result it needs 512 vectors of the data memory's 4096, and at most 255 per row}}
  %y = linalg.softmax dimension(1) ins(%x : tensor<1x4096xf32>)
    outs(%e : tensor<1x4096xf32>) -> tensor<1x4096xf32>
  %yq = numfmt.quantize %y, %m3 : tensor<1x4096xf32>, tensor<i8> -> tensor<1x4096x!code>
  return %yq : tensor<1x4096x!code>
}

// -----

!code = !numfmt.afp<8,3>
// expected-remark @below {{put no kernel of @far_apart}}
func.func @far_apart(%xq: tensor<4x8x!code>, %yq: tensor<4x8x!code>) -> tensor<4x8x!code> {
  %m3 = arith.constant dense<3> : tensor<i8>
  %mn = arith.constant dense<-4> : tensor<i8>
  %x = numfmt.dequantize %xq, %m3 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %y = numfmt.dequantize %yq, %mn : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  // expected-remark @below {{its exponent biases 3, -4 and 3 are too far apart for the unit's 0..7}}
  %z = linalg.add ins(%x, %y : tensor<4x8xf32>, tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %zq = numfmt.quantize %z, %m3 : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!code>
  return %zq : tensor<4x8x!code>
}
