/*===- core_kernels.h - what the baselines run on the RISC-V core ----------===*
 *
 * Naive loops, as in the thesis's driver: 32-bit integers with 8 fraction bits
 * for the core alone, bytes where a matrix is prepared for an accelerator. Each
 * is a function of its own so that its instructions can be counted; the names
 * are those of the steps that --edgebert-write-baseline writes.
 *
 *===----------------------------------------------------------------------===*/
#ifndef EDGEBERT_BENCH_CORE_KERNELS_H
#define EDGEBERT_BENCH_CORE_KERNELS_H

#include <stdint.h>

/* d[m, n] = a[m, k] . b[k, n], all row-major. */
void matmul_i32(const int32_t *a, const int32_t *b, int m, int k, int n,
                int32_t *d);
/* Transposes a[m, n] in place through `scratch` of the same size. */
void transpose_i32(int32_t *a, int m, int n, int32_t *scratch);
void transpose_i8(int8_t *a, int m, int n, int8_t *scratch);
/* The same for one bit per element, eight to the byte, low bit first. */
void transpose_bits(uint8_t *a, int m, int n, uint8_t *scratch);
/* Copies rows x columns from one matrix into another, element by element. */
void copy_block_i32(int32_t *to, int to_columns, const int32_t *from,
                    int from_columns, int rows, int columns);
void copy_block_i8(int8_t *to, int to_columns, const int8_t *from,
                   int from_columns, int rows, int columns);
/* to[n] += from[n]. */
void add_i8(int8_t *to, const int8_t *from, int n);
/* The C library's. */
void copy_bytes(void *to, const void *from, long bytes);
void set_bytes(void *to, int value, long bytes);

/* The matrices of the thesis's EdgeBERT program, values and mask bits; see
 * driver_tile. `shared` is the memory its DMA reads and writes. */
struct driver_buffers {
  const int8_t *weights, *weights_mask;
  int8_t *left, *left_mask, *right, *right_mask;
  int8_t *shared;
  int8_t *result, *result_mask;
  int8_t *out, *out_mask;
};
/* The core's copies for one tile, `rows` by `columns` from `column` on, of a
 * product with weights[k, n]: gathers the columns, copies both operands to
 * shared memory, and the result from there to `out`. */
void driver_tile(const struct driver_buffers *b, int column, int rows, int k,
                 int columns, int n);

/* Element-wise work, computed in float. */
void softmax_f32(int32_t *x, int rows, int columns);
void layer_norm_f32(int32_t *x, const int32_t *gamma, const int32_t *beta,
                    int rows, int columns);
void add_i32(const int32_t *a, const int32_t *b, int n, int32_t *d);
/* d[rows, columns] = a + b, with b one row. */
void add_row_i32(const int32_t *a, const int32_t *b, int rows, int columns,
                 int32_t *d);
void scale_f32(const int32_t *a, float factor, int n, int32_t *d);
void mul_f32(const int32_t *a, const int32_t *b, int n, int32_t *d);
void div_f32(const int32_t *a, const int32_t *b, int n, int32_t *d);
void max_i32(const int32_t *a, const int32_t *b, int n, int32_t *d);
/* Integers to fixed point. */
void convert_i32(const int32_t *a, int n, int32_t *d);
void exp_f32(const int32_t *a, int n, int32_t *d);
void erf_f32(const int32_t *a, int n, int32_t *d);
void tanh_f32(const int32_t *a, int n, int32_t *d);
void sqrt_f32(const int32_t *a, int n, int32_t *d);

#endif
