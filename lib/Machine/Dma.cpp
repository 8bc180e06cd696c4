//===- Dma.cpp - transfers between external memory and the chip -*- C++ -*-===//
//
// Beats of 8 bytes in bursts (fact sheet 6). A beat of masks is four rows.
//
//===----------------------------------------------------------------------===//

#include "edgebert/Machine/Machine.h"

#include "edgebert/Machine/Timing.h"
#include "edgebert/Machine/Transfers.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SwapByteOrder.h"

#include <cstring>

using namespace edgebert::machine;

namespace {
/// `beats` of one burst: 8 bytes each at `external`, and from byte `chip` of
/// the scratchpad (twice the row for masks) on.
struct Burst {
  uint64_t external;
  uint64_t chip;
  uint64_t beats;
};
} // namespace

static llvm::StringRef kindName(MemoryKind kind) {
  switch (kind) {
  case MemoryKind::Mask:
    return "mask";
  case MemoryKind::Data:
    return "data";
  case MemoryKind::Aux:
    return "auxiliary";
  }
  return "";
}

/// The bursts of a transfer. `counterBits`: of the published burst counter.
static llvm::SmallVector<Burst, 16> burstsOf(const Description &desc,
                                             MemoryKind kind, uint64_t beats,
                                             uint32_t external, uint64_t chip,
                                             unsigned counterBits) {
  llvm::SmallVector<Burst, 16> bursts;
  uint64_t moved = 0;
  for (uint64_t b = 0; moved < beats; ++b) {
    uint64_t length = std::min<uint64_t>(desc.burstBeats, beats - moved);
    if (desc.dmaDefects) {
      // The addresses are computed from this burst's own length, and those of
      // masks outside advance by 4 bytes a beat.
      uint64_t counter = b & ((1u << counterBits) - 1);
      uint64_t stride = kind == MemoryKind::Mask ? 4 : 8;
      bursts.push_back({external + counter * stride * length,
                        chip + counter * 8 * length, length});
    } else {
      bursts.push_back({external + 8 * moved, chip + 8 * moved, length});
    }
    moved += length;
  }
  return bursts;
}

/// The number of beats of a transfer, or an error.
static llvm::Expected<uint64_t> beatsOf(const Description &desc,
                                        MemoryKind kind, unsigned vectors,
                                        llvm::StringRef direction) {
  if (vectors == 0)
    return llvm::createStringError(kindName(kind) + " " + direction +
                                   " of 0 vectors; the smallest is " +
                                   (kind == MemoryKind::Mask ? "4" : "1"));
  uint64_t beats =
      kind == MemoryKind::Mask ? vectors / 4 : 2 * uint64_t(vectors);
  if (desc.dmaDefects)
    return beats & ((1u << kBeatCounterBits) - 1);
  if (kind == MemoryKind::Mask && vectors % 4 != 0)
    return llvm::createStringError(
        "mask " + direction + " of " + llvm::Twine(vectors) +
        " rows (M_1 of vector_count (0x40) = " + llvm::Twine(vectors - 1) +
        "); expected a multiple of 4, the rows of a beat: use " +
        llvm::Twine((vectors + 3) / 4 * 4));
  return beats;
}

static llvm::Error checkRanges(llvm::ArrayRef<Burst> bursts, MemoryKind kind,
                               llvm::StringRef direction, bool checkChip,
                               uint64_t chipBytes, uint64_t externalStart,
                               uint64_t externalSize) {
  for (const Burst &burst : bursts) {
    uint64_t end = burst.external + 8 * burst.beats;
    if (burst.external < externalStart || end > externalStart + externalSize)
      return llvm::createStringError(
          kindName(kind) + " " + direction + " of external bytes 0x" +
          llvm::utohexstr(burst.external, true) + "..0x" +
          llvm::utohexstr(end - 1, true) +
          (externalSize == 0
               ? llvm::Twine(", but no external memory is attached")
               : ", outside the external memory 0x" +
                     llvm::utohexstr(externalStart, true) + "..0x" +
                     llvm::utohexstr(externalStart + externalSize - 1, true)));
    if (!checkChip)
      continue;
    uint64_t unit = kind == MemoryKind::Mask ? 2 : 1;
    uint64_t chipEnd = burst.chip + 8 * burst.beats;
    if (chipEnd > chipBytes)
      return llvm::createStringError(
          kindName(kind) + " " + direction + " up to " +
          (kind == MemoryKind::Mask ? "row " : "byte ") +
          llvm::Twine(chipEnd / unit - 1) + " of the " + kindName(kind) +
          " memory, which ends at " + llvm::Twine(chipBytes / unit - 1));
  }
  return llvm::Error::success();
}

/// Copies to a memory from byte `at` on; the rtl machine's addresses wrap.
static void copyIn(const uint8_t *from, uint64_t bytes,
                   std::vector<uint8_t> &memory, uint64_t at) {
  if (at + bytes <= memory.size())
    std::memcpy(memory.data() + at, from, bytes);
  else
    for (uint64_t i = 0; i < bytes; ++i)
      memory[(at + i) % memory.size()] = from[i];
}

