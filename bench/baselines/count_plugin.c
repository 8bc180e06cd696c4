/*===- count_plugin.c - count guest instructions under qemu-user -----------===*
 *
 * qemu-riscv64 -plugin count_plugin.so,begin=0xA,end=0xB PROGRAM prints, on
 * standard error, how many instructions the guest executed from each time it
 * came to address A until it came to address B. With cache=1 it also prints how
 * many cache lines its loads took from beyond a first-level cache as CVA6 has
 * one: 32 KB, 8 ways, 16-byte lines, stores written through without allocating
 * (replacement: least recently used, where CVA6's is pseudo-random).
 *
 * Debian packages no plugin and no header, so the few declarations of qemu's
 * plugin API, version 1, that this needs are here.
 *
 *===----------------------------------------------------------------------===*/
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*translate_callback)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*execute_callback)(unsigned vcpu, void *data);
typedef uint32_t qemu_plugin_meminfo_t;
typedef void (*memory_callback)(unsigned vcpu, qemu_plugin_meminfo_t info,
                                uint64_t address, void *data);
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t,
                                                  translate_callback);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern void
qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int op,
                                           void *counter, uint64_t amount);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *,
                                                   execute_callback, int flags,
                                                   void *data);
extern int qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
                                             memory_callback, int flags,
                                             int accesses, void *data);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static uint64_t executed, atBegin, begin, end;
static int withCache;

enum { kSets = 256, kWays = 8, kLineBytes = 16 };
/* qemu 7.2 misses most loads if asked for loads alone. */
enum { kLoadsAndStores = 3 };
/* Lines of each set, the most recently used first; 0 is no line. */
static uint64_t cache[kSets][kWays];
static uint64_t linesLoaded;

static void onAccess(unsigned vcpu, qemu_plugin_meminfo_t info,
                     uint64_t address, void *data) {
  if (qemu_plugin_mem_is_store(info))
    return;
  uint64_t line = address / kLineBytes + 1, *set = cache[line % kSets];
  int way = 0;
  while (way < kWays && set[way] != line)
    ++way;
  if (way == kWays) {
    ++linesLoaded;
    way = kWays - 1;
  }
  memmove(set + 1, set, way * sizeof *set);
  set[0] = line;
}

/* Starts with an empty cache. */
static void onBegin(unsigned vcpu, void *data) {
  atBegin = executed;
  memset(cache, 0, sizeof cache);
  linesLoaded = 0;
}

static void onEnd(unsigned vcpu, void *data) {
  fprintf(stderr, "instructions %" PRIu64 "\n", executed - atBegin);
  if (withCache)
    fprintf(stderr, "lines %" PRIu64 "\n", linesLoaded);
}

static void onTranslate(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  size_t count = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < count; ++i) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
    uint64_t address = qemu_plugin_insn_vaddr(insn);
    if (address == begin)
      qemu_plugin_register_vcpu_insn_exec_cb(insn, onBegin, 0, NULL);
    if (address == end)
      qemu_plugin_register_vcpu_insn_exec_cb(insn, onEnd, 0, NULL);
    qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &executed, 1);
    if (withCache)
      qemu_plugin_register_vcpu_mem_cb(insn, onAccess, 0, kLoadsAndStores,
                                       NULL);
  }
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
                    char **argv) {
  for (int i = 0; i < argc; ++i) {
    if (!strncmp(argv[i], "begin=", 6))
      begin = strtoull(argv[i] + 6, NULL, 0);
    if (!strncmp(argv[i], "end=", 4))
      end = strtoull(argv[i] + 4, NULL, 0);
    if (!strcmp(argv[i], "cache=1"))
      withCache = 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, onTranslate);
  return 0;
}
