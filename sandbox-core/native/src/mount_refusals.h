/* What the kernel will refuse of a call because of how the sandbox is mounted: the mounts refuse it, this only knows. */
#ifndef SRT_MOUNT_REFUSALS_H
#define SRT_MOUNT_REFUSALS_H

#include "frame.h"
#include "observed_call.h"

/* `masked`: paths, NUL-terminated each. Must run inside the sandbox's mount namespace. */
void mount_refusals_start(struct field masked);
/* "masked", "read-only", "pinned"; NULL: it is not refused for that. */
const char *mount_refusal(const struct observed_call *observed);
/* Of what a link is made to. */
const char *mount_refusal_of_source(const struct caller_path *at);
/* Of the second path of a rename. */
const char *mount_refusal_of_new_name(const struct caller_path *at);

#endif
