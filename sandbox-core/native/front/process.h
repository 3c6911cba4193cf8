/* Processes of the front's own. */
#ifndef SRT_FRONT_PROCESS_H
#define SRT_FRONT_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts a program with these descriptors as 0, 1, 2 …, no others, an empty environment, and signals as they are by default. `apart`: in a
 * session of its own, so that the terminal's signals do not reach it. -1: it could not be started.
 */
pid_t process_start(char *const *words, const int *descriptors, int count, bool apart);

/* The same without anything to read, and with nobody to hear it. */
pid_t process_start_silent(char *const *words);

/* waitpid(2), whatever interrupts it. */
int process_wait(pid_t process);

#endif
