//===- Passes.td - passes on the edgebert dialect ----------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_PASSES_TD
#define EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def SchedulePass : Pass<"edgebert-schedule", "::mlir::ModuleOp"> {
  let summary = "Tile accelerator operations and place their data";
  let description = [{
    Turns every bufferized `matmul`, `softmax`, `layer_norm` and `add` into
    loops over tiles: the host packs operands into DRAM regions, transfers fill
    the chip's memories, `run_*` ops compute, and the host unpacks the result.
    Constant right-hand sides (weights) are tiled and bitmask-encoded here, once
    per distinct constant and tiling, and become `region`s with contents.

    Tile sizes, loop order and addresses minimise the machine's own cycle
    formulas over all tilings that fit its memories; an operation that fits no
    tiling is an error that says what is too large.

    With the strategy `best`, a layer norm that is the only reader of a sum
    takes its rows from where the addition left them. `greedy` schedules each
    operation by itself, and `thesis` in the tiles of the thesis's driver (fact
    sheet 7.3), to compare with.

    Consumes the accelerator form after bufferization; yields the scheduled
    form.

    Before:
    ```mlir
    edgebert.add ins(%a, %b : memref<64x256xi8>, memref<64x256xi8>)
      outs(%c : memref<64x256xi8>) {lhs_bias = 4 : i32, rhs_bias = 4 : i32, out_bias = 5 : i32}
    ```
    After (shortened):
    ```mlir
    edgebert.load @ones[%0], %a_mask : memref<1024xi16, #edgebert.space<mask, 1>>
    edgebert.load @stage_0[%off], %a_data : memref<1024x16xi8, #edgebert.space<data, 1>>
    edgebert.run_add ins(%a_data, %a_mask, %b_data, %b_mask) outs(%c_data, %c_mask) ...
    edgebert.store %c_data, @stage_1[%off]
    func.call @edgebert_expand(%masks, %data, %vectors)
    ```
  }];
  let options = [
    Option<"machine", "machine", "std::string", "\"asic\"",
           "The machine description to fit: asic, rtl or FILE.yaml">,
    Option<"strategy", "strategy", "ScheduleStrategy",
           "ScheduleStrategy::Best", "How operations are cut and joined",
           [{::edgebert::accel::getScheduleStrategies()}]>,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"];
}

