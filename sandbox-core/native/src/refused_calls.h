/*
 * Calls that are refused whatever their paths are: those that no command may make, and those that would set a set-id bit,
 * with which a program would run as its owner for whoever starts it later, outside of the sandbox.
 */
#ifndef SRT_REFUSED_CALLS_H
#define SRT_REFUSED_CALLS_H

#include <linux/seccomp.h>
#include <stdbool.h>

void refused_calls_start(int listener, int channel);
/* "call", as supervisor.h has it. */
void refused_call_report(const struct seccomp_notif *notification);
/* Reports it and answers EPERM. */
void refused_call_answer(const struct seccomp_notif *notification);
/* Whether the call would set a limit of pid 1, which a command could make too small to supervise it. */
bool limits_supervisor(const struct seccomp_notif *notification);
/* Whether the call would set such a bit. `of_groups`: also where a group's bit may be for a directory (chmod). */
bool sets_id_bit(const struct seccomp_notif *notification, bool of_groups);

#endif
