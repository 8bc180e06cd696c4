// The more vulnerable layer per weight gets the more precise format; the limit
// on bits decides how many get it.
// RUN: echo '[{"layer": "first", "loss": 0.1}, {"layer": "second", "loss": 0.4}]' > %t.json
// RUN: edgebert-opt %S/Inputs/two-layers.mlir --numfmt-assign-precision="scores=%t.json formats='!numfmt.int<4>;!numfmt.int<8>' max-bits=6 report=%t.report.json" | FileCheck %s
// CHECK: tensor<8x4x!numfmt.int<4>>
// CHECK: tensor<4x4x!numfmt.int<8>>
// RUN: FileCheck %s --check-prefix=REPORT < %t.report.json
// 3 monotone assignments, of which none is worse than another in both.
// REPORT: "chosen": {
// REPORT-NEXT: "bits_per_weight": 5.33
// REPORT: "front": [
// REPORT: "bits_per_weight": 4
// REPORT: "bits_per_weight": 5.33
// REPORT: "bits_per_weight": 8
// RUN: edgebert-opt %S/Inputs/two-layers.mlir --numfmt-assign-precision="scores=%t.json formats='!numfmt.int<4>;!numfmt.int<8>' max-bits=8" | FileCheck %s --check-prefix=ALL
// ALL: tensor<8x4x!numfmt.int<8>>
// ALL: tensor<4x4x!numfmt.int<8>>

// RUN: not edgebert-opt %S/Inputs/two-layers.mlir --numfmt-assign-precision="scores=%t.json formats='!numfmt.int<4>;!numfmt.int<8>' max-bits=3" 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: no assignment takes at most 3
// RUN: not edgebert-opt %S/Inputs/two-layers.mlir --numfmt-assign-precision="scores=%t.json formats='!numfmt.int<8>;!numfmt.int<4>'" 2>&1 | FileCheck %s --check-prefix=ORDER
// ORDER: error: option 'formats': expected the least precise first, got '!numfmt.int<8>' before '!numfmt.int<4>'
// RUN: echo '[{"layer": "first", "loss": 0.1}]' > %t.short.json
// RUN: not edgebert-opt %S/Inputs/two-layers.mlir --numfmt-assign-precision="scores=%t.short.json" 2>&1 | FileCheck %s --check-prefix=SHORT
// SHORT: error: {{.*}} has no loss of the layer 'second'
// RUN: not edgebert-opt %S/Inputs/two-layers.mlir --numfmt-assign-precision="scores=%t.none.json" 2>&1 | FileCheck %s --check-prefix=FILE
// FILE: error: option 'scores': cannot read
