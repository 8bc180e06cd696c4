/*===- PipedMachine.c - the accelerator is another process ------*- C -*-=== *
 *
 * The driver's side; MachineServer.c is the other. POSIX.
 *
 *===---------------------------------------------------------------------=== */

#include "DriverHooks.h"

#include "PipedMachine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

uint8_t *eb_host_memory;

static void fail(const char *what) {
  fprintf(stderr, "error: %s (run this with MachineServer)\n", what);
  exit(1);
}

static uint32_t request(uint32_t kind, uint32_t word, uint64_t number,
                        const char *text) {
  eb_request request = {kind, word, number};
  eb_reply reply;
  size_t done = 0;
  if (write(EB_REQUEST_FD, &request, sizeof request) != sizeof request)
    fail("the machine does not take requests");
  if (text && write(EB_REQUEST_FD, text, word) != (ssize_t)word)
    fail("the machine does not take requests");
  while (done < sizeof reply) {
    ssize_t count =
        read(EB_REQUEST_FD, (char *)&reply + done, sizeof reply - done);
    if (count <= 0)
      fail("the machine does not reply");
    done += (size_t)count;
  }
  if (reply.failed)
    exit(1);
  return reply.value;
}

uint8_t *eb_host_open(uint64_t size) {
  void *memory;
  if (ftruncate(EB_MEMORY_FD, (off_t)size))
    fail("the machine has no memory");
  memory =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, EB_MEMORY_FD, 0);
  if (memory == MAP_FAILED)
    fail("the machine has no memory");
  request(EB_OPEN, 0, size, NULL);
  return memory;
}

void eb_host_close(void) {}

void eb_host_origin(const char *name) {
  request(EB_ORIGIN, (uint32_t)strlen(name), 0, name);
}

void eb_host_work(int kind, uint64_t amount) {
  request(EB_WORK, (uint32_t)kind, amount, NULL);
}

void edgebert_write32(uint32_t offset, uint32_t value) {
  request(EB_WRITE, offset, value, NULL);
}

uint32_t edgebert_read32(uint32_t offset) {
  return request(EB_READ, offset, 0, NULL);
}

void edgebert_wait(void) { request(EB_WAIT, 0, 0, NULL); }
