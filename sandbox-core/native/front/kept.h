/*
 * A kept launch: a file of frames (../src/frame.h), written by src/launch/kept/write.ts.
 *
 *   "kept", key                            of whom it is: key.c
 *   "commands", names                      srt's own, which are no commands to be run
 *   "heeded", variable [, hash]            its value counted; without a hash: that it is not set
 *   "look", kind, path, found [, mode]     looks.h
 *   "session", sessions, session           the directory of all sessions, and that of the one that was planned for, whose name stands in what follows
 *   "entry", name, mode, content           a file of the session's directory; a directory: without content. Mode 0: what the umask leaves
 *   "helper", path
 *   "pod", words                           the network's process
 *   "mount-point", kind, path, is there    ../src/placeholders.h
 *   "launch", bwrap, its arguments, settings of pid 1 but for "argv" and "environment"
 *   "variables", names that are passed, NAME=VALUE that are set
 *   "end"
 */
#ifndef SRT_KEPT_H
#define SRT_KEPT_H

#include "front.h"

struct kept {
  const unsigned char *data;
  size_t size;
  int file; /* open */
  struct field commands, sessions, session, helper, pod, bwrap, bwrap_arguments, settings, passed, set;
};

/* False: there is none, or it is not this user's alone, not whole, or of something else. */
bool kept_read(const struct key *key, struct kept *out);

/* Calls for each frame of that type; stops at the first one for which it is told false, or that is none, and returns that. */
bool kept_each(const struct kept *kept, const char *type, bool (*use)(const struct frame *frame, void *context), void *context);

/* A field as a path. False: it is none. */
bool kept_path(struct field field, char out[PATH_MAX]);

#endif
