// RUN: edgebert-opt %s --split-input-file --edgebert-schedule --verify-diagnostics
// RUN: not edgebert-opt %s --edgebert-schedule=machine=rlt 2>&1 | FileCheck %s

// CHECK: unknown machine 'rlt'; did you mean 'rtl'? (known: asic, rtl, or the path of a .yaml file)

// expected-remark @below {{edgebert-schedule found no accelerator operation}}
module {
}

// -----

func.func @matmul(%a: memref<16x3841xi8>, %b: memref<16x3841xi8>, %c: memref<16x16xi8>) {
  // expected-error @below {{does not fit the machine 'asic': a contraction of 3856 does not fit: 16 rows of it and 16 results take 3872 of 4096 vectors of an operand memory; the longest that fits is 3840}}
  edgebert.matmul ins(%a, %b : memref<16x3841xi8>, memref<16x3841xi8>)
    outs(%c : memref<16x16xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

// Every operation that does not fit is reported, not only the first.
func.func @rows(%x: memref<1x4096xi8>, %y: memref<1x2064xi8>, %g: memref<2064xi8>) {
  // expected-error @below {{does not fit the machine 'asic': a row of 4096 codes does not fit: with 1 operands and the result it needs 512 vectors of the data memory's 4096, and at most 255 per row}}
  edgebert.softmax ins(%x : memref<1x4096xi8>) outs(%x : memref<1x4096xi8>)
    {in_bias = 7 : i32, out_bias = 1 : i32}
  // expected-error @below {{does not fit the machine 'asic': 2 parameters of 2064 codes do not fit the aux memory; the longest that do have 2048}}
  edgebert.layer_norm ins(%y, %g, %g : memref<1x2064xi8>, memref<2064xi8>, memref<2064xi8>)
    outs(%y : memref<1x2064xi8>)
    {in_bias = 1 : i32, gamma_bias = 2 : i32, beta_bias = 3 : i32, out_bias = 4 : i32}
  return
}

// -----

func.func @tensors(%x: tensor<4x16xi8>) -> tensor<4x16xi8> {
  // expected-error @below {{expected buffers, got tensors; bufferize first}}
  %0 = edgebert.add ins(%x, %x : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%x : tensor<4x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
    -> tensor<4x16xi8>
  return %0 : tensor<4x16xi8>
}
