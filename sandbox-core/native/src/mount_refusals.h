/* What the kernel will refuse of a call because of how the sandbox is mounted: the mounts refuse it, this only knows. */
#ifndef SRT_MOUNT_REFUSALS_H
#define SRT_MOUNT_REFUSALS_H

#include <stdbool.h>

#include "frame.h"
#include "observed_call.h"
#include "path_reports.h"

/* `masked`: paths, NUL-terminated each. Must run inside the sandbox's mount namespace. */
void mount_refusals_start(struct field masked);
/* Why; NULL: it is not refused for that. `needs` of what is masked, which may not be there. */
struct refusal {
  const char *reason; /* "masked", "read-only", "pinned" */
  unsigned needs;
};
struct refusal mount_refusal(const struct observed_call *observed);
/* An open that the kernel would not refuse: what writes into a pipe changes no file system. */
bool writes_read_only_pipe(const struct observed_call *observed);
/* Of what is only looked at, entered, executed, connected or linked to. */
struct refusal mount_refusal_of_look(const struct caller_path *at, unsigned needs);
/* Of the second path of a rename. */
struct refusal mount_refusal_of_new_name(const struct observed_call *observed);

#endif
