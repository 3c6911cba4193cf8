#include "own_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PIDFD_THREAD
#define PIDFD_THREAD 0200 /* O_EXCL; since Linux 6.9 */
#endif

static const char proc[] = "/proc";

static struct {
  bool is_outer;
} numbers;

bool is_below_proc(const char *path) {
  return strncmp(path, proc, sizeof proc - 1) == 0 && (path[sizeof proc - 1] == '/' || path[sizeof proc - 1] == 0);
}

pid_t proc_path_number(const char *path) {
  if (!is_below_proc(path) || path[sizeof proc - 1] == 0) return 0;
  char *end;
  long number = strtol(path + sizeof proc, &end, 10);
  return (*end == '/' || *end == 0) && number > 0 ? (pid_t)number : 0;
}

bool own_process_has_thread(pid_t thread) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d", (int)thread);
  return thread == getpid() || access(path, F_OK) == 0;
}

void proc_is_outer(void) {
  numbers.is_outer = true;
}

bool proc_is_of_others(void) {
  return numbers.is_outer;
}

/* What is told of a descriptor of a thread counts as the /proc does in which it is read. */
static pid_t outer_number(pid_t thread) {
  char path[64], line[128];
  int number = 0;
  int descriptor = (int)syscall(SYS_pidfd_open, thread, PIDFD_THREAD);
  if (descriptor < 0) return 0;
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", descriptor);
  FILE *told = fopen(path, "re");
  while (told != NULL && fgets(line, sizeof line, told) != NULL)
    if (sscanf(line, "Pid: %d", &number) == 1) break;
  if (told != NULL) fclose(told);
  close(descriptor);
  return number > 0 ? number : 0;
}

pid_t proc_number(pid_t thread) {
  return numbers.is_outer ? outer_number(thread) : thread;
}

bool proc_numbers_are_known(void) {
  int descriptor = (int)syscall(SYS_pidfd_open, getpid(), PIDFD_THREAD);
  if (descriptor >= 0) close(descriptor);
  return descriptor >= 0;
}
