/*
 * Looks at the disk, taken again. `found` is text, as src/host/recorded-looks.ts writes it: "!" and errno where the look failed, "!missing"
 * for ENOENT and ENOTDIR.
 *
 *   lstat, stat   "MODE DEV INO UID GID PLACEHOLDER", the mode octal, PLACEHOLDER 1 if it has such a one's time: ../src/placeholders.h
 *   readlink, realpath   the path
 *   list          type and name of each entry, NUL-terminated, in order of their bytes; the type is f, d, l, or o for others
 *   access        "0"; `mode` as access(2) has it
 *   exists        "yes" or "no"
 *   text          the whole content of a regular file
 *   stamp         of a large one: "DEV INO SIZE MTIME CTIME", times in seconds and nanoseconds
 */
#ifndef SRT_FRONT_LOOKS_H
#define SRT_FRONT_LOOKS_H

#include "kept.h"

/* Whether each look finds what it found. */
bool looks_hold(const struct kept *kept);

/*
 * After a command: whether something may have been made that Node has to tell of (src/launch/left-for-git.ts). A repository is a directory in one
 * that was listed; one made elsewhere can be led to by a link or a file of that name. What a rebase leaves was asked for by name.
 */
bool looks_show_something_new(const struct kept *kept);

#endif
