#include "exec_command.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../preload/calls.h"
#include "../preload/marks.h"
#include "failure.h"

static const char *environment_value(char *const *environment, const char *name) {
  size_t length = strlen(name);
  for (; *environment != NULL; environment++)
    if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') return *environment + length + 1;
  return NULL;
}

/* The name in the first directory of the path, which is left at the next one. */
static bool next_candidate(const char **path, const char *name, char out[PATH_MAX]) {
  int length = (int)strcspn(*path, ":");
  bool fits = snprintf(out, PATH_MAX, "%.*s/%s", length, *path, name) < PATH_MAX;
  *path += length + ((*path)[length] == ':');
  return fits;
}

/* Whether a file of that name is in one of PATH's directories: a directory that may not be searched says EACCES too. */
static bool is_on_path(const char *name, const char *path) {
  char candidate[PATH_MAX];
  while (path != NULL && *path != 0)
    if (next_candidate(&path, name, candidate) && access(candidate, F_OK) == 0) return true;
  return false;
}

/*
 * What is nothing but searched for need not be watched: without the mark, each directory in which the program is not would
 * cost a question to the supervisor. Returns as soon as anything else is met, for the C library to do it all again.
 * Where command rules judge programs a mark is of no use, and nothing may be judged twice.
 */
static void exec_unwatched(const struct init_settings *settings, const char *path) {
  char candidate[PATH_MAX];
  if (path == NULL || strchr(settings->argv[0], '/') != NULL) return;
  while (*path != 0 && *path != ':') {
    if (!next_candidate(&path, settings->argv[0], candidate)) return;
    long error = -system_call(SYS_execve, (long)candidate, (long)settings->argv, (long)settings->environment, 0, 0, MARK_PASS);
    if (error != ENOENT && error != ENOTDIR) return;
  }
}

/* The command's words go to stderr as a shell would print them; they are the user's own, not the sandbox's. */
void exec_command(const struct init_settings *settings) {
  const char *path = environment_value(settings->environment, "PATH");
  if (path != NULL) setenv("PATH", path, 1);
  /* Until here it is a copy of pid 1. From here on the supervisor may have to read its words: exec_calls.h. */
  (void)prctl(PR_SET_DUMPABLE, 1);
  if (settings->supervision.only_watches_programs) exec_unwatched(settings, path);
  execvpe(settings->argv[0], settings->argv, settings->environment);
  int error = errno;
  if (error == EACCES && strchr(settings->argv[0], '/') == NULL && !is_on_path(settings->argv[0], path)) error = ENOENT;
  dprintf(STDERR_FILENO, "srt: %s: %s\n", settings->argv[0], error == ENOENT ? "command not found" : strerror(error));
  _exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}
