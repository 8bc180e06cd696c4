//===- NumFmtTypes.cpp - the formats and their interface ------------------===//

#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.h"
#include "ArithMaterializer.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::numfmt;

#include "edgebert/Dialect/NumFmt/IR/NumFmtInterfaces.cpp.inc"

#include "edgebert/Dialect/NumFmt/IR/NumFmtEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "edgebert/Dialect/NumFmt/IR/NumFmtAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.cpp.inc"

void NumFmtDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "edgebert/Dialect/NumFmt/IR/NumFmtAttributes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

template <typename Codec>
static LogicalResult verifyCodec(function_ref<InFlightDiagnostic()> emitError,
                                 const Codec &codec) {
  std::string reason = codec.invalid();
  if (reason.empty())
    return success();
  return emitError() << "'" << Codec::kMnemonic << "': " << reason;
}

LogicalResult
AdaptivFloatType::verify(function_ref<InFlightDiagnostic()> emitError,
                         unsigned bits, unsigned exponentBits,
                         Profile profile) {
  if (profile != Profile::Hardware)
    return emitError() << "'afp': profile '" << stringifyProfile(profile)
                       << "' is reserved; expected 'hardware'";
  return verifyCodec(emitError, numerics::AdaptivFloat{bits, exponentBits});
}

LogicalResult
SymmetricIntType::verify(function_ref<InFlightDiagnostic()> emitError,
                         unsigned bits) {
  return verifyCodec(emitError, numerics::SymmetricInt{bits});
}

LogicalResult
IEEEFloatType::verify(function_ref<InFlightDiagnostic()> emitError,
                      unsigned exponentBits, unsigned mantissaBits) {
  return verifyCodec(emitError,
                     numerics::IEEEFloat{exponentBits, mantissaBits});
}

//===----------------------------------------------------------------------===//
// FormatTypeInterface: what follows from the format's definition
//===----------------------------------------------------------------------===//

unsigned FormatTypeInterface::getBitWidth() const { return getFormat().bits(); }

IntegerType FormatTypeInterface::getStorageType() const {
  return IntegerType::get(getContext(), 8 * getFormat().storageBytes());
}

Type FormatTypeInterface::getMetadataType() const {
  switch (getFormat().metadataKind()) {
  case numerics::MetadataKind::None:
    return Type();
  case numerics::MetadataKind::Int8:
    return IntegerType::get(getContext(), 8);
  case numerics::MetadataKind::F32:
    return Float32Type::get(getContext());
  }
  llvm_unreachable("unknown metadata kind");
}

std::vector<numerics::BitField> FormatTypeInterface::getBitFields() const {
  return getFormat().fields();
}

numerics::Metadata FormatTypeInterface::getMetadata(Attribute attr) const {
  if (auto integer = dyn_cast_if_present<IntegerAttr>(attr))
    return numerics::Metadata::ofInteger(
        int(integer.getValue().getSExtValue()));
  if (auto real = dyn_cast_if_present<FloatAttr>(attr))
    return numerics::Metadata::ofReal(real.getValue().convertToFloat());
  return {};
}

TypedAttr
FormatTypeInterface::getMetadataAttr(numerics::Metadata metadata) const {
  Type type = getMetadataType();
  if (!type)
    return TypedAttr();
  if (isa<FloatType>(type))
    return FloatAttr::get(type, APFloat(metadata.real()));
  return IntegerAttr::get(type, metadata.integer());
}

APInt FormatTypeInterface::encode(const APFloat &x, Attribute metadata) const {
  APFloat single = x;
  bool losesInfo;
  single.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return APInt(getBitWidth(), getFormat().encode(single.convertToFloat(),
                                                 getMetadata(metadata)));
}

APFloat FormatTypeInterface::decode(const APInt &code,
                                    Attribute metadata) const {
  return APFloat(
      getFormat().decode(uint32_t(code.getZExtValue()), getMetadata(metadata)));
}

float FormatTypeInterface::getMaxFinite(Attribute metadata) const {
  return getFormat().maxFinite(getMetadata(metadata));
}

TypedAttr FormatTypeInterface::chooseMetadata(float maxAbs) const {
  return getMetadataAttr(getFormat().chooseMetadata(maxAbs));
}
