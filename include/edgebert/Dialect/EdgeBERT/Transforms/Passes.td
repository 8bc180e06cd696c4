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
           [{::llvm::cl::values(
             clEnumValN(::edgebert::accel::ScheduleStrategy::Thesis, "thesis",
               "matmuls in the tiles of the thesis's driver, both operands loaded each time"),
             clEnumValN(::edgebert::accel::ScheduleStrategy::Greedy, "greedy",
               "each operation by itself in the cheapest tiles"),
             clEnumValN(::edgebert::accel::ScheduleStrategy::Best, "best",
               "operations that follow each other stay on the chip"))}]>,
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
