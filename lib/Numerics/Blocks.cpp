//===- Blocks.cpp - which elements of a tensor share metadata -------------===//

#include "edgebert/Numerics/Blocks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace edgebert::numerics;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;

Blocks Blocks::ofAxis(int64_t axis) {
  Blocks result;
  result.axis = axis;
  return result;
}

Blocks Blocks::ofSizes(ArrayRef<int64_t> sizes) {
  Blocks result;
  result.hasSizes = true;
  result.sizes.assign(sizes.begin(), sizes.end());
  return result;
}

std::string Blocks::invalid(int64_t rank) const {
  if (axis) {
    if (rank == 0)
      return "expected an axis of the input, which has rank 0, got " +
             std::to_string(*axis);
    if (*axis < 0 || *axis >= rank)
      return "expected an axis of the input, 0 to " + std::to_string(rank - 1) +
             ", got " + std::to_string(*axis);
  }
  if (!hasSizes)
    return "";
  if (int64_t(sizes.size()) != rank)
    return "expected a block size for each of the input's " +
           std::to_string(rank) + " dimensions, got " +
           std::to_string(sizes.size());
  for (int64_t size : sizes)
    if (size < 0)
      return "expected block sizes of at least 1, or 0 for a whole dimension, "
             "got " +
             std::to_string(size);
  return "";
}

SmallVector<int64_t> Blocks::getMetadataShape(ArrayRef<int64_t> shape) const {
  if (axis)
    return {shape[*axis]};
  SmallVector<int64_t> result;
  for (auto [extent, size] : llvm::zip(shape, sizes))
    result.push_back(size == 0    ? 1
                     : extent < 0 ? extent
                                  : (extent + size - 1) / size);
  return result;
}

void Blocks::forEachRun(
    ArrayRef<int64_t> shape,
    llvm::function_ref<void(int64_t, int64_t, int64_t)> run) const {
  int64_t total = 1;
  for (int64_t extent : shape)
    total *= extent;
  if (total == 0)
    return;
  // Every rule as block sizes and strides of the metadata, by dimension.
  int64_t rank = int64_t(shape.size());
  SmallVector<int64_t> block(shape), strides(rank, 0);
  if (axis) {
    block[*axis] = 1;
    strides[*axis] = 1;
  } else if (hasSizes) {
    int64_t stride = 1;
    SmallVector<int64_t> counts = getMetadataShape(shape);
    for (int64_t d = rank; d-- > 0;) {
      block[d] = sizes[d] == 0 ? shape[d] : std::min(sizes[d], shape[d]);
      strides[d] = stride;
      stride *= counts[d];
    }
  }
  // Dimensions from `inner` on are whole in a block, so contiguous.
  int64_t inner = rank, contiguous = 1;
  while (inner > 0 && block[inner - 1] == shape[inner - 1])
    contiguous *= shape[--inner];
  if (inner == 0)
    return run(0, total, 0);
  // Dimension `inner` - 1 is cut; those before it are walked by element.
  int64_t cut = inner - 1, rows = 1;
  for (int64_t d = 0; d < cut; ++d)
    rows *= shape[d];
  SmallVector<int64_t> index(cut, 0);
  for (int64_t row = 0; row < rows; ++row) {
    int64_t metadata = 0;
    for (int64_t d = 0; d < cut; ++d)
      metadata += index[d] / block[d] * strides[d];
    for (int64_t at = 0; at < shape[cut]; at += block[cut])
      run((row * shape[cut] + at) * contiguous,
          std::min(block[cut], shape[cut] - at) * contiguous,
          metadata + at / block[cut] * strides[cut]);
    for (int64_t d = cut; d-- > 0;) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
}

llvm::Expected<BlockRule> BlockRule::parse(StringRef spelling) {
  BlockRule rule;
  auto [name, value] = spelling.trim().split('=');
  auto malformed = [&] {
    return llvm::createStringError(
        "block rule '" + spelling +
        "': expected tensor, axis=A, row, group=K or blocks=AxBx...");
  };
  if (name == "row" || name == "tensor") {
    if (spelling.contains('='))
      return malformed();
    rule.kind = name == "row" ? Kind::Row : Kind::Tensor;
    return rule;
  }
  SmallVector<StringRef> fields;
  value.split(fields, 'x');
  for (StringRef field : fields) {
    int64_t number;
    if (field.trim().getAsInteger(10, number) || number < 0)
      return malformed();
    rule.numbers.push_back(number);
  }
  if (name == "blocks")
    rule.kind = Kind::Sizes;
  else if (name == "axis" && rule.numbers.size() == 1)
    rule.kind = Kind::Axis;
  else if (name == "group" && rule.numbers.size() == 1 && rule.numbers[0] > 0)
    rule.kind = Kind::Group;
  else
    return malformed();
  return rule;
}

std::string BlockRule::name() const {
  switch (kind) {
  case Kind::Tensor:
    return "tensor";
  case Kind::Axis:
    return "axis=" + std::to_string(numbers[0]);
  case Kind::Row:
    return "row";
  case Kind::Group:
    return "group=" + std::to_string(numbers[0]);
  case Kind::Sizes:
    break;
  }
  return "blocks=" +
         llvm::join(llvm::map_range(
                        numbers, [](int64_t n) { return std::to_string(n); }),
                    "x");
}

llvm::Expected<Blocks> BlockRule::getBlocks(int64_t rank) const {
  Blocks blocks;
  if (kind == Kind::Axis)
    blocks = Blocks::ofAxis(numbers[0]);
  if (kind == Kind::Sizes)
    blocks = Blocks::ofSizes(numbers);
  // A number is its own row.
  if ((kind == Kind::Row || kind == Kind::Group) && rank > 0) {
    SmallVector<int64_t> sizes(rank, 1);
    sizes.back() = kind == Kind::Row ? 0 : numbers[0];
    blocks = Blocks::ofSizes(sizes);
  }
  std::string reason = blocks.invalid(rank);
  if (!reason.empty())
    return llvm::createStringError("block rule '" + name() + "': " + reason);
  return blocks;
}
