//===- NumFmtDialect.td - number formats as element types --*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTDIALECT_TD
#define EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTDIALECT_TD

include "mlir/IR/OpBase.td"

def NumFmt_Dialect : Dialect {
  let name = "numfmt";
  let cppNamespace = "::edgebert::numfmt";
  let summary = "number formats as element types";
  let description = [{
    Vocabulary:

    * A **format** says which real number a code stands for. It is the element
      type of a tensor: `tensor<64x256x!numfmt.afp<8,3>>`.
    * A **code** is the bit pattern of one element, `N` bits wide. In memory it
      is a **storage integer**, `i8`, `i16` or `i32`, the smallest that holds
      `N` bits, unused high bits zero.
    * **Metadata** is what the codes of a tensor, a channel or a block share (an
      exponent bias, a scale). It is a separate SSA tensor, because it is
      computed, folded, stored and faulted like any data: rank 0 for the whole
      tensor; rank 1 with an `axis` for one per index of that dimension; of the
      tensor's rank with `blocks [b0, b1, ...]` for one per block of that size
      (0: the whole dimension). `edgebert/Numerics/Blocks.h` states the rule.
      A format without metadata takes none.
    * A **rounding** is a part of the type: `nearest_even`, `ties_away`,
      `ties_up`, `toward_zero` or `stochastic`. Stochastic rounding draws its
      bits from the op's `stream` and the element's row-major index alone.
    * A **bit field** is a named range of a code's bits.

    | type | value of a code | metadata |
    |---|---|---|
    | `!numfmt.afp<bits, e>` | `+-(1 + m/2^M) 2^(e + bias - 10)` | `i8` bias |
    | `!numfmt.int<bits>` | `n * scale` | `f32` scale |
    | `!numfmt.affine<bits>` | `(n - zero) * scale` | `i64` scale and zero |
    | `!numfmt.float<e, m>` | as IEEE 754 or OCP | none |
    | `!numfmt.fixed<i, f>` | `n * 2^-f` | none |
    | `!numfmt.bfp<e, m>` | `+-M 2^(E - m + 1)` | `i8` exponent E |
    | `!numfmt.mx<e, m>` | `element * 2^k` | `i8` E8M0 scale |
    | `!numfmt.posit<bits, es>` | as the posit standard | none |

    Rounding, ties, saturation, zero and NaN are stated once per format, at the
    head of its file in `edgebert/Numerics`. The lowering is an instance of the
    same text.

    ```mlir
    %q = numfmt.quantize %x, %bias
           : tensor<64x256xf32>, tensor<i8> -> tensor<64x256x!numfmt.afp<8,3>>
    %w = numfmt.quantize %v, %scales axis 1
           : tensor<64x256xf32>, tensor<256xf32> -> tensor<64x256x!numfmt.int<8>>
    %b = numfmt.to_bits %q : tensor<64x256x!numfmt.afp<8,3>> -> tensor<64x256xi8>
    %y = numfmt.dequantize %q, %bias
           : tensor<64x256x!numfmt.afp<8,3>>, tensor<i8> -> tensor<64x256xf32>
    ```

    What is deliberately not here:

    * No arithmetic on formatted values. What a product of two codes is belongs
      to the machine that computes it (the `edgebert` dialect).
    * No format attribute on ops, and no discardable attributes: the type says
      it all. (`emulate` names a type because its result is f32.)
    * No constants of formatted tensors: a constant is an integer tensor of
      codes behind `from_bits`, so that every upstream tool can hold it.
    * `dequantize(quantize(x, m), m)` is not rewritten to `emulate(x, m)`,
      though they are equal: it would hide the codes from whoever consumes them.
    * `quantize(dequantize(c, m), m)` is not folded to `c`: it is not the
      identity on codes (AdaptivFloat's second zero, a signalling NaN, the most
      negative integer). The pass `numfmt-collapse-requantize` does it where
      only values matter.
    * No interpretation of formats in passes: they ask `FormatTypeInterface`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let extraClassDeclaration = [{
    /// Adds the types.
    void registerTypes();
  }];
  let hasConstantMaterializer = 1;
  let useDefaultTypePrinterParser = 1;
}

#endif // EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTDIALECT_TD
