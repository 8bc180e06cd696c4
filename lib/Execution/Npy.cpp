//===- Npy.cpp - numpy .npy and .npz files --------------------------------===//

#include "edgebert/Execution/Npy.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>
#include <limits>
#include <zip.h>

using namespace llvm;

namespace edgebert::execution {
namespace {

struct DTypeInfo {
  DType dtype;
  StringRef name;
  StringRef typeString;
  unsigned width;
};

const DTypeInfo dtypes[] = {
    {DType::Bool, "bool", "b1", 1},   {DType::I8, "int8", "i1", 1},
    {DType::U8, "uint8", "u1", 1},    {DType::I16, "int16", "i2", 2},
    {DType::U16, "uint16", "u2", 2},  {DType::I32, "int32", "i4", 4},
    {DType::U32, "uint32", "u4", 4},  {DType::I64, "int64", "i8", 8},
    {DType::U64, "uint64", "u8", 8},  {DType::F16, "float16", "f2", 2},
    {DType::F32, "float32", "f4", 4}, {DType::F64, "float64", "f8", 8},
};

const DTypeInfo &getInfo(DType dtype) {
  return dtypes[static_cast<unsigned>(dtype)];
}

const char supportedTypes[] =
    "b1, i1, u1, i2, u2, i4, u4, i8, u8, f2, f4 or f8";

Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

/// What the dictionary at the start of a .npy file says.
struct Header {
  DType dtype = DType::F32;
  bool fortranOrder = false;
  SmallVector<int64_t> shape;
};

/// A parser for the Python literal that numpy writes:
///   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
public:
  HeaderParser(StringRef text, StringRef what) : rest(text), what(what) {}

  Expected<Header> parse() {
    Header header;
    bool seenDescr = false, seenOrder = false, seenShape = false;
    if (!consume("{"))
      return fail("expected '{'");
    while (!consume("}")) {
      StringRef key;
      if (!parseString(key) || !consume(":"))
        return fail("expected a quoted key and ':'");
      if (key == "descr") {
        if (Error error = parseDescr(header.dtype))
          return std::move(error);
        seenDescr = true;
      } else if (key == "fortran_order") {
        if (consume("True"))
          header.fortranOrder = true;
        else if (!consume("False"))
          return fail("expected True or False for 'fortran_order'");
        seenOrder = true;
      } else if (key == "shape") {
        if (Error error = parseShape(header.shape))
          return std::move(error);
        seenShape = true;
      } else {
        return fail("unknown key '" + key +
                    "' (expected 'descr', 'fortran_order' or 'shape')");
      }
      if (!consume(",") && !rest.ltrim().starts_with("}"))
        return fail("expected ',' or '}'");
    }
    if (!rest.trim().empty())
      return fail("trailing text after the dictionary");
    if (!seenDescr || !seenOrder || !seenShape)
      return fail("expected the keys 'descr', 'fortran_order' and 'shape'");
    return header;
  }

private:
  Error fail(const Twine &message) {
    return makeError(what + ": malformed .npy header: " + message);
  }

  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  bool parseString(StringRef &text) {
    rest = rest.ltrim();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return false;
    size_t end = rest.find(rest[0], 1);
    if (end == StringRef::npos)
      return false;
    text = rest.slice(1, end);
    rest = rest.drop_front(end + 1);
    return true;
  }

  Error parseDescr(DType &dtype) {
    if (consume("["))
      return makeError(what + ": expected elements of type " + supportedTypes +
                       ", found a structured type");
    StringRef descr;
    if (!parseString(descr))
      return fail("expected a quoted type string for 'descr'");
    StringRef type = descr;
    bool bigEndian = type.consume_front(">");
    if (!bigEndian && !type.consume_front("<") && !type.consume_front("|"))
      type.consume_front("=");
    for (const DTypeInfo &info : dtypes) {
      if (type != info.typeString)
        continue;
      if (bigEndian && info.width > 1)
        return makeError(what + ": expected little-endian elements, found '" +
                         descr + "' (save array.astype('<" + type + "'))");
      dtype = info.dtype;
      return Error::success();
    }
    return makeError(what + ": expected elements of type " + supportedTypes +
                     ", found '" + descr + "'");
  }

