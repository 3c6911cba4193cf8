/* Failures of the helper: one line on stderr for people, one "error" frame for Node, and an exit status of its own. */
#ifndef SRT_FAILURE_H
#define SRT_FAILURE_H

#include <stdbool.h>

/* The helper itself failed; the command was not run, or was ended. Shells use 126 for "found but could not be run". */
#define EXIT_HELPER_FAILED 125
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/* Sends error frames to `channel_fd`; with `quiet_stderr` Node prints them, and stderr stays clean when it got one. */
void failure_report_to(int channel_fd, bool quiet_stderr);

/* Ends the process. `code` is a stable word ("join-failed"); the message adds errno's text when errno is not 0. */
__attribute__((noreturn, format(printf, 2, 3))) void fail(const char *code, const char *format, ...);

#endif
