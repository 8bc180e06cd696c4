//===- Images.cpp - streams of codes as masks and data ----------*- C++ -*-===//

#include "edgebert/Machine/Images.h"

#include "LaneKernels.h"

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
  image.masks.assign(vectors.size() / 16, 0xffff);
  if (masks == Masks::Exact)
    for (size_t v = 0; v < image.masks.size(); ++v)
      image.masks[v] = maskOf(&vectors[16 * v]);
  LaneCounters counts = countLanes(image.masks);
  image.data.resize(16 * size_t(largest(counts)));
  compactStream(image.masks, counts, vectors.data(), image.data.data());
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
  return largest(countLanes(masks));
}

std::vector<uint8_t> edgebert::machine::expand(llvm::ArrayRef<uint16_t> masks,
                                               llvm::ArrayRef<uint8_t> data) {
  LaneCounters counts = countLanes(masks);
  std::vector<uint8_t> padded(data.begin(), data.end());
  padded.resize(std::max(data.size(), 16 * size_t(largest(counts))));
  std::vector<uint8_t> vectors(16 * masks.size());
  expandStream(masks, counts, padded.data(), vectors.data());
  return vectors;
}
