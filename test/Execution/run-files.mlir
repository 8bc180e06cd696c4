// Arrays in and out, one run per row.
// RUN: %python -c "import numpy as np; x = np.arange(12, dtype=np.float32).reshape(4, 3); np.savez('%t.npz', x=x, twice=2 * x, wrong=x, labels=np.array([2, 2, 2, 0]), names=np.array(['a', 'b'])); np.savez('%t-int.npz', x=x.astype(np.int32)); np.savez('%t-wide.npz', x=np.zeros((4, 5), np.float32)); np.savez('%t-named.npz', y=x)"
// RUN: edgebert-run %s --inputs=%t.npz --outputs=%t-out.npz
// RUN: %python -c "import numpy as np; y = np.load('%t-out.npz')['y']; assert y.shape == (4, 3) and y.dtype == np.float32 and (y == 2 * np.arange(12).reshape(4, 3)).all(), y"
// RUN: edgebert-run %s --inputs=%t.npz --outputs=%t-out.npy --limit=2
// RUN: %python -c "import numpy as np; assert np.load('%t-out.npy').shape == (2, 3)"
// RUN: edgebert-run %s --inputs=%t-named.npz --bind=x=y --outputs=%t-out.npy
// RUN: edgebert-run %s --inputs=%t.npz --limit=1 | FileCheck %s --check-prefix=PRINT
// PRINT: y: float32[1, 3] = {{\[\[}}0, 2, 4{{\]\]}}

// RUN: edgebert-run %s --inputs=%t.npz --golden=y:twice --labels=labels --time=1 | FileCheck %s --check-prefix=GOLDEN
// GOLDEN: accuracy: 75.00 % of 4
// GOLDEN: compile: {{[0-9]+}} ms lowering, {{[0-9]+}} ms code generation
// GOLDEN: forward: median {{.*}} ms
// GOLDEN: golden y: max abs diff 0, max rel diff 0 (tolerance 0.0001)

// RUN: not edgebert-run %s --inputs=%t.npz --golden=y:wrong 2>&1 | FileCheck %s --check-prefix=WRONG
// WRONG-DAG: golden y: max abs diff 11, max rel diff 1
// WRONG-DAG: error: output 'y' differs from the golden values
// RUN: not edgebert-run %s --inputs=%t.npz --golden=z:wrong 2>&1 | FileCheck %s --check-prefix=NOOUTPUT
// NOOUTPUT: error: expected an output 'z', found y
// RUN: not edgebert-run %s 2>&1 | FileCheck %s --check-prefix=NOINPUTS
// NOINPUTS: error: expected --inputs=FILE.npz with x: float32[1, 3]
// RUN: not edgebert-run %s --inputs=%t-named.npz 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: npz: expected an array 'x', found y
// RUN: not edgebert-run %s --inputs=%t-int.npz 2>&1 | FileCheck %s --check-prefix=DTYPE
// DTYPE: error: input 'x': expected float32[1, 3], found int32[
// RUN: not edgebert-run %s --inputs=%t-wide.npz 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: error: input 'x': expected float32[1, 3], found float32[4, 5]
// RUN: not edgebert-run %s --inputs=%s 2>&1 | FileCheck %s --check-prefix=NOTZIP
// NOTZIP: cannot read as .npz
// RUN: not edgebert-run %s --inputs=%t.npz --bind=q=y 2>&1 | FileCheck %s --check-prefix=BIND
// BIND: error: expected --bind=INPUT=ARRAY with an input of x, found 'q=y'
// RUN: not edgebert-run %s --entry=absent --inputs=%t.npz 2>&1 | FileCheck %s --check-prefix=ENTRY
// ENTRY: expected a function 'absent' with a body, found main

func.func @main(%x: tensor<1x3xf32> {edgebert.name = "x"})
    -> (tensor<1x3xf32> {edgebert.name = "y"}) {
  %y = arith.addf %x, %x : tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}
