// RUN: edgebert-opt %s --split-input-file --verify-diagnostics

func.func @eq_types(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @below {{requires all operands to have the same type}}
  "check.expect_eq"(%x, %y) : (tensor<2xf32>, tensor<3xf32>) -> ()
  return
}

// -----

func.func @close_c1(%x: tensor<2xi8>) {
  // expected-error @below {{expected float elements, got 'i8'; compare them with check.expect_eq}}
  check.expect_close %x, %x : tensor<2xi8>
  return
}

// -----

func.func @close_c2(%x: tensor<2xf32>) {
  // expected-error @below {{expected a finite rtol of at least 0, got -1.0}}
  check.expect_close %x, %x {rtol = -1.0} : tensor<2xf32>
  return
}

// -----

func.func @bits_c1(%x: tensor<2xindex>) {
  // expected-error @below {{expected integer or float elements, got 'index'}}
  check.expect_bits %x, dense<0> : tensor<2xi64> : tensor<2xindex>
  return
}

// -----

func.func @bits_c2_shape(%x: tensor<2xi8>) {
  // expected-error @below {{expected bit patterns of the shape of 'tensor<2xi8>', got 'tensor<3xi8>'}}
  check.expect_bits %x, dense<0> : tensor<3xi8> : tensor<2xi8>
  return
}

// -----

func.func @bits_c2_width(%x: tensor<2xf32>) {
  // expected-error @below {{expected bit patterns of type i32 for 'f32', got 'i8'}}
  check.expect_bits %x, dense<0> : tensor<2xi8> : tensor<2xf32>
  return
}
