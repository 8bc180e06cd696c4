/*===- PipedMachine.h - accesses to a machine elsewhere ---------*- C -*-=== *
 *
 * How a driver in another process (under an emulator, for another processor)
 * reaches a simulator: requests and replies on file descriptor 3, the memory
 * they share in the file of descriptor 4. Both sides are little-endian.
 *
 *===---------------------------------------------------------------------=== */

#ifndef EDGEBERT_LIB_TARGET_HARNESS_PIPEDMACHINE_H
#define EDGEBERT_LIB_TARGET_HARNESS_PIPEDMACHINE_H

#include <stdint.h>

enum { EB_REQUEST_FD = 3, EB_MEMORY_FD = 4 };

enum {
  EB_OPEN,  /* number: bytes of the file that are the memory */
  EB_WRITE, /* word: offset, number: value */
  EB_READ,  /* word: offset; the reply has the value */
  EB_WAIT,
  EB_WORK,  /* word: kind, number: amount */
  EB_ORIGIN /* word: bytes of the name, which follows */
};

typedef struct {
  uint32_t kind, word;
  uint64_t number;
} eb_request;

/* After each request; a failed one is printed by the server. */
typedef struct {
  uint32_t failed, value;
} eb_reply;

#endif /* EDGEBERT_LIB_TARGET_HARNESS_PIPEDMACHINE_H */
