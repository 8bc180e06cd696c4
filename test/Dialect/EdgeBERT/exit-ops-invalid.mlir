// RUN: edgebert-opt %s --split-input-file --verify-diagnostics

func.func @uneven(%x: tensor<17xi8>, %t: i32) {
  // expected-error @below {{expected a multiple of 16 codes up to 4080, got input of type 'tensor<17xi8>'}}
  %0 = edgebert.entropy ins(%x : tensor<17xi8>) threshold(%t) {in_bias = 6 : i32}
  return
}

// -----

func.func @long(%x: tensor<4096xi8>, %t: i32) {
  // expected-error @below {{expected a multiple of 16 codes up to 4080, got}}
  %0 = edgebert.entropy ins(%x : tensor<4096xi8>) threshold(%t) {in_bias = 6 : i32}
  return
}

// -----

func.func @bias(%x: tensor<16xi8>, %t: i32) {
  // expected-error @below {{expected in_bias in 0..7, got -1}}
  %0 = edgebert.entropy ins(%x : tensor<16xi8>) threshold(%t) {in_bias = -1 : i32}
  return
}

// -----

!d = memref<2x16xi8, #edgebert.space<data, 0>>
!m = memref<2xi16, #edgebert.space<mask, 1>>
func.func @decoders(%d: !d, %m: !m, %t: i32) {
  // expected-error @below {{expected data and mask of input in the same decoder, got 0 and 1}}
  %0 = edgebert.run_entropy ins(%d, %m) threshold(%t)
    {num_vector = 2 : i32, in_bias = 6 : i32} : !d, !m
  return
}

// -----

!d = memref<2x16xi8, #edgebert.space<data, 0>>
!m = memref<2xi16, #edgebert.space<mask, 0>>
func.func @masks(%d: !d, %m: !m, %t: i32) {
  // expected-error @below {{expected 3 mask rows for input, got 2}}
  %0 = edgebert.run_entropy ins(%d, %m) threshold(%t)
    {num_vector = 3 : i32, in_bias = 6 : i32} : !d, !m
  return
}

// -----

!d = memref<2x16xi8, #edgebert.space<data, 0>>
!m = memref<1xi16, #edgebert.space<mask, 0>>
func.func @rows(%d: !d, %m: !m, %t: i32) {
  // expected-error @below {{expected at most 1 data rows for input, got 2}}
  %0 = edgebert.run_entropy ins(%d, %m) threshold(%t)
    {num_vector = 1 : i32, in_bias = 6 : i32} : !d, !m
  return
}

// -----

!d = memref<1x16xi8, #edgebert.space<data, 0>>
!m = memref<1xi16, #edgebert.space<mask, 0>>
func.func @vectors(%d: !d, %m: !m, %t: i32) {
  // expected-error @below {{expected num_vector in 1..255, got 0}}
  %0 = edgebert.run_entropy ins(%d, %m) threshold(%t)
    {num_vector = 0 : i32, in_bias = 6 : i32} : !d, !m
  return
}
