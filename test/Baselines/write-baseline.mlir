// RUN: edgebert-opt %s --edgebert-write-baseline=program=core -o /dev/null | FileCheck %s --check-prefix=CORE
// RUN: edgebert-opt %s --edgebert-write-baseline=program=systolic -o /dev/null | FileCheck %s --check-prefix=SYSTOLIC
// RUN: edgebert-opt %s --edgebert-write-baseline=program=thesis-driver -o /dev/null | FileCheck %s --check-prefix=DRIVER
// RUN: edgebert-opt %s --edgebert-write-baseline="program=core format=c output=%t.c" | FileCheck %s --check-prefix=UNCHANGED
// RUN: FileCheck %s --check-prefix=C < %t.c

// The pass changes nothing.
// UNCHANGED: linalg.batch_matmul

// A layer of 16 tokens, hidden 32, 2 heads of 16, without a feed-forward
// network: the product with the softmax's result is the last of the attention,
// the layer norm the last of the post-processing.

// CORE: "attention": {
// CORE: "elements": {
// CORE-NEXT: "elementwise": 512
// CORE-NEXT: "softmax": 512
// Query and key from x, 2 x 16 x 16 x 16 scores and as many for the context.
// CORE: "macs": 49152,
// The keys of each head.
// CORE-NEXT: "transposes": 2
// CORE: "ffn": {
// CORE: "elementwise": 512
// CORE: "macs": 0,
// CORE: "macs": 65536,
// CORE: "post-processing": {
// CORE: "add": 512
// CORE-NEXT: "layer norm": 512
// CORE-NEXT: "move": 512
// CORE: "macs": 16384,
// CORE: "transposes": 0

// One head at a time: its weights are [32, 16].
// CORE: "kernel": "matmul_i32"
// CORE-NEXT: "kind": "matmul"
// CORE-NEXT: "module": "attention"
// CORE-NEXT: "op": "/query"
// CORE-NEXT: "sizes": [
// CORE-NEXT: 16,
// CORE-NEXT: 32,
// CORE-NEXT: 16
// CORE: "times": 2
// CORE: "category": "transpose",
// CORE-NEXT: "kernel": "transpose_i32"
// CORE: "op": "/scores"
// CORE: "kernel": "scale_f32"
// CORE: "op": "/scores"
// CORE: "kernel": "softmax_f32"
// CORE: "kernel": "copy_block_i32"
// CORE: "op": "/merge"
// CORE: "op": "/out"
// CORE: "kernel": "add_i32"
// CORE: "op": "/residual"
// CORE: "kernel": "layer_norm_f32"
// CORE: "kernel": "tanh_f32"
// CORE: "module": "ffn"

// The core's program has no hardware but allocations.
// C: attention
// C-NEXT: for (int i = 0; i < 2; ++i)
// C-NEXT: matmul_i32(a, b, 16, 32, 16, c); /* /query */
// C: post-processing
// C: layer_norm_f32(a, b, c, 16, 32);
// C: ffn
// C-NEXT: for (int i = 0; i < 1; ++i)
// C-NEXT: tanh_f32(a, 512, c);

// One tile holds a head's product: as many calls as matrices.
// SYSTOLIC: "hardware": "invocation"
// SYSTOLIC: "op": "/query"
// SYSTOLIC-NEXT: "times": 2
// Fill 32, stream 32, drain 62, and 6 to the interrupt.
// SYSTOLIC: "category": "compute"
// SYSTOLIC-NEXT: "cycles": 132,
// SYSTOLIC-NEXT: "hardware": "array"
// The core adds the result to the sums.
// SYSTOLIC: "kernel": "add_i8"
// SYSTOLIC: "kernel": "softmax_f32"

// Each of the two heads fits one tile: 16 rows, k 32, 16 columns of 16. 40
// registers and 7 polls with 3 writes each.
// DRIVER: "kernel": "driver_tile"
// DRIVER: "sizes": [
// DRIVER-NEXT: 16,
// DRIVER-NEXT: 32,
// DRIVER-NEXT: 16,
// DRIVER-NEXT: 16
// DRIVER: "hardware": "register write"
// DRIVER: "op": "/query"
// DRIVER-NEXT: "times": 122
// DRIVER: "hardware": "mask load"
// DRIVER: "hardware": "data load"
// 99 of the fact sheet (5.9) for 16 x 16 x 32, and 6 to the interrupt.
// DRIVER: "cycles": 105,
// DRIVER-NEXT: "hardware": "matmul"
// DRIVER: "kernel": "transpose_bits"
// DRIVER: "hardware": "softmax"
// The sum goes into the layer norm only: it is not stored.
// DRIVER: "op": "/residual"
// DRIVER: "hardware": "register write"
// DRIVER-NEXT: "kind": "add"
// DRIVER: "times": 49
// DRIVER: "hardware": "add"
// DRIVER-NEXT: "kind": "add"
// DRIVER-NOT: "hardware": "data store"
// DRIVER: "kind": "layer norm"
// DRIVER: "hardware": "layer norm"
// DRIVER: "hardware": "data store"
// DRIVER: "kernel": "tanh_f32"

