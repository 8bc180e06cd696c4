// RUN: edgebert-opt %s --split-input-file --convert-edgebert-to-runtime --verify-diagnostics

func.func @tensors(%x: tensor<4x16xi8>) -> tensor<4x16xi8> {
  // expected-error @below {{expected buffers, got 'tensor<4x16xi8>'; bufferize first}}
  %0 = edgebert.add ins(%x, %x : tensor<4x16xi8>, tensor<4x16xi8>)
    outs(%x : tensor<4x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
    -> tensor<4x16xi8>
  return %0 : tensor<4x16xi8>
}

// -----

// All errors are reported.
edgebert.region @r at 0 size 64
func.func @places(%i: index, %d: memref<4x16xi8, #edgebert.space<data, 0>>) {
  // expected-error @below {{expected every chip buffer to be an edgebert.scratchpad, so that its address is known}}
  edgebert.store %d, @r[%i] : memref<4x16xi8, #edgebert.space<data, 0>>
  // expected-error @below {{expected every chip buffer to be an edgebert.scratchpad, so that its address is known}}
  edgebert.load @r[%i], %d : memref<4x16xi8, #edgebert.space<data, 0>>
  return
}

// -----

func.func @probes(%x: memref<?x4xf32>, %y: memref<*xf32>, %z: memref<4xindex>) {
  // expected-error @below {{expected a buffer of static shape with integer or float elements, got 'memref<?x4xf32>'}}
  edgebert.probe "dynamic" %x : memref<?x4xf32>
  // expected-error @below {{expected a buffer of static shape with integer or float elements, got 'memref<*xf32>'}}
  edgebert.probe "unranked" %y : memref<*xf32>
  // expected-error @below {{expected a buffer of static shape with integer or float elements, got 'memref<4xindex>'}}
  edgebert.probe "index" %z : memref<4xindex>
  return
}
