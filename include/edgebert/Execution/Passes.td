//===- Passes.td - passes of the host pipeline --------------*- tablegen -*-===//

#ifndef EDGEBERT_EXECUTION_PASSES_TD
#define EDGEBERT_EXECUTION_PASSES_TD

include "mlir/Pass/PassBase.td"

def HoistConstants : Pass<"edgebert-hoist-constants", "mlir::ModuleOp"> {
  let summary = "Turn large constants into trailing arguments of a function";
  let description = [{
    Weights must not travel through LLVM IR, where every byte costs compile
    time. Each distinct `arith.constant` of a tensor type with at least
    `min-elements` elements becomes one trailing argument of the entry
    function; the argument attribute `edgebert.constant` holds its value, and
    the runner passes a pointer to it. Run the inliner first: only constants in
    the body of the entry function are moved.

    ```mlir
    func.func @main(%x: tensor<2xf32>) {
      %w = arith.constant dense_resource<w> : tensor<64x64xf32>
    // becomes
    func.func @main(%x: tensor<2xf32>, %w: tensor<64x64xf32>
        {edgebert.constant = dense_resource<w> : tensor<64x64xf32>}) {
    ```
  }];
  let options = [
    Option<"entry", "entry", "std::string", "\"main\"",
           "name of the entry function">,
    Option<"minElements", "min-elements", "int64_t", "64",
           "smaller constants stay where they are">
  ];
}

