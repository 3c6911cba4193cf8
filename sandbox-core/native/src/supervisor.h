/*
 * The supervisor: answers seccomp notifications (seccomp_unotify(2)) of the programs in the sandbox.
 *
 * The boundary is the kernel's: mounts, masks and an empty network refuse, and a path call is reported if the kernel will
 * refuse it because of how the sandbox is mounted: the mount is read-only, the path is masked, or it is a mount point that
 * holds a protected path in place.
 *
 * Guarded names are the exception: what does not exist has no mount. Node judges calls that would make, change or read
 * one. A call that was judged and then continued in the kernel could be another one by then, as the caller's threads can
 * exchange its path; so where names are guarded, the supervisor makes every call that could matter itself, on what was
 * judged (performed_calls.h). One is made at a time in a session (turns.h): no directory moves between judgement and call.
 *
 * Calls that are refused whatever their paths (mount, ptrace, raw sockets …) are notified for the report alone: the answer is
 * always EPERM, and so it is for any call that is unknown here. Without a supervisor the kernel says ENOSYS.
 *
 * to Node:   "path" …: path_reports.h
 *            "call", number, pid, program, the low halves of the first three arguments: refused
 *            "judge", request id, operation, pid, program, paths (NUL-terminated each)
 * from Node: "judged", request id, 1 to refuse the call
 *            and what connections.h says
 */
#ifndef SRT_SUPERVISOR_H
#define SRT_SUPERVISOR_H

#include <stdbool.h>

#include "connections.h"
#include "frame.h"

/* Which calls the supervisor makes itself. None where programs may have mounts of their own: it would not see them. */
enum performs {
  PERFORMS_NOTHING,
  PERFORMS_CHANGES,
  PERFORMS_READS, /* too: a rule denies reading what may yet appear */
};

struct supervisor_settings {
  struct field masked_paths;  /* NUL-terminated each */
  struct field guarded_names; /* see guards.h */
  struct field guarded_patterns;
  struct field guarded_links;
  enum performs performs;
  bool only_watches_programs; /* that are started: no command rule judges them */
  int turns; /* see turns.h */
  struct connection_settings connections;
};

/* Must run inside the sandbox's mount namespace. */
void supervisor_start(int listener, int channel, const struct supervisor_settings *settings);
/* Handles one notification. False: nobody is left to supervise. */
bool supervisor_handle(void);
void supervisor_judged(uint64_t request, bool refused);

#endif
