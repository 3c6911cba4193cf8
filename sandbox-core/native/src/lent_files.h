/*
 * Files that the caller of the sandbox lends it by standard input and output: they are on mounts outside of it, where no
 * rule holds. One that is given for reading is opened anew: where it can be seen inside, on a mount that the policy chose, and
 * on a read-only mount of its own where it is hidden. Of what is given for writing, nothing but the content may change.
 */
#ifndef SRT_LENT_FILES_H
#define SRT_LENT_FILES_H

#include <stdbool.h>

/* In pid 1, before the command starts. The place in the file stays; moving it moves the caller's no more. */
void lent_files_open_inside(void);
/* Before the root becomes the sandbox's: what cannot be seen in it, from the host's file system. */
void lent_files_hold_hidden(int root, int host);
/* One that is given for reading, and of which neither could be done; -1: there is none. */
int lent_files_unheld(void);
/* Where a file that is held so is for its lender, or NULL. */
const char *lent_file_path(int file);
/* Of a descriptor (O_PATH will do). Not a memfd or another file without a name: that is its maker's. */
bool is_lent_file(int file);

#endif