def EmitCommandsPass : Pass<"edgebert-emit-commands", "::mlir::ModuleOp"> {
  let summary = "Turn transfers and on-chip operations into register writes";
  let description = [{
    Consumes the scheduled form; yields the command form, in which the host
    reaches the chip only through `write_reg`, `read_reg`, `wait` and the shared
    DRAM. A machine with literal state (rtl) is reset before each operation.

    Before:
    ```mlir
    edgebert.load @stage[%off], %buf : memref<256x16xi8, #edgebert.space<data, 1>>
    ```
    After (%base is the region's address plus %off):
    ```mlir
    edgebert.write_reg use_axi, %c0
    edgebert.write_reg flip_mem, %c1
    edgebert.write_reg input_read_base, %base
    edgebert.write_reg vector_count, %c255
    edgebert.write_reg command, %c3
    edgebert.wait
    ```
  }];
  let options = [
    Option<"machine", "machine", "std::string", "\"asic\"",
           "The machine description whose register layout is used: asic, rtl or "
           "FILE.yaml">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def CountHostWorkPass : Pass<"edgebert-count-host-work", "::mlir::func::FuncOp"> {
  let summary = "Insert accounts of the work the host does";
  let description = [{
    Before every linalg op and memref.copy on buffers, inserts an
    `edgebert.host_work` with the bytes it copies or transposes, or the elements
    (iterations) it looks up in a small table by their codes, or computes. Extents must be static; an op with dynamic extents is
    left uncounted with a remark.
  }];
  let dependentDialects = ["::edgebert::accel::EdgeBERTDialect"];
}

def EarlyExitPass : Pass<"edgebert-early-exit", "::mlir::func::FuncOp"> {
  let summary = "Stop at the first layer whose exit head is sure";
  let description = [{
    Early exit (thesis 9.1.1, algorithm 2) of a function on tensors that returns
    the logits of one exit per layer, stacked. What only later exits need moves
    into the else region of an `scf.if` behind each exit but the last, so that
    it is not run when the entropy of the exit's softmax is at most the
    threshold. The threshold is a new argument, `exit_threshold`, in nats; the
    results become the logits of the exit taken and its number from 1,
    `exit_layer`. The chip's unit takes the entropy of the logits, which the
    host encodes for it (ExitRules.h).

    With `dvfs`, algorithm 3: behind the first exit, the last exit is looked up
    by the entropy there, and the machine goes to the lowest voltage/frequency
    point at which the cycles to it fit into the time that is left. New
    arguments: `target_latency`, in milliseconds; `exit_table`, the exit by
    steps of the entropy (64 of 1/16 nat); `exit_cycles`, the cycles to the
    first exit, and from there to each other one.

    Before:
    ```mlir
    %1 = tensor.insert_slice %first into %0[0, 0] [1, 2] [1, 1] : ...
    %2 = tensor.insert_slice %second into %1[1, 0] [1, 2] [1, 1] : ...
    return %2 : tensor<2x2xf32>
    ```
    After:
    ```mlir
    %sure = edgebert.entropy ins(%codes : tensor<16x!numfmt.afp<8,3>>) threshold(%t) {in_bias = 6 : i32}
    %r:2 = scf.if %sure -> (tensor<1x2xf32>, tensor<1xi64>) {
      scf.yield %first, %one : tensor<1x2xf32>, tensor<1xi64>
    } else {
      %second = ... // the second layer
      scf.yield %second, %two : tensor<1x2xf32>, tensor<1xi64>
    }
    return %r#0, %r#1 : tensor<1x2xf32>, tensor<1xi64>
    ```
  }];
  let options = [
    Option<"dvfs", "dvfs", "bool", "false",
           "Predict the exit after the first one, and slow down to the target "
           "latency">,
    Option<"machine", "machine", "std::string", "\"asic\"",
           "The machine description with the points: asic, rtl or FILE.yaml">,
  ];
  let dependentDialects = [
    "::edgebert::accel::EdgeBERTDialect", "::edgebert::numfmt::NumFmtDialect",
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

def SkipHeadsPass : Pass<"edgebert-skip-heads", "::mlir::func::FuncOp"> {
  let summary = "Do not compute attention heads whose span is zero";
  let description = [{
    Where the constant span of a softmax has no weight in any row of a head, the
    head's context is zero whatever its scores are. So the product with the
    values and, if nothing else reads its result, the product that makes the
    scores get a `live` list of the other heads. Between the scores and the
    softmax there may be element-wise host code and reshapes; that code still
    runs for all heads.

    Before (metadata and shapes shortened):
    ```mlir
    %s = edgebert.matmul ins(%q, %k : tensor<12x128x64>, tensor<12x128x64>)
    %p = edgebert.softmax ins(%s) span(%span : tensor<12x128>)
    %c = edgebert.matmul ins(%p, %v)
    ```
    After, with a span that is zero in rows 1 to 11:
    ```mlir
    %s = edgebert.matmul ins(%q, %k) {live = array<i64: 0>}
    %p = edgebert.softmax ins(%s) span(%span)
    %c = edgebert.matmul ins(%p, %v) {live = array<i64: 0>}
    ```
  }];
}

def SplitDestinationsPass : Pass<"edgebert-split-destinations", "::mlir::func::FuncOp"> {
  let summary = "Give each block its own tensor.empty ops";
  let description = [{
    Layers behind early exits are nested blocks. A destination that they share
    would become one buffer for all of them, written again in a branch, and
    `edgebert-schedule` keeps on the chip only what no branch can touch. So each
    block gets a copy of the `tensor.empty` ops from outside that it uses. Runs
    last before bufferization: CSE joins the copies again.

    Before:
    ```mlir
    %0 = tensor.empty() : tensor<16xf32>
    %1 = linalg.exp ins(%x : tensor<16xf32>) outs(%0 : tensor<16xf32>) -> tensor<16xf32>
    scf.if %c -> tensor<16xf32> {
      %2 = linalg.log ins(%1 : tensor<16xf32>) outs(%0 : tensor<16xf32>) -> tensor<16xf32>
    ```
    After:
    ```mlir
    scf.if %c -> tensor<16xf32> {
      %3 = tensor.empty() : tensor<16xf32>
      %2 = linalg.log ins(%1 : tensor<16xf32>) outs(%3 : tensor<16xf32>) -> tensor<16xf32>
    ```
  }];
}

def RefineBranchesPass : Pass<"edgebert-refine-branches", "::mlir::func::FuncOp"> {
  let summary = "Let branches yield buffers in the layout that both have";
  let description = [{
    Bufferization gives the results of an `scf.if` a dynamic layout where it
    does not see that both branches agree. Where both yield casts of buffers of
    one type, the result becomes that type, so that the generated C (in which
    strides are numbers) knows it. Runs after bufferization.

    Before:
    ```mlir
    %r = scf.if %c -> (memref<1x2xf32, strided<[?, ?], offset: ?>>) {
      %0 = memref.cast %a : memref<1x2xf32> to memref<1x2xf32, strided<[?, ?], offset: ?>>
      scf.yield %0 : memref<1x2xf32, strided<[?, ?], offset: ?>>
    ```
    After:
    ```mlir
    %r = scf.if %c -> (memref<1x2xf32>) {
      scf.yield %a : memref<1x2xf32>
    ```
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def VerifyFormPass : Pass<"edgebert-verify-form", "::mlir::ModuleOp"> {
  let summary = "Check that a module is in a named form";
  let description = [{
    The contract between halves of the compiler. Each form allows the dialects
    of the forms' host code and its own:

    | form | allows | requires |
    |---|---|---|
    | `model` | host code | tensors; no numfmt, no edgebert |
    | `compressed` | + numfmt, mask | |
    | `accelerator` | + edgebert tensor ops | |
    | `scheduled` | memrefs, edgebert memory ops | no edgebert tensor op, no numfmt, no tensor values |
    | `command` | memrefs, register ops | no edgebert memory op except regions |

    Host code is any op that is neither numfmt's nor ours: on tensors in the
    first three forms, on memrefs in the last two. Probes stay in all forms from
    the accelerator form on, accounts of host work from the scheduled form on.

    All violations are reported, not only the first.
  }];
  let options = [
    Option<"form", "form", "::edgebert::accel::Form",
           "::edgebert::accel::Form::Model", "The form to check", [{
      ::llvm::cl::values(
        clEnumValN(::edgebert::accel::Form::Model, "model", "Model form"),
        clEnumValN(::edgebert::accel::Form::Compressed, "compressed", "Compressed form"),
        clEnumValN(::edgebert::accel::Form::Accelerator, "accelerator", "Accelerator form"),
        clEnumValN(::edgebert::accel::Form::Scheduled, "scheduled", "Scheduled form"),
        clEnumValN(::edgebert::accel::Form::Command, "command", "Command form"))
    }]>,
  ];
}

#endif // EDGEBERT_DIALECT_EDGEBERT_TRANSFORMS_PASSES_TD
