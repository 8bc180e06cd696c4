//===- EdgeBERTDialect.cpp - dialect, attributes, registration ------------===//

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"

#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.h"
#include "edgebert/Machine/Registers.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace edgebert::accel;

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTDialect.cpp.inc"
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTAttrs.cpp.inc"

// The dialect's register names stand for the machine's offsets.
#define SAME_REGISTER(name)                                                    \
  static_assert(uint32_t(Register::name) ==                                    \
                uint32_t(::edgebert::machine::Register::name))
SAME_REGISTER(SoftReset);
SAME_REGISTER(Command);
SAME_REGISTER(FlipMem);
SAME_REGISTER(AccelConfig);
SAME_REGISTER(MatrixConfig);
SAME_REGISTER(InputBufferConfig);
SAME_REGISTER(BaseOffset);
SAME_REGISTER(PeriphConfig);
SAME_REGISTER(GBControlConfig);
SAME_REGISTER(EntropyConfig);
SAME_REGISTER(MaskReadBase);
SAME_REGISTER(MaskWriteBase);
SAME_REGISTER(InputReadBase);
SAME_REGISTER(InputWriteBase);
SAME_REGISTER(AuxReadBase);
SAME_REGISTER(AuxWriteBase);
SAME_REGISTER(VectorCount);
SAME_REGISTER(AuxCount);
SAME_REGISTER(BaseOutput);
SAME_REGISTER(UseAxi);
SAME_REGISTER(UseGB);
SAME_REGISTER(GBModeConfig);
SAME_REGISTER(ResetMode);
SAME_REGISTER(Status);
SAME_REGISTER(DcoA);
SAME_REGISTER(DcoB);
SAME_REGISTER(DcoC);
SAME_REGISTER(LdoA);
SAME_REGISTER(LdoB);
SAME_REGISTER(LdoC);
SAME_REGISTER(LdoD);
#undef SAME_REGISTER

void EdgeBERTDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTOps.cpp.inc"
      >();
}

static LogicalResult verifyNameAttr(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() != EdgeBERTDialect::kNameAttr)
    return op->emitError("unknown attribute '")
           << attribute.getName().getValue() << "'; expected '"
           << EdgeBERTDialect::kNameAttr << "'";
  auto name = dyn_cast<StringAttr>(attribute.getValue());
  if (!name || name.getValue().empty())
    return op->emitError("expected '")
           << EdgeBERTDialect::kNameAttr << "' to be a non-empty string, found "
           << attribute.getValue();
  return success();
}

LogicalResult EdgeBERTDialect::verifyRegionArgAttribute(
    Operation *op, unsigned region, unsigned arg, NamedAttribute attribute) {
  auto is = [&](StringRef name, bool ofKind, StringRef kind) -> LogicalResult {
    if (ofKind)
      return success();
    return op->emitError("expected '")
           << name << "' to be " << kind << ", found " << attribute.getValue();
  };
  if (attribute.getName() == kConstantAttr)
    return is(kConstantAttr, isa<ElementsAttr>(attribute.getValue()),
              "an elements attribute");
  if (attribute.getName() == kArenaAttr)
    return is(kArenaAttr, isa<IntegerAttr>(attribute.getValue()), "an integer");
  return verifyNameAttr(op, attribute);
}

LogicalResult EdgeBERTDialect::verifyRegionResultAttribute(
    Operation *op, unsigned region, unsigned result, NamedAttribute attribute) {
  return verifyNameAttr(op, attribute);
}

LogicalResult SpaceAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                Memory memory, unsigned decoder) {
  unsigned last = memory == Memory::Aux ? 0 : 1;
  if (decoder > last)
    return emitError() << "expected decoder 0" << (last ? " or 1" : "")
                       << " for memory '" << stringifyMemory(memory)
                       << "', got " << decoder;
  return success();
}

bool edgebert::accel::isCodeType(Type type) {
  if (type.isSignlessInteger(8))
    return true;
  auto afp = dyn_cast<numfmt::AdaptivFloatType>(type);
  return afp && afp.getCodec() == numerics::kAfp8;
}

bool edgebert::accel::isBufferIn(Type type, Memory memory) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref || !memref.hasStaticShape() || !memref.getLayout().isIdentity())
    return false;
  auto space = dyn_cast_or_null<SpaceAttr>(memref.getMemorySpace());
  if (!space || space.getMemory() != memory)
    return false;
  if (memory == Memory::Mask)
    return memref.getRank() == 1 &&
           memref.getElementType().isSignlessInteger(16);
  return memref.getRank() == 2 && memref.getDimSize(1) == 16 &&
         memref.getElementType().isSignlessInteger(8);
}
