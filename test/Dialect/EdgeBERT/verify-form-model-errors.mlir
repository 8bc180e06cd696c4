// RUN: edgebert-opt %s --split-input-file --verify-diagnostics --edgebert-verify-form

// The default form is the model form.
// expected-error @below {{'func.func' op has a buffer argument; the model form works on tensors, found in the model form}}
func.func @buffers(%x: memref<4x4xf32>) {
  // expected-error @below {{'memref.alloc' op has a buffer result; the model form works on tensors}}
  %e = memref.alloc() : memref<4x4xf32>
  // expected-error @below {{'edgebert.probe' op belongs to the accelerator form, found in the model form}}
  edgebert.probe "x" %x : memref<4x4xf32>
  // expected-error @below {{'edgebert.host_work' op belongs to the scheduled form, found in the model form}}
  edgebert.host_work copy, 64
  // expected-error @below {{'edgebert.wait' op belongs to the command form, found in the model form}}
  edgebert.wait
  return
}
