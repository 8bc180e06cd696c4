//===- StorageTest.cpp - stored sizes and back ----------------------------===//

#include "edgebert/Compression/Storage.h"
#include "RandomLayer.h"
#include "edgebert/Compression/Prune.h"
#include "gtest/gtest.h"

using namespace edgebert::compression;

namespace {

struct Stored {
  Mask mask;
  Quantized quantized;
  CodedMatrix coded() const {
    const auto &format = quantized.grid.format();
    return {&mask, quantized.codes, format.storageBytes(), format.bits()};
  }
};

Stored make(llvm::StringRef format, int64_t rows, int64_t columns,
            double sparsity, Pattern pattern = {}) {
  std::mt19937 random(1);
  Matrix w = gaussian(rows, columns, random);
  PruneOptions options;
  options.sparsity = sparsity;
  options.pattern = pattern;
  Mask mask = llvm::cantFail(prune(w, nullptr, options)).mask;
  Quantized q = llvm::cantFail(
      quantize(w, nullptr,
               QuantizeOptions(grid(format, Granularity::Group, 16)), &mask));
  return {std::move(mask), std::move(q)};
}

TEST(Storage, EveryFormComesBack) {
  for (const char *format : {"int<3>", "int<4>", "afp<8,3>", "int<12>"})
    for (double sparsity : {0.0, 0.3, 0.9, 1.0})
      for (int64_t columns : {16, 48, 320}) {
        Stored s = make(format, 5, columns, sparsity);
        for (StoredForm form : {StoredForm::Dense, StoredForm::Bitmask,
                                StoredForm::Csr, StoredForm::Csc}) {
          auto bytes = llvm::cantFail(store(s.coded(), form));
          EXPECT_EQ(llvm::cantFail(load(bytes, s.coded(), form)),
                    s.quantized.codes)
              << format << sparsity << int(form);
        }
      }
  for (auto [n, m] : {std::pair(2u, 4u), std::pair(1u, 4u), std::pair(4u, 8u),
                      std::pair(3u, 5u)}) {
    Pattern pattern = Pattern::nm(n, m);
    Stored s = make("int<4>", 6, 40, 0, pattern);
    s.mask.keep(3, false); // some groups keep fewer
    s.mask.keep(0, false);
    s.quantized.codes[0] = s.quantized.codes[3] = 0;
    auto bytes = llvm::cantFail(store(s.coded(), StoredForm::NM, pattern));
    EXPECT_EQ(llvm::cantFail(load(bytes, s.coded(), StoredForm::NM, pattern)),
              s.quantized.codes);
  }
}

TEST(Storage, SizesAreWhatTheFormsSay) {
  // 64 x 512 weights of 4 bits, half of them gone.
  Stored s = make("int<4>", 64, 512, 0.5);
  int64_t n = 64 * 512, kept = n / 2;
  auto bytes = [&](StoredForm form) {
    return int64_t(llvm::cantFail(store(s.coded(), form)).size());
  };
  EXPECT_EQ(bytes(StoredForm::Dense), n / 2);
  EXPECT_EQ(bytes(StoredForm::Bitmask), n / 8 + kept / 2);
  EXPECT_EQ(bytes(StoredForm::Csr), 65 * 4 + kept * 2 + kept / 2);
  EXPECT_EQ(bytes(StoredForm::Csc), 513 * 4 + kept * 1 + kept / 2);
  // 16 columns to a group, an f32 scale each.
  int64_t metadata = metadataBytes(s.quantized.grid);
  EXPECT_EQ(metadata, n / 16 * 4);
  EXPECT_DOUBLE_EQ(bitsPerWeight(bytes(StoredForm::Bitmask), metadata, n),
                   1 + 2 + 2);

  // 256 columns still have numbers of one byte.
  Stored narrow = make("int<4>", 8, 256, 0.5);
  EXPECT_EQ(llvm::cantFail(store(narrow.coded(), StoredForm::Csr)).size(),
            9u * 4 + 1024 + 512);

  Stored nm = make("int<4>", 64, 512, 0, Pattern::nm(2, 4));
  auto stored =
      llvm::cantFail(store(nm.coded(), StoredForm::NM, Pattern::nm(2, 4)));
  EXPECT_EQ(int64_t(stored.size()), kept * 2 / 8 + kept / 2);
}

TEST(Storage, Errors) {
  Stored s = make("int<4>", 4, 16, 0.1);
  EXPECT_EQ(
      llvm::toString(
          store(s.coded(), StoredForm::NM, Pattern::nm(2, 4)).takeError()),
      "the mask keeps more than 2 of 4 weights");
  EXPECT_EQ(llvm::toString(store(s.coded(), StoredForm::NM).takeError()),
            "the n:m form needs an n:m pattern, got unstructured");
  for (StoredForm form : {StoredForm::Dense, StoredForm::Bitmask,
                          StoredForm::Csr, StoredForm::Csc}) {
    auto bytes = llvm::cantFail(store(s.coded(), form));
    bytes.pop_back();
    auto loaded = load(bytes, s.coded(), form);
    EXPECT_FALSE(loaded);
    llvm::consumeError(loaded.takeError());
  }
}

TEST(Mask, BytesAreRowMajorFirstBitFirst) {
  Matrix w(2, 5);
  w.storage = {1, 0, 0, 2, 3, 0, 0, 0, 4, 5};
  Mask mask = Mask::ofNonZeros(w);
  EXPECT_EQ(mask.zeros(), 5);
  EXPECT_EQ(mask.bytes(), (llvm::ArrayRef<uint8_t>{0x19, 0x03}));
  EXPECT_EQ(Mask::ofBytes(2, 5, {0x19, 0xff}), mask); // beyond the end
  EXPECT_TRUE(mask.isKeptBy(w));
  w(0, 1) = 1;
  EXPECT_FALSE(mask.isKeptBy(w));
  EXPECT_EQ(mask.apply(w)(0, 1), 0);
}

} // namespace
