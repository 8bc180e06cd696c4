/*===- count_kernels.c - run one kernel between two markers ----------------===*
 *
 *   count_kernels KERNEL SIZE...
 *
 * The instructions from mark_begin to mark_end are those of the kernel, its
 * call and the call of mark_end, which the caller subtracts by an empty run.
 *
 *===----------------------------------------------------------------------===*/
#include "core_kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) void mark_begin(void) { __asm__ volatile(""); }
__attribute__((noinline)) void mark_end(void) { __asm__ volatile(""); }

/* Fixed-point values of about +-4, reproducible. */
static int32_t *buffer(long words) {
  int32_t *data = malloc(words * 4 + 64);
  uint32_t state = 1;
  for (long i = 0; i < words; ++i) {
    state = state * 1664525u + 1013904223u;
    data[i] = (int32_t)(state >> 21) - 1024;
  }
  return data;
}

/* `count` tiles in a row, as the thesis's program runs them. */
static void driver_tiles(int rows, int k, int columns, int n, int count) {
  long left = (long)rows * k / 4 + 64, right = (long)columns * k / 4 + 64;
  long weights = (long)k * n / 4, out = (long)rows * n / 4 + 64;
  struct driver_buffers b = {
      .weights = (int8_t *)buffer(weights),
      .weights_mask = (int8_t *)buffer(weights / 8),
      .left = (int8_t *)buffer(left),
      .left_mask = (int8_t *)buffer(left / 8),
      .right = (int8_t *)buffer(right),
      .right_mask = (int8_t *)buffer(right / 8),
      .shared = (int8_t *)buffer(2 * (left + right + out)),
      .result = (int8_t *)buffer(out),
      .result_mask = (int8_t *)buffer(out / 8),
      .out = (int8_t *)buffer(out),
      .out_mask = (int8_t *)buffer(out / 8),
  };
  int in_row = n / columns;
  mark_begin();
  for (int i = 0; i < count; ++i)
    driver_tile(&b, i % in_row * columns, rows, k, columns, n);
  mark_end();
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: count_kernels KERNEL SIZE...\n");
    return 2;
  }
  const char *name = argv[1];
  int p[5] = {1, 1, 1, 1, 1};
  for (int i = 0; i < 5 && i + 2 < argc; ++i)
    p[i] = atoi(argv[i + 2]);
  long words = 4L * p[0] * p[1] + 4L * p[1] * p[2] + 4L * p[0] * p[2];
  int32_t *a = buffer(words), *b = buffer(words), *d = buffer(words);
  for (long i = 0; i < words; ++i)
    b[i] += b[i] == 0;

  if (!strcmp(name, "driver_tile")) {
    driver_tiles(p[0], p[1], p[2], p[3], p[4]);
    return 0;
  }
#define RUN(NAME, ...)                                                         \
  if (!strcmp(name, #NAME)) {                                                  \
    mark_begin();                                                              \
    NAME(__VA_ARGS__);                                                         \
    mark_end();                                                                \
    return 0;                                                                  \
  }
  if (!strcmp(name, "empty")) {
    mark_begin();
    mark_end();
    return 0;
  }
  RUN(matmul_i32, a, b, p[0], p[1], p[2], d)
  RUN(transpose_i32, a, p[0], p[1], d)
  RUN(transpose_i8, (int8_t *)a, p[0], p[1], (int8_t *)d)
  RUN(transpose_bits, (uint8_t *)a, p[0], p[1], (uint8_t *)d)
  int stride = p[2] > p[1] ? p[2] : p[1];
  RUN(copy_block_i32, a, 2 * p[1], b, stride, p[0], p[1])
  RUN(copy_block_i8, (int8_t *)a, 2 * p[1], (int8_t *)b, stride, p[0], p[1])
  RUN(add_i8, (int8_t *)a, (int8_t *)b, p[0])
  RUN(copy_bytes, a, b, p[0])
  RUN(set_bytes, a, 0, p[0])
  RUN(softmax_f32, a, p[0], p[1])
  RUN(layer_norm_f32, a, b, d, p[0], p[1])
  RUN(add_i32, a, b, p[0], d)
  RUN(add_row_i32, a, b, p[0], p[1], d)
  RUN(scale_f32, a, 0.125f, p[0], d)
  RUN(mul_f32, a, b, p[0], d)
  RUN(div_f32, a, b, p[0], d)
  RUN(max_i32, a, b, p[0], d)
  RUN(convert_i32, a, p[0], d)
  RUN(exp_f32, a, p[0], d)
  RUN(erf_f32, a, p[0], d)
  RUN(tanh_f32, a, p[0], d)
  RUN(sqrt_f32, a, p[0], d)
  fprintf(stderr, "there is no kernel '%s'\n", name);
  return 2;
}
