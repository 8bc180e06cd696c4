// RUN: edgebert-opt %s --split-input-file --verify-diagnostics

func.func @shape(%w: tensor<4x8xf32>, %m: tensor<8x4xi1>) -> tensor<4x8xf32> {
  // expected-error@+2 {{expects different type}}
  // expected-note@-2 {{prior use here}}
  %0 = mask.apply %w, %m as #mask.unstructured outputs 0 : tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// -----

func.func @outputs(%w: tensor<4x8xf32>, %m: tensor<4x8xi1>) -> tensor<4x8xf32> {
  // expected-error@+1 {{expected the outputs to be a dimension of 'tensor<4x8xf32>', got 2}}
  %0 = mask.apply %w, %m as #mask.unstructured outputs 2 : tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// -----

func.func @nm(%w: tensor<4x6xf32>, %m: tensor<4x6xi1>) -> tensor<4x6xf32> {
  // expected-error@+1 {{cannot follow #mask.nm<2, 4>}}
  %0 = mask.apply %w, %m as #mask.nm<2, 4> outputs 0 : tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// -----

func.func @block(%w: tensor<16x6xf32>, %m: tensor<16x6xi1>) -> tensor<16x6xf32> {
  // expected-error@+1 {{cannot follow #mask.block<1x16>}}
  %0 = mask.apply %w, %m as #mask.block<1x16> outputs 0 : tensor<16x6xf32>
  return %0 : tensor<16x6xf32>
}

// -----

// expected-error@+1 {{expected 1 <= n < m, got 4 of 4}}
func.func private @p(tensor<4xf32>) attributes {a = #mask.nm<4, 4>}

// -----

// expected-error@+1 {{expected blocks of at least 1x1, got 0x16}}
func.func private @p(tensor<4xf32>) attributes {a = #mask.block<0x16>}

// -----

// expected-error@+1 {{expected rows x columns of a block, such as 1x16, got 3 numbers}}
func.func private @p(tensor<4xf32>) attributes {a = #mask.block<1x2x3>}

// -----

func.func @values(%w: tensor<4xf32>, %m: tensor<4xi1>) -> tensor<2xi8> {
  // expected-error@+1 {{expected values of rank 1 with elements 'f32', got 'tensor<2xi8>'}}
  %v, %b = mask.compress %w, %m : tensor<4xf32> -> tensor<2xi8>, tensor<1xi8>
  return %v : tensor<2xi8>
}

// -----

func.func @bits(%v: tensor<2xf32>, %b: tensor<1xi8>) -> tensor<9xf32> {
  // expected-error@+1 {{expected bits of rank 1 with 2 bytes for 9 elements, got 'tensor<1xi8>'}}
  %x = mask.expand %v, %b : tensor<2xf32>, tensor<1xi8> -> tensor<9xf32>
  return %x : tensor<9xf32>
}

// -----

func.func @places(%w: tensor<4xf32>) -> tensor<2xf32> {
  %m = arith.constant dense<[true, true, false, true]> : tensor<4xi1>
  // expected-error@+1 {{expected a place for each of the 3 elements that the mask keeps, got 2}}
  %v, %b = mask.compress %w, %m : tensor<4xf32> -> tensor<2xf32>, tensor<1xi8>
  return %v : tensor<2xf32>
}
