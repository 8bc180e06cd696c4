//===- CApi.h - the machine for C drivers -----------------------*- C++ -*-===//
//
// What a driver on the host processor sees of the accelerator, for C. Compile
// an emitted driver against this header to run it on the simulator.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_CAPI_H
#define EDGEBERT_MACHINE_CAPI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eb_machine eb_machine;

/* A machine by its description: "rtl", "asic" or the path of a .yaml file. NULL
   if there is none; eb_last_error(NULL) then says why. */
eb_machine *eb_machine_create(const char *name);
void eb_machine_destroy(eb_machine *machine);

/* Makes memory[0..size) the external memory from `address` on. */
void eb_machine_attach_memory(eb_machine *machine, void *memory, uint64_t size,
                              uint32_t address);

/* Each returns 0, or -1 with the reason in eb_last_error. */
int eb_machine_write32(eb_machine *machine, uint32_t offset, uint32_t value);
int eb_machine_read32(eb_machine *machine, uint32_t offset, uint32_t *value);
int eb_machine_wait(eb_machine *machine);

/* Adds host work to the statistics; `kind` is a value of HostWork (Stats.h):
   0 copied bytes, 1 transposed bytes, 2 elements of other operations, 3 bytes
   of rows, 4 bytes of expanded vectors, 5 elements looked up in a table. */
int eb_machine_host_work(eb_machine *machine, int kind, uint64_t amount);
/* Cycles so far, of everything, until all that is in flight is done. */
uint64_t eb_machine_cycles(eb_machine *machine);
/* What follows belongs to this operation of the model. */
void eb_machine_set_origin(eb_machine *machine, const char *name);

/* Records all accesses from now on, and the bytes of the transfers, for
   eb_machine_write_log: a file as edgebert-run --log writes it. */
void eb_machine_start_log(eb_machine *machine);
int eb_machine_write_log(eb_machine *machine, const char *path);

/* The machine's last error, "" if there was none; valid until its next one.
   NULL: the last error of eb_machine_create on this thread. */
const char *eb_last_error(const eb_machine *machine);

#ifdef __cplusplus
}
#endif

#endif /* EDGEBERT_MACHINE_CAPI_H */
