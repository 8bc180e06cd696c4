/*===- core_kernels.c - what the baselines run on the RISC-V core
 * ----------===*/

#include "core_kernels.h"

#include <math.h>
#include <string.h>

enum { kFractionBits = 8 };

static inline float to_float(int32_t x) {
  return (float)x * (1.0f / (1 << kFractionBits));
}

static inline int32_t to_fixed(float x) {
  return (int32_t)(x * (float)(1 << kFractionBits));
}

void matmul_i32(const int32_t *a, const int32_t *b, int m, int k, int n,
                int32_t *d) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      int32_t sum = 0;
      for (int l = 0; l < k; ++l)
        sum += a[i * k + l] * b[l * n + j];
      d[i * n + j] = sum >> kFractionBits;
    }
}

#define TRANSPOSE(NAME, TYPE)                                                  \
  void NAME(TYPE *a, int m, int n, TYPE *scratch) {                            \
    for (int i = 0; i < m; ++i)                                                \
      for (int j = 0; j < n; ++j)                                              \
        scratch[j * m + i] = a[i * n + j];                                     \
    for (int i = 0; i < m * n; ++i)                                            \
      a[i] = scratch[i];                                                       \
  }
TRANSPOSE(transpose_i32, int32_t)
TRANSPOSE(transpose_i8, int8_t)

void transpose_bits(uint8_t *a, int m, int n, uint8_t *scratch) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      int from = i * n + j, to = j * m + i;
      scratch[to / 8] |= ((a[from / 8] >> (from % 8)) & 1) << (to % 8);
    }
  for (int i = 0; i < m * n / 8; ++i)
    a[i] = scratch[i];
}

#define COPY_BLOCK(NAME, TYPE)                                                 \
  void NAME(TYPE *to, int to_columns, const TYPE *from, int from_columns,      \
            int rows, int columns) {                                           \
    for (int i = 0; i < rows; ++i)                                             \
      for (int j = 0; j < columns; ++j)                                        \
        to[i * to_columns + j] = from[i * from_columns + j];                   \
  }
COPY_BLOCK(copy_block_i32, int32_t)
COPY_BLOCK(copy_block_i8, int8_t)

void add_i8(int8_t *to, const int8_t *from, int n) {
  for (int i = 0; i < n; ++i)
    to[i] += from[i];
}

void copy_bytes(void *to, const void *from, long bytes) {
  memcpy(to, from, bytes);
}

void set_bytes(void *to, int value, long bytes) { memset(to, value, bytes); }

void driver_tile(const struct driver_buffers *b, int column, int rows, int k,
                 int columns, int n) {
  enum { kBits = 8 };
  int left = rows * k, right = columns * k, out = rows * columns;
  copy_block_i8(b->right, columns, b->weights + column, n, k, columns);
  copy_block_i8(b->right_mask, columns / kBits,
                b->weights_mask + column / kBits, n / kBits, k,
                columns / kBits);
  int8_t *shared = b->shared;
  copy_bytes(shared, b->left_mask, left / kBits);
  copy_bytes(shared += left / kBits, b->left, left);
  copy_bytes(shared += left, b->right_mask, right / kBits);
  copy_bytes(shared += right / kBits, b->right, right);
  shared += right;
  copy_bytes(b->result, shared, out);
  copy_bytes(b->result_mask, shared + out, out / kBits);
  copy_block_i8(b->out + column, n, b->result, columns, rows, columns);
  copy_block_i8(b->out_mask + column / kBits, n / kBits, b->result_mask,
                columns / kBits, rows, columns / kBits);
}

void softmax_f32(int32_t *x, int rows, int columns) {
  for (int i = 0; i < rows; ++i, x += columns) {
    int32_t max = x[0];
    for (int j = 1; j < columns; ++j)
      max = x[j] > max ? x[j] : max;
    float sum = 0;
    for (int j = 0; j < columns; ++j)
      sum += expf(to_float(x[j] - max));
    float offset = logf(sum);
    for (int j = 0; j < columns; ++j)
      x[j] = to_fixed(expf(to_float(x[j] - max) - offset));
  }
}

void layer_norm_f32(int32_t *x, const int32_t *gamma, const int32_t *beta,
                    int rows, int columns) {
  for (int i = 0; i < rows; ++i, x += columns) {
    float sum = 0, squares = 0;
    for (int j = 0; j < columns; ++j) {
      float value = to_float(x[j]);
      sum += value;
      squares += value * value;
    }
    float mean = sum / columns;
    float inverse = 1.0f / sqrtf(squares / columns - mean * mean + 1e-5f);
    for (int j = 0; j < columns; ++j)
      x[j] = to_fixed((to_float(x[j]) - mean) * inverse * to_float(gamma[j]) +
                      to_float(beta[j]));
  }
}

void add_i32(const int32_t *a, const int32_t *b, int n, int32_t *d) {
  for (int i = 0; i < n; ++i)
    d[i] = a[i] + b[i];
}

void add_row_i32(const int32_t *a, const int32_t *b, int rows, int columns,
                 int32_t *d) {
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j)
      d[i * columns + j] = a[i * columns + j] + b[j];
}

void scale_f32(const int32_t *a, float factor, int n, int32_t *d) {
  for (int i = 0; i < n; ++i)
    d[i] = to_fixed(to_float(a[i]) * factor);
}

void max_i32(const int32_t *a, const int32_t *b, int n, int32_t *d) {
  for (int i = 0; i < n; ++i)
    d[i] = a[i] > b[i] ? a[i] : b[i];
}

void convert_i32(const int32_t *a, int n, int32_t *d) {
  for (int i = 0; i < n; ++i)
    d[i] = a[i] * (1 << kFractionBits);
}

#define BINARY(NAME, EXPRESSION)                                               \
  void NAME(const int32_t *a, const int32_t *b, int n, int32_t *d) {           \
    for (int i = 0; i < n; ++i) {                                              \
      float x = to_float(a[i]), y = to_float(b[i]);                            \
      d[i] = to_fixed(EXPRESSION);                                             \
    }                                                                          \
  }
BINARY(mul_f32, x *y)
BINARY(div_f32, x / y)

#define UNARY(NAME, FUNCTION)                                                  \
  void NAME(const int32_t *a, int n, int32_t *d) {                             \
    for (int i = 0; i < n; ++i)                                                \
      d[i] = to_fixed(FUNCTION(to_float(a[i])));                               \
  }
UNARY(exp_f32, expf)
UNARY(erf_f32, erff)
UNARY(tanh_f32, tanhf)
UNARY(sqrt_f32, sqrtf)
