// RUN: edgebert-opt %s --split-input-file --edgebert-emit-commands --cse | FileCheck %s

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!aux = memref<2x16xi8, #edgebert.space<aux, 0>>
edgebert.region @r at 4096 size 1024

// The DRAM address is the region's plus the offset.
// CHECK-LABEL: func.func @loads
// CHECK-SAME: %[[I:.*]]: index
// CHECK: edgebert.write_reg use_axi, %c0_i32
// CHECK: edgebert.write_reg flip_mem, %c1_i32
// CHECK: edgebert.write_reg vector_count, %c31_i32
// CHECK: %[[I32:.*]] = arith.index_cast %[[I]] : index to i32
// CHECK: %[[ADDRESS:.*]] = arith.addi %[[I32]], %c4096_i32
// CHECK: edgebert.write_reg input_read_base, %[[ADDRESS]]
// CHECK: edgebert.write_reg command, %c3_i32
// CHECK-NEXT: edgebert.wait
// CHECK: edgebert.write_reg use_axi, %c0_i32
// CHECK: edgebert.write_reg flip_mem, %c0_i32
// CHECK: edgebert.write_reg vector_count, %c31_i32
// CHECK: edgebert.write_reg mask_read_base, %[[ADDRESS]]
// CHECK: edgebert.write_reg command, %c1_i32
// CHECK-NEXT: edgebert.wait
// CHECK: edgebert.write_reg use_axi, %c0_i32
// CHECK: edgebert.write_reg aux_count, %c1_i32
// CHECK: edgebert.write_reg aux_read_base, %[[ADDRESS]]
// CHECK: edgebert.write_reg command, %c5_i32
// CHECK-NEXT: edgebert.wait
// CHECK-NOT: edgebert.scratchpad
// CHECK: return
func.func @loads(%i: index) {
  %d = edgebert.scratchpad at 0 : !d1
  %m = edgebert.scratchpad at 0 : !m0
  %a = edgebert.scratchpad at 0 : !aux
  edgebert.load @r[%i], %d : !d1
  edgebert.load @r[%i], %m : !m0
  edgebert.load @r[%i], %a : !aux
  return
}

// CHECK-LABEL: func.func @stores
// CHECK: edgebert.write_reg use_axi, %c1_i32
// CHECK: edgebert.write_reg base_output, %c4352_i32
// CHECK: edgebert.write_reg input_write_base, %{{.*}}
// CHECK: edgebert.write_reg command, %c4_i32
// CHECK-NEXT: edgebert.wait
// CHECK: edgebert.write_reg base_output, %c256_i32
// CHECK: edgebert.write_reg mask_write_base, %{{.*}}
// CHECK: edgebert.write_reg command, %c2_i32
// CHECK-NEXT: edgebert.wait
// CHECK: edgebert.write_reg aux_write_base, %{{.*}}
// CHECK: edgebert.write_reg command, %c6_i32
// CHECK-NEXT: edgebert.wait
func.func @stores(%i: index) {
  %d = edgebert.scratchpad at 4352 : !d1
  %m = edgebert.scratchpad at 256 : !m1
  %a = edgebert.scratchpad at 0 : !aux
  edgebert.store %d, @r[%i] : !d1
  edgebert.store %m, @r[%i] : !m1
  edgebert.store %a, @r[%i] : !aux
  return
}

// -----

// accel_config: relu 1, accum_bias 5 << 16, right_shift 9 << 20 = 9764865;
// matrix_config: 16 + (32 << 10) + (32 << 20) = 33587216;
// input_buffer_config: rhs 512, lhs 1024 << 16 = 67109376;
// reset_mode: decoder 0 reads n0 (1), decoder 1 n1 (2 << 6) = 129.
// CHECK-LABEL: func.func @matmul
// CHECK: edgebert.write_reg use_axi, %c0_i32
// CHECK: edgebert.write_reg use_gb, %c0_i32
// CHECK: edgebert.write_reg reset_mode, %c129_i32
// CHECK: edgebert.write_reg flip_mem, %c1_i32
// CHECK: edgebert.write_reg accel_config, %c9764865_i32
// CHECK: edgebert.write_reg matrix_config, %c33587216_i32
// CHECK: edgebert.write_reg input_buffer_config, %c67109376_i32
// CHECK: edgebert.write_reg base_output, %c8192_i32
// CHECK: edgebert.write_reg base_offset, %c0_i32
// CHECK: edgebert.write_reg command, %c7_i32
// CHECK-NEXT: edgebert.wait
// CHECK-NEXT: return
!l = memref<64x16xi8, #edgebert.space<data, 1>>
!lm = memref<64xi16, #edgebert.space<mask, 1>>
!r = memref<32x16xi8, #edgebert.space<data, 0>>
!rm = memref<32xi16, #edgebert.space<mask, 0>>
!o = memref<32x16xi8, #edgebert.space<data, 1>>
!om = memref<32xi16, #edgebert.space<mask, 1>>
func.func @matmul() {
  %l = edgebert.scratchpad at 1024 : !l
  %lm = edgebert.scratchpad at 1024 : !lm
  %r = edgebert.scratchpad at 512 : !r
  %rm = edgebert.scratchpad at 512 : !rm
  %o = edgebert.scratchpad at 8192 : !o
  %om = edgebert.scratchpad at 0 : !om
  edgebert.run_matmul lhs(%l, %lm) rhs(%r, %rm) outs(%o, %om)
    {n0 = 16 : i32, n1 = 32 : i32, m = 32 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32, relu} : !l, !lm, !r, !rm, !o, !om
  return
}

