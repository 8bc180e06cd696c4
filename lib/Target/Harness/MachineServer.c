/*===- MachineServer.c - a simulator for a driver elsewhere -----*- C -*-=== *
 *
 *   server COMMAND ARGUMENT...
 *
 * Runs the command, a driver with PipedMachine.c or an emulator of it, and
 * simulates the accelerator for it. $EDGEBERT_MACHINE and $EDGEBERT_LOG as for
 * LinkedMachine.c. Ends as the command does. POSIX.
 *
 *===---------------------------------------------------------------------=== */

#define _POSIX_C_SOURCE 200809L

#include "PipedMachine.h"
#include "edgebert/Machine/CApi.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static eb_machine *machine;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* The other side's file descriptors are 3 and 4 and nothing else. */
static void start(char **command, int requests, int memory) {
  int fd;
  /* Out of the way first: one may be the other's number. */
  requests = fcntl(requests, F_DUPFD, 10);
  memory = fcntl(memory, F_DUPFD, 10);
  if (dup2(requests, EB_REQUEST_FD) < 0 || dup2(memory, EB_MEMORY_FD) < 0)
    fail("dup2");
  for (fd = 5; fd < 64; ++fd)
    close(fd);
  execvp(command[0], command);
  fail(command[0]);
}

/* 0 at the end of the requests. */
static int receive(int fd, void *bytes, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t count = read(fd, (char *)bytes + done, size - done);
    if (count <= 0)
      return 0;
    done += (size_t)count;
  }
  return 1;
}

static int open_memory(int memory, uint64_t size) {
  void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (bytes == MAP_FAILED)
    fail("mmap");
  eb_machine_attach_memory(machine, bytes, size, 0);
  return 0;
}

static int set_origin(int fd, uint32_t size) {
  char name[4096];
  if (size >= sizeof name || !receive(fd, name, size))
    return -1;
  name[size] = 0;
  eb_machine_set_origin(machine, name);
  return 0;
}

static void serve(int fd, int memory) {
  eb_request request;
  while (receive(fd, &request, sizeof request)) {
    eb_reply reply = {0, 0};
    int status = -1;
    switch (request.kind) {
    case EB_OPEN:
      status = open_memory(memory, request.number);
      break;
    case EB_WRITE:
      status =
          eb_machine_write32(machine, request.word, (uint32_t)request.number);
      break;
    case EB_READ:
      status = eb_machine_read32(machine, request.word, &reply.value);
      break;
    case EB_WAIT:
      status = eb_machine_wait(machine);
      break;
    case EB_WORK:
      status = eb_machine_host_work(machine, (int)request.word, request.number);
      break;
    case EB_ORIGIN:
      status = set_origin(fd, request.word);
      break;
    }
    if (status)
      fprintf(stderr, "error: %s\n", eb_last_error(machine));
    reply.failed = status != 0;
    if (write(fd, &reply, sizeof reply) != sizeof reply)
      return;
  }
}

int main(int argc, char **argv) {
  const char *name = getenv("EDGEBERT_MACHINE"), *log = getenv("EDGEBERT_LOG");
  char path[] = "/tmp/edgebert-memory-XXXXXX";
  int sockets[2], memory, status;
  pid_t child;
  if (argc < 2) {
    fprintf(stderr, "usage: %s COMMAND ARGUMENT...\n", argv[0]);
    return 2;
  }
  machine = eb_machine_create(name ? name : "asic");
  if (!machine) {
    fprintf(stderr, "error: %s\n", eb_last_error(NULL));
    return 1;
  }
  if (log)
    eb_machine_start_log(machine);
  memory = mkstemp(path);
  if (memory < 0 || unlink(path))
    fail(path);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
    fail("socketpair");
  child = fork();
  if (child < 0)
    fail("fork");
  if (child == 0)
    start(argv + 1, sockets[1], memory);
  close(sockets[1]);
  serve(sockets[0], memory);
  if (waitpid(child, &status, 0) < 0)
    fail("waitpid");
  if (!WIFEXITED(status)) {
    fprintf(stderr, "error: %s did not end by itself\n", argv[1]);
    return 1;
  }
  if (WEXITSTATUS(status))
    return WEXITSTATUS(status);
  if (log && eb_machine_write_log(machine, log)) {
    fprintf(stderr, "error: %s\n", eb_last_error(machine));
    return 1;
  }
  printf("%llu cycles\n", (unsigned long long)eb_machine_cycles(machine));
  return 0;
}
