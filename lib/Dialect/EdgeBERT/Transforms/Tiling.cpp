//===- Tiling.cpp - how an operation is cut to fit the machine ------------===//

#include "edgebert/Dialect/EdgeBERT/Transforms/Tiling.h"

#include "edgebert/Machine/Timing.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

using namespace edgebert;
using namespace edgebert::accel;

namespace {
constexpr int64_t kVector = machine::Description::vectorSize;
constexpr int64_t kMaxRowVectors = machine::field::numVector.max();
constexpr int64_t kMaxColumnBlocks =
    std::min(machine::field::n0.max(), machine::field::n1.max()) / kVector;
constexpr auto Load = machine::TransferDirection::Load;
constexpr auto Store = machine::TransferDirection::Store;
constexpr int64_t kMaxContraction = machine::field::m.max() / kVector;
} // namespace

std::optional<int64_t> accel::placeAfter(const machine::Description &machine,
                                         int64_t maskRowsUsed,
                                         int64_t dataRowsUsed,
                                         int64_t rowsNeeded) {
  int64_t maskRows = machine.maskRows();
  for (int64_t turn = 0; turn * maskRows < machine.dataBytes; ++turn) {
    int64_t row =
        std::max(maskRowsUsed, dataRowsUsed * kVector - turn * maskRows);
    int64_t address = turn * maskRows + row;
    if (row + rowsNeeded > maskRows)
      continue;
    if (address + rowsNeeded * kVector > machine.dataBytes ||
        address >> machine.addressBits != 0)
      return std::nullopt;
    return address;
  }
  return std::nullopt;
}

std::optional<StreamTransfer>
accel::getTransfer(const machine::Description &machine,
                   machine::TransferDirection direction, int64_t maskRows,
                   int64_t dataRows) {
  std::optional<unsigned> masks = machine::exactTransfer(
      machine, machine::MemoryKind::Mask, direction, maskRows);
  std::optional<unsigned> data = machine::exactTransfer(
      machine, machine::MemoryKind::Data, direction, dataRows);
  if (!masks || !data)
    return std::nullopt;
  return StreamTransfer{*masks, *data};
}

/// Cycles of loading a dense stream. Its masks are loaded once for all tiles.
static int64_t loadCycles(const machine::Description &machine,
                          StreamTransfer transfer) {
  return machine::timing::dataLoad(machine, transfer.dataRows * 2);
}

static int64_t storeCycles(const machine::Description &machine,
                           StreamTransfer transfer) {
  return machine::timing::maskStore(machine, transfer.maskRows / 4) +
         machine::timing::dataStore(machine, transfer.dataRows * 2);
}

/// Whether the store of a result at `address` stays in the data memory.
static bool storeFits(const machine::Description &machine, int64_t address,
                      const std::optional<StreamTransfer> &store) {
  return store &&
         address + store->dataRows * kVector <= int64_t(machine.dataBytes);
}

/// Places the result and counts cycles; none if the tiling does not fit.
static bool completeTiling(const machine::Description &machine,
                           MatmulTiling &tiling) {
  int64_t maxRows =
      std::min<int64_t>(machine.maskRows(), machine.dataBytes / kVector);
  if (tiling.lhsRows() > maxRows || tiling.rhsRows() > maxRows ||
      tiling.outRows() > maxRows)
    return false;
  std::optional<StreamTransfer> lhsLoad =
      getTransfer(machine, Load, tiling.lhsRows(), tiling.lhsRows());
  std::optional<StreamTransfer> rhsLoad =
      getTransfer(machine, Load, tiling.rhsRows(), tiling.rhsRows());
  std::optional<StreamTransfer> store =
      getTransfer(machine, Store, tiling.outRows(), tiling.outRows());
  if (!lhsLoad || !rhsLoad || !store)
    return false;
  // Decoder 1 holds lhs, decoder 0 rhs; the result goes where there is room.
  std::optional<int64_t> address =
      placeAfter(machine, tiling.lhsRows(), tiling.lhsRows(), tiling.outRows());
  tiling.outDecoder = 1;
  if (!address) {
    address = placeAfter(machine, tiling.rhsRows(), tiling.rhsRows(),
                         tiling.outRows());
    tiling.outDecoder = 0;
  }
  if (!address || !storeFits(machine, *address, store))
    return false;
  tiling.outAddress = *address;

  int64_t steps = tiling.lhsTiles * tiling.rhsTiles;
  int64_t lhsLoads = tiling.lhsOuter ? tiling.lhsTiles : steps;
  int64_t rhsLoads = tiling.lhsOuter ? steps : tiling.rhsTiles;
  tiling.cycles =
      lhsLoads * loadCycles(machine, *lhsLoad) +
      rhsLoads * loadCycles(machine, *rhsLoad) +
      steps * (storeCycles(machine, *store) +
               int64_t(machine::timing::matmul(
                   machine, tiling.rhsBlocks * kVector,
                   tiling.lhsBlocks * kVector, tiling.contraction * kVector)));
  return true;
}

