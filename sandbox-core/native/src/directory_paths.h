/*
 * Where an open directory is. The kernel's word is remembered for a moment, as asking costs as much as making a file.
 *
 * What is remembered is forgotten whenever a supervisor of the session moves or removes a directory (turns.h). A move by someone outside of the
 * sandbox may be noticed late by that moment, which gives the sandbox nothing: it could have written before the move.
 */
#ifndef SRT_DIRECTORY_PATHS_H
#define SRT_DIRECTORY_PATHS_H

#include <limits.h>
#include <stdbool.h>

/* Only where the supervisor makes all moves and removals itself. */
void directory_paths_remember(void);
void directory_paths_forget(void);

/* The kernel's own word, of any descriptor. */
bool descriptor_path(int fd, char out[PATH_MAX]);
/* False: it is not a directory, or has no path. */
bool directory_path(int fd, char out[PATH_MAX]);

#endif
