//===- Passes.td - passes of the fault dialect -------------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_FAULT_TRANSFORMS_PASSES_TD
#define EDGEBERT_DIALECT_FAULT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def FaultInstrument : Pass<"fault-instrument", "::mlir::ModuleOp"> {
  let summary = "Mark the places where faults can strike";
  let description = [{
    Puts a `fault.site` behind

    * each weight: constant codes, and in a function without formats each f32
      constant that a kernel reads;
    * each activation: what `quantize`, `emulate`, `lookup` and the accelerator
      operations make, and in a function without formats each kernel's result;
    * the metadata with which codes are decoded (an exponent bias, a scale);
    * each mask: a constant of `i1` elements.

    A site's id is a hash of its kind and its name (the ONNX node, with "#2" on
    repeats), so the same place of a model has the same id whatever has run
    before and whichever kinds are asked for. Constants with equal content under
    equal names share one site. Functions that have sites already are left
    alone.

    What the accelerator holds in registers and tiles has no site: an exponent
    bias of an on-chip operation becomes a register field, and its site, if it
    has one, goes with the kernel's other ops when the kernel goes on the chip
    (`convert-linalg-to-edgebert`). The plan names registers, memories and
    accumulators of the machine by themselves.

    ```mlir
    %q = numfmt.quantize %x, %m : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>>
    // becomes
    %q = numfmt.quantize ...
    %s = fault.site %q activation 2874015 "/layer/Add" as !numfmt.afp<8, 3>
           metadata dense<4> : tensor<i8> : tensor<4x!numfmt.afp<8,3>>
    ```
  }];
  let options = [
    ListOption<"kinds", "kinds", "std::string",
               "which sites to put in: activation, weight, metadata, mask "
               "(default: all of them)">
  ];
  let dependentDialects = ["::edgebert::fault::FaultDialect"];
}

def FaultDisarm : Pass<"fault-disarm"> {
  let summary = "Remove all sites";
  let description = [{
    Every `fault.site` becomes its input: what is left is the program that was
    never instrumented, in its bits and in its time.
  }];
}

def FaultListSites : Pass<"fault-list-sites", "::mlir::ModuleOp"> {
  let summary = "List the sites with their ids, formats and sizes";
  let description = [{
    One line per site, in program order: id, kind, name, format, elements, bits
    of an element, and the fields of a code word from the most significant bit.
    Changes nothing.
  }];
  let options = [
    Option<"json", "json", "bool", /*default=*/"false",
           "a JSON array of objects instead of a table">,
    Option<"output", "output", "std::string", /*default=*/"\"-\"",
           "file to write to">
  ];
}

#endif // EDGEBERT_DIALECT_FAULT_TRANSFORMS_PASSES_TD
