//===- Passes.td - baseline programs -----------------------*- tablegen -*-===//

#ifndef EDGEBERT_BASELINES_PASSES
#define EDGEBERT_BASELINES_PASSES

include "mlir/Pass/PassBase.td"

def WriteBaselinePass : Pass<"edgebert-write-baseline", "::mlir::ModuleOp"> {
  let summary = "Write the program that a baseline would run";
  let description = [{
    Lowers the module's one function, in the model form, to one of the programs
    the thesis compares EdgeBERT with (9.5, 9.6) and writes its steps. Changes
    nothing. `tools/dev bench thesis-9` turns the steps into cycles.

    - `core`: the Ariane core alone, in naive loops;
    - `systolic`: products in 32x32 tiles on a systolic array, the sums of tiles
      and everything else on the core;
    - `thesis-driver`: the thesis's own program for EdgeBERT (9.5.4), which its
      speedups were measured with.

    For a product of [128, 64] by [64, 128], `core` is one step:

    ```json
    {"module": "attention", "category": "compute", "kind": "matmul",
     "op": "/scores", "times": 12, "kernel": "matmul_i32",
     "sizes": [128, 64, 128]}
    ```
  }];
  let options = [
    Option<"program", "program", "::edgebert::baselines::ProgramKind",
           /*default=*/"::edgebert::baselines::ProgramKind::Core",
           "core, systolic or thesis-driver", [{::llvm::cl::values(
             clEnumValN(::edgebert::baselines::ProgramKind::Core, "core",
                        "the RISC-V core alone"),
             clEnumValN(::edgebert::baselines::ProgramKind::Systolic,
                        "systolic", "a 32x32 systolic array and the core"),
             clEnumValN(::edgebert::baselines::ProgramKind::ThesisDriver,
                        "thesis-driver",
                        "the thesis's EdgeBERT program"))}]>,
    Option<"format", "format", "::edgebert::baselines::ProgramFormat",
           /*default=*/"::edgebert::baselines::ProgramFormat::Json",
           "json, or c for the core's program", [{::llvm::cl::values(
             clEnumValN(::edgebert::baselines::ProgramFormat::Json, "json",
                        "the steps"),
             clEnumValN(::edgebert::baselines::ProgramFormat::C, "c",
                        "a C program that calls the core's kernels"))}]>,
    Option<"output", "output", "std::string", /*default=*/"\"-\"",
           "the file to write; - is standard output">,
    Option<"machine", "machine", "std::string", /*default=*/"\"asic\"",
           "the machine whose bus, DMA and units are used: asic, rtl or a YAML "
           "file">
  ];
}

#endif // EDGEBERT_BASELINES_PASSES
