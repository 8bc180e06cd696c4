// Faults of all models on codes, values, weights, metadata; what they did; what
// protection does about them.
//
// RUN: split-file %s %t
// RUN: edgebert-run %t/program.mlir | FileCheck %s --check-prefix=CLEAN
// CLEAN: codes: {{.*}}[1, 1.5, 2]
// CLEAN: values: {{.*}}[1, 1.5, 2]
// CLEAN: scaled: {{.*}}[1, 1.5, 2]
// CLEAN: weights: {{.*}}[3, 3, 3]
//
// RUN: edgebert-run %t/program.mlir --fault-plan=%t/empty.yaml | FileCheck %s --check-prefix=CLEAN
//
// RUN: edgebert-run %t/program.mlir --fault-plan=%t/flips.yaml --fault-log=%t/log.json | FileCheck %s --check-prefix=FLIPS
// FLIPS: codes: {{.*}}[1, -1.5, 2]
// FLIPS: values: {{.*}}[1, 1.5, 1]
// FLIPS: scaled: {{.*}}[4, 6, 8]
// FLIPS: weights: {{.*}}[3, 3, 7]
// FLIPS: fault 3 in run 0: weight 'w' element 2, bits bit 2: 0x3 (3) to 0x7 (7)
// FLIPS: fault 0 in run 0: activation 'codes' element 1, sign bit 7:
// FLIPS-NOT: did not strike
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t/log.json
// LOG: "kind": "weight"
// LOG: "old_code": 3,
// LOG-NEXT: "new_code": 7,
//
// RUN: edgebert-run %t/program.mlir --fault-plan=%t/protected.yaml | FileCheck %s --check-prefix=PROTECTED
// PROTECTED: weights: {{.*}}[3, 3, 3]
// PROTECTED: detected in run 0: 1 elements at 'w', corrected
// PROTECTED: protection: 15 check bits
//
// RUN: edgebert-run %t/program.mlir --fault-plan=%t/double.yaml | FileCheck %s --check-prefix=DOUBLE
// DOUBLE: weights: {{.*}}[3, 3, 15]
// DOUBLE: detected in run 0: 1 elements at 'w'{{$}}
//
// Storage is put back: the second run has the weight again.
// RUN: edgebert-run %t/program.mlir --fault-plan=%t/transient.yaml --time=3 | FileCheck %s --check-prefix=TRANSIENT
// TRANSIENT: fault 0 in run 0: weight 'w' element 0, bits bit 2: 0x3 (3) to 0x7 (7)
// TRANSIENT-NOT: in run
// RUN: edgebert-run %t/program.mlir --fault-plan=%t/permanent.yaml --time=1 | FileCheck %s --check-prefix=PERMANENT
// PERMANENT: fault 0 in run 0: weight 'w' element 0, bits bit 2: 0x3 (3) to 0x7 (7)
// PERMANENT: fault 0 in run 1: weight 'w' element 0, bits bit 2: 0x3 (3) to 0x7 (7)
//
// RUN: edgebert-run %t/program.mlir --fault-plan=%t/later.yaml | FileCheck %s --check-prefix=LATER
// LATER: fault 0 did not strike: site 12 was not reached in run 5 of 1
//
// RUN: not edgebert-run %t/program.mlir --fault-plan=%t/unknown.yaml 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: unknown.yaml: fault 0: the program has no weight site 'codes'; of this name it has a site of kind metadata
// RUN: not edgebert-run %t/program.mlir --fault-plan=%t/beyond.yaml 2>&1 | FileCheck %s --check-prefix=BEYOND
// BEYOND: beyond.yaml: fault 1: expected an element from 0 to 2 of 'codes', found 3
// RUN: not edgebert-run %t/program.mlir --fault-plan=%t/bit.yaml 2>&1 | FileCheck %s --check-prefix=BIT
// BIT: bit.yaml: fault 0: expected bits 0 to 7 of afp<8,3>, found 8
// RUN: not edgebert-run %t/program.mlir --fault-plan=%t/key.yaml 2>&1 | FileCheck %s --check-prefix=KEY
// KEY: key.yaml:2:16: unknown key 'bitt'

//--- program.mlir
func.func @main() -> (tensor<3xf32> {edgebert.name = "codes"},
                      tensor<3xf32> {edgebert.name = "values"},
                      tensor<3xf32> {edgebert.name = "scaled"},
                      tensor<3xi8> {edgebert.name = "weights"}) {
  %bias = arith.constant dense<4> : tensor<i8>
  %c = arith.constant dense<[1.0, 1.5, 2.0]> : tensor<3xf32>
  %w = arith.constant dense<3> : tensor<3xi8>
  %ws = fault.site %w weight 15 "w" : tensor<3xi8>
  %init = tensor.empty() : tensor<3xi8>
  %wc = linalg.copy ins(%ws : tensor<3xi8>) outs(%init : tensor<3xi8>) -> tensor<3xi8>

  %q = numfmt.quantize %c, %bias : tensor<3xf32>, tensor<i8> -> tensor<3x!numfmt.afp<8,3>>
  %qs = fault.site %q activation 12 "codes" as !numfmt.afp<8,3> metadata dense<4> : tensor<i8> : tensor<3x!numfmt.afp<8,3>>
  %codes = numfmt.dequantize %qs, %bias : tensor<3x!numfmt.afp<8,3>>, tensor<i8> -> tensor<3xf32>

  %e = numfmt.emulate %c, %bias as !numfmt.afp<8,3> : tensor<3xf32>, tensor<i8> -> tensor<3xf32>
  %values = fault.site %e activation 13 "values" as !numfmt.afp<8,3> metadata dense<4> : tensor<i8> : tensor<3xf32>

  %p = numfmt.quantize %c, %bias : tensor<3xf32>, tensor<i8> -> tensor<3x!numfmt.afp<8,3>>
  %b = fault.site %bias metadata 14 "codes" : tensor<i8>
  %scaled = numfmt.dequantize %p, %b : tensor<3x!numfmt.afp<8,3>>, tensor<i8> -> tensor<3xf32>
  return %codes, %values, %scaled, %wc : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xi8>
}

//--- empty.yaml
faults: []
//--- flips.yaml
faults:
  - {name: codes, element: 1, field: sign}
  - {site: 13, index: [2], bit: 4}
  # 4 becomes 6: two binades
  - {name: codes, kind: metadata, element: 0, bit: 1}
  - {name: w, kind: weight, element: 2, bit: 2, model: stuck-at-1}
//--- protected.yaml
faults:
  - {name: w, kind: weight, element: 2, bit: 2}
protect:
  - {kind: weight, code: secded}
//--- double.yaml
faults:
  - {name: w, kind: weight, element: 2, bit: 2, count: 2}
protect:
  - {site: 15, code: secded}
//--- transient.yaml
faults:
  - {name: w, kind: weight, element: 0, bit: 2, run: 0}
//--- permanent.yaml
faults:
  - {name: w, kind: weight, element: 0, bit: 2}
//--- later.yaml
faults:
  - {site: 12, element: 0, bit: 0, run: 5}
//--- unknown.yaml
faults:
  - {name: codes, kind: weight, element: 0, bit: 0}
//--- beyond.yaml
faults:
  - {site: 12, element: 0, bit: 0}
  - {site: 12, element: 3, bit: 0}
//--- bit.yaml
faults:
  - {site: 12, element: 0, bit: 8}
//--- key.yaml
faults:
  - {site: 12, bitt: 0}
