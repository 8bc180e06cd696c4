//===- Images.cpp - streams of codes as masks and data ----------*- C++ -*-===//

#include "edgebert/Machine/Images.h"

#include "Streams.h"

using namespace edgebert::machine;

std::vector<uint8_t> Image::maskBytes() const {
  std::vector<uint8_t> bytes((masks.size() + 3) / 4 * 8);
  for (size_t i = 0; i < masks.size(); ++i) {
    bytes[2 * i] = uint8_t(masks[i]);
    bytes[2 * i + 1] = uint8_t(masks[i] >> 8);
  }
  return bytes;
}

Image edgebert::machine::compact(llvm::ArrayRef<uint8_t> vectors, Masks masks) {
  Image image;
  image.masks.reserve(vectors.size() / 16);
  LaneCounters counters{};
  for (size_t v = 0; v + 16 <= vectors.size(); v += 16) {
    uint16_t mask = 0xffff;
    if (masks == Masks::Exact)
      for (unsigned lane = 0; lane < 16; ++lane)
        if (vectors[v + lane] == 0)
          mask &= uint16_t(~(1u << lane));
    image.masks.push_back(mask);
    forEachLane(mask, [&](unsigned lane) {
      size_t at = 16 * size_t(counters[lane]++) + lane;
      if (at >= image.data.size())
        image.data.resize((at / 16 + 1) * 16);
      image.data[at] = vectors[v + lane];
    });
  }
  return image;
}

Image edgebert::machine::pack(const uint8_t *codes, unsigned rows,
                              unsigned columns, Layout layout, Masks masks) {
  std::vector<uint8_t> stream(size_t(rows) * columns);
  toStream(codes, rows, columns / 16, layout, stream.data());
  return compact(stream, masks);
}

std::vector<uint8_t> edgebert::machine::unpack(const Image &image,
                                               unsigned rows, unsigned columns,
                                               Layout layout) {
  std::vector<uint8_t> stream = expand(image.masks, image.data);
  stream.resize(size_t(rows) * columns);
  std::vector<uint8_t> matrix(stream.size());
  fromStream(stream.data(), rows, columns / 16, layout, matrix.data());
  return matrix;
}

unsigned edgebert::machine::dataRows(llvm::ArrayRef<uint16_t> masks) {
  LaneCounters counters{};
  for (uint16_t mask : masks)
    for (unsigned lane = 0; lane < 16; ++lane)
      counters[lane] += (mask >> lane) & 1;
  return largest(counters);
}

std::vector<uint8_t> edgebert::machine::expand(llvm::ArrayRef<uint16_t> masks,
                                               llvm::ArrayRef<uint8_t> data) {
  std::vector<uint8_t> padded(data.begin(), data.end());
  padded.resize(std::max(data.size(), 16 * masks.size() + 16));
  std::vector<uint8_t> vectors(16 * masks.size());
  LaneCounters counters{};
  expandVectors(masks, padded, 0, counters, vectors.data());
  return vectors;
}
