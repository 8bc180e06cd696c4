//===- Products.h - matrix products of compiled segments --------*- C++ -*-===//

#ifndef EDGEBERT_CAMPAIGN_PRODUCTS_H
#define EDGEBERT_CAMPAIGN_PRODUCTS_H

#include <cstdint>

namespace edgebert::campaign {

/// What edgebert_rt_gemm_f32 (Execution/Runtime.h) is for campaigns: the same
/// product by multiplyOrdered. Operands in registered memory are packed once.
void multiplyStrided(int64_t accumulate, int64_t b0, int64_t b1, int64_t m,
                     int64_t n, int64_t k, intptr_t a, int64_t aB0, int64_t aB1,
                     int64_t aM, int64_t aK, intptr_t b, int64_t bB0,
                     int64_t bB1, int64_t bK, int64_t bN, intptr_t c,
                     int64_t cB0, int64_t cB1, int64_t cM, int64_t cN);

/// Says that the bytes at `data` do not change until they are forgotten.
void registerConstant(const void *data, int64_t numBytes);
/// Drops what was packed of it. No products may run on other threads.
void forgetConstant(const void *data);

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_PRODUCTS_H