  Error parseShape(SmallVector<int64_t> &shape) {
    if (!consume("("))
      return fail("expected '(' for 'shape'");
    while (!consume(")")) {
      int64_t extent;
      rest = rest.ltrim();
      if (rest.consumeInteger(10, extent) || extent < 0)
        return fail("expected a non-negative extent in 'shape'");
      // Python 2 wrote long integers.
      rest.consume_front("L");
      if (shape.size() == 32)
        return fail("expected at most 32 dimensions in 'shape'");
      shape.push_back(extent);
      if (!consume(",") && !rest.ltrim().starts_with(")"))
        return fail("expected ',' or ')' in 'shape'");
    }
    return Error::success();
  }

  StringRef rest;
  StringRef what;
};

/// Product of the extents in bytes, or nothing when it overflows.
std::optional<uint64_t> getByteSize(DType dtype, ArrayRef<int64_t> shape) {
  uint64_t size = getByteWidth(dtype);
  bool overflow = false;
  for (int64_t extent : shape) {
    size = SaturatingMultiply<uint64_t>(size, extent, &overflow);
    if (overflow && !is_contained(shape, 0))
      return std::nullopt;
  }
  return is_contained(shape, 0) ? 0 : size;
}

/// Reorders column-major elements into row-major ones.
void convertFromFortranOrder(StringRef from, Array &to) {
  unsigned width = getByteWidth(to.dtype);
  SmallVector<int64_t> index(to.shape.size(), 0);
  int64_t count = to.getNumElements();
  for (int64_t i = 0; i < count; ++i) {
    int64_t source = 0;
    for (int64_t d = static_cast<int64_t>(index.size()) - 1; d >= 0; --d)
      source = source * to.shape[d] + index[d];
    std::memcpy(to.data.data() + i * width, from.data() + source * width,
                width);
    for (int64_t d = static_cast<int64_t>(index.size()) - 1; d >= 0; --d) {
      if (++index[d] < to.shape[d])
        break;
      index[d] = 0;
    }
  }
}

} // namespace

StringRef getName(DType dtype) { return getInfo(dtype).name; }
StringRef getTypeString(DType dtype) { return getInfo(dtype).typeString; }
unsigned getByteWidth(DType dtype) { return getInfo(dtype).width; }

std::string describe(DType dtype, ArrayRef<int64_t> shape) {
  std::string text;
  raw_string_ostream os(text);
  os << getName(dtype) << '[';
  interleaveComma(shape, os);
  os << ']';
  return text;
}

Array Array::zeros(DType dtype, ArrayRef<int64_t> shape) {
  Array array;
  array.dtype = dtype;
  array.shape.assign(shape.begin(), shape.end());
  array.data.resize(array.getNumElements() * getByteWidth(dtype));
  return array;
}

int64_t Array::getNumElements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

double Array::getAsDouble(int64_t index) const {
  switch (dtype) {
  case DType::Bool:
    return as<uint8_t>()[index] != 0;
  case DType::I8:
    return as<int8_t>()[index];
  case DType::U8:
    return as<uint8_t>()[index];
  case DType::I16:
    return as<int16_t>()[index];
  case DType::U16:
    return as<uint16_t>()[index];
  case DType::I32:
    return as<int32_t>()[index];
  case DType::U32:
    return as<uint32_t>()[index];
  case DType::I64:
    return static_cast<double>(as<int64_t>()[index]);
  case DType::U64:
    return static_cast<double>(as<uint64_t>()[index]);
  case DType::F16:
    return APFloat(APFloat::IEEEhalf(), APInt(16, as<uint16_t>()[index]))
        .convertToDouble();
  case DType::F32:
    return as<float>()[index];
  case DType::F64:
    return as<double>()[index];
  }
  llvm_unreachable("covered switch");
}

