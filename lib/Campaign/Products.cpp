//===- Products.cpp - matrix products of compiled segments ----------------===//

#include "edgebert/Campaign/Products.h"
#include "edgebert/Campaign/OrderedProduct.h"

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <tuple>

namespace edgebert::campaign {

namespace {

/// How a product reads a constant: address, k, n and their strides.
using Reading = std::tuple<const float *, int64_t, int64_t, int64_t, int64_t>;

/// Constants and what was packed of them, for all threads.
struct Registry {
  std::shared_mutex mutex;
  /// First byte to last byte + 1.
  std::map<const char *, const char *> constants;
  std::map<Reading, std::unique_ptr<PackedMatrix>> packed;

  bool contains(const void *data) {
    auto after = constants.upper_bound(static_cast<const char *>(data));
    return after != constants.begin() && data < std::prev(after)->second;
  }
};

Registry &getRegistry() {
  static Registry registry;
  return registry;
}

/// One operand as the matrix of columns, or as rows.
struct Operand {
  float *data;
  int64_t b0, b1;
  /// Strides along k and along its own dimension.
  int64_t k, own;
};

/// The packed matrix: shared for constants, else in `scratch`.
const PackedMatrix &getPacked(const Operand &operand, int64_t k, int64_t n,
                              PackedMatrix &scratch) {
  Registry &registry = getRegistry();
  Reading reading(operand.data, k, n, operand.k, operand.own);
  {
    std::shared_lock lock(registry.mutex);
    auto found = registry.packed.find(reading);
    if (found != registry.packed.end())
      return *found->second;
    if (!registry.contains(operand.data)) {
      lock.unlock();
      scratch.pack(operand.data, k, n, operand.k, operand.own);
      return scratch;
    }
  }
  auto matrix = std::make_unique<PackedMatrix>();
  matrix->pack(operand.data, k, n, operand.k, operand.own);
  std::unique_lock lock(registry.mutex);
  return *registry.packed.try_emplace(reading, std::move(matrix)).first->second;
}

bool isConstant(const Operand &operand) {
  Registry &registry = getRegistry();
  std::shared_lock lock(registry.mutex);
  return registry.contains(operand.data);
}

} // namespace

void registerConstant(const void *data, int64_t numBytes) {
  Registry &registry = getRegistry();
  std::unique_lock lock(registry.mutex);
  const char *first = static_cast<const char *>(data);
  registry.constants[first] = first + numBytes;
}

void forgetConstant(const void *data) {
  Registry &registry = getRegistry();
  std::unique_lock lock(registry.mutex);
  auto found = registry.constants.find(static_cast<const char *>(data));
  if (found == registry.constants.end())
    return;
  auto inside = [&](const Reading &reading) {
    auto *address = reinterpret_cast<const char *>(std::get<0>(reading));
    return found->first <= address && address < found->second;
  };
  for (auto it = registry.packed.begin(); it != registry.packed.end();)
    it = inside(it->first) ? registry.packed.erase(it) : std::next(it);
  registry.constants.erase(found);
}

void multiplyStrided(int64_t accumulate, int64_t b0, int64_t b1, int64_t m,
                     int64_t n, int64_t k, intptr_t a, int64_t aB0, int64_t aB1,
                     int64_t aM, int64_t aK, intptr_t b, int64_t bB0,
                     int64_t bB1, int64_t bK, int64_t bN, intptr_t c,
                     int64_t cB0, int64_t cB1, int64_t cM, int64_t cN) {
  thread_local PackedMatrix scratch;
  Operand left{reinterpret_cast<float *>(a), aB0, aB1, aK, aM};
  Operand right{reinterpret_cast<float *>(b), bB0, bB1, bK, bN};
  float *out = reinterpret_cast<float *>(c);
  // The operand whose elements become lanes: a constant, which is packed once;
  // else the one with a contiguous result. Which it is changes no bit.
  bool lanesOfRight = true;
  if (isConstant(left) && !isConstant(right))
    lanesOfRight = false;
  else if (!isConstant(right))
    lanesOfRight = cN == 1 || cM != 1;
  const Operand &rows = lanesOfRight ? left : right;
  const Operand &columns = lanesOfRight ? right : left;
  int64_t numRows = lanesOfRight ? m : n, numColumns = lanesOfRight ? n : m;
  int64_t cRow = lanesOfRight ? cM : cN, cColumn = lanesOfRight ? cN : cM;

  // Batches that share the columns are more rows of one product.
  bool merge0 = columns.b0 == 0 || b0 == 1, merge1 = columns.b1 == 0 || b1 == 1;
  auto multiply = [&](int64_t i, int64_t j, int64_t count, int64_t outerA,
                      int64_t outerC) {
    Operand shifted = columns;
    shifted.data += i * columns.b0 + j * columns.b1;
    const PackedMatrix &packed = getPacked(shifted, k, numColumns, scratch);
    StridedRows<const float> from{rows.data + i * rows.b0 + j * rows.b1,
                                  numRows, outerA, rows.own, rows.k};
    StridedRows<float> to{out + i * cB0 + j * cB1, numRows, outerC, cRow,
                          cColumn};
    multiplyOrdered(count * numRows, from, packed, to, accumulate);
  };
  if (merge1) {
    for (int64_t i = 0; i < b0; ++i)
      multiply(i, 0, b1, rows.b1, cB1);
  } else if (merge0) {
    for (int64_t j = 0; j < b1; ++j)
      multiply(0, j, b0, rows.b0, cB0);
  } else {
    for (int64_t i = 0; i < b0; ++i)
      for (int64_t j = 0; j < b1; ++j)
        multiply(i, j, 1, 0, 0);
  }
}

} // namespace edgebert::campaign
