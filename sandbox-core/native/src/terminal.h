/*
 * `srt-helper terminal reclaim ended | stopped`: makes the caller's process group the terminal's foreground group again.
 *
 * A command in the foreground has the terminal to itself; when it ends or stops, the group it came from must get it back,
 * and from inside the sandbox's pid namespace that group has no number. After its end nothing is left of it, so from a group
 * that has processes the terminal is only taken for a command that stopped.
 */
#ifndef SRT_TERMINAL_H
#define SRT_TERMINAL_H

#include <stdbool.h>

int terminal_main(int argc, char **argv);

/* Whether this process group owns the terminal now; a background job must not take it. */
bool terminal_is_foreground(void);

#endif
