/* What every user of seccomp notifications (seccomp_unotify(2)) needs. */
#ifndef SRT_NOTIFICATIONS_H
#define SRT_NOTIFICATIONS_H

#include <limits.h>
#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

#include "frame.h"

/* The kernel may know longer structures than our headers (SECCOMP_GET_NOTIF_SIZES); far more than it has ever needed. */
#define NOTIFICATION_MAX_BYTES 1024

/* `error` 0: the call returns 0, or goes on in the kernel if `flags` say so. Safe from any thread. */
void notification_answer(int listener, __u64 id, int error, __u32 flags);
/* The call returns `value`. */
void notification_answer_value(int listener, __u64 id, int value);
/* Whether what was read from the caller belongs to the call (and not to a process that reused its pid). */
bool notification_is_waiting(int listener, __u64 id);
/* The path of the caller's program; empty if it cannot be told. */
struct field caller_program(pid_t thread, char out[PATH_MAX]);

#endif
