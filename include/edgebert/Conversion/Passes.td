//===- Passes.td - conversions between forms ---------------*- tablegen -*-===//

#ifndef EDGEBERT_CONVERSION_PASSES_TD
#define EDGEBERT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def QuantizeKernelsPass
    : Pass<"numfmt-quantize-kernels", "::mlir::func::FuncOp"> {
  let summary = "Quantize the operands and results of kernels";
  let description = [{
    Consumes the model form; yields the compressed form: every run-time value at
    the boundary of a recognised kernel becomes
    `dequantize(quantize(value, metadata), metadata)`, and every constant
    operand (weights, layer norm parameters) likewise. Biases that a matmul adds
    per column stay f32. `numfmt-quantize-constants` then encodes the constants.

    A value is quantized once, where it is made: views of it share its codes.
    The metadata of run-time values comes from a calibration file, by name.

    ```mlir
    %y = linalg.matmul ins(%x, %w) outs(%zero)
    ```
    becomes (metadata constants not shown)
    ```mlir
    %xq = numfmt.quantize %x, %m0
    %xd = numfmt.dequantize %xq, %m0
    %wq = numfmt.quantize %w, %m1
    %wd = numfmt.dequantize %wq, %m1
    %y = linalg.matmul ins(%xd, %wd) outs(%zero)
    %yq = numfmt.quantize %y, %m2
    %yd = numfmt.dequantize %yq, %m2
    ```
  }];
  let options = [
    Option<"format", "format", "std::string", "\"!numfmt.afp<8,3>\"",
           "The format, as a type">,
    Option<"calibration", "calibration", "std::string", "\"\"",
           "The calibration file (required)">,
    Option<"strategy", "strategy", "std::string", "\"min-max\"",
           "How ranges become metadata: min-max">,
    Option<"report", "report", "std::string", "\"\"",
           "Write what was quantized how to this JSON file">,
  ];
  let dependentDialects = ["::edgebert::numfmt::NumFmtDialect",
                           "::mlir::arith::ArithDialect"];
}

def ConvertLinalgToEdgeBERTPass
    : Pass<"convert-linalg-to-edgebert", "::mlir::func::FuncOp"> {
  let summary = "Put what the chip can do onto the chip";
  let description = [{
    Replaces recognised kernels (`edgebert-print-kernels`) whose operands are
    dequantized AdaptivFloat codes and whose result is quantized again by
    `edgebert` tensor ops on the codes themselves, each followed by an
    `edgebert.probe` with the kernel's id. Everything else stays host code, and
    a remark says why for each kernel that stays.

    Powers of two in scales are folded into the matmul's shift; a bias per
    output column into the addend's tile; the rest of a scale is multiplied on
    the host. Constant operands are transposed here.

    Consumes the compressed form; yields the accelerator form.

    Before (metadata and shapes shortened):
    ```mlir
    %x = numfmt.dequantize %xq, %c4
    %w = numfmt.dequantize %wq, %c0
    %y = linalg.matmul ins(%x, %w) outs(%zero)
    %yq = numfmt.quantize %y, %c5
    ```
    After:
    ```mlir
    %yq = edgebert.matmul ins(%xq, %wt) outs(%e)
      {lhs_bias = 4 : i32, rhs_bias = 0 : i32, out_bias = 5 : i32}
    edgebert.probe "/layer/query/MatMul" %yq
    ```
  }];
  let options = [
    Option<"calibration", "calibration", "std::string", "\"\"",
           "Calibration file with the rows' sums of squares, which decide how "
           "far a layer norm's input is scaled down; without it the scaling is "
           "the safe one for any input">,
    Option<"machine", "machine", "std::string", "\"asic\"",
           "The machine description to compile for: asic, rtl or FILE.yaml">,
    Option<"report", "report", "std::string", "\"\"",
           "Write what runs where, and why, to this JSON file">,
  ];
  let dependentDialects = [
    "::edgebert::accel::EdgeBERTDialect", "::edgebert::numfmt::NumFmtDialect",
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
}

def ApplyAttentionSpansPass
    : Pass<"edgebert-apply-attention-spans", "::mlir::func::FuncOp"> {
  let summary = "Weigh attention by the distance of tokens";
  let description = [{
    Multiplies the weights of each attention's softmax by a mask and normalises
    them again (thesis 9.1.2): with the span z of a head and the ramp R, key j
    has for query i the weight min(max((R + z - |j - i|) / R, 0), 1). A span of
    0 turns its head off: its result is 0. Queries that are fewer than the keys
    are the last tokens.

    The file holds `{"ramp": R, "spans": [[z, ...], ...]}`, a list per layer
    with a number per head, or one list for all layers. `edgebert-run` of the
    result is the f32 reference; the kernel finder takes softmax and span for
    one operation of the chip, and `edgebert-skip-heads` leaves out the heads
    that are off.

    Consumes and yields the model form.
  }];
  let options = [
    Option<"spans", "spans", "std::string", "\"\"",
           "JSON file with the ramp and the spans per layer and head">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
}

def PlaceEmbeddingsPass
    : Pass<"edgebert-place-embeddings", "::mlir::func::FuncOp"> {
  let summary = "Store embedding tables in eNVM";
  let description = [{
    Finds the look-ups of rows of a constant table (gathers as the importer
    makes them), and encodes each table for embedded non-volatile memory
    (thesis 9.3.1): as AdaptivFloat<8,3> codes with the bias that its largest
    element needs, a mask bit for each, and only the codes that are not zero.
    The look-ups then read what the codes mean; other uses of the constant, such
    as a tied head, do not change. The report says what each table takes, what
    its look-ups cost, and what loading it from DRAM after power-on would; the
    image is what the cells hold (Machine/Envm.h).

    The host's reads of the table still count as DRAM reads in the machine's
    cycles: how eNVM is reached from the host is not published.

    Consumes and yields the model form.
  }];
  let options = [
    Option<"machine", "machine", "std::string", "\"asic\"",
           "The machine description: asic, rtl or FILE.yaml">,
    Option<"report", "report", "std::string", "\"\"",
           "Write sizes and costs of the tables to this JSON file">,
    Option<"image", "image", "std::string", "\"\"",
           "Write the bytes that the memory holds to this file">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::edgebert::numfmt::NumFmtDialect"];
}

def ConvertEdgeBERTToRuntimePass
    : Pass<"convert-edgebert-to-runtime", "::mlir::ModuleOp"> {
  let summary = "Call the simulator for edgebert ops on buffers";
  let description = [{
    Replaces every edgebert op on memrefs, of any form, by a call of the
    function of the run-time library that does it: tensor ops by the definition
    of the whole operation, memory ops by the machine's transfers and units,
    commands by the machine's registers. Regions become views of the shared
    DRAM. The machine is told the names of the locations (ONNX nodes) that its
    work comes from. Consumes a bufferized module in any form.
  }];
  let options = [
    Option<"probes", "probes", "bool", "true",
           "Keep probes as calls; otherwise they are dropped">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect", "::mlir::LLVM::LLVMDialect"];
}

#endif // EDGEBERT_CONVERSION_PASSES_TD
