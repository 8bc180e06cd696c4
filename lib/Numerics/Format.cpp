//===- Format.cpp - the list of formats, and their spelling ---------------===//

#include "edgebert/Numerics/Format.h"
#include "FormatModel.h"
#include "edgebert/Numerics/AdaptivFloat.h"
#include "edgebert/Numerics/AffineInt.h"
#include "edgebert/Numerics/BlockFloat.h"
#include "edgebert/Numerics/FixedPoint.h"
#include "edgebert/Numerics/MiniFloat.h"
#include "edgebert/Numerics/MxFloat.h"
#include "edgebert/Numerics/Posit.h"
#include "edgebert/Numerics/SymmetricInt.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <cassert>
#include <cstring>

using namespace edgebert::numerics;
using llvm::ArrayRef;
using llvm::MutableArrayRef;
using llvm::SmallVector;
using llvm::StringRef;

namespace {

/// A format's constructor and an example of its spelling.
struct Spelling {
  StringRef mnemonic;
  StringRef example;
  /// The format of these parameters, or why there is none.
  llvm::Expected<Format> (*build)(ArrayRef<StringRef> parameters);
};

llvm::Error error(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

template <typename Codec>
llvm::Expected<Format> build(ArrayRef<StringRef> parameters) {
  Codec codec;
  std::string reason = parseParameters(parameters, codec);
  if (!reason.empty())
    return error(reason);
  return Format::of(codec);
}

template <typename Codec>
constexpr Spelling spelling() {
  return {Codec::kMnemonic, Codec::kExample, build<Codec>};
}

/// Every format there is.
const Spelling kFormats[] = {
    spelling<AdaptivFloat>(), spelling<SymmetricInt>(), spelling<MiniFloat>(),
    spelling<AffineInt>(),    spelling<BlockFloat>(),   spelling<FixedPoint>(),
    spelling<MxFloat>(),      spelling<Posit>(),
};

constexpr std::pair<const char *, const char *> kPresets[] = {
    {"f16", "float<5,10>"},
    {"bf16", "float<8,7>"},
    {"tf32", "float<8,10>"},
    {"f8E5M2", "float<5,2>"},
    {"f8E4M3", "float<4,3>"},
    {"f8E3M4", "float<3,4>"},
    {"f8E4M3FN", "float<4,3,fn>"},
    {"f6E3M2FN", "float<3,2,finite>"},
    {"f6E2M3FN", "float<2,3,finite>"},
    {"f4E2M1FN", "float<2,1,finite>"},
    {"mxfp8e5m2", "mx<5,2>"},
    {"mxfp8e4m3", "mx<4,3>"},
    {"mxfp6e3m2", "mx<3,2>"},
    {"mxfp6e2m3", "mx<2,3>"},
    {"mxfp4", "mx<2,1>"},
};

} // namespace

ArrayRef<std::pair<const char *, const char *>> Format::presets() {
  return kPresets;
}

llvm::Expected<Format> Format::parse(StringRef spelling) {
  StringRef text = spelling.trim();
  text.consume_front("!numfmt.");
  for (auto [name, meaning] : kPresets)
    if (text == name)
      text = meaning;
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
  SmallVector<StringRef> parameters;
  if (rest.consume_back(">")) {
    rest.split(parameters, ',');
    for (StringRef &parameter : parameters)
      parameter = parameter.trim();
  }
  llvm::Expected<Format> format = found->build(parameters);
  if (!format)
    return error("number format '" + spelling +
                 "': " + llvm::toString(format.takeError()));
  return format;
}

std::string Format::name() const { return model->name; }
unsigned Format::bits() const { return model->bits; }
unsigned Format::storageBytes() const { return model->storageBytes(); }
MetadataKind Format::metadataKind() const { return model->metadataKind; }
std::vector<BitField> Format::fields() const { return model->fields; }
bool Format::requantizesExactly() const { return model->requantizesExactly; }
Rounding Format::rounding() const { return model->rounding; }

std::vector<BitField> Format::metadataFields() const {
  switch (metadataKind()) {
  case MetadataKind::None:
    return {};
  case MetadataKind::Int8:
    return {{"exponent", 0, 8}};
  case MetadataKind::F32:
    return {{"scale_sign", 31, 1},
            {"scale_exponent", 23, 8},
            {"scale_mantissa", 0, 23}};
  case MetadataKind::ScaleAndZero:
    return {{"zero_point", 32, 32},
            {"scale_sign", 31, 1},
            {"scale_exponent", 23, 8},
            {"scale_mantissa", 0, 23}};
  }
  return {};
}

uint32_t Format::encode(float x, Metadata metadata, uint32_t noise) const {
  return model->encode(x, metadata, noise);
}
float Format::decode(uint32_t code, Metadata metadata) const {
  return model->decode(code, metadata);
}
float Format::maxFinite(Metadata metadata) const {
  return model->maxFinite(metadata);
}
Metadata Format::chooseMetadata(float least, float greatest) const {
  return model->chooseMetadata(least, greatest);
}

/// The number of a key of RangeLoop.
static float toReal(int32_t key) {
  return NativeArithmetic::fromBits(uint32_t(key ^ ((key >> 31) & 0x7fffffff)));
}

Metadata Format::chooseMetadata(ArrayRef<float> x) const {
  if (x.empty() || metadataKind() == MetadataKind::None)
    return chooseMetadata(0.0f);
  if (metadataKind() != MetadataKind::ScaleAndZero) {
    uint32_t most;
    runLoop<MaxMagnitudeLoop>(x.data(), x.size(), &most);
    return chooseMetadata(NativeArithmetic::fromBits(most));
  }
  int32_t keys[2];
  runLoop<RangeLoop>(x.data(), x.size(), keys);
  return chooseMetadata(toReal(keys[0]), toReal(keys[1]));
}

void Format::encode(ArrayRef<float> x, MutableArrayRef<uint8_t> codes,
                    Metadata metadata, NoiseStream noise) const {
  assert(codes.size() == x.size() * storageBytes() && "sizes differ");
  model->encode(x.data(), codes.data(), x.size(), metadata, noise);
}
void Format::decode(ArrayRef<uint8_t> codes, MutableArrayRef<float> x,
                    Metadata metadata) const {
  assert(codes.size() == x.size() * storageBytes() && "sizes differ");
  model->decode(codes.data(), x.data(), x.size(), metadata);
}
void Format::emulate(ArrayRef<float> x, MutableArrayRef<float> y,
                     Metadata metadata, NoiseStream noise) const {
  assert(y.size() == x.size() && "sizes differ");
  model->emulate(x.data(), y.data(), x.size(), metadata, noise);
}

/// The number of metadata values of a tensor.
static int64_t getNumValues(ArrayRef<int64_t> shape, const Blocks &blocks) {
  int64_t count = 1;
  for (int64_t size : blocks.getMetadataShape(shape))
    count *= size;
  return count;
}

std::vector<Metadata> Format::chooseMetadata(ArrayRef<int64_t> shape,
                                             const Blocks &blocks,
                                             ArrayRef<float> x) const {
  if (metadataKind() == MetadataKind::None)
    return {Metadata()};
  bool isAffine = metadataKind() == MetadataKind::ScaleAndZero;
  // A block may be many runs; the order of the range loop holds them together.
  struct Range {
    uint32_t most = 0;
    int32_t keys[2] = {INT32_MAX, INT32_MIN};
  };
  std::vector<Range> ranges(getNumValues(shape, blocks));
  blocks.forEachRun(shape, [&](int64_t offset, int64_t length, int64_t index) {
    Range &range = ranges[index];
    if (isAffine) {
      int32_t keys[2];
      runLoop<RangeLoop>(x.data() + offset, size_t(length), keys);
      range.keys[0] = std::min(range.keys[0], keys[0]);
      range.keys[1] = std::max(range.keys[1], keys[1]);
      return;
    }
    uint32_t most;
    runLoop<MaxMagnitudeLoop>(x.data() + offset, size_t(length), &most);
    range.most = std::max(range.most, most);
  });
  std::vector<Metadata> result;
  for (const Range &range : ranges) {
    bool isEmpty = range.keys[0] > range.keys[1];
    result.push_back(
        !isAffine ? chooseMetadata(NativeArithmetic::fromBits(range.most))
        : isEmpty
            ? chooseMetadata(0.0f)
            : chooseMetadata(toReal(range.keys[0]), toReal(range.keys[1])));
  }
  return result;
}

void Format::encode(ArrayRef<int64_t> shape, const Blocks &blocks,
                    ArrayRef<Metadata> metadata, ArrayRef<float> x,
                    MutableArrayRef<uint8_t> codes, NoiseStream noise) const {
  unsigned bytes = storageBytes();
  blocks.forEachRun(shape, [&](int64_t offset, int64_t length, int64_t index) {
    encode(x.slice(offset, length), codes.slice(offset * bytes, length * bytes),
           metadata[index], noise.at(offset));
  });
}

void Format::decode(ArrayRef<int64_t> shape, const Blocks &blocks,
                    ArrayRef<Metadata> metadata, ArrayRef<uint8_t> codes,
                    MutableArrayRef<float> x) const {
  unsigned bytes = storageBytes();
  blocks.forEachRun(shape, [&](int64_t offset, int64_t length, int64_t index) {
    decode(codes.slice(offset * bytes, length * bytes), x.slice(offset, length),
           metadata[index]);
  });
}

void Format::emulate(ArrayRef<int64_t> shape, const Blocks &blocks,
                     ArrayRef<Metadata> metadata, ArrayRef<float> x,
                     MutableArrayRef<float> y, NoiseStream noise) const {
  blocks.forEachRun(shape, [&](int64_t offset, int64_t length, int64_t index) {
    emulate(x.slice(offset, length), y.slice(offset, length), metadata[index],
            noise.at(offset));
  });
}

void edgebert::numerics::forEachMetadataRun(
    ArrayRef<int64_t> shape, std::optional<int64_t> axis,
    llvm::function_ref<void(int64_t, int64_t, int64_t)> run) {
  (axis ? Blocks::ofAxis(*axis) : Blocks()).forEachRun(shape, run);
}
