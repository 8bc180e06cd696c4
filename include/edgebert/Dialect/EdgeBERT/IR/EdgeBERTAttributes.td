//===- EdgeBERTAttributes.td - memories, registers, work kinds -*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTATTRIBUTES_TD
#define EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTATTRIBUTES_TD

include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class EdgeBERT_I32Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::edgebert::accel";
  let genSpecializedAttr = 0;
}

def EdgeBERT_Memory : EdgeBERT_I32Enum<"Memory", "an on-chip memory", [
  I32EnumAttrCase<"Data", 0, "data">,
  I32EnumAttrCase<"Mask", 1, "mask">,
  I32EnumAttrCase<"Aux", 2, "aux">]>;

def EdgeBERT_SpaceAttr : AttrDef<EdgeBERT_Dialect, "Space"> {
  let mnemonic = "space";
  let summary = "The memory space of a buffer on the chip";
  let description = [{
    Which on-chip memory a memref lives in: `data` and `mask` exist once per
    decoder (0 or 1), `aux` exists once and is written with decoder 0. DRAM is
    the default memory space.

    ```mlir
    memref<96x16xi8, #edgebert.space<data, 1>>
    ```
  }];
  let parameters = (ins EnumParameter<EdgeBERT_Memory>:$memory,
                        "unsigned":$decoder);
  let assemblyFormat = "`<` $memory `,` $decoder `>`";
  let genVerifyDecl = 1;
}

// The registers that commands are made of. Values are the offsets of
// edgebert/Machine/Registers.h, which EdgeBERTDialect.cpp asserts.
def EdgeBERT_Register : EdgeBERT_I32Enum<"Register", "a machine register", [
  I32EnumAttrCase<"SoftReset", 0x00, "soft_reset">,
  I32EnumAttrCase<"Command", 0x04, "command">,
  I32EnumAttrCase<"FlipMem", 0x08, "flip_mem">,
  I32EnumAttrCase<"AccelConfig", 0x0C, "accel_config">,
  I32EnumAttrCase<"MatrixConfig", 0x10, "matrix_config">,
  I32EnumAttrCase<"InputBufferConfig", 0x14, "input_buffer_config">,
  I32EnumAttrCase<"BaseOffset", 0x18, "base_offset">,
  I32EnumAttrCase<"PeriphConfig", 0x1C, "periph_config">,
  I32EnumAttrCase<"GBControlConfig", 0x20, "gb_control_config">,
  I32EnumAttrCase<"EntropyConfig", 0x24, "entropy_config">,
  I32EnumAttrCase<"MaskReadBase", 0x28, "mask_read_base">,
  I32EnumAttrCase<"MaskWriteBase", 0x2C, "mask_write_base">,
  I32EnumAttrCase<"InputReadBase", 0x30, "input_read_base">,
  I32EnumAttrCase<"InputWriteBase", 0x34, "input_write_base">,
  I32EnumAttrCase<"AuxReadBase", 0x38, "aux_read_base">,
  I32EnumAttrCase<"AuxWriteBase", 0x3C, "aux_write_base">,
  I32EnumAttrCase<"VectorCount", 0x40, "vector_count">,
  I32EnumAttrCase<"AuxCount", 0x44, "aux_count">,
  I32EnumAttrCase<"BaseOutput", 0x48, "base_output">,
  I32EnumAttrCase<"UseAxi", 0x4C, "use_axi">,
  I32EnumAttrCase<"UseGB", 0x50, "use_gb">,
  I32EnumAttrCase<"GBModeConfig", 0x54, "gb_mode_config">,
  I32EnumAttrCase<"ResetMode", 0x58, "reset_mode">,
  I32EnumAttrCase<"Status", 0x5C, "status">,
  I32EnumAttrCase<"DcoA", 0x64, "dco_a">,
  I32EnumAttrCase<"DcoB", 0x68, "dco_b">,
  I32EnumAttrCase<"DcoC", 0x6C, "dco_c">,
  I32EnumAttrCase<"LdoA", 0x70, "ldo_a">,
  I32EnumAttrCase<"LdoB", 0x74, "ldo_b">,
  I32EnumAttrCase<"LdoC", 0x78, "ldo_c">,
  I32EnumAttrCase<"LdoD", 0x7C, "ldo_d">]>;

def EdgeBERT_HostWork : EdgeBERT_I32Enum<"HostWork", "a kind of host work", [
  I32EnumAttrCase<"Copy", 0, "copy">,
  I32EnumAttrCase<"Transpose", 1, "transpose">,
  I32EnumAttrCase<"Op", 2, "op">,
  I32EnumAttrCase<"Rows", 3, "rows">,
  I32EnumAttrCase<"Expand", 4, "expand">,
  I32EnumAttrCase<"Lookup", 5, "lookup">]>;

#endif // EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTATTRIBUTES_TD