Expected<Array> parseNpy(StringRef bytes, StringRef what) {
  StringRef rest = bytes;
  if (!rest.consume_front("\x93NUMPY"))
    return makeError(what + ": not a .npy file: expected the magic bytes "
                            "\\x93NUMPY");
  if (rest.size() < 2)
    return makeError(what + ": truncated .npy file: no format version");
  unsigned major = static_cast<uint8_t>(rest[0]);
  if (major < 1 || major > 3)
    return makeError(what + ": expected .npy format version 1, 2 or 3, found " +
                     Twine(major));
  rest = rest.drop_front(2);
  size_t lengthBytes = major == 1 ? 2 : 4;
  if (rest.size() < lengthBytes)
    return makeError(what + ": truncated .npy file: no header length");
  size_t length = major == 1 ? support::endian::read16le(rest.data())
                             : support::endian::read32le(rest.data());
  rest = rest.drop_front(lengthBytes);
  if (rest.size() < length)
    return makeError(what + ": truncated .npy file: expected a header of " +
                     Twine(length) + " bytes, found " + Twine(rest.size()));
  Expected<Header> header = HeaderParser(rest.take_front(length), what).parse();
  if (!header)
    return header.takeError();
  rest = rest.drop_front(length);

  std::optional<uint64_t> size = getByteSize(header->dtype, header->shape);
  if (!size || *size != rest.size())
    return makeError(
        what + ": expected " + (size ? Twine(*size) : Twine("more than 2^64")) +
        " bytes of data for " + describe(header->dtype, header->shape) +
        ", found " + Twine(rest.size()));
  Array array;
  array.dtype = header->dtype;
  array.shape = header->shape;
  array.data.assign(rest.begin(), rest.end());
  if (header->fortranOrder && array.shape.size() > 1)
    convertFromFortranOrder(rest, array);
  return array;
}

std::string serializeNpy(const Array &array) {
  std::string header;
  raw_string_ostream os(header);
  os << "{'descr': '" << (getByteWidth(array.dtype) == 1 ? '|' : '<')
     << getTypeString(array.dtype) << "', 'fortran_order': False, 'shape': (";
  interleaveComma(array.shape, os);
  os << (array.shape.size() == 1 ? ",), }" : "), }");
  // The data starts at a multiple of 64, as numpy writes it.
  size_t prefix = 6 + 2 + 2;
  bool wide = header.size() + prefix + 64 > 65535;
  if (wide)
    prefix += 2;
  header.append(alignTo(prefix + header.size() + 1, 64) - prefix -
                    header.size() - 1,
                ' ');
  header += '\n';

  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(wide ? 2 : 1);
  bytes += '\0';
  for (unsigned i = 0; i < (wide ? 4u : 2u); ++i)
    bytes += static_cast<char>(header.size() >> (8 * i));
  bytes += header;
  bytes.append(array.data.begin(), array.data.end());
  return bytes;
}

Expected<Array> readNpy(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createFileError(path, buffer.getError());
  return parseNpy((*buffer)->getBuffer(), path);
}

Error writeNpy(StringRef path, const Array &array) {
  return writeToOutput(path, [&](raw_ostream &os) {
    os << serializeNpy(array);
    return Error::success();
  });
}

//===----------------------------------------------------------------------===//
// .npz
//===----------------------------------------------------------------------===//

struct NpzReader::Zip {
  zip_t *archive = nullptr;
  ~Zip() {
    if (archive)
      zip_discard(archive);
  }
};

NpzReader::NpzReader(std::string path, std::unique_ptr<Zip> zip)
    : path(std::move(path)), zip(std::move(zip)) {}
NpzReader::NpzReader(NpzReader &&) = default;
NpzReader &NpzReader::operator=(NpzReader &&) = default;
NpzReader::~NpzReader() = default;

