// RUN: edgebert-opt %s --convert-edgebert-to-runtime --canonicalize | FileCheck %s
// RUN: edgebert-opt %s --convert-edgebert-to-runtime=probes=false | FileCheck %s --check-prefix=NOPROBES
// What the calls compute is tested where forms are run (forms-agree-*.test).

// Every op is gone, and the functions it became are declared once.
// CHECK-NOT: edgebert.{{[a-z]}}
// NOPROBES-NOT: @edgebertProbe

edgebert.region @r at 4096 size 1024

// 16 - 4 - 2 + 5 - 5 + 3 = 13. Lanes are two little-endian words.
// CHECK-LABEL: func.func @tensor_ops(
// CHECK-SAME: %[[X:.*]]: memref<2x5x32xi8>, %[[W:[a-z0-9]+]]: memref<7x32xi8>
// CHECK-DAG: %[[LOW:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 512 : index
// CHECK-DAG: %[[SHIFT:.*]] = arith.constant 13 : index
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG: %[[C7:.*]] = arith.constant 7 : index
// CHECK: %[[XP:.*]] = memref.extract_aligned_pointer_as_index %[[X]]
// CHECK: call @edgebertMatmul(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[C2]], %[[C0]], %{{.*}}, %[[C7]], %{{.*}}, %[[SHIFT]], %[[LOW]], %[[LOW]], %[[HIGH]], %[[C0]]) :
func.func @tensor_ops(%x: memref<2x5x32xi8>, %w: memref<7x32xi8>,
                      %c: memref<7x16xi8>, %o: memref<2x5x7xi8>) {
  edgebert.matmul ins(%x, %w : memref<2x5x32xi8>, memref<7x32xi8>)
    addend(%c : memref<7x16xi8>) outs(%o : memref<2x5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32,
     scale_log2 = -3 : i32, relu, addend_lanes = array<i8:
       1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0>}
  return
}

// A missing span is address 0; the batch is rows.
// CHECK-LABEL: func.func @rows(
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C10:.*]] = arith.constant 10 : index
// CHECK-DAG: %[[C32:.*]] = arith.constant 32 : index
// CHECK-DAG: %[[C6:.*]] = arith.constant 6 : index
// CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
// CHECK: call @edgebertSoftmax(%{{.*}}, %[[C0]], %{{.*}}, %[[C10]], %[[C32]], %[[C0]], %[[C6]], %[[C3]], %[[C1]])
func.func @rows(%x: memref<2x5x32xi8>, %o: memref<2x5x32xi8>) {
  edgebert.softmax ins(%x : memref<2x5x32xi8>) outs(%o : memref<2x5x32xi8>)
    {in_bias = 6 : i32, out_bias = 1 : i32}
  return
}

