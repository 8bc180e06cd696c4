// RUN: edgebert-opt %s --fault-list-sites="output=%t.txt" -o /dev/null
// RUN: FileCheck %s --input-file=%t.txt
// RUN: edgebert-opt %s --fault-list-sites="json output=%t.json" -o /dev/null
// RUN: FileCheck %s --input-file=%t.json --check-prefix=JSON

// CHECK: id kind name format elements bits fields
// CHECK-NEXT: 12 activation layer0/q afp<8,3> 32 8 sign 1, exponent 3, mantissa 4
// CHECK-NEXT: 13 weight w f32 4 32 sign 1, exponent 8, mantissa 23
// CHECK-NEXT: 14 metadata layer0/q i8 1 8 bits 8
// CHECK-NEXT: 3 sites, 392 bits

// JSON: "id": 12,
// JSON-NEXT: "kind": "activation",
// JSON-NEXT: "name": "layer0/q",
// JSON-NEXT: "format": "afp<8,3>",
// JSON-NEXT: "elements": 32,
// JSON: "bits": 8,
// JSON: "name": "exponent",
// JSON-NEXT: "offset": 4,
// JSON-NEXT: "width": 3
// JSON: "id": 13,
func.func @sites(%q: tensor<4x8x!numfmt.afp<8,3>>, %x: tensor<4xf32>, %m: tensor<i8>) {
  %0 = fault.site %q activation 12 "layer0/q" : tensor<4x8x!numfmt.afp<8,3>>
  %1 = fault.site %x weight 13 "w" : tensor<4xf32>
  %2 = fault.site %m metadata 14 "layer0/q" : tensor<i8>
  return
}
