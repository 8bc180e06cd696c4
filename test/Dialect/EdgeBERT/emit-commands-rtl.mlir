// RUN: edgebert-opt %s --edgebert-emit-commands=machine=rtl --cse | FileCheck %s
// RUN: %python %S/Inputs/random-program.py %t matmul 32x48x64 constant
// RUN: edgebert-opt %t.mlir --edgebert-accelerator-to-scheduled=machine=rtl -o %t.scheduled.mlir
// RUN: edgebert-opt %t.scheduled.mlir --edgebert-scheduled-to-command=machine=rtl -o %t.command.mlir
// RUN: edgebert-run --machine=rtl --diff %t.mlir %t.command.mlir --inputs=%t.npz | FileCheck %s --check-prefix=DIFF

// DIFF: identical: 2 values

// The published machine has to be reset before every operation, and parameters
// in its aux memory are found by byte: beta_base 32 << 15, gamma_base 16 << 7.
// CHECK-LABEL: func.func @main
// CHECK: %[[C1:.*]] = arith.constant 1 : i32
// CHECK-NEXT: edgebert.write_reg soft_reset, %[[C1]]
// CHECK: edgebert.write_reg command
// CHECK-NEXT: edgebert.wait
// CHECK-NEXT: edgebert.write_reg soft_reset, %[[C1]]
// CHECK: %[[PERIPH:.*]] = arith.constant 1050624 : i32
// CHECK: edgebert.write_reg periph_config, %[[PERIPH]]
// CHECK: edgebert.write_reg command
// CHECK-NEXT: edgebert.wait
// CHECK-NEXT: return
!d = memref<4x16xi8, #edgebert.space<data, 0>>
!m = memref<4xi16, #edgebert.space<mask, 0>>
!aux = memref<1x16xi8, #edgebert.space<aux, 0>>
edgebert.region @r at 0 size 64
func.func @main(%i: index) {
  %d = edgebert.scratchpad at 0 : !d
  %m = edgebert.scratchpad at 0 : !m
  %o = edgebert.scratchpad at 64 : !d
  %om = edgebert.scratchpad at 64 : !m
  %g = edgebert.scratchpad at 16 : !aux
  %b = edgebert.scratchpad at 32 : !aux
  edgebert.load @r[%i], %d : !d
  edgebert.run_layer_norm ins(%d, %m, %g, %b) outs(%o, %om)
    {num_vector = 1 : i32, num_timestep = 4 : i32, in_bias = 1 : i32,
     out_bias = 1 : i32, gamma_bias = 0 : i32, beta_bias = 0 : i32}
    : !d, !m, !aux, !aux, !d, !m
  return
}