// A buffer that is not contiguous is copied: in before, out after the call.
// CHECK-LABEL: func.func @strided(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<4x16xi8, strided<[32, 1]>>, %[[O:[a-z0-9]+]]: memref<4x16xi8, strided<[32, 1]>>
// CHECK: %[[IN:.*]] = memref.alloc() : memref<4x16xi8>
// CHECK: memref.copy %[[X]], %[[IN]]
// CHECK: memref.copy %[[X]], %{{.*}}
// CHECK: %[[OUT:.*]] = memref.alloc() : memref<4x16xi8>
// CHECK: call @edgebertAdd
// CHECK: memref.copy %[[OUT]], %[[O]]
// CHECK-DAG: memref.dealloc %[[IN]]
// CHECK-DAG: memref.dealloc %[[OUT]]
// CHECK: return
func.func @strided(%x: memref<4x16xi8, strided<[32, 1]>>, %o: memref<4x16xi8, strided<[32, 1]>>) {
  edgebert.add ins(%x, %x : memref<4x16xi8, strided<[32, 1]>>, memref<4x16xi8, strided<[32, 1]>>)
    outs(%o : memref<4x16xi8, strided<[32, 1]>>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
  return
}

// CHECK-LABEL: func.func @memory_ops(
// CHECK-SAME: %[[I:.*]]: index
// CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[C4096:.*]] = arith.constant 4096 : index
// CHECK-DAG: %[[C1024:.*]] = arith.constant 1024 : index
// CHECK: call @edgebertDram(%[[C4096]], %[[C1024]])
// Memory 1 (mask), decoder 1, the region's address and the offset, 4 rows.
// CHECK: %[[ADDRESS:.*]] = arith.addi %[[I]], %[[C4096]]
// CHECK: call @edgebertLoad(%[[C1]], %[[C1]], %[[ADDRESS]], %[[C4]])
// CHECK: call @edgebertStore(
// CHECK: call @edgebertHostWork(
func.func @memory_ops(%i: index) -> i8 {
  %v = edgebert.get_region @r : memref<1024xi8>
  %m = edgebert.scratchpad at 0 : memref<4xi16, #edgebert.space<mask, 1>>
  %d = edgebert.scratchpad at 256 : memref<4x16xi8, #edgebert.space<data, 1>>
  edgebert.load @r[%i], %m : memref<4xi16, #edgebert.space<mask, 1>>
  edgebert.store %d, @r[%i] : memref<4x16xi8, #edgebert.space<data, 1>>
  edgebert.host_work transpose, 7
  %b = memref.load %v[%i] : memref<1024xi8>
  return %b : i8
}

// Registers are their offsets; 32-bit values are unsigned.
// CHECK-LABEL: func.func @commands(
// CHECK-SAME: %[[X:.*]]: i32
// CHECK-DAG: %[[COMMAND:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[STATUS:.*]] = arith.constant 92 : index
// CHECK: %[[VALUE:.*]] = arith.index_castui %[[X]] : i32 to index
// CHECK: call @edgebertWrite32(%[[COMMAND]], %[[VALUE]])
// CHECK: call @edgebertWait()
// CHECK: %[[READ:.*]] = call @edgebertRead32(%[[STATUS]])
// CHECK: %[[RESULT:.*]] = arith.index_castui %[[READ]] : index to i32
// CHECK: return %[[RESULT]]
func.func @commands(%x: i32) -> i32 {
  edgebert.write_reg command, %x
  edgebert.wait
  %s = edgebert.read_reg status
  return %s : i32
}

// A probe passes its name, bytes and element type: 64 bytes of f32 (1). Names
// of arguments have done their work.
// CHECK-LABEL: func.func @probe(
// CHECK-NOT: edgebert.name
// CHECK-DAG: %[[BYTES:.*]] = arith.constant 64 : index
// CHECK-DAG: %[[F32:.*]] = arith.constant 1 : index
// CHECK: memref.get_global @edgebert_string
// CHECK: call @edgebertProbe(%{{.*}}, %{{.*}}, %[[BYTES]], %[[F32]])
func.func @probe(%x: memref<4x4xf32> {edgebert.name = "x"}) {
  edgebert.probe "ab" %x : memref<4x4xf32>
  return
}

// Work says where it comes from when that changes: once for two loads of one
// node, again behind other work and in a loop, never for work without a name.
// CHECK-LABEL: func.func @origins(
// CHECK: memref.get_global @"edgebert_string./first" : memref<7xi8>
// CHECK: call @edgebertOrigin
// CHECK-NEXT: call @edgebertWait
// CHECK-NEXT: call @edgebertWait
// CHECK-NEXT: call @edgebertWait
// CHECK: memref.get_global @"edgebert_string./second"
// CHECK: call @edgebertOrigin
// CHECK-NEXT: call @edgebertWait
// CHECK: scf.for
// CHECK: memref.get_global @"edgebert_string./first"
// CHECK: call @edgebertOrigin
// CHECK-NEXT: call @edgebertWait
func.func @origins(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  edgebert.wait loc("/first")
  edgebert.wait loc(fused["/first", "/other"])
  edgebert.wait loc(unknown)
  edgebert.wait loc("/second")
  scf.for %i = %c0 to %n step %c1 {
    edgebert.wait loc("/first")
  }
  return
}
