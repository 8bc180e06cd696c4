// RUN: edgebert-opt %s --split-input-file --verify-diagnostics

// Types.

// expected-error @below {{'afp': expected 1 to 7 exponent bits in 8 bits, got 8}}
func.func private @afp_exponent(tensor<4x!numfmt.afp<8,8>>)

// -----

// expected-error @below {{'afp': expected 2 to 16 bits, got 17}}
func.func private @afp_bits(tensor<4x!numfmt.afp<17,3>>)

// -----

// expected-error @below {{'afp': expected one of hardware, paper, nearest_even, ties_away, ties_up, toward_zero, stochastic, got 'exact'}}
func.func private @afp_profile(tensor<4x!numfmt.afp<8,3,exact>>)

// -----

// expected-error @below {{'afp': expected 2 parameters, as in afp<8,3>}}
func.func private @afp_parameters(tensor<4x!numfmt.afp<8>>)

// -----

// expected-error @below {{'mx': expected an element of OCP microscaling, one of mx<5,2>, mx<4,3>, mx<3,2>, mx<2,3>, mx<2,1>, got mx<4,2>}}
func.func private @mx_element(tensor<4x!numfmt.mx<4,2>>)

// -----

// expected-error @below {{'fixed': expected 1 to 31 bits beside the sign, got 20 integer and 20 fraction bits}}
func.func private @fixed_bits(tensor<4x!numfmt.fixed<20,20>>)

// -----

// expected-error @below {{'posit': expected a largest value of at most 2^126, got 2^176}}
func.func private @posit_range(tensor<4x!numfmt.posit<24,3>>)

// -----

// expected-error @below {{'bfp': expected 1 to 15 mantissa bits, got 16}}
func.func private @bfp_bits(tensor<4x!numfmt.bfp<8,16>>)

// -----

// expected-error @below {{'affine': expected 2 to 16 bits, got 1}}
func.func private @affine_bits(tensor<4x!numfmt.affine<1>>)

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

// -----

func.func @both(%x: tensor<4x8xf32>, %m: tensor<8xi8>) {
  // expected-error @below {{expected an axis or block sizes, got both}}
  %0 = numfmt.emulate %x, %m axis 1 blocks [1, 1] as !numfmt.afp<8,3>
         : tensor<4x8xf32>, tensor<8xi8> -> tensor<4x8xf32>
  return
}

// -----

func.func @block_rank(%x: tensor<4x8xf32>, %m: tensor<8xi8>) {
  // expected-error @below {{expected metadata of rank 2, the input's, with block sizes, got 'tensor<8xi8>'}}
  %0 = numfmt.emulate %x, %m blocks [1, 1] as !numfmt.afp<8,3>
         : tensor<4x8xf32>, tensor<8xi8> -> tensor<4x8xf32>
  return
}

// -----

func.func @block_count(%x: tensor<4x8xf32>, %m: tensor<4x2xi8>) {
  // expected-error @below {{expected 3 metadata values for blocks of 3 along dimension 1, got 2}}
  %0 = numfmt.emulate %x, %m blocks [1, 3] as !numfmt.afp<8,3>
         : tensor<4x8xf32>, tensor<4x2xi8> -> tensor<4x8xf32>
  return
}

// -----

func.func @block_sizes(%x: tensor<4x8xf32>, %m: tensor<4x2xi8>) {
  // expected-error @below {{expected a block size for each of the input's 2 dimensions, got 1}}
  %0 = numfmt.emulate %x, %m blocks [3] as !numfmt.afp<8,3>
         : tensor<4x8xf32>, tensor<4x2xi8> -> tensor<4x8xf32>
  return
}

// -----

func.func @block_negative(%x: tensor<4x8xf32>, %m: tensor<4x2xi8>) {
  // expected-error @below {{expected block sizes of at least 1, or 0 for a whole dimension, got -1}}
  %0 = numfmt.emulate %x, %m blocks [1, -1] as !numfmt.afp<8,3>
         : tensor<4x8xf32>, tensor<4x2xi8> -> tensor<4x8xf32>
  return
}

// -----

func.func @blocks_without_metadata(%x: tensor<4x8xf32>) {
  // expected-error @below {{expected no block sizes without metadata}}
  %0 = numfmt.emulate %x blocks [1, 1] as !numfmt.float<4,3>
         : tensor<4x8xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @stream(%x: tensor<4x8xf32>) {
  // expected-error @below {{expected no stream for '!numfmt.float<4, 3>', whose rounding takes no noise}}
  %0 = numfmt.emulate %x stream 3 as !numfmt.float<4,3>
         : tensor<4x8xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @choose_none(%x: tensor<4x8xf32>) {
  // expected-error @below {{expected a format with metadata, got '!numfmt.float<4, 3>'}}
  %0 = numfmt.choose_metadata %x as !numfmt.float<4,3>
         : tensor<4x8xf32> -> tensor<i8>
  return
}

// -----

func.func @choose_type(%x: tensor<4x8xf32>) {
  // expected-error @below {{expected metadata of type 'i64' for '!numfmt.affine<8>', got 'f32'}}
  %0 = numfmt.choose_metadata %x as !numfmt.affine<8>
         : tensor<4x8xf32> -> tensor<f32>
  return
}

// -----

func.func @choose_axis(%x: tensor<4x8xf32>) {
  // expected-error @below {{expected 8 metadata values, the input's size at axis 1, got 4}}
  %0 = numfmt.choose_metadata %x axis 1 as !numfmt.int<8>
         : tensor<4x8xf32> -> tensor<4xf32>
  return
}
