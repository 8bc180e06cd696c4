// RUN: edgebert-opt %s --edgebert-expand-math | FileCheck %s

// Nothing is left that would call a library once per element.
// CHECK-LABEL: func.func @vectors
// CHECK-NOT: math.{{exp|tanh|erf|log}}
// CHECK: return
func.func @vectors(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x : vector<16xf32>
  %1 = math.tanh %0 : vector<16xf32>
  %2 = math.erf %1 : vector<16xf32>
  %3 = math.log %2 : vector<16xf32>
  return %3 : vector<16xf32>
}

// An instruction of the machine stays.
// CHECK-LABEL: func.func @root
// CHECK: math.sqrt
func.func @root(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.sqrt %x : vector<16xf32>
  return %0 : vector<16xf32>
}
