#include "own_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char proc[] = "/proc";

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
