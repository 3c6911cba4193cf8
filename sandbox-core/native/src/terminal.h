/*
 * `srt-helper terminal reclaim`: makes the caller's process group the terminal's foreground group again.
 *
 * A command in the foreground has the terminal to itself; when it ends or stops, the group it came from must get it back,
 * and from inside the sandbox's pid namespace that group has no number.
 */
#ifndef SRT_TERMINAL_H
#define SRT_TERMINAL_H

int terminal_main(int argc, char **argv);

#endif
