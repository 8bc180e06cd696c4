// RUN: edgebert-opt %s --split-input-file --verify-diagnostics --edgebert-pack-arguments | FileCheck %s

// Word 1 is not used and not loaded.
// CHECK-LABEL: llvm.func @main(%{{.*}}: !llvm.ptr) {
// CHECK: %[[P0:.*]] = llvm.getelementptr %{{.*}}[0] : (!llvm.ptr) -> !llvm.ptr, i64
// CHECK: %[[A:.*]] = llvm.load %[[P0]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[P2:.*]] = llvm.getelementptr %{{.*}}[2] : (!llvm.ptr) -> !llvm.ptr, i64
// CHECK: %[[B:.*]] = llvm.load %[[P2]] : !llvm.ptr -> i64
// CHECK: llvm.store %[[B]], %[[A]]
llvm.func @main(%a: !llvm.ptr, %unused: i64, %b: i64) {
  llvm.store %b, %a : i64, !llvm.ptr
  llvm.return
}

// -----

// expected-error @below {{cannot be executed: the entry function is called}}
llvm.func @main(%a: i64) {
  llvm.call @main(%a) : (i64) -> ()
  llvm.return
}
