// RUN: edgebert-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<4xindex>) {
  // expected-error @below {{expected elements of a number format, f32 or integers of at most 32 bits, got 'index'}}
  %0 = fault.site %x activation 1 "x" : tensor<4xindex>
  return
}

// -----

func.func @c2(%x: tensor<4xf32>) {
  // expected-error @below {{expected an id of at least 0, got -1}}
  %0 = fault.site %x activation -1 "x" : tensor<4xf32>
  return
}

// -----

func.func @c3_format(%x: tensor<4x!numfmt.afp<8,3>>) {
  // expected-error @below {{expected format '!numfmt.afp<8, 3>' of the elements, got '!numfmt.int<8>'}}
  %0 = fault.site %x activation 1 "x" as !numfmt.int<8> : tensor<4x!numfmt.afp<8,3>>
  return
}

// -----

func.func @c3_storage(%x: tensor<4xi16>) {
  // expected-error @below {{expected elements of '!numfmt.int<8>', 'i8' or f32, got 'i16'}}
  %0 = fault.site %x activation 1 "x" as !numfmt.int<8> : tensor<4xi16>
  return
}

// -----

func.func @c4_no_format(%x: tensor<4xi8>) {
  // expected-error @below {{expected a format with metadata}}
  %0 = fault.site %x activation 1 "x" metadata dense<1> : tensor<i8> : tensor<4xi8>
  return
}

// -----

func.func @c4_type(%x: tensor<4x!numfmt.int<8>>) {
  // expected-error @below {{expected metadata of 'f32' for '!numfmt.int<8>', got 'tensor<i8>'}}
  %0 = fault.site %x activation 1 "x" metadata dense<1> : tensor<i8> : tensor<4x!numfmt.int<8>>
  return
}

// -----

func.func @c4_rank(%x: tensor<4x!numfmt.afp<8,3>>) {
  // expected-error @below {{expected metadata of rank 0 without an axis, got 'tensor<4xi8>'}}
  %0 = fault.site %x activation 1 "x" metadata dense<1> : tensor<4xi8> : tensor<4x!numfmt.afp<8,3>>
  return
}

// -----

func.func @c4_axis(%x: tensor<4x!numfmt.afp<8,3>>) {
  // expected-error @below {{expected an axis from 0 to 0, got 1}}
  %0 = fault.site %x activation 1 "x" metadata dense<1> : tensor<4xi8> axis 1 : tensor<4x!numfmt.afp<8,3>>
  return
}

// -----

func.func @c4_size(%x: tensor<4x!numfmt.afp<8,3>>) {
  // expected-error @below {{expected metadata of 4 elements for axis 0, got 'tensor<3xi8>'}}
  %0 = fault.site %x activation 1 "x" metadata dense<1> : tensor<3xi8> axis 0 : tensor<4x!numfmt.afp<8,3>>
  return
}

// -----

func.func @c4_alone(%x: tensor<4xf32>) {
  // expected-error @below {{expected metadata with an axis}}
  %0 = fault.site %x activation 1 "x" axis 0 : tensor<4xf32>
  return
}

// -----

func.func @results(%x: memref<4xf32>) {
  // expected-error @below {{expected no result for 'memref<4xf32>', got 1}}
  %0 = "fault.site"(%x) <{kind = 0 : i32, id = 1 : i64, name = "x"}> : (memref<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @result_type(%x: tensor<4xf32>) {
  // expected-error @below {{'tensor<4xf32>'}}
  %0 = "fault.site"(%x) <{kind = 0 : i32, id = 1 : i64, name = "x"}> : (tensor<4xf32>) -> tensor<5xf32>
  return
}
