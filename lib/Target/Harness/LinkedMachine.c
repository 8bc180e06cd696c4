/*===- LinkedMachine.c - the accelerator is a linked simulator --*- C -*-=== *
 *
 * $EDGEBERT_MACHINE says which machine (asic), $EDGEBERT_LOG the file to write
 * its register log to (none).
 *
 *===---------------------------------------------------------------------=== */

#include "edgebert/Machine/CApi.h"

#include <stdio.h>
#include <stdlib.h>

uint8_t *eb_host_memory;
static eb_machine *machine;

static void check(int status) {
  if (status == 0)
    return;
  fprintf(stderr, "error: %s\n", eb_last_error(machine));
  exit(1);
}

uint8_t *eb_host_open(uint64_t size) {
  const char *name = getenv("EDGEBERT_MACHINE");
  uint8_t *memory = calloc(size ? size : 1, 1);
  machine = eb_machine_create(name ? name : "asic");
  check(machine && memory ? 0 : -1);
  eb_machine_attach_memory(machine, memory, size, 0);
  if (getenv("EDGEBERT_LOG"))
    eb_machine_start_log(machine);
  return memory;
}

void eb_host_close(void) {
  if (getenv("EDGEBERT_LOG"))
    check(eb_machine_write_log(machine, getenv("EDGEBERT_LOG")));
  printf("%llu cycles\n", (unsigned long long)eb_machine_cycles(machine));
  eb_machine_destroy(machine);
  free(eb_host_memory);
}

void eb_host_origin(const char *name) { eb_machine_set_origin(machine, name); }

void eb_host_work(int kind, uint64_t amount) {
  check(eb_machine_host_work(machine, kind, amount));
}

void edgebert_write32(uint32_t offset, uint32_t value) {
  check(eb_machine_write32(machine, offset, value));
}

uint32_t edgebert_read32(uint32_t offset) {
  uint32_t value = 0;
  check(eb_machine_read32(machine, offset, &value));
  return value;
}

void edgebert_wait(void) { check(eb_machine_wait(machine)); }
