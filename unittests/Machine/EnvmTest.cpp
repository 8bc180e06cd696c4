//===- EnvmTest.cpp - tables in embedded non-volatile memory --------------===//

#include "edgebert/Machine/Envm.h"

#include "gtest/gtest.h"

#include <random>

using namespace edgebert::machine;

namespace {

using Codes = std::vector<uint8_t>;

/// Every `period`-th code is not zero.
Codes makeCodes(unsigned rows, unsigned columns, unsigned period) {
  Codes codes(size_t(rows) * columns, 0);
  for (size_t i = 0; i < codes.size(); i += period)
    codes[i] = uint8_t(1 + i % 255);
  return codes;
}

TEST(Envm, RowsReadBackAsStored) {
  std::mt19937 rng(1);
  for (unsigned columns : {1u, 7u, 8u, 48u, 129u}) {
    Codes codes(20 * columns);
    for (uint8_t &code : codes)
      code = rng() % 3 ? uint8_t(rng()) : 0;
    EnvmTable table(codes, 20, columns);
    Codes row(columns);
    for (unsigned r = 0; r < 20; ++r) {
      table.readRow(r, row.data());
      EXPECT_EQ(row, Codes(codes.begin() + r * columns,
                           codes.begin() + (r + 1) * columns));
    }
  }
}

TEST(Envm, ZerosTakeNoValueCells) {
  Description desc = Description::asic();
  EnvmTable dense(makeCodes(64, 128, 1), 64, 128),
      pruned(makeCodes(64, 128, 4), 64, 128);
  EXPECT_EQ(dense.bytes(EnvmPart::Value), 64u * 128);
  EXPECT_EQ(pruned.bytes(EnvmPart::Value), 64u * 128 / 4);
  EXPECT_EQ(pruned.bytes(EnvmPart::Mask), 64u * 128 / 8);
  EXPECT_EQ(pruned.bytes(EnvmPart::Index), 64u * 4);
  // Two bits a cell and one.
  EXPECT_EQ(pruned.numCells(desc, EnvmPart::Value), 64u * 128 / 4 * 4);
  EXPECT_EQ(pruned.numCells(desc, EnvmPart::Mask), 64u * 128);
  EXPECT_LT(pruned.readCost(desc, 5).picojoule,
            dense.readCost(desc, 5).picojoule);
}

TEST(Envm, TheImageIsAllParts) {
  EnvmTable table({0, 5, 0, 7, 9, 0}, 2, 3);
  std::string image = "x";
  table.appendImage(image);
  EXPECT_EQ(image, std::string("x\0\0\0\0\1\0\0\0\2\3\5\7\t", 14));
}

TEST(Envm, ReadsOfARow) {
  Description desc = Description::asic();
  // The index's entry, 16 bytes of mask and 128 values, in reads of 16 bytes.
  EnvmTable table(makeCodes(4, 128, 1), 4, 128);
  EnvmCost cost = table.readCost(desc, 2);
  EXPECT_EQ(cost.reads, 1u + 1 + 8);
  EXPECT_DOUBLE_EQ(cost.nanoseconds, 2 * desc.envmMaskReadNanoseconds +
                                         8 * desc.envmValueReadNanoseconds);
  EXPECT_DOUBLE_EQ(cost.picojoule, 128 * (2 * desc.envmMaskReadPicojoule +
                                          8 * desc.envmValueReadPicojoule));
  // A row of zeros reads no value.
  EXPECT_EQ(EnvmTable(Codes(128, 0), 1, 128).readCost(desc, 0).reads, 2u);
  EXPECT_DOUBLE_EQ(table.dramCost(desc).picojoule,
                   8.0 * (512 + 64 + 16) * desc.dramReadPicojoule);
}

TEST(Envm, ACellIsWhereItsBitsAre) {
  Description desc = Description::asic();
  Codes codes = makeCodes(3, 16, 3), row(16);
  EnvmTable table(codes, 3, 16);
  // Each cell's bits follow the last one's, and all are covered.
  for (EnvmPart part : {EnvmPart::Index, EnvmPart::Mask, EnvmPart::Value}) {
    uint64_t next = 0;
    for (uint64_t cell = 0; cell < table.numCells(desc, part); ++cell) {
      auto [first, count] = table.cellBits(desc, part, cell);
      EXPECT_EQ(first, next);
      next = first + count;
    }
    EXPECT_EQ(next, 8 * table.bytes(part));
  }
  // A value's cell changes one code, of the row that it says.
  auto [first, count] = table.cellBits(desc, EnvmPart::Value, 4 * 7 + 1);
  EXPECT_EQ(count, 2u);
  table.flipBit(EnvmPart::Value, first);
  unsigned at = table.rowOfBit(EnvmPart::Value, first), changed = 0;
  for (unsigned r = 0; r < 3; ++r) {
    table.readRow(r, row.data());
    for (unsigned c = 0; c < 16; ++c)
      if (row[c] != codes[r * 16 + c]) {
        ++changed;
        EXPECT_EQ(r, at);
        EXPECT_EQ(row[c] ^ codes[r * 16 + c], 1 << (first % 8));
      }
  }
  EXPECT_EQ(changed, 1u);
}

TEST(Envm, AMaskBitShiftsTheRestOfItsRow) {
  Codes codes = makeCodes(2, 16, 2), row(16);
  EnvmTable table(codes, 2, 16);
  table.flipBit(EnvmPart::Mask, 1);
  table.readRow(0, row.data());
  EXPECT_EQ(row[0], codes[0]);
  EXPECT_EQ(row[1], codes[2]);
  EXPECT_EQ(row[2], codes[4]);
  table.readRow(1, row.data());
  EXPECT_EQ(row, Codes(codes.begin() + 16, codes.end()));
  // An index beyond all values reads zeros.
  table.flipBit(EnvmPart::Index, 31);
  table.readRow(0, row.data());
  EXPECT_EQ(row, Codes(16, 0));
}

TEST(Envm, WhatDoesNotFitIsRefused) {
  Description desc = Description::asic();
  EXPECT_FALSE(bool(checkEnvmFits(desc, desc.envmBytes)));
  EXPECT_EQ(llvm::toString(checkEnvmFits(desc, desc.envmBytes + 1)),
            "the tables need 2097153 bytes of eNVM; machine 'asic' has 2097152 "
            "(envm.bytes)");
}

} // namespace
