// RUN: edgebert-opt %s --split-input-file --fault-instrument | FileCheck %s
// RUN: edgebert-opt %s --split-input-file --fault-instrument="kinds=weight" | FileCheck %s --check-prefix=WEIGHT
// RUN: edgebert-opt %s --split-input-file --fault-instrument --fault-disarm | FileCheck %s --check-prefix=DISARMED --implicit-check-not=fault
// RUN: edgebert-opt %s --split-input-file --cse --symbol-dce --fault-instrument="kinds=weight,activation" | FileCheck %s --check-prefix=LATER
// RUN: not edgebert-opt %s --fault-instrument="kinds=wight" 2>&1 | FileCheck %s --check-prefix=KIND

// KIND: expected option 'kinds' to hold activation, weight, metadata or mask, got 'wight'

// Codes and the metadata they are read with; the quantization keeps the right
// metadata.
// CHECK-LABEL: func @compressed(
// CHECK: %[[M:.*]] = arith.constant dense<4> : tensor<i8>
// CHECK: %[[WB:.*]] = fault.site %[[M]] metadata [[WM:[0-9]+]] "w" : tensor<i8>
// CHECK: %[[W:.*]] = numfmt.from_bits
// CHECK: %[[WS:.*]] = fault.site %[[W]] weight [[WID:[0-9]+]] "w" as !numfmt.afp<8, 3> metadata dense<4> : tensor<i8> : tensor<4x!numfmt.afp<8, 3>>
// CHECK: numfmt.dequantize %[[WS]], %[[WB]]
// CHECK: %[[MB:.*]] = arith.constant dense<5> : tensor<i8>
// CHECK: %[[XB:.*]] = fault.site %[[MB]] metadata {{[0-9]+}} "x" : tensor<i8>
// CHECK: %[[Q:.*]] = numfmt.quantize %{{.*}}, %[[MB]]
// CHECK: %[[QS:.*]] = fault.site %[[Q]] activation {{[0-9]+}} "x" as !numfmt.afp<8, 3> metadata dense<5> : tensor<i8>
// CHECK: numfmt.dequantize %[[QS]], %[[XB]]
// WEIGHT-LABEL: func @compressed(
// WEIGHT-NOT: fault.site {{.*}} metadata {{[0-9]}}
// WEIGHT: fault.site %{{.*}} weight [[WID:[0-9]+]] "w"
// WEIGHT-NOT: fault.site
// WEIGHT: return
// DISARMED-LABEL: func @compressed(
// DISARMED: %[[W:.*]] = numfmt.from_bits
// DISARMED: numfmt.dequantize %[[W]], %{{cst.*}}
// LATER-LABEL: func @compressed(
// LATER-DAG: weight 976058288 "w"
func.func @compressed(%x: tensor<4xf32>) -> tensor<4xf32> {
  %m = arith.constant dense<4> : tensor<i8>
  %c = arith.constant dense<[1, 2, 3, 4]> : tensor<4xi8>
  %w = numfmt.from_bits %c : tensor<4xi8> -> tensor<4x!numfmt.afp<8,3>> loc("w")
  %wd = numfmt.dequantize %w, %m : tensor<4x!numfmt.afp<8,3>>, tensor<i8> -> tensor<4xf32>
  %mx = arith.constant dense<5> : tensor<i8>
  %q = numfmt.quantize %x, %mx : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>> loc("x")
  %xd = numfmt.dequantize %q, %mx : tensor<4x!numfmt.afp<8,3>>, tensor<i8> -> tensor<4xf32>
  %y = arith.addf %xd, %wd : tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// Equal constants of one name are one weight; kernels' results are activations.
// CHECK-LABEL: func @model(
// CHECK: %[[W:.*]] = arith.constant {{.*}} : tensor<4x4xf32>
// CHECK: %[[S:.*]] = fault.site %[[W]] weight {{[0-9]+}} "w" : tensor<4x4xf32>
// CHECK: linalg.matmul ins(%{{.*}}, %[[S]]
// CHECK: %[[A:.*]] = fault.site %{{.*}} activation {{[0-9]+}} "first" : tensor<4x4xf32>
// CHECK: %[[Y:.*]] = linalg.matmul ins(%[[A]], %[[S]]
// CHECK: fault.site %[[Y]] activation {{[0-9]+}} "second"
func.func @model(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 5.0]]> : tensor<4x4xf32> loc("w")
  %y = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%i : tensor<4x4xf32>) -> tensor<4x4xf32> loc("first")
  %v = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 5.0]]> : tensor<4x4xf32> loc("w")
  %z = linalg.matmul ins(%y, %v : tensor<4x4xf32>, tensor<4x4xf32>) outs(%i : tensor<4x4xf32>) -> tensor<4x4xf32> loc("second")
  return %z : tensor<4x4xf32>
}

// -----

// Repeated names get numbers, masks are storage, emulated values are f32.
// CHECK-LABEL: func @names(
// CHECK: fault.site %{{.*}} activation {{[0-9]+}} "n" as !numfmt.float<4, 3> : tensor<4xf32>
// CHECK: fault.site %{{.*}} activation {{[0-9]+}} "n#2" as !numfmt.float<4, 3> : tensor<4xf32>
// CHECK: return
func.func @names(%x: tensor<4xf32>) -> tensor<4xf32> {
  %m = arith.constant dense<[true, false, true, true]> : tensor<4xi1> loc("m")
  %a = numfmt.emulate %x as !numfmt.float<4,3> : tensor<4xf32> -> tensor<4xf32> loc("n")
  %b = numfmt.emulate %a as !numfmt.float<4,3> : tensor<4xf32> -> tensor<4xf32> loc("n")
  %y = arith.select %m, %a, %b : tensor<4xi1>, tensor<4xf32>
  return %y : tensor<4xf32>
}
