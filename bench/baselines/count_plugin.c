/*===- count_plugin.c - count guest instructions under qemu-user -----------===*
 *
 * qemu-riscv64 -plugin count_plugin.so,begin=0xA,end=0xB PROGRAM prints, on
 * standard error, how many instructions the guest executed from each time it
 * came to address A until it came to address B. Debian packages no plugin and
 * no header, so the few declarations of qemu's plugin API, version 1, that this
 * needs are here.
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
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t,
                                                  translate_callback);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern void qemu_plugin_register_vcpu_insn_exec_inline(
    struct qemu_plugin_insn *, int op, void *counter, uint64_t amount);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *,
                                                   execute_callback, int flags,
                                                   void *data);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static uint64_t executed, atBegin, begin, end;

static void onBegin(unsigned vcpu, void *data) { atBegin = executed; }

static void onEnd(unsigned vcpu, void *data) {
  fprintf(stderr, "instructions %" PRIu64 "\n", executed - atBegin);
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
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, onTranslate);
  return 0;
}
