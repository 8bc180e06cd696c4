//===- OperandCache.cpp - operands seen before ------------------*- C++ -*-===//

#include "OperandCache.h"

#include "llvm/ADT/Hashing.h"

#include <cstring>

using namespace edgebert::machine;

/// Room for the operands of an ALBERT-base layer's weights.
static constexpr size_t kMaxBytes = size_t(64) << 20;

/// Looks at a few places only: equal keys are compared in full.
static uint64_t keyOf(const OperandCache::Content &content) {
  uint64_t key =
      llvm::hash_combine(content.rows, content.columns,
                         unsigned(content.precision), content.data.size());
  constexpr size_t kSamples = 16;
  for (size_t i = 0; i < kSamples; ++i) {
    uint64_t word = 0;
    if (content.data.size() >= sizeof(word))
      std::memcpy(&word,
                  content.data.data() +
                      i * (content.data.size() - sizeof(word)) / kSamples,
                  sizeof(word));
    key = llvm::hash_combine(
        key, word, content.masks[i * (content.masks.size() - 1) / kSamples]);
  }
  // DenseMap reserves two keys.
  return key >> 1;
}

bool OperandCache::Entry::holds(const Content &content) const {
  return rows == content.rows && columns == content.columns &&
         precision == content.precision && content.masks.equals(masks) &&
         content.data.equals(data);
}

size_t OperandCache::Entry::bytes() const {
  // Decoded and, once multiplied with, in panels.
  return data.size() + 2 * masks.size() +
         4 * size_t(operand->rows()) * operand->columns();
}

std::shared_ptr<const kernels::Operand>
OperandCache::get(const Content &content,
                  std::function<kernels::Operand()> make) {
  uint64_t key = keyOf(content);
  auto found = index.find(key);
  if (found != index.end()) {
    auto entry = found->second;
    entries.splice(entries.begin(), entries, entry);
    if (entry->holds(content))
      return entry->operand;
    totalBytes -= entry->bytes();
    index.erase(found);
    entries.erase(entry);
  }
  entries.push_front({key,
                      content.rows,
                      content.columns,
                      content.precision,
                      {content.masks.begin(), content.masks.end()},
                      {content.data.begin(), content.data.end()},
                      std::make_shared<const kernels::Operand>(make())});
  index[key] = entries.begin();
  totalBytes += entries.front().bytes();
  while (totalBytes > kMaxBytes && entries.size() > 1) {
    totalBytes -= entries.back().bytes();
    index.erase(entries.back().key);
    entries.pop_back();
  }
  return entries.front().operand;
}
