//===- Format.cpp - the list of formats, and their spelling ---------------===//

#include "edgebert/Numerics/Format.h"
#include "FormatModel.h"
#include "edgebert/Numerics/AdaptivFloat.h"
#include "edgebert/Numerics/IEEEFloat.h"
#include "edgebert/Numerics/SymmetricInt.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <cassert>

using namespace edgebert::numerics;
using llvm::ArrayRef;
using llvm::MutableArrayRef;
using llvm::StringRef;

namespace {

/// A format's constructor and an example of its spelling.
struct Spelling {
  StringRef mnemonic;
  unsigned parameters;
  StringRef example;
  llvm::Expected<Format> (*build)(StringRef spelling,
                                  ArrayRef<unsigned> parameters);
};

llvm::Error error(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

template <typename Codec>
llvm::Expected<Format> build(StringRef spelling,
                             ArrayRef<unsigned> parameters) {
  std::array<unsigned, Codec::kParameters> array;
  llvm::copy(parameters, array.begin());
  Codec codec = Codec::fromParameters(array);
  std::string reason = codec.invalid();
  if (!reason.empty())
    return error("number format '" + spelling + "': " + reason);
  return Format::of(codec);
}

template <typename Codec>
constexpr Spelling spell(StringRef example) {
  return {Codec::kMnemonic, Codec::kParameters, example, build<Codec>};
}

/// Every format there is.
const Spelling kFormats[] = {
    spell<AdaptivFloat>("afp<8,3>"),
    spell<SymmetricInt>("int<8>"),
    spell<IEEEFloat>("float<4,3>"),
};

} // namespace

template <typename Codec>
Format Format::of(const Codec &codec) {
  assert(codec.invalid().empty() && "not a format");
  return Format(std::make_shared<FormatModel<Codec>>(codec));
}
template Format Format::of(const AdaptivFloat &);
template Format Format::of(const SymmetricInt &);
template Format Format::of(const IEEEFloat &);

llvm::Expected<Format> Format::parse(StringRef spelling) {
  StringRef text = spelling.trim();
  text.consume_front("!numfmt.");
  auto [mnemonic, rest] = text.split('<');
  const Spelling *found = llvm::find_if(
      kFormats, [&, name = mnemonic.trim()](const Spelling &candidate) {
        return candidate.mnemonic == name;
      });
  if (found == std::end(kFormats)) {
    std::string examples = llvm::join(
        llvm::map_range(kFormats,
                        [](const Spelling &s) { return s.example.str(); }),
        ", ");
    return error("number format '" + spelling + "': expected one like " +
                 examples);
  }
  auto malformed = [&, found = found] {
    return error("number format '" + spelling + "': expected " +
                 llvm::Twine(found->parameters) + " parameter" +
                 (found->parameters == 1 ? "" : "s") + ", as in " +
                 found->example);
  };
  if (!rest.consume_back(">"))
    return malformed();
  llvm::SmallVector<StringRef> fields;
  rest.split(fields, ',');
  llvm::SmallVector<unsigned> parameters;
  for (StringRef field : fields) {
    unsigned value;
    if (field.trim().getAsInteger(10, value))
      return malformed();
    parameters.push_back(value);
  }
  if (parameters.size() != found->parameters)
    return malformed();
  return found->build(spelling, parameters);
}

std::string Format::name() const { return model->name; }
unsigned Format::bits() const { return model->bits; }
unsigned Format::storageBytes() const { return model->storageBytes(); }
MetadataKind Format::metadataKind() const { return model->metadataKind; }
std::vector<BitField> Format::fields() const { return model->fields; }
bool Format::requantizesExactly() const { return model->requantizesExactly; }
uint32_t Format::encode(float x, Metadata metadata) const {
  return model->encode(x, metadata);
}
float Format::decode(uint32_t code, Metadata metadata) const {
  return model->decode(code, metadata);
}
float Format::maxFinite(Metadata metadata) const {
  return model->maxFinite(metadata);
}
Metadata Format::chooseMetadata(float maxAbs) const {
  return model->chooseMetadata(maxAbs);
}

void Format::encode(ArrayRef<float> x, MutableArrayRef<uint8_t> codes,
                    Metadata metadata) const {
  assert(codes.size() == x.size() * storageBytes() && "sizes differ");
  model->encode(x.data(), codes.data(), x.size(), metadata);
}
void Format::decode(ArrayRef<uint8_t> codes, MutableArrayRef<float> x,
                    Metadata metadata) const {
  assert(codes.size() == x.size() * storageBytes() && "sizes differ");
  model->decode(codes.data(), x.data(), x.size(), metadata);
}
void Format::emulate(ArrayRef<float> x, MutableArrayRef<float> y,
                     Metadata metadata) const {
  assert(y.size() == x.size() && "sizes differ");
  model->emulate(x.data(), y.data(), x.size(), metadata);
}

void edgebert::numerics::forEachMetadataRun(
    ArrayRef<int64_t> shape, std::optional<int64_t> axis,
    llvm::function_ref<void(int64_t, int64_t, int64_t)> run) {
  int64_t outer = 1, channels = 1, inner = 1;
  for (auto [index, size] : llvm::enumerate(shape)) {
    int64_t position = int64_t(index);
    if (axis && position == *axis)
      channels = size;
    else if (axis && position < *axis)
      outer *= size;
    else
      inner *= size;
  }
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t c = 0; c < channels; ++c)
      run((o * channels + c) * inner, inner, c);
}
