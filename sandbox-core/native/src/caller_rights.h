/*
 * Whether the permissions of files would let the caller do what a mount refuses: where they would not, it is not the sandbox
 * that refused. pid 1 is the same user and has no capabilities in force, so what it may, the caller may.
 *
 * The kernel looks at permissions before it looks at the mount. What cannot be told counts as permitted.
 */
#ifndef SRT_CALLER_RIGHTS_H
#define SRT_CALLER_RIGHTS_H

#include <stdbool.h>

#include "observed_call.h"

/* `mode`: of access(2). */
bool caller_may(int file, int mode);
bool caller_may_change_entries(int directory);
/* An existing entry of a directory: removing it, or putting another in its place. */
bool caller_may_remove(const struct caller_path *at);
/* Of a call that changes what exists. */
bool caller_may_change(const struct observed_call *observed);

#endif
