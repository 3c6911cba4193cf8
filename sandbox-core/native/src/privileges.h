/*
 * What pid 1 may do, and no longer may before it starts the command.
 *
 * bubblewrap gives it capabilities in the user namespace that owns the sandbox's mounts, as uid 0 of it, only to make
 * those mounts. A user namespace inside of that one, with no capabilities at all, is where everything runs then: nothing in
 * it can take a mount away or change it.
 */
#ifndef SRT_PRIVILEGES_H
#define SRT_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/* For good. `uid` and `gid` are what the command's processes see as their own; `nested`: they may make user namespaces. */
void privileges_give_up(uid_t uid, gid_t gid, bool nested);

/* Of this thread: the capability to change its mounts and namespaces, for good. */
void privileges_give_up_administration(void);

/* Fails unless this process has no capability. */
void privileges_require_none(void);

#endif