std::optional<MatmulTiling>
accel::chooseMatmulTiling(const machine::Description &machine,
                          int64_t lhsBlocks, int64_t rhsBlocks,
                          int64_t contraction, std::string &why) {
  int64_t maxRows =
      std::min<int64_t>(machine.maskRows(), machine.dataBytes / kVector);
  std::optional<MatmulTiling> best;
  if (contraction <= kMaxContraction) {
    // Different tile sizes with the same number of tiles differ only in how
    // much padding they carry, so numbers of tiles are what is enumerated.
    auto fit = [&](int64_t blocks) {
      return std::min(
          {blocks, kMaxColumnBlocks,
           std::max<int64_t>(maxRows / (contraction * kVector), 1)});
    };
    int64_t minLhsTiles = llvm::divideCeil(lhsBlocks, fit(lhsBlocks));
    int64_t minRhsTiles = llvm::divideCeil(rhsBlocks, fit(rhsBlocks));
    for (int64_t lhsTiles = minLhsTiles; lhsTiles <= lhsBlocks; ++lhsTiles) {
      for (int64_t rhsTiles = minRhsTiles; rhsTiles <= rhsBlocks; ++rhsTiles) {
        for (bool lhsOuter : {true, false}) {
          MatmulTiling tiling;
          tiling.contraction = contraction;
          tiling.lhsBlocks = llvm::divideCeil(lhsBlocks, lhsTiles);
          tiling.lhsTiles = llvm::divideCeil(lhsBlocks, tiling.lhsBlocks);
          tiling.rhsBlocks = llvm::divideCeil(rhsBlocks, rhsTiles);
          tiling.rhsTiles = llvm::divideCeil(rhsBlocks, tiling.rhsBlocks);
          tiling.lhsOuter = lhsOuter;
          if (completeTiling(machine, tiling) &&
              (!best || tiling.cycles < best->cycles))
            best = tiling;
        }
      }
    }
  }
  if (!best) {
    // 16 rows of each operand and one block of results are the smallest tile.
    MatmulTiling smallest{kMaxContraction, 1, 1, 1, 1};
    while (smallest.contraction > 0 && !completeTiling(machine, smallest))
      --smallest.contraction;
    why = llvm::formatv("a contraction of {0} does not fit: 16 rows of it and "
                        "16 results take {1} of {2} vectors of an operand "
                        "memory; the longest that fits is {3}",
                        contraction * kVector, contraction * kVector + kVector,
                        maxRows, smallest.contraction * kVector)
              .str();
  }
  return best;
}

std::optional<MatmulTiling>
accel::chooseThesisTiling(const machine::Description &machine,
                          int64_t lhsBlocks, int64_t rhsBlocks,
                          int64_t contraction, std::string &why) {
  // Of the mask buffer's bits, all in blocks of 16.
  int64_t bits = int64_t(machine.maskBytes) * 8 / kVector / kVector;
  MatmulTiling tiling;
  tiling.contraction = contraction;
  tiling.rhsBlocks = std::clamp<int64_t>(bits / contraction, 1, rhsBlocks);
  tiling.lhsBlocks = std::clamp<int64_t>(
      bits / (contraction + tiling.rhsBlocks), 1, lhsBlocks);
  while (contraction <= kMaxContraction) {
    tiling.lhsTiles = llvm::divideCeil(lhsBlocks, tiling.lhsBlocks);
    tiling.rhsTiles = llvm::divideCeil(rhsBlocks, tiling.rhsBlocks);
    if (completeTiling(machine, tiling)) {
      // As if neither stayed.
      int64_t again = (tiling.lhsTiles * tiling.rhsTiles - tiling.lhsTiles);
      tiling.cycles +=
          again *
          loadCycles(machine, *getTransfer(machine, Load, tiling.lhsRows(),
                                           tiling.lhsRows()));
      return tiling;
    }
    int64_t &larger = tiling.rhsBlocks >= tiling.lhsBlocks ? tiling.rhsBlocks
                                                           : tiling.lhsBlocks;
    if (larger == 1)
      break;
    --larger;
  }
  // The search names the limit.
  if (!chooseMatmulTiling(machine, lhsBlocks, rhsBlocks, contraction, why))
    return std::nullopt;
  why = "no tile of the thesis's driver fits";
  return std::nullopt;
}

