/*
 * Placeholders: empty directories and files made on the host so that something can be mounted where nothing is (a denied path
 * that does not exist). Node makes them, src/launch/mount-points.ts; here they are held, and removed.
 *
 * Removing one takes the mount away in every sandbox that has one there. So whoever mounts on a placeholder holds a shared lock
 * on it, flock(2), and it is removed under an exclusive one only. The lock is on the thing itself: sessions of other users, of
 * containers, or with another directory for temporary files know nothing else of each other.
 *
 * A placeholder was last changed at PLACEHOLDER_TIME, to the nanosecond. Whatever is put into it gives it another time, and makes
 * it the user's for good.
 *
 * The journal of a session is a file of NUL-terminated absolute paths: the placeholders that it made or used. The last session
 * that has one in its journal removes it, whoever made it.
 */
#ifndef SRT_PLACEHOLDERS_H
#define SRT_PLACEHOLDERS_H

#include <stdbool.h>

/* 2001-02-03T04:05:06Z: even, as FAT counts in steps of two seconds. As in src/host/placeholder.ts. */
#define PLACEHOLDER_TIME 981173106

#define JOURNAL_MAX_BYTES (4u << 20)

/* Locks what is at the path for as long as this process lives. 0, or an error: ENOENT if nothing is there, or it is being removed. */
int placeholders_hold(const char *path);

/* Gives up what is held, and removes what is named in the journal of the session directory and held by nobody. False: something could not be removed for want of rights. */
bool placeholders_remove(int session_directory);

#endif
