/*
 * Where a path of a supervised program leads, seen from the sandbox's own mount namespace.
 *
 * Everything here is a report, not a gate: the caller can change its memory, its working directory and the file system
 * while we look. The kernel's own check is the one that counts.
 */
#ifndef SRT_CALLER_PATH_H
#define SRT_CALLER_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

enum path_state {
  PATH_EXISTS,       /* `target` is open */
  PATH_MISSING,      /* does not exist; `parent` is open if only the last component is missing */
  PATH_UNSEARCHABLE, /* a directory on the way may not be searched; `path` is canonical up to there */
  PATH_ELSEWHERE,    /* not a path we can say anything about */
};

struct caller_path {
  enum path_state state;
  int target;
  int parent;
  char path[PATH_MAX];
};

struct path_request {
  pid_t thread;
  int directory; /* the caller's descriptor, or AT_FDCWD */
  const char *path;
  bool follow_last;
};

/* Never fails; the result must be released. */
void caller_path_resolve(const struct path_request *request, struct caller_path *out);
void caller_path_release(struct caller_path *path);

/* The process of a thread. */
pid_t caller_process(pid_t thread);
/* Copies a NUL-terminated string out of the caller's memory. False if it is unreadable or longer than PATH_MAX. */
bool caller_read_string(pid_t thread, unsigned long long address, char out[PATH_MAX]);
bool caller_read_bytes(pid_t thread, unsigned long long address, void *out, size_t size);

#endif
