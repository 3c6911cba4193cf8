/*
 * The sandbox's /dev: a directory in memory with what every program counts on and nothing else, as bubblewrap's --dev makes it (bwrap(1)).
 * bubblewrap reads the table of all mounts for each node, which takes ten times as long as the rest.
 */
#ifndef SRT_DEVICES_H
#define SRT_DEVICES_H

#include <stdbool.h>

/*
 * Fills the empty directory that is attached at `path` of `root`. The nodes are those of `host`. `terminal`: the caller's there, which gets
 * the name /dev/console as it has no other here, or "-". False: errno says why.
 */
bool devices_fill(int root, const char *path, int host, const char *terminal);

#endif
