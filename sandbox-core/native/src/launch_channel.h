/* What starts a command from a session's words, whether beside bubblewrap or in a container. */
#ifndef SRT_LAUNCH_CHANNEL_H
#define SRT_LAUNCH_CHANNEL_H

#include "frame.h"

/* To the session that listens at `path`. */
int connect_session(const char *path);

/* A file without a name that holds `content` and can no more be changed, to be read from its start. */
int sealed_memory(const char *name, struct field content);

#endif
