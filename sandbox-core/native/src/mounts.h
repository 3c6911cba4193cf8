/*
 * The mounts of a sandbox, made by pid 1 of it before it gives up its capabilities: privileges.h.
 *
 * bubblewrap has made the namespaces and an empty root with the host's file system in /host, a /proc of the sandbox, and the
 * directory /new. Here the root of the sandbox is put together in /new, in the order of the plan, and
 * becomes the root. Everything is taken from /host as it was before anything was covered.
 *
 * Each mount takes a few calls however many there are, and names no path twice: what was looked at is what is mounted. No
 * component of a path may be a symbolic link, so a link that somebody puts there meanwhile ends the launch.
 *
 * frames, in the settings of init; texts end with a NUL, the last one names the rule:
 *   ["mount", path, place, source, "writable" | "read-only", origin]   a directory or file of the host; the first is the root's
 *   ["own-directory", path, place, mode, origin]                       empty, in memory; a root may be that
 *   ["mask", path, place, origin]                                      an empty directory that cannot be entered or changed
 *   ["own-link", path, target, origin]                                 a symbolic link
 *   ["devices", path, place, origin]                                   the sandbox's /dev: devices.h
 *   ["sandbox", path, place, origin]                                   /proc, as bubblewrap made it
 *   ["seal", path, origin]                                             what was put together there is read-only from now on
 * place: "there", or "made": in something of the sandbox's own, where the directory or file to mount on is made
 */
#ifndef SRT_MOUNTS_H
#define SRT_MOUNTS_H

#include <stdbool.h>

#include "frame.h"

/* Whether it is one of those frames, well formed or not. */
bool mounts_knows(const struct frame *frame);

/* Whether this kernel, and what filters our calls here, lets a process with the capability do that; makes nothing. */
bool mounts_are_possible(void);

/*
 * Whether a process with the capability can mount a /proc of a pid namespace of its own here: not where parts of the one
 * around are covered, as in a container; mount_too_revealing() in fs/namespace.c.
 */
bool mounts_new_proc_is_possible(void);

/* Makes the mounts that a sequence of frames names, other frames aside; fails with the rule whose mount failed. `terminal`: devices.h. */
void mounts_make(struct field frames, const char *terminal);

#endif
