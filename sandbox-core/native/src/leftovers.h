/*
 * What a session leaves on disk, and its removal. A session directory holds everything private to a session, and the
 * journal of what it made outside of it (placeholders.h). Its pod holds a lock on its file "lock".
 */
#ifndef SRT_LEFTOVERS_H
#define SRT_LEFTOVERS_H

/*
 * The pod has no capability on the host: where another user's directory may be written by root only, somebody else has to remove
 * what was made there. Then the session's directory is kept, and with it the journal.
 */
enum leftovers_denied { DENIED_ARE_KEPT, DENIED_ARE_GIVEN_UP };

/* Removes the placeholders that nobody uses, then the directory, then its parent if that is empty. Best effort: it runs when all else ended. */
void leftovers_remove(const char *session_directory, enum leftovers_denied denied);

/* Takes the session's lock for as long as this process lives; ends the process if another one holds it. */
void leftovers_hold(const char *session_directory);

/* `srt-helper sweep BASE`: removes the sessions below BASE whose owner has ended (nobody holds their lock). */
int sweep_main(int argc, char **argv);

#endif
