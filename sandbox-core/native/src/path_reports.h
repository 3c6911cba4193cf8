/*
 * What the supervisor tells Node of paths that were refused.
 *
 * to Node: "path", operation, reason ("read-only" | "masked" | "pinned" | "guarded"), pid, program, path, needs
 *
 * Nothing in the sandbox knows what a mask hides, so of what is masked Node finds out whether the call was refused anything:
 * `needs` is what has to be so outside for the call to come to something.
 */
#ifndef SRT_PATH_REPORTS_H
#define SRT_PATH_REPORTS_H

#include <linux/seccomp.h>
#include <unistd.h>

/* Keep in step with src/host/outside.ts. That of access(2): it is there, and may be read, written, executed. */
enum needs {
  NEEDS_TO_BE_THERE = F_OK,
  NEEDS_EXECUTING = X_OK,
  NEEDS_WRITING = W_OK,
  NEEDS_READING = R_OK,
  NEEDS_PLACE = 8, /* or its directory is there, and it is not */
};

void path_reports_start(int channel);
void path_report(const struct seccomp_notif *notification, const char *operation, const char *reason, const char *path, unsigned needs);

#endif
