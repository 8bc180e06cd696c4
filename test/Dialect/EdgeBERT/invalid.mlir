// RUN: edgebert-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

// expected-error @below {{expected decoder 0 or 1 for memory 'data', got 2}}
func.func private @space_decoder(memref<4x16xi8, #edgebert.space<data, 2>>)

// -----

// expected-error @below {{expected decoder 0 for memory 'aux', got 1}}
func.func private @space_aux(memref<4x16xi8, #edgebert.space<aux, 1>>)

// -----

// expected-error @below {{expected 'edgebert.name' to be a non-empty string, found ""}}
func.func private @name_empty(%a: f32 {edgebert.name = ""})

// -----

// expected-error @below {{expected 'edgebert.name' to be a non-empty string, found 3 : i64}}
func.func private @name_kind(%a: f32) -> (f32 {edgebert.name = 3})

// -----

// expected-error @below {{unknown attribute 'edgebert.nmae'; expected 'edgebert.name'}}
func.func private @name_unknown(%a: f32 {edgebert.nmae = "x"})

// -----

// expected-error @below {{expected 'edgebert.constant' to be an elements attribute, found 1 : i64}}
func.func private @constant_kind(%a: f32 {edgebert.constant = 1})

// -----

// expected-error @below {{expected 'edgebert.arena' to be an integer, found "x"}}
func.func private @arena_kind(%a: f32 {edgebert.arena = "x"})

// -----

// A constant is passed, never returned.
// expected-error @below {{unknown attribute 'edgebert.constant'; expected 'edgebert.name'}}
func.func private @constant_result() -> (f32 {edgebert.constant = dense<1> : tensor<1xi8>})

// -----

//===----------------------------------------------------------------------===//
// Rules of all tensor ops
//===----------------------------------------------------------------------===//

func.func @mixed(%a: tensor<4x16xi8>, %b: memref<4x16xi8>) {
  // expected-error @below {{expected all operands to be tensors like outs, got 'memref<4x16xi8>'}}
  %r = edgebert.add ins(%a, %b : tensor<4x16xi8>, memref<4x16xi8>)
    outs(%a : tensor<4x16xi8>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
    -> tensor<4x16xi8>
  return
}

// -----

func.func @mixed_memref(%a: tensor<4x16xi8>, %b: memref<4x16xi8>) {
  // expected-error @below {{expected all operands to be memrefs like outs, got 'tensor<4x16xi8>'}}
  edgebert.add ins(%a, %b : tensor<4x16xi8>, memref<4x16xi8>)
    outs(%b : memref<4x16xi8>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @missing_result(%a: tensor<4x16xi8>) {
  // expected-error @below {{expected 1 results for outs of type 'tensor<4x16xi8>', got 0}}
  edgebert.add ins(%a, %a : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%a : tensor<4x16xi8>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @superfluous_result(%a: memref<4x16xi8>) {
  // expected-error @below {{expected 0 results for outs of type 'memref<4x16xi8>', got 1}}
  %r = edgebert.add ins(%a, %a : memref<4x16xi8>, memref<4x16xi8>)
    outs(%a : memref<4x16xi8>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
    -> tensor<4x16xi8>
  return
}

// -----

func.func @result_type(%a: tensor<4x16xi8>) {
  // expected-error @below {{expected the result to have the type of outs, 'tensor<4x16xi8>', got 'tensor<4x17xi8>'}}
  %r = edgebert.add ins(%a, %a : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%a : tensor<4x16xi8>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
    -> tensor<4x17xi8>
  return
}

// -----

func.func @not_codes(%a: tensor<4x16xf32>) {
  // expected-error @below {{operand #0 must be 2D/3D tensor of an 8-bit AdaptivFloat code (!numfmt.afp<8,3> or its i8 storage)}}
  %r = edgebert.add ins(%a, %a : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%a : tensor<4x16xf32>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
    -> tensor<4x16xf32>
  return
}

// -----

func.func @other_afp(%a: tensor<4x16x!numfmt.afp<8,4>>) {
  // expected-error @below {{operand #0 must be 2D/3D tensor of an 8-bit AdaptivFloat code (!numfmt.afp<8,3> or its i8 storage)}}
  %r = edgebert.add ins(%a, %a : tensor<4x16x!numfmt.afp<8,4>>, tensor<4x16x!numfmt.afp<8,4>>)
    outs(%a : tensor<4x16x!numfmt.afp<8,4>>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
    -> tensor<4x16x!numfmt.afp<8,4>>
  return
}

// -----

func.func @rank(%a: tensor<16xi8>) {
  // expected-error @below {{operand #0 must be 2D/3D tensor of an 8-bit AdaptivFloat code (!numfmt.afp<8,3> or its i8 storage)}}
  %r = edgebert.add ins(%a, %a : tensor<16xi8>, tensor<16xi8>)
    outs(%a : tensor<16xi8>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
    -> tensor<16xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// matmul
//===----------------------------------------------------------------------===//

func.func @c1_rank(%a: memref<5x32xi8>, %b: memref<2x7x32xi8>, %o: memref<5x7xi8>) {
  // expected-error @below {{expected lhs and outs of equal rank and rhs of at most that rank, got 'memref<5x32xi8>', 'memref<2x7x32xi8>' and 'memref<5x7xi8>'}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<2x7x32xi8>)
    outs(%o : memref<5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

func.func @c1_contraction(%a: memref<5x32xi8>, %b: memref<7x33xi8>, %o: memref<5x7xi8>) {
  // expected-error @below {{expected lhs [B,] M x K, rhs [B,] N x K and outs [B,] M x N, got 'memref<5x32xi8>', 'memref<7x33xi8>' and 'memref<5x7xi8>'}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<7x33xi8>)
    outs(%o : memref<5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

func.func @c1_rows(%a: memref<5x32xi8>, %b: memref<7x32xi8>, %o: memref<6x7xi8>) {
  // expected-error @below {{expected lhs [B,] M x K, rhs [B,] N x K and outs [B,] M x N}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<7x32xi8>)
    outs(%o : memref<6x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

func.func @c1_columns(%a: memref<5x32xi8>, %b: memref<7x32xi8>, %o: memref<5x8xi8>) {
  // expected-error @below {{expected lhs [B,] M x K, rhs [B,] N x K and outs [B,] M x N}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<7x32xi8>)
    outs(%o : memref<5x8xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

func.func @c1_batch(%a: memref<3x5x32xi8>, %b: memref<2x7x32xi8>, %o: memref<3x5x7xi8>) {
  // expected-error @below {{expected lhs [B,] M x K, rhs [B,] N x K and outs [B,] M x N}}
  edgebert.matmul ins(%a, %b : memref<3x5x32xi8>, memref<2x7x32xi8>)
    outs(%o : memref<3x5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

func.func @c1_batch_out(%a: memref<3x5x32xi8>, %b: memref<7x32xi8>, %o: memref<2x5x7xi8>) {
  // expected-error @below {{expected lhs [B,] M x K, rhs [B,] N x K and outs [B,] M x N}}
  edgebert.matmul ins(%a, %b : memref<3x5x32xi8>, memref<7x32xi8>)
    outs(%o : memref<2x5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

func.func @c2_addend(%a: memref<5x32xi8>, %b: memref<7x32xi8>, %c: memref<7x16xi8>, %o: memref<5x7xi8>) {
  // expected-error @below {{expected addend and addend_lanes together, got only addend}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<7x32xi8>)
    addend(%c : memref<7x16xi8>) outs(%o : memref<5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

func.func @c2_lanes(%a: memref<5x32xi8>, %b: memref<7x32xi8>, %o: memref<5x7xi8>) {
  // expected-error @below {{expected addend and addend_lanes together, got only addend_lanes}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<7x32xi8>)
    outs(%o : memref<5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32,
     addend_lanes = array<i8: 1>}
  return
}

// -----

func.func @c2_addend_rows(%a: memref<5x32xi8>, %b: memref<7x32xi8>, %c: memref<8x16xi8>, %o: memref<5x7xi8>) {
  // expected-error @below {{expected an addend of 7 x 16 codes, got 'memref<8x16xi8>'}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<7x32xi8>)
    addend(%c : memref<8x16xi8>) outs(%o : memref<5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32,
     addend_lanes = array<i8: 1>}
  return
}

// -----

func.func @c2_addend_columns(%a: memref<5x32xi8>, %b: memref<7x32xi8>, %c: memref<7x15xi8>, %o: memref<5x7xi8>) {
  // expected-error @below {{expected an addend of 7 x 16 codes, got 'memref<7x15xi8>'}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<7x32xi8>)
    addend(%c : memref<7x15xi8>) outs(%o : memref<5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32,
     addend_lanes = array<i8: 1>}
  return
}

// -----

func.func @c2_num_lanes(%a: memref<5x32xi8>, %b: memref<7x32xi8>, %c: memref<7x16xi8>, %o: memref<5x7xi8>) {
  // expected-error @below {{expected 16 addend_lanes, got 2}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<7x32xi8>)
    addend(%c : memref<7x16xi8>) outs(%o : memref<5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32,
     addend_lanes = array<i8: 1, 2>}
  return
}

// -----

func.func @c3_low(%a: memref<5x32xi8>, %b: memref<7x32xi8>, %o: memref<5x7xi8>) {
  // expected-error @below {{expected an accumulator shift (16 - lhs_bias - rhs_bias + out_bias - 5 - scale_log2) in 0..31, got -3; change out_bias by 3}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<7x32xi8>)
    outs(%o : memref<5x7xi8>)
    {lhs_bias = 7 : i32, rhs_bias = 10 : i32, out_bias = 4 : i32, scale_log2 = 1 : i32}
  return
}

// -----

func.func @c3_high(%a: memref<5x32xi8>, %b: memref<7x32xi8>, %o: memref<5x7xi8>) {
  // expected-error @below {{in 0..31, got 36; change out_bias by -5}}
  edgebert.matmul ins(%a, %b : memref<5x32xi8>, memref<7x32xi8>)
    outs(%o : memref<5x7xi8>)
    {lhs_bias = -6 : i32, rhs_bias = -7 : i32, out_bias = 4 : i32, scale_log2 = -8 : i32}
  return
}

// -----

//===----------------------------------------------------------------------===//
// softmax, layer_norm, add
//===----------------------------------------------------------------------===//

func.func @softmax_c1(%a: memref<4x16xi8>, %b: memref<4x17xi8>) {
  // expected-error @below {{expected input and outs to have the same shape, got 'memref<4x16xi8>' and 'memref<4x17xi8>'}}
  edgebert.softmax ins(%a : memref<4x16xi8>) outs(%b : memref<4x17xi8>)
    {in_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @softmax_span(%a: memref<4x16xi8>, %s: memref<15xi8>) {
  // expected-error @below {{expected span to have one code per column, 16, got 15}}
  edgebert.softmax ins(%a : memref<4x16xi8>) span(%s : memref<15xi8>)
    outs(%a : memref<4x16xi8>) {in_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @softmax_c2(%a: memref<4x16xi8>) {
  // expected-error @below {{expected in_bias in 0..7, got 8; the nearest legal value is 7}}
  edgebert.softmax ins(%a : memref<4x16xi8>) outs(%a : memref<4x16xi8>)
    {in_bias = 8 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @softmax_c2_1(%a: memref<4x16xi8>) {
  // expected-error @below {{expected out_bias in 0..7, got -1; the nearest legal value is 0}}
  edgebert.softmax ins(%a : memref<4x16xi8>) outs(%a : memref<4x16xi8>)
    {in_bias = 0 : i32, out_bias = -1 : i32}
  return
}

// -----

func.func @softmax_c2_2(%a: memref<4x16xi8>) {
  // expected-error @below {{expected span_bias in 0..7, got 9}}
  edgebert.softmax ins(%a : memref<4x16xi8>) outs(%a : memref<4x16xi8>)
    {in_bias = 0 : i32, out_bias = 0 : i32, span_bias = 9 : i32}
  return
}

// -----

func.func @layer_norm_c1(%a: memref<4x16xi8>, %b: memref<5x16xi8>, %g: memref<16xi8>, %h: memref<4xi8>) {
  // expected-error @below {{expected input and outs to have the same shape}}
  edgebert.layer_norm ins(%a, %g, %g : memref<4x16xi8>, memref<16xi8>, memref<16xi8>)
    outs(%b : memref<5x16xi8>) {in_bias = 0 : i32, gamma_bias = 0 : i32, beta_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @layer_norm_c1_1(%a: memref<4x16xi8>, %b: memref<5x16xi8>, %g: memref<16xi8>, %h: memref<4xi8>) {
  // expected-error @below {{expected gamma to have one code per column, 16, got 4}}
  edgebert.layer_norm ins(%a, %h, %g : memref<4x16xi8>, memref<4xi8>, memref<16xi8>)
    outs(%a : memref<4x16xi8>) {in_bias = 0 : i32, gamma_bias = 0 : i32, beta_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @layer_norm_c1_2(%a: memref<4x16xi8>, %b: memref<5x16xi8>, %g: memref<16xi8>, %h: memref<4xi8>) {
  // expected-error @below {{expected beta to have one code per column, 16, got 4}}
  edgebert.layer_norm ins(%a, %g, %h : memref<4x16xi8>, memref<16xi8>, memref<4xi8>)
    outs(%a : memref<4x16xi8>) {in_bias = 0 : i32, gamma_bias = 0 : i32, beta_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @layer_norm_c2(%a: memref<4x16xi8>, %g: memref<16xi8>) {
  // expected-error @below {{expected in_bias in 0..7, got -1}}
  edgebert.layer_norm ins(%a, %g, %g : memref<4x16xi8>, memref<16xi8>, memref<16xi8>)
    outs(%a : memref<4x16xi8>) {in_bias = -1 : i32, gamma_bias = 0 : i32, beta_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @layer_norm_c2_1(%a: memref<4x16xi8>, %g: memref<16xi8>) {
  // expected-error @below {{expected gamma_bias in 0..7, got -1}}
  edgebert.layer_norm ins(%a, %g, %g : memref<4x16xi8>, memref<16xi8>, memref<16xi8>)
    outs(%a : memref<4x16xi8>) {in_bias = 0 : i32, gamma_bias = -1 : i32, beta_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @layer_norm_c2_2(%a: memref<4x16xi8>, %g: memref<16xi8>) {
  // expected-error @below {{expected beta_bias in 0..7, got 8}}
  edgebert.layer_norm ins(%a, %g, %g : memref<4x16xi8>, memref<16xi8>, memref<16xi8>)
    outs(%a : memref<4x16xi8>) {in_bias = 0 : i32, gamma_bias = 0 : i32, beta_bias = 8 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @layer_norm_c2_3(%a: memref<4x16xi8>, %g: memref<16xi8>) {
  // expected-error @below {{expected out_bias in 0..7, got 8}}
  edgebert.layer_norm ins(%a, %g, %g : memref<4x16xi8>, memref<16xi8>, memref<16xi8>)
    outs(%a : memref<4x16xi8>) {in_bias = 0 : i32, gamma_bias = 0 : i32, beta_bias = 0 : i32, out_bias = 8 : i32}
  return
}

// -----

func.func @layer_norm_c3(%a: memref<4x20xi8>, %g: memref<20xi8>) {
  // expected-error @below {{expected a multiple of 16 columns, got 20; padding would change the mean}}
  edgebert.layer_norm ins(%a, %g, %g : memref<4x20xi8>, memref<20xi8>, memref<20xi8>)
    outs(%a : memref<4x20xi8>) {in_bias = 0 : i32, gamma_bias = 0 : i32, beta_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @add(%a: memref<4x16xi8>, %b: memref<4x17xi8>) {
  // expected-error @below {{expected lhs and rhs to have the same shape, got 'memref<4x16xi8>' and 'memref<4x17xi8>'}}
  edgebert.add ins(%a, %b : memref<4x16xi8>, memref<4x17xi8>) outs(%a : memref<4x16xi8>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @add_1(%a: memref<4x16xi8>, %b: memref<4x17xi8>) {
  // expected-error @below {{expected lhs and outs to have the same shape}}
  edgebert.add ins(%a, %a : memref<4x16xi8>, memref<4x16xi8>) outs(%b : memref<4x17xi8>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @add_2(%a: memref<4x16xi8>, %b: memref<4x17xi8>) {
  // expected-error @below {{expected lhs_bias in 0..7, got 8}}
  edgebert.add ins(%a, %a : memref<4x16xi8>, memref<4x16xi8>) outs(%a : memref<4x16xi8>)
    {lhs_bias = 8 : i32, rhs_bias = 0 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @add_3(%a: memref<4x16xi8>, %b: memref<4x17xi8>) {
  // expected-error @below {{expected rhs_bias in 0..7, got 8}}
  edgebert.add ins(%a, %a : memref<4x16xi8>, memref<4x16xi8>) outs(%a : memref<4x16xi8>)
    {lhs_bias = 0 : i32, rhs_bias = 8 : i32, out_bias = 0 : i32}
  return
}

// -----

func.func @add_4(%a: memref<4x16xi8>, %b: memref<4x17xi8>) {
  // expected-error @below {{expected out_bias in 0..7, got -1}}
  edgebert.add ins(%a, %a : memref<4x16xi8>, memref<4x16xi8>) outs(%a : memref<4x16xi8>)
    {lhs_bias = 0 : i32, rhs_bias = 0 : i32, out_bias = -1 : i32}
  return
}

// -----

//===----------------------------------------------------------------------===//
// Regions and transfers
//===----------------------------------------------------------------------===//

// expected-error @below {{expected a non-negative address and a positive size, got address -1 and size 4}}
edgebert.region @address at -1 size 4

// -----

// expected-error @below {{expected a non-negative address and a positive size, got address 0 and size 0}}
edgebert.region @size at 0 size 0

// -----

// expected-error @below {{expected init to hold 4 i8 elements, got 'tensor<3xi8>'}}
edgebert.region @init_size at 0 size 4 init dense<1> : tensor<3xi8>

// -----

// expected-error @below {{expected init to hold 4 i8 elements, got 'tensor<4xi32>'}}
edgebert.region @init_type at 0 size 4 init dense<1> : tensor<4xi32>

// -----

edgebert.region @r at 0 size 4
func.func @get_region() {
  // expected-error @below {{expected an edgebert.region named @get_region}}
  %0 = edgebert.get_region @get_region : memref<4xi8>
  return
}

// -----

edgebert.region @r at 0 size 4
func.func @get_region_1() {
  // expected-error @below {{expected a view of all 4 bytes of the region, got 'memref<5xi8>'}}
  %1 = edgebert.get_region @r : memref<5xi8>
  return
}

// -----

edgebert.region @r at 0 size 63
func.func @transfer(%i: index, %d: memref<4x16xi8, #edgebert.space<data, 0>>) {
  // expected-error @below {{expected an edgebert.region named @s}}
  edgebert.load @s[%i], %d : memref<4x16xi8, #edgebert.space<data, 0>>
  return
}

// -----

edgebert.region @r at 0 size 63
func.func @transfer_1(%i: index, %d: memref<4x16xi8, #edgebert.space<data, 0>>) {
  // expected-error @below {{transfers 64 bytes, more than the 63 of region @r}}
  edgebert.load @r[%i], %d : memref<4x16xi8, #edgebert.space<data, 0>>
  return
}

// -----

edgebert.region @r at 0 size 63
func.func @transfer_2(%i: index, %d: memref<4x16xi8, #edgebert.space<data, 0>>) {
  // expected-error @below {{transfers 64 bytes, more than the 63 of region @r}}
  edgebert.store %d, @r[%i] : memref<4x16xi8, #edgebert.space<data, 0>>
  return
}

// -----

edgebert.region @r at 0 size 64
func.func @load_address(%i: index) {
  // expected-note @below {{the buffer is placed here}}
  %d = edgebert.scratchpad at 16 : memref<4x16xi8, #edgebert.space<data, 0>>
  // expected-error @below {{expected a buffer at address 0, where the machine's loads go, got address 16}}
  edgebert.load @r[%i], %d : memref<4x16xi8, #edgebert.space<data, 0>>
  return
}

// -----

func.func @scratchpad() {
  // expected-error @below {{expected a non-negative address, got -16}}
  %d = edgebert.scratchpad at -16 : memref<4x16xi8, #edgebert.space<data, 0>>
  return
}

// -----

func.func @chip_buffer() {
  // Data rows have 16 codes, mask rows 16 bits, and neither is strided.
  // expected-error @below {{result #0 must be a buffer in one of the chip's memories}}
  %0 = edgebert.scratchpad at 0 : memref<4x8xi8, #edgebert.space<data, 0>>
  return
}

// -----

func.func @chip_buffer_1() {
  // expected-error @below {{result #0 must be a buffer in one of the chip's memories}}
  %1 = edgebert.scratchpad at 0 : memref<4xi8, #edgebert.space<mask, 0>>
  return
}

// -----

func.func @chip_buffer_2() {
  // expected-error @below {{result #0 must be a buffer in one of the chip's memories}}
  %2 = edgebert.scratchpad at 0 : memref<4x16xi8>
  return
}

// -----

func.func @chip_buffer_3() {
  // expected-error @below {{result #0 must be a buffer in one of the chip's memories}}
  %3 = edgebert.scratchpad at 0 : memref<4x16xi8, strided<[32, 1]>, #edgebert.space<data, 0>>
  return
}

// -----

//===----------------------------------------------------------------------===//
// On-chip operations
//===----------------------------------------------------------------------===//

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!o = memref<16x16xi8, #edgebert.space<data, 1>>
!om = memref<16xi16, #edgebert.space<mask, 1>>
!om0 = memref<16xi16, #edgebert.space<mask, 0>>
!big = memref<17x16xi8, #edgebert.space<data, 1>>
func.func @run_matmul(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %o: !o, %om: !om,
                      %om0: !om0, %big: !big) {
  // expected-error @below {{expected n0 to be a positive multiple of 16, got 24}}
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d0, %m0) outs(%o, %om)
    {n0 = 24 : i32, n1 = 16 : i32, m = 32 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32} : !d1, !m1, !d0, !m0, !o, !om
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!o = memref<16x16xi8, #edgebert.space<data, 1>>
!om = memref<16xi16, #edgebert.space<mask, 1>>
!om0 = memref<16xi16, #edgebert.space<mask, 0>>
!big = memref<17x16xi8, #edgebert.space<data, 1>>
func.func @run_matmul_1(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %o: !o, %om: !om,
                      %om0: !om0, %big: !big) {
  // expected-error @below {{expected n1 to be a positive multiple of 16, got 0}}
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d0, %m0) outs(%o, %om)
    {n0 = 16 : i32, n1 = 0 : i32, m = 32 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32} : !d1, !m1, !d0, !m0, !o, !om
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!o = memref<16x16xi8, #edgebert.space<data, 1>>
!om = memref<16xi16, #edgebert.space<mask, 1>>
!om0 = memref<16xi16, #edgebert.space<mask, 0>>
!big = memref<17x16xi8, #edgebert.space<data, 1>>
func.func @run_matmul_2(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %o: !o, %om: !om,
                      %om0: !om0, %big: !big) {
  // expected-error @below {{expected m to be a positive multiple of 16, got 8}}
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d0, %m0) outs(%o, %om)
    {n0 = 16 : i32, n1 = 16 : i32, m = 8 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32} : !d1, !m1, !d0, !m0, !o, !om
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!o = memref<16x16xi8, #edgebert.space<data, 1>>
!om = memref<16xi16, #edgebert.space<mask, 1>>
!om0 = memref<16xi16, #edgebert.space<mask, 0>>
!big = memref<17x16xi8, #edgebert.space<data, 1>>
func.func @run_matmul_3(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %o: !o, %om: !om,
                      %om0: !om0, %big: !big) {
  // expected-error @below {{expected 48 mask rows for lhs, got 32}}
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d0, %m0) outs(%o, %om)
    {n0 = 16 : i32, n1 = 16 : i32, m = 48 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32} : !d1, !m1, !d0, !m0, !o, !om
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!o = memref<16x16xi8, #edgebert.space<data, 1>>
!om = memref<16xi16, #edgebert.space<mask, 1>>
!om0 = memref<16xi16, #edgebert.space<mask, 0>>
!big = memref<17x16xi8, #edgebert.space<data, 1>>
func.func @run_matmul_4(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %o: !o, %om: !om,
                      %om0: !om0, %big: !big) {
  // expected-error @below {{expected data and mask of outs in the same decoder, got 1 and 0}}
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d0, %m0) outs(%o, %om0)
    {n0 = 16 : i32, n1 = 16 : i32, m = 32 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32} : !d1, !m1, !d0, !m0, !o, !om0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!o = memref<16x16xi8, #edgebert.space<data, 1>>
!om = memref<16xi16, #edgebert.space<mask, 1>>
!om0 = memref<16xi16, #edgebert.space<mask, 0>>
!big = memref<17x16xi8, #edgebert.space<data, 1>>
func.func @run_matmul_5(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %o: !o, %om: !om,
                      %om0: !om0, %big: !big) {
  // expected-error @below {{expected at most 16 data rows for outs, got 17}}
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d0, %m0) outs(%big, %om)
    {n0 = 16 : i32, n1 = 16 : i32, m = 32 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32} : !d1, !m1, !d0, !m0, !big, !om
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!o = memref<16x16xi8, #edgebert.space<data, 1>>
!om = memref<16xi16, #edgebert.space<mask, 1>>
!om0 = memref<16xi16, #edgebert.space<mask, 0>>
!big = memref<17x16xi8, #edgebert.space<data, 1>>
func.func @run_matmul_6(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %o: !o, %om: !om,
                      %om0: !om0, %big: !big) {
  // expected-error @below {{expected lhs in decoder 1, got 0}}
  edgebert.run_matmul lhs(%d0, %m0) rhs(%d0, %m0) outs(%o, %om)
    {n0 = 16 : i32, n1 = 16 : i32, m = 32 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32} : !d0, !m0, !d0, !m0, !o, !om
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!o = memref<16x16xi8, #edgebert.space<data, 1>>
!om = memref<16xi16, #edgebert.space<mask, 1>>
!om0 = memref<16xi16, #edgebert.space<mask, 0>>
!big = memref<17x16xi8, #edgebert.space<data, 1>>
func.func @run_matmul_7(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %o: !o, %om: !om,
                      %om0: !om0, %big: !big) {
  // expected-error @below {{expected rhs in decoder 0, got 1}}
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d1, %m1) outs(%o, %om)
    {n0 = 16 : i32, n1 = 16 : i32, m = 32 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32} : !d1, !m1, !d1, !m1, !o, !om
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!o = memref<16x16xi8, #edgebert.space<data, 1>>
!om = memref<16xi16, #edgebert.space<mask, 1>>
!om0 = memref<16xi16, #edgebert.space<mask, 0>>
!big = memref<17x16xi8, #edgebert.space<data, 1>>
func.func @run_matmul_8(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %o: !o, %om: !om,
                      %om0: !om0, %big: !big) {
  // expected-error @below {{expected right_shift in 0..31, got 32}}
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d0, %m0) outs(%o, %om)
    {n0 = 16 : i32, n1 = 16 : i32, m = 32 : i32, right_shift = 32 : i32,
     accum_bias = 5 : i32} : !d1, !m1, !d0, !m0, !o, !om
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!o = memref<16x16xi8, #edgebert.space<data, 1>>
!om = memref<16xi16, #edgebert.space<mask, 1>>
!om0 = memref<16xi16, #edgebert.space<mask, 0>>
!big = memref<17x16xi8, #edgebert.space<data, 1>>
func.func @run_matmul_9(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %o: !o, %om: !om,
                      %om0: !om0, %big: !big) {
  // expected-error @below {{expected accum_bias in 0..7, got 8}}
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d0, %m0) outs(%o, %om)
    {n0 = 16 : i32, n1 = 16 : i32, m = 32 : i32, right_shift = 9 : i32,
     accum_bias = 8 : i32} : !d1, !m1, !d0, !m0, !o, !om
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected num_vector in 1..255, got 256}}
  edgebert.run_softmax ins(%d0, %m0, %p) outs(%d0, %m0)
    {num_vector = 256 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, span_bias = 3 : i32} : !d0, !m0, !p, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_1(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected num_timestep in 1..255, got 0}}
  edgebert.run_softmax ins(%d0, %m0, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 0 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, span_bias = 3 : i32} : !d0, !m0, !p, !d0, !m0
  return
}

// -----

!d0 = memref<30x16xi8, #edgebert.space<data, 0>>
!m0 = memref<30xi16, #edgebert.space<mask, 0>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
func.func @run_tiled_rows(%d0: !d0, %m0: !m0, %p: !p) {
  // expected-error @below {{expected num_timestep of tiled streams to be a multiple of 16, got 15}}
  edgebert.run_softmax ins(%d0, %m0, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 15 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, span_bias = 3 : i32, tiled} : !d0, !m0, !p, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_2(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected 30 mask rows for input, got 32}}
  edgebert.run_softmax ins(%d0, %m0, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 15 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, span_bias = 3 : i32} : !d0, !m0, !p, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_3(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected outs in decoder 0, got 1}}
  edgebert.run_softmax ins(%d0, %m0, %p) outs(%d1, %m1)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, span_bias = 3 : i32} : !d0, !m0, !p, !d1, !m1
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_4(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected 2 rows of span, or 32 for a span per row, got 3}}
  edgebert.run_softmax ins(%d0, %m0, %q) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, span_bias = 3 : i32} : !d0, !m0, !q, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_5(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected in_bias in 0..7, got 8}}
  edgebert.run_softmax ins(%d0, %m0, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 8 : i32,
     out_bias = 0 : i32, span_bias = 3 : i32} : !d0, !m0, !p, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_6(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected out_bias in 0..7, got -1}}
  edgebert.run_softmax ins(%d0, %m0, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = -1 : i32, span_bias = 3 : i32} : !d0, !m0, !p, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_7(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected span_bias in 0..7, got 8}}
  edgebert.run_softmax ins(%d0, %m0, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, span_bias = 8 : i32} : !d0, !m0, !p, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_8(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected 2 rows of gamma, got 3}}
  edgebert.run_layer_norm ins(%d0, %m0, %q, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, gamma_bias = 3 : i32, beta_bias = 3 : i32}
    : !d0, !m0, !q, !p, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_9(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected 2 rows of beta, got 3}}
  edgebert.run_layer_norm ins(%d0, %m0, %p, %q) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, gamma_bias = 3 : i32, beta_bias = 3 : i32}
    : !d0, !m0, !p, !q, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_10(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected gamma_bias in 0..7, got 8}}
  edgebert.run_layer_norm ins(%d0, %m0, %p, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, gamma_bias = 8 : i32, beta_bias = 3 : i32}
    : !d0, !m0, !p, !p, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_11(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected beta_bias in 0..7, got 8}}
  edgebert.run_layer_norm ins(%d0, %m0, %p, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, gamma_bias = 3 : i32, beta_bias = 8 : i32}
    : !d0, !m0, !p, !p, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_12(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected rhs in decoder 0, got 1}}
  edgebert.run_add ins(%d0, %m0, %d1, %m1) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, rhs_bias = 3 : i32} : !d0, !m0, !d1, !m1, !d0, !m0
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!p = memref<2x16xi8, #edgebert.space<aux, 0>>
!q = memref<3x16xi8, #edgebert.space<aux, 0>>
func.func @run_rows_13(%d0: !d0, %m0: !m0, %d1: !d1, %m1: !m1, %p: !p, %q: !q) {
  // expected-error @below {{expected rhs_bias in 0..7, got 8}}
  edgebert.run_add ins(%d0, %m0, %d0, %m0) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, rhs_bias = 8 : i32} : !d0, !m0, !d0, !m0, !d0, !m0
  return
}

// -----

func.func @register(%x: i32) {
  // expected-error @below {{failed to parse EdgeBERT_RegisterAttr}}
  // expected-error @below {{expected ::edgebert::accel::Register to be one of: soft_reset, command, }}
  edgebert.write_reg no_such_register, %x
  return
}

// -----

func.func @spans_do_not_divide_rows(%x: tensor<6x16x!numfmt.afp<8,3>>, %s: tensor<4x16x!numfmt.afp<8,3>>) -> tensor<6x16x!numfmt.afp<8,3>> {
  // expected-error @below {{expected a number of spans that divides the 6 rows, got 4}}
  %y = edgebert.softmax ins(%x : tensor<6x16x!numfmt.afp<8,3>>) span(%s : tensor<4x16x!numfmt.afp<8,3>>)
    outs(%x : tensor<6x16x!numfmt.afp<8,3>>) {in_bias = 4 : i32, out_bias = 3 : i32} -> tensor<6x16x!numfmt.afp<8,3>>
  return %y : tensor<6x16x!numfmt.afp<8,3>>
}

// -----

func.func @live_without_batch(%x: tensor<16x16x!numfmt.afp<8,3>>) -> tensor<16x16x!numfmt.afp<8,3>> {
  // expected-error @below {{expected live with a batch only, got outs of type}}
  %y = edgebert.matmul ins(%x, %x : tensor<16x16x!numfmt.afp<8,3>>, tensor<16x16x!numfmt.afp<8,3>>)
    outs(%x : tensor<16x16x!numfmt.afp<8,3>>)
    {lhs_bias = 4 : i32, rhs_bias = 4 : i32, out_bias = 5 : i32, live = array<i64: 0>} -> tensor<16x16x!numfmt.afp<8,3>>
  return %y : tensor<16x16x!numfmt.afp<8,3>>
}

// -----

func.func @live_not_ascending(%x: tensor<3x16x16x!numfmt.afp<8,3>>) -> tensor<3x16x16x!numfmt.afp<8,3>> {
  // expected-error @below {{expected live to be ascending and in 0..2, got 1 after 2}}
  %y = edgebert.matmul ins(%x, %x : tensor<3x16x16x!numfmt.afp<8,3>>, tensor<3x16x16x!numfmt.afp<8,3>>)
    outs(%x : tensor<3x16x16x!numfmt.afp<8,3>>)
    {lhs_bias = 4 : i32, rhs_bias = 4 : i32, out_bias = 5 : i32, live = array<i64: 2, 1>} -> tensor<3x16x16x!numfmt.afp<8,3>>
  return %y : tensor<3x16x16x!numfmt.afp<8,3>>
}