int64_t accel::getMaxSoftmaxTimesteps(const machine::Description &machine,
                                      int64_t numVector, int64_t numSpans) {
  int64_t most = machine.softmaxDecoderPeriod == 3 ? kMaxTimesteps : 2;
  if (numSpans <= 1)
    return most;
  if (!machine.softmaxSpanPerRow)
    return 1;
  int64_t rows = 1;
  while (rows < most &&
         machine::exactTransfer(machine, machine::MemoryKind::Aux, Load,
                                unsigned((rows + 1) * numVector)))
    ++rows;
  return rows;
}

std::optional<RowTiling>
accel::chooseRowTiling(const machine::Description &machine, int64_t numRows,
                       int64_t numVector, unsigned numOperands,
                       unsigned numParameters, std::string &why,
                       int64_t maxTimesteps, unsigned numResults) {
  int64_t auxRows = machine.auxBytes / kVector;
  if (numParameters * numVector > auxRows) {
    why =
        llvm::formatv("{0} parameters of {1} codes do not fit the aux memory; "
                      "the longest that do have {2}",
                      numParameters, numVector * kVector,
                      auxRows / numParameters * kVector)
            .str();
    return std::nullopt;
  }
  if (numParameters != 0 &&
      !machine::exactTransfer(machine, machine::MemoryKind::Aux, Load,
                              numParameters * numVector)) {
    why = llvm::formatv("{0} parameters of {1} codes cannot be loaded exactly",
                        numParameters, numVector * kVector)
              .str();
    return std::nullopt;
  }
  // The last parameter lies behind the others.
  int64_t lastBase = std::max<int64_t>(int64_t(numParameters) - 1, 0) *
                     numVector * kVector / machine.auxBaseUnit;
  if (lastBase > machine::field::baseBeta.max()) {
    why = llvm::formatv(
              "the second of two parameters of {0} codes is out of reach: its "
              "base goes to {1} in steps of {2} bytes; the longest that it "
              "reaches have {3}",
              numVector * kVector, machine::field::baseBeta.max(),
              machine.auxBaseUnit,
              machine::field::baseBeta.max() * machine.auxBaseUnit / kVector *
                  kVector)
              .str();
    return std::nullopt;
  }
  auto place = [&](int64_t timesteps) -> std::optional<RowTiling> {
    if (timesteps > maxTimesteps)
      return std::nullopt;
    RowTiling tiling;
    tiling.numVector = numVector;
    tiling.numTimestep = timesteps;
    tiling.numTiles = llvm::divideCeil(numRows, timesteps);
    int64_t rows = tiling.rows(), maskRows = machine.maskRows();
    std::optional<StreamTransfer> store =
        getTransfer(machine, Store, rows, rows);
    // Whether the results fit behind what is there, and where.
    auto placeResults = [&](int64_t masks, int64_t data) {
      std::optional<int64_t> out = placeAfter(machine, masks, data, rows);
      if (!out)
        return false;
      tiling.outAddress = *out;
      if (numResults == 2) {
        out = placeAfter(machine, *out % maskRows + rows,
                         llvm::divideCeil(*out, kVector) + rows, rows);
        if (!out)
          return false;
        tiling.nextAddress = *out;
      }
      return storeFits(machine, *out, store);
    };
    // The result goes behind the operands. A higher place for the second
    // operand can leave it more mask rows, so one turn after the other is
    // tried.
    if (numOperands == 1)
      return getTransfer(machine, Load, rows, rows) && placeResults(rows, rows)
                 ? std::optional(tiling)
                 : std::nullopt;
    int64_t from = rows;
    while (std::optional<int64_t> rhs = placeAfter(machine, rows, from, rows)) {
      // One load covers both operands.
      int64_t masks = *rhs % maskRows + rows,
              data = llvm::divideCeil(*rhs, kVector) + rows;
      if (getTransfer(machine, Load, masks, data) &&
          placeResults(masks, data)) {
        tiling.rhsAddress = *rhs;
        return tiling;
      }
      from = llvm::divideCeil((*rhs / maskRows + 1) * maskRows, kVector);
    }
    return std::nullopt;
  };

  // Transfers of masks move four rows at a time.
  int64_t step = 4 / std::gcd(numVector, int64_t(4));
  if (step > maxTimesteps) {
    why = llvm::formatv("a row of {0} codes needs {1} rows per operation, for "
                        "masks move in fours; the unit gets {2} right",
                        numVector * kVector, step, maxTimesteps)
              .str();
    return std::nullopt;
  }
  if (numVector <= kMaxRowVectors) {
    for (int64_t tiles = llvm::divideCeil(numRows, maxTimesteps);
         tiles <= numRows; ++tiles)
      if (std::optional<RowTiling> tiling =
              place(llvm::alignTo(llvm::divideCeil(numRows, tiles), step)))
        return tiling;
  }
  why = llvm::formatv("a row of {0} codes does not fit: with {1} operands and "
                      "the result it needs {2} vectors of the data memory's "
                      "{3}, and at most {4} per row",
                      numVector * kVector, numOperands,
                      (numOperands + numResults) * numVector,
                      machine.dataBytes / kVector, kMaxRowVectors)
            .str();
  return std::nullopt;
}

