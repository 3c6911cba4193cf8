/*
 * The supervisor: answers seccomp notifications (seccomp_unotify(2)) of the programs in the sandbox.
 *
 * It reports and it arranges; it is not the boundary. Notified calls are continued in the kernel, whose mounts, masks and
 * empty network decide. A path call is reported only if the kernel will refuse it because of how the sandbox is mounted:
 * the mount is read-only, the path is masked, or it is a mount point that holds a protected path in place. Guarded names
 * are the exception: what does not exist has no mount, so Node judges calls that would make, change or read it.
 *
 * to Node:   "path", operation, reason ("read-only" | "masked" | "pinned" | "guarded"), pid, program, path
 *            "judge", request id, operation, pid, program, paths (NUL-terminated each)
 * from Node: "judged", request id, 1 to refuse the call
 *            and what connections.h says
 */
#ifndef SRT_SUPERVISOR_H
#define SRT_SUPERVISOR_H

#include <stdbool.h>

#include "connections.h"
#include "frame.h"

struct supervisor_settings {
  struct field masked_paths;  /* NUL-terminated each */
  struct field guarded_names; /* see guards.h */
  struct field guarded_patterns;
  struct connection_settings connections;
};

/* Must run inside the sandbox's mount namespace. */
void supervisor_start(int listener, int channel, const struct supervisor_settings *settings);
/* Handles one notification. False: nobody is left to supervise. */
bool supervisor_handle(void);
void supervisor_judged(uint64_t request, bool refused);
/* For tests: prints the calls this build can judge, one name a line. */
int supervised_calls_main(int argc, char **argv);

#endif
