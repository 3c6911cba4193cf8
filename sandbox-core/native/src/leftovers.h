/*
 * What a session leaves on disk, and its removal. A session directory holds everything private to a session, and the
 * journal of what it made outside of it (journal.h). Its pod holds a lock on its file "lock". Whoever removes mount points
 * holds one on the directory of all sessions, and takes the session directory's write permission away meanwhile.
 */
#ifndef SRT_LEFTOVERS_H
#define SRT_LEFTOVERS_H

/* Removes the mount points that no other session uses, then the directory, then its parent if that is empty. Best effort: it runs when all else ended. */
void leftovers_remove(const char *session_directory);

/* Takes the session's lock for as long as this process lives; ends the process if another one holds it. */
void leftovers_hold(const char *session_directory);

/* `srt-helper sweep BASE`: removes the sessions below BASE whose owner has ended (nobody holds their lock). */
int sweep_main(int argc, char **argv);

#endif