std::optional<AttentionTiling> accel::chooseAttentionTiling(
    const machine::Description &machine, int64_t rowBlocks, int64_t keyBlocks,
    int64_t depthBlocks, int64_t valueBlocks, bool spanPerRow) {
  int64_t maskRows = machine.maskRows(),
          maxRows = std::min<int64_t>(maskRows, machine.dataBytes / kVector);
  int64_t keyRows = keyBlocks * depthBlocks * kVector,
          valueRows = valueBlocks * keyBlocks * kVector;
  if (!machine.tiledLayout || (spanPerRow && !machine.softmaxSpanPerRow) ||
      getMaxSoftmaxTimesteps(machine) != kMaxTimesteps ||
      keyBlocks > std::min({kMaxColumnBlocks, kMaxRowVectors, kMaxContraction,
                            int64_t(machine.auxBytes) / kVector}) ||
      depthBlocks > kMaxContraction || valueBlocks > kMaxColumnBlocks ||
      std::max(keyRows, valueRows) > maxRows ||
      !getTransfer(machine, Load, keyRows, keyRows) ||
      !getTransfer(machine, Load, valueRows, valueRows) ||
      !machine::exactTransfer(machine, machine::MemoryKind::Aux, Load,
                              keyBlocks))
    return std::nullopt;
  int64_t maxBlocks = std::min(kMaxTimesteps / kVector, kMaxColumnBlocks);
  for (int64_t tiles = llvm::divideCeil(rowBlocks, maxBlocks);
       tiles <= rowBlocks; ++tiles) {
    AttentionTiling tiling;
    tiling.rowBlocks = llvm::divideCeil(rowBlocks, tiles);
    tiling.rowTiles = llvm::divideCeil(rowBlocks, tiling.rowBlocks);
    tiling.keyBlocks = keyBlocks;
    tiling.depthBlocks = depthBlocks;
    tiling.valueBlocks = valueBlocks;
    // Each stream behind the one before.
    int64_t masks = 0, data = 0;
    auto place = [&](int64_t columnBlocks, int64_t &address) {
      int64_t rows = tiling.rowBlocks * columnBlocks * kVector;
      std::optional<int64_t> found = placeAfter(machine, masks, data, rows);
      if (!found)
        return false;
      address = *found;
      masks = address % maskRows + rows;
      data = llvm::divideCeil(address, kVector) + rows;
      return true;
    };
    if (spanPerRow &&
        !machine::exactTransfer(machine, machine::MemoryKind::Aux, Load,
                                tiling.rowBlocks * kVector * keyBlocks))
      continue;
    int64_t start = 0;
    int64_t lhsRows = tiling.rowBlocks * depthBlocks * kVector,
            outRows = tiling.rowBlocks * valueBlocks * kVector;
    if (place(depthBlocks, start) && place(keyBlocks, tiling.scoresAddress) &&
        place(keyBlocks, tiling.weightsAddress) &&
        place(valueBlocks, tiling.outAddress) &&
        getTransfer(machine, Load, lhsRows, lhsRows) &&
        storeFits(machine, tiling.outAddress,
                  getTransfer(machine, Store, outRows, outRows)))
      return tiling;
  }
  return std::nullopt;
}
