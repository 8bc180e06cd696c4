//===- Passes.td - passes of the numfmt dialect ------------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_NUMFMT_TRANSFORMS_PASSES_TD
#define EDGEBERT_DIALECT_NUMFMT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertNumFmtToLinalg : Pass<"convert-numfmt-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Lower numfmt ops to linalg and formatted tensors to integers";
  let description = [{
    `quantize`, `dequantize` and `emulate` become element-wise `linalg.generic`
    ops of arith on i32 and f32, without branches and calls, so that LLVM
    vectorises them; `lookup` becomes one whose body loads from the table.
    `to_bits` and `from_bits` disappear. Every other op that
    has formatted operands, results or block arguments gets storage integers
    instead, function signatures included: codes flow as i8, i16 or i32.

    ```mlir
    func.func @f(%x: tensor<4xf32>, %m: tensor<i8>) -> tensor<4x!numfmt.afp<8,3>> {
      %q = numfmt.quantize %x, %m
             : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>>
      return %q : tensor<4x!numfmt.afp<8,3>>
    }
    ```
    becomes
    ```mlir
    func.func @f(%x: tensor<4xf32>, %m: tensor<i8>) -> tensor<4xi8> {
      %init = tensor.empty() : tensor<4xi8>
      %q = linalg.generic … ins(%x, %m) outs(%init) { … } -> tensor<4xi8>
      return %q : tensor<4xi8>
    }
    ```

    Before bufferization: formatted tensors do not bufferize. Attributes are
    left as they are. An op that demands a formatted operand must be lowered
    first; else its verifier complains.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def NumFmtQuantizeConstants : Pass<"numfmt-quantize-constants"> {
  let summary = "Encode constant tensors of any size at compile time";
  let description = [{
    A `quantize` whose operands are constant becomes a constant of its codes.
    `dense_resource` inputs give `dense_resource` codes, a quarter as large for
    8 bits; the f32 constant goes when nothing else uses it. Equal ops share
    one constant.

    ```mlir
    %w = arith.constant dense_resource<w> : tensor<768x768xf32>
    %q = numfmt.quantize %w, %bias
           : tensor<768x768xf32>, tensor<i8> -> tensor<768x768x!numfmt.afp<8,3>>
    ```
    becomes
    ```mlir
    %c = arith.constant dense_resource<w_codes> : tensor<768x768xi8>
    %q = numfmt.from_bits %c
           : tensor<768x768xi8> -> tensor<768x768x!numfmt.afp<8,3>>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def NumFmtCollapseRequantize : Pass<"numfmt-collapse-requantize"> {
  let summary = "Forward codes through dequantize and quantize";
  let description = [{
    `quantize(dequantize(c, m), m)` with the same format, metadata and axis
    becomes `c`, in formats where that changes no value
    (`Format::requantizesExactly`: not `int`, whose most negative code would
    saturate).

    It may change codes: AdaptivFloat's second zero code is kept where the
    original made it the first, and a signalling NaN stays signalling. They
    decode alike, so only `to_bits` can tell. That is why this is no folder.
  }];
}

def NumFmtEmulate : Pass<"numfmt-emulate"> {
  let summary = "Run an f32 module in number formats, by class of tensor";
  let description = [{
    Rounds what matrix products and convolutions read and give:

    * **weights**: constant operands, also behind reshapes and transposes.
      Rounded now, under metadata chosen for each constant; a constant that is
      used elsewhere too is copied;
    * **activations**: other operands. Rounded at run time, once for all
      readers, under metadata that `choose_metadata` takes from the tensor;
    * **products**: results, before a bias is added.

    A class without a format stays f32. Formats are spelled as their types or
    presets (`bf16`, `mxfp4`); block rules are `tensor`, `axis=A`, `row`,
    `group=K` and `blocks=AxBx...` (edgebert/Numerics/Blocks.h). Arithmetic
    stays f32. Stochastic rounding has a stream for each tensor.

    ```mlir
    %y = linalg.matmul ins(%x, %w : …) outs(%z : …) -> tensor<8x16xf32>
    ```
    becomes, with `activations=afp<8,3>`,
    ```mlir
    %m = numfmt.choose_metadata %x as !numfmt.afp<8,3>
           : tensor<8x32xf32> -> tensor<i8>
    %e = numfmt.emulate %x, %m as !numfmt.afp<8,3>
           : tensor<8x32xf32>, tensor<i8> -> tensor<8x32xf32>
    %y = linalg.matmul ins(%e, %w : …) outs(%z : …) -> tensor<8x16xf32>
    ```
  }];
  let options = [
    Option<"weights", "weights", "std::string", "",
           "format of constant operands; none: f32">,
    Option<"activations", "activations", "std::string", "",
           "format of other operands; none: f32">,
    Option<"products", "products", "std::string", "",
           "format of results; none: f32">,
    Option<"weightBlocks", "weight-blocks", "std::string", "\"tensor\"",
           "which weights share metadata">,
    Option<"activationBlocks", "activation-blocks", "std::string",
           "\"tensor\"", "which activations share metadata">,
    Option<"productBlocks", "product-blocks", "std::string", "\"tensor\"",
           "which products share metadata">,
    Option<"seed", "seed", "uint64_t", "0", "seed of stochastic rounding">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::edgebert::numfmt::NumFmtDialect"];
}

def ConvertQuantToNumFmt : Pass<"convert-quant-to-numfmt"> {
  let summary = "Take over upstream's uniform quantized values";
  let description = [{
    `quant.dcast` of a `qcast` or `scast`, and `scast` of a `qcast`, of signed
    uniform types over f32 with 2 to 16 bits become the ops of this dialect, the
    scales and zero points of the type constant metadata: per tensor, per axis
    and per block (sub-channel). A type with all codes of its width becomes
    `affine`, one with the symmetric range (`i8<-127:127>`) `int`. A value of
    these codes is the same; upstream leaves the rounding of `qcast` open, here
    it is to nearest, ties to even. Everything else stays.

    ```mlir
    %q = quant.qcast %x : tensor<4xf32> to tensor<4x!quant.uniform<i8:f32, 0.5:3>>
    %y = quant.dcast %q : tensor<4x!quant.uniform<i8:f32, 0.5:3>> to tensor<4xf32>
    ```
    becomes
    ```mlir
    %m = arith.constant dense<13941866496> : tensor<i64>
    %q = numfmt.quantize %x, %m
           : tensor<4xf32>, tensor<i64> -> tensor<4x!numfmt.affine<8>>
    %y = numfmt.dequantize %q, %m
           : tensor<4x!numfmt.affine<8>>, tensor<i64> -> tensor<4xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::edgebert::numfmt::NumFmtDialect"];
}

def ConvertNumFmtToQuant : Pass<"convert-numfmt-to-quant"> {
  let summary = "Hand values over as upstream's uniform quantized ones";
  let description = [{
    The other way, for values that are dequantized under the constant metadata
    their codes were made with: formats with a scale or a scale and zero point,
    per tensor or axis, rounding to nearest even, with positive finite scales.
  }];
  let dependentDialects = ["::mlir::quant::QuantDialect"];
}

#endif // EDGEBERT_DIALECT_NUMFMT_TRANSFORMS_PASSES_TD
