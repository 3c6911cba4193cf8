/*
 * What a hostile program would do, one attempt a run: `probe ATTEMPT ARGUMENT...` prints "ok" or the name of the error.
 * Tests run it inside a sandbox, and outside of one to show that the attempt itself is sound.
 */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int probe_result(long value) {
  const char *name = value < 0 ? strerrorname_np(errno) : NULL;
  if (value >= 0) puts("ok");
  else if (name != NULL) puts(name);
  else printf("%d\n", errno);
  return value >= 0 ? 0 : 1;
}

unsigned long probe_number(const char *text) {
  return text == NULL ? 0 : strtoul(text, NULL, 0);
}

/* call NUMBER ARGUMENT... */
static int call(char **arguments) {
  unsigned long value[7] = {0};
  for (int i = 0; i < 7 && arguments[i] != NULL; i++) value[i] = probe_number(arguments[i]);
  return probe_result(syscall((long)value[0], value[1], value[2], value[3], value[4], value[5], value[6]));
}

#ifdef __x86_64__
static int x32(char **arguments) {
  return probe_result(syscall(0x40000000L | (long)probe_number(arguments[0]), 0, 0, 0, 0, 0, 0));
}

/* The 32-bit entry, which has numbers of its own: 20 is getpid, 102 socketcall. */
static int i386(char **arguments) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(probe_number(arguments[0])), "b"(probe_number(arguments[1])), "c"(probe_number(arguments[2])), "d"(0L)
                   : "memory");
  if (result < 0 && result > -4096) errno = (int)-result, result = -1;
  return probe_result(result);
}
#endif

static int attempt(char **words);

/* undumpable ATTEMPT ARGUMENT...: as a program whose memory no other may read (ssh-agent, gpg-agent). */
int probe_undumpable(char **arguments) {
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return probe_result(-1);
  return attempt(arguments);
}

static const struct {
  const char *name;
  int (*attempt)(char **arguments);
} attempts[] = {
    {"call", call},
#ifdef __x86_64__
    {"x32", x32},
    {"i386", i386},
#endif
    {"ptrace-child", probe_ptrace_child},
    {"write-child-memory", probe_write_child_memory},
    {"take-child-descriptor", probe_take_child_descriptor},
    {"compare-child", probe_compare_child},
    {"clone3", probe_clone3},
    {"io-uring", probe_io_uring},
    {"type-into-terminal", probe_type_into_terminal},
    {"open", probe_open},
    {"run-from-memory", probe_run_from_memory},
    {"kill", probe_kill},
    {"fork-bomb", probe_fork_bomb},
    {"allocate", probe_allocate},
    {"open-many", probe_open_many},
    {"flood", probe_flood},
    {"openat2", probe_openat2},
    {"open-by-handle", probe_open_by_handle},
    {"race-path", probe_race_path},
    {"race-directory", probe_race_directory},
    {"race-judged", probe_race_judged},
    {"race-meanwhile", probe_race_meanwhile},
    {"undumpable", probe_undumpable},
    {"undo-mounts", probe_undo_mounts},
    {"socket", probe_socket},
    {"unix-receive", probe_unix_receive},
    {"unix-connect", probe_unix_connect},
    {"unix-connect-long", probe_unix_connect_long},
    {"unix-serve", probe_unix_serve},
    {"unix-sendto", probe_unix_sendto},
    {"unix-pair-sendto", probe_unix_pair_sendto},
    {"unix-race", probe_unix_race},
    {"unix-late-connect", probe_unix_late_connect},
    {"unix-non-blocking", probe_unix_non_blocking},
    {"tell", probe_tell},
};

static int attempt(char **words) {
  for (size_t i = 0; words[0] != NULL && i < sizeof attempts / sizeof *attempts; i++)
    if (strcmp(words[0], attempts[i].name) == 0) return attempts[i].attempt(words + 1);
  fputs("usage: probe ATTEMPT ARGUMENT...\n", stderr);
  return 2;
}

int main(int argc, char **argv) {
  return attempt(argc > 0 ? argv + 1 : argv);
}
