//===- Streams.cpp - operands and results in the memories -------*- C++ -*-===//

#include "Streams.h"

#include "Hazards.h"
#include "LaneKernels.h"
#include "OperandCache.h"

using namespace edgebert::machine;

llvm::Expected<std::vector<uint16_t>>
Machine::readMasks(const llvm::Twine &what, unsigned decoder, StreamBase from,
                   uint64_t vectors) const {
  const std::vector<uint16_t> &memory = side[decoder].masks;
  uint32_t first = maskRow(from.base);
  if (desc.checksAddresses && first + vectors > memory.size())
    return llvm::createStringError(
        what + " has " + llvm::Twine(vectors) + " vectors from mask row " +
        llvm::Twine(first) + " (base " + llvm::Twine(from.base) +
        ") on, past the end of the mask memory of decoder " +
        llvm::Twine(decoder) + " (" + llvm::Twine(memory.size()) +
        " rows); at most " + llvm::Twine(memory.size() - first) + " fit");
  std::vector<uint16_t> masks(vectors);
  if (first + vectors <= memory.size())
    std::copy_n(memory.begin() + first, vectors, masks.begin());
  else
    for (uint64_t v = 0; v < vectors; ++v)
      masks[v] = memory[(first + v) % memory.size()];
  return masks;
}

/// An error if `rows` rows of data do not fit behind `byte`.
static llvm::Error checkData(const llvm::Twine &what, uint32_t byte,
                             uint64_t rows, uint64_t size) {
  if (byte + 16 * rows <= size)
    return llvm::Error::success();
  return llvm::createStringError(what + " has " + llvm::Twine(rows) +
                                 " data rows from byte " + llvm::Twine(byte) +
                                 " on, past the end of the data memory (" +
                                 llvm::Twine(size) + " bytes); at most " +
                                 llvm::Twine((size - byte) / 16) + " fit");
}

/// A stream found in a decoder's memories.
struct Machine::LocatedStream {
  std::vector<uint16_t> masks;
  LaneCounters counts;
  /// The data rows; none if they wrap around the end of the memory.
  std::optional<llvm::ArrayRef<uint8_t>> data;
};

llvm::Expected<Machine::LocatedStream> Machine::locate(const llvm::Twine &what,
                                                       unsigned decoder,
                                                       StreamBase from,
                                                       uint64_t vectors) const {
  auto masks = readMasks(what, decoder, from, vectors);
  if (!masks)
    return masks.takeError();
  LocatedStream stream{std::move(*masks), {}, std::nullopt};
  stream.counts = countLanes(stream.masks);
  const std::vector<uint8_t> &memory = side[decoder].data;
  uint64_t rows = largest(stream.counts);
  if (desc.checksAddresses)
    if (llvm::Error error =
            checkData(what, dataByte(from), rows, memory.size()))
      return std::move(error);
  if (dataByte(from) + 16 * rows <= memory.size())
    stream.data = llvm::ArrayRef(memory).slice(dataByte(from), 16 * rows);
  return stream;
}

std::vector<uint8_t> Machine::expand(const LocatedStream &stream,
                                     unsigned decoder, StreamBase from,
                                     unsigned rows, unsigned tiles,
                                     Layout layout) const {
  std::vector<uint8_t> matrix(16 * stream.masks.size());
  if (stream.data) {
    expandStream(stream.masks, stream.counts, stream.data->data(),
                 matrix.data(), layout == Layout::Tiled ? tiles : 0);
    return matrix;
  }
  std::vector<uint8_t> vectors(matrix.size());
  LaneCounters counters{};
  expandVectors(stream.masks, side[decoder].data, dataByte(from), counters,
                vectors.data());
  fromStream(vectors.data(), rows, tiles, layout, matrix.data());
  return matrix;
}

llvm::Expected<std::vector<uint8_t>>
Machine::readMatrix(const llvm::Twine &what, unsigned decoder, StreamBase from,
                    unsigned rows, unsigned tiles, Layout layout) const {
  auto stream = locate(what, decoder, from, uint64_t(rows) * tiles);
  if (!stream)
    return stream.takeError();
  return expand(*stream, decoder, from, rows, tiles, layout);
}

llvm::Expected<const kernels::Operand *>
Machine::readOperand(unsigned decoder, StreamBase from, unsigned rows,
                     unsigned columns, Precision precision) {
  CachedOperand &cached = cache[decoder];
  if (cached.version == side[decoder].version &&
      cached.base.base == from.base && cached.base.offset == from.offset &&
      cached.rows == rows && cached.columns == columns &&
      cached.precision == precision)
    return cached.operand.get();
  unsigned tiles = columns / codesPerVector(precision);
  auto stream = locate("operand " + llvm::Twine(decoder), decoder, from,
                       uint64_t(rows) * tiles);
  if (!stream)
    return stream.takeError();
  auto make = [&] {
    return kernels::Operand(
        expand(*stream, decoder, from, rows, tiles, Layout::Tiled).data(), rows,
        columns, precision);
  };
  if (stream->data)
    cached.operand = operands->get(
        {rows, columns, precision, stream->masks, *stream->data}, make);
  else
    cached.operand = std::make_shared<const kernels::Operand>(make());
  cached.version = side[decoder].version;
  cached.base = from;
  cached.rows = rows;
  cached.columns = columns;
  cached.precision = precision;
  return cached.operand.get();
}

