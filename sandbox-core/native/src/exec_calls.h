/*
 * Programs that are started inside, shown to Node, which judges them by the policy's command rules. A guard rail: the words
 * are read before the kernel reads them, and another thread of the caller could exchange them in between.
 *
 * to Node:   "judge", request id, "exec", pid, program, words: the path of what is started, then its arguments but the first
 *            (NUL-terminated each)
 * from Node: "judged", request id, 1 to refuse it (EACCES)
 */
#ifndef SRT_EXEC_CALLS_H
#define SRT_EXEC_CALLS_H

#include <linux/seccomp.h>
#include <stdbool.h>

bool is_exec_call(int number);
/* Reports it if what is to be executed is masked. */
void exec_call_watch(const struct seccomp_notif *notification);
/* Asks Node. False: it cannot be judged, so it has to be refused with *error. */
bool exec_call_ask(int channel, const struct seccomp_notif *notification, int *error);

#endif
