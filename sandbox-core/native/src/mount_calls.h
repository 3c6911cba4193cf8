/*
 * The mount API that takes descriptors (Linux 5.2 to 5.12), of which C libraries and kernel headers older than the running
 * kernel know nothing. Every call gives a descriptor, or 0, or -1 with errno.
 */
#ifndef SRT_MOUNT_CALLS_H
#define SRT_MOUNT_CALLS_H

#include <stdbool.h>
#include <sys/types.h>

/* An absolute path below a directory; no component may be a symbolic link. The descriptor names the path, and no more. */
int mount_open_path(int root, const char *path);

/* A copy of what is mounted at a path, everything below included, attached nowhere. */
int mount_copy(int path);

/* A new empty directory in memory, attached nowhere. */
int mount_new_directory(mode_t mode, bool read_only);
/* A new /proc of the pid namespace of the caller, attached nowhere. */
int mount_new_proc(void);

/* A new /dev/pts, with terminals of its own, attached nowhere. */
int mount_new_terminals(void);

/* Of a copy of a device node: what it is mounted from may forbid devices. */
int mount_allow_devices(int mount);

/* `below`: of everything mounted below as well. */
int mount_make_read_only(int mount, bool below);

/* Attaches a mount to what `path` names; an attached one is moved. */
int mount_attach(int mount, int path);

/* The directory, a mount, becomes the root; what was mounted there before is gone when nobody uses it any more. */
int mount_become_root(int directory);

#endif
