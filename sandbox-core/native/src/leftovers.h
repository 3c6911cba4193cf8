/*
 * What a session leaves on disk, and its removal.
 *
 * A session directory holds everything private to a session. Its file "journal" lists the mount points that had to be
 * made outside of it (for protected paths that do not exist), each as a NUL-terminated record
 *
 *   <"d" or "f"> <device> <inode> <absolute path>
 *
 * A record is acted on only while the same inode is still there and still empty: what somebody else made or filled
 * meanwhile is theirs.
 */
#ifndef SRT_LEFTOVERS_H
#define SRT_LEFTOVERS_H

/* Removes the journal's mount points, deepest first, then the directory, then its parent if that is empty. Best effort: it runs when all else ended. */
void leftovers_remove(const char *session_directory);

/* Takes the session's lock for as long as this process lives; ends the process if another one holds it. */
void leftovers_hold(const char *session_directory);

/* `srt-helper sweep BASE`: removes the sessions below BASE whose owner has ended (nobody holds their lock). */
int sweep_main(int argc, char **argv);

#endif
