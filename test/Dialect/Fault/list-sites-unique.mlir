// RUN: edgebert-opt %s --fault-list-sites --verify-diagnostics

func.func @unique(%x: tensor<4xf32>) {
  // expected-note @below {{it is that of 'x'}}
  %0 = fault.site %x activation 12 "x" : tensor<4xf32>
  // expected-error @below {{expected a unique id, got 12}}
  %1 = fault.site %x activation 12 "y" : tensor<4xf32>
  return
}