/// Rows of two bytes, low byte first.
static void copyMasksIn(const uint8_t *from, uint64_t rows,
                        std::vector<uint16_t> &memory, uint64_t at) {
  if (llvm::sys::IsLittleEndianHost && at + rows <= memory.size()) {
    std::memcpy(memory.data() + at, from, 2 * rows);
    return;
  }
  for (uint64_t i = 0; i < rows; ++i)
    memory[(at + i) % memory.size()] =
        uint16_t(from[2 * i] | from[2 * i + 1] << 8);
}

static void copyOut(const std::vector<uint8_t> &memory, uint64_t at,
                    uint8_t *to, uint64_t bytes) {
  if (at + bytes <= memory.size())
    std::memcpy(to, memory.data() + at, bytes);
  else
    for (uint64_t i = 0; i < bytes; ++i)
      to[i] = memory[(at + i) % memory.size()];
}

/// The byte of a memory at which a stream at `base` starts.
static uint64_t firstByte(MemoryKind kind, uint32_t maskRow, uint32_t base) {
  switch (kind) {
  case MemoryKind::Mask:
    return 2 * uint64_t(maskRow);
  case MemoryKind::Data:
    return base;
  case MemoryKind::Aux:
    return 0;
  }
  return 0;
}

llvm::Error Machine::load(MemoryKind kind, unsigned decoder, uint32_t address,
                          unsigned vectors, uint32_t base) {
  llvm::Expected<uint64_t> beats = beatsOf(desc, kind, vectors, "load");
  if (!beats)
    return beats.takeError();
  Side &target = side[decoder & 1];
  uint64_t chipBytes = kind == MemoryKind::Mask   ? desc.maskBytes
                       : kind == MemoryKind::Data ? desc.dataBytes
                                                  : desc.auxBytes;
  uint64_t start = firstByte(kind, maskRow(base), base);
  auto bursts =
      burstsOf(desc, kind, *beats, address, start, kLoadBurstCounterBits);
  if (llvm::Error error =
          checkRanges(bursts, kind, "load", desc.checksAddresses, chipBytes,
                      externalAddress, externalSize))
    return error;

  for (const Burst &burst : bursts) {
    const uint8_t *from = external + (burst.external - externalAddress);
    uint64_t bytes = 8 * burst.beats;
    if (kind == MemoryKind::Mask)
      copyMasksIn(from, bytes / 2, target.masks, burst.chip / 2);
    else
      copyIn(from, bytes, kind == MemoryKind::Data ? target.data : aux,
             burst.chip);
    if (transferObserver)
      transferObserver(Transfer::ToChip, burst.external, {from, bytes});
  }
  if (kind != MemoryKind::Aux)
    ++target.version;
  counters.bytesIn += 8 * *beats;
  Footprint footprint;
  footprint.ranges.push_back({kind, decoder, start, 8 * *beats, true});
  complete({kind == MemoryKind::Mask   ? Command::MaskLoad
            : kind == MemoryKind::Data ? Command::InputLoad
                                       : Command::AuxLoad,
            CycleKind::DmaRead,
            kind == MemoryKind::Mask ? timing::maskLoad(desc, *beats)
                                     : timing::dataLoad(desc, *beats),
            8 * *beats},
           footprint);
  return llvm::Error::success();
}

llvm::Error Machine::store(MemoryKind kind, unsigned decoder, uint32_t address,
                           uint32_t base, unsigned vectors) {
  llvm::Expected<uint64_t> beats = beatsOf(desc, kind, vectors, "store");
  if (!beats)
    return beats.takeError();
  const Side &source = side[decoder & 1];
  uint64_t chipBytes = kind == MemoryKind::Mask   ? desc.maskBytes
                       : kind == MemoryKind::Data ? desc.dataBytes
                                                  : desc.auxBytes;
  uint64_t start = firstByte(kind, maskRow(base), base);
  // The published auxiliary store's counter cannot wrap: it has 2 bursts.
  auto bursts =
      burstsOf(desc, kind, *beats, address, start, kStoreBurstCounterBits);
  if (llvm::Error error =
          checkRanges(bursts, kind, "store", desc.checksAddresses, chipBytes,
                      externalAddress, externalSize))
    return error;

  for (const Burst &burst : bursts) {
    uint8_t *to = external + (burst.external - externalAddress);
    uint64_t bytes = 8 * burst.beats;
    if (kind == MemoryKind::Mask)
      for (uint64_t i = 0; i < bytes; i += 2) {
        uint16_t mask = source.masks[(burst.chip + i) / 2 % desc.maskRows()];
        to[i] = uint8_t(mask);
        to[i + 1] = uint8_t(mask >> 8);
      }
    else
      copyOut(kind == MemoryKind::Data ? source.data : aux, burst.chip, to,
              bytes);
    if (transferObserver)
      transferObserver(Transfer::FromChip, burst.external, {to, bytes});
  }
  counters.bytesOut += 8 * *beats;
  Footprint footprint;
  footprint.ranges.push_back({kind, decoder, start, 8 * *beats, false});
  complete({kind == MemoryKind::Mask   ? Command::MaskStore
            : kind == MemoryKind::Data ? Command::InputStore
                                       : Command::AuxStore,
            CycleKind::DmaWrite,
            kind == MemoryKind::Mask   ? timing::maskStore(desc, *beats)
            : kind == MemoryKind::Data ? timing::dataStore(desc, *beats)
                                       : timing::auxStore(desc, *beats),
            8 * *beats},
           footprint);
  return llvm::Error::success();
}
