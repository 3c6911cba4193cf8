/*
 * The supervisors of a session judge and make one call at a time.
 *
 * Each looks at where a path leads, judges that, and acts in the directory that it has opened. Between these, another command
 * of the session could move that very directory: what was judged as foo/commands would be made as .claude/commands. So each
 * locks a file of the session for as long as it is at a call, and every rename that its supervisor makes waits for it.
 *
 * The file is a number, mapped by all of them, that grows with each directory that is moved or removed: what one of them
 * remembers of directories (directory_paths.h) holds only as long as it stays the same.
 */
#ifndef SRT_TURNS_H
#define SRT_TURNS_H

#include <stdbool.h>

/*
 * A descriptor of that file, opened for this sandbox alone: a lock (flock) belongs to what was opened. False, and no turns
 * are taken: there is none (a container, which gets no descriptors).
 */
bool turns_start(int file);
/* Waits for the others. */
void turn_take(void);
void turn_give(void);
/* In a turn: a directory is elsewhere now, or gone. */
void turns_directory_moved(void);

#endif
