/*
 * Where a path of a supervised program leads, seen from the sandbox's own mount namespace.
 *
 * The result holds descriptors: whatever is renamed or exchanged afterwards, they stay on what was found. A call that is
 * made on them (performed_calls.h) therefore does what was judged; one that is continued in the kernel looks again.
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
  bool is_untried; /* whether it exists has not been looked at; taken for missing */
  int error;  /* what the kernel says of it, unless it exists */
  int target; /* O_PATH */
  int parent; /* O_PATH on the directory that `name` is in; -1 if the path ends in "/", ".", ".." or a descriptor */
  char name[NAME_MAX + 2]; /* the last component, with its slash if one follows */
  /* The path went through a descriptor that is not open for writing: /proc/self/fd/0. */
  bool of_read_only_descriptor;
  char path[PATH_MAX];
};

struct path_request {
  pid_t thread;
  int directory; /* the caller's descriptor, or AT_FDCWD */
  const char *path;
  bool follow_last;
  bool parent_suffices; /* the directory is enough, where the path is a plain one: `is_untried` */
};

/* Never fails; the result must be released. */
void caller_path_resolve(const struct path_request *request, struct caller_path *out);
/* What was put off: whether it exists. */
void caller_path_try(const struct path_request *request, struct caller_path *out);
void caller_path_release(struct caller_path *path);

#endif