def FoldTransposeIntoContraction
    : Pass<"edgebert-fold-transpose-into-contraction"> {
  let summary = "Let contractions read and write transposed tensors directly";
  let description = [{
    A `linalg.transpose` of an operand, or of the only use of the result, of a
    contraction becomes a permuted indexing map of a `linalg.generic`. The
    strides then go to the matrix product routine, which handles them for free.
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect",
                           "mlir::tensor::TensorDialect"];
}

def ConvertConvToMatmul : Pass<"edgebert-convert-conv-to-matmul"> {
  let summary = "Rewrite convolutions as patch gathering and a contraction";
  let description = [{
    A convolution with several filter taps becomes a `linalg.generic` that
    copies the input patches into a tensor with one dimension per loop (im2col),
    followed by a contraction. Layout, stride, dilation and group structure are
    read from the indexing maps. Depthwise convolutions have no matrix product
    inside and stay.
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect",
                           "mlir::tensor::TensorDialect"];
}

def FuseElementwise : Pass<"edgebert-fuse-elementwise"> {
  let summary = "Fuse chains of element-wise linalg operations";
  let description = [{
    Decomposes `linalg.softmax`, generalizes element-wise named operations and
    fuses producers into consumers where that repeats no expensive work: the
    producer has one use, and either it iterates as often as its consumer or its
    body is cheap.
  }];
  let dependentDialects = ["mlir::affine::AffineDialect",
                           "mlir::arith::ArithDialect",
                           "mlir::linalg::LinalgDialect",
                           "mlir::math::MathDialect",
                           "mlir::tensor::TensorDialect"];
}

def YieldInPlace : Pass<"edgebert-yield-in-place"> {
  let summary = "Make loops yield tensors in the buffers they started with";
  let description = [{
    A `scf.for` that yields a new tensor would need a new buffer per iteration.
    A `linalg.copy` into the iteration argument gives the new value the old
    one's buffer; values that are computed in it already stay as they are.
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect"];
}

def PlanBuffers : Pass<"edgebert-plan-buffers", "mlir::ModuleOp"> {
  let summary = "Pass results and temporaries as arguments of the function";
  let description = [{
    Runs after bufferization. Results of the entry function become trailing
    arguments that it fills. All temporaries share one arena, a last argument
    `memref<BYTESxi8>`, and the function attribute `edgebert.arena` is its size;
    buffers whose lifetimes do not overlap share bytes. The compiled function
    then never allocates.
  }];
  let options = [Option<"entry", "entry", "std::string", "\"main\"",
                        "name of the entry function">];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::memref::MemRefDialect"];
}

def LowerContractions : Pass<"edgebert-lower-contractions", "mlir::ModuleOp"> {
  let summary = "Call the matrix product routine for contractions on memrefs";
  let description = [{
    Every linalg operation whose body is `c + a * b` in f32 or f64 and whose
    loops split into batch, row, column and one reduction becomes a call of
    `edgebert_rt_gemm_f32` / `_f64` with strides; a preceding `linalg.fill` of
    zero on the same output becomes a flag of the call. Operations that do not
    fit are left for edgebert-lower-linalg-to-vector-loops.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::func::FuncDialect",
                           "mlir::memref::MemRefDialect"];
}

def OutlineKernels : Pass<"edgebert-outline-kernels", "mlir::ModuleOp"> {
  let summary = "Move each linalg operation into a function, equal ones once";
  let description = [{
    Every linalg operation on memrefs in the functions of the module becomes a
    call of a private function that holds a copy of it; operations that are
    equal but for their buffers share one. Layers of the same shape are then
    compiled once, and LLVM sees many small functions instead of a large one,
    on which its loop analyses are slower than linear.
  }];
  let dependentDialects = ["mlir::func::FuncDialect"];
}

def LowerLinalgToVectorLoops
    : Pass<"edgebert-lower-linalg-to-vector-loops"> {
  let summary = "Lower linalg on memrefs to loops over vectors";
  let description = [{
    Loops with adjacent strides are collapsed, one loop that all operands walk
    with stride 1 or 0 is vectorised (512 bits on every host, so that results do
    not depend on the host), and its remainder is masked. A reduction along the
    vectorised loop keeps one partial result per lane and combines them in a
    fixed tree: this is the only place where the pipeline reassociates.
    Operations with other access functions fall back to upstream's scalar loops.

    With `scalar`, loops over single elements that compute the same bits, the
    partial results of a reduction in an array: for targets without vectors.
  }];
  let options = [Option<"scalar", "scalar", "bool", "false",
                        "no vectors, but the same bits">];
  let dependentDialects = ["mlir::affine::AffineDialect",
                           "mlir::arith::ArithDialect",
                           "mlir::memref::MemRefDialect",
                           "mlir::scf::SCFDialect",
                           "mlir::vector::VectorDialect"];
}

def LowerCheck : Pass<"edgebert-lower-check", "mlir::ModuleOp"> {
  let summary = "Call the runtime for check operations on memrefs";
  let description = [{
    Each `check` operation becomes a call of `edgebert_rt_check` with a
    description of the comparison (kind, element type, shape, tolerances,
    location) and the two buffers. Runs after bufferization, before
    edgebert-plan-buffers.
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect",
                           "mlir::arith::ArithDialect",
                           "mlir::func::FuncDialect",
                           "mlir::memref::MemRefDialect"];
}

def LowerFault : Pass<"edgebert-lower-fault", "mlir::ModuleOp"> {
  let summary = "Call the runtime for fault operations on memrefs";
  let description = [{
    Each `fault.site` becomes a call of `edgebert_rt_fault_site` with its id and
    its buffer (FaultSession.h); a buffer that is not contiguous is copied there
    and back. Runs after bufferization, before edgebert-plan-buffers.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::func::FuncDialect",
                           "mlir::memref::MemRefDialect"];
}

def PackArguments : Pass<"edgebert-pack-arguments", "mlir::ModuleOp"> {
  let summary = "Pass the arguments of the entry function as a table of words";
  let description = [{
    In the LLVM dialect a memref is several arguments, and a model has hundreds
    of memrefs: LLVM's code generation of such a call is quadratic. The entry
    function gets one pointer to 64-bit words instead, one per argument, and
    loads those that it uses.
  }];
  let options = [Option<"entry", "entry", "std::string", "\"main\"",
                        "name of the entry function">];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

def ExpandMath : Pass<"edgebert-expand-math"> {
  let summary = "Expand transcendental functions into polynomials";
  let description = [{
    exp, log, tanh, erf, sin, cos and others on f32, scalar or vector, become
    polynomials of a few ulp; the same value gives the same bits in any lane.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::math::MathDialect",
                           "mlir::vector::VectorDialect"];
}

def Tabulate : Pass<"numfmt-tabulate", "::mlir::func::FuncOp"> {
  let summary = "Look up element-wise functions of codes in tables";
  let description = [{
    A function of one number, between `dequantize` of a format of up to 8 bits
    and `quantize`, has as many values as the format has codes: it becomes a
    `numfmt.lookup`. The ops between must be element-wise and parallel, over
    the dequantized tensor and constants (scalars and splats) only, and nothing
    else may use their results; metadata must be constant and per tensor.

    ```mlir
    %x = numfmt.dequantize %c, %c5
           : tensor<128x3072x!numfmt.afp<8,3>>, tensor<i8> -> tensor<128x3072xf32>
    %y = linalg.generic … ins(%x) outs(%e) { … math.erf … } -> tensor<128x3072xf32>
    %q = numfmt.quantize %y, %c5
           : tensor<128x3072xf32>, tensor<i8> -> tensor<128x3072x!numfmt.afp<8,3>>
    ```
    becomes
    ```mlir
    %table = arith.constant dense<…> : tensor<256xi8>
    %q = numfmt.lookup %c, %table : tensor<128x3072x!numfmt.afp<8,3>>,
           tensor<256xi8> -> tensor<128x3072x!numfmt.afp<8,3>>
    ```

    The entries are what the compiled code would compute, bit for bit: functions
    are expanded as by `edgebert-expand-math`. Where that depends on the
    computer, because some code gives a NaN or an op is not exactly defined,
    the ops stay.
  }];
  let options = [
    Option<"report", "report", "std::string", "\"\"",
           "Say in this placement report (of convert-linalg-to-edgebert) which "
           "ops are looked up">,
  ];
  let dependentDialects = [
    "::edgebert::numfmt::NumFmtDialect", "::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
}

#endif // EDGEBERT_EXECUTION_PASSES_TD