static std::string describeZipError(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

Expected<NpzReader> NpzReader::open(StringRef path) {
  auto zip = std::make_unique<Zip>();
  int code = 0;
  zip->archive = zip_open(path.str().c_str(), ZIP_RDONLY, &code);
  if (!zip->archive)
    return makeError(path + ": cannot read as .npz: " + describeZipError(code));
  NpzReader reader(path.str(), std::move(zip));
  zip_int64_t count = zip_get_num_entries(reader.zip->archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char *name = zip_get_name(reader.zip->archive, i, 0);
    StringRef stem = name ? StringRef(name) : StringRef();
    if (stem.consume_back(".npy"))
      reader.names.push_back(stem.str());
  }
  if (reader.names.empty())
    return makeError(path + ": expected .npy members, found none");
  return std::move(reader);
}

bool NpzReader::contains(StringRef name) const {
  return is_contained(names, name);
}

Expected<Array> NpzReader::read(StringRef name) const {
  std::string what = (path + ":" + name).str();
  if (!contains(name))
    return makeError(path + ": expected an array '" + name + "', found " +
                     join(names, ", "));
  zip_stat_t stat;
  std::string member = (name + ".npy").str();
  if (zip_stat(zip->archive, member.c_str(), 0, &stat) != 0 ||
      !(stat.valid & ZIP_STAT_SIZE) || !(stat.valid & ZIP_STAT_COMP_SIZE))
    return makeError(what + ": cannot read the size of the member: " +
                     zip_strerror(zip->archive));
  // Deflate cannot expand by more than 1032:1, so a larger claim is a lie.
  if (stat.size / 1100 > stat.comp_size + 1)
    return makeError(what + ": implausible size: " + Twine(stat.size) +
                     " bytes from " + Twine(stat.comp_size));
  zip_file_t *file = zip_fopen(zip->archive, member.c_str(), 0);
  if (!file)
    return makeError(what +
                     ": cannot open the member: " + zip_strerror(zip->archive));
  std::string bytes(stat.size, '\0');
  size_t done = 0;
  zip_int64_t got = 0;
  while (done < bytes.size() &&
         (got = zip_fread(file, bytes.data() + done, bytes.size() - done)) > 0)
    done += got;
  // The check sum is verified when the end is reached.
  char extra;
  if (got >= 0 && done == bytes.size())
    got = zip_fread(file, &extra, 1);
  std::string problem = got < 0 ? zip_file_strerror(file) : "";
  zip_fclose(file);
  if (got < 0)
    return makeError(what + ": damaged member: " + problem);
  if (done != bytes.size() || got > 0)
    return makeError(what + ": damaged member: expected " + Twine(stat.size) +
                     " bytes, found " + (got > 0 ? "more" : Twine(done)));
  return parseNpy(bytes, what);
}

Expected<Array> NpzReader::read(StringRef name, DType dtype,
                                ArrayRef<int64_t> shape) const {
  Expected<Array> array = read(name);
  if (array && (array->dtype != dtype || ArrayRef(array->shape) != shape))
    return makeError(path + ": expected '" + name + "' to be " +
                     describe(dtype, shape) + ", found " + array->describe());
  return array;
}

Error writeNpz(StringRef path, ArrayRef<NamedArray> arrays) {
  SmallString<128> temporary;
  if (std::error_code code =
          sys::fs::createUniqueFile(path + ".tmp-%%%%%%%%", temporary))
    return createFileError(path, code);
  auto fail = [&](const Twine &message) {
    Error error = makeError(path + ": cannot write: " + message);
    sys::fs::remove(temporary);
    return error;
  };
  int code = 0;
  zip_t *archive =
      zip_open(temporary.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (!archive)
    return fail(describeZipError(code));
  // libzip reads the buffers when the archive is closed.
  std::vector<std::string> bytes;
  bytes.reserve(arrays.size());
  for (const NamedArray &entry : arrays) {
    bytes.push_back(serializeNpy(entry.array));
    zip_source_t *source =
        zip_source_buffer(archive, bytes.back().data(), bytes.back().size(), 0);
    zip_int64_t index =
        source ? zip_file_add(archive, (entry.name + ".npy").c_str(), source,
                              ZIP_FL_ENC_UTF_8)
               : -1;
    // 1980-01-01 00:00, the earliest time a zip file can hold.
    if (index < 0 ||
        zip_set_file_compression(archive, index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(archive, index, 0, 0x21, 0) != 0) {
      std::string problem = zip_strerror(archive);
      if (index < 0 && source)
        zip_source_free(source);
      zip_discard(archive);
      return fail(problem);
    }
  }
  if (zip_close(archive) != 0) {
    std::string problem = zip_strerror(archive);
    zip_discard(archive);
    return fail(problem);
  }
  if (std::error_code renamed = sys::fs::rename(temporary, path))
    return fail(renamed.message());
  return Error::success();
}

} // namespace edgebert::execution