#id = affine_map<(d0, d1) -> (d0, d1)>
#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#row = affine_map<(d0, d1) -> (d0)>
#vec = affine_map<(d0) -> (d0)>
func.func @layer(%x: tensor<16x32xf32>) -> tensor<16x32xf32> {
  %w = arith.constant dense<0.5> : tensor<32x32xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16x32xf32>) -> tensor<16x32xf32>
  %q = linalg.matmul ins(%x, %w : tensor<16x32xf32>, tensor<32x32xf32>) outs(%f : tensor<16x32xf32>) -> tensor<16x32xf32> loc("/query")
  %k = linalg.matmul ins(%x, %w : tensor<16x32xf32>, tensor<32x32xf32>) outs(%f : tensor<16x32xf32>) -> tensor<16x32xf32> loc("/key")
  %q3 = tensor.expand_shape %q [[0], [1, 2]] output_shape [16, 2, 16] : tensor<16x32xf32> into tensor<16x2x16xf32>
  %k3 = tensor.expand_shape %k [[0], [1, 2]] output_shape [16, 2, 16] : tensor<16x32xf32> into tensor<16x2x16xf32>
  %eh = tensor.empty() : tensor<2x16x16xf32>
  %qh = linalg.transpose ins(%q3 : tensor<16x2x16xf32>) outs(%eh : tensor<2x16x16xf32>) permutation = [1, 0, 2]
  %kh = linalg.transpose ins(%k3 : tensor<16x2x16xf32>) outs(%eh : tensor<2x16x16xf32>) permutation = [1, 2, 0]
  %fh = linalg.fill ins(%zero : f32) outs(%eh : tensor<2x16x16xf32>) -> tensor<2x16x16xf32>
  %s = linalg.batch_matmul ins(%qh, %kh : tensor<2x16x16xf32>, tensor<2x16x16xf32>) outs(%fh : tensor<2x16x16xf32>) -> tensor<2x16x16xf32> loc("/scores")
  %scale = arith.constant 0.25 : f32
  %t = linalg.generic {indexing_maps = [#id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<2x16x16xf32>) outs(%eh : tensor<2x16x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.mulf %a, %scale : f32
    linalg.yield %m : f32
  } -> tensor<2x16x16xf32> loc("/scores")
  %p = linalg.softmax dimension(2) ins(%t : tensor<2x16x16xf32>) outs(%eh : tensor<2x16x16xf32>) -> tensor<2x16x16xf32> loc("/softmax")
  // The queries serve as values too.
  %vh = linalg.transpose ins(%q3 : tensor<16x2x16xf32>) outs(%eh : tensor<2x16x16xf32>) permutation = [1, 0, 2]
  %c = linalg.batch_matmul ins(%p, %vh : tensor<2x16x16xf32>, tensor<2x16x16xf32>) outs(%fh : tensor<2x16x16xf32>) -> tensor<2x16x16xf32> loc("/context")
  %em = tensor.empty() : tensor<16x2x16xf32>
  %cm = linalg.transpose ins(%c : tensor<2x16x16xf32>) outs(%em : tensor<16x2x16xf32>) permutation = [1, 0, 2] loc("/merge")
  %cc = tensor.collapse_shape %cm [[0], [1, 2]] : tensor<16x2x16xf32> into tensor<16x32xf32>
  %y = linalg.matmul ins(%cc, %w : tensor<16x32xf32>, tensor<32x32xf32>) outs(%f : tensor<16x32xf32>) -> tensor<16x32xf32> loc("/out")
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %y : tensor<16x32xf32>, tensor<16x32xf32>) outs(%e : tensor<16x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.addf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<16x32xf32> loc("/residual")
  %er = tensor.empty() : tensor<16xf32>
  %fr = linalg.fill ins(%zero : f32) outs(%er : tensor<16xf32>) -> tensor<16xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%r : tensor<16x32xf32>) outs(%fr : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.addf %a, %o : f32
    linalg.yield %m : f32
  } -> tensor<16xf32>
  %n = arith.constant 32.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %mean = linalg.generic {indexing_maps = [#vec, #vec], iterator_types = ["parallel"]} ins(%sum : tensor<16xf32>) outs(%er : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.divf %a, %n : f32
    linalg.yield %m : f32
  } -> tensor<16xf32>
  %d = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%r, %mean : tensor<16x32xf32>, tensor<16xf32>) outs(%e : tensor<16x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.subf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<16x32xf32>
  %sq = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%d : tensor<16x32xf32>) outs(%fr : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.mulf %a, %a : f32
    %u = arith.addf %m, %o : f32
    linalg.yield %u : f32
  } -> tensor<16xf32>
  %inv = linalg.generic {indexing_maps = [#vec, #vec], iterator_types = ["parallel"]} ins(%sq : tensor<16xf32>) outs(%er : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.divf %a, %n : f32
    %u = arith.addf %m, %eps : f32
    %v = math.rsqrt %u : f32
    linalg.yield %v : f32
  } -> tensor<16xf32>
  %ln = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%d, %inv : tensor<16x32xf32>, tensor<16xf32>) outs(%e : tensor<16x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<16x32xf32> loc("/norm")
  %tanh = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%ln : tensor<16x32xf32>) outs(%e : tensor<16x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = math.tanh %a : f32
    linalg.yield %m : f32
  } -> tensor<16x32xf32> loc("/activation")
  return %tanh : tensor<16x32xf32>
}
