//===- NumFmtTypes.cpp - the formats and their interface ------------------===//

#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.h"
#include "ArithMaterializer.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::numfmt;

#include "edgebert/Dialect/NumFmt/IR/NumFmtInterfaces.cpp.inc"

//===----------------------------------------------------------------------===//
// Spelling and verification, from the codec's
//===----------------------------------------------------------------------===//

namespace edgebert::numfmt {

template <typename Codec>
static LogicalResult verifyCodec(function_ref<InFlightDiagnostic()> emitError,
                                 const Codec &codec) {
  std::string reason = codec.invalid();
  if (reason.empty())
    return success();
  return emitError() << "'" << Codec::kMnemonic << "': " << reason;
}

template <typename FormatType>
static Type parseFormatType(AsmParser &parser) {
  using Codec = decltype(std::declval<FormatType>().getCodec());
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<std::string> tokens;
  auto parseToken = [&]() -> ParseResult {
    unsigned number;
    OptionalParseResult integer = parser.parseOptionalInteger(number);
    if (integer.has_value()) {
      tokens.push_back(std::to_string(number));
      return *integer;
    }
    StringRef keyword;
    if (parser.parseKeyword(&keyword))
      return failure();
    tokens.push_back(keyword.str());
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseToken))
    return Type();
  Codec codec;
  std::string reason = numerics::parseParameters(
      SmallVector<StringRef>(tokens.begin(), tokens.end()), codec);
  if (!reason.empty()) {
    parser.emitError(loc) << "'" << Codec::kMnemonic << "': " << reason;
    return Type();
  }
  return FormatType::get(parser.getContext(), codec);
}

/// The mnemonic is printed by then.
template <typename Codec>
static void printFormatType(AsmPrinter &printer, const Codec &codec) {
  std::string text = numerics::spell(codec, ", ");
  printer << StringRef(text).drop_front(StringRef(Codec::kMnemonic).size());
}

} // namespace edgebert::numfmt

#define GET_TYPEDEF_CLASSES
#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.cpp.inc"

void NumFmtDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.cpp.inc"
      >();
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
  case numerics::MetadataKind::ScaleAndZero:
    return IntegerType::get(getContext(), 64);
  }
  llvm_unreachable("unknown metadata kind");
}

std::vector<numerics::BitField> FormatTypeInterface::getBitFields() const {
  return getFormat().fields();
}

numerics::Metadata FormatTypeInterface::getMetadata(Attribute attr) const {
  if (auto integer = dyn_cast_if_present<IntegerAttr>(attr)) {
    int64_t value = integer.getValue().getSExtValue();
    if (integer.getType().isInteger(64))
      return {uint32_t(value), uint32_t(uint64_t(value) >> 32)};
    return numerics::Metadata::ofInteger(int(value));
  }
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
  if (type.isInteger(64))
    return IntegerAttr::get(
        type, int64_t(uint64_t(metadata.high) << 32 | metadata.word));
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

Value numfmt::materializeNoise(OpBuilder &builder, Location loc,
                               uint64_t stream, Value index) {
  ArithMaterializer a(builder, loc);
  Value amount =
      arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(32));
  Value high = arith::ShRUIOp::create(builder, loc, index, amount);
  return numerics::getNoise(a, stream, a.truncateWord(index),
                            a.truncateWord(high))
      .value;
}
