// RUN: edgebert-opt %s --split-input-file --verify-diagnostics

// Types.

// expected-error @below {{'afp': expected 1 to 7 exponent bits in 8 bits, got 8}}
func.func private @afp_exponent(tensor<4x!numfmt.afp<8,8>>)

// -----

// expected-error @below {{'afp': expected 2 to 16 bits, got 17}}
func.func private @afp_bits(tensor<4x!numfmt.afp<17,3>>)

// -----

// expected-error @below {{'afp': profile 'paper' is reserved; expected 'hardware'}}
func.func private @afp_profile(tensor<4x!numfmt.afp<8,3,paper>>)

// -----

// expected-error @below {{'int': expected 2 to 16 bits, got 1}}
func.func private @int_bits(tensor<4x!numfmt.int<1>>)

// -----

// expected-error @below {{'float': expected 2 to 8 exponent bits, got 9}}
func.func private @float_exponent(tensor<4x!numfmt.float<9,3>>)

// -----

// expected-error @below {{'float': expected 1 to 22 mantissa bits, got 0}}
func.func private @float_mantissa(tensor<4x!numfmt.float<4,0>>)

// -----

// Codec ops.

func.func @c1_missing(%x: tensor<4xf32>) {
  // expected-error @below {{expected metadata of type 'i8' for '!numfmt.afp<8, 3>', got none}}
  %q = numfmt.quantize %x : tensor<4xf32> -> tensor<4x!numfmt.afp<8,3>>
  return
}

// -----

func.func @c1_superfluous(%x: tensor<4xf32>, %m: tensor<i8>) {
  // expected-error @below {{expected no metadata for '!numfmt.float<4, 3>', got 'tensor<i8>'}}
  %q = numfmt.quantize %x, %m : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.float<4,3>>
  return
}

// -----

func.func @c1_axis(%x: tensor<4xf32>) {
  // expected-error @below {{expected no axis without metadata, got 0}}
  %q = numfmt.quantize %x axis 0 : tensor<4xf32> -> tensor<4x!numfmt.float<4,3>>
  return
}

// -----

func.func @c2(%x: tensor<4xf32>, %m: tensor<f32>) {
  // expected-error @below {{expected metadata of type 'i8' for '!numfmt.afp<8, 3>', got 'f32'}}
  %y = numfmt.emulate %x, %m as !numfmt.afp<8,3> : tensor<4xf32>, tensor<f32> -> tensor<4xf32>
  return
}

// -----

func.func @c3_no_axis(%x: tensor<4x!numfmt.int<8>>, %m: tensor<4xf32>) {
  // expected-error @below {{expected metadata of rank 0 without an axis, got 'tensor<4xf32>'}}
  %y = numfmt.dequantize %x, %m : tensor<4x!numfmt.int<8>>, tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @c3_axis(%x: tensor<4x!numfmt.int<8>>, %m: tensor<f32>) {
  // expected-error @below {{expected metadata of rank 1 with an axis, got 'tensor<f32>'}}
  %y = numfmt.dequantize %x, %m axis 0 : tensor<4x!numfmt.int<8>>, tensor<f32> -> tensor<4xf32>
  return
}

// -----

func.func @c4(%x: tensor<4x8xf32>, %m: tensor<8xi8>) {
  // expected-error @below {{expected an axis of the input, 0 to 1, got 2}}
  %q = numfmt.quantize %x, %m axis 2 : tensor<4x8xf32>, tensor<8xi8> -> tensor<4x8x!numfmt.afp<8,3>>
  return
}

// -----

func.func @c4_scalar(%x: tensor<f32>, %m: tensor<1xi8>) {
  // expected-error @below {{expected an axis of the input, which has rank 0, got 0}}
  %q = numfmt.quantize %x, %m axis 0 : tensor<f32>, tensor<1xi8> -> tensor<!numfmt.afp<8,3>>
  return
}

// -----

func.func @c5(%x: tensor<4x8xf32>, %m: tensor<4xi8>) {
  // expected-error @below {{expected 8 metadata values, the input's size at axis 1, got 4}}
  %q = numfmt.quantize %x, %m axis 1 : tensor<4x8xf32>, tensor<4xi8> -> tensor<4x8x!numfmt.afp<8,3>>
  return
}

// -----

func.func @not_a_format(%x: tensor<4xf32>) {
  // expected-error @below {{must be ranked tensor of number format values, but got 'tensor<4xi8>'}}
  %q = numfmt.quantize %x : tensor<4xf32> -> tensor<4xi8>
  return
}

// -----

func.func @shape(%x: tensor<4xf32>, %m: tensor<i8>) {
  // expected-error @below {{all of {input, result} have same shape}}
  %q = numfmt.quantize %x, %m : tensor<4xf32>, tensor<i8> -> tensor<5x!numfmt.afp<8,3>>
  return
}

// -----

// Bits ops.

func.func @bits_c1(%x: tensor<4x!numfmt.float<5,10>>) {
  // expected-error @below {{expected codes of '!numfmt.float<5, 10>' in 'i16', got 'i8'}}
  %b = numfmt.to_bits %x : tensor<4x!numfmt.float<5,10>> -> tensor<4xi8>
  return
}

// -----

func.func @bits_c1(%x: tensor<4xi16>) {
  // expected-error @below {{expected codes of '!numfmt.int<8>' in 'i8', got 'i16'}}
  %b = numfmt.from_bits %x : tensor<4xi16> -> tensor<4x!numfmt.int<8>>
  return
}

// -----

// Look-ups.

func.func @lookup_c1(%x: tensor<4x!numfmt.int<4>>, %t: tensor<256xi8>) {
  // expected-error @below {{expected a table of rank 1 with 16 entries, one for each code of '!numfmt.int<4>', got 'tensor<256xi8>'}}
  %y = numfmt.lookup %x, %t : tensor<4x!numfmt.int<4>>, tensor<256xi8> -> tensor<4x!numfmt.int<4>>
  return
}

// -----

func.func @lookup_c1(%x: tensor<4x!numfmt.int<4>>, %t: tensor<4x4xi8>) {
  // expected-error @below {{expected a table of rank 1 with 16 entries}}
  %y = numfmt.lookup %x, %t : tensor<4x!numfmt.int<4>>, tensor<4x4xi8> -> tensor<4x!numfmt.int<4>>
  return
}

// -----

func.func @lookup_c2(%x: tensor<4x!numfmt.int<4>>, %t: tensor<16xi8>) {
  // expected-error @below {{expected entries of 'i16', codes of '!numfmt.float<5, 10>', got 'i8'}}
  %y = numfmt.lookup %x, %t : tensor<4x!numfmt.int<4>>, tensor<16xi8> -> tensor<4x!numfmt.float<5,10>>
  return
}

// -----

func.func @lookup_shape(%x: tensor<4x!numfmt.int<4>>, %t: tensor<16xi8>) {
  // expected-error @below {{all of {input, result} have same shape}}
  %y = numfmt.lookup %x, %t : tensor<4x!numfmt.int<4>>, tensor<16xi8> -> tensor<5x!numfmt.int<4>>
  return
}
