// RUN: edgebert-opt %s --split-input-file --verify-diagnostics --fault-list-sites="output=%t.txt" -o /dev/null
// RUN: FileCheck %s --input-file=%t.txt
// RUN: edgebert-opt %s --fault-list-sites="json" -o /dev/null | FileCheck %s --check-prefix=JSON

// CHECK: id kind name format elements bits fields
// JSON: "id": 12
func.func @sites(%q: tensor<4x8x!numfmt.afp<8,3>>, %x: tensor<4xf32>, %m: tensor<i8>) {
  %0 = fault.site %q activation 12 "layer0/q" : tensor<4x8x!numfmt.afp<8,3>>
  %1 = fault.site %x weight 13 "w" : tensor<4xf32>
  %2 = fault.site %m metadata 14 "layer0/q" : tensor<i8>
  return
}
