//===- TilingTest.cpp - placements and tilings against brute force --------===//

#include "edgebert/Dialect/EdgeBERT/Transforms/Tiling.h"

#include "edgebert/Machine/Timing.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

using namespace edgebert;
using namespace edgebert::accel;
using machine::Description;

namespace {

/// asic with smaller memories, so that limits are reached soon.
Description makeMachine(unsigned dataBytes, unsigned maskBytes,
                        unsigned addressBits = 16) {
  Description machine = Description::asic();
  machine.dataBytes = dataBytes;
  machine.maskBytes = maskBytes;
  machine.addressBits = addressBits;
  EXPECT_EQ(machine.invalid(), "");
  return machine;
}

std::vector<Description> getMachines() {
  return {Description::asic(),        Description::rtl(),
          makeMachine(4096, 512),     makeMachine(4096, 8192),
          makeMachine(16384, 1024),   makeMachine(65536, 1024),
          makeMachine(8192, 8192, 12)};
}

/// A stream's rows in both memories of a decoder.
struct Range {
  int64_t address, rows;
};

bool overlap(int64_t a, int64_t aSize, int64_t b, int64_t bSize) {
  return a < b + bSize && b < a + aSize;
}

/// Why the streams cannot lie in one decoder together, or "".
std::string check(const Description &machine,
                  const std::vector<Range> &streams) {
  int64_t maskRows = machine.maskRows();
  for (size_t i = 0; i < streams.size(); ++i) {
    Range a = streams[i];
    int64_t aMask = a.address % maskRows;
    if (a.address < 0 || a.address >= int64_t(1) << machine.addressBits)
      return "address " + std::to_string(a.address) + " has too many bits";
    if (aMask + a.rows > maskRows)
      return "masks of stream " + std::to_string(i) + " wrap";
    if (a.address + a.rows * 16 > machine.dataBytes)
      return "data of stream " + std::to_string(i) + " end outside";
    for (size_t j = 0; j < i; ++j) {
      Range b = streams[j];
      if (overlap(aMask, a.rows, b.address % maskRows, b.rows))
        return "masks overlap";
      if (overlap(a.address, a.rows * 16, b.address, b.rows * 16))
        return "data overlap";
    }
  }
  return "";
}

//===----------------------------------------------------------------------===//
// placeAfter
//===----------------------------------------------------------------------===//

TEST(PlaceAfter, FindsTheLowestFreeAddress) {
  // By definition: the lowest address whose masks start at or behind the used
  // mask rows, whose data starts behind the used data rows, and where both fit.
  for (const Description &machine :
       {makeMachine(4096, 512), makeMachine(4096, 64), makeMachine(1024, 8192),
        makeMachine(8192, 256, 12)}) {
    int64_t maskRows = machine.maskRows();
    for (int64_t masks : {0, 1, 4, 16, 17, 31, 32, 100, 255, 256})
      for (int64_t data : {0, 1, 4, 16, 63, 64, 100, 255, 256})
        for (int64_t rows : {1, 4, 16, 20, 32, 64, 128, 200, 256}) {
          std::optional<int64_t> expected;
          for (int64_t address = 0; address < machine.dataBytes; ++address)
            if (address % maskRows >= masks &&
                address % maskRows + rows <= maskRows && address >= data * 16 &&
                address + rows * 16 <= machine.dataBytes &&
                address < int64_t(1) << machine.addressBits) {
              expected = address;
              break;
            }
          EXPECT_EQ(placeAfter(machine, masks, data, rows), expected)
              << machine.dataBytes << " data and " << machine.maskBytes
              << " mask bytes, used " << masks << " and " << data << ", needs "
              << rows;
        }
  }
}

//===----------------------------------------------------------------------===//
// chooseMatmulTiling
//===----------------------------------------------------------------------===//

int64_t loadCycles(const Description &machine, int64_t rows) {
  StreamTransfer moved =
      *getTransfer(machine, machine::TransferDirection::Load, rows, rows);
  return machine::timing::dataLoad(machine, moved.dataRows * 2);
}

/// Cycles of a tiling by the loops it stands for.
int64_t countCycles(const Description &machine, const MatmulTiling &t) {
  int64_t cycles = 0;
  int64_t outer = t.lhsOuter ? t.lhsTiles : t.rhsTiles;
  int64_t inner = t.lhsOuter ? t.rhsTiles : t.lhsTiles;
  for (int64_t i = 0; i < outer; ++i) {
    cycles += loadCycles(machine, t.lhsOuter ? t.lhsRows() : t.rhsRows());
    for (int64_t j = 0; j < inner; ++j) {
      cycles += loadCycles(machine, t.lhsOuter ? t.rhsRows() : t.lhsRows());
      cycles += machine::timing::matmul(machine, t.rhsBlocks * 16,
                                        t.lhsBlocks * 16, t.contraction * 16);
      StreamTransfer moved = *getTransfer(
          machine, machine::TransferDirection::Store, t.outRows(), t.outRows());
      cycles += machine::timing::maskStore(machine, moved.maskRows / 4) +
                machine::timing::dataStore(machine, moved.dataRows * 2);
    }
  }
  return cycles;
}

std::string checkMatmul(const Description &machine, const MatmulTiling &t) {
  if (t.lhsBlocks > 63 || t.rhsBlocks > 63 || t.contraction > 255)
    return "an extent exceeds its register field";
  auto load = machine::TransferDirection::Load;
  auto store = machine::TransferDirection::Store;
  if (!getTransfer(machine, load, t.lhsRows(), t.lhsRows()) ||
      !getTransfer(machine, load, t.rhsRows(), t.rhsRows()) ||
      !getTransfer(machine, store, t.outRows(), t.outRows()))
    return "a transfer is not exact";
  Range lhs{0, t.lhsRows()}, rhs{0, t.rhsRows()},
      out{t.outAddress, t.outRows()};
  std::string why =
      check(machine, t.outDecoder == 1 ? std::vector<Range>{lhs, out}
                                       : std::vector<Range>{rhs, out});
  return why.empty() ? check(machine, {t.outDecoder == 1 ? rhs : lhs}) : why;
}

/// The fewest cycles over all tile sizes, orders and results' decoders that
/// fit; nothing if none does.
std::optional<int64_t> findFewestCycles(const Description &machine,
                                        int64_t lhsBlocks, int64_t rhsBlocks,
                                        int64_t contraction) {
  std::optional<int64_t> best;
  for (int64_t l = 1; l <= lhsBlocks; ++l)
    for (int64_t r = 1; r <= rhsBlocks; ++r)
      for (bool lhsOuter : {false, true})
        for (unsigned decoder : {0u, 1u}) {
          MatmulTiling t;
          t.contraction = contraction;
          t.lhsBlocks = l, t.lhsTiles = (lhsBlocks + l - 1) / l;
          t.rhsBlocks = r, t.rhsTiles = (rhsBlocks + r - 1) / r;
          t.lhsOuter = lhsOuter;
          t.outDecoder = decoder;
          int64_t used = decoder == 1 ? t.lhsRows() : t.rhsRows();
          std::optional<int64_t> address =
              placeAfter(machine, used, used, t.outRows());
          if (!address)
            continue;
          t.outAddress = *address;
          if (!checkMatmul(machine, t).empty())
            continue;
          int64_t cycles = countCycles(machine, t);
          if (!best || cycles < *best)
            best = cycles;
        }
  return best;
}

TEST(MatmulTiling, IsLegalAndOfFewestCycles) {
  int found = 0, none = 0;
  for (const Description &machine : getMachines())
    for (int64_t lhs : {1, 2, 3, 5, 8})
      for (int64_t rhs : {1, 2, 3, 7, 9})
        for (int64_t contraction : {1, 2, 3, 4, 7, 12, 16, 31}) {
          std::string why;
          std::optional<MatmulTiling> t =
              chooseMatmulTiling(machine, lhs, rhs, contraction, why);
          std::optional<int64_t> fewest =
              findFewestCycles(machine, lhs, rhs, contraction);
          SCOPED_TRACE(machine.name + ", " + std::to_string(machine.dataBytes) +
                       "/" + std::to_string(machine.maskBytes) + ": " +
                       std::to_string(lhs) + " x " + std::to_string(rhs) +
                       " x " + std::to_string(contraction));
          ASSERT_EQ(bool(t), bool(fewest)) << why;
          EXPECT_EQ(why.empty(), bool(t));
          if (!t) {
            ++none;
            continue;
          }
          ++found;
          EXPECT_EQ(checkMatmul(machine, *t), "");
          EXPECT_EQ(t->cycles, *fewest);
          EXPECT_EQ(t->cycles, countCycles(machine, *t));
          EXPECT_GE(t->lhsBlocks * t->lhsTiles, lhs);
          EXPECT_LT(t->lhsBlocks * (t->lhsTiles - 1), lhs);
          EXPECT_GE(t->rhsBlocks * t->rhsTiles, rhs);
          EXPECT_LT(t->rhsBlocks * (t->rhsTiles - 1), rhs);
          EXPECT_EQ(t->contraction, contraction);
        }
  // Neither kind of answer is untested.
  EXPECT_GT(found, 100);
  EXPECT_GT(none, 20);
}

TEST(MatmulTiling, LegalForLargeShapes) {
  Description machine = Description::asic();
  for (int64_t lhs : {1, 8, 64, 100, 200})
    for (int64_t rhs : {1, 16, 64, 192, 250})
      for (int64_t contraction : {1, 5, 48, 65, 193, 240}) {
        std::string why;
        std::optional<MatmulTiling> t =
            chooseMatmulTiling(machine, lhs, rhs, contraction, why);
        ASSERT_TRUE(t) << why;
        EXPECT_EQ(checkMatmul(machine, *t), "")
            << lhs << " x " << rhs << " x " << contraction;
        EXPECT_GE(t->lhsBlocks * t->lhsTiles, lhs);
        EXPECT_GE(t->rhsBlocks * t->rhsTiles, rhs);
      }
}

TEST(MatmulTiling, SaysWhatIsTooLarge) {
  // With 240 blocks the operand takes 61440 bytes of data; the result's masks
  // start at row 3840 of the last 4096 bytes and its data ends at 65536.
  std::string why;
  EXPECT_TRUE(chooseMatmulTiling(Description::asic(), 1, 1, 240, why)) << why;
  EXPECT_EQ(why, "");
  EXPECT_FALSE(chooseMatmulTiling(Description::asic(), 1, 1, 256, why));
  EXPECT_EQ(why, "a contraction of 4096 does not fit: 16 rows of it and 16 "
                 "results take 4112 of 4096 vectors of an operand memory; the "
                 "longest that fits is 3840");
}

/// The longest contraction that the message names fits, and one block more
/// does not.
TEST(MatmulTiling, NamesTheLongestContraction) {
  for (const Description &machine : getMachines()) {
    std::string why;
    ASSERT_FALSE(chooseMatmulTiling(machine, 1, 1, 300, why));
    size_t at = why.rfind(' ');
    int64_t longest = std::stoll(why.substr(at + 1)) / 16;
    std::string whyNot;
    EXPECT_TRUE(chooseMatmulTiling(machine, 1, 1, longest, whyNot))
        << machine.dataBytes << "/" << machine.maskBytes << "/"
        << machine.addressBits << ": " << why;
    EXPECT_FALSE(chooseMatmulTiling(machine, 1, 1, longest + 1, whyNot))
        << machine.dataBytes << "/" << machine.maskBytes << "/"
        << machine.addressBits << ": " << why;
  }
}

TEST(MatmulTiling, RtlAddressesHave12Bits) {
  // The result starts behind the operand, below byte 4096: at most 255 vectors.
  Description rtl = Description::rtl();
  std::string why;
  std::optional<MatmulTiling> t = chooseMatmulTiling(rtl, 4, 4, 15, why);
  ASSERT_TRUE(t) << why;
  EXPECT_EQ(checkMatmul(rtl, *t), "");
  EXPECT_LT(t->outAddress, 4096);
  EXPECT_FALSE(chooseMatmulTiling(rtl, 4, 4, 16, why));
}

//===----------------------------------------------------------------------===//
// chooseRowTiling
//===----------------------------------------------------------------------===//

std::string checkRows(const Description &machine, const RowTiling &t,
                      unsigned numOperands) {
  if (t.numVector > 255 || t.numTimestep > 255)
    return "an extent exceeds its register field";
  if (t.rows() % 4 != 0)
    return "mask transfers move four rows at a time";
  std::vector<Range> streams = {{0, t.rows()}};
  if (numOperands == 2)
    streams.push_back({t.rhsAddress, t.rows()});
  streams.push_back({t.outAddress, t.rows()});
  return check(machine, streams);
}

/// The most timesteps for which any places of the operands and the result fit;
/// 0 if none do.
int64_t findMostTimesteps(const Description &machine, int64_t vectors,
                          unsigned numOperands) {
  for (int64_t steps = 255; steps > 0; --steps) {
    RowTiling t;
    t.numVector = vectors, t.numTimestep = steps;
    int64_t rows = t.rows(), masks = machine.maskRows();
    if (rows > masks)
      continue;
    int64_t last = numOperands == 2 ? int64_t(machine.dataBytes) : 1;
    for (t.rhsAddress = 0; t.rhsAddress < last; ++t.rhsAddress) {
      bool two = numOperands == 2;
      std::optional<int64_t> out =
          placeAfter(machine, two ? t.rhsAddress % masks + rows : rows,
                     two ? (t.rhsAddress + 15) / 16 + rows : rows, rows);
      if (!out)
        continue;
      t.outAddress = *out;
      if (checkRows(machine, t, numOperands).empty())
        return steps;
    }
  }
  return 0;
}

TEST(RowTiling, IsLegalAndOfFewestTiles) {
  int found = 0, none = 0;
  for (const Description &machine :
       {makeMachine(4096, 512), makeMachine(4096, 8192), makeMachine(4096, 64),
        makeMachine(8192, 1024, 12)})
    for (unsigned numOperands : {1u, 2u})
      for (int64_t vectors : {1, 2, 3, 4, 5, 6, 8, 15, 16, 21, 22, 64, 255}) {
        int64_t most = findMostTimesteps(machine, vectors, numOperands);
        for (int64_t rows : {1, 2, 3, 4, 16, 63, 128, 254, 255, 256, 700}) {
          std::string why;
          std::optional<RowTiling> t =
              chooseRowTiling(machine, rows, vectors, numOperands, 0, why);
          SCOPED_TRACE(std::to_string(machine.dataBytes) + "/" +
                       std::to_string(machine.maskBytes) + ", " +
                       std::to_string(numOperands) + " operands: " +
                       std::to_string(rows) + " x " + std::to_string(vectors));
          ASSERT_EQ(bool(t), most > 0) << why;
          EXPECT_EQ(why.empty(), bool(t));
          if (!t) {
            ++none;
            continue;
          }
          ++found;
          EXPECT_EQ(checkRows(machine, *t, numOperands), "");
          EXPECT_EQ(t->numVector, vectors);
          EXPECT_EQ(t->numTiles, (rows + most - 1) / most) << most;
          EXPECT_GE(t->numTimestep * t->numTiles, rows);
          EXPECT_LT(t->numTimestep * (t->numTiles - 1), rows);
        }
      }
  EXPECT_GT(found, 100);
  EXPECT_GT(none, 20);
}

TEST(RowTiling, LegalOnShippedMachines) {
  for (const Description &machine : {Description::asic(), Description::rtl()})
    for (unsigned numOperands : {1u, 2u})
      for (int64_t rows : {1, 5, 64, 255, 256, 1000})
        for (int64_t vectors = 1; vectors <= 255; ++vectors) {
          std::string why;
          std::optional<RowTiling> t =
              chooseRowTiling(machine, rows, vectors, numOperands, 0, why);
          if (t)
            EXPECT_EQ(checkRows(machine, *t, numOperands), "")
                << machine.name << ": " << rows << " x " << vectors;
          else
            EXPECT_EQ(machine.name, "rtl") << rows << " x " << vectors;
        }
}

TEST(RowTiling, SaysWhatIsTooLarge) {
  std::string why;
  EXPECT_TRUE(chooseRowTiling(Description::asic(), 1, 255, 2, 0, why)) << why;
  EXPECT_FALSE(chooseRowTiling(Description::asic(), 1, 256, 2, 0, why));
  EXPECT_EQ(why, "a row of 4096 codes does not fit: with 2 operands and the "
                 "result it needs 768 vectors of the data memory's 4096, and "
                 "at most 255 per row");
  // 4096 bytes of aux memory hold two parameters of 2048.
  why.clear();
  EXPECT_TRUE(chooseRowTiling(Description::asic(), 1, 128, 1, 2, why)) << why;
  EXPECT_FALSE(chooseRowTiling(Description::asic(), 1, 129, 1, 2, why));
  EXPECT_EQ(why, "2 parameters of 2064 codes do not fit the aux memory; the "
                 "longest that do have 2048");
  // Where its base counts bytes, a second parameter lies below byte 256.
  EXPECT_TRUE(chooseRowTiling(Description::rtl(), 1, 15, 1, 2, why)) << why;
  EXPECT_FALSE(chooseRowTiling(Description::rtl(), 1, 16, 1, 2, why));
  EXPECT_EQ(why, "the second of two parameters of 256 codes is out of reach: "
                 "its base goes to 255 in steps of 1 bytes; the longest that "
                 "it reaches have 240");
  EXPECT_TRUE(chooseRowTiling(Description::rtl(), 1, 16, 1, 1, why)) << why;
}

TEST(RowTiling, ASecondResultLiesBehindTheFirst) {
  std::string why;
  for (unsigned numOperands : {1u, 2u})
    for (int64_t vectors : {1, 3, 48, 64}) {
      std::optional<RowTiling> t =
          chooseRowTiling(Description::asic(), 128, vectors, numOperands, 2,
                          why, kMaxTimesteps, 2);
      ASSERT_TRUE(t) << vectors;
      EXPECT_EQ(checkRows(Description::asic(), *t, numOperands), "");
      // The second result is a result of the same rows behind more operands.
      RowTiling second = *t;
      second.rhsAddress = t->outAddress;
      second.outAddress = t->nextAddress;
      EXPECT_GE(t->nextAddress, t->outAddress + 16 * t->rows());
      EXPECT_EQ(checkRows(Description::asic(), second, 2), "");
    }
}

TEST(MatmulTiling, MoreMemoryIsNeverSlower) {
  for (int64_t lhs : {1, 8, 20})
    for (int64_t rhs : {4, 48, 192})
      for (int64_t contraction : {4, 48, 100}) {
        int64_t previous = std::numeric_limits<int64_t>::max();
        for (unsigned size : {8u, 4u, 2u, 1u}) {
          Description machine = Description::asic();
          machine.dataBytes /= size;
          machine.maskBytes /= size;
          std::string why;
          auto t = chooseMatmulTiling(machine, lhs, rhs, contraction, why);
          if (!t)
            continue;
          EXPECT_LE(t->cycles, previous)
              << lhs << " " << rhs << " " << contraction << " 1/" << size;
          previous = t->cycles;
        }
      }
}

TEST(MatmulTiling, ThesisTilesAreThoseOfItsDriver) {
  // Fact sheet 7.3, in blocks: rows, columns, contraction; then its tiles.
  int64_t cases[][5] = {{8, 4, 48, 4, 4},
                        {8, 48, 48, 4, 5},
                        {8, 192, 48, 4, 5},
                        {8, 48, 192, 1, 1},
                        {8, 4, 8, 8, 4}};
  for (auto &[lhs, rhs, contraction, lhsBlocks, rhsBlocks] : cases) {
    std::string why;
    auto t =
        chooseThesisTiling(Description::asic(), lhs, rhs, contraction, why);
    ASSERT_TRUE(t) << why;
    EXPECT_EQ(t->lhsBlocks, lhsBlocks)
        << lhs << " " << rhs << " " << contraction;
    EXPECT_EQ(t->rhsBlocks, rhsBlocks)
        << lhs << " " << rhs << " " << contraction;
    EXPECT_EQ(t->lhsTiles, (lhs + lhsBlocks - 1) / lhsBlocks);
    EXPECT_EQ(t->rhsTiles, (rhs + rhsBlocks - 1) / rhsBlocks);
    // The search is never worse.
    auto best =
        chooseMatmulTiling(Description::asic(), lhs, rhs, contraction, why);
    EXPECT_LE(best->cycles, t->cycles);
  }
  std::string why;
  EXPECT_FALSE(chooseThesisTiling(Description::asic(), 1, 1, 256, why));
  EXPECT_NE(why.find("does not fit"), std::string::npos) << why;
}

//===----------------------------------------------------------------------===//
// chooseAttentionTiling
//===----------------------------------------------------------------------===//

TEST(AttentionTiling, StreamsAreApartAndFit) {
  Description machine = Description::asic();
  for (int64_t rows : {1, 8, 19})
    for (int64_t keys : {1, 8, 20, 63})
      for (int64_t depth : {1, 4}) {
        auto t = chooseAttentionTiling(machine, rows, keys, depth, depth);
        ASSERT_TRUE(t) << rows << " " << keys << " " << depth;
        EXPECT_GE(t->rowBlocks * t->rowTiles, rows);
        EXPECT_LT(t->rowBlocks * (t->rowTiles - 1), rows);
        EXPECT_LE(t->rowBlocks * 16, 255);
        // Mask rows and data bytes that the four streams of decoder 1 take.
        std::vector<bool> masks(machine.maskRows()), data(machine.dataBytes);
        auto take = [&](int64_t address, int64_t vectors) {
          for (int64_t v = 0; v < vectors; ++v) {
            int64_t mask = address % machine.maskRows() + v;
            ASSERT_LT(mask, int64_t(machine.maskRows()));
            EXPECT_FALSE(masks[mask]);
            masks[mask] = true;
          }
          for (int64_t b = address; b < address + 16 * vectors; ++b) {
            ASSERT_LT(b, int64_t(machine.dataBytes));
            EXPECT_FALSE(data[b]);
            data[b] = true;
          }
        };
        take(0, t->rowBlocks * depth * 16);
        take(t->scoresAddress, t->rowBlocks * keys * 16);
        take(t->weightsAddress, t->rowBlocks * keys * 16);
        take(t->outAddress, t->rowBlocks * depth * 16);
      }
}

TEST(AttentionTiling, NeedsTheTiledLayoutAndRoom) {
  EXPECT_FALSE(chooseAttentionTiling(Description::rtl(), 1, 1, 1, 1));
  EXPECT_FALSE(chooseAttentionTiling(Description::asic(), 8, 64, 4, 4));
  EXPECT_FALSE(chooseAttentionTiling(Description::asic(), 8, 63, 5, 4));
  Description late = Description::asic();
  late.softmaxDecoderPeriod = 4;
  EXPECT_FALSE(chooseAttentionTiling(late, 1, 1, 1, 1));
}

} // namespace
