// RUN: edgebert-opt %s --split-input-file --convert-command-to-emitc | FileCheck %s

// Registers by name, constants as they are read in a data sheet, regions and
// constants as places in the image.
// CHECK-LABEL: emitc.func @commands
// CHECK: verbatim "EDGEBERT_HOST_WORK(EDGEBERT_HOST_TRANSPOSE, 256);"
// CHECK: literal "EDGEBERT_USE_AXI" : ui32
// CHECK: call_opaque "edgebert_write32"
// CHECK: literal "0xff00u" : ui32
// CHECK: call_opaque "edgebert_wait"
// CHECK: %[[R:.*]] = call_opaque "edgebert_read32"(%{{.*}}) : (ui32) -> ui32
// CHECK: cast %[[R]] : ui32 to i32
// CHECK: literal "(EDGEBERT_DRAM + 4096)" : !emitc.ptr<ui8>
// CHECK: literal "(EDGEBERT_DRAM + 8192)" : !emitc.ptr<ui8>
// CHECK: call_opaque "memcpy"
// CHECK-NOT: probe
edgebert.region @stage at 4096 size 4096
memref.global "private" constant @weights : memref<256xi8> = dense<7>
func.func @commands(%value: i32) -> i32 {
  edgebert.host_work transpose, 256
  edgebert.write_reg use_axi, %value
  %c = arith.constant 65280 : i32
  edgebert.write_reg command, %c
  edgebert.wait
  %status = edgebert.read_reg status
  %stage = edgebert.get_region @stage : memref<4096xi8>
  %c16 = arith.constant 16 : index
  %view = memref.view %stage[%c16][] : memref<4096xi8> to memref<256xi8>
  %weights = memref.get_global @weights : memref<256xi8>
  memref.copy %weights, %view : memref<256xi8> to memref<256xi8>
  edgebert.probe "kernel" %view : memref<256xi8>
  return %status : i32
}

// -----

// A buffer is the address of its first element; offsets go into the address,
// strides into the index.
// CHECK-LABEL: emitc.func @buffers
// CHECK-SAME: (%[[M:.*]]: !emitc.ptr<ui8>, %[[I:.*]]: i64)
// CHECK: %[[ROW:.*]] = mul %[[I]], %{{.*}} : (i64, i64) -> i64
// CHECK: %[[PLACE:.*]] = add %[[M]], %[[ROW]] : (!emitc.ptr<ui8>, i64)
// CHECK: %[[COLUMN:.*]] = add %[[PLACE]], %{{.*}} : (!emitc.ptr<ui8>, i64)
// CHECK: %[[INDEX:.*]] = mul %[[I]], %{{.*}} : (i64, i64) -> i64
// CHECK: %[[AT:.*]] = add %[[INDEX]], %[[I]] : (i64, i64) -> i64
// CHECK: call_opaque "eb_load_i16"(%[[COLUMN]], %[[AT]]) : (!emitc.ptr<ui8>, i64) -> i16
func.func @buffers(%m: memref<8x16xi16>, %i: index) -> i16 {
  %s = memref.subview %m[%i, 3] [2, 4] [1, 1]
      : memref<8x16xi16> to memref<2x4xi16, strided<[16, 1], offset: ?>>
  %v = memref.load %s[%i, %i] : memref<2x4xi16, strided<[16, 1], offset: ?>>
  return %v : i16
}

// -----

// Arithmetic that C would do otherwise is a helper's; indices do not overflow.
// CHECK-LABEL: emitc.func @scalars
// CHECK: call_opaque "eb_addi_i32"
// CHECK: call_opaque "eb_shrui_i8"
// CHECK: call_opaque "eb_ult_i32"
// CHECK: call_opaque "eb_fueq_f32"
// CHECK: call_opaque "fmaf"
// CHECK: call_opaque "tanh"
// CHECK: mul %{{.*}}, %{{.*}} : (f32, f32) -> f32
// CHECK: add %{{.*}}, %{{.*}} : (i64, i64) -> i64
// CHECK: literal "1.00000001e-10f" : f32
// CHECK: literal "(-INFINITY)" : f32
// CHECK: literal "INT32_MIN" : i32
func.func @scalars(%a: i32, %c: i32, %b: i8, %f: f32, %d: f64, %i: index) {
  %0 = arith.addi %a, %c : i32
  %1 = arith.shrui %b, %b : i8
  %2 = arith.cmpi ult, %a, %c : i32
  %3 = arith.cmpf ueq, %f, %f : f32
  %4 = math.fma %f, %f, %f : f32
  %5 = math.tanh %d : f64
  %6 = arith.mulf %f, %f : f32
  %7 = arith.addi %i, %i : index
  %8 = arith.constant 1.0e-10 : f32
  %9 = arith.constant 0xFF800000 : f32
  %10 = arith.constant -2147483648 : i32
  return
}
