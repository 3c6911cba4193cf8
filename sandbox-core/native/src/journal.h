/*
 * The journal of a session, a file of NUL-terminated records
 *
 *   <"d", "f" or "u"> <device> <inode> <absolute path>
 *
 * "d" and "f": an empty directory or file that was made outside of the session directory so that something can be mounted
 * there (for protected paths that do not exist). Such a record is acted on only while the same inode is still there and
 * still empty: what somebody else made or filled meanwhile is theirs.
 *
 * "u" (device and inode 0): the session mounts something at the path, whoever made it. Removing a mount point takes the
 * mount away in every sandbox that has one there, so what a living session uses is handed over to that session's journal.
 */
#ifndef SRT_JOURNAL_H
#define SRT_JOURNAL_H

#define JOURNAL_MAX_BYTES (4u << 20)

/* Reads the journal in a session directory, of which there is one at a time. What is not there is empty. */
void journal_load(int directory);

/* Appends to the journal in another session's directory what was loaded and is used there, and forgets it. */
void journal_hand_over(int directory);

/* Removes what was loaded and not handed over, deepest first. */
void journal_replay(void);

#endif
