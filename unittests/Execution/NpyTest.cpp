//===- NpyTest.cpp - .npy and .npz files ----------------------------------===//

#include "edgebert/Execution/Npy.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace llvm;
using namespace edgebert::execution;

namespace {

template <typename T>
Array makeArray(DType dtype, ArrayRef<int64_t> shape, ArrayRef<T> values) {
  Array array = Array::zeros(dtype, shape);
  EXPECT_EQ(array.data.size(), values.size() * sizeof(T));
  std::memcpy(array.data.data(), values.data(), array.data.size());
  return array;
}

/// A version 1.0 file with the given header text and data.
std::string makeFile(StringRef header, StringRef data, char major = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += major;
  bytes += '\0';
  for (unsigned i = 0; i < (major == 1 ? 2u : 4u); ++i)
    bytes += static_cast<char>(header.size() >> (8 * i));
  return bytes + header.str() + data.str();
}

std::string getParseError(StringRef bytes) {
  Expected<Array> array = parseNpy(bytes, "x.npy");
  return array ? "no error" : toString(array.takeError());
}

class TemporaryDirectory {
public:
  TemporaryDirectory() {
    EXPECT_FALSE(sys::fs::createUniqueDirectory("edgebert-npy", path));
  }
  ~TemporaryDirectory() { sys::fs::remove_directories(path); }
  std::string file(StringRef name) const {
    SmallString<128> full(path);
    sys::path::append(full, name);
    return full.str().str();
  }
  unsigned countFiles() const {
    std::error_code code;
    unsigned count = 0;
    for (sys::fs::directory_iterator it(path, code), end; it != end && !code;
         it.increment(code))
      ++count;
    return count;
  }

private:
  SmallString<128> path;
};

TEST(Npy, EveryTypeSurvivesARoundTrip) {
  for (DType dtype : {DType::Bool, DType::I8, DType::U8, DType::I16, DType::U16,
                      DType::I32, DType::U32, DType::I64, DType::U64,
                      DType::F16, DType::F32, DType::F64}) {
    Array array = Array::zeros(dtype, {2, 3});
    for (size_t i = 0; i < array.data.size(); ++i)
      array.data[i] = static_cast<char>(i * 37 % 2);
    Expected<Array> read = parseNpy(serializeNpy(array), "x.npy");
    ASSERT_TRUE(static_cast<bool>(read)) << toString(read.takeError());
    EXPECT_EQ(read->dtype, dtype);
    EXPECT_EQ(read->shape, array.shape);
    EXPECT_EQ(read->data, array.data);
  }
}

TEST(Npy, ShapesOfAllRanks) {
  for (SmallVector<int64_t> shape :
       {SmallVector<int64_t>{}, {7}, {0}, {3, 0, 2}, {1, 2, 3, 4}}) {
    Array array = Array::zeros(DType::F32, shape);
    std::string bytes = serializeNpy(array);
    EXPECT_EQ((bytes.size() - array.data.size()) % 64, 0u);
    Expected<Array> read = parseNpy(bytes, "x.npy");
    ASSERT_TRUE(static_cast<bool>(read)) << toString(read.takeError());
    EXPECT_EQ(read->shape, shape);
  }
}

TEST(Npy, FortranOrderIsConverted) {
  float columnMajor[] = {1, 4, 2, 5, 3, 6};
  std::string bytes = makeFile(
      "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
      StringRef(reinterpret_cast<char *>(columnMajor), sizeof(columnMajor)));
  Expected<Array> array = parseNpy(bytes, "x.npy");
  ASSERT_TRUE(static_cast<bool>(array)) << toString(array.takeError());
  EXPECT_EQ(array->as<float>(), ArrayRef<float>({1, 2, 3, 4, 5, 6}));
}

TEST(Npy, VersionsTwoAndThree) {
  for (char major : {2, 3}) {
    std::string bytes =
        makeFile("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }",
                 "ab", major);
    EXPECT_EQ(getParseError(bytes), "no error");
  }
}

TEST(Npy, MalformedFiles) {
  StringRef good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
  EXPECT_EQ(getParseError(makeFile(good, "abcd")), "no error");
  EXPECT_EQ(getParseError("PK\3\4"),
            "x.npy: not a .npy file: expected the magic bytes \\x93NUMPY");
  EXPECT_EQ(getParseError(makeFile(good, "abcd", 9)),
            "x.npy: expected .npy format version 1, 2 or 3, found 9");
  EXPECT_EQ(getParseError(makeFile(good, "abc")),
            "x.npy: expected 4 bytes of data for float32[1], found 3");
  EXPECT_EQ(getParseError(makeFile(good, "abcde")),
            "x.npy: expected 4 bytes of data for float32[1], found 5");
  EXPECT_EQ(
      getParseError(makeFile(
          "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "abcd")),
      "x.npy: expected elements of type b1, i1, u1, i2, u2, i4, u4, i8, "
      "u8, f2, f4 or f8, found '|O'");
  EXPECT_NE(
      getParseError(
          makeFile("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }",
                   "abcd"))
          .find("expected little-endian elements, found '>f4'"),
      std::string::npos);
  EXPECT_NE(getParseError(makeFile("{'descr': [('a', '<f4')], }", "abcd"))
                .find("found a structured type"),
            std::string::npos);
  // Sizes that overflow must not wrap to something small.
  EXPECT_NE(getParseError(makeFile("{'descr': '<f4', 'fortran_order': False, "
                                   "'shape': (4611686018427387904, 4), }",
                                   ""))
                .find("expected more than 2^64 bytes"),
            std::string::npos);
  for (StringRef header :
       {"", "{", "{'descr'", "{'descr': '<f4'}", "{'shape': (-1,)}",
        "{'shape': (1", "{'descr': '<f4', 'fortran_order': Maybe}",
        "{'color': 1}"})
    EXPECT_NE(getParseError(makeFile(header, "")).find("malformed .npy header"),
              std::string::npos)
        << header.str();
}

TEST(Npy, EveryTruncationIsAnError) {
  std::string bytes =
      serializeNpy(makeArray<float>(DType::F32, {2}, {1.0f, 2.0f}));
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_NE(getParseError(StringRef(bytes).take_front(length)), "no error");
}

TEST(Npy, FlippedBitsNeverCrash) {
  std::string bytes =
      serializeNpy(makeArray<float>(DType::F32, {2}, {1.0f, 2.0f}));
  for (size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string damaged = bytes;
    damaged[i / 8] ^= static_cast<char>(1 << (i % 8));
    Expected<Array> array = parseNpy(damaged, "x.npy");
    if (!array)
      consumeError(array.takeError());
    else
      EXPECT_EQ(array->data.size(),
                array->getNumElements() * getByteWidth(array->dtype));
  }
}

TEST(Npz, RoundTripAndMissingMember) {
  TemporaryDirectory directory;
  std::string path = directory.file("a.npz");
  std::vector<NamedArray> arrays;
  arrays.push_back({"x", makeArray<float>(DType::F32, {2}, {1.0f, 2.0f})});
  arrays.push_back({"ids", makeArray<int64_t>(DType::I64, {1, 1}, {-5})});
  ASSERT_FALSE(writeNpz(path, arrays));
  // No temporary file is left.
  EXPECT_EQ(directory.countFiles(), 1u);
  Expected<NpzReader> reader = NpzReader::open(path);
  ASSERT_TRUE(static_cast<bool>(reader)) << toString(reader.takeError());
  EXPECT_EQ(reader->getNames().size(), 2u);
  Expected<Array> ids = reader->read("ids");
  ASSERT_TRUE(static_cast<bool>(ids)) << toString(ids.takeError());
  EXPECT_EQ(ids->as<int64_t>()[0], -5);
  Expected<Array> missing = reader->read("y");
  ASSERT_FALSE(static_cast<bool>(missing));
  EXPECT_EQ(toString(missing.takeError()),
            path + ": expected an array 'y', found x, ids");
}

TEST(Npz, TheSameArraysGiveTheSameBytes) {
  TemporaryDirectory directory;
  std::vector<NamedArray> arrays;
  arrays.push_back({"x", makeArray<float>(DType::F32, {2}, {1.0f, 2.0f})});
  std::string files[2];
  for (auto [index, file] : enumerate(files)) {
    std::string path = directory.file(std::to_string(index));
    ASSERT_FALSE(writeNpz(path, arrays));
    file = (*MemoryBuffer::getFile(path))->getBuffer().str();
  }
  EXPECT_EQ(files[0], files[1]);
}

TEST(Npz, DamagedArchivesAreErrors) {
  TemporaryDirectory directory;
  std::string path = directory.file("a.npz");
  std::vector<NamedArray> arrays;
  arrays.push_back({"x", makeArray<float>(DType::F32, {2}, {1.0f, 2.0f})});
  ASSERT_FALSE(writeNpz(path, arrays));
  std::string bytes = (*MemoryBuffer::getFile(path))->getBuffer().str();
  std::string damagedPath = directory.file("b.npz");
  auto readDamaged = [&](const std::string &damaged) -> Expected<Array> {
    std::error_code code;
    raw_fd_ostream(damagedPath, code) << damaged;
    Expected<NpzReader> reader = NpzReader::open(damagedPath);
    if (!reader)
      return reader.takeError();
    return reader->read("x");
  };
  for (size_t length = 0; length < bytes.size(); length += 7) {
    Expected<Array> array = readDamaged(bytes.substr(0, length));
    EXPECT_FALSE(static_cast<bool>(array)) << length;
    if (!array)
      consumeError(array.takeError());
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] ^= 0x41;
    Expected<Array> array = readDamaged(damaged);
    if (!array)
      consumeError(array.takeError());
    else
      EXPECT_EQ(array->getNumElements(), 2);
  }
  Expected<NpzReader> absent = NpzReader::open(directory.file("absent.npz"));
  ASSERT_FALSE(static_cast<bool>(absent));
  EXPECT_NE(toString(absent.takeError()).find("cannot read as .npz"),
            std::string::npos);
}

TEST(Npy, WritingIntoAMissingDirectoryIsAnError) {
  Array array = Array::zeros(DType::F32, {1});
  EXPECT_TRUE(errorToBool(writeNpy("/nonexistent/a.npy", array)));
  EXPECT_TRUE(errorToBool(writeNpz("/nonexistent/a.npz", {})));
}

} // namespace
