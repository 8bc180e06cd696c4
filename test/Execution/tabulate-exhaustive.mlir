// Every code through every function, looked up and computed: the same bits.
// RUN: edgebert-opt %s --numfmt-tabulate --cse > %t.mlir
// RUN: FileCheck %s --implicit-check-not=numfmt.dequantize --implicit-check-not=numfmt.quantize < %t.mlir
// RUN: %python -c "import numpy as np; np.savez('%t.npz', codes=np.arange(256).astype(np.uint8).view(np.int8).reshape(1, 256))"
// RUN: edgebert-run %s --inputs=%t.npz --outputs=%t-computed.npz
// RUN: edgebert-run %t.mlir --inputs=%t.npz --outputs=%t-looked-up.npz
// RUN: %python %S/Inputs/check_same_arrays.py %t-computed.npz %t-looked-up.npz 10

// CHECK-COUNT-10: numfmt.lookup

#id = affine_map<(d0, d1) -> (d0, d1)>

func.func @main(%codes: tensor<1x256xi8> {edgebert.name = "codes"}) -> (
    tensor<1x256xi8> {edgebert.name = "gelu_erf"},
    tensor<1x256xi8> {edgebert.name = "gelu_erf_wide"},
    tensor<1x256xi8> {edgebert.name = "gelu_tanh"},
    tensor<1x256xi8> {edgebert.name = "gelu_power"},
    tensor<1x256xi8> {edgebert.name = "relu"},
    tensor<1x256xi8> {edgebert.name = "sigmoid"},
    tensor<1x256xi8> {edgebert.name = "elu"},
    tensor<1x256xi32> {edgebert.name = "tanh_sine_wide"},
    tensor<1x256xi8> {edgebert.name = "rebias"},
    tensor<1x256xi8> {edgebert.name = "int4_square"}) {
  %b5 = arith.constant dense<5> : tensor<i8>
  %b2 = arith.constant dense<2> : tensor<i8>
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %r = arith.constant 0.707106769 : f32
  %e = tensor.empty() : tensor<1x256xf32>
  %c = numfmt.from_bits %codes : tensor<1x256xi8> -> tensor<1x256x!numfmt.afp<8,3>>
  %x = numfmt.dequantize %c, %b5 : tensor<1x256x!numfmt.afp<8,3>>, tensor<i8> -> tensor<1x256xf32>
  %w = numfmt.dequantize %c, %b2 : tensor<1x256x!numfmt.afp<8,3>>, tensor<i8> -> tensor<1x256xf32>

  // GELU as exported, one op at a time.
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<1x256xf32>) outs(%e : tensor<1x256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %v = arith.mulf %in, %r : f32
    linalg.yield %v : f32
  } -> tensor<1x256xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<1x256xf32>) outs(%e : tensor<1x256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %v = math.erf %in : f32
    linalg.yield %v : f32
  } -> tensor<1x256xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%1 : tensor<1x256xf32>) outs(%e : tensor<1x256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %v = arith.addf %in, %one : f32
    linalg.yield %v : f32
  } -> tensor<1x256xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%2 : tensor<1x256xf32>) outs(%e : tensor<1x256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %v = arith.mulf %in, %half : f32
    linalg.yield %v : f32
  } -> tensor<1x256xf32>
  %4 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %3 : tensor<1x256xf32>, tensor<1x256xf32>) outs(%e : tensor<1x256xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %v = arith.mulf %a, %b : f32
    linalg.yield %v : f32
  } -> tensor<1x256xf32>
  %5 = numfmt.quantize %4, %b5 : tensor<1x256xf32>, tensor<i8> -> tensor<1x256x!numfmt.afp<8,3>>
  %gelu_erf = numfmt.to_bits %5 : tensor<1x256x!numfmt.afp<8,3>> -> tensor<1x256xi8>

  // In one op, of a wider range, to another bias.
  %6 = linalg.map ins(%w : tensor<1x256xf32>) outs(%e : tensor<1x256xf32>)
    (%in: f32, %out: f32) {
      %root2 = arith.constant 1.41421354 : f32
      %s = arith.divf %in, %root2 : f32
      %f = math.erf %s : f32
      %p = arith.addf %f, %one : f32
      %m = arith.mulf %in, %p : f32
      %v = arith.mulf %m, %half : f32
      linalg.yield %v : f32
    }
  %7 = numfmt.quantize %6, %b5 : tensor<1x256xf32>, tensor<i8> -> tensor<1x256x!numfmt.afp<8,3>>
  %gelu_erf_wide = numfmt.to_bits %7 : tensor<1x256x!numfmt.afp<8,3>> -> tensor<1x256xi8>

  // On tensors.
  %ones = arith.constant dense<1.0> : tensor<1x256xf32>
  %halves = arith.constant dense<0.5> : tensor<1x256xf32>
  %cubics = arith.constant dense<0.044715> : tensor<1x256xf32>
  %scales = arith.constant dense<0.797884583> : tensor<1x256xf32>
  %8 = arith.mulf %x, %x : tensor<1x256xf32>
  %9 = arith.mulf %8, %x : tensor<1x256xf32>
  %10 = arith.mulf %9, %cubics : tensor<1x256xf32>
  %11 = arith.addf %x, %10 : tensor<1x256xf32>
  %12 = arith.mulf %11, %scales : tensor<1x256xf32>
  %13 = math.tanh %12 : tensor<1x256xf32>
  %14 = arith.addf %13, %ones : tensor<1x256xf32>
  %15 = arith.mulf %x, %14 : tensor<1x256xf32>
  %16 = arith.mulf %15, %halves : tensor<1x256xf32>
  %17 = numfmt.quantize %16, %b2 : tensor<1x256xf32>, tensor<i8> -> tensor<1x256x!numfmt.afp<8,3>>
  %gelu_tanh = numfmt.to_bits %17 : tensor<1x256x!numfmt.afp<8,3>> -> tensor<1x256xi8>

  // With a power.
  %18 = linalg.map ins(%w : tensor<1x256xf32>) outs(%e : tensor<1x256xf32>)
    (%in: f32, %out: f32) {
      %three = arith.constant 3.0 : f32
      %k = arith.constant 0.044715 : f32
      %q = arith.constant 0.797884583 : f32
      %p = math.powf %in, %three : f32
      %kp = arith.mulf %p, %k : f32
      %s = arith.addf %in, %kp : f32
      %i = arith.mulf %s, %q : f32
      %t = math.tanh %i : f32
      %t1 = arith.addf %t, %one : f32
      %h = arith.mulf %t1, %half : f32
      %v = arith.mulf %in, %h : f32
      linalg.yield %v : f32
    }
  %19 = numfmt.quantize %18, %b2 : tensor<1x256xf32>, tensor<i8> -> tensor<1x256x!numfmt.afp<8,3>>
  %gelu_power = numfmt.to_bits %19 : tensor<1x256x!numfmt.afp<8,3>> -> tensor<1x256xi8>

  %20 = linalg.map ins(%x : tensor<1x256xf32>) outs(%e : tensor<1x256xf32>)
    (%in: f32, %out: f32) {
      %v = arith.maximumf %in, %zero : f32
      linalg.yield %v : f32
    }
  %21 = numfmt.quantize %20, %b5 : tensor<1x256xf32>, tensor<i8> -> tensor<1x256x!numfmt.afp<8,3>>
  %relu = numfmt.to_bits %21 : tensor<1x256x!numfmt.afp<8,3>> -> tensor<1x256xi8>

  %22 = linalg.map ins(%w : tensor<1x256xf32>) outs(%e : tensor<1x256xf32>)
    (%in: f32, %out: f32) {
      %n = arith.negf %in : f32
      %x0 = math.exp %n : f32
      %d = arith.addf %x0, %one : f32
      %v = arith.divf %one, %d : f32
      linalg.yield %v : f32
    }
  %23 = numfmt.quantize %22, %b5 : tensor<1x256xf32>, tensor<i8> -> tensor<1x256x!numfmt.afp<8,3>>
  %sigmoid = numfmt.to_bits %23 : tensor<1x256x!numfmt.afp<8,3>> -> tensor<1x256xi8>

  // From and to other formats.
  %ci = numfmt.from_bits %codes : tensor<1x256xi8> -> tensor<1x256x!numfmt.int<8>>
  %scale = arith.constant dense<0.05> : tensor<f32>
  %xi = numfmt.dequantize %ci, %scale : tensor<1x256x!numfmt.int<8>>, tensor<f32> -> tensor<1x256xf32>
  %24 = linalg.map ins(%xi : tensor<1x256xf32>) outs(%e : tensor<1x256xf32>)
    (%in: f32, %out: f32) {
      %positive = arith.cmpf ogt, %in, %zero : f32
      %m = math.expm1 %in : f32
      %v = arith.select %positive, %in, %m : f32
      linalg.yield %v : f32
    }
  %25 = numfmt.quantize %24, %scale : tensor<1x256xf32>, tensor<f32> -> tensor<1x256x!numfmt.int<8>>
  %elu = numfmt.to_bits %25 : tensor<1x256x!numfmt.int<8>> -> tensor<1x256xi8>

  // All bits but one of the approximations.
  %sin = math.sin %w : tensor<1x256xf32>
  %26 = math.tanh %sin : tensor<1x256xf32>
  %27 = numfmt.quantize %26 : tensor<1x256xf32> -> tensor<1x256x!numfmt.float<8,22>>
  %tanh_sine = numfmt.to_bits %27 : tensor<1x256x!numfmt.float<8,22>> -> tensor<1x256xi32>

  // Nothing between.
  %28 = numfmt.quantize %w, %b5 : tensor<1x256xf32>, tensor<i8> -> tensor<1x256x!numfmt.afp<8,3>>
  %rebias = numfmt.to_bits %28 : tensor<1x256x!numfmt.afp<8,3>> -> tensor<1x256xi8>

  // Bits above the code do not count.
  %c4 = numfmt.from_bits %codes : tensor<1x256xi8> -> tensor<1x256x!numfmt.int<4>>
  %x4 = numfmt.dequantize %c4, %scale : tensor<1x256x!numfmt.int<4>>, tensor<f32> -> tensor<1x256xf32>
  %29 = arith.mulf %x4, %x4 : tensor<1x256xf32>
  %30 = numfmt.quantize %29, %scale : tensor<1x256xf32>, tensor<f32> -> tensor<1x256x!numfmt.int<4>>
  %int4 = numfmt.to_bits %30 : tensor<1x256x!numfmt.int<4>> -> tensor<1x256xi8>

  return %gelu_erf, %gelu_erf_wide, %gelu_tanh, %gelu_power, %relu, %sigmoid, %elu, %tanh_sine, %rebias, %int4
    : tensor<1x256xi8>, tensor<1x256xi8>, tensor<1x256xi8>, tensor<1x256xi8>, tensor<1x256xi8>,
      tensor<1x256xi8>, tensor<1x256xi8>, tensor<1x256xi32>, tensor<1x256xi8>, tensor<1x256xi8>
}
