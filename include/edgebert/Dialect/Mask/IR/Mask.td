//===- Mask.td - sparsity masks ----------------------------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_MASK_IR_MASK_TD
#define EDGEBERT_DIALECT_MASK_IR_MASK_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Mask_Dialect : Dialect {
  let name = "mask";
  let cppNamespace = "::edgebert::mask";
  let summary = "which elements of a tensor stay";
  let description = [{
    Vocabulary:

    * A **mask** is an `i1` tensor of the shape of what it masks; an element
      stays where it is true. Masks are ordinary values, so they are computed,
      stored, transferred and faulted like any data.
    * A **pattern** says which masks are possible: any
      (`#mask.unstructured`), at most N of each M consecutive inputs
      (`#mask.nm<2, 4>`), or whole blocks of outputs x inputs
      (`#mask.block<1x16>`: the vectors the accelerator skips).
    * A weight tensor is a **matrix** [outputs x inputs]: the dimension
      `outputs` counts outputs, the others, row-major, are the inputs.
    * The **bitmask encoding** is the elements that stay, row-major, and one
      bit per element, eight to a byte, the first in the least significant bit.

    ```mlir
    %s = mask.apply %w, %m as #mask.nm<2, 4> outputs 1 : tensor<256x768xf32>
    %packed, %bits = mask.compress %w, %m
        : tensor<256x768xf32> -> tensor<98304xf32>, tensor<24576xi8>
    %s = mask.expand %packed, %bits
        : tensor<98304xf32>, tensor<24576xi8> -> tensor<256x768xf32>
    ```

    What is deliberately not here: CSR, CSC and N:M storage (upstream's
    `sparse_tensor` encodings), and selection of masks (the pass `mask-prune`).
    `apply` of constants is not folded: later passes must see the mask to keep
    it.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

def Mask_PatternAttrInterface : AttrInterface<"PatternAttrInterface"> {
  let cppNamespace = "::edgebert::mask";
  let description = "A pattern of masks; its meaning is in Compression/Mask.h.";
  let methods = [
    InterfaceMethod<"The pattern's definition.",
      "::edgebert::compression::Pattern", "getPattern">
  ];
}

class Mask_Pattern<string name, string attrMnemonic>
    : AttrDef<Mask_Dialect, name,
              [DeclareAttrInterfaceMethods<Mask_PatternAttrInterface>]> {
  let mnemonic = attrMnemonic;
}

def Mask_UnstructuredAttr : Mask_Pattern<"Unstructured", "unstructured"> {
  let summary = "any element by itself";
}

def Mask_NMAttr : Mask_Pattern<"NM", "nm"> {
  let summary = "at most n of each m consecutive inputs stay";
  let parameters = (ins "unsigned":$n, "unsigned":$m);
  let assemblyFormat = "`<` $n `,` $m `>`";
  let genVerifyDecl = 1;
}

def Mask_BlockAttr : Mask_Pattern<"Block", "block"> {
  let summary = "blocks of rows x columns weights stay or go together";
  let parameters = (ins "int64_t":$rows, "int64_t":$columns);
  let assemblyFormat = "`<` custom<BlockShape>($rows, $columns) `>`";
  let genVerifyDecl = 1;
}

def Mask_AnyPattern : Attr<
    CPred<"::llvm::isa<::edgebert::mask::PatternAttrInterface>($_self)">,
    "mask pattern"> {
  let storageType = "::edgebert::mask::PatternAttrInterface";
  let returnType = "::edgebert::mask::PatternAttrInterface";
  let convertFromStorage = "$_self";
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

def Mask_DataTensor : StaticShapeTensorOf<[F32, I8, I16, I32]>;
def Mask_MaskTensor : StaticShapeTensorOf<[I1]>;
def Mask_BitsTensor : StaticShapeTensorOf<[I8]>;

def Mask_ApplyOp : Op<Mask_Dialect, "apply", [Pure,
    AllTypesMatch<["input", "result"]>,
    TypesMatchWith<"the mask is i1 of the input's shape", "input", "mask",
      "::llvm::cast<::mlir::RankedTensorType>($_self).clone("
      "::mlir::IntegerType::get($_self.getContext(), 1))">]> {
  let summary = "zero the elements that do not stay";
  let description = [{
    `result[i] = mask[i] ? input[i] : 0`, and a promise that the mask follows
    the pattern on the matrix whose outputs are dimension `outputs`
    (`mask-verify` checks it of constant masks). Constraints:
      (C1) 0 <= outputs < rank,
      (C2) the matrix can follow the pattern (M divides its inputs, blocks
           divide both sides).
    Folds for masks that are all true, and where the input is masked by the
    same mask already.

    ```mlir
    %s = mask.apply %w, %m as #mask.unstructured outputs 1 : tensor<64x32xf32>
    ```
  }];
  let arguments = (ins Mask_DataTensor:$input, Mask_MaskTensor:$mask,
                       I64Attr:$outputs, Mask_AnyPattern:$pattern);
  let results = (outs Mask_DataTensor:$result);
  let assemblyFormat = [{
    $input `,` $mask `as` $pattern `outputs` $outputs attr-dict
    `:` type($input)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Mask_CompressOp : Op<Mask_Dialect, "compress", [Pure,
    TypesMatchWith<"the mask is i1 of the input's shape", "input", "mask",
      "::llvm::cast<::mlir::RankedTensorType>($_self).clone("
      "::mlir::IntegerType::get($_self.getContext(), 1))">]> {
  let summary = "the bitmask encoding of a masked tensor";
  let description = [{
    `values` are the elements that stay, row-major; where it has more places
    than elements stay, zeros follow, where it has fewer, the last elements are
    lost (with a constant mask that is an error). `bits` are the mask, eight to
    a byte. Constraints:
      (C1) `values` is of rank 1, of the input's element type,
      (C2) `bits` is of rank 1 with ceil(elements / 8) bytes,
      (C3) a constant mask keeps as many elements as `values` has places.
    Canonicalizes to constants with constant operands of at most 65536 elements.
  }];
  let arguments = (ins Mask_DataTensor:$input, Mask_MaskTensor:$mask);
  let results = (outs Mask_DataTensor:$values, Mask_BitsTensor:$bits);
  let assemblyFormat = [{
    $input `,` $mask attr-dict
    `:` type($input) `->` type($values) `,` type($bits)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Mask_ExpandOp : Op<Mask_Dialect, "expand", [Pure]> {
  let summary = "the tensor of a bitmask encoding";
  let description = [{
    `result[i]` is the next element of `values` where bit i is set, else 0;
    also 0 when `values` has no more elements. Constraints:
      (C1) `values` is of rank 1, of the result's element type,
      (C2) `bits` is of rank 1 with ceil(elements / 8) bytes.
  }];
  let arguments = (ins Mask_DataTensor:$values, Mask_BitsTensor:$bits);
  let results = (outs Mask_DataTensor:$result);
  let assemblyFormat = [{
    $values `,` $bits attr-dict
    `:` type($values) `,` type($bits) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // EDGEBERT_DIALECT_MASK_IR_MASK_TD
