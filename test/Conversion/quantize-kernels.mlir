// RUN: edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/calibration.json report=%t.json" | FileCheck %s
// RUN: FileCheck %s --check-prefix=REPORT < %t.json
// RUN: edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/calibration.json format=!numfmt.float<4,3>" | FileCheck %s --check-prefix=FLOAT

// The input, a matmul's result and a softmax's result are quantized where they
// are made, with the metadata of their ranges: 3.9 -> 4, 50 -> 6, 1 -> 3. The
// scores' range is cut at 15.5, beyond which a softmax sees nothing.
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[X:.*]]: tensor<4x16xf32>
// CHECK-DAG: %[[W:.*]] = arith.constant dense<5.000000e-01> : tensor<16x8xf32>
// CHECK-DAG: %[[XQ:.*]] = numfmt.quantize %[[X]], %[[XM:.*]] : tensor<4x16xf32>, tensor<i8> -> tensor<4x16x!numfmt.afp<8, 3>>
// CHECK-DAG: %[[XD:.*]] = numfmt.dequantize %[[XQ]], %[[XM]]
// CHECK-DAG: %[[XM]] = arith.constant dense<4> : tensor<i8>
// CHECK-DAG: %[[WQ:.*]] = numfmt.quantize %[[W]], %[[WM:.*]] : tensor<16x8xf32>, tensor<i8>
// CHECK-DAG: %[[WD:.*]] = numfmt.dequantize %[[WQ]], %[[WM]]
// CHECK: %[[Y:.*]] = linalg.matmul ins(%[[XD]], %[[WD]]
// CHECK: %[[YM:.*]] = arith.constant dense<6> : tensor<i8>
// CHECK: %[[YQ:.*]] = numfmt.quantize %[[Y]], %[[YM]]
// CHECK: %[[YD:.*]] = numfmt.dequantize %[[YQ]], %[[YM]]
// CHECK: %[[S:.*]] = linalg.softmax dimension(1) ins(%[[YD]]
// CHECK: %[[SM:.*]] = arith.constant dense<3> : tensor<i8>
// CHECK: %[[SQ:.*]] = numfmt.quantize %[[S]], %[[SM]]
// CHECK: %[[SD:.*]] = numfmt.dequantize %[[SQ]], %[[SM]]
// CHECK: return %[[SD]]

// Weights carry their noise, measured here; values that of the calibration.
// 0.5 is a code, so the weights have no error: no ratio.
// REPORT:      "max_abs": 3.9
// REPORT:      "metadata": "4"
// REPORT-NEXT: "name": "x"
// REPORT-NEXT: "shape": [
// REPORT-NEXT:   4,
// REPORT-NEXT:   16
// REPORT:      "sqnr_db": 30
// REPORT-NEXT: "weight": false
// REPORT:      "name": "/scores"
// REPORT:      "sqnr_db": null
// REPORT:      "name": "/softmax"
// REPORT:      "max_abs": 0.5
// REPORT:      "name": "weights"
// REPORT:      "sqnr_db": null
// REPORT-NEXT: "weight": true

// A format without metadata needs none.
// FLOAT-LABEL: func.func @main
// FLOAT: %[[Q:.*]] = numfmt.quantize %{{.*}} : tensor<4x16xf32> -> tensor<4x16x!numfmt.float<4, 3>>
// FLOAT: numfmt.dequantize %[[Q]] :
func.func @main(%x: tensor<4x16xf32> {edgebert.name = "x"}) -> tensor<4x8xf32> {
  %w = arith.constant dense<0.5> : tensor<16x8xf32> loc("weights")
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %y = linalg.matmul ins(%x, %w : tensor<4x16xf32>, tensor<16x8xf32>)
    outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32> loc("/scores")
  %s = linalg.softmax dimension(1) ins(%y : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32> loc("/softmax")
  return %s : tensor<4x8xf32>
}

// A declaration has nothing to quantize.
func.func private @declared(tensor<4xf32>) -> tensor<4xf32>
