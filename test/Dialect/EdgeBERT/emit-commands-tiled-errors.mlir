// RUN: edgebert-opt %s --edgebert-emit-commands=machine=rtl --verify-diagnostics

!d = memref<32x16xi8, #edgebert.space<data, 0>>
!m = memref<32xi16, #edgebert.space<mask, 0>>
!aux = memref<2x16xi8, #edgebert.space<aux, 0>>
func.func @tiled() {
  %d = edgebert.scratchpad at 0 : !d
  %m = edgebert.scratchpad at 0 : !m
  %o = edgebert.scratchpad at 512 : !d
  %om = edgebert.scratchpad at 512 : !m
  %s = edgebert.scratchpad at 0 : !aux
  // expected-error @below {{reads tiled streams, which the units of machine 'rtl' cannot}}
  edgebert.run_softmax ins(%d, %m, %s) outs(%o, %om)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 1 : i32, span_bias = 3 : i32, tiled} : !d, !m, !aux, !d, !m
  return
}
