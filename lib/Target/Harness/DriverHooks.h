/*===- DriverHooks.h - a driver as the simulator sees it --------*- C -*-=== *
 *
 * For `cc -include DriverHooks.h driver.c`: the driver's memory is what
 * eb_host_open returned, and the simulator hears what only it wants to know.
 *
 *===---------------------------------------------------------------------=== */

#ifndef EDGEBERT_LIB_TARGET_HARNESS_DRIVERHOOKS_H
#define EDGEBERT_LIB_TARGET_HARNESS_DRIVERHOOKS_H

/* For PipedMachine.c, and it must come before all headers. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <stdint.h>

extern uint8_t *eb_host_memory;
#define EDGEBERT_DRAM eb_host_memory

/* Gives `size` zero bytes from the accelerator's address 0 on, and makes
   edgebert_write32, edgebert_read32 and edgebert_wait work. A failure of these
   or of the others is printed and ends the program. */
uint8_t *eb_host_open(uint64_t size);
/* Writes what was to be recorded. */
void eb_host_close(void);

void eb_host_origin(const char *name);
#define EDGEBERT_ORIGIN(name) eb_host_origin(name)
void eb_host_work(int kind, uint64_t amount);
#define EDGEBERT_HOST_WORK(kind, amount) eb_host_work(kind, amount)

#endif /* EDGEBERT_LIB_TARGET_HARNESS_DRIVERHOOKS_H */
