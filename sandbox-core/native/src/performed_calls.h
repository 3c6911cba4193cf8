/*
 * Path calls that the supervisor makes for their caller, on the descriptors that were judged: nothing that the caller does
 * meanwhile changes what is done. What is opened is put into the caller (SECCOMP_IOCTL_NOTIF_ADDFD).
 *
 * They are made with the caller's own rights: pid 1 is the same user, without capabilities, in the same namespaces. Where
 * it would have more (its own files below /proc, its terminal), performed_open.c says what the caller gets instead.
 */
#ifndef SRT_PERFORMED_CALLS_H
#define SRT_PERFORMED_CALLS_H

#include <stdbool.h>

#include "observed_call.h"

void performed_calls_start(int listener);
/* Answers the notification, now or when an open that waits (a named pipe) is done. The paths stay the supervisor's. */
void perform_call(const struct observed_call *observed);

/* performed_open.c */
void performed_open_start(int listener);
void perform_open(const struct observed_call *observed);
/* Of a path that is untried. False: nothing was made or answered, as something is there, or it cannot be. */
bool perform_new_file(const struct observed_call *observed);

#endif