// -----

!d0 = memref<32x16xi8, #edgebert.space<data, 0>>
!m0 = memref<32xi16, #edgebert.space<mask, 0>>
!d1 = memref<32x16xi8, #edgebert.space<data, 1>>
!m1 = memref<32xi16, #edgebert.space<mask, 1>>
!aux = memref<2x16xi8, #edgebert.space<aux, 0>>

// gb_control_config: 2 vectors, 16 << 8 timesteps, biases 7 << 16 (input) and
// 1 << 24 (result) = 17240066;
// periph_config: span at 32 / 16 = 2, bias 3 << 23 = 25165826.
// CHECK-LABEL: func.func @softmax
// CHECK: edgebert.write_reg use_axi,
// CHECK: edgebert.write_reg use_gb, %c1_i32
// CHECK: edgebert.write_reg reset_mode, %c8_i32
// CHECK: edgebert.write_reg gb_mode_config, %c2_i32
// CHECK: edgebert.write_reg flip_mem, %c0_i32
// CHECK: edgebert.write_reg base_offset, %c0_i32
// CHECK: edgebert.write_reg input_buffer_config, %c0_i32
// CHECK: edgebert.write_reg gb_control_config, %c17240066_i32
// CHECK: edgebert.write_reg base_output, %c512_i32
// CHECK: edgebert.write_reg periph_config, %c25165826_i32
// CHECK: edgebert.write_reg command, %c9_i32
// CHECK-NEXT: edgebert.wait
func.func @softmax() {
  %d = edgebert.scratchpad at 0 : !d0
  %m = edgebert.scratchpad at 0 : !m0
  %o = edgebert.scratchpad at 512 : !d0
  %om = edgebert.scratchpad at 512 : !m0
  %s = edgebert.scratchpad at 32 : !aux
  edgebert.run_softmax ins(%d, %m, %s) outs(%o, %om)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 1 : i32, span_bias = 3 : i32} : !d0, !m0, !aux, !d0, !m0
  return
}

// Tiled streams: bit 4 of gb_mode_config.
// CHECK-LABEL: func.func @tiled
// CHECK: edgebert.write_reg gb_mode_config, %c18_i32
func.func @tiled() {
  %d = edgebert.scratchpad at 0 : !d0
  %m = edgebert.scratchpad at 0 : !m0
  %o = edgebert.scratchpad at 512 : !d0
  %om = edgebert.scratchpad at 512 : !m0
  %s = edgebert.scratchpad at 32 : !aux
  edgebert.run_softmax ins(%d, %m, %s) outs(%o, %om)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 1 : i32, span_bias = 3 : i32, tiled}
    : !d0, !m0, !aux, !d0, !m0
  return
}

// In decoder 1 the mode's bits are 6 higher: 4 << 6 = 256, and both bases are
// the input's. periph_config: gamma at 2 << 7, beta at 4 << 15, biases 3 << 26
// and 1 << 29 = 738328832.
// CHECK-LABEL: func.func @layer_norm
// CHECK: edgebert.write_reg reset_mode, %c256_i32
// CHECK: edgebert.write_reg gb_mode_config, %c1_i32
// CHECK: edgebert.write_reg flip_mem, %c1_i32
// CHECK: edgebert.write_reg input_buffer_config, %c4194368_i32
// CHECK: edgebert.write_reg periph_config, %c738328832_i32
// CHECK: edgebert.write_reg command, %c8_i32
// CHECK-NEXT: edgebert.wait
func.func @layer_norm() {
  %d = edgebert.scratchpad at 64 : !d1
  %m = edgebert.scratchpad at 64 : !m1
  %o = edgebert.scratchpad at 4096 : !d1
  %om = edgebert.scratchpad at 0 : !m1
  %g = edgebert.scratchpad at 32 : !aux
  %b = edgebert.scratchpad at 64 : !aux
  edgebert.run_layer_norm ins(%d, %m, %g, %b) outs(%o, %om)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 1 : i32, gamma_bias = 3 : i32, beta_bias = 1 : i32}
    : !d1, !m1, !aux, !aux, !d1, !m1
  return
}

// gb_control_config: 2 + (16 << 8) + (7 << 16) + (6 << 20) + (1 << 24) =
// 23531522; input_buffer_config: 0 and 1024 << 16 = 67108864.
// CHECK-LABEL: func.func @add
// CHECK: edgebert.write_reg reset_mode, %c32_i32
// CHECK: edgebert.write_reg gb_mode_config, %c4_i32
// CHECK: edgebert.write_reg input_buffer_config, %c67108864_i32
// CHECK: edgebert.write_reg gb_control_config, %c23531522_i32
// CHECK: edgebert.write_reg command, %c10_i32
// CHECK-NEXT: edgebert.wait
func.func @add() {
  %d = edgebert.scratchpad at 0 : !d0
  %m = edgebert.scratchpad at 0 : !m0
  %e = edgebert.scratchpad at 1024 : !d0
  %em = edgebert.scratchpad at 1024 : !m0
  %o = edgebert.scratchpad at 2048 : !d0
  %om = edgebert.scratchpad at 2048 : !m0
  edgebert.run_add ins(%d, %m, %e, %em) outs(%o, %om)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 1 : i32, rhs_bias = 6 : i32}
    : !d0, !m0, !d0, !m0, !d0, !m0
  return
}