llvm::Expected<std::vector<uint8_t>> Machine::readAux(const llvm::Twine &what,
                                                      unsigned base,
                                                      unsigned vectors) const {
  if (desc.checksAddresses && base + 16 * vectors > aux.size())
    return llvm::createStringError(
        what + " has " + llvm::Twine(vectors) + " vectors from byte " +
        llvm::Twine(base) + " on, past the end of the auxiliary memory (" +
        llvm::Twine(aux.size()) + " bytes); at most " +
        llvm::Twine((aux.size() - std::min<size_t>(base, aux.size())) / 16) +
        " fit");
  std::vector<uint8_t> codes(16 * size_t(vectors));
  for (size_t i = 0; i < codes.size(); ++i)
    codes[i] = aux[(base + i) % aux.size()];
  return codes;
}

void Machine::addHazard(Hazards &hazards, const llvm::Twine &what,
                        unsigned decoder, StreamBase from, uint64_t vectors,
                        std::function<uint64_t(uint64_t)> lastRead) const {
  if (!desc.checksAddresses)
    return;
  // The stream has been read, so it is inside the memories.
  const uint16_t *masks = side[decoder].masks.data() + maskRow(from.base);
  hazards.operands.push_back({what.str(), maskRow(from.base), dataByte(from),
                              std::vector<uint16_t>(masks, masks + vectors),
                              std::move(lastRead)});
}

llvm::Error Machine::writeMatrix(unsigned decoder, uint32_t base,
                                 llvm::ArrayRef<uint8_t> matrix, unsigned rows,
                                 unsigned tiles, Layout layout,
                                 const Hazards &hazards, Encoder *encoder) {
  std::vector<uint8_t> stream(matrix.size());
  toStream(matrix.data(), rows, tiles, layout, stream.data());
  if (encoder && !(encoder->isFresh() && encoder->bases.empty())) {
    encodeStream(decoder, stream, *encoder);
    return llvm::Error::success();
  }
  Side &target = side[decoder];
  uint32_t firstRow = maskRow(base);
  uint64_t vectors = stream.size() / 16;

  std::vector<uint16_t> masks(vectors);
  for (uint64_t v = 0; v < vectors; ++v)
    masks[v] = maskOf(&stream[16 * v]);
  LaneCounters counts = countLanes(masks);
  if (encoder)
    encoder->advance(counts, vectors);
  if (desc.checksAddresses) {
    if (firstRow + vectors > target.masks.size())
      return llvm::createStringError(
          "the result has " + llvm::Twine(vectors) + " vectors from mask row " +
          llvm::Twine(firstRow) + " on (base_output = " + llvm::Twine(base) +
          "), past the end of the mask memory (" +
          llvm::Twine(target.masks.size()) + " rows); at most " +
          llvm::Twine(target.masks.size() - firstRow) + " fit");
    if (base >= desc.dataBytes)
      return llvm::createStringError("base_output = " + llvm::Twine(base) +
                                     " is past the end of the data memory (" +
                                     llvm::Twine(desc.dataBytes) + " bytes)");
    if (llvm::Error error =
            checkData("the result", base, largest(counts), desc.dataBytes))
      return error;
    if (llvm::Error error = hazards.check(firstRow, base, masks))
      return error;
  }

  ++target.version;
  if (firstRow + vectors <= target.masks.size() &&
      base + 16 * uint64_t(largest(counts)) <= target.data.size()) {
    std::copy(masks.begin(), masks.end(), target.masks.begin() + firstRow);
    compactStream(masks, counts, stream.data(), target.data.data() + base);
    return llvm::Error::success();
  }
  LaneCounters counters{};
  for (uint64_t v = 0; v < vectors; ++v) {
    target.masks[(firstRow + v) % target.masks.size()] = masks[v];
    forEachLane(masks[v], [&](unsigned lane) {
      target.data[(base + 16 * uint64_t(counters[lane]++) + lane) %
                  target.data.size()] = stream[16 * v + lane];
    });
  }
  return llvm::Error::success();
}

void Machine::encodeStream(unsigned decoder, llvm::ArrayRef<uint8_t> stream,
                           Encoder &encoder) {
  Side &target = side[decoder];
  ++target.version;
  for (; !stream.empty(); stream = stream.drop_front(16)) {
    uint16_t mask = maskOf(stream.data());
    target.masks[(*encoder.base + encoder.vectors) % target.masks.size()] =
        mask;
    forEachLane(mask, [&](unsigned lane) {
      uint32_t byte = *encoder.base + 16u * encoder.lanes[lane] + lane;
      target.data[uint16_t(byte) % target.data.size()] = stream[lane];
    });
    encoder.advance(mask);
  }
}
