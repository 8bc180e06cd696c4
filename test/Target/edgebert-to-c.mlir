// The three files of a driver, and that it needs nothing but C and its user.
// RUN: edgebert-translate --edgebert-to-c %s -o %t.c
// RUN: FileCheck %s --check-prefix=HEADER < %t.h
// RUN: FileCheck %s < %t.c
// RUN: od -An -v -tx1 -j 16 -N 64 %t.bin | FileCheck %s --check-prefix=IMAGE
// RUN: clang-22 -std=c99 -Wall -Wextra -pedantic -Werror -c %t.c -o %t.o
// RUN: llvm-nm --undefined-only --format=just-symbols %t.o | sort > %t.symbols
// RUN: FileCheck %s --check-prefix=SYMBOLS < %t.symbols

// HEADER: #define EDGEBERT_DRAM_SIZE 192u
// HEADER: #define EDGEBERT_IMAGE_SIZE 192u
// HEADER: temporaries, static: 64 bytes
// HEADER: in  x/y: float32[4]
// HEADER-NEXT: in  register: int8[4]
// HEADER-NEXT: out *_ }: float32[4]
// HEADER-NEXT: out result1: int32[]
// HEADER-NEXT: int edgebert_main(const float *x_y, const int8_t *register_, float *a_____, int32_t *result1);

// CHECK-NOT: #define EDGEBERT_SOFT_RESET
// CHECK: #define EDGEBERT_COMMAND 0x4u
// CHECK: #define EDGEBERT_STATUS 0x5cu
// CHECK: static void edgebert_program(
// CHECK: EDGEBERT_ORIGIN("a \"b\" \077");
// CHECK-NEXT: EDGEBERT_HOST_WORK(EDGEBERT_HOST_COPY, 4);
// CHECK: memcpy((EDGEBERT_DRAM + 16), (EDGEBERT_DRAM + 64), 4);
// CHECK: edgebert_write32(EDGEBERT_COMMAND, 0x1u);
// CHECK-NEXT: edgebert_wait();
// CHECK: edgebert_read32(EDGEBERT_STATUS);
// CHECK: {"x/y", "float32", 0, 16},
// CHECK-NEXT: {"register", "int8", 0, 4},
// CHECK-NEXT: {"*/ }", "float32", 1, 16},
// CHECK-NEXT: {"result1", "int32", 1, 4},

// Region at 16 from its first byte on, then the constants at 64 and 128.
// IMAGE: 05 06 07 08 00 00 00 00 00 00 00 00 00 00 00 00
// IMAGE-COUNT-2: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
// IMAGE: 01 02 03 04

// SYMBOLS-NOT: {{.}}
// SYMBOLS: edgebert_dram
// SYMBOLS-NEXT: edgebert_read32
// SYMBOLS-NEXT: edgebert_wait
// SYMBOLS-NEXT: edgebert_write32
// SYMBOLS-NEXT: fmaf
// SYMBOLS-NOT: {{.}}

edgebert.region @initialised at 16 size 4 init dense<[5, 6, 7, 8]> : tensor<4xi8>
edgebert.region @stage at 32 size 4
memref.global "private" constant @weights : memref<4xi8> = dense<[1, 2, 3, 4]>
memref.global "private" constant @scales : memref<16xf32> = dense<2.0>
func.func @main(%x: memref<4xf32> {edgebert.name = "x/y"},
                %codes: memref<4xi8> {edgebert.name = "register"})
    -> (memref<4xf32> {edgebert.name = "*/ }"}, memref<i32>) {
  %stage = edgebert.get_region @initialised : memref<4xi8>
  %weights = memref.get_global @weights : memref<4xi8>
  edgebert.host_work copy, 4 loc("a \"b\" ?")
  memref.copy %weights, %stage : memref<4xi8> to memref<4xi8>
  %c1 = arith.constant 1 : i32
  edgebert.write_reg command, %c1
  edgebert.wait
  %status = edgebert.read_reg status
  %last = memref.alloc() : memref<i32>
  memref.store %status, %last[] : memref<i32>
  %scales = memref.get_global @scales : memref<16xf32>
  %half = memref.subview %scales[2] [4] [3] : memref<16xf32> to memref<4xf32, strided<[3], offset: 2>>
  %t = memref.alloc() : memref<4xf32>
  linalg.copy ins(%half : memref<4xf32, strided<[3], offset: 2>>) outs(%t : memref<4xf32>)
  %y = memref.alloc() : memref<4xf32>
  linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]}
      ins(%x, %t : memref<4xf32>, memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %r = math.fma %a, %b, %a : f32
    linalg.yield %r : f32
  }
  return %y, %last : memref<4xf32>, memref<i32>
}
