// RUN: edgebert-opt %s --split-input-file --verify-diagnostics --edgebert-verify-form=form=command

// All violations are reported, not only the first.
// expected-error @below {{'func.func' op has a tensor argument; the command form works on buffers, found in the command form}}
func.func @tensors(%x: tensor<4x4xf32>, %m: tensor<i8>) {
  // expected-error @below {{'tensor.empty' op has a tensor result; the command form works on buffers}}
  %e = tensor.empty() : tensor<4x4xf32>
  // expected-error @below {{'numfmt.emulate' op belongs to the compressed form, found in the command form}}
  %0 = numfmt.emulate %x, %m as !numfmt.afp<8,3>
    : tensor<4x4xf32>, tensor<i8> -> tensor<4x4xf32>
  return
}

// -----

func.func @ops(%x: memref<4x4xi8>) {
  // expected-error @below {{'edgebert.add' op belongs to the accelerator form, found in the command form}}
  edgebert.add ins(%x, %x : memref<4x4xi8>, memref<4x4xi8>)
    outs(%x : memref<4x4xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
  // expected-error @below {{'edgebert.scratchpad' op belongs to the scheduled form, found in the command form}}
  %p = edgebert.scratchpad at 0 : memref<4x16xi8, #edgebert.space<data, 0>>
  return
}
