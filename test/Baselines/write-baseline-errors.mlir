// RUN: not edgebert-opt %s --split-input-file --edgebert-write-baseline=program=core -o /dev/null 2>&1 >%t | FileCheck %s
// RUN: not edgebert-opt %s --split-input-file --edgebert-write-baseline="program=systolic format=c" -o /dev/null 2>&1 | FileCheck %s --check-prefix=FORMAT
// RUN: not edgebert-opt %s --split-input-file --edgebert-write-baseline="machine=asci" -o /dev/null 2>&1 | FileCheck %s --check-prefix=MACHINE
// RUN: not edgebert-opt %s --split-input-file --edgebert-write-baseline="program=gpu" -o /dev/null 2>&1 | FileCheck %s --check-prefix=PROGRAM

// FORMAT: error: only the program 'core' can be written as C: the others drive hardware
// MACHINE: error: {{.*}}asci{{.*}}asic
// PROGRAM: Cannot find option named 'gpu'

#id = affine_map<(d0) -> (d0)>
// CHECK: error: loc("/cos"): no kernel of the core computes 'math.cos'; they compute arith.addf, {{.*}}, math.rsqrt
func.func @scalar(%x: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %c = math.cos %a : f32
    linalg.yield %c : f32
  } -> tensor<8xf32> loc("/cos")
  return %0 : tensor<8xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @dynamic(%x: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  %e = tensor.empty(%n) : tensor<?xf32>
  // CHECK: error: 'linalg.generic' op has a dynamic extent; the baselines need static shapes
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %c = math.exp %a : f32
    linalg.yield %c : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// CHECK: error: expected one function with a body, found 2, 0 with a body
module {
  func.func private @a(tensor<8xf32>) -> tensor<8xf32>
  func.func private @b(tensor<8xf32>) -> tensor<8xf32>
}

// -----

func.func @convolution(%x: tensor<1x8x8x1xf32>, %w: tensor<3x3x1xf32>, %o: tensor<1x6x6x1xf32>) -> tensor<1x6x6x1xf32> {
  // CHECK: error: 'linalg.depthwise_conv_2d_nhwc_hwc' op has no baseline: convolution and pooling have no unit on the accelerator
  %0 = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x8x8x1xf32>, tensor<3x3x1xf32>) outs(%o : tensor<1x6x6x1xf32>) -> tensor<1x6x6x1xf32>
  return %0 : tensor<1x6x6x1xf32>
}
