// RUN: edgebert-opt %s --split-input-file --edgebert-emit-commands --verify-diagnostics
// RUN: not edgebert-opt %s --split-input-file --edgebert-emit-commands=machine=asik 2>&1 | FileCheck %s

// CHECK: unknown machine 'asik'; did you mean 'asic'? (known: asic, rtl, or the path of a .yaml file)

// expected-remark @below {{edgebert-emit-commands found no transfer and no on-chip operation}}
module {
}

// -----

!d0 = memref<1024x16xi8, #edgebert.space<data, 0>>
!m0 = memref<1024xi16, #edgebert.space<mask, 0>>
!d1 = memref<16x16xi8, #edgebert.space<data, 1>>
!m1 = memref<16xi16, #edgebert.space<mask, 1>>
!o = memref<1024x16xi8, #edgebert.space<data, 1>>
!om = memref<1024xi16, #edgebert.space<mask, 1>>
func.func @extent() {
  %d0 = edgebert.scratchpad at 0 : !d0
  %m0 = edgebert.scratchpad at 0 : !m0
  %d1 = edgebert.scratchpad at 0 : !d1
  %m1 = edgebert.scratchpad at 0 : !m1
  %o = edgebert.scratchpad at 4096 : !o
  %om = edgebert.scratchpad at 0 : !om
  // expected-error @below {{N0 = 1024 does not fit its register field; the largest is 1023}}
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d0, %m0) outs(%o, %om)
    {n0 = 1024 : i32, n1 = 16 : i32, m = 16 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32} : !d1, !m1, !d0, !m0, !o, !om
  return
}

// -----

// All errors are reported.
edgebert.region @r at 0 size 8192
func.func @counts(%i: index) {
  // 70000 is no 16-bit address.
  %d = edgebert.scratchpad at 70000 : memref<4x16xi8, #edgebert.space<data, 0>>
  // expected-error @below {{base_output = 70000 does not fit its register field; the largest is 65535}}
  edgebert.store %d, @r[%i] : memref<4x16xi8, #edgebert.space<data, 0>>
  %a = edgebert.scratchpad at 0 : memref<257x16xi8, #edgebert.space<aux, 0>>
  // expected-error @below {{M_1 (aux) = 256 does not fit its register field; the largest is 255}}
  edgebert.load @r[%i], %a : memref<257x16xi8, #edgebert.space<aux, 0>>
  %b = edgebert.scratchpad at 16 : memref<1x16xi8, #edgebert.space<aux, 0>>
  // expected-error @below {{expected an aux buffer at 0, where the machine stores from, got 16}}
  edgebert.store %b, @r[%i] : memref<1x16xi8, #edgebert.space<aux, 0>>
  return
}

// -----

edgebert.region @r at 0 size 64
func.func @elsewhere(%i: index, %d: memref<4x16xi8, #edgebert.space<data, 0>>) {
  // expected-error @below {{expected every chip buffer to be an edgebert.scratchpad, so that its address is known, got a 'memref<4x16xi8, #edgebert.space<data, 0>>' from elsewhere}}
  edgebert.store %d, @r[%i] : memref<4x16xi8, #edgebert.space<data, 0>>
  return
}

// -----

!d = memref<32x16xi8, #edgebert.space<data, 0>>
!m = memref<32xi16, #edgebert.space<mask, 0>>
!aux = memref<2x16xi8, #edgebert.space<aux, 0>>
func.func @streams() {
  %d = edgebert.scratchpad at 0 : !d
  %m = edgebert.scratchpad at 0 : !m
  %o = edgebert.scratchpad at 4608 : !d
  // expected-note @below {{the masks are placed here}}
  %bad = edgebert.scratchpad at 32 : !m
  %om = edgebert.scratchpad at 512 : !m
  %s = edgebert.scratchpad at 0 : !aux
  // One register holds both: the masks of data at 4608 are at 4608 mod 4096.
  // expected-error @below {{expected the masks of data at 4608 at row 512, got 32}}
  edgebert.run_softmax ins(%d, %m, %s) outs(%o, %bad)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 1 : i32, span_bias = 3 : i32} : !d, !m, !aux, !d, !m
  %t = edgebert.scratchpad at 40 : !aux
  // expected-error @below {{expected parameters at multiples of 16 bytes of the aux memory, got 40}}
  edgebert.run_softmax ins(%d, %m, %t) outs(%o, %om)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 1 : i32, span_bias = 3 : i32} : !d, !m, !aux, !d, !m
  return
}
