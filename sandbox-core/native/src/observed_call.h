/* One notified path call with what was found at its paths. */
#ifndef SRT_OBSERVED_CALL_H
#define SRT_OBSERVED_CALL_H

#include <fcntl.h>
#include <linux/seccomp.h>

#include "caller_path.h"
#include "supervised_calls.h"

struct observed_call {
  const struct supervised_call *call;
  const struct seccomp_notif *notification;
  struct caller_path path;
  struct caller_path second; /* of a rename or link */
  struct path_request request; /* for `path`, whose text is */
  char text[PATH_MAX];
  char target[PATH_MAX]; /* of a symbolic link that is to be made: what is judged is what is written into it */
};

/*
 * 0, or why the arguments cannot be read. The paths must be released either way. With `parent_suffices`, whether there is
 * anything at the path may be left open: `path.is_untried`.
 */
int observed_call_resolve(struct observed_call *observed, bool parent_suffices);
/* Finds out where a file is that was given by its descriptor alone; empty if nowhere. */
void observed_path_find(struct caller_path *path);
/* Looks at what was left open. */
void observed_call_try(struct observed_call *observed);

static inline unsigned long long observed_argument(const struct observed_call *observed, int argument) {
  return observed->notification->data.args[argument];
}

static inline int observed_flags(const struct observed_call *observed) {
  int argument = observed->call->flags_argument;
  if (argument == IS_CREAT) return O_CREAT | O_WRONLY | O_TRUNC;
  return argument < 0 ? 0 : (int)observed_argument(observed, argument);
}

static inline bool flags_write(int flags) {
  return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

#endif
