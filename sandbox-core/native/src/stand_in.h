/*
 * A stand-in for a program that the policy's broker key names: this binary under that program's name, in the sandbox's PATH.
 *
 * It asks the session's broker what to do with its arguments, and then either shows the output of the command that runs
 * outside, or becomes the program of that name inside. The connection is TCP to BROKER_PORT of the gateway, in frames:
 *
 *   to the broker    ["call", directory, argv with a NUL after each]
 *   from the broker  ["inside"] | ["refused", text] | ["output", 1 or 2, bytes]* then ["exit", status]
 */
#ifndef SRT_STAND_IN_H
#define SRT_STAND_IN_H

/* Where stand-ins are: src/plan/environment.ts puts it first in PATH. */
#define STAND_IN_DIRECTORY "/dev/srt-broker"

/* The program that this process stands in for, or NULL if it was started as the helper itself. */
const char *stand_in_name(void);
int stand_in_main(const char *name, int argc, char **argv);

#endif
