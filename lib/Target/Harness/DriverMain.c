/*===- DriverMain.c - run a driver on arrays in files -----------*- C -*-=== *
 *
 *   driver IMAGE INPUT... OUTPUT...
 *
 * Files are the bytes of arrays, in the order of edgebert_ports. An input that
 * holds N arrays, one after the other, makes N runs; all must hold as many.
 * Compile with -include DriverHooks.h, link the driver, this, and one of
 * LinkedMachine.c and PipedMachine.c. EDGEBERT_DRIVER names the driver's
 * header.
 *
 *===---------------------------------------------------------------------=== */

#ifndef EDGEBERT_DRIVER
#define EDGEBERT_DRIVER "driver.h"
#endif
#include EDGEBERT_DRIVER

#include <stdio.h>
#include <stdlib.h>

static void fail(const char *what, const char *file) {
  fprintf(stderr, "%s: %s\n", file, what);
  exit(1);
}

/* The bytes of a file, and at `size` their number. */
static uint8_t *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  uint8_t *bytes;
  long end = 0;
  if (!file || fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0 ||
      fseek(file, 0, SEEK_SET))
    fail("cannot be read", path);
  *size = (size_t)end;
  bytes = malloc(*size + 1);
  if (!bytes || fread(bytes, 1, *size, file) != *size)
    fail("cannot be read", path);
  fclose(file);
  return bytes;
}

int main(int argc, char **argv) {
  uint8_t *arrays[EDGEBERT_NUM_PORTS];
  void *row[EDGEBERT_NUM_PORTS];
  size_t rows = 0, size, i, r;
  uint8_t *image;
  if (argc != 2 + EDGEBERT_NUM_PORTS) {
    fprintf(stderr, "usage: %s IMAGE", argv[0]);
    for (i = 0; i < EDGEBERT_NUM_PORTS; ++i)
      fprintf(stderr, " %s(%s)", edgebert_ports[i].is_output ? "OUT:" : "",
              edgebert_ports[i].name);
    fprintf(stderr, "\n");
    return 2;
  }
  image = read_file(argv[1], &size);
  if (size != EDGEBERT_IMAGE_SIZE)
    fail("not the image of this driver", argv[1]);
  eb_host_memory = eb_host_open(EDGEBERT_DRAM_SIZE);
  for (i = 0; i < size; ++i)
    eb_host_memory[i] = image[i];
  free(image);

  for (i = 0; i < EDGEBERT_NUM_PORTS; ++i) {
    size_t bytes = edgebert_ports[i].bytes;
    if (edgebert_ports[i].is_output) {
      rows = rows ? rows : 1;
      arrays[i] = calloc(rows, bytes + 1);
      if (!arrays[i])
        fail("out of memory", argv[2 + i]);
      continue;
    }
    arrays[i] = read_file(argv[2 + i], &size);
    if (size == 0 || size % bytes || (rows && size / bytes != rows))
      fail("does not hold the input's array, or not as many as others",
           argv[2 + i]);
    rows = size / bytes;
  }
  for (r = 0; r < rows; ++r) {
    int status;
    for (i = 0; i < EDGEBERT_NUM_PORTS; ++i)
      row[i] = arrays[i] + r * edgebert_ports[i].bytes;
    status = edgebert_call(row);
    if (status)
      return status;
  }
  eb_host_close();
  for (i = 0; i < EDGEBERT_NUM_PORTS; ++i) {
    if (edgebert_ports[i].is_output) {
      FILE *file = fopen(argv[2 + i], "wb");
      size = rows * edgebert_ports[i].bytes;
      if (!file || fwrite(arrays[i], 1, size, file) != size || fclose(file))
        fail("cannot be written", argv[2 + i]);
    }
    free(arrays[i]);
  }
  return 0;
}
